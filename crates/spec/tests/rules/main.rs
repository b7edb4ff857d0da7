//! Where the limits of the rules are: what is just allowed, what is just refused, and the
//! line that is blamed. `findings.rs` shows the wording.

mod alarms;
mod backup;
mod cluster;
mod credentials;
mod engine;
mod guard;
mod monitoring;
mod names;
mod network;
mod parameters;
mod proxy;
mod quotas;
mod replicas;
mod storage;
mod told;

use pgha_spec::Diagnostic;
use pgha_spec::Severity;
use pgha_spec::load;
use pgha_spec::position;

/// A text with more keys of `[cluster]`, and what follows the required keys of `[engine]`.
/// Somebody is told, which nobody here is about but `told`.
fn text_of(cluster: &str, rest: &str) -> String {
    let alerting =
        if rest.contains("[alerting]") { "" } else { "[alerting]\nemails = [\"a@b.c\"]\n" };
    format!(
        r#"[cluster]
name = "t"
region = "us-east-1"
account = "123456789012"
tags = {{ team = "t" }}
{cluster}
[engine]
version = "16"
class = "db.r6gd.large"
{rest}
{alerting}"#
    )
}

fn found(text: &str) -> Vec<Diagnostic> {
    match load("t.toml", text) {
        Ok(loaded) => loaded.diagnostics,
        Err(errors) => errors.diagnostics,
    }
}

/// Errors and warnings, each with the line it is about.
fn said(text: &str) -> Vec<(&'static str, String)> {
    let worse = found(text).into_iter().filter(|found| found.severity < Severity::Advice);
    worse
        .map(|found| {
            let (line, _) = position(text, found.span.start);
            let line = text.lines().nth(line as usize - 1).unwrap_or_default();
            (found.code, line.to_string())
        })
        .collect()
}

/// Checks the errors and warnings of a whole text: code and line.
#[track_caller]
fn check_text(text: &str, wanted: &[(&str, &str)]) {
    let said = said(text);
    let said: Vec<_> = said.iter().map(|(code, line)| (*code, line.as_str())).collect();
    assert_eq!(said, wanted, "{text}");
}

/// The same for what follows `[engine]`.
#[track_caller]
fn check(rest: &str, wanted: &[(&str, &str)]) {
    check_text(&text_of("", rest), wanted);
}

/// Puts values into the place of `{}`: the right ones are not found fault with, each wrong
/// one once, on its own line.
#[track_caller]
fn check_limits(cluster: &str, template: &str, code: &str, right: &[&str], wrong: &[&str]) {
    let text = |value: &str| text_of(cluster, template).replace("{}", value);
    for value in right {
        check_text(&text(value), &[]);
    }
    for value in wrong {
        let text = text(value);
        let line = text_of(cluster, template);
        let line = line.lines().find(|line| line.contains("{}")).unwrap().replace("{}", value);
        check_text(&text, &[(code, &line)]);
    }
}

/// Checks whether a text is given a piece of advice.
#[track_caller]
fn check_advice(text: &str, code: &str, given: bool) {
    let found = found(text);
    let advice = found.iter().any(|found| found.code == code && found.severity == Severity::Advice);
    assert_eq!(advice, given, "{code} on {text}: {found:#?}");
}
