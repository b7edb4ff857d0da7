"""Databases that AWS Backup keeps."""

from moto.rds.models import DBInstance, RDSBackend, rds_backends

import patches.modifications  # noqa: F401  its patch of the same call comes first
from patches.control import on_post
from patches.stock import fault, replaces

KEPT = ("backup_retention_period", "preferred_backup_window")

DBInstance.aws_backup_recovery_point_arn = None


# 72. `POST /emulator/aws-backup/ACCOUNT/REGION/INSTANCE` is a continuous backup rule that
# takes the instance over: AwsBackupRecoveryPointArn shows, the retention is the rule's, and
# RDS takes no other (RDS User Guide, Using AWS Backup to manage automated backups; that the
# call is refused, and how, is a guess). Stock: nothing shows it.
@on_post("aws-backup")
def take_over(account, region, name):
    instance = rds_backends[account][region].databases[name]
    instance.backup_retention_period = 35
    instance.preferred_backup_window = "05:00-05:30"
    instance.aws_backup_recovery_point_arn = (
        f"arn:aws:rds:{region}:{account}:snapshot:awsbackup:continuous-{name}"
    )


@replaces(RDSBackend, "modify_db_instance")
def modify_db_instance(stock, self, db_instance_identifier, db_kwargs):
    instance = self.databases.get(db_instance_identifier)
    changed = [
        name for name in KEPT if db_kwargs.get(name) not in (None, getattr(instance, name, None))
    ]
    if instance is not None and instance.aws_backup_recovery_point_arn and changed:
        raise fault(
            "InvalidParameterCombination",
            "The automated backups of the instance are managed by AWS Backup.",
        )
    return stock(self, db_instance_identifier, db_kwargs)
