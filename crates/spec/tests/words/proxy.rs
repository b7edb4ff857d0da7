//! The proxy with its role, pool, target and endpoints, and the policies of `[iam]`.

use serde_json::Value;
use serde_json::json;

use super::at;
use super::check_addresses;
use super::check_after;
use super::check_fields;
use super::check_values;
use super::desired;
use super::field;
use super::text_of;

const CLUSTER: &str = "topology = \"multi-az-cluster\"";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000001";
const OTHER_KEY: &str =
    "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000002";
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:app-abcdef";
const ROLE: &str = "iam-role/t-proxy-us-east-1";

/// The statements of one of the role's policies; a list of one is written as its element.
#[track_caller]
fn check_policy(text: &str, name: &str, wanted: Option<Value>) {
    use pgha_resource::Resource;
    let desired = desired(text);
    let Resource::IamRole(role) = &at(&desired, ROLE).resource else { panic!("not a role") };
    let document = role.inline.as_ref().unwrap().get(name);
    let read = |text: String| serde_json::from_str::<Value>(&text).unwrap()["Statement"].clone();
    assert_eq!(document.map(|document| read(document.text())), wanted);
}

#[test]
fn every_word_about_the_proxy_reaches_its_field() {
    let text = text_of(
        "",
        &format!(
            r#"[proxy]
auth = "secrets"
secrets = ["{SECRET}"]
client_password = "md5"
max_connections = "60%"
max_idle = "20%"
borrow_timeout = "45s"
idle_timeout = "10 min"
init_query = "SET x = 1"
require_tls = false
debug_logging = true
"#
        ),
    );
    let secrets = format!("secrets = [\"{SECRET}\"]");
    let auth = format!("{SECRET} (password, MD5), secret/t-master (password, MD5)");
    check_fields(
        &text,
        "db-proxy/t-proxy",
        &[
            ("scheme", "secrets", "auth = \"secrets\""),
            ("auth", &auth, &secrets),
            ("role", ROLE, "[proxy]"),
            ("require_tls", "false", "require_tls = false"),
            ("idle_timeout", "600", "idle_timeout = \"10 min\""),
            ("debug_logging", "true", "debug_logging = true"),
        ],
    );
    check_fields(
        &text,
        "db-proxy-target-group/t-proxy",
        &[
            ("proxy", "t-proxy", "[proxy]"),
            ("max_connections", "60", "max_connections = \"60%\""),
            ("max_idle_connections", "20", "max_idle = \"20%\""),
            ("borrow_timeout", "45", "borrow_timeout = \"45s\""),
            ("init_query", "SET x = 1", "init_query = \"SET x = 1\""),
        ],
    );
    let inline = at(&desired(&text), ROLE).origin_of("inline").line as usize;
    assert_eq!(text.lines().nth(inline - 1), Some(secrets.as_str()));
}

#[test]
fn passwords_are_proved_the_way_the_spec_says() {
    use pgha_resource::Resource;
    use pgha_resource::kind::ClientPassword;
    for (written, wanted) in [
        ("", ClientPassword::Scram),
        ("client_password = \"scram\"\n", ClientPassword::Scram),
        ("client_password = \"md5\"\n", ClientPassword::Md5),
    ] {
        let desired = desired(&text_of("", &format!("[proxy]\n{written}")));
        let Resource::DbProxy(proxy) = &at(&desired, "db-proxy/t-proxy").resource else {
            panic!("not a proxy");
        };
        let auth = proxy.auth.as_ref().unwrap();
        assert!(auth.iter().all(|auth| auth.client_password == wanted), "{auth:?}");
    }
}

#[test]
fn the_pool_keeps_half_of_its_share_idle_unless_the_spec_says() {
    let pool = "db-proxy-target-group/t-proxy";
    check_values(
        &text_of("", "[proxy]\n"),
        &[
            (pool, "max_connections", "90"),
            (pool, "max_idle_connections", "45"),
            (pool, "borrow_timeout", "120"),
            (pool, "init_query", ""),
            ("db-proxy/t-proxy", "idle_timeout", "1800"),
            ("db-proxy/t-proxy", "require_tls", "true"),
            ("db-proxy/t-proxy", "debug_logging", "false"),
        ],
    );
    let share = "max_connections = \"60%\"";
    check_fields(
        &text_of("", &format!("[proxy]\n{share}\n")),
        pool,
        &[("max_idle_connections", "30", share)],
    );
}

