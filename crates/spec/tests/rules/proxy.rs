//! The proxy, its endpoints and the users of `[iam]` (docs/aws/proxies.md,
//! docs/aws/iam.md#connect).

use super::check;
use super::check_limits;
use super::check_text;
use super::found;
use super::text_of;

const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:app-abcdef";
const CLUSTER: &str = "topology = \"multi-az-cluster\"";

/// It is explained to who writes it, and offered to nobody.
#[test]
fn pinning_filters_are_not_offered() {
    let filters = "session_pinning_filters = [\"EXCLUDE_VARIABLE_SETS\"]";
    check(&format!("[proxy]\n{filters}\n"), &[("PGHA084", filters)]);
    for key in ["session_pinning_filter", "banana"] {
        let found = found(&text_of("", &format!("[proxy]\n{key} = 1\n")));
        let unknown = found.iter().find(|found| found.code == "PGHA101").unwrap();
        let help = unknown.help.as_deref().unwrap();
        assert!(!help.contains("session_pinning_filters"), "{help}");
    }
}

#[test]
fn the_pool_and_its_times_have_the_limits_of_rds_proxy() {
    let share = "[proxy]\nmax_idle = 0\nmax_connections = {}\n";
    check_limits("", share, "PGHA085", &["1", "90"], &["0", "101"]);
    check_limits("", share, "PGHA091", &[], &["91", "100"]);
    let idle = "[proxy]\nmax_connections = 60\nmax_idle = {}\n";
    check_limits("", idle, "PGHA085", &["0", "60"], &["61"]);
    check_limits("", "[proxy]\nmax_idle = {}\n", "PGHA085", &["90"], &["91"]);
    check_limits("", "[proxy]\nborrow_timeout = {}\n", "PGHA085", &["0", "300"], &["301"]);
    check_limits("", "[proxy]\nidle_timeout = {}\n", "PGHA085", &["1", "28800"], &["0", "28801"]);
}

#[test]
fn clients_the_proxy_and_the_database_agree_on_tokens() {
    let on = "iam_auth = true\n[proxy]\nauth = \"{}\"\n";
    check_limits("", on, "PGHA112", &["iam", "iam-end-to-end"], &["secrets"]);
    check_limits(
        "",
        "[proxy]\nauth = \"{}\"\n",
        "PGHA111",
        &["iam", "secrets"],
        &["iam-end-to-end"],
    );
    check("iam_auth = true\n[proxy]\n", &[("PGHA112", "[proxy]")]);
}

#[test]
fn risks_of_a_proxy_are_warned_about() {
    check_limits("", "[proxy]\nrequire_tls = {}\n", "PGHA086", &["true"], &["false"]);
    check_limits("", "[proxy]\ndebug_logging = {}\n", "PGHA087", &["false"], &["true"]);
    let query = "[proxy]\ninit_query = \"SET {} = 1\"\n";
    check_limits("", query, "PGHA088", &["x"], &["a_password", "SECRET", "tokens"]);
    check_limits("", "[proxy]\nsession_pinning_filters = [{}]\n", "PGHA084", &[], &["", "\"x\""]);
}

#[test]
fn secrets_are_named_by_arns_of_the_home_region() {
    let text = "[proxy]\nsecrets = [\"{}\"]\n";
    let wrong = ["app", "arn:aws:s3:::app", "aws:secretsmanager:us-east-1:1:secret:x"];
    check_limits("", text, "PGHA113", &[SECRET], &wrong);
    // Secrets Manager appends six characters to a name.
    let bare = SECRET.replace("-abcdef", "");
    let wrong = [&bare, &format!("{SECRET}g"), &SECRET.replace("-abc", "-a.c")];
    check_limits("", text, "PGHA113", &[], &wrong.map(String::as_str));
    check_limits("", text, "PGHA129", &[], &[&SECRET.replace("us-east-1", "us-west-2")]);
}

