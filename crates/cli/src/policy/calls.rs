//! The calls that pgha makes, as IAM actions.

use pgha_resource::Operation;

/// What a look asks. RDS is asked for much, and everything that it describes is harmless; no
/// call here returns a secret's value.
pub const READING: [&str; 25] = [
    "cloudwatch:DescribeAlarms",
    "cloudwatch:ListTagsForResource",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListEntitiesForPolicy",
    "iam:ListPolicies",
    "iam:ListPolicyVersions",
    "iam:ListRolePolicies",
    "iam:ListRoles",
    "rds:Describe*",
    "rds:ListTagsForResource",
    "secretsmanager:DescribeSecret",
    "secretsmanager:ListSecrets",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:ListTagsForResource",
    "sns:ListTopics",
    "sts:GetCallerIdentity",
];

/// What changing calls take along: the password on its way to RDS, and the oldest version of a
/// policy that has as many as IAM keeps.
pub const BESIDE: [&str; 3] = [
    "iam:DeletePolicyVersion",
    "secretsmanager:GetRandomPassword",
    "secretsmanager:GetSecretValue",
];

/// Actions that IAM cannot narrow to a resource
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>).
const ANYWHERE: [&str; 3] =
    ["rds:CreateDBProxy", "secretsmanager:GetRandomPassword", "sns:Unsubscribe"];

/// The IAM action of a call on the wire: the call's own name, but for none that pgha makes.
pub fn action(service: &str, call: &str) -> String {
    format!("{service}:{call}")
}

/// The action of a changing call. Tags of topics and alarms are set by calls of one name, which
/// [`Operation`] tells apart.
pub fn of_operation(operation: Operation) -> String {
    let name = match operation {
        Operation::TagTopic | Operation::TagAlarm => "TagResource",
        Operation::UntagTopic | Operation::UntagAlarm => "UntagResource",
        other => other.name(),
    };
    action(operation.service(), name)
}

/// Every changing action of a service that can be narrowed, in order.
pub fn changing(service: &str) -> Vec<String> {
    let beside = BESIDE.iter().map(|action| (*action).to_string());
    let all = Operation::ALL.iter().map(|operation| of_operation(*operation)).chain(beside);
    let own = all.filter(|action| action.split(':').next() == Some(service));
    let mut own: Vec<String> = own.filter(|a| !ANYWHERE.contains(&a.as_str())).collect();
    own.sort();
    own.dedup();
    own
}

/// Those that cannot.
pub fn anywhere() -> Vec<String> {
    ANYWHERE.map(str::to_string).to_vec()
}
