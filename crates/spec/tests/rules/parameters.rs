//! Parameters of the primary and of replicas.

use super::check;
use super::check_advice;
use super::check_limits;
use super::check_text;
use super::found;
use super::text_of;

#[test]
fn what_rds_sets_itself_cannot_be_set() {
    for name in ["wal_level", "port", "fsync", "archive_mode"] {
        let line = format!("{name} = \"x\"");
        check(&format!("[parameters]\n{line}\n"), &[("PGHA021", &line)]);
    }
}

#[test]
fn only_values_are_written_not_when_they_take_effect() {
    let method = "apply_method = \"immediate\"";
    check(&format!("[parameters]\n{method}\n"), &[("PGHA022", method)]);
    let table = "work_mem = { value = 1 }";
    check(&format!("[parameters]\n{table}\n"), &[("PGHA022", table)]);
    for (line, wanted) in [(method, "delete this line"), (table, "write `work_mem = value`")] {
        let found = found(&text_of("", &format!("[parameters]\n{line}\n")));
        assert!(found.iter().any(|found| found.help.as_deref() == Some(wanted)), "{found:#?}");
    }
}

/// A letter or two may be wrong, in names long enough to tell.
#[test]
fn mistyped_names_are_recognised() {
    for (name, wanted) in [
        ("work_men", Some("work_mem")),
        ("statment_timeout", Some("statement_timeout")),
        ("max_conections", Some("max_connections")),
        ("max_conecton", None),
        ("wrk_mem", None),
        ("my_extension.setting", None),
        ("work_mem", None),
        ("max_connections", None),
    ] {
        let found = found(&text_of("", &format!("[parameters]\n{name} = 100\n")));
        let fix = found.iter().find(|found| found.code == "PGHA126");
        let fix = fix.map(|found| found.fix.as_ref().unwrap().replacement.as_str());
        assert_eq!(fix, wanted, "{name}");
    }
}

#[test]
fn connections_are_as_many_as_postgresql_takes() {
    // The class is one that nobody knows the memory of.
    let of = |value: &str| {
        text_of("", &format!("[parameters]\nmax_connections = {value}\n"))
            .replace("db.r6gd.large", "db.x99.huge")
    };
    for value in ["6", "262143"] {
        check_text(&of(value), &[]);
    }
    for value in ["5", "262144"] {
        let line = format!("max_connections = {value}");
        check_text(&of(value), &[("PGHA021", &line)]);
    }
    check("[parameters]\nmax_worker_processes = 5\n", &[]);
}

/// `db.r6gd.large` has memory for 1802.
#[test]
fn connections_fit_the_memory_of_the_class() {
    let text = "[parameters]\nmax_connections = {}\n";
    check_limits("", text, "PGHA026", &["1801", "1802"], &["1803"]);
    let other = "[parameters]\nmax_locks_per_transaction = {}\n";
    check_limits("", other, "PGHA026", &["1803"], &[]);
    let replica =
        "[[replica]]\nname = \"r\"\nclass = \"db.r6gd.xlarge\"\nparameters.max_connections = {}\n";
    check_limits("", replica, "PGHA026", &["1803", "3604"], &["3605"]);
}

/// `db.r6gd.medium` has memory for 901, and a replica takes what the primary takes.
#[test]
fn connections_that_a_replica_inherits_fit_its_own_class() {
    let of = |most: u32, class: &str, own: &str| {
        format!(
            "[parameters]\nmax_connections = {most}\n[[replica]]\nname = \"r\"\nclass = \"{class}\"\n{own}"
        )
    };
    let class = "class = \"db.r6gd.medium\"";
    let smaller = ("PGHA029", class);
    check(&of(901, "db.r6gd.medium", ""), &[smaller]);
    check(&of(902, "db.r6gd.medium", ""), &[("PGHA026", class), smaller]);
    let own = "parameters = { max_connections = 1000 }\n";
    check(&of(902, "db.r6gd.medium", own), &[smaller, ("PGHA026", own.trim())]);
    let other = "parameters = { work_mem = 100 }\n";
    check(&of(902, "db.r6gd.medium", other), &[("PGHA026", class), smaller]);
    check(&of(1802, "db.r6gd.large", ""), &[]);
    // Of the primary's class, one finding says it.
    let primary = "[parameters]\nmax_connections = 1803\n[[replica]]\nname = \"r\"\n";
    let once = ("PGHA026", "max_connections = 1803");
    check(primary, &[once]);
    check(&of(1803, "db.r6gd.large", ""), &[once]);
}

/// Replay stops on a standby with less than its primary.
#[test]
fn a_replica_has_what_its_primary_has() {
    let text = "[parameters]\nmax_connections = 200\nwork_mem = 100\n[[replica]]\nname = \"r\"\n[replica.parameters]\n{}\n";
    let right = ["max_connections = 200", "max_connections = 201", "work_mem = 64"];
    check_limits("", text, "PGHA028", &right, &["max_connections = 199"]);
}

#[test]
fn risky_values_are_warned_about() {
    let text = "[parameters]\n{}\n";
    let statements = ["log_statement = \"ddl\"", "log_connections = \"all\""];
    check_limits("", text, "PGHA024", &statements, &["log_statement = \"all\""]);
    let tls = [
        "\"rds.force_ssl\" = 1",
        "\"rds.force_ssl\" = true",
        "\"rds.force_admin_logging_level\" = 0",
    ];
    check_limits(
        "",
        text,
        "PGHA025",
        &tls,
        &["\"rds.force_ssl\" = 0", "\"rds.force_ssl\" = false"],
    );
    for (list, given) in [
        ("\"pg_stat_statements\"", false),
        ("[\"auto_explain\", \"pg_stat_statements\"]", false),
        ("\"auto_explain\"", true),
    ] {
        let libraries = format!("[parameters]\nshared_preload_libraries = {list}\n");
        check_advice(&text_of("", &libraries), "PGHA031", given);
    }
}

/// From 15 on RDS asks for TLS by itself.
#[test]
fn old_versions_are_told_to_ask_for_tls() {
    let of = |version: &str, rest: &str| {
        text_of("", rest).replace("version = \"16\"", &format!("version = \"{version}\""))
    };
    check_text(&of("15", ""), &[]);
    let ends = ("PGHA018", "version = \"14\"");
    check_text(&of("14", ""), &[ends, ("PGHA025", "version = \"14\"")]);
    check_text(&of("14", "[parameters]\n\"rds.force_ssl\" = 1\n"), &[ends]);
    let other = "[parameters]\nwork_mem = 100\n";
    check_text(&of("14", other), &[ends, ("PGHA025", "version = \"14\"")]);
    // Of a version that cannot be read nothing more is said.
    check_text(&of("x", ""), &[("PGHA017", "version = \"x\"")]);
}