#[test]
fn a_proxy_has_twenty_further_endpoints() {
    let of = |count: usize| {
        let all: String =
            (1..=count).map(|n| format!("[[proxy.endpoint]]\nname = \"e{n}\"\n")).collect();
        format!("[proxy]\n{all}")
    };
    check(&of(20), &[]);
    check(&of(21), &[("PGHA120", "[[proxy.endpoint]]")]);
    check(&of(22), &[("PGHA120", "[[proxy.endpoint]]")]);
}

#[test]
fn endpoints_have_names_roles_and_subnets_that_rds_takes() {
    let endpoint = "[proxy]\n[[proxy.endpoint]]\n";
    check_limits("", &format!("{endpoint}name = \"{{}}\"\n"), "PGHA095", &["e"], &["1", "e_"]);
    let two = format!("{endpoint}name = \"e\"\n[[proxy.endpoint]]\nname = \"e\"\n");
    check(&two, &[("PGHA106", "name = \"e\"")]);
    let role = format!("{endpoint}name = \"e\"\nrole = \"{{}}\"\n");
    check_limits("", &role, "PGHA083", &["read-write"], &["read-only"]);
    let gp3 = "[storage]\ntype = \"gp3\"\n";
    let right = ["read-write", "read-only"];
    check_limits(CLUSTER, &format!("{gp3}{role}"), "PGHA083", &right, &[]);
    let subnets = format!("{endpoint}name = \"e\"\nsubnets = {{}}\n");
    let right = ["\"all\"", "[\"subnet-00000001\", \"subnet-00000002\"]"];
    check_limits("", &subnets, "PGHA103", &right, &["{ tag = { a = \"b\" } }"]);
    check_limits("", &subnets, "PGHA033", &[], &["[]"]);
    check_limits("", &subnets, "PGHA125", &[], &["[\"subnet-00000001\", \"x\"]"]);
}

#[test]
fn tokens_of_users_are_taken_by_something() {
    let users = "[iam]\nusers = [\"app\"]\n";
    check(users, &[("PGHA110", "users = [\"app\"]")]);
    check("[iam]\nusers = []\n", &[]);
    check(&format!("iam_auth = true\n{users}"), &[]);
    check(&format!("[proxy]\nauth = \"iam\"\n{users}"), &[]);
    let secrets = format!("[proxy]\nauth = \"secrets\"\n{users}");
    check(&secrets, &[("PGHA110", "users = [\"app\"]")]);
}

#[test]
fn users_are_single_users() {
    let text = "iam_auth = true\n[iam]\nusers = [\"{}\"]\n";
    let most = "u".repeat(63);
    let right = ["app", "App_1", "a-b.c", &most];
    let more = "u".repeat(64);
    check_limits("", text, "PGHA121", &right, &["", "a b", "a/b", "é", &more]);
    check_limits("", text, "PGHA093", &[], &["*", "app*"]);
    // These are RDS's and PostgreSQL's, in any case.
    let own = ["rdsadmin", "RDSADMIN", "pg_monitor", "public"];
    check_limits("", text, "PGHA121", &["postgres", "rds_app"], &own);
    let everyone = text_of("", &text.replace("{}", "*"));
    let labels: Vec<_> = found(&everyone).into_iter().map(|found| found.label).collect();
    assert!(labels.iter().any(|label| label == "would let them connect as anybody"));
    check_text(&text_of("", "[iam]\n"), &[]);
}

/// Of a region that AWS's table does not have nothing is said.
#[test]
fn some_regions_have_no_proxies() {
    let text = |region: &str| text_of("", "[proxy]\n").replacen("us-east-1", region, 1);
    for region in ["ap-east-2", "ap-southeast-6"] {
        check_text(&text(region), &[("PGHA157", "[proxy]")]);
        check_text(&text_of("", "").replacen("us-east-1", region, 1), &[]);
    }
    for region in ["us-east-1", "ap-southeast-7", "us-gov-west-1", "cn-north-1"] {
        check_text(&text(region), &[]);
    }
}
