//! Networks, credentials, keys and the proxy.

use super::Entry;
use crate::diagnostic::Severity;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "PGHA058",
        severity: Severity::Error,
        title: "A public database",
        what: "`public = true`. It can be accepted in [guard].",
        why: "Anyone on the internet can try to connect.",
        fix: "Delete the key.",
        example: r"[network]
public = false",
        source: "Security Hub RDS.2: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>; CIS AWS v5.0.0 2.2.3: <https://docs.aws.amazon.com/securityhub/latest/userguide/cis-aws-foundations-benchmark.html>",
    },
    Entry {
        code: "PGHA059",
        severity: Severity::Advice,
        title: "The default VPC",
        what: "The database lives in the default VPC.",
        why: "Its subnets are public. The database has no public address, but one mistake less would be needed.",
        fix: "Use a VPC with private subnets.",
        example: r#"[network]
vpc = { tag = { Name = "main" } }
subnets = { tag = { tier = "data" } }"#,
        source: "Security Hub RDS.46: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>",
    },
    Entry {
        code: "PGHA060",
        severity: Severity::Error,
        title: "Open to the internet",
        what: "A range of every address, or one wider than any private range, may connect. It can be accepted in [guard].",
        why: "Anyone who can reach the database can try to log in.",
        fix: "Name your applications' ranges or security groups.",
        example: r#"[network]
allow = ["10.0.0.0/16", "sg-0123456789abcdef0"]"#,
        source: "Security Hub EC2.18: <https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html>",
    },
    Entry {
        code: "PGHA061",
        severity: Severity::Error,
        title: "A credential in the spec",
        what: "A key that looks like a password is in the spec, or a text of any key holds a URL with a password, an access key, a token or a private key.",
        why: "Whoever reads the repository, its history or a plan has it.",
        fix: "Delete it and change the password. pgha keeps the password in a secret that it generates.",
        example: r#"[credentials]
manage = "pgha""#,
        source: "Checkov's checks for secrets, such as CKV_SECRET_4: <https://www.checkov.io/5.Policy%20Index/all.html>",
    },
    Entry {
        code: "PGHA062",
        severity: Severity::Warning,
        title: "A guessable master user",
        what: "The master user has one of the names everybody tries first.",
        why: "It cannot change later.",
        fix: "Take another name before the first apply.",
        example: r#"[credentials]
username = "orders_owner""#,
        source: "Security Hub RDS.24, RDS.25: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>",
    },
    Entry {
        code: "PGHA063",
        severity: Severity::Warning,
        title: "No IAM tokens",
        what: "`iam_auth` is off.",
        why: "Passwords live long and are shared; tokens live 15 minutes.",
        fix: "Turn it on and grant `rds_iam` to the users that shall use tokens.",
        example: r"[engine]
iam_auth = true",
        source: "Security Hub RDS.10, RDS.12: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>",
    },
    Entry {
        code: "PGHA068",
        severity: Severity::Advice,
        title: "The master password never changes",
        what: "The secret has no rotation.",
        why: "A leaked password stays good.",
        fix: "Name a rotating Lambda function.",
        example: r#"[credentials]
rotation = { days = 30, function = "arn:aws:lambda:…" }"#,
        source: "Checkov CKV2_AWS_57: <https://www.checkov.io/5.Policy%20Index/all.html>",
    },
    Entry {
        code: "PGHA083",
        severity: Severity::Error,
        title: "Readers of an instance",
        what: "A read-only endpoint of a proxy before an instance.",
        why: "Only Multi-AZ DB clusters have readers behind a proxy.",
        fix: "Connect to the replicas directly.",
        example: r#"[[proxy.endpoint]]
name = "extra"
role = "read-write""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-endpoints.html>",
    },
    Entry {
        code: "PGHA084",
        severity: Severity::Error,
        title: "No pinning filters",
        what: "`session_pinning_filters` is set.",
        why: "They exist for MySQL only.",
        fix: "Delete the key, and avoid what pins sessions.",
        example: "",
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html>",
    },
    Entry {
        code: "PGHA085",
        severity: Severity::Error,
        title: "A pool setting out of range",
        what: "A percentage or a timeout of the proxy is out of range, or `max_idle` is above `max_connections`.",
        why: "RDS rejects the call.",
        fix: "Write a value in the range.",
        example: r#"[proxy]
max_connections = "90%"
max_idle = "45%""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ConnectionPoolConfiguration.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-connections.html>",
    },
    Entry {
        code: "PGHA086",
        severity: Severity::Warning,
        title: "TLS to the proxy is not required",
        what: "`require_tls = false`.",
        why: "Clients may send passwords in the clear.",
        fix: "Delete the key.",
        example: r"[proxy]
require_tls = true",
        source: "Security Hub RDS.43: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>",
    },
    Entry {
        code: "PGHA087",
        severity: Severity::Warning,
        title: "The proxy logs statements",
        what: "`debug_logging = true`.",
        why: "Statements hold data; AWS turns it off after 24 hours anyway.",
        fix: "Delete the key when you are done.",
        example: r"[proxy]
debug_logging = false",
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-creating.html>",
    },
    Entry {
        code: "PGHA088",
        severity: Severity::Warning,
        title: "A secret in the initialisation query",
        what: "The query seems to hold a password, a secret or a token.",
        why: "Anyone who may describe the proxy can read it.",
        fix: "Keep secrets out of it.",
        example: r#"[proxy]
init_query = "SET statement_timeout = '30s'""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ConnectionPoolConfiguration.html>",
    },
    Entry {
        code: "PGHA091",
        severity: Severity::Warning,
        title: "The proxy may take every connection",
        what: "`max_connections` of the proxy is above 90 %.",
        why: "Nobody else gets in, not even to see what is wrong.",
        fix: "Write 90 % or less.",
        example: r#"[proxy]
max_connections = "90%""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-connections.html>",
    },
    Entry {
        code: "PGHA093",
        severity: Severity::Error,
        title: "A policy for everybody",
        what: "A user in [iam] holds a wildcard.",
        why: "The application could connect as any user.",
        fix: "Name each user.",
        example: r#"[iam]
users = ["app"]"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html>",
    },
    Entry {
        code: "PGHA110",
        severity: Severity::Error,
        title: "Users without tokens",
        what: "[iam] names users, but neither the database nor a proxy takes tokens.",
        why: "The policy would let them do nothing.",
        fix: "Turn IAM on in [engine] or in [proxy].",
        example: r"[engine]
iam_auth = true",
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html>",
    },
    Entry {
        code: "PGHA111",
        severity: Severity::Error,
        title: "End-to-end tokens without IAM",
        what: r#"`auth = "iam-end-to-end"`, but the database takes no tokens."#,
        why: "The proxy could not log in.",
        fix: "Turn on `iam_auth`.",
        example: r#"[engine]
iam_auth = true

[proxy]
auth = "iam-end-to-end""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-iam-setup.html>",
    },
    Entry {
        code: "PGHA112",
        severity: Severity::Warning,
        title: "Passwords through a proxy before IAM",
        what: "The database takes tokens, and the proxy's clients use passwords.",
        why: "Clients of a proxy before such a database must use tokens.",
        fix: r#"Write `auth = "iam"`."#,
        example: r#"[proxy]
auth = "iam""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html>",
    },
    Entry {
        code: "PGHA113",
        severity: Severity::Error,
        title: "Not the ARN it should be",
        what: "A key, a secret, a topic, a function or what an alarm tells is not named by its ARN, or the last part of its ARN is none: the id of a key, the name of a topic or a function, a secret's name with its six characters.",
        why: "AWS answers with ARNs: anything else would be a difference in every plan.",
        fix: "Write the whole ARN.",
        example: r#"[storage]
kms_key = "arn:aws:kms:us-east-1:123456789012:key/…""#,
        source: "<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>; <https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html>",
    },
    Entry {
        code: "PGHA125",
        severity: Severity::Error,
        title: "Nobody who could connect",
        what: r#"An entry of `allow` or a security group is not an address range as EC2 keeps it, a group, "self" or "app"; or the id of a VPC, a subnet or a group is not their prefix and 17 hexadecimal digits, 8 in old accounts."#,
        why: "EC2 rejects it, or keeps it in another form.",
        fix: "Write the range's own address, or the group's id.",
        example: r#"[network]
allow = ["10.0.0.0/16", "sg-0123456789abcdef0", "self"]"#,
        source: "<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html>; <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>; <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_CreateFirewall.html>",
    },
    Entry {
        code: "PGHA152",
        severity: Severity::Warning,
        title: "More than a default quota",
        what: "The spec describes more than an account of AWS may have by default: 60 inbound rules of a security group for each of IPv4 and IPv6, 5 security groups of a database; in a region 40 instances, 100 manual snapshots, 20 event subscriptions, 50 parameter groups.",
        why: "AWS refuses what is beyond a quota, so that an apply stops half-way. pgha does not know an account's quotas, nor what else the account has.",
        fix: "Look in Service Quotas, and have the quota raised before the apply; then accept the finding in `[guard]`. Or describe fewer.",
        example: r#"[network]
allow = ["10.0.0.0/16"]"#,
        source: "<https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html>; <https://docs.aws.amazon.com/servicequotas/latest/userguide/request-quota-increase.html>",
    },
    Entry {
        code: "PGHA153",
        severity: Severity::Error,
        title: "More than AWS allows",
        what: "The spec describes more than any account can have: 1000 inbound rules of a security group for each of IPv4 and IPv6, 16 security groups of a database, 20 subnets of a subnet group.",
        why: "These quotas cannot be raised further.",
        fix: "Describe fewer.",
        example: r#"[network]
allow = ["10.0.0.0/16"]"#,
        source: "<https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html>",
    },
    Entry {
        code: "PGHA155",
        severity: Severity::Error,
        title: "A policy longer than IAM takes",
        what: "The policy that lets the users of [iam] connect would have more than 6144 characters, or those of the proxy's role more than 10240 together. Blanks are not counted, and what AWS chooses has the length that it usually has.",
        why: "IAM refuses it, and these limits cannot be raised. A policy names each user once for each database, so that some 70 users of one database fill it.",
        fix: "Name fewer users or secrets.",
        example: r#"[iam]
users = ["app"]"#,
        source: "<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>",
    },
    Entry {
        code: "PGHA157",
        severity: Severity::Warning,
        title: "A region without RDS Proxy",
        what: "There is a [proxy], and AWS's table of regions, as of pgha's date, has no RDS Proxy for PostgreSQL in the home region.",
        why: "RDS rejects the call, after the database has been made.",
        fix: "Do without a proxy there, or choose another region. AWS opens services in more regions over time: accept the finding in [guard] if its table has the region now.",
        example: "",
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.RDS_Fea_Regions_DB-eng.Feature.RDSProxy.html>",
    },
];
