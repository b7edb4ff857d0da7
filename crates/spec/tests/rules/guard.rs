//! Accepted findings and protected addresses.

use pgha_spec::load;

use super::check;
use super::check_advice;
use super::text_of;

/// An accepted gp2 volume, and what else the entry says.
fn accept(lint: &str, reason: &str, until: &str) -> String {
    format!(
        "[storage]\ntype = \"gp2\"\n[[guard.allow]]\nlint = \"{lint}\"\nreason = \"{reason}\"\nuntil = \"{until}\"\n"
    )
}

#[test]
fn an_accepted_finding_is_not_said_and_is_kept_for_the_record() {
    check(&accept("PGHA006", "x", "2027-01-31"), &[]);
    let loaded = load("t.toml", &text_of("", &accept("PGHA006", "why", "2027-01-31"))).unwrap();
    let accepted = loaded.accepted.first().unwrap();
    assert_eq!(
        (accepted.code.as_str(), accepted.reason.as_str(), accepted.until.as_str()),
        ("PGHA006", "why", "2027-01-31")
    );
    assert!(load("t.toml", &text_of("", "[guard]\n")).unwrap().accepted.is_empty());
}

#[test]
fn a_finding_is_accepted_until_a_day() {
    let right =
        ["2027-01-31", "2024-02-29", "2000-02-29", "2027-04-30", "2027-12-01", "2027-02-28"];
    let wrong = [
        "2027-02-29",
        "1900-02-29",
        "2024-02-30",
        "2027-04-31",
        "2027-06-31",
        "2027-09-31",
        "2027-11-31",
        "2027-01-32",
        "2027-13-01",
        "2027-00-01",
        "2027-01-00",
        "2027-1-31",
        "27-01-31",
        "2027-01-1",
        "2027-01",
        "2027-01-31-1",
        "soon",
        "",
    ];
    for day in right {
        check(&accept("PGHA006", "x", day), &[]);
    }
    for day in wrong {
        let line = format!("until = \"{day}\"");
        check(&accept("PGHA006", "x", day), &[("PGHA103", &line)]);
    }
}

#[test]
fn a_finding_is_accepted_for_a_reason() {
    check(&accept("PGHA006", "  ", "2027-01-31"), &[("PGHA103", "reason = \"  \"")]);
}

#[test]
fn what_aws_refuses_cannot_be_accepted_but_a_policy_of_ours_can() {
    let gp2 = ("PGHA006", "type = \"gp2\"");
    let day = "2027-01-31";
    check(&accept("PGHA001", "x", day), &[gp2, ("PGHA122", "lint = \"PGHA001\"")]);
    // It may have been meant for PGHA006, which is not said again.
    check(&accept("PGHA999", "x", day), &[("PGHA107", "lint = \"PGHA999\"")]);
    let open = |lint: &str| {
        format!("{}[network]\npublic = true\n", accept(lint, "x", day).replace("gp2", "gp3"))
    };
    check(&open("PGHA058"), &[]);
    let public = ("PGHA058", "public = true");
    check(&open("PGHA006"), &[("PGHA114", "lint = \"PGHA006\""), public]);
}

#[test]
fn accepting_what_is_not_found_has_no_effect() {
    let unused = accept("PGHA014", "x", "2027-01-31").replace("gp2", "gp3");
    check(&unused, &[("PGHA114", "lint = \"PGHA014\"")]);
}

#[test]
fn protected_addresses_are_addresses_of_this_cluster() {
    let protected = |address: &str| format!("[guard]\nprotected = [\"{address}\"]\n");
    check_advice(&text_of("", &protected("db-instance/t-primary")), "PGHA132", false);
    let other = text_of("", &protected("db-instance/t-other"));
    let found = super::found(&other);
    assert!(found.iter().any(|found| found.code == "PGHA132"), "{found:#?}");
    check(&protected("orders"), &[("PGHA103", "protected = [\"orders\"]")]);
}
