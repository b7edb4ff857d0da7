//! AWS's words for statuses, kind by kind: which rest, which pass, and what mends the others.
//!
//! Sources, by table:
//! - instances: <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html>
//! - clusters, which add to them:
//!   <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html>
//! - proxies: <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBProxy.html>
//! - proxy targets: <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_TargetHealth.html>
//! - subscriptions:
//!   <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_EventSubscription.html>
//! - snapshots: <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshot.html>
//! - replicated backups:
//!   <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstanceAutomatedBackup.html>

use crate::kind::Kind;
use crate::status::Phase;

/// A word of AWS's: what it means, and what a person does about it where it does not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: &'static str,
    pub(super) phase: Phase,
    pub(super) mends: Option<&'static str>,
}

/// The words of a kind. Kinds without a status of their own have the one that pgha gives them.
pub(super) fn of(kind: Kind) -> &'static [&'static [Word]] {
    match kind {
        Kind::DbInstance => &[INSTANCE],
        // What the two have in common is first looked for in the cluster's own words.
        Kind::DbCluster => &[CLUSTER, INSTANCE],
        // What a target group says of itself is `available`, or that one has to wait.
        Kind::DbProxy | Kind::DbProxyEndpoint | Kind::DbProxyTargetGroup => &[PROXY],
        Kind::DbProxyTarget => &[TARGET],
        Kind::EventSubscription => &[SUBSCRIPTION],
        Kind::DbSnapshot | Kind::DbClusterSnapshot => &[SNAPSHOT],
        Kind::BackupReplication => &[BACKUP_REPLICATION],
        Kind::SecurityGroup
        | Kind::DbSubnetGroup
        | Kind::DbParameterGroup
        | Kind::DbClusterParameterGroup
        | Kind::SnsTopic
        | Kind::SnsSubscription
        | Kind::IamRole
        | Kind::IamPolicy
        | Kind::Secret
        | Kind::Alarm => &[STATELESS],
    }
}

const fn rests(text: &'static str) -> Word {
    Word { text, phase: Phase::Ready, mends: None }
}

const fn passes(text: &'static str) -> Word {
    Word { text, phase: Phase::Busy, mends: None }
}

const fn goes(text: &'static str) -> Word {
    Word { text, phase: Phase::Deleting, mends: None }
}

const fn impaired(text: &'static str, mends: &'static str) -> Word {
    Word { text, phase: Phase::Impaired, mends: Some(mends) }
}

const fn broken(text: &'static str, mends: &'static str) -> Word {
    Word { text, phase: Phase::Broken, mends: Some(mends) }
}

const STATELESS: &[Word] = &[rests("available")];

const INSTANCE: &[Word] = &[
    rests("available"),
    rests("storage-optimization"),
    rests("storage-initialization"),
    passes("backing-up"),
    passes("configuring-activity-stream"),
    passes("configuring-associated-roles"),
    passes("configuring-enhanced-monitoring"),
    passes("configuring-iam-database-auth"),
    passes("configuring-log-exports"),
    passes("converting-to-vpc"),
    passes("creating"),
    passes("maintenance"),
    passes("modifying"),
    passes("moving-to-vpc"),
    passes("rebooting"),
    passes("renaming"),
    passes("resetting-master-credentials"),
    passes("starting"),
    passes("stopping"),
    passes("storage-config-upgrade"),
    passes("upgrading"),
    passes("validating-configuration"),
    goes("deleting"),
    goes("delete-precheck"),
    Word {
        text: "stopped",
        phase: Phase::Stopped,
        mends: Some(
            "`pgha apply` starts it, and so does `aws rds start-db-instance`; RDS does so by itself after seven days",
        ),
    },
    // Growing the storage and fixing the parameters are the ways out of these.
    impaired("storage-full", "raise `storage` in the spec and apply: RDS accepts that as it is"),
    impaired(
        "incompatible-parameters",
        "set the parameters back that do not fit its class or version, apply, then restart it with `aws rds reboot-db-instance`",
    ),
    impaired(
        "incompatible-option-group",
        "give it another option group with `aws rds modify-db-instance --option-group-name`",
    ),
    broken(
        "failed",
        "RDS cannot recover it: restore its latest state with `aws rds restore-db-instance-to-point-in-time`",
    ),
    broken(
        "incompatible-network",
        "see to free addresses in its subnets and to the DNS settings of its VPC; if it does not recover, restore it with `aws rds restore-db-instance-to-point-in-time`",
    ),
    broken("incompatible-create", "delete it with `aws rds delete-db-instance`, then apply again"),
    broken(
        "incompatible-restore",
        "delete it with `aws rds delete-db-instance`, then restore from another point in time",
    ),
    broken(
        "incompatible-credentials",
        "give it a password that RDS accepts with `aws rds modify-db-instance --master-user-password`",
    ),
    broken(
        "restore-error",
        "delete it with `aws rds delete-db-instance`, then restore from another snapshot or point in time",
    ),
    broken(
        "insufficient-capacity",
        "AWS has no room for its class in its zone: delete it with `aws rds delete-db-instance`, then apply with another class or zone, or hours later",
    ),
    broken(
        "upgrade-failed",
        "read the upgrade's log with `aws rds describe-db-log-files`, mend what it names, then upgrade again",
    ),
    broken(
        "inaccessible-encryption-credentials",
        "its KMS key was out of reach for too long: enable the key again with `aws kms enable-key`, then restore with `aws rds restore-db-instance-to-point-in-time`",
    ),
    broken(
        "inaccessible-encryption-credentials-recoverable",
        "enable its KMS key again with `aws kms enable-key`, then start it with `aws rds start-db-instance`, within seven days",
    ),
];

