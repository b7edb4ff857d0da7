//! What a failed call means: the only place that looks at AWS's error codes.
//!
//! Sources: docs/aws/errors.md#codes for RDS, and the "Common errors" pages of the other services.

use std::error::Error;

use aws_sdk_rds::config::http::HttpResponse;
use aws_sdk_rds::error::ProvideErrorMetadata;
use aws_sdk_rds::error::SdkError;
use aws_sdk_rds::operation::RequestId;
use pgha_apply::port::CallError;
use pgha_resource::call::Action;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::ReadError;

use crate::whole::nonsense;

/// Whether the call changes anything: decides what a lost answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    Read,
    Change,
}

/// A failed call, classified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) class: ErrorClass,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
}

impl Failure {
    /// A failure of ours, before anything was sent.
    pub(crate) fn ours(code: &str, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self { class: ErrorClass::Invalid, code, message, request_id: None }
    }

    /// As the failure of a look.
    pub(crate) fn reading(&self, call: &str) -> ReadError {
        let message = match self.message.is_empty() {
            true => self.code.clone(),
            false => format!("{}: {}", self.code, self.message),
        };
        ReadError { call: call.into(), class: self.class, message }
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        let Failure { class, code, message, request_id } = failure;
        Self { class, code, message, request_id }
    }
}

/// Classifies what the SDK returned.
pub(crate) fn failure<E>(error: &SdkError<E, HttpResponse>, intent: Intent) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let request_id = error.request_id().map(|id| in_a_line(id, LONGEST_CODE));
    let ours = |class, code: &str| Failure {
        class,
        code: code.into(),
        message: in_a_line(&chain(error).join(": "), LONGEST_MESSAGE),
        request_id: request_id.clone(),
    };
    match error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            let message = readable(error.message().unwrap_or_default());
            let (class, code) = match error.code() {
                Some(code) => {
                    (of_code(code, message, status, intent), in_a_line(code, LONGEST_CODE))
                }
                None => (of_status(status), format!("Http{status}")),
            };
            let message = in_a_line(message, LONGEST_MESSAGE);
            Failure { class, code, message, request_id }
        }
        SdkError::ConstructionFailure(_) => ours(ErrorClass::Invalid, "NotSent"),
        SdkError::DispatchFailure(_) => match undelivered(error, intent) {
            ErrorClass::Credentials => ours(ErrorClass::Credentials, "NoCredentials"),
            class => ours(class, "NoAnswer"),
        },
        SdkError::ResponseError(answer) => {
            let (message, code) = (nonsense(answer.raw(), &chain(error).join(": ")), "BadAnswer");
            Failure { class: ErrorClass::Unknown, code: code.into(), message, request_id }
        }
        // A time-out of the whole call.
        _ => ours(ErrorClass::Unknown, "NoAnswer"),
    }
}

/// Characters of a message that are shown. The longest that AWS sends say which action on which
/// resource is not allowed to whom, with three ARNs.
const LONGEST_MESSAGE: usize = 1000;

/// Characters of a code, and of a request's number.
const LONGEST_CODE: usize = 100;

/// A text of somebody else's as a part of one of our lines.
fn in_a_line(text: &str, most: usize) -> String {
    // As much as can matter: a proxy's page may have megabytes.
    let start: String = text.chars().take(8 * most).collect();
    let plain = start.replace(|c: char| c.is_control(), " ");
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", words[..end].trim_end()),
        None => words,
    }
}

/// EC2 adds what only `sts:DecodeAuthorizationMessage` can read, a page long and different each
/// time (EC2 user guide, UnauthorizedOperation).
fn readable(message: &str) -> &str {
    let end = message.find("Encoded authorization failure message:");
    end.map_or(message, |end| message[..end].trim_end())
}

/// A call that got no answer. One that never reached AWS may be repeated; one that may have
/// reached it may have been carried out.
fn undelivered<E: Error + 'static>(
    error: &SdkError<E, HttpResponse>,
    intent: Intent,
) -> ErrorClass {
    let words = chain(error).join(": ");
    let SdkError::DispatchFailure(dispatch) = error else { return ErrorClass::Unknown };
    let never_sent = never_connected(error) || words.contains("(Connect)");
    if !never_sent && dispatch.is_other() && words.to_lowercase().contains("credential") {
        ErrorClass::Credentials
    } else if never_sent || intent == Intent::Read {
        ErrorClass::Unreachable
    } else {
        ErrorClass::Unknown
    }
}

