//! How AWS says no: its codes, and what each means for what to do next (docs/aws/errors.md#codes).

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::live::ErrorClass;

/// An error with AWS's code; the class follows from the code and, for one, from the text.
pub(crate) fn refuse(code: &str, message: impl Into<String>) -> CallError {
    let message = message.into();
    CallError { class: class_of(code, &message), code: code.into(), message, request_id: None }
}

/// `InvalidParameterValue`.
pub(crate) fn bad_value(message: impl Into<String>) -> CallError {
    refuse("InvalidParameterValue", message)
}

/// `InvalidParameterCombination`.
pub(crate) fn bad_combination(message: impl Into<String>) -> CallError {
    refuse("InvalidParameterCombination", message)
}

/// A fresh or insufficient role: RDS says the same of both, and retrying helps with the
/// first (docs/aws/iam.md#propagation).
pub(crate) fn bad_role(purpose: &str) -> CallError {
    bad_value(format!(
        "IAM role ARN value is invalid or does not include the required permissions for: {purpose}"
    ))
}

fn class_of(code: &str, message: &str) -> ErrorClass {
    if message.starts_with("IAM role ARN value is invalid") {
        return ErrorClass::Propagating;
    }
    // RDS says it with a code that is for good otherwise, and it passes by itself.
    if message.starts_with("You can't currently modify the storage") {
        return ErrorClass::NotReady;
    }
    if message.starts_with("A previous rotation isn't complete") {
        return ErrorClass::Doubtful;
    }
    match code {
        "Throttling" | "ThrottlingException" | "RequestLimitExceeded" => ErrorClass::Throttled,
        "AccessDenied" | "AccessDeniedException" => ErrorClass::Denied,
        "InvalidDBParameterGroupState"
        | "InvalidDBSubnetGroupStateFault"
        | "DependencyViolation"
        | "DeleteConflict" => ErrorClass::InUse,
        "InvalidDBInstanceState"
        | "InvalidDBClusterStateFault"
        | "InvalidDBProxyStateFault"
        | "InvalidDBProxyEndpointStateFault"
        | "InvalidEventSubscriptionState"
        | "InvalidDBInstanceAutomatedBackupState"
        | "InvalidDBSnapshotState"
        | "InvalidDBClusterSnapshotStateFault" => ErrorClass::NotReady,
        "InvalidGroup.Duplicate"
        | "InvalidPermission.Duplicate"
        | "ResourceExistsException"
        | "EntityAlreadyExists"
        | "DBProxyTargetAlreadyRegisteredFault" => ErrorClass::Exists,
        _ if code.contains("AlreadyExist") => ErrorClass::Exists,
        _ if code.contains("QuotaExceeded") || code.contains("LimitExceeded") => ErrorClass::Quota,
        "NoSuchEntity" | "ResourceNotFoundException" => ErrorClass::Gone,
        _ if code.contains("NotFound") => ErrorClass::Gone,
        _ => ErrorClass::Invalid,
    }
}

/// The code for a name that is taken.
pub(crate) fn taken(key: &Address) -> CallError {
    let code = match key.kind {
        Kind::SecurityGroup => "InvalidGroup.Duplicate",
        Kind::DbSubnetGroup => "DBSubnetGroupAlreadyExists",
        Kind::DbParameterGroup | Kind::DbClusterParameterGroup => "DBParameterGroupAlreadyExists",
        Kind::IamRole | Kind::IamPolicy => "EntityAlreadyExists",
        Kind::Secret => "ResourceExistsException",
        Kind::DbInstance => "DBInstanceAlreadyExists",
        Kind::DbCluster => "DBClusterAlreadyExistsFault",
        Kind::BackupReplication => "InvalidDBInstanceAutomatedBackupState",
        Kind::DbSnapshot => "DBSnapshotAlreadyExists",
        Kind::DbClusterSnapshot => "DBClusterSnapshotAlreadyExistsFault",
        Kind::EventSubscription => "SubscriptionAlreadyExist",
        Kind::DbProxy => "DBProxyAlreadyExistsFault",
        Kind::DbProxyTarget => "DBProxyTargetAlreadyRegisteredFault",
        Kind::DbProxyEndpoint => "DBProxyEndpointAlreadyExistsFault",
        Kind::SnsTopic | Kind::SnsSubscription | Kind::Alarm | Kind::DbProxyTargetGroup => {
            "ResourceAlreadyExists"
        }
    };
    refuse(code, format!("{} {} already exists", key.kind, key.name))
}

/// The code for a name that is not there.
pub(crate) fn missing(kind: Kind, name: &str) -> CallError {
    let code = match kind {
        Kind::SecurityGroup => "InvalidGroup.NotFound",
        Kind::DbSubnetGroup => "DBSubnetGroupNotFoundFault",
        Kind::DbParameterGroup | Kind::DbClusterParameterGroup => "DBParameterGroupNotFound",
        Kind::IamRole | Kind::IamPolicy => "NoSuchEntity",
        Kind::Secret => "ResourceNotFoundException",
        Kind::SnsTopic | Kind::SnsSubscription => "NotFound",
        Kind::DbInstance => "DBInstanceNotFound",
        Kind::DbCluster => "DBClusterNotFoundFault",
        Kind::BackupReplication => "DBInstanceAutomatedBackupNotFound",
        Kind::DbSnapshot => "DBSnapshotNotFound",
        Kind::DbClusterSnapshot => "DBClusterSnapshotNotFoundFault",
        Kind::Alarm => "ResourceNotFound",
        Kind::EventSubscription => "SubscriptionNotFound",
        Kind::DbProxy => "DBProxyNotFoundFault",
        Kind::DbProxyTargetGroup => "DBProxyTargetGroupNotFoundFault",
        Kind::DbProxyTarget => "DBProxyTargetNotFoundFault",
        Kind::DbProxyEndpoint => "DBProxyEndpointNotFoundFault",
    };
    refuse(code, format!("{kind} {name} does not exist"))
}
