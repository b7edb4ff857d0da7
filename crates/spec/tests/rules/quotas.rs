//! Quotas of AWS: what is above the default, and what cannot be raised.

use super::check;
use super::check_text;
use super::found;
use super::text_of;

fn allow(v4: usize, v6: usize, others: &str) -> (String, String) {
    let v4 = (0..v4).map(|n| format!("\"10.{}.{}.0/24\"", n / 250, n % 250));
    let v6 = (1..=v6).map(|n| format!("\"2001:db8:{n:x}::/48\""));
    let list: Vec<String> = v4.chain(v6).collect();
    let line = format!("allow = [{}{others}]", list.join(", "));
    (format!("[network]\n{line}\n"), line)
}

#[test]
fn rules_of_a_group_are_counted_for_each_family() {
    for (v4, v6, others, code) in [
        (60, 60, "", None),
        (61, 0, "", Some("PGHA152")),
        (0, 61, "", Some("PGHA152")),
        (60, 0, ", \"self\"", Some("PGHA152")),
        (300, 0, "", Some("PGHA152")),
        (1000, 0, "", Some("PGHA152")),
        (1001, 0, "", Some("PGHA153")),
    ] {
        let (text, line) = allow(v4, v6, others);
        let wanted: Vec<_> = code.into_iter().map(|code| (code, line.as_str())).collect();
        check(&text, &wanted);
    }
}

/// The same list in another region is said once.
#[test]
fn an_inherited_list_is_said_once() {
    let (text, line) = allow(61, 0, "");
    let replica = "[[replica]]\nname = \"dr\"\nregion = \"us-west-2\"\nkms_key = \"arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001\"\n";
    check(&format!("{text}{replica}"), &[("PGHA152", &line)]);
}

#[test]
fn a_database_has_few_groups() {
    let groups = |count: usize| {
        let ids: Vec<_> = (0..count).map(|n| format!("\"sg-{n:017x}\"")).collect();
        let line = format!("extra_security_groups = [{}]", ids.join(", "));
        (format!("[network]\n{line}\n"), line)
    };
    for (count, code) in
        [(4, None), (5, Some("PGHA152")), (15, Some("PGHA152")), (16, Some("PGHA153"))]
    {
        let (text, line) = groups(count);
        let wanted: Vec<_> = code.into_iter().map(|code| (code, line.as_str())).collect();
        check(&text, &wanted);
    }
}

#[test]
fn a_subnet_group_has_twenty_subnets() {
    let subnets = |count: usize| {
        let ids: Vec<_> = (0..count).map(|n| format!("\"subnet-{n:017x}\"")).collect();
        let line = format!("subnets = [{}]", ids.join(", "));
        let vpc = "vpc = \"vpc-0123456789abcdef0\"";
        (format!("[network]\n{vpc}\n{line}\n"), line)
    };
    check(&subnets(20).0, &[]);
    let (text, line) = subnets(21);
    check(&text, &[("PGHA153", &line)]);
}

fn snapshots(count: usize) -> String {
    (0..count).map(|n| format!("[[snapshot]]\nname = \"s{n}\"\n")).collect()
}

/// The first that is too many is pointed at, and the quota said with the command that shows it.
#[test]
fn resources_of_a_region_are_counted() {
    check(&snapshots(100), &[]);
    let text = text_of("", &snapshots(102));
    let found = found(&text);
    let quota: Vec<_> = found.iter().filter(|found| found.code == "PGHA152").collect();
    assert_eq!(quota.len(), 1);
    assert!(text[..quota[0].span.start].ends_with("name = \"s99\"\n"), "{:?}", quota[0]);
    assert!(quota[0].title.contains("102 manual snapshots"), "{}", quota[0].title);
    assert!(quota[0].title.contains("default quota of 100"), "{}", quota[0].title);
    let help = quota[0].help.as_deref().unwrap_or_default();
    assert!(help.contains("aws service-quotas list-service-quotas --service-code rds"), "{help}");
}

