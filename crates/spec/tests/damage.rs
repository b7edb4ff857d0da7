//! All mistakes in one run, and no more than that: what is broken hides nothing elsewhere, and
//! nothing is said that only follows from it.

use pgha_spec::Diagnostic;
use pgha_spec::Severity;
use pgha_spec::load;
use pgha_spec::position;

const EXAMPLES: [&str; 4] = ["production", "course", "dr", "multi-az-cluster"];

fn example(name: &str) -> String {
    let path = format!("{}/../../specs/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn found(text: &str) -> Vec<Diagnostic> {
    match load("t.toml", text) {
        Ok(loaded) => loaded.diagnostics,
        Err(errors) => errors.diagnostics,
    }
}

/// A finding by what stays where lines are damaged, but not moved.
fn identity(text: &str, finding: &Diagnostic) -> (usize, &'static str, String) {
    let (line, _) = position(text, finding.span.start);
    (line as usize, finding.code, finding.title.clone())
}

/// Ways to break the value of a line `key = value`, by what they do to it.
fn damages(value: &str) -> Vec<(&'static str, String)> {
    vec![
        ("a list of lists", "[[1]]".into()),
        ("a date", "2027-01-31".into()),
        ("garbage", "\"%garbage%\"".into()),
        ("nothing", String::new()),
        ("without quotes", "one two".into()),
        ("a quote that is open", format!("\"{}", value.trim_matches('"').replace('"', "'"))),
        ("a list that is open", format!("[ {value}")),
        ("a second equals sign", format!("= {value}")),
    ]
}

/// The section that a line is in.
fn section(text: &str, line: usize) -> String {
    let above = text.lines().take(line);
    let header = above.filter(|line| line.starts_with('[')).last().unwrap_or_default();
    header.trim_matches(['[', ']']).split('.').next().unwrap_or_default().to_string()
}

/// What is wrong with what is said of an example with one damaged line.
fn faults(text: &str, number: usize, what: &str, damaged: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let sound = found(text);
    let lines: Vec<&str> = text.lines().collect();
    let mut changed = lines.clone();
    changed[number] = damaged;
    let changed = changed.join("\n") + "\n";
    let context = || format!("{what} on line {}: {damaged}", number + 1);

    let said = found(&changed);
    let here =
        |finding: &&Diagnostic| position(&changed, finding.span.start).0 as usize == number + 1;
    let is_mistake = said.iter().any(|finding| finding.severity == Severity::Error);
    if is_mistake {
        let errors: Vec<_> =
            said.iter().filter(here).filter(|f| f.severity == Severity::Error).collect();
        if errors.len() != 1 {
            faults.push(format!("{} is said {} times: {errors:#?}", context(), errors.len()));
        }
    }
    // Nothing is said elsewhere that was not said before.
    let before: Vec<_> = sound.iter().map(|finding| identity(text, finding)).collect();
    let known = |finding: &Diagnostic| before.contains(&identity(&changed, finding));
    if is_mistake {
        for new in said.iter().filter(|finding| !here(finding) && !known(finding)) {
            faults.push(format!("{} brought {:?}", context(), identity(&changed, new)));
        }
    }
    // What was said of other sections is still said, unless it hangs on the damaged line: it
    // is not said either where that line is missing.
    let without: Vec<&str> =
        lines.iter().enumerate().map(|(at, line)| if at == number { "" } else { *line }).collect();
    let without = without.join("\n") + "\n";
    let without_line: Vec<_> =
        found(&without).iter().map(|finding| identity(&without, finding)).collect();
    let after: Vec<_> = said.iter().map(|finding| identity(&changed, finding)).collect();
    let own = section(text, number);
    // Of a key that nobody can read, any other may be meant; and what is advised to an instance
    // is not advised to a cluster.
    let is_vague = what.contains("unknown") || what.contains("two words");
    if is_vague || damaged.starts_with("topology") {
        return faults;
    }
    for finding in before.iter().filter(|finding| without_line.contains(finding)) {
        let elsewhere = section(text, finding.0) != own;
        if elsewhere && !after.contains(finding) {
            faults.push(format!("{} hides {finding:?}", context()));
        }
    }
    faults
}

#[test]
fn a_broken_key_hides_nothing_elsewhere_and_nothing_follows_from_it() {
    let mut all = Vec::new();
    for name in EXAMPLES {
        let text = example(name);
        let mut check = |number: usize, what: &str, damaged: &str| {
            let faults = faults(&text, number, what, damaged);
            all.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
        };
        for (number, line) in text.lines().enumerate() {
            let is_part = line.starts_with(['#', ' ']);
            let Some((key, value)) = line.split_once('=').filter(|_| !is_part) else {
                continue;
            };
            // The first line of several is not the whole value.
            if value.trim() == "[" {
                continue;
            }
            for (what, value) in damages(value.trim()) {
                check(number, what, &format!("{key}= {value}"));
            }
            let key = key.trim();
            check(number, "an unknown key", &line.replacen(key, "banana", 1));
            check(number, "no equals sign", &line.replacen('=', " ", 1));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn a_broken_header_hides_nothing_elsewhere_and_nothing_follows_from_it() {
    let mut all = Vec::new();
    for name in EXAMPLES {
        let text = example(name);
        let mut check = |number: usize, what: &str, damaged: &str| {
            let faults = faults(&text, number, what, damaged);
            all.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
        };
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.starts_with('[')) {
            check(number, "an open header", line.trim_end_matches(']'));
            check(number, "a header without a bracket", line.trim_start_matches('['));
            check(number, "a header of two words", &line.replace(']', " x]"));
            check(number, "an unknown header", "[banana]");
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// Each line is one mistake of a kind of its own.
#[test]
fn independent_mistakes_are_all_said_in_one_run() {
    let text = r#"[cluster]
name = "orders"
region = "us-east-1a"
acount = "123456789012"
tags = { team = "t" }
[engine]
version = "newest"
class = "r6g.large"
iam_auth = "yes"
[network]
allow = ["sg-app", "10.0.0.0/16"]
[storage
size = "10 GiB"
[backup]
window = "3 to 4"
retention = 40
[maintenance]
window = sunday
[parameters]
log_statement = "dll"
random_page_cost = "1,1"
work_mem = "30s"
[credentials]
username = "admin"
[monitoring]
interval = 7
banana = 1
[[replica]]
name = "a"
zone = "us-west-2a"
source = "nobody"
[[replica]]
name = "a"
kms_key = "alias/x"
[[alarm]]
name = "x"
metric = "CPUUtilization"
threshold = "high"
[alerting]
emails = ["nobody"]
events = ["fail over"]
[proxy]
auth = "secret"
max_connections = 200
[guard]
protected = ["orders"]
"#;
    let errors = found(text);
    let errors: Vec<String> = errors
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| {
            let (line, _) = position(text, finding.span.start);
            let line = text.lines().nth(line as usize - 1).unwrap();
            format!("{} {line}", finding.code)
        })
        .collect();
    insta::assert_snapshot!(errors.join("\n"));
}