fn never_connected(error: &(dyn Error + 'static)) -> bool {
    use std::io::ErrorKind;
    sources(error).filter_map(|source| source.downcast_ref::<std::io::Error>()).any(|io| {
        matches!(
            io.kind(),
            ErrorKind::ConnectionRefused
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
        )
    })
}

fn sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let first: &'a (dyn Error + 'static) = error;
    std::iter::successors(Some(first), |error| (*error).source())
}

/// The error and its causes in words, without repetition.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut words: Vec<String> = sources(error).map(ToString::to_string).collect();
    words.dedup();
    words
}

/// Codes that mean "asked too often" (the SDK's own list of throttling errors, and SNS's).
const THROTTLING: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "KMSThrottling",
    "KMSThrottlingException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

const CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

/// Codes that say "used by something else", although some are named after a state.
const IN_USE: &[&str] = &[
    "DeleteConflict",
    "DependencyViolation",
    "InvalidDBParameterGroupState",
    "InvalidDBSubnetGroupStateFault",
    "InvalidDBSubnetStateFault",
    "InvalidGroup.InUse",
    "ResourceInUse",
];

/// Capacity, as distinct from quotas, whose codes say so.
const CAPACITY: &[&str] = &[
    "InsufficientAvailableIPsInSubnetFault",
    "InsufficientDBClusterCapacityFault",
    "InsufficientDBInstanceCapacity",
    "InsufficientStorageClusterCapacity",
    "LimitExceeded",
    "LimitExceededFault",
    "ProvisionedIopsNotAvailableInAZFault",
    "RulesPerSecurityGroupLimitExceeded",
    "SecurityGroupLimitExceeded",
    "TopicLimitExceeded",
    "SubscriptionLimitExceeded",
    "VpcLimitExceeded",
];

/// Words of errors that pass once a role, a policy or a key has reached the whole region
/// (docs/aws/iam.md#propagation).
const PROPAGATION: &[&str] = &[
    "IAM role ARN value is invalid or does not include the required permissions",
    "cannot be assumed",
    "is unable to assume",
    "is not authorized to assume",
    "does not have the required permissions to access the secret",
    // GetSecretValue, of a secret that was restored a moment ago.
    "marked for deletion",
];

/// Codes that say that a change names something that does not exist, and that it may be one of
/// those that pgha makes itself: then it may be too new to be seen. All others, such as a
/// certificate or an event category, are wrong for good (RDS API, "Errors" of each action).
const MAY_BE_NEW: &[&str] = &[
    "DBClusterNotFound",
    "DBClusterParameterGroupNotFound",
    "DBClusterSnapshotNotFound",
    "DBInstanceAutomatedBackupNotFound",
    "DBInstanceNotFound",
    "DBParameterGroupNotFound",
    "DBProxyEndpointNotFound",
    "DBProxyNotFound",
    "DBProxyTargetGroupNotFound",
    "DBProxyTargetNotFound",
    "DBSnapshotNotFound",
    "DBSubnetGroupNotFound",
    "InvalidGroup.NotFound",
    "InvalidGroupId.NotFound",
    "InvalidPermission.NotFound",
    "InvalidSecurityGroupID.NotFound",
    "NotFound",
    "ResourceNotFound",
    "SourceNotFound",
    "SubscriptionNotFound",
];

/// What a refused change means where that depends on what the change is.
///
/// To anything but a deletion, what "does not exist" may not be visible yet: the plan saw it, or
/// an earlier call made it a moment ago. Should it really have gone, then the look before the
/// next attempt says so.
pub(crate) fn of_change(action: &Action, error: CallError) -> CallError {
    let deletes = matches!(action, Action::Delete { .. });
    let code = error.code.as_str();
    let bare = code.strip_suffix("Fault").or(code.strip_suffix("Exception")).unwrap_or(code);
    let class = match error.class {
        ErrorClass::Gone if deletes => ErrorClass::Gone,
        ErrorClass::Gone if bare.starts_with("NoSuchEntity") => ErrorClass::Propagating,
        ErrorClass::Gone if MAY_BE_NEW.contains(&bare) => ErrorClass::Doubtful,
        ErrorClass::Gone => ErrorClass::Invalid,
        // A group that is being changed already says the same as one that is used
        // (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html>).
        ErrorClass::InUse if !deletes && is_state(code) => ErrorClass::NotReady,
        class => class,
    };
    CallError { class, ..error }
}

