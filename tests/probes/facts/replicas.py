"""A read replica of the small database."""

from facts.catalog import API, GUIDE
from kit.account import attempt
from kit.probe import Probe, Seen
from kit.stage import CLASS


class ReplicaDefaults(Probe):
    id = "replica-defaults"
    fact = "a new replica has its source's storage, no backups and no deletion protection"
    source = API + "API_CreateDBInstanceReadReplica.html"
    believed = "20 GiB gp3, no backups, unprotected"
    otherwise = "pgha reads the new replica and sets what differs"
    needs = ("database", "replica")

    def run(self, stage):
        shown = stage.instance(stage.shared("replica"))
        backups = shown["BackupRetentionPeriod"] or "no"
        protected = "protected" if shown["DeletionProtection"] else "unprotected"
        group = shown["DBParameterGroups"][0]["DBParameterGroupName"]
        own = "its source's" if group == stage.name("parameters") else group
        return Seen(
            f"{shown['AllocatedStorage']} GiB {shown['StorageType']}, {backups} backups, "
            f"{protected}",
            f"parameter group: {own}; ceiling: {shown.get('MaxAllocatedStorage')}",
        )


class ReplicaGroup(Probe):
    id = "replica-parameter-group"
    fact = "a PostgreSQL replica takes no parameter group at its creation"
    source = API + "API_CreateDBInstanceReadReplica.html"
    believed = "refused"
    otherwise = "pgha sends none then and sets it afterwards, which is right either way"
    needs = ("database", "replica")
    minutes = 2
    usd = 0.02

    def run(self, stage):
        group, name = stage.parameter_group("replicas"), stage.name("with-group")
        answer, words = stage.try_to_make(
            "replica",
            name,
            stage.rds.create_db_instance_read_replica,
            DBInstanceIdentifier=name,
            SourceDBInstanceIdentifier=stage.shared("database"),
            DBInstanceClass=CLASS,
            DBParameterGroupName=group,
            PubliclyAccessible=False,
            Tags=stage.tags(),
        )
        return Seen(answer, words if answer == "refused" else "")


class ManagedPassword(Probe):
    id = "managed-password-with-replicas"
    fact = "ManageMasterUserPassword cannot be turned on while there are replicas"
    source = GUIDE + "rds-secrets-manager.html"
    believed = "refused"
    otherwise = "pgha never asks for it while there are replicas"
    needs = ("database", "replica")
    minutes = 4

    def run(self, stage):
        name = stage.shared("database")
        stage.shared("replica")
        stage.available(name)
        answer, words = stage.rested(
            stage.rds.modify_db_instance,
            DBInstanceIdentifier=name,
            ManageMasterUserPassword=True,
            ApplyImmediately=True,
        )
        stage.available(name)
        return Seen(answer, words if answer == "refused" else "")


class StopWithReplica(Probe):
    id = "stop-with-replica"
    fact = "a database that has a replica cannot be stopped, and neither can the replica"
    source = GUIDE + "USER_StopInstance.html"
    believed = "both refused"
    otherwise = "pgha stops no database"
    needs = ("database", "replica")
    minutes = 2

    def run(self, stage):
        names = (stage.shared("replica"), stage.shared("database"))
        tries = [attempt(stage.rds.stop_db_instance, DBInstanceIdentifier=n) for n in names]
        answers = {answer for answer, _ in tries}
        words = "; ".join(str(w) for a, w in tries if a == "refused")
        return Seen("both refused" if answers == {"refused"} else "accepted", words)


PROBES = [ReplicaDefaults(), ReplicaGroup(), ManagedPassword(), StopWithReplica()]