const CLUSTER_AGAIN: &str =
    "delete it with `aws rds delete-db-cluster`, then apply or restore again";

const RESTORE_CLUSTER: &str = "RDS cannot recover it: restore its latest state with `aws rds restore-db-cluster-to-point-in-time`";

const CLUSTER: &[Word] = &[
    passes("failing-over"),
    passes("migrating"),
    passes("preparing-data-migration"),
    passes("promoting"),
    passes("scaling-compute"),
    passes("scaling-storage"),
    passes("update-iam-db-auth"),
    Word {
        text: "stopped",
        phase: Phase::Stopped,
        mends: Some(
            "start it with `aws rds start-db-cluster`; RDS does so by itself after seven days",
        ),
    },
    impaired(
        "incompatible-parameters",
        "set the parameters back that do not fit its class or version, apply, then restart it with `aws rds reboot-db-cluster`",
    ),
    impaired(
        "incompatible-option-group",
        "give it another option group with `aws rds modify-db-cluster --option-group-name`",
    ),
    broken("failed", RESTORE_CLUSTER),
    broken(
        "incompatible-network",
        "see to free addresses in its subnets and to the DNS settings of its VPC; if it does not recover, restore it with `aws rds restore-db-cluster-to-point-in-time`",
    ),
    broken("incompatible-create", CLUSTER_AGAIN),
    broken("incompatible-restore", CLUSTER_AGAIN),
    broken(
        "incompatible-credentials",
        "give it a password that RDS accepts with `aws rds modify-db-cluster --master-user-password`",
    ),
    broken("restore-error", CLUSTER_AGAIN),
    broken(
        "insufficient-capacity",
        "AWS has no room for its class in its zones: delete it with `aws rds delete-db-cluster`, then apply with another class, or hours later",
    ),
    broken(
        "inaccessible-encryption-credentials",
        "its KMS key was out of reach for too long: enable the key again with `aws kms enable-key`, then restore with `aws rds restore-db-cluster-to-point-in-time`",
    ),
    broken(
        "inaccessible-encryption-credentials-recoverable",
        "enable its KMS key again with `aws kms enable-key`, then start it with `aws rds start-db-cluster`, within seven days",
    ),
    broken("cloning-failed", CLUSTER_AGAIN),
    broken("migration-failed", CLUSTER_AGAIN),
];

const SUSPENDED: &str = "`aws rds describe-events --source-type db-proxy` says why; AWS Support brings it back, or delete it with `aws rds delete-db-proxy` and apply again";

const PROXY: &[Word] = &[
    rests("available"),
    passes("creating"),
    passes("modifying"),
    passes("reactivating"),
    goes("deleting"),
    broken(
        "incompatible-network",
        "see to its subnets and security groups; if it does not recover, delete it with `aws rds delete-db-proxy` and apply again",
    ),
    broken(
        "insufficient-resource-limits",
        "free addresses in its subnets or raise the account's quotas; if it does not recover, delete it with `aws rds delete-db-proxy` and apply again",
    ),
    broken("suspended", SUSPENDED),
    broken("suspending", SUSPENDED),
];

const TARGET: &[Word] = &[
    rests("available"),
    rests("unused"),
    Word {
        text: "unavailable",
        phase: Phase::Ready,
        mends: Some(
            "`aws rds describe-db-proxy-targets` says why: `UNREACHABLE` is the security groups, `AUTH_FAILURE` the secret or the proxy's role",
        ),
    },
    passes("registering"),
];

// No state of a subscription is one in which ModifyEventSubscription is refused (RDS API, its
// errors), and a change is the cure of them all. `all-sources-deleted` is in no list of AWS's:
// <https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds/pull/551>
const SUBSCRIPTION: &[Word] = &[
    rests("active"),
    passes("creating"),
    passes("modifying"),
    goes("deleting"),
    impaired(
        "all-sources-deleted",
        "nothing that it watches is left: have the spec name a source that exists and apply, or name one with `aws rds add-source-identifier-to-subscription`",
    ),
    impaired(
        "no-permission",
        "let `events.rds.amazonaws.com` publish to its topic and use the topic's key, then have RDS look again with `aws rds modify-event-subscription --sns-topic-arn`",
    ),
    impaired(
        "topic-not-exist",
        "`pgha apply` makes its topic again and has RDS look; by hand: make the topic, then have RDS look again with `aws rds modify-event-subscription --sns-topic-arn`",
    ),
];

const SNAPSHOT: &[Word] = &[
    rests("available"),
    passes("creating"),
    passes("copying"),
    passes("modifying"),
    passes("pending"),
    goes("deleting"),
    broken("failed", "it holds nothing: delete it and take another one"),
];

const BACKUP_REPLICATION: &[Word] = &[
    rests("active"),
    rests("replicating"),
    passes("creating"),
    passes("pending"),
    goes("deleting"),
    broken(
        "retained",
        "its replication was stopped, and what was copied is kept until its retention ends: begin again with `aws rds start-db-instance-automated-backups-replication`",
    ),
    broken(
        "failed",
        "`aws rds describe-events` in its region says why, often a KMS key; then begin again with `aws rds start-db-instance-automated-backups-replication`",
    ),
];
