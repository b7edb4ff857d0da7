//! Specs of any number of entries.

use std::fmt::Write;

const HEAD: &str = "[cluster]\nname = \"t\"\nregion = \"us-east-1\"\naccount = \"123456789012\"\n[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"\n";

/// A spec with so many entries of a kind.
pub fn text(kind: &str, count: usize) -> String {
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
        "a chain" => (0..count).for_each(|n| {
            writeln!(text, "[[replica]]\nname = \"r{n}\"").unwrap();
            if n > 0 {
                writeln!(text, "source = \"r{}\"", n - 1).unwrap();
            }
        }),
        "a circle" => (0..count).for_each(|n| {
            let source = (n + 1) % count;
            writeln!(text, "[[replica]]\nname = \"r{n}\"\nsource = \"r{source}\"").unwrap();
        }),
        "unknown sources" => (0..count).for_each(|n| {
            writeln!(text, "[[replica]]\nname = \"r{n}\"\nsource = \"z{n}\"").unwrap();
        }),
        "one address" => {
            let emails = list(&|_| "\"a@example.com\"".into());
            write!(text, "[alerting]\nemails = [{emails}]\n").unwrap();
        }
        "one alarm" => (0..count).for_each(|_| {
            writeln!(text, "[[alarm]]\nname = \"a\"\nmetric = \"m\"\nthreshold = 1").unwrap();
        }),
        "alarms on nothing" => (0..count).for_each(|n| {
            writeln!(
                text,
                "[[alarm]]\nname = \"a{n}\"\non = \"x{n}\"\nmetric = \"m\"\nthreshold = 1"
            )
            .unwrap();
        }),
        _ => {
            let protected = list(&|n| format!("\"db-instance/x{n}\""));
            write!(text, "[guard]\nprotected = [{protected}]\n").unwrap();
        }
    }
    text
}

/// Entries with which nothing is wrong.
pub const SOUND: [&str; 9] = [
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