#[test]
fn clients_and_the_proxy_log_in_as_the_spec_says() {
    let proxy = "db-proxy/t-proxy";
    let auth = |auth: &str| text_of("", &format!("iam_auth = true\n[proxy]\nauth = \"{auth}\"\n"));
    let secret = "secret/t-master (IAM token)";
    check_values(&auth("iam"), &[(proxy, "scheme", "secrets"), (proxy, "auth", secret)]);
    // With tokens end to end no secret is needed.
    check_values(
        &auth("iam-end-to-end"),
        &[(proxy, "scheme", "iam, end to end"), (proxy, "auth", "(none)")],
    );
}

#[test]
fn the_role_may_read_the_secrets_the_proxy_knows() {
    let read = |resource: Value| json!([{ "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": resource }]);
    let master = "${secret/t-master}";
    check_policy(&text_of("", "[proxy]\n"), "secrets", Some(read(json!([master]))));
    let text = text_of("", &format!("[proxy]\nsecrets = [\"{SECRET}\"]\n"));
    check_policy(&text, "secrets", Some(read(json!([SECRET, master]))));
    check_policy(&text, "connect", None);
    // The secret that RDS keeps is found at the database.
    let rds = text_of("", "[credentials]\nmanage = \"rds\"\n[proxy]\n");
    check_policy(&rds, "secrets", Some(read(json!(["${db-instance/t-primary}"]))));
}

