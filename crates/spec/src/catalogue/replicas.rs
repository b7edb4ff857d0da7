//! High availability, replicas, backups and windows.

use super::Entry;
use crate::diagnostic::Severity;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "PGHA032",
        severity: Severity::Warning,
        title: "No standby",
        what: "The topology is `single-az`.",
        why: "An outage of the zone is an outage of the database, and so is every class change.",
        fix: "Write multi-az-instance.",
        example: r#"[cluster]
topology = "multi-az-instance""#,
        source: "Security Hub RDS.5: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>; CIS AWS v5.0.0 2.2.4: <https://docs.aws.amazon.com/securityhub/latest/userguide/cis-aws-foundations-benchmark.html>",
    },
    Entry {
        code: "PGHA033",
        severity: Severity::Error,
        title: "Too few subnets",
        what: "The listed subnets, without those listed twice, cannot cover two zones, or three for a Multi-AZ DB cluster; or a proxy's endpoint has an empty list.",
        why: "RDS rejects the subnet group.",
        fix: r#"List subnets of more zones, or write "all"."#,
        example: r#"[network]
subnets = "all""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/create-multi-az-db-cluster.html>",
    },
    Entry {
        code: "PGHA034",
        severity: Severity::Error,
        title: "A zone and a standby",
        what: "A replica has both `zone` and `multi_az`.",
        why: "RDS places both instances itself.",
        fix: "Delete one of them.",
        example: r#"[[replica]]
name = "read"
multi_az = true"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>",
    },
    Entry {
        code: "PGHA036",
        severity: Severity::Error,
        title: "Replicas and copies need backups",
        what: "The retention is 0, but there are replicas or a copy of the backups.",
        why: "RDS asks for automated backups before it makes either.",
        fix: "Write a retention of one day or more.",
        example: r#"[backup]
retention = "7 days""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Create.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/AutomatedBackups.Replicating.Enable.html>",
    },
    Entry {
        code: "PGHA037",
        severity: Severity::Error,
        title: "RDS-managed password and replicas",
        what: r#"`manage = "rds"` with replicas."#,
        why: "RDS makes no replicas of an instance whose password it manages.",
        fix: "Let pgha keep the password in a secret.",
        example: r#"[credentials]
manage = "pgha""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html>",
    },
    Entry {
        code: "PGHA038",
        severity: Severity::Error,
        title: "Too many or too deep replicas",
        what: "More than 15 replicas of the primary, more than 5 of a replica, or chains of more than three.",
        why: "RDS refuses them.",
        fix: "Move replicas to other sources.",
        example: r#"[[replica]]
name = "b"
source = "a""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.Cascading.html>",
    },
    Entry {
        code: "PGHA039",
        severity: Severity::Warning,
        title: "Many replicas in other regions",
        what: "More than five.",
        why: "AWS does not guarantee that they can be made.",
        fix: "Let some replicate from a replica in their region.",
        example: r#"[[replica]]
name = "b"
region = "us-west-2"
source = "a""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.XRgn.html>",
    },
    Entry {
        code: "PGHA040",
        severity: Severity::Error,
        title: "A key is missing, or one too many",
        what: "A replica or a copy of backups in another region has no `kms_key`, or an unencrypted database or a replica of one has one.",
        why: "Keys never leave their region, so encrypted data need one in the new region. RDS refuses a key for storage that is not encrypted.",
        fix: "Name a key of that region, or delete the key of what is not encrypted.",
        example: r#"[[replica]]
name = "dr"
region = "us-west-2"
kms_key = "arn:aws:kms:us-west-2:123456789012:key/…""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstanceReadReplica.html>; <https://github.com/aquasecurity/tfsec/issues/495>",
    },
    Entry {
        code: "PGHA041",
        severity: Severity::Error,
        title: "A key of the wrong region",
        what: "The key's ARN names another region than the one where it is used, or another partition than that region's.",
        why: "Keys never leave their region.",
        fix: "Name a key of the right region.",
        example: r#"[storage]
kms_key = "arn:aws:kms:us-east-1:123456789012:key/…""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>; <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>",
    },
    Entry {
        code: "PGHA042",
        severity: Severity::Warning,
        title: "Another region falls to the default VPC",
        what: "The VPC is named by its id, and a region with replicas names none.",
        why: "A VPC is in one region. Where the spec names none, pgha makes the subnet group in the region's default VPC, whose subnets are public, and the replicas would be there.",
        fix: "Name the VPC of that region.",
        example: r#"[network.regions.us-west-2]
vpc = { tag = { Name = "main" } }"#,
        source: "<https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html>",
    },
    Entry {
        code: "PGHA045",
        severity: Severity::Warning,
        title: "Short backups",
        what: "Automated backups are kept for less than seven days.",
        why: "A mistake is often found later.",
        fix: "Keep them for a week or more.",
        example: r#"[backup]
retention = "7 days""#,
        source: "Security Hub RDS.11: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>",
    },
    Entry {
        code: "PGHA046",
        severity: Severity::Advice,
        title: "Nothing survives the loss of the region",
        what: "No replica and no backup is in another region.",
        why: "The loss of the region would be the loss of the data.",
        fix: "Copy the backups, or add a replica elsewhere.",
        example: r#"[backup]
replicate_to = { region = "us-west-2", kms_key = "…" }"#,
        source: "Well-Architected REL13-BP02: <https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_planning_for_recovery_disaster_recovery.html>",
    },
    Entry {
        code: "PGHA047",
        severity: Severity::Error,
        title: "Backups cannot be copied",
        what: "The topology or the pair of regions does not offer it.",
        why: "AWS refuses.",
        fix: "Choose another region, or do without.",
        example: r#"[backup]
replicate_to = { region = "us-west-2", kms_key = "…" }"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReplicateBackups.html>",
    },
    Entry {
        code: "PGHA050",
        severity: Severity::Error,
        title: "Not for a Multi-AZ DB cluster",
        what: "A class without local disks, or a `medium` one but of c6gd, a region without such clusters, gp2, automatic growth, throughput, a log volume, IPv6 or a certificate authority.",
        why: "Multi-AZ DB clusters do not have it. The certificate authority is an exception: AWS takes one for a cluster, and pgha does not set it.",
        fix: "Delete the key, or take multi-az-instance. A certificate authority that is set with `aws rds modify-db-cluster --ca-certificate-identifier` stays: pgha does not compare it.",
        example: r#"[cluster]
topology = "multi-az-cluster"

[engine]
class = "db.r6gd.large""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/multi-az-db-clusters-concepts.Limitations.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/multi-az-db-clusters-concepts.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/create-multi-az-db-cluster.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.RDS_Fea_Regions_DB-eng.Feature.MultiAZDBClusters.html>",
    },
    Entry {
        code: "PGHA052",
        severity: Severity::Error,
        title: "Windows overlap or are short",
        what: "The backup and the maintenance window of the primary or of a replica overlap, or one is shorter than 30 minutes. A replica without a `backup_window` of its own has that of [backup].",
        why: "RDS refuses them.",
        fix: "Move or lengthen one.",
        example: r#"[backup]
window = "03:00-04:00"

[maintenance]
window = "sun:04:00-sun:05:00""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html>",
    },
    Entry {
        code: "PGHA053",
        severity: Severity::Warning,
        title: "Primary and replica in the same window",
        what: "A replica's maintenance window is the primary's.",
        why: "Both may be down at once.",
        fix: "Choose another day.",
        example: r#"[[replica]]
name = "read"
maintenance_window = "sat:04:00-sat:05:00""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Maintenance.html>",
    },
    Entry {
        code: "PGHA054",
        severity: Severity::Warning,
        title: "An outage outside of the window",
        what: "A change that stops the database would be made now.",
        why: "Some changes, such as the port's, cannot wait for the window.",
        fix: "Apply it in a quiet hour.",
        example: "",
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html>",
    },
    Entry {
        code: "PGHA055",
        severity: Severity::Warning,
        title: "No automatic security fixes",
        what: "`auto_minor = false`.",
        why: "Somebody has to install every minor version by hand.",
        fix: "Delete the key.",
        example: r"[maintenance]
auto_minor = true",
        source: "Security Hub RDS.13: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>; CIS AWS v5.0.0 2.2.2: <https://docs.aws.amazon.com/securityhub/latest/userguide/cis-aws-foundations-benchmark.html>",
    },
    Entry {
        code: "PGHA064",
        severity: Severity::Error,
        title: "Deletion is possible",
        what: "`deletion_protection = false`: an error for the primary, a warning for a replica. It can be accepted in [guard].",
        why: "A mistake or a leaked credential can delete the data.",
        fix: "Delete the key.",
        example: r"[cluster]
deletion_protection = true",
        source: "Security Hub RDS.7, RDS.8: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>",
    },
    Entry {
        code: "PGHA066",
        severity: Severity::Warning,
        title: "Snapshots without tags",
        what: "`copy_tags = false`.",
        why: "Nobody will know whose snapshots they are, and what they cost.",
        fix: "Delete the key.",
        example: r"[backup]
copy_tags = true",
        source: "Security Hub RDS.17: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>",
    },
    Entry {
        code: "PGHA109",
        severity: Severity::Error,
        title: "Not a zone of the region",
        what: "The zone's name is not the region's and a letter, or a local zone's.",
        why: "RDS rejects the call.",
        fix: "Write a zone such as us-east-1a.",
        example: r#"[[replica]]
name = "read"
zone = "us-east-1a""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>",
    },
    Entry {
        code: "PGHA117",
        severity: Severity::Error,
        title: "No replicas of a Multi-AZ DB cluster",
        what: "There are replicas and the topology is `multi-az-cluster`.",
        why: "pgha does not attach replicas to such a cluster; its two standbys can be read.",
        fix: "Delete the replicas, or take multi-az-instance.",
        example: r#"[cluster]
topology = "multi-az-instance""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/multi-az-db-clusters-concepts.html>",
    },
    Entry {
        code: "PGHA118",
        severity: Severity::Error,
        title: "Replicas in a circle",
        what: "Replicas replicate from each other.",
        why: "None of them would lead to the primary.",
        fix: "Delete one `source`.",
        example: r#"[[replica]]
name = "a""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.Cascading.html>",
    },
    Entry {
        code: "PGHA150",
        severity: Severity::Error,
        title: "Regions of different partitions",
        what: "A replica, or the copy of the backups, is in a region of another partition than the home region's, such as China's.",
        why: "Partitions share no accounts, and AWS copies nothing between them.",
        fix: "Choose a region of the same partition.",
        example: r#"[[replica]]
name = "dr"
region = "us-west-2""#,
        source: "<https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.XRgn.html>",
    },
    Entry {
        code: "PGHA156",
        severity: Severity::Warning,
        title: "Replicas that replay late",
        what: "`recovery_min_apply_delay` is in [parameters], where every replica has it and the primary makes nothing of it; or it is in the `parameters` of one replica.",
        why: "A replica that replays late is a way back from a mistake. It shows readers old data, and after a failure it has to replay what it has put off before it can take over.",
        fix: "Write it for one replica, send no readers there, and have another replica or a standby to take over. The recommended alarm on its lag allows for the delay. RDS takes up to 24 hours, from PostgreSQL 14.19, 15.14, 16.10 and 17.6 on.",
        example: r#"[[replica]]
name = "an-hour-ago"
parameters = { recovery_min_apply_delay = "1h" }"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rpg-delayed-replication.html>; <https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-RECOVERY-MIN-APPLY-DELAY>",
    },
    Entry {
        code: "PGHA161",
        severity: Severity::Warning,
        title: "A copy that pgha cannot make",
        what: "A replica, or the copy of the backups, goes from one region of China or GovCloud to another one.",
        why: "RDS wants a presigned URL for that, which pgha does not make: an apply would stop there.",
        fix: "Make it by hand before the first apply, and accept the finding in [guard]; or stay in one region.",
        example: "",
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstanceReadReplica.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StartDBInstanceAutomatedBackupsReplication.html>",
    },
];
