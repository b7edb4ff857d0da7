"""One small database, looked at and changed."""

import time

from facts.catalog import API, GUIDE
from kit.account import attempt
from kit.probe import Probe, Seen
from kit.stage import OTHER_CLASS, password


class BareMajor(Probe):
    id = "bare-major"
    fact = "a database that is asked for with a bare major version gets a full one"
    source = API + "API_CreateDBInstance.html"
    believed = "a full version"
    otherwise = "pgha compares majors where the spec names one"
    needs = ("database",)

    def run(self, stage):
        version = stage.instance(stage.shared("database"))["EngineVersion"]
        return Seen("a full version" if "." in version else "other", version)


class SmallReadBack(Probe):
    id = "gp3-read-back"
    fact = "gp3 below 400 GiB reads back 3000 IOPS and 125 MiB/s that nobody asked for"
    source = GUIDE + "CHAP_Storage.html"
    believed = "3000 and 125"
    otherwise = "figures that AWS does not show are taken for unreadable, not for drift"
    needs = ("database",)

    def run(self, stage):
        shown = stage.instance(stage.shared("database"))
        return Seen(f"{shown.get('Iops')} and {shown.get('StorageThroughput')}")


class AutoscalingOff(Probe):
    id = "autoscaling-off"
    fact = "MaxAllocatedStorage equal to AllocatedStorage turns autoscaling off"
    source = GUIDE + "USER_PIOPS.Autoscaling.html"
    believed = "absent, or the size"
    otherwise = "another value would be shown as drift"
    needs = ("database",)
    minutes = 4

    def run(self, stage):
        name = stage.shared("database")
        stage.rds.modify_db_instance(
            DBInstanceIdentifier=name, MaxAllocatedStorage=20, ApplyImmediately=True
        )
        stage.account.until(
            lambda: stage.instance(name),
            lambda i: i.get("MaxAllocatedStorage") != 100,
            5,
            "autoscaling off",
        )
        value = stage.available(name).get("MaxAllocatedStorage")
        return Seen(self.believed if value in (None, 20) else "other", str(value))


class CancelPending(Probe):
    id = "cancel-pending"
    fact = "asking for the current class at once cancels a queued one without a restart"
    source = GUIDE + "USER_ModifyInstance.ApplyImmediately.html"
    believed = "queued, then cancelled, no restart"
    otherwise = "a plan that cancels would restart the database, or leave the class queued"
    needs = ("database",)
    minutes = 8

    def run(self, stage):
        name = stage.shared("database")
        before = stage.available(name)
        stage.rds.modify_db_instance(
            DBInstanceIdentifier=name, DBInstanceClass=OTHER_CLASS, ApplyImmediately=False
        )
        queued = stage.account.until(
            lambda: stage.instance(name), _queued_class, 5, "the class queued"
        )
        stage.rds.modify_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass=before["DBInstanceClass"],
            ApplyImmediately=True,
        )
        stage.account.until(
            lambda: stage.instance(name), lambda i: not _queued_class(i), 10, "the class cancelled"
        )
        after = stage.available(name)
        restarts = _restarts(stage, name)
        kept = after["DBInstanceClass"] == before["DBInstanceClass"]
        words = ["queued" if _queued_class(queued) else "not queued"]
        words += ["then cancelled" if kept else "then changed"]
        words += ["restarted" if restarts else "no restart"]
        return Seen(", ".join(words), "; ".join(restarts))


def _queued_class(instance):
    return instance.get("PendingModifiedValues", {}).get("DBInstanceClass")


def _restarts(stage, name):
    """What the last minutes' events say of a restart."""
    events = stage.rds.describe_events(
        SourceIdentifier=name, SourceType="db-instance", Duration=10
    )["Events"]
    return [e["Message"] for e in events if "restart" in e["Message"].lower()]


class ModifyLag(Probe):
    id = "modify-lag"
    fact = "after an accepted change the instance can go on saying available for a while"
    source = GUIDE + "accessing-monitoring.html"
    believed = "settles"
    otherwise = "pgha waits for the value and not only for the status"
    needs = ("database",)
    minutes = 6

    def run(self, stage):
        name = stage.shared("database")
        asked, changed, began = time.monotonic(), [], []
        stage.rds.modify_db_instance(
            DBInstanceIdentifier=name, BackupRetentionPeriod=2, ApplyImmediately=True
        )

        def look():
            shown = stage.instance(name)
            seconds = round(time.monotonic() - asked)
            if shown["DBInstanceStatus"] != "available":
                began.append(seconds)
            if shown["BackupRetentionPeriod"] == 2:
                changed.append(seconds)
            return shown

        stage.account.until(look, lambda _: changed, 15, "the new retention")
        stage.available(name)
        note = f"another status after {began[:1] or 'never'} s, the value after {changed[0]} s"
        return Seen("settles", note)


class PasswordLength(Probe):
    id = "password-length"
    fact = "an instance takes a master password of 128 characters"
    source = API + "API_ModifyDBInstance.html"
    believed = "accepted"
    otherwise = "pgha's generated passwords are shorter than the lower of the documented limits"
    needs = ("database",)
    minutes = 4

    def run(self, stage):
        name = stage.shared("database")
        answer, words = stage.rested(
            stage.rds.modify_db_instance,
            DBInstanceIdentifier=name,
            MasterUserPassword=password(128),
            ApplyImmediately=True,
        )
        stage.available(name)
        return Seen(answer, words if answer == "refused" else "")


