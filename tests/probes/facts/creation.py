"""What CreateDBInstance refuses before it makes anything: free if AWS does as believed."""

from facts.catalog import API, GUIDE
from kit.probe import Probe, Seen


def _try(stage, what, **request):
    """Asks for a database; one that is made after all is removed with the rest."""
    asked = stage.instance_request(what, **request)
    call = stage.rds.create_db_instance
    return stage.try_to_make("db-instance", stage.name(what), call, **asked)


class ReservedNames(Probe):
    id = "reserved-names"
    fact = "CreateDBInstance refuses reserved words as user and database names"
    source = API + "API_CreateDBInstance.html"
    believed = "all refused"
    otherwise = "`check` refuses them; a name that AWS takes after all cannot be asked for"
    needs = ("subnet_group",)
    usd = 0.02

    def run(self, stage):
        tries = {
            "user admin": _try(stage, "user-admin", MasterUsername="admin"),
            "user rdsadmin": _try(stage, "user-rdsadmin", MasterUsername="rdsadmin"),
            "database catalog": _try(stage, "db-catalog", DBName="catalog"),
        }
        taken = [what for what, (answer, _) in tries.items() if answer == "accepted"]
        words = "; ".join(f"{what}: {w}" for what, (a, w) in tries.items() if a == "refused")
        return Seen(f"taken: {', '.join(taken)}" if taken else "all refused", words)


class SmallIops(Probe):
    id = "gp3-small-iops"
    fact = "gp3 below 400 GiB takes no Iops in the request"
    source = GUIDE + "CHAP_Storage.html"
    believed = "refused"
    otherwise = "pgha sends none below 400 GiB; AWS would then give what it gives anyway"
    needs = ("subnet_group",)
    usd = 0.01

    def run(self, stage):
        answer, words = _try(stage, "small-iops", Iops=3000)
        return Seen(answer, words if answer == "refused" else "")


class SmallCeiling(Probe):
    id = "autoscaling-too-low"
    fact = "a MaxAllocatedStorage of less than 110 percent is refused"
    source = GUIDE + "USER_PIOPS.Autoscaling.html"
    believed = "refused"
    otherwise = "`check` refuses it; a ceiling that AWS takes after all cannot be asked for"
    needs = ("subnet_group",)
    usd = 0.01

    def run(self, stage):
        answer, words = _try(stage, "ceiling", AllocatedStorage=100, MaxAllocatedStorage=105)
        return Seen(answer, words if answer == "refused" else "")


PROBES = [ReservedNames(), SmallIops(), SmallCeiling()]
