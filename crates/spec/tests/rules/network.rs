//! Who may connect, from where, and what another region needs.

use super::check;
use super::check_advice;
use super::check_limits;
use super::check_text;
use super::found;
use super::text_of;
use pgha_spec::Severity;

const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001";

fn replica() -> String {
    format!("[[replica]]\nname = \"r\"\nregion = \"us-west-2\"\nkms_key = \"{KEY}\"\n")
}

#[test]
fn ranges_are_written_as_ec2_keeps_them() {
    let text = "[network]\nallow = [\"{}\"]\n";
    let right = [
        "self",
        "sg-0123abcd",
        "sg-0123456789abcdef0",
        "10.0.0.0/8",
        "10.1.2.3/32",
        "10.1.2.2/31",
        "128.0.0.0/8",
        "fd00::/8",
        "fd00::1/128",
        "fc00::/7",
    ];
    let wrong = [
        "app",
        "x",
        "10.0.0.256/32",
        "10.0.0/8",
        "10.0.0.0/-1",
        "fd00:::/8",
        "10.1.2.3",
        "10.1.2.3/33",
        "fd00::1/129",
        "10.1.2.3/31",
        "10.0.1.7/16",
        "fd00::1/64",
        "FD00::/8",
        "10.0.0.0/x",
        "",
    ];
    check_limits("", text, "PGHA125", &right, &wrong);
    check_limits(
        "",
        text,
        "PGHA060",
        &[],
        &["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "8.0.0.0/6"],
    );
}

#[test]
fn a_wrong_range_comes_with_the_right_one() {
    for (written, wanted) in [
        ("10.0.1.7/16", "\"10.0.0.0/16\""),
        ("10.1.2.3", "\"10.1.2.3/32\""),
        ("fd00::1", "\"fd00::1/128\""),
        ("fd00:1::1/24", "\"fd00::/24\""),
    ] {
        let text = text_of("", &format!("[network]\nallow = [\"{written}\"]\n"));
        let found = found(&text);
        let fixes: Vec<_> = found.iter().filter_map(|found| found.fix.as_ref()).collect();
        assert_eq!(fixes.first().map(|fix| fix.replacement.as_str()), Some(wanted), "{found:#?}");
    }
    let text = text_of("", "[network]\nallow = [\"selff\"]\n");
    let found = found(&text);
    let help = found.iter().filter_map(|found| found.help.as_deref());
    assert!(help.clone().any(|help| help == "did you mean \"self\"?"), "{found:#?}");
}

/// Only a chain has a group for applications.
#[test]
fn applications_have_a_group_in_a_chain() {
    check("[network]\nsecurity_groups = \"chain\"\nallow = [\"app\"]\n", &[]);
    let single = "[network]\nsecurity_groups = \"single\"\nallow = [\"app\"]\n";
    check(single, &[("PGHA125", "allow = [\"app\"]")]);
    let replica = "[[replica]]\nname = \"r\"\nallow = [\"{}\"]\n";
    check_limits("", replica, "PGHA125", &["self", "10.0.0.0/8"], &["app", "10.0.0.1/8"]);
}

/// Ids have 8 or 17 hexadecimal digits after their prefix.
const NO_IDS: [&str; 9] = [
    "",
    "0123abc",
    "0123abcde",
    "0123456789abcdef",
    "0123456789abcdef01",
    "0123456789abcdefg",
    "O123abcd",
    "0123-abc",
    "0123abcd ",
];

#[test]
fn further_groups_are_named_by_id() {
    let (old, new) = ("sg-0123abcd", "sg-0123456789abcdef0");
    let wrong = NO_IDS.map(|id| format!("sg-{id}"));
    let mut wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
    wrong.extend(["default", "10.0.0.0", "SG-0123ABCD", " sg-0123abcd", "sg 0123abcd"]);
    for text in [
        "[network]\nextra_security_groups = [\"{}\"]\n",
        "[[replica]]\nname = \"r\"\nextra_security_groups = [\"{}\"]\n",
        "[network]\nallow = [\"{}\"]\n",
    ] {
        check_limits("", text, "PGHA125", &[old, new], &wrong);
    }
    let range = "[network]\nextra_security_groups = [\"{}\"]\n";
    check_limits("", range, "PGHA125", &[], &["10.0.0.0/8", "self"]);
    check_limits("", "[network]\nallow = [\"{}\"]\n", "PGHA125", &[], &["Self"]);
}

#[test]
fn networks_and_subnets_are_named_by_id() {
    let wrong = NO_IDS.map(|id| format!("subnet-{id}"));
    let mut wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
    wrong.extend(["x", "Subnet-0123abcd", "vpc-0123abcd"]);
    let subnets = "[network]\nsubnets = [\"subnet-0123456789abcdef0\", \"{}\"]\n";
    check_limits("", subnets, "PGHA125", &["subnet-0123abcd"], &wrong);
    let text = text_of("", &subnets.replace("{}", "subnet-x"));
    let found = found(&text);
    let refused = found.iter().find(|found| found.code == "PGHA125").unwrap();
    assert_eq!(&text[refused.span.clone()], "\"subnet-x\"");
    let wrong = NO_IDS.map(|id| format!("vpc-{id}"));
    let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
    let vpc = "[network]\nvpc = \"{}\"\n";
    check_limits("", vpc, "PGHA125", &["vpc-0123abcd", "vpc-0123456789abcdef0"], &wrong);
    let there = format!("{}[network.regions.us-west-2]\nvpc = \"{{}}\"\n", replica());
    check_limits("", &there, "PGHA125", &["vpc-0123abcd"], &["vpc-1", "vpc-0123ABCD"]);
}

/// Whatever is only spelled wrong comes with the right spelling.
#[test]
fn a_wrong_spelling_comes_with_the_right_one() {
    #[track_caller]
    fn check_fix(key: &str, value: &str, help: &str, fix: Option<&str>) {
        let found = found(&text_of("", &format!("[network]\n{key} = {value}\n")));
        let found = found.iter().find(|found| found.severity == Severity::Error).unwrap();
        let said = found.help.as_deref().unwrap_or(found.title.as_str());
        assert_eq!(said, help, "{found:#?}");
        assert_eq!(found.fix.as_ref().map(|fix| fix.replacement.as_str()), fix);
    }
    check_fix("allow", "[\"Self\"]", "did you mean \"self\"?", Some("\"self\""));
    let (capitals, small) = ("[\"SG-0123ABCD\"]", Some("\"sg-0123abcd\""));
    check_fix("allow", capitals, "write \"sg-0123abcd\"", small);
    check_fix("extra_security_groups", capitals, "write \"sg-0123abcd\"", small);
    let vpc = "\"vpc-0123ABCD\"";
    check_fix("vpc", vpc, "write \"vpc-0123abcd\"", Some("\"vpc-0123abcd\""));
    let example = "write an id such as \"sg-0123456789abcdef0\"";
    check_fix("allow", "[\"sg-1\"]", example, None);
    check_fix("vpc", "\"Default\"", "write \"default\"", Some("\"default\""));
    check_fix("subnets", "\"ALL\"", "write \"all\"", Some("\"all\""));
}

/// Two zones for an instance, three for a cluster.
#[test]
fn listed_subnets_reach_into_enough_zones() {
    let subnets = |count: usize| {
        (0..count).map(|n| format!("\"subnet-{n:08}\"")).collect::<Vec<_>>().join(", ")
    };
    let text = "[network]\nsubnets = [{}]\n";
    check_limits("", text, "PGHA033", &[&subnets(2), &subnets(3)], &[&subnets(1), ""]);
    let twice = "subnets = [\"subnet-00000001\", \"subnet-00000001\"]";
    check(&format!("[network]\n{twice}\n"), &[("PGHA033", twice)]);
    let cluster = format!("[storage]\ntype = \"gp3\"\n{text}");
    let topology = "topology = \"multi-az-cluster\"";
    check_limits(topology, &cluster, "PGHA033", &[&subnets(3)], &[&subnets(2)]);
}

#[test]
fn the_default_vpc_is_worth_a_word() {
    let advice = |network: &str, given| check_advice(&text_of("", network), "PGHA059", given);
    advice("", true);
    advice("[network]\n", true);
    advice("[network]\nvpc = \"default\"\n", true);
    advice("[network]\nvpc = \"vpc-00000001\"\n", false);
    advice("[network]\nvpc = { tag = { a = \"b\" } }\n", false);
}

#[test]
fn databases_have_no_public_addresses() {
    check_limits("", "[network]\npublic = {}\n", "PGHA058", &["false"], &["true"]);
}

#[test]
fn what_is_said_of_a_region_is_of_one_with_a_replica() {
    let section = "[network.regions.us-west-2]\nvpc = \"default\"\n";
    check(section, &[("PGHA123", "[network.regions.us-west-2]")]);
    check(&format!("{section}{}", replica()), &[]);
    // The home region is [network] itself.
    let home = "[network.regions.us-east-1]\nvpc = \"default\"\n";
    check(home, &[("PGHA123", "[network.regions.us-east-1]")]);
    let wrong = "[network.regions.us-west-2]\nallow = [\"x\"]\nextra_security_groups = [\"y\"]\nsubnets = [\"subnet-00000001\"]\n";
    check(
        &format!("{wrong}{}", replica()),
        &[
            ("PGHA125", "allow = [\"x\"]"),
            ("PGHA125", "extra_security_groups = [\"y\"]"),
            ("PGHA033", "subnets = [\"subnet-00000001\"]"),
        ],
    );
}

/// The id of a VPC says nothing about another region.
#[test]
fn another_region_needs_a_vpc_where_home_names_one_by_id() {
    let by_id = "[network]\nvpc = \"vpc-00000001\"\n";
    check(by_id, &[]);
    check(&format!("{by_id}{}", replica()), &[("PGHA042", "vpc = \"vpc-00000001\"")]);
    let own = "[network.regions.us-west-2]\nvpc = \"vpc-00000002\"\n";
    check(&format!("{by_id}{own}{}", replica()), &[]);
    let silent = "[network.regions.us-west-2]\nsubnets = \"all\"\n";
    check(&format!("{by_id}{silent}{}", replica()), &[("PGHA042", "vpc = \"vpc-00000001\"")]);
    let tagged = "[network]\nvpc = { tag = { a = \"b\" } }\n";
    check_text(&text_of("", &format!("{tagged}{}", replica())), &[]);
}

/// Prefix lists and groups of peered accounts have a way round.
#[test]
fn what_allow_cannot_say_is_said_by_a_group_of_ones_own() {
    for (word, title) in [
        ("pl-0123456789abcdef0", "`allow` takes no prefix list"),
        ("123456789012/sg-0123456789abcdef0", "`allow` takes no security group of another account"),
    ] {
        let text = super::text_of("", &format!("[network]\nallow = [\"{word}\"]\n"));
        let found = super::found(&text);
        let said = found.iter().find(|found| found.code == "PGHA125").unwrap();
        assert_eq!(said.title, title);
        assert!(said.help.as_ref().unwrap().contains("`extra_security_groups`"), "{said:#?}");
    }
}
