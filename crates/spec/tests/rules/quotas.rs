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