/// Who had the quota raised says so.
#[test]
fn a_raised_quota_is_accepted() {
    let guard =
        "[guard]\nallow = [{ lint = \"PGHA152\", reason = \"raised\", until = \"2099-01-01\" }]\n";
    check_text(&text_of("", &format!("{}{guard}", snapshots(101))), &[]);
}

fn secrets(count: usize, name: &str) -> (String, String) {
    let arn =
        |n| format!("\"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}{n}-abcdef\"");
    let list: Vec<_> = (0..count).map(arn).collect();
    let line = format!("secrets = [{}]", list.join(", "));
    (format!("[proxy]\n{line}\n"), line)
}

/// The master user's secret is one of them.
#[test]
fn a_proxy_knows_two_hundred_secrets() {
    let of = |count: usize| {
        let found = found(&text_of("", &secrets(count, "s").0));
        found.iter().filter(|found| found.code == "PGHA153").count()
    };
    assert_eq!(of(199), 0);
    assert_eq!(of(200), 1);
    // With tokens end to end the master's is not needed.
    let tokens = secrets(200, "s")
        .0
        .replace("[proxy]", "iam_auth = true\n[proxy]\nauth = \"iam-end-to-end\"");
    let found = found(&text_of("", &tokens));
    assert!(!found.iter().any(|found| found.code == "PGHA153"), "{found:#?}");
}

fn users(count: usize, length: usize) -> (String, String) {
    let list: Vec<_> =
        (0..count).map(|n| format!("\"u{n:0>width$}\"", width = length - 1)).collect();
    let line = format!("users = [{}]", list.join(", "));
    (format!("iam_auth = true\n[iam]\n{line}\n"), line)
}

/// The id of a database has 29 characters.
#[test]
fn a_managed_policy_has_6144_characters() {
    let each = "\"arn:aws:rds-db:us-east-1:123456789012:dbuser:/\",".len() + 29;
    let frame = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect","Resource":[]}]}"#.len();
    // The last has no comma.
    let (count, length) = (67, 11);
    let has = frame + count * (each + length) - 1;
    assert!(has < 6144);
    let (text, line) = users(count, length);
    check(&text, &[]);
    // One user whose name makes up for what is missing, and then one character more.
    let missing = 6144 - has - each;
    assert!(missing <= 63, "{missing}");
    let with = |more: usize| {
        let last = format!("\", \"{}\"]", "x".repeat(missing + more));
        (text.replacen("\"]", &last, 1), line.replacen("\"]", &last, 1))
    };
    check(&with(0).0, &[]);
    let (text, line) = with(1);
    check(&text, &[("PGHA155", &line)]);
    let found = found(&text_of("", &text));
    let long = found.iter().find(|found| found.code == "PGHA155").unwrap();
    assert!(long.title.ends_with("6145 characters"), "{}", long.title);
    // Each further database of the region is named for each user.
    check(
        &format!("{}[[replica]]\nname = \"r\"\n", users(40, 8).0),
        &[("PGHA155", &users(40, 8).1)],
    );
}

/// A role's inline policies are counted together: that of the secrets and that of the users.
#[test]
fn the_policies_of_a_role_have_10240_characters() {
    let frame = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":[]}]}"#.len();
    let arn = |name: &str| {
        format!("\"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-abcdef\",").len()
    };
    let master = arn("t-master");
    let count = 100;
    let name = "n".repeat(14);
    let each: usize = (0..count).map(|n| arn(&format!("{name}{n}"))).sum();
    let missing = 10_240 - (frame + master + each - 1) - arn("");
    let with = |more: usize| {
        let (text, line) = secrets(count, &name);
        let last = format!(
            ", \"arn:aws:secretsmanager:us-east-1:123456789012:secret:{}-abcdef\"]",
            "x".repeat(missing + more)
        );
        (
            text.replacen("\"]", &format!("\"{}", &last), 1),
            line.replacen("\"]", &format!("\"{}", &last), 1),
        )
    };
    check(&with(0).0, &[]);
    let (text, line) = with(1);
    check(&text, &[("PGHA155", &line)]);
}
