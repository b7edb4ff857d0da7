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

/// A line by its number, what is wrong with it, and how it reads then.
type Damaged = (usize, &'static str, String);

/// Damages each example as told, a line at a time, and shows all that goes wrong.
#[track_caller]
fn check_damaged(lines: impl Fn(&str) -> Vec<Damaged>) {
    let mut all = Vec::new();
    for name in EXAMPLES {
        let text = example(name);
        for (number, what, damaged) in lines(&text) {
            let faults = faults(&text, number, what, &damaged);
            all.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn a_broken_key_hides_nothing_elsewhere_and_nothing_follows_from_it() {
    check_damaged(|text| {
        let mut lines = Vec::new();
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
                lines.push((number, what, format!("{key}= {value}")));
            }
            let key = key.trim();
            lines.push((number, "an unknown key", line.replacen(key, "banana", 1)));
            lines.push((number, "no equals sign", line.replacen('=', " ", 1)));
        }
        lines
    });
}

#[test]
fn a_broken_header_hides_nothing_elsewhere_and_nothing_follows_from_it() {
    check_damaged(|text| {
        let headers = text.lines().enumerate().filter(|(_, line)| line.starts_with('['));
        let each = headers.flat_map(|(number, line)| {
            [
                (number, "an open header", line.trim_end_matches(']').to_string()),
                (number, "a header without a bracket", line.trim_start_matches('[').to_string()),
                (number, "a header of two words", line.replace(']', " x]")),
                (number, "an unknown header", "[banana]".to_string()),
            ]
        });
        each.collect()
    });
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

/// Whatever key a text belongs to.
#[test]
fn characters_that_nobody_sees_are_refused_by_their_number() {
    for (escape, name) in [
        ("\\u0007", "U+0007"),
        ("\\n", "U+000A"),
        ("\\u001B[31m", "U+001B"),
        ("\\u202E", "U+202E"),
        ("\\u200B", "U+200B"),
        ("\u{feff}", "U+FEFF"),
    ] {
        for template in [
            "name = \"or{}ders\"",
            "region = \"us-east-1{}\"",
            "tags = { team = \"a{}b\" }",
            "tags = { \"a{}b\" = \"x\" }",
        ] {
            let line = template.replace("{}", escape);
            let key = template.split(' ').next().unwrap();
            let rest = ["name = \"orders\"", "region = \"us-east-1\"", "tags = { team = \"t\" }"];
            let rest = rest.into_iter().filter(|other| !other.starts_with(key));
            let rest = rest.collect::<Vec<_>>().join("\n");
            let text = format!(
                "[cluster]\naccount = \"123456789012\"\n{line}\n{rest}\n[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"\n"
            );
            let errors: Vec<_> =
                found(&text).into_iter().filter(|f| f.severity == Severity::Error).collect();
            assert_eq!(errors.len(), 1, "{line}: {errors:#?}");
            assert!(errors[0].title.ends_with(name), "{}", errors[0].title);
            assert_eq!(position(&text, errors[0].span.start).0, 3);
        }
    }
}

#[test]
fn a_credential_in_any_text_is_found_and_never_shown() {
    for credential in [
        "postgres://app:hunter2@db.example.com/x",
        "AKIAhunter2hunter2XX",
        "ghp_hunter2hunter2hunter2hunter2hunter2",
        "https://hooks.slack.com/services/T0/B0/hunter2",
        "-----BEGIN PRIVATE KEY-----hunter2-----END PRIVATE KEY-----",
    ] {
        for template in [
            "[cluster]\nname = \"{}\"\n",
            "[cluster]\ntags = { team = \"{}\" }\n",
            "[cluster]\ntags = { \"{}\" = \"x\" }\n",
            "[alerting]\ntopic = \"{}\"\n",
            "[alerting]\nemails = [\"{}\"]\n",
            "[[alarm]]\nname = \"a\"\nmetric = \"m\"\nthreshold = 1\ndescription = \"{}\"\n",
            "[storage]\ntype = \"{}\"\n",
        ] {
            let text = template.replace("{}", credential);
            let errors = load("t.toml", &text).unwrap_err();
            assert!(!format!("{errors:?} {errors}").contains("hunter2"), "{errors:#?}");
            let is_type = template.contains("type");
            let said = errors.diagnostics.iter().any(|finding| finding.code == "PGHA061");
            assert!(said || is_type, "{credential}: {errors:#?}");
        }
    }
}

/// In what is said, in what is to be typed, and in the excerpt.
#[test]
fn a_password_of_any_shape_is_never_shown() {
    for line in [
        "password = \"hunter2\"",
        "password = hunter2",
        "password = \"hunter2",
        "password = ['hunter2', 7]",
        "password = [\n\"x\",\n\"hunter2\"\n]",
        "password = { value = \"hunter2\" }",
        "password = \"hunt\\u0065r2\"",
        "password: hunter2",
        "password hunter2",
        "master.password = \"hunter2\"",
        "secret = \"hunter2\"",
        "api_key = \"hunter2\"",
        "x = { token = \"hunter2\", y = 1 }",
        "[passwords]\napp = \"hunter2\"",
        "[x.password.y]\nz = \"hunter2\"",
        "[[secrets]]\napp = \"hunter2\"",
        "\"password=hunter2\" = 1",
        "size = \"password=hunter2\"",
    ] {
        for section in ["", "[credentials]", "[storage]", "[alerting]", "[[replica]]"] {
            let text = format!("{section}\n{line}\n");
            let errors = load("t.toml", &text).unwrap_err();
            let said = format!("{errors:?} {errors}");
            assert!(!said.contains("hunter2"), "{text}{errors:#?}");
            assert!(!said.contains("hunt\\\\u0065r2"), "{text}{errors:#?}");
        }
    }
}

/// What only speaks of passwords is read as any other line.
#[test]
fn a_key_about_passwords_is_readable() {
    for (line, title) in [
        ("password_rotation = 30", "there is no `password_rotation` in [credentials]"),
        (
            "manage_master_user_password = true",
            "there is no `manage_master_user_password` in [credentials]",
        ),
        ("password_policy = \"strong\"", "there is no `password_policy` in [credentials]"),
    ] {
        let text = format!(
            "[cluster]\nname = \"t\"\nregion = \"us-east-1\"\n[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"\n[credentials]\n{line}\n"
        );
        let errors = load("t.toml", &text).unwrap_err();
        let titles = errors.diagnostics.iter().filter(|f| f.severity == Severity::Error);
        let titles: Vec<_> = titles.map(|finding| finding.title.as_str()).collect();
        assert_eq!(titles, [title]);
        assert!(errors.text.ends_with(&format!("{line}\n")), "{}", errors.text);
    }
}
