"""Automated backups that are copied to other regions."""

from facts.catalog import API, GUIDE
from kit.probe import Probe, Seen, Undecidable

# Regions that every pair table of the guide offers to the home region.
DESTINATIONS = {
    "us-east-1": ("us-west-2", "us-east-2"),
    "us-west-2": ("us-east-1", "us-east-2"),
    "eu-west-1": ("eu-central-1", "eu-west-2"),
    "eu-central-1": ("eu-west-1", "eu-west-2"),
}


def _destinations(stage):
    home = stage.account.region
    if home not in DESTINATIONS:
        raise Undecidable(f"no two destinations are written down for {home}")
    return DESTINATIONS[home]


def _start(stage, region, days=7):
    """Asks for a copy in the region; `accepted` or `refused`, and AWS's words."""
    source = stage.instance(stage.shared("database"))
    return stage.try_to_make(
        "backup-copy",
        source["DBInstanceIdentifier"],
        stage.account.client("rds", region).start_db_instance_automated_backups_replication,
        region=region,
        SourceDBInstanceArn=source["DBInstanceArn"],
        BackupRetentionPeriod=days,
        Tags=stage.tags(),
    )


def _backup(stage, region):
    shown = stage.account.client("rds", region).describe_db_instance_automated_backups(
        Filters=[{"Name": "db-instance-id", "Values": [stage.shared("database")]}]
    )
    return next(iter(shown["DBInstanceAutomatedBackups"]), None)


def _replicating(stage, region):
    """The copy, once it is there."""
    return stage.account.until(
        lambda: _backup(stage, region),
        lambda b: b is not None and b["Status"] == "replicating",
        60,
        f"the copy in {region}",
    )


class OneDestination(Probe):
    id = "backups-to-two-regions"
    fact = "a database's automated backups can be copied to two regions at a time"
    source = GUIDE + "USER_ReplicateBackups.html"
    believed = "the second is accepted"
    otherwise = (
        "a second start that is refused leaves the first copy as it is; to change the region "
        "then takes a time without any copy"
    )
    needs = ("database",)
    minutes = 30

    def run(self, stage):
        first, second = _destinations(stage)
        answer, words = _start(stage, first)
        if answer == "refused":
            raise Undecidable(f"not even the first was taken: {words}")
        _replicating(stage, first)
        answer, words = _start(stage, second)
        return Seen(f"the second is {answer}", words if answer == "refused" else "")


class Retained(Probe):
    id = "backups-retained"
    fact = "copies that are stopped stay as retained, and a new start finds them no hindrance"
    source = GUIDE + "AutomatedBackups.StopReplicating.html"
    believed = "retained, then accepted"
    otherwise = "a start that is refused is a failed step; until it is mended there is no copy"
    needs = ("database",)
    minutes = 30

    def run(self, stage):
        region = _destinations(stage)[0]
        if _backup(stage, region) is None and _start(stage, region)[0] == "refused":
            raise Undecidable("no copy was taken")
        _replicating(stage, region)
        arn = stage.instance(stage.shared("database"))["DBInstanceArn"]
        stage.account.client("rds", region).stop_db_instance_automated_backups_replication(
            SourceDBInstanceArn=arn
        )
        stopped = stage.account.until(
            lambda: _backup(stage, region),
            lambda b: b is None or b["Status"] != "replicating",
            15,
            "the copy stopped",
        )
        answer, words = _start(stage, region, days=8)
        status = stopped["Status"] if stopped else "gone"
        return Seen(f"{status}, then {answer}", words if answer == "refused" else "")


PROBES = [OneDestination(), Retained()]
