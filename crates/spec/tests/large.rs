//! A spec of thousands of entries is read in a time that grows with it, not with its square, and
//! what is wrong with each of them is shown as often as anyone reads.

use std::fmt::Write;
use std::time::Instant;

use pgha_spec::Diagnostic;
use pgha_spec::Severity;
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

const SOUND: [&str; 9] = [
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

/// What is wrong with each of the entries, with the code.
const WRONG: [(&str, &str); 4] = [
    ("unknown sources", "PGHA107"),
    ("one address", "PGHA106"),
    ("one alarm", "PGHA106"),
    ("alarms on nothing", "PGHA107"),
];

fn found(kind: &str, count: usize) -> Vec<Diagnostic> {
    match load("t.toml", &text(kind, count)) {
        Ok(loaded) => loaded.diagnostics,
        Err(errors) => errors.diagnostics,
    }
}

/// Notes that say how many findings are left out.
fn left_out(found: &[Diagnostic]) -> Vec<&str> {
    let notes = found.iter().flat_map(|finding| &finding.notes);
    notes.map(String::as_str).filter(|note| note.ends_with("are not shown")).collect()
}

#[test]
fn the_same_mistake_a_thousand_times_is_shown_a_few_times() {
    for (kind, code) in WRONG {
        let found = found(kind, 1000);
        let shown = found.iter().filter(|finding| finding.code == code).count();
        assert_eq!(shown, 50, "{kind}");
        let notes = left_out(&found);
        // Of what is there twice, the first is right.
        let all = if code == "PGHA106" { 999 } else { 1000 };
        assert_eq!(notes, [format!("{} more of {code} are not shown", all - 50)], "{kind}");
    }
}

#[test]
fn a_chain_of_a_thousand_replicas_is_one_mistake() {
    let found = found("a chain", 1000);
    let errors: Vec<_> = found.iter().filter(|f| f.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert_eq!(errors[0].title, "the chain of replicas is 1000 levels deep");
}

#[test]
fn a_circle_of_a_thousand_replicas_is_one_mistake() {
    let found = found("a circle", 1000);
    let errors: Vec<_> = found.iter().filter(|f| f.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].title.contains("`r49` and 950 more"), "{}", errors[0].title);
}

#[test]
fn of_a_thousand_entries_no_code_is_shown_a_thousand_times() {
    for kind in SOUND {
        let found = found(kind, 1000);
        for finding in &found {
            let alike = found.iter().filter(|other| other.code == finding.code).count();
            assert!(alike <= 50, "{kind}: {} {alike} times", finding.code);
        }
    }
}

/// Prints what ten times as many entries take: ten times as long, and not a hundred times.
/// `cargo test -p pgha-spec --test large -- --ignored --nocapture`
#[test]
#[ignore = "it measures, and asserts nothing that a busy machine could not break"]
fn time_grows_with_the_entries() {
    let wrong = WRONG.map(|(kind, _)| kind);
    for kind in SOUND.into_iter().chain(wrong).chain(["a chain", "a circle"]) {
        let time = |count: usize| {
            let start = Instant::now();
            let found = found(kind, count).len();
            (start.elapsed(), found)
        };
        println!("{kind}: {:?} {:?}", time(1000), time(10_000));
    }
}
