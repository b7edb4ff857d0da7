//! The mutating API calls that pgha makes: a closed list.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

macro_rules! operations {
    ($($service:ident: $($name:ident),+;)+) => {
        /// One mutating AWS API call; nothing outside this list is ever made.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Operation {
            $($(#[allow(missing_docs)] $name,)+)+
        }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$($(Self::$name,)+)+];

            /// The call's name as in the AWS API reference.
            pub fn name(self) -> &'static str {
                match self { $($(Self::$name => stringify!($name),)+)+ }
            }

            /// The service's prefix in IAM actions.
            pub fn service(self) -> &'static str {
                match self { $($(Self::$name)|+ => stringify!($service),)+ }
            }
        }
    };
}

operations! {
    ec2: CreateSecurityGroup, DeleteSecurityGroup, AuthorizeSecurityGroupIngress,
        RevokeSecurityGroupIngress, AuthorizeSecurityGroupEgress, RevokeSecurityGroupEgress,
        CreateTags, DeleteTags;
    iam: CreateRole, DeleteRole, UpdateAssumeRolePolicy, AttachRolePolicy, DetachRolePolicy,
        PutRolePolicy, DeleteRolePolicy, TagRole, UntagRole, CreatePolicy, CreatePolicyVersion,
        DeletePolicy, TagPolicy, UntagPolicy;
    secretsmanager: CreateSecret, UpdateSecret, PutSecretValue, DeleteSecret, RestoreSecret, RotateSecret,
        CancelRotateSecret, TagResource, UntagResource;
    sns: CreateTopic, DeleteTopic, SetTopicAttributes, Subscribe, Unsubscribe, TagTopic, UntagTopic;
    cloudwatch: PutMetricAlarm, DeleteAlarms, TagAlarm, UntagAlarm;
    rds: CreateDBSubnetGroup, ModifyDBSubnetGroup, DeleteDBSubnetGroup, CreateDBParameterGroup,
        ModifyDBParameterGroup, ResetDBParameterGroup, DeleteDBParameterGroup,
        CreateDBClusterParameterGroup, ModifyDBClusterParameterGroup, ResetDBClusterParameterGroup,
        DeleteDBClusterParameterGroup, CreateDBInstance, CreateDBInstanceReadReplica,
        ModifyDBInstance, RebootDBInstance, StartDBInstance, DeleteDBInstance, CreateDBCluster,
        ModifyDBCluster, RebootDBCluster, DeleteDBCluster, CreateDBSnapshot, DeleteDBSnapshot,
        CreateDBClusterSnapshot, DeleteDBClusterSnapshot,
        StartDBInstanceAutomatedBackupsReplication, StopDBInstanceAutomatedBackupsReplication,
        CreateEventSubscription, ModifyEventSubscription, AddSourceIdentifierToSubscription,
        RemoveSourceIdentifierFromSubscription, DeleteEventSubscription, CreateDBProxy,
        ModifyDBProxy, DeleteDBProxy, ModifyDBProxyTargetGroup, RegisterDBProxyTargets,
        DeregisterDBProxyTargets, CreateDBProxyEndpoint, ModifyDBProxyEndpoint,
        DeleteDBProxyEndpoint, AddTagsToResource, RemoveTagsFromResource;
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Operation {
    /// Whether, as a creating call, it only configures what its parent brought along, so
    /// that finding it there is no surprise.
    pub fn configures_existing(self) -> bool {
        self == Self::ModifyDBProxyTargetGroup
    }

    /// How long the resource usually takes to settle, in seconds from and to,
    /// where that is long enough to be worth saying. Typical durations, not promises.
    pub fn usual_seconds(self) -> Option<(u32, u32)> {
        let minutes = match self {
            Self::CreateDBInstance => (10, 20),
            Self::CreateDBInstanceReadReplica => (10, 40),
            Self::CreateDBCluster => (15, 30),
            Self::ModifyDBInstance | Self::ModifyDBCluster => (1, 25),
            Self::RebootDBInstance | Self::RebootDBCluster => (1, 5),
            Self::StartDBInstance => (5, 15),
            Self::DeleteDBInstance | Self::DeleteDBCluster => (5, 10),
            Self::CreateDBProxy => (3, 15),
            Self::DeleteDBProxy | Self::RegisterDBProxyTargets | Self::CreateDBProxyEndpoint => {
                (2, 10)
            }
            Self::CreateDBSnapshot | Self::CreateDBClusterSnapshot => (3, 15),
            Self::StartDBInstanceAutomatedBackupsReplication => (1, 10),
            _ => return None,
        };
        Some((minutes.0 * 60, minutes.1 * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_printed_by_their_names_in_columns() {
        assert_eq!(Operation::CreateDBInstance.to_string(), "CreateDBInstance");
        assert_eq!(format!("[{:<12}]", Operation::CreateRole), "[CreateRole  ]");
    }

    #[test]
    fn every_operation_is_of_one_of_the_six_services() {
        #[track_caller]
        fn check(operation: Operation, service: &str) {
            assert_eq!(operation.service(), service);
        }
        check(Operation::CreateTags, "ec2");
        check(Operation::PutRolePolicy, "iam");
        check(Operation::TagResource, "secretsmanager");
        check(Operation::Subscribe, "sns");
        check(Operation::PutMetricAlarm, "cloudwatch");
        check(Operation::AddTagsToResource, "rds");
        let rds = Operation::ALL.iter().filter(|o| o.name().contains("DB"));
        assert!(rds.clone().count() > 30 && rds.clone().all(|o| o.service() == "rds"));
    }

    #[test]
    fn only_the_target_group_comes_with_its_parent() {
        let configuring: Vec<_> =
            Operation::ALL.iter().filter(|o| o.configures_existing()).collect();
        assert_eq!(configuring, [&Operation::ModifyDBProxyTargetGroup]);
    }

    #[test]
    fn durations_are_seconds_from_and_to() {
        #[track_caller]
        fn check(operation: Operation, minutes: (u32, u32)) {
            assert_eq!(operation.usual_seconds(), Some((minutes.0 * 60, minutes.1 * 60)));
        }
        assert_eq!(Operation::CreateDBInstance.usual_seconds(), Some((600, 1200)));
        check(Operation::CreateDBInstanceReadReplica, (10, 40));
        check(Operation::CreateDBCluster, (15, 30));
        check(Operation::ModifyDBInstance, (1, 25));
        check(Operation::RebootDBCluster, (1, 5));
        check(Operation::StartDBInstance, (5, 15));
        check(Operation::DeleteDBInstance, (5, 10));
        check(Operation::CreateDBProxy, (3, 15));
        check(Operation::RegisterDBProxyTargets, (2, 10));
        check(Operation::CreateDBSnapshot, (3, 15));
        check(Operation::StartDBInstanceAutomatedBackupsReplication, (1, 10));
    }

    #[test]
    fn what_is_over_in_a_moment_has_no_duration_worth_saying() {
        assert_eq!(Operation::CreateRole.usual_seconds(), None);
        assert_eq!(Operation::AddTagsToResource.usual_seconds(), None);
    }
}