/// The class of an answer; the exceptions come before the patterns.
fn of_code(code: &str, message: &str, status: u16, intent: Intent) -> ErrorClass {
    let one_of = |codes: &[&str]| codes.contains(&code);
    let ends = |tail: &str| {
        ["", "Fault", "Exception"].iter().any(|last| code.ends_with(&format!("{tail}{last}")))
    };
    // Secrets Manager counts its own quotas with a code that elsewhere means throttling.
    let quota = code == "LimitExceededException" && message.to_lowercase().contains("quota");
    let unseen = intent == Intent::Change && is_dependency(code);
    if PROPAGATION.iter().any(|words| message.contains(words)) || unseen {
        ErrorClass::Propagating
    } else if is_doubtful(code, message, intent) {
        ErrorClass::Doubtful
    } else if quota || one_of(CAPACITY) || code.contains("Quota") {
        ErrorClass::Quota
    } else if one_of(THROTTLING) {
        ErrorClass::Throttled
    } else if one_of(CREDENTIALS) {
        ErrorClass::Credentials
    } else if is_denial(code) {
        ErrorClass::Denied
    } else if one_of(IN_USE) {
        ErrorClass::InUse
    } else if is_existence(code) || is_other_topic(code, message) {
        ErrorClass::Exists
    } else if ends("NotFound") || matches!(code, "NoSuchEntity" | "NoSuchEntityException") {
        ErrorClass::Gone
    } else if is_state(code) {
        ErrorClass::NotReady
    } else if status == 501 || code == "NotImplemented" {
        ErrorClass::Invalid
    } else if status >= 500 || matches!(code, "RequestTimeout" | "RequestTimeoutException") {
        ErrorClass::Unknown
    } else {
        ErrorClass::Invalid
    }
}

/// The class of an answer that names no code: it came from somebody on the way, or garbled.
fn of_status(status: u16) -> ErrorClass {
    match status {
        401 | 403 | 407 => ErrorClass::Denied,
        413 | 414 | 501 => ErrorClass::Invalid,
        429 => ErrorClass::Throttled,
        _ => ErrorClass::Unknown,
    }
}

/// A key, a topic or a principal that is out of reach: its policy may have been changed a moment
/// ago, and more often nobody is going to change it. A denial that names itself is one.
fn is_doubtful(code: &str, message: &str, intent: Intent) -> bool {
    let of_a_change = ["SNSTopicArnNotFound", "SNSTopicArnNotFoundFault"].contains(&code);
    matches!(code, "KMSKeyNotAccessibleFault" | "SNSNoAuthorization" | "SNSNoAuthorizationFault")
        || message.contains("Invalid principal in policy")
        // A rotation takes seconds, and one that failed stays so.
        || message.contains("previous rotation isn't complete")
        || (of_a_change && intent == Intent::Change)
}

/// A role that a change names and RDS does not see yet, or not with all that it may: it was there
/// when the plan was made, or was made a moment ago (docs/aws/iam.md#propagation,
/// docs/aws/errors.md#consistency).
fn is_dependency(code: &str) -> bool {
    matches!(
        code,
        "IamRoleMissingPermissions"
            | "IamRoleMissingPermissionsFault"
            | "IamRoleNotFound"
            | "IamRoleNotFoundFault"
    )
}

fn is_denial(code: &str) -> bool {
    code.starts_with("AccessDenied")
        || code.starts_with("AuthorizationError")
        || code.starts_with("KMSAccessDenied")
        || matches!(code, "UnauthorizedOperation" | "NotAuthorized" | "OptInRequired")
}

fn is_existence(code: &str) -> bool {
    code.contains("AlreadyExist")
        || code.contains("AlreadyRegistered")
        || code.ends_with(".Duplicate")
        || matches!(code, "ResourceExistsException" | "EntityAlreadyExists")
}

/// CreateTopic succeeds for a topic that is there unless it is another one: then SNS calls
/// the difference an invalid parameter (SNS API, CreateTopic).
fn is_other_topic(code: &str, message: &str) -> bool {
    code.starts_with("InvalidParameter") && message.contains("Topic already exists with different")
}

