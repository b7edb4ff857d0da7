//! A spec of ten thousand entries is read in a time that grows with it, not with its square.

use std::fmt::Write;
use std::time::Instant;

use pgha_spec::load;

const HEAD: &str = "[cluster]\nname = \"t\"\nregion = \"us-east-1\"\naccount = \"123456789012\"\n[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"\n";

/// A text with so many entries of a kind.
fn text(kind: &str, count: usize) -> String {
    let mut text = HEAD.to_string();
    let list = |of: &dyn Fn(usize) -> String| (0..count).map(of).collect::<Vec<_>>().join(", ");
    match kind {
        "tags" => {
            let tags = list(&|n| format!("k{n} = \"v\""));
            text = text.replace("[engine]", &format!("tags = {{ {tags} }}\n[engine]"));
        }
        "emails" => {
            let emails = list(&|n| format!("\"a{n}@example.com\""));
            write!(text, "[alerting]\nemails = [{emails}]\n").unwrap();
        }
        "allow" => {
            let allow = list(&|n| format!("\"10.{}.{}.0/24\"", n / 250, n % 250));
            write!(text, "[network]\nallow = [{allow}]\n").unwrap();
        }
        "users" => {
            let users = list(&|n| format!("\"u{n}\""));
            write!(text, "[iam]\nusers = [{users}]\n").unwrap();
        }
        "parameters" => {
            text.push_str("[parameters]\n");
            (0..count).for_each(|n| writeln!(text, "\"pgaudit.x{n}\" = 1").unwrap());
        }
        "alarms" => (0..count).for_each(|n| {
            writeln!(text, "[[alarm]]\nname = \"a{n}\"\nmetric = \"m\"\nthreshold = 1").unwrap();
        }),
        "snapshots" => {
            (0..count).for_each(|n| writeln!(text, "[[snapshot]]\nname = \"s{n}\"").unwrap());
        }
        "replicas" => {
            (0..count).for_each(|n| writeln!(text, "[[replica]]\nname = \"r{n}\"").unwrap());
        }
        _ => {
            let protected = list(&|n| format!("\"db-instance/x{n}\""));
            write!(text, "[guard]\nprotected = [{protected}]\n").unwrap();
        }
    }
    text
}

#[test]
fn time_grows_with_the_entries() {
    let kinds = [
        "tags",
        "emails",
        "allow",
        "users",
        "parameters",
        "alarms",
        "snapshots",
        "replicas",
        "protected",
    ];
    for kind in kinds {
        let time = |count: usize| {
            let text = text(kind, count);
            let start = Instant::now();
            let found = match load("t.toml", &text) {
                Ok(loaded) => loaded.diagnostics.len(),
                Err(errors) => errors.diagnostics.len(),
            };
            (start.elapsed().as_secs_f64(), found)
        };
        let (few, many) = (time(1000), time(10_000));
        println!("{kind}: {few:?} {many:?}");
        // Ten times as many entries: a square would take a hundred times as long.
        assert!(many.0 < 1.0 || many.0 < few.0 * 40.0, "{kind}: {few:?} {many:?}");
    }
}