class ParameterLag(Probe):
    id = "parameter-status-lag"
    fact = "after a static parameter is changed ParameterApplyStatus says pending-reboot only later"
    source = GUIDE + "parameter-groups-overview.html"
    believed = "pending-reboot, and in-sync after the reboot"
    otherwise = "a restart that comes too early leaves `pending-reboot`, which the next plan shows"
    needs = ("database",)
    minutes = 15

    def run(self, stage):
        name = stage.shared("database")
        asked, noticed = time.monotonic(), []
        stage.rds.modify_db_parameter_group(
            DBParameterGroupName=stage.shared("parameters"),
            Parameters=[
                {
                    "ParameterName": "track_activity_query_size",
                    "ParameterValue": "4096",
                    "ApplyMethod": "pending-reboot",
                }
            ],
        )
        statuses = []

        def look():
            statuses.append(_apply_status(stage.instance(name)))
            if statuses[-1] == "pending-reboot":
                noticed.append(round(time.monotonic() - asked))
            return statuses[-1]

        stage.account.until(look, lambda status: status == "pending-reboot", 15, "pending-reboot")
        stage.rds.reboot_db_instance(DBInstanceIdentifier=name)
        after = stage.account.until(
            lambda: stage.instance(name),
            lambda i: i["DBInstanceStatus"] == "available" and _apply_status(i) != "pending-reboot",
            15,
            "the restart",
        )
        way = " to ".join(dict.fromkeys(statuses))
        return Seen(
            f"pending-reboot, and {_apply_status(after)} after the reboot",
            f"{way}, noticed after {noticed[0]} s",
        )


def _apply_status(instance):
    return instance["DBParameterGroups"][0]["ParameterApplyStatus"]


class RestoreTags(Probe):
    id = "restore-copies-tags"
    fact = "a database restored from a snapshot without tags carries the source's"
    source = GUIDE + "USER_Tagging.html"
    believed = "copied"
    otherwise = "the record names the database itself, so a copy is never taken for it"
    needs = ("database",)
    minutes = 25
    usd = 0.02

    def run(self, stage):
        source, copy = stage.shared("database"), stage.name("restored")
        snapshot = stage.name("snapshot")
        stage.make(
            "snapshot",
            snapshot,
            stage.rds.create_db_snapshot,
            DBSnapshotIdentifier=snapshot,
            DBInstanceIdentifier=source,
            Tags=stage.tags(),
        )
        stage.account.until(
            lambda: stage.rds.describe_db_snapshots(DBSnapshotIdentifier=snapshot),
            lambda shown: shown["DBSnapshots"][0]["Status"] == "available",
            30,
            "the snapshot",
        )
        stage.available(source)
        # Without Tags: what it carries afterwards is the fact. It is tagged below if
        # nothing was copied, so that the clean-up may remove it.
        stage.make(
            "db-instance",
            copy,
            stage.rds.restore_db_instance_from_db_snapshot,
            DBInstanceIdentifier=copy,
            DBSnapshotIdentifier=snapshot,
            DBInstanceClass="db.t4g.micro",
            PubliclyAccessible=False,
            DBSubnetGroupName=stage.shared("subnet_group"),
            VpcSecurityGroupIds=[stage.shared("group")],
        )
        shown = stage.instance(copy)
        tags = {tag["Key"]: tag["Value"] for tag in shown.get("TagList", [])}
        copied = stage.tags()[0]["Key"] in tags
        if not copied:
            stage.rds.add_tags_to_resource(ResourceName=shown["DBInstanceArn"], Tags=stage.tags())
        stage.available(copy)
        return Seen("copied" if copied else "not copied", ", ".join(tags))


class WhileStopped(Probe):
    id = "stopped"
    fact = "a stopped database rests in stopped and StartDBInstance brings it back"
    source = GUIDE + "USER_StopInstance.html"
    believed = "stopped, then available"
    otherwise = "pgha takes no other word for `available`"
    needs = ("database",)
    minutes = 20

    def run(self, stage):
        name = stage.shared("database")
        stage.available(name)
        stage.rds.stop_db_instance(DBInstanceIdentifier=name)
        stopped = stage.account.until(
            lambda: stage.instance(name)["DBInstanceStatus"],
            lambda status: status not in ("available", "stopping"),
            30,
            "stopped",
        )
        answer, words = attempt(
            stage.rds.modify_db_instance,
            DBInstanceIdentifier=name,
            CopyTagsToSnapshot=False,
            ApplyImmediately=True,
        )
        stage.rds.start_db_instance(DBInstanceIdentifier=name)
        shown = stage.available(name)
        note = f"a change while stopped is {answer}"
        return Seen(
            f"{stopped}, then {shown['DBInstanceStatus']}",
            f"{note}: {words}" if answer == "refused" else note,
        )


PROBES = [
    BareMajor(),
    SmallReadBack(),
    AutoscalingOff(),
    CancelPending(),
    ModifyLag(),
    PasswordLength(),
    ParameterLag(),
    RestoreTags(),
    WhileStopped(),
]
