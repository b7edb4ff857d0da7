"""A Multi-AZ DB cluster, the dearest of all."""

from facts.catalog import API, GUIDE
from kit.probe import Probe, Seen
from kit.stage import OTHER_CLUSTER_CLASS, password


class IopsRequired(Probe):
    id = "cluster-gp3-iops"
    fact = "CreateDBCluster wants Iops for a Multi-AZ DB cluster on gp3"
    source = API + "API_CreateDBCluster.html"
    believed = "refused without"
    otherwise = "where Iops are required and not sent AWS refuses the creation, and nothing is made"
    needs = ("subnet_group",)
    minutes = 2
    # If it is made after all, it lives to the end of the run.
    usd = 0.80

    def run(self, stage):
        answer, words = stage.try_to_make(
            "db-cluster",
            stage.name("no-iops"),
            stage.rds.create_db_cluster,
            **stage.cluster_request("no-iops", Iops=None),
        )
        return Seen(f"{answer} without", words if answer == "refused" else "")


class SmallClusterIops(Probe):
    id = "cluster-gp3-3000"
    fact = "a Multi-AZ DB cluster of 100 GiB on gp3 is made with 3000 IOPS"
    source = GUIDE + "CHAP_Storage.html"
    believed = "3000"
    otherwise = "a refusal is a failed creation that says so; nothing is lost"
    needs = ("cluster",)

    def run(self, stage):
        shown = stage.cluster(stage.shared("cluster"))
        return Seen(str(shown.get("Iops")), f"throughput {shown.get('StorageThroughput')}")


class PendingClass(Probe):
    id = "cluster-pending-class"
    fact = "a cluster's queued class is shown by its members and not by the cluster"
    source = API + "API_ClusterPendingModifiedValues.html"
    believed = "by the members"
    otherwise = (
        "a class that shows nowhere looks as if AWS had not taken it, which pgha then "
        "says until the window"
    )
    needs = ("cluster",)
    minutes = 4

    def run(self, stage):
        name = stage.shared("cluster")
        before = stage.cluster(name)["DBClusterInstanceClass"]
        stage.rds.modify_db_cluster(
            DBClusterIdentifier=name,
            DBClusterInstanceClass=OTHER_CLUSTER_CLASS,
            ApplyImmediately=False,
        )
        seen = []
        try:
            stage.account.until(
                lambda: _shown_by(stage, name), lambda places: bool(places), 4, "queued"
            )
        except TimeoutError:
            pass
        seen = _shown_by(stage, name)
        stage.rested(
            stage.rds.modify_db_cluster,
            DBClusterIdentifier=name,
            DBClusterInstanceClass=before,
            ApplyImmediately=False,
        )
        return Seen(" and ".join(seen) or "nowhere")


def _shown_by(stage, name):
    """Where the queued class shows."""
    places = []
    if "DBClusterInstanceClass" in (stage.cluster(name).get("PendingModifiedValues") or {}):
        places.append("by the cluster")
    filters = [{"Name": "db-cluster-id", "Values": [name]}]
    members = stage.rds.describe_db_instances(Filters=filters)["DBInstances"]
    if any("DBInstanceClass" in (m.get("PendingModifiedValues") or {}) for m in members):
        places.append("by the members")
    return places


class ClusterIam(Probe):
    id = "cluster-iam-auth"
    fact = "a Multi-AZ DB cluster takes IAM database authentication"
    source = API + "API_ModifyDBCluster.html"
    believed = "accepted"
    otherwise = "the guide and the API disagree; a refusal changes nothing"
    needs = ("cluster",)
    minutes = 5

    def run(self, stage):
        return _change(stage, EnableIAMDatabaseAuthentication=True)


class ClusterLogs(Probe):
    id = "cluster-log-exports"
    fact = "a Multi-AZ DB cluster takes log exports and CopyTagsToSnapshot"
    source = GUIDE + "modify-multi-az-db-cluster.html"
    believed = "accepted"
    otherwise = "the guide lists both as settings and as not applying; a refusal changes nothing"
    needs = ("cluster",)
    minutes = 5

    def run(self, stage):
        return _change(
            stage,
            CloudwatchLogsExportConfiguration={"EnableLogTypes": ["postgresql"]},
            CopyTagsToSnapshot=True,
        )


class ClusterPassword(Probe):
    id = "cluster-password-length"
    fact = "a Multi-AZ DB cluster takes a master password of no more than 41 characters"
    source = API + "API_ModifyDBCluster.html"
    believed = "42 are refused"
    otherwise = "pgha's generated passwords are shorter than the lower of the documented limits"
    needs = ("cluster",)
    minutes = 5

    def run(self, stage):
        seen = _change(stage, MasterUserPassword=password(42))
        return Seen(f"42 are {seen.answer}", seen.note)


def _change(stage, **change):
    """Whether the cluster takes a change at once; waits until it rests again."""
    name = stage.shared("cluster")
    answer, words = stage.rested(
        stage.rds.modify_db_cluster, DBClusterIdentifier=name, ApplyImmediately=True, **change
    )
    stage.account.until(
        lambda: stage.cluster(name)["Status"], lambda s: s == "available", 30, "the cluster"
    )
    return Seen(answer, words if answer == "refused" else "")


class ClusterReboot(Probe):
    id = "cluster-reboot-keeps-writer"
    fact = "RebootDBCluster leaves the writer where it is"
    source = API + "API_RebootDBCluster.html"
    believed = "the same writer"
    otherwise = "a writer that moves is a failover; both cost about the same, and the plan says so"
    needs = ("cluster",)
    minutes = 10

    def run(self, stage):
        name = stage.shared("cluster")
        before = _writers(stage.cluster(name))
        stage.rds.reboot_db_cluster(DBClusterIdentifier=name)
        stage.account.until(
            lambda: stage.cluster(name)["Status"], lambda s: s == "available", 30, "the cluster"
        )
        same = _writers(stage.cluster(name)) == before
        return Seen("the same writer" if same else "another writer")


def _writers(cluster):
    members = cluster["DBClusterMembers"]
    return [m["DBInstanceIdentifier"] for m in members if m["IsClusterWriter"]]


PROBES = [
    IopsRequired(),
    SmallClusterIops(),
    ClusterIam(),
    ClusterLogs(),
    ClusterPassword(),
    ClusterReboot(),
    PendingClass(),
]
