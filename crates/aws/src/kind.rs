//! One file a kind, each with the name it has in `pgha-resource`: `from_sdk` says what an
//! answer means, `read` finds what is wanted, `execute` makes the calls that change it.

pub(crate) mod alarm;
pub(crate) mod backup_replication;
pub(crate) mod db_cluster;
pub(crate) mod db_cluster_parameter_group;
pub(crate) mod db_cluster_snapshot;
pub(crate) mod db_instance;
pub(crate) mod db_parameter_group;
pub(crate) mod db_proxy;
pub(crate) mod db_proxy_endpoint;
pub(crate) mod db_proxy_target;
pub(crate) mod db_proxy_target_group;
pub(crate) mod db_snapshot;
pub(crate) mod db_subnet_group;
pub(crate) mod event_subscription;
pub(crate) mod iam_policy;
pub(crate) mod iam_role;
pub(crate) mod secret;
pub(crate) mod security_group;
pub(crate) mod sns_subscription;
pub(crate) mod sns_topic;