#[test]
fn the_role_may_decrypt_secrets_with_keys_of_their_own() {
    let text = text_of(
        "",
        &format!(
            "[credentials]\nkms_key = \"{KEY}\"\n[proxy]\nsecrets_kms_keys = [\"{OTHER_KEY}\"]\n"
        ),
    );
    let wanted = json!([
        {
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": ["${secret/t-master}"],
        },
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": [KEY, OTHER_KEY],
            "Condition": { "StringEquals": { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" } },
        },
    ]);
    check_policy(&text, "secrets", Some(wanted));
}

#[test]
fn the_role_may_connect_only_where_the_proxy_uses_tokens() {
    let text = |auth: &str| {
        text_of(
            "",
            &format!("iam_auth = true\n[proxy]\nauth = \"{auth}\"\n[iam]\nusers = [\"app\"]\n"),
        )
    };
    let target = "arn:aws:rds-db:us-east-1:123456789012:dbuser:${db-instance/t-primary}/app";
    let connect = json!([{ "Effect": "Allow", "Action": "rds-db:connect", "Resource": [target] }]);
    check_policy(&text("iam-end-to-end"), "connect", Some(connect));
    check_policy(&text("iam-end-to-end"), "secrets", None);
    check_policy(&text("iam"), "connect", None);
    let nobody = text_of("", "iam_auth = true\n[proxy]\nauth = \"iam-end-to-end\"\n");
    check_policy(&nobody, "connect", None);
}

/// RDS Proxy knows no global condition keys, so its role has no condition.
#[test]
fn the_role_trusts_the_service_alone() {
    let trust = field(&desired(&text_of("", "[proxy]\n")), ROLE, "trust");
    assert!(trust.contains("rds.amazonaws.com"), "{trust}");
    assert!(!trust.contains("Condition"), "{trust}");
}

/// Secret, role, proxy, pool, target, endpoints: RDS takes them in this order only.
#[test]
fn the_target_waits_for_the_pool_and_the_endpoints_for_the_target() {
    let endpoint = "[proxy]\n[[proxy.endpoint]]\nname = \"more\"\n";
    let instance = "db-proxy-target/t-proxy:t-primary";
    let text = text_of("", endpoint);
    check_values(&text, &[(instance, "target", "t-primary"), (instance, "proxy", "t-proxy")]);
    check_after(&text, instance, &["db-proxy-target-group/t-proxy"]);
    check_after(&text, "db-proxy-endpoint/t-proxy-more", &[instance]);
    let cluster = text_of(CLUSTER, &format!("[storage]\ntype = \"gp3\"\n{endpoint}"));
    check_values(&cluster, &[("db-proxy-target/t-proxy:t-cluster", "target", "t-cluster")]);
}

#[test]
fn an_endpoint_reads_and_writes_in_the_networks_subnets_unless_it_says() {
    let endpoint = "db-proxy-endpoint/t-proxy-e";
    let plain = text_of("", "[proxy]\n[[proxy.endpoint]]\nname = \"e\"\n");
    check_fields(
        &plain,
        endpoint,
        &[
            ("role", "READ_WRITE", "[[proxy.endpoint]]"),
            ("subnets", "the subnets found in us-east-1", "[[proxy.endpoint]]"),
            ("security_groups", "security-group/t-db", "[[proxy.endpoint]]"),
        ],
    );
    let subnets = "subnets = [\"subnet-00000001\", \"subnet-00000002\"]";
    let role = "role = \"read-only\"";
    let own = format!(
        "[storage]\ntype = \"gp3\"\n[proxy]\n[[proxy.endpoint]]\nname = \"e\"\n{role}\n{subnets}\n"
    );
    check_fields(
        &text_of(CLUSTER, &own),
        endpoint,
        &[("role", "READ_ONLY", role), ("subnets", "subnet-00000001, subnet-00000002", subnets)],
    );
}

/// Who a policy of `[iam]` lets connect, to what.
#[track_caller]
fn check_connect(text: &str, policy: &str, wanted: Value) {
    let document: Value = serde_json::from_str(&field(&desired(text), policy, "document")).unwrap();
    assert_eq!(document["Statement"]["Resource"], wanted);
}

#[test]
fn users_may_connect_to_what_takes_their_tokens() {
    let policy = "iam-policy/t-connect-us-east-1";
    let users = "[iam]\nusers = [\"b\", \"a\", \"b\"]\n";
    let arn = |to: &str, user: &str| {
        format!("arn:aws:rds-db:us-east-1:123456789012:dbuser:${{{to}}}/{user}")
    };
    let (database, proxy) = ("db-instance/t-primary", "db-proxy/t-proxy");
    check_connect(
        &text_of("", &format!("iam_auth = true\n{users}")),
        policy,
        json!([arn(database, "a"), arn(database, "b")]),
    );
    // The proxy takes the tokens and logs in to the database with a password.
    check_connect(
        &text_of("", &format!("[proxy]\nauth = \"iam\"\n{users}")),
        policy,
        json!([arn(proxy, "a"), arn(proxy, "b")]),
    );
    check_connect(
        &text_of(CLUSTER, "iam_auth = true\n[storage]\ntype = \"gp3\"\n[iam]\nusers = [\"a\"]\n"),
        policy,
        json!(arn("db-cluster/t-cluster", "a")),
    );
    let nameless = text_of("", "iam_auth = true\n[iam]\nusers = [\"a\"]\n")
        .replace("account = \"123456789012\"\n", "");
    check_connect(&nameless, policy, json!(arn(database, "a").replace("123456789012", "*")));
}

#[test]
fn a_policy_serves_one_region_and_is_there_only_for_somebody() {
    let away = KEY.replace("us-east-1", "us-west-2");
    let replica =
        format!("[[replica]]\nname = \"r\"\nregion = \"us-west-2\"\nkms_key = \"{away}\"\n");
    let text = text_of("", &format!("iam_auth = true\n[iam]\nusers = [\"a\"]\n{replica}"));
    let there = "iam-policy/t-connect-us-west-2";
    check_addresses(&text, "iam-policy/", &["iam-policy/t-connect-us-east-1", there]);
    let arn = "arn:aws:rds-db:us-west-2:123456789012:dbuser:${db-instance/t-r@us-west-2}/a";
    check_connect(&text, there, json!(arn));
    check_fields(
        &text,
        there,
        &[("description", "lets applications connect to t with IAM tokens", "[iam]")],
    );
    check_addresses(&text_of("", "iam_auth = true\n[iam]\nusers = []\n"), "iam-policy/", &[]);
    check_addresses(&text_of("", "iam_auth = true\n"), "iam-policy/", &[]);
    // The proxy is at home: its tokens open nothing elsewhere.
    let proxied = format!("[proxy]\nauth = \"iam\"\n[iam]\nusers = [\"a\"]\n{replica}");
    check_addresses(&text_of("", &proxied), "iam-policy/", &["iam-policy/t-connect-us-east-1"]);
}
