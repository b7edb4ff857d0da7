"""Names and tags that RDS refuses whatever the account holds."""

import re

from moto.rds.models import RDSBackend
from moto.rds.responses import RDSResponse

from patches.stock import fault, replaces

# RDS API, CreateDBInstance.MasterUserName and DBName: reserved words of the engine. Those
# that people have met are here; AWS publishes no list.
RESERVED_USERS = {"admin", "rdsadmin", "rdsrepladmin", "rdsproxyadmin", "rds_superuser"}
RESERVED_DATABASES = {"catalog", "grant", "rdsadmin", "table", "template0", "template1"}
RESERVED_TAGS = re.compile(r"(aws|rds):", re.IGNORECASE)


def check_names(request):
    """The names of a new instance or cluster."""
    if request.get("Engine") != "postgres":
        return
    user, database = request.get("MasterUsername"), request.get("DBName")
    database = database or request.get("DatabaseName")
    if user and (user.lower() in RESERVED_USERS or user.lower().startswith("pg_")):
        raise fault(
            "InvalidParameterValue",
            f"MasterUsername {user} cannot be used as it is a reserved word used by the engine",
        )
    if database and database.lower() in RESERVED_DATABASES:
        raise fault(
            "InvalidParameterValue",
            f"DBName {database} cannot be used. It is a reserved word for this engine",
        )


def check_tags(tags):
    """RDS API, Tag: keys can't begin with aws: or rds:."""
    for tag in tags or []:
        if RESERVED_TAGS.match(tag["Key"]):
            raise fault("InvalidParameterValue", f"The tag key {tag['Key']} is reserved.")


def check_ceiling(size, ceiling):
    """RDS User Guide, Managing capacity automatically with storage autoscaling: the
    maximum is at least 10 percent above the size; equal to it is off."""
    if ceiling and size and ceiling != size and ceiling * 10 < size * 11:
        raise fault(
            "InvalidParameterCombination",
            f"Invalid max storage size for engine name postgres: {ceiling}",
        )


# 70. Reserved user and database names, reserved tag keys, and ceilings of less than 110
# percent are refused. Stock: accepted.
@replaces(RDSResponse, "create_db_instance")
def create_db_instance(stock, self):
    check_names(self.params)
    check_tags(self.params.get("Tags"))
    if self.params.get("DBClusterIdentifier") is None:
        check_ceiling(self.params.get("AllocatedStorage"), self.params.get("MaxAllocatedStorage"))
    return stock(self)


@replaces(RDSResponse, "create_db_cluster")
def create_db_cluster(stock, self):
    check_names(self.params)
    check_tags(self.params.get("Tags"))
    return stock(self)


@replaces(RDSBackend, "add_tags_to_resource")
def add_tags_to_resource(stock, self, arn, tags):
    check_tags(tags)
    return stock(self, arn, tags)