/// A VPC in the wrong state is one without enough subnets or addresses, which no waiting
/// mends (docs/aws/errors.md#codes).
fn is_state(code: &str) -> bool {
    let invalid_state = code.starts_with("Invalid")
        && (code.ends_with("State") || code.ends_with("StateFault"))
        && !code.starts_with("InvalidVPCNetworkState");
    invalid_state
        || code.starts_with("ConcurrentAccess")
        || code.starts_with("ConcurrentModification")
        || code.starts_with("DBInstanceNotReady")
        || code.starts_with("EntityTemporarilyUnmodifiable")
        || code.starts_with("StaleTag")
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgha_resource::Timing;
    use pgha_resource::kind::DbInstance;
    use pgha_resource::live::Tags;

    #[track_caller]
    fn check_class(code: &str, class: ErrorClass) {
        assert_eq!(of_code(code, "", 400, Intent::Read), class, "{code}");
    }

    #[test]
    fn what_nobody_can_read_is_left_out() {
        let words = "You are not authorized to perform this operation.";
        let said = format!("{words} Encoded authorization failure message: AbC-_9");
        assert_eq!(readable(&said), words);
        assert_eq!(readable(words), words);
    }

    #[test]
    fn a_strangers_text_stays_on_its_line() {
        assert_eq!(in_a_line("one\n\n  two\u{1b}[31m\r\tthree", 100), "one two [31m three");
        let page = "word ".repeat(1_000_000);
        let shown = in_a_line(&page, 12);
        assert_eq!(shown, "word word wo…");
        assert_eq!(in_a_line("äöü", 3), "äöü");
        assert_eq!(in_a_line(&"\n".repeat(5_000_000), 10), "");
    }

    #[test]
    fn codes_are_classified_as_the_facts_say() {
        use ErrorClass::*;
        let table = [
            ("DBInstanceNotFound", Gone),
            ("DBClusterNotFoundFault", Gone),
            ("DBProxyTargetGroupNotFoundFault", Gone),
            ("ResourceNotFoundException", Gone),
            ("ResourceNotFound", Gone),
            ("NotFound", Gone),
            ("NoSuchEntity", Gone),
            ("InvalidGroup.NotFound", Gone),
            ("SubscriptionNotFound", Gone),
            ("DBInstanceAlreadyExists", Exists),
            ("DBProxyTargetAlreadyRegisteredFault", Exists),
            ("SubscriptionAlreadyExist", Exists),
            ("EntityAlreadyExists", Exists),
            ("ResourceExistsException", Exists),
            ("InvalidPermission.Duplicate", Exists),
            ("InvalidGroup.Duplicate", Exists),
            ("InvalidDBInstanceState", NotReady),
            ("InvalidDBClusterStateFault", NotReady),
            ("InvalidDBProxyStateFault", NotReady),
            ("InvalidEventSubscriptionState", NotReady),
            ("ConcurrentModificationException", NotReady),
            ("DBInstanceNotReady", NotReady),
            ("StaleTagException", NotReady),
            ("ConcurrentAccessException", NotReady),
            ("InvalidVPCNetworkStateFault", Invalid),
            ("SubnetAlreadyInUse", Invalid),
            ("InvalidDBParameterGroupState", InUse),
            ("InvalidDBSubnetGroupStateFault", InUse),
            ("DependencyViolation", InUse),
            ("DeleteConflict", InUse),
            ("Throttling", Throttled),
            ("ThrottlingException", Throttled),
            ("RequestLimitExceeded", Throttled),
            ("Throttled", Throttled),
            ("KMSThrottling", Throttled),
            ("InstanceQuotaExceeded", Quota),
            ("DBProxyQuotaExceededFault", Quota),
            ("InsufficientDBInstanceCapacity", Quota),
            ("LimitExceeded", Quota),
            ("AccessDenied", Denied),
            ("AccessDeniedException", Denied),
            ("UnauthorizedOperation", Denied),
            ("ExpiredToken", Credentials),
            ("UnrecognizedClientException", Credentials),
            ("KMSKeyNotAccessibleFault", Doubtful),
            ("KMSAccessDenied", Denied),
            ("SNSNoAuthorization", Doubtful),
            ("InvalidParameterValue", Invalid),
            ("InvalidParameterCombination", Invalid),
            ("DBUpgradeDependencyFailure", Invalid),
            ("DBSubnetGroupDoesNotCoverEnoughAZs", Invalid),
        ];
        for (code, class) in table {
            check_class(code, class);
        }
    }

    #[test]
    fn a_role_that_has_not_propagated_is_no_invalid_parameter() {
        let words = "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING";
        assert_eq!(
            of_code("InvalidParameterValue", words, 400, Intent::Read),
            ErrorClass::Propagating
        );
    }

    #[test]
    fn a_restored_secret_may_count_as_deleted_for_a_moment() {
        let words =
            "You can't perform this operation on the secret because it was marked for deletion.";
        let class = of_code("InvalidRequestException", words, 400, Intent::Change);
        assert_eq!(class, ErrorClass::Propagating);
    }

    #[test]
    fn what_a_change_names_may_be_too_new_to_be_seen() {
        let codes = ["IamRoleNotFound", "IamRoleMissingPermissions"];
        for code in codes {
            assert_eq!(of_code(code, "", 404, Intent::Change), ErrorClass::Propagating, "{code}");
        }
        let class = of_code("SNSTopicArnNotFound", "", 404, Intent::Change);
        assert_eq!(class, ErrorClass::Doubtful);
        assert_eq!(of_code("SNSTopicArnNotFound", "", 404, Intent::Read), ErrorClass::Gone);
    }

    fn actions() -> [(&'static str, Action); 3] {
        let of = || Box::new(DbInstance::default().into());
        let fields = Vec::new();
        [
            ("create", Action::Create { to: of(), tags: Tags::new() }),
            ("update", Action::Update { from: of(), to: of(), fields, timing: Timing::InWindow }),
            ("delete", Action::Delete { from: of(), final_snapshot: None }),
        ]
    }

    /// RDS API, "Errors" of each action; EC2, IAM, SNS and Secrets Manager likewise.
    #[test]
    fn the_same_code_means_what_the_call_makes_of_it() {
        use ErrorClass::*;
        let table = [
            // It names something that pgha makes: too new to be seen, or gone.
            ("DBInstanceNotFound", [Doubtful, Doubtful, Gone]),
            ("DBSubnetGroupNotFoundFault", [Doubtful, Doubtful, Gone]),
            ("DBProxyNotFoundFault", [Doubtful, Doubtful, Gone]),
            ("SourceNotFound", [Doubtful, Doubtful, Gone]),
            ("InvalidGroup.NotFound", [Doubtful, Doubtful, Gone]),
            ("ResourceNotFoundException", [Doubtful, Doubtful, Gone]),
            ("NotFound", [Doubtful, Doubtful, Gone]),
            ("SNSTopicArnNotFound", [Doubtful, Doubtful, Doubtful]),
            ("NoSuchEntity", [Propagating, Propagating, Gone]),
            // It names something that AWS or somebody else has: no waiting helps.
            ("CertificateNotFound", [Invalid, Invalid, Gone]),
            ("SubscriptionCategoryNotFound", [Invalid, Invalid, Gone]),
            ("OptionGroupNotFoundFault", [Invalid, Invalid, Gone]),
            ("DomainNotFoundFault", [Invalid, Invalid, Gone]),
            ("InvalidVpcID.NotFound", [Invalid, Invalid, Gone]),
            // Used by something, or only being changed.
            ("InvalidDBParameterGroupState", [NotReady, NotReady, InUse]),
            ("DependencyViolation", [InUse, InUse, InUse]),
            ("DeleteConflict", [InUse, InUse, InUse]),
            ("KMSKeyNotAccessibleFault", [Doubtful, Doubtful, Doubtful]),
            ("KMSAccessDeniedFault", [Denied, Denied, Denied]),
            ("InvalidDBInstanceState", [NotReady, NotReady, NotReady]),
        ];
        for (code, expected) in table {
            for ((name, action), class) in actions().iter().zip(expected) {
                let (message, request_id) = (String::new(), None);
                let first = of_code(code, "", 400, Intent::Change);
                let error = CallError { class: first, code: code.into(), message, request_id };
                assert_eq!(of_change(action, error).class, class, "{code} of a {name}");
            }
        }
    }

    #[test]
    fn a_topic_of_somebody_else_exists() {
        let words = "Invalid parameter: Tags Reason: Topic already exists with different tags";
        assert_eq!(of_code("InvalidParameter", words, 400, Intent::Read), ErrorClass::Exists);
    }

    #[test]
    fn a_server_that_fails_leaves_the_outcome_open_and_one_that_cannot_does_not() {
        assert_eq!(of_code("InternalFailure", "", 500, Intent::Read), ErrorClass::Unknown);
        assert_eq!(of_code("ServiceUnavailable", "", 503, Intent::Read), ErrorClass::Unknown);
        assert_eq!(of_code("NotImplemented", "", 501, Intent::Read), ErrorClass::Invalid);
    }

    #[test]
    fn an_answer_without_a_code_says_nothing_of_the_call_unless_its_status_does() {
        assert_eq!(of_status(400), ErrorClass::Unknown);
        assert_eq!(of_status(502), ErrorClass::Unknown);
        assert_eq!(of_status(429), ErrorClass::Throttled);
        assert_eq!(of_status(403), ErrorClass::Denied);
        assert_eq!(of_status(501), ErrorClass::Invalid);
    }

    #[test]
    fn a_failed_look_names_its_call() {
        let failure = Failure::ours("NoAnswer", "connection refused");
        let error = failure.reading("DescribeDBInstances");
        assert_eq!(error.call, "DescribeDBInstances");
        assert_eq!(error.message, "NoAnswer: connection refused");
    }
}
