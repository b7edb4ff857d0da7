"""Volumes of 400 GiB and more, and how often a volume may change."""

from facts.catalog import API, GUIDE
from kit.probe import Probe, Seen


class StripedDefaults(Probe):
    id = "gp3-striped-defaults"
    fact = "gp3 of 400 GiB without Iops in the request gets 12000 IOPS and 500 MiB/s"
    source = GUIDE + "CHAP_Storage.html"
    believed = "12000 and 500"
    otherwise = "pgha reads the figures and sends both where the spec names them"
    needs = ("striped",)

    def run(self, stage):
        shown = stage.instance(stage.shared("striped"))
        return Seen(f"{shown.get('Iops')} and {shown.get('StorageThroughput')}")


class SmallStep(Probe):
    id = "iops-small-step"
    fact = "IOPS can be raised by less than ten percent"
    source = API + "API_ModifyDBInstance.html"
    believed = "accepted"
    otherwise = "a refused step fails by itself; nothing else depends on it"
    needs = ("striped",)
    minutes = 3

    def run(self, stage):
        answer, words = stage.rested(
            stage.rds.modify_db_instance,
            DBInstanceIdentifier=stage.shared("striped"),
            AllocatedStorage=400,
            Iops=12100,
            StorageThroughput=500,
            ApplyImmediately=True,
        )
        return Seen(answer, words if answer == "refused" else "")


class FifthChange(Probe):
    id = "fifth-storage-change"
    fact = "RDS refuses the fifth change of a volume within 24 hours"
    source = GUIDE + "USER_PIOPS.gp3.html"
    believed = "the fifth is refused"
    otherwise = "AWS refuses the change, nothing is lost, and the same plan works a day later"
    needs = ("database",)
    minutes = 600
    slow = True

    def run(self, stage):
        name = stage.shared("database")
        for number, size in enumerate((22, 25, 28, 31, 35, 39), start=1):
            stage.account.until(
                lambda: stage.instance(name), _storage_rests, 360, "the volume optimized"
            )
            answer, words = stage.rested(
                stage.rds.modify_db_instance,
                DBInstanceIdentifier=name,
                AllocatedStorage=size,
                MaxAllocatedStorage=100,
                ApplyImmediately=True,
            )
            if answer == "refused":
                ordinals = ("first", "second", "third", "fourth", "fifth", "sixth")
                return Seen(f"the {ordinals[number - 1]} is refused", words)
        return Seen("six are accepted")


def _storage_rests(instance):
    resting = "StorageOperationStatus" not in instance
    return resting and instance["DBInstanceStatus"] == "available"


PROBES = [FifthChange(), StripedDefaults(), SmallStep()]
