//! A file in another language: said once, and not of each line that is no TOML.

use std::ops::Range;

use crate::diagnostic::Diagnostic;

/// Words that begin a block of Terraform's.
const BLOCKS: [&str; 9] = [
    "resource",
    "module",
    "provider",
    "terraform",
    "variable",
    "locals",
    "data",
    "output",
    "moved",
];

/// Lines that a file has at least, to be told by what they look like.
const LEAST: usize = 3;

/// What is said of a text that is no TOML, but something else.
pub(crate) fn other(text: &str) -> Option<Diagnostic> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let plain = line.trim();
        if !plain.is_empty() && !plain.starts_with(['#', '/']) {
            let at = start + line.len() - line.trim_start().len();
            lines.push((plain, at..at + plain.len()));
        }
        start += line.len();
    }
    let (first, at) = lines.first()?.clone();
    if first.starts_with('{') && (first == "{" || first[1..].trim_start().starts_with(['"', '}'])) {
        return Some(said("JSON", "braces and quoted keys", at));
    }
    let is_block = |line: &str| {
        let word = line.split([' ', '{']).next().unwrap_or_default();
        BLOCKS.contains(&word) && line.ends_with('{') && !line.contains('=')
    };
    if let Some((_, at)) = lines.iter().find(|(line, _)| is_block(line)) {
        return Some(said("Terraform's language", "a block in braces", at.clone()));
    }
    let is_toml = |line: &str| line.starts_with('[') || line.contains('=');
    let is_yaml = |line: &str| {
        let line = line.trim_start_matches("- ");
        let key = line.split(':').next().unwrap_or_default();
        let behind = &line[key.len()..];
        let is_key = |c: char| c.is_ascii_alphanumeric() || "_-\"'. ".contains(c);
        (behind == ":" || behind.starts_with(": ")) && key.chars().all(is_key)
    };
    let count = lines.iter().filter(|(line, _)| is_yaml(line)).count();
    let is_none = !lines.iter().any(|(line, _)| is_toml(line));
    (is_none && count >= LEAST && count * 2 > lines.len()).then(|| said("YAML", "`key: value`", at))
}

fn said(language: &str, what: &str, at: Range<usize>) -> Diagnostic {
    Diagnostic::new("PGHA100", at, format!("this is {language}, not a spec in TOML"))
        .label(what)
        .help("write\n\n[cluster]\nname = \"orders\"\nregion = \"us-east-1\"\n\n[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, title: Option<&str>) {
        let found = other(text);
        let said = found.as_ref().and_then(|found| found.title.strip_prefix("this is "));
        assert_eq!(
            said.and_then(|said| said.strip_suffix(", not a spec in TOML")),
            title,
            "{text}"
        );
    }

    #[test]
    fn other_languages_are_known_by_their_looks() {
        check("{\n  \"cluster\": {}\n}\n", Some("JSON"));
        check("# x\n{ \"a\": 1 }", Some("JSON"));
        check("resource \"aws_db_instance\" \"x\" {\n  a = 1\n}\n", Some("Terraform's language"));
        check("a = 1\nprovider {\n}\n", Some("Terraform's language"));
        check("Resources:\n  Database:\n    Type: AWS::RDS::DBInstance\n", Some("YAML"));
        check("---\ncluster:\n  name: orders\n  region: us-east-1\n", Some("YAML"));
    }

    /// Lines that are no TOML are said one by one, where the others are.
    #[test]
    fn toml_with_mistakes_is_toml() {
        check("", None);
        check("name: x\nregion: y\n", None);
        check("[cluster]\nname: orders\nregion: us-east-1\naccount: 1\n", None);
        check("{ a = 1 }\n", None);
        check("resource = { a = 1 }\n", None);
        check("tags = {\n  a = 1\n}\n", None);
    }
}
