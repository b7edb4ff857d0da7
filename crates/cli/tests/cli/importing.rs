//! `pgha import` and `pgha disown`: streams, files, words and exit codes.

use crate::bench::Bench;
use crate::sandbox::{applied, check};

const BILLING: &[&str] = &["import", "billing", "--region", "us-east-1"];

/// What the console made, and no spec.
fn of_the_console() -> Bench {
    let bench = Bench::empty();
    check(&bench, &["sandbox", "add-database", "db-instance/billing"], 0);
    bench
}

#[test]
fn the_spec_goes_to_stdout_alone_or_into_a_new_file() {
    let bench = of_the_console();
    let printed = check(&bench, BILLING, 0);
    printed.says("\n[engine]\n");
    assert!(!printed.stdout.contains("imported"), "{}", printed.stdout);
    printed.remarks("imported db-instance/billing in us-east-1\n");
    let into = [BILLING, &["--out", "billing.toml"]].concat();
    let written = check(&bench, &into, 0);
    assert_eq!(written.stdout, "");
    assert_eq!(bench.read("billing.toml"), printed.stdout);
    written.remarks("`pgha plan --sandbox --file billing.toml --allow adopt`");
    // What somebody wrote is not written over.
    bench.write("billing.toml", "mine");
    check(&bench, &into, 3).remarks("billing.toml is there already");
    assert_eq!(bench.read("billing.toml"), "mine");
    // What is printed is formatted.
    bench.write("cluster.toml", &printed.stdout);
    bench.check(&["fmt", "--check"], 0);
    bench.check(&["check"], 0);
}

#[test]
fn where_to_look_is_said_by_the_flag_the_arn_or_the_environment() {
    let bench = of_the_console();
    check(&bench, &["import", "billing"], 1).remarks("no region is known to look in");
    check(&bench, &["import", "arn:aws:rds:us-east-1:123456789012:db:billing"], 0);
    let variables = [("PGHA_SANDBOX", "1"), ("AWS_REGION", "us-east-1")];
    bench.run_with(&["import", "billing"], &variables, "").ended_with(0);
    let elsewhere = check(&bench, &["import", "billing", "--region", "us-west-2"], 1);
    elsewhere.remarks("there is no database or proxy `billing` in us-west-2");
    elsewhere.remarks("--region REGION");
    let mistyped = check(&bench, &["import", "billing", "--region", "us-esat-1"], 1);
    mistyped.remarks("a region that is written like it: us-east-1");
    let similar = check(&bench, &["import", "biling", "--region", "us-east-1"], 1);
    similar.remarks("there is billing\n");
}

#[test]
fn what_is_taken_over_is_counted_and_agreed_to_and_can_be_let_go() {
    let bench = of_the_console();
    bench.write("cluster.toml", check(&bench, BILLING, 0).stdout);
    check(&bench, &["plan"], 4).says("--allow adopt:db-instance/billing");
    let asked = check(&bench, &["apply", "--allow", "adopt"], 3);
    asked.remarks("this plan takes over 1 resource");
    let adopt = ["apply", "--allow", "adopt", "--yes"];
    check(&bench, &adopt, 0).says("done: 1 step");
    check(&bench, &["plan"], 0).says("nothing to do");
    check(&bench, &["drift", "--detailed-exitcode"], 0);
    // The cluster keeps the name that it has.
    let renamed = [BILLING, &["--cluster-name", "payments"]].concat();
    check(&bench, &renamed, 0).says("name     = \"payments\"");
    check(&bench, BILLING, 0).says("name     = \"billing\"");
    let asked = check(&bench, &["disown"], 3);
    asked.remarks("this lets go of 1 resource of billing");
    check(&bench, &["disown", "--yes"], 0).says("is as it was, and nobody's");
    check(&bench, &["disown", "--yes"], 0).says("nothing to do: billing owns nothing here");
    check(&bench, &["plan"], 4).says("does not carry pgha's ownership tag");
}

/// Many that nobody owns need one word, which is said once.
#[test]
fn all_that_nobody_owns_is_taken_over_with_one_word() {
    let bench = applied("minimal.toml");
    check(&bench, &["disown", "--yes"], 0);
    let plan = check(&bench, &["plan"], 4);
    let once = "to take over all that nobody owns: --allow adopt;";
    assert_eq!(plan.stdout.matches(once).count(), 1, "{}", plan.stdout);
    let doubtful = check(&bench, &["import", "minimal-primary", "--region", "us-east-1"], 0);
    doubtful.remarks("left out, and pgha will not touch it:");
    doubtful.remarks(" alarms in us-east-1: minimal-primary-");
}

#[test]
fn a_database_that_a_plan_would_start_is_in_doubt() {
    let bench = of_the_console();
    check(&bench, &["sandbox", "stop", "db-instance/billing"], 0);
    check(&bench, &["sandbox", "advance", "1h"], 0);
    let ran = check(&bench, BILLING, 4);
    ran.remarks("in doubt:");
    ran.remarks("before you apply anything");
}

const ALL: &[&str] = &["import", "--all", "--region", "us-east-1", "--out-dir", "specs"];

/// A spec a topology; what is written stays, and one that is there is compared.
#[test]
fn a_whole_region_is_written_into_a_directory() {
    let bench = of_the_console();
    // Two that would be called the same.
    check(&bench, &["sandbox", "add-database", "db-instance/orders-db"], 0);
    check(&bench, &["sandbox", "add-database", "db-instance/orders"], 0);
    let all = check(&bench, ALL, 0);
    all.says("us-east-1 · simulated account · 3 databases");
    all.says("  imported    db-instance/billing\n      specs/billing.toml: 1 resource would be");
    all.says("specs/orders-db.toml: 1 resource");
    all.says("\n3 imported\n");
    all.says("`pgha plan --sandbox --file specs/billing.toml --allow adopt`");
    let alone = check(&bench, BILLING, 0);
    assert_eq!(bench.read("specs/billing.toml"), alone.stdout);
    let names = ["billing", "orders", "orders-db"];
    for name in names {
        let file = format!("specs/{name}.toml");
        bench.read(&file).contains(&format!("name     = \"{name}\""));
        check(&bench, &["apply", "--yes", "--allow", "adopt", "--file", &file], 0);
        check(&bench, &["plan", "--file", &file], 0).says("nothing to do");
    }
    check(&bench, ALL, 0).says("\n3 as before\n");
    // What somebody changed is kept, and the others are looked at all the same.
    bench.write("specs/billing.toml", "mine");
    let again = check(&bench, ALL, 4);
    again.says("specs/billing.toml is there already and says something else");
    again.says("\n2 as before · 1 refused\n");
    assert_eq!(bench.read("specs/billing.toml"), "mine");
    let west = ["import", "--all", "--region", "us-west-2", "--out-dir", "west"];
    check(&bench, &west, 0).says("us-west-2 · simulated account · no database\n");
}

#[test]
fn a_region_is_imported_whole_or_a_database_by_its_name() {
    let bench = of_the_console();
    check(&bench, &["import"], 64).remarks("<IDENTIFIER>");
    check(&bench, &["import", "--all", "--region", "us-east-1"], 64).remarks("--out-dir <DIR>");
    check(&bench, &[ALL, &["billing"]].concat(), 64).remarks("cannot be used with");
    check(&bench, &[BILLING, &["--out-dir", "specs"]].concat(), 64).remarks("cannot be used with");
    bench.write("file", "");
    let into_file = ["import", "--all", "--region", "us-east-1", "--out-dir", "file"];
    check(&bench, &into_file, 1).remarks("cannot make the directory file");
}
