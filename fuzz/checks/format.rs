//! What `pgha_spec::format` promises for every text there is. The fuzz target and the property
//! tests of `pgha-spec` share it.

use std::collections::BTreeMap;

use pgha_resource::Address;
use pgha_resource::Resource;
use pgha_resource::desired::Policy;
use pgha_resource::desired::SubnetQuery;
use pgha_resource::desired::VpcQuery;
use pgha_resource::live::Tags;
use pgha_spec::diff;
use pgha_spec::format;
use pgha_spec::load;

/// Any text is laid out or refused without a panic. What is laid out is laid out for good,
/// has every comment, differs in white space only, and means what it meant: to TOML, and to
/// pgha, down to what is said of it.
pub fn check(text: &str) {
    let Ok(once) = format(text) else { return };
    let twice = format(&once).unwrap_or_else(|error| panic!("{error} after formatting:\n{once}"));
    assert_eq!(once, twice, "not idempotent for:\n{text}");
    assert_eq!(comments(text), comments(&once), "comments changed:\n{text}\n{once}");
    assert_eq!(bare(text), bare(&once), "more than white space changed:\n{text}\n{once}");
    assert_eq!(value(text), value(&once), "another meaning:\n{text}\n{once}");
    assert_eq!(meaning(text), meaning(&once), "another meaning to pgha:\n{text}\n{once}");
    assert_eq!(diff(text, &once).is_empty(), text == once);
}

/// The text without white space, which is all that is touched, without the last comma of an
/// array, which goes when the array is on one line, and without the mark that some editors put
/// at the beginning.
fn bare(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    text.chars().filter(|c| !c.is_whitespace()).collect::<String>().replace(",]", "]")
}

/// The comments, in order: a reader that knows strings and nothing else of TOML, for texts
/// that are TOML.
fn comments(text: &str) -> Vec<String> {
    let mut comments = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['#', '"', '\'']) {
        rest = &rest[at..];
        if rest.starts_with('#') {
            let line = rest.lines().next().unwrap_or_default();
            comments.push(line.trim_end().to_string());
            rest = &rest[line.len()..];
        } else {
            rest = after_string(rest);
        }
    }
    comments
}

/// What follows the string at the beginning.
fn after_string(text: &str) -> &str {
    let quote = text.chars().next().unwrap_or('"');
    let long = quote.to_string().repeat(3);
    let end = if text.starts_with(&long) { long.as_str() } else { &long[..1] };
    let mut at = end.len();
    while let Some(next) = text[at..].chars().next() {
        if text[at..].starts_with(end) {
            // Up to two quotes may stand right before the three that end a long string.
            let extra =
                text[at + end.len()..].chars().take_while(|c| *c == quote && end.len() == 3);
            return &text[at + end.len() + extra.take(2).count()..];
        }
        let escaped = quote == '"' && next == '\\';
        at += next.len_utf8();
        if escaped {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    ""
}

/// What TOML reads, as text: `nan` does not equal itself.
fn value(text: &str) -> Option<String> {
    toml::from_str::<toml::Table>(text).ok().map(|table| format!("{table:?}"))
}

/// What pgha makes of a spec, apart from where things stand, and the codes of what it says.
#[derive(Debug, PartialEq)]
struct Meaning {
    resources: BTreeMap<Address, (Resource, Tags)>,
    networks: Vec<(VpcQuery, SubnetQuery)>,
    policy: Option<Policy>,
    codes: Vec<&'static str>,
}

fn meaning(text: &str) -> Meaning {
    let (desired, found) = match load("t.toml", text) {
        Ok(loaded) => (Some(loaded.desired), loaded.diagnostics),
        Err(errors) => (None, errors.diagnostics),
    };
    let codes = found.iter().map(|diagnostic| diagnostic.code).collect();
    let Some(desired) = desired else {
        let (resources, networks) = (BTreeMap::new(), Vec::new());
        return Meaning { resources, networks, policy: None, codes };
    };
    let resources = desired.resources.into_iter();
    Meaning {
        resources: resources.map(|(a, wanted)| (a, (wanted.resource, wanted.tags))).collect(),
        networks: desired.networks.into_values().map(|n| (n.vpc, n.subnets)).collect(),
        policy: Some(desired.policy),
        codes,
    }
}
