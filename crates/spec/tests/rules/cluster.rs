//! Names, region, account, topology and tags.

use super::check_advice;
use super::check_limits;
use super::check_text;
use super::found;
use super::text_of;

/// The head with another value of one of its keys.
#[track_caller]
fn check_head(key: &str, code: &str, right: &[&str], wrong: &[&str]) {
    let text = text_of("", "");
    let old = text.lines().find(|line| line.starts_with(key)).unwrap();
    let with = |value: &str| text.replacen(old, &format!("{key} = {value}"), 1);
    for value in right {
        check_text(&with(value), &[]);
    }
    for value in wrong {
        check_text(&with(value), &[(code, &format!("{key} = {value}"))]);
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

#[test]
fn a_cluster_has_a_name_that_every_resource_can_begin_with() {
    let (most, more) = (quoted(&"a".repeat(40)), quoted(&"a".repeat(41)));
    check_head(
        "name",
        "PGHA095",
        &["\"a\"", "\"a-1\"", &most],
        &["\"A\"", "\"1a\"", "\"a-\"", &more],
    );
}

/// AWS opens regions faster than people install releases.
#[test]
fn regions_are_aws_regions() {
    let right = ["\"eu-central-1\"", "\"cn-north-1\"", "\"us-gov-west-1\"", "\"eusc-de-east-1\""];
    let new = ["\"us-est-1\"", "\"us-gone-1\"", "\"ap-southeast-12\""];
    check_head("region", "PGHA108", &right, &new);
    let wrong =
        ["\"moon\"", "\"us-east\"", "\"US-EAST-1\"", "\"us_east_1\"", "\"\"", "\"us-east-1a\""];
    check_head("region", "PGHA138", &[], &wrong);
}

#[test]
fn an_account_has_twelve_digits() {
    let wrong = ["\"12345678901\"", "\"1234567890123\"", "\"12345678901x\"", "\"\""];
    check_head("account", "PGHA119", &["\"000000000000\""], &wrong);
    let nameless = text_of("", "").replace("account = \"123456789012\"\n", "");
    check_advice(&nameless, "PGHA116", true);
    check_advice(&text_of("", ""), "PGHA116", false);
}

#[test]
fn the_version_of_the_spec_is_the_first() {
    check_limits("spec_version = {}", "", "PGHA119", &["1"], &["0", "2"]);
}

#[test]
fn the_primary_has_a_standby_and_is_protected() {
    check_limits(
        "topology = \"{}\"",
        "[storage]\ntype = \"gp3\"\n",
        "PGHA032",
        &["multi-az-instance", "multi-az-cluster"],
        &["single-az"],
    );
    check_limits("deletion_protection = {}", "", "PGHA064", &["true"], &["false"]);
}

#[test]
fn tags_are_those_that_aws_takes() {
    let many = |count: usize| {
        let tags: Vec<_> = (0..count).map(|n| format!("t{n} = \"x\"")).collect();
        format!("{{ {} }}", tags.join(", "))
    };
    let tag = |key: &str, value: &str| format!("{{ \"{key}\" = \"{value}\" }}");
    let right = [
        many(44),
        tag("a b_.:/=+-@é1", "c d_.:/=+-@é2"),
        tag("a", ""),
        tag(&"k".repeat(128), &"v".repeat(256)),
        // Characters count, not bytes.
        tag(&"é".repeat(128), &"é".repeat(256)),
        tag("awsome", "aws"),
        tag("rdsx", "a:rds:x"),
        tag("a", "pgha:x"),
        tag("team:rds:x", "y"),
    ];
    let wrong = [
        many(45),
        tag("", "x"),
        tag("a!", "x"),
        tag("a", "x!"),
        tag(&"k".repeat(129), "x"),
        tag("k", &"v".repeat(257)),
        tag("aws:a", "x"),
        tag("pgha:a", "x"),
        tag("rds:owner", "x"),
        tag("AWS:owner", "x"),
        tag("Rds:owner", "x"),
        tag("PGHA:cluster", "x"),
        tag(" aws:a", "x"),
        tag("a", "aws:x"),
        tag("a", "Rds:x"),
        tag("a", "x, y"),
        "{ Team = \"x\", team = \"y\" }".to_string(),
    ];
    let right: Vec<&str> = right.iter().map(String::as_str).collect();
    let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
    check_head("tags", "PGHA131", &right, &wrong);
    check_head("tags", "PGHA103", &[], &[&tag("a\\tb", "x"), &tag("a", "b\\nc")]);
}

/// What AWS refuses is underlined, and not the whole table.
#[test]
fn a_tag_is_underlined_where_it_is_wrong() {
    let many = (0..45).map(|n| format!("k{n:02} = \"v\"")).collect::<Vec<_>>().join(", ");
    for (tags, wrong) in [
        ("team = \"t\", \"aws:x\" = \"y\"", "\"aws:x\""),
        ("team = \"t\", x = \"aws:y\"", "\"aws:y\""),
        ("team = \"t\", x = \"!\"", "\"!\""),
        ("team = \"t\", \"x!\" = \"y\"", "\"x!\""),
        ("team = \"t\", Team = \"y\"", "Team"),
        (&many, "k44"),
    ] {
        let text =
            text_of("", "").replace("tags = { team = \"t\" }", &format!("tags = {{ {tags} }}"));
        let found = found(&text);
        let refused: Vec<_> = found.iter().filter(|found| found.code == "PGHA131").collect();
        assert_eq!(refused.len(), 1, "{text}: {found:#?}");
        assert_eq!(&text[refused[0].span.clone()], wrong);
    }
}

#[test]
fn a_spec_without_tags_is_given_advice() {
    let text = text_of("", "").replace("tags = { team = \"t\" }\n", "");
    check_advice(&text, "PGHA096", true);
    check_advice(&text_of("", ""), "PGHA096", false);
}
