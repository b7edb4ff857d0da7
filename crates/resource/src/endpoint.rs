//! What is hidden of a URL before it is shown.
//!
//! Chats and pagers know who may post by the URL alone: its path or its query is the key. No list
//! of such services is ever complete, so that everything behind the host is hidden but words that
//! are known to be nobody's key. This is the only place that decides it: plans, excerpts of a spec
//! and the rule about tokens in endpoints ask here.

use std::borrow::Cow;
use std::ops::Range;

use crate::address::looks_like_region;
use crate::digest::sha256_hex;

const MASK: &str = "****";

/// Parts of paths that say what a URL is for. Whatever is no word of this list may be a key: a
/// topic of ntfy is a word that somebody chose (<https://docs.ntfy.sh/publish/>).
const WORDS: [&str; 32] = [
    "alarm",
    "alarms",
    "alert",
    "alerts",
    "amazonsns",
    "api",
    "aws",
    "catch",
    "database",
    "databases",
    "db",
    "event",
    "events",
    "hook",
    "hooks",
    "in",
    "integration",
    "integrations",
    "json",
    "notifications",
    "notify",
    "oncall",
    "postgres",
    "rds",
    "services",
    "sns",
    "v1",
    "v2",
    "v3",
    "webhook",
    "webhookb2",
    "webhooks",
];

/// Hosts of the pages that pgha itself cites, which nobody subscribes.
const CITED: [&str; 13] = [
    "api.slack.com",
    "aws.amazon.com",
    "dev.classmethod.jp",
    "docs.aws.amazon.com",
    "docs.slack.dev",
    "github.blog",
    "github.com",
    "postgresqlco.nf",
    "toml.io",
    "www.checkov.io",
    "www.morling.dev",
    "www.postgresql.org",
    "www.rfc-editor.org",
];

/// What is hidden of a URL that stands in a text: places in that text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// The user and the password, without the `@` behind them.
    pub user: Option<Range<usize>>,
    /// What follows the host and the harmless words behind it.
    pub rest: Option<Range<usize>>,
    /// The host and the rest, which tell the URL from others.
    whole: Range<usize>,
}

/// What is hidden of the URLs of a text, in its order.
pub fn hidden(text: &str) -> Vec<Hidden> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(scheme) = text[at..].find("://") {
        let start = at + scheme + "://".len();
        let end = start + length(&text[start..]);
        found.extend(of_url(text, start..end));
        at = end;
    }
    found
}

/// The text with what is hidden of its URLs masked. A short digest tells endpoints apart that
/// would look the same; it covers no password, which could be guessed from one.
pub fn masked(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut at = 0;
    for Hidden { user, rest, whole } in hidden(text) {
        let digest = format!("{MASK}#{}", &sha256_hex(&text[whole])[..4]);
        for (place, mask) in [(user, MASK), (rest, digest.as_str())] {
            let Some(place) = place.filter(|place| !is_masked(&text[place.clone()])) else {
                continue;
            };
            masked += &text[at..place.start];
            masked += mask;
            at = place.end;
        }
    }
    match at {
        0 => text.into(),
        _ => (masked + &text[at..]).into(),
    }
}

/// Whether a URL holds something behind its host that may be a key.
pub fn has_token(url: &str) -> bool {
    hidden(url).iter().any(|hidden| hidden.rest.is_some())
}

/// Whether a place was masked before, or put into stars.
fn is_masked(text: &str) -> bool {
    let stars = |text: &str| !text.is_empty() && text.bytes().all(|b| b == b'*');
    stars(text)
        || text.split_once('#').is_some_and(|(mask, digest)| {
            stars(mask) && digest.len() == 4 && digest.bytes().all(|b| b.is_ascii_hexdigit())
        })
}

/// How far a URL goes that a text begins with, in prose, in JSON, in TOML or in a coloured text.
fn length(text: &str) -> usize {
    let mut letters = text.char_indices();
    let mut end = text.len();
    while let Some((at, letter)) = letters.next() {
        let ends = match letter {
            // An escaped letter belongs to the text that it stands in; an escaped quote or line
            // break ends it.
            '\\' => letters.next().is_none_or(|(_, next)| "nrt\"'\n".contains(next)),
            _ => letter.is_whitespace() || letter.is_control() || "\"'`<>".contains(letter),
        };
        if ends {
            end = at;
            break;
        }
    }
    // What ends a sentence or stands in brackets is no part of the URL.
    text[..end].trim_end_matches([':', ',', '.', ';', '!', ')', ']', '}']).len()
}

/// What is hidden of a URL behind its scheme.
fn of_url(text: &str, place: Range<usize>) -> Option<Hidden> {
    // An address ends in its region where that is not the home region.
    let region = text[place.clone()].rfind('@').map(|at| place.start + at);
    let region = region.filter(|at| looks_like_region(&text[at + 1..place.end]));
    let place = place.start..region.unwrap_or(place.end);
    let url = &text[place.clone()];
    // In an example somebody else writes the rest.
    if url.starts_with('…') {
        return None;
    }
    let (authority, path) = url.split_at(url.find(['/', '?', '#']).unwrap_or(url.len()));
    let host = authority.rfind('@').map_or(0, |at| at + 1);
    let user = (host > 0).then(|| place.start..place.start + host - 1);
    let name = &authority[host..];
    let harmless = match CITED.contains(&name) && !path.contains(['?', '@', ';']) {
        true => path.len(),
        false => harmless(path),
    };
    // A password may hold what ends a host: then its beginning stands where the host would.
    let from = match is_host(name, path.contains('@') || region.is_some()) {
        true => authority.len() + harmless,
        false => host,
    };
    let rest = (from < url.len()).then(|| place.start + from..place.end);
    let whole = place.start + host..place.end;
    (user.is_some() || rest.is_some()).then_some(Hidden { user, rest, whole })
}

/// Whether a text is a host, perhaps with a port. In doubt it is one with a domain.
fn is_host(text: &str, in_doubt: bool) -> bool {
    let (host, port) = match text.rfind(':').filter(|_| !text.ends_with(']')) {
        Some(colon) => (&text[..colon], &text[colon + 1..]),
        None => (text, ""),
    };
    let is_v6 = host.starts_with('[') && host.ends_with(']');
    let is_name = host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let has_domain = host.trim_matches('.').contains('.');
    (is_v6 || is_name && (has_domain || !in_doubt)) && port.bytes().all(|b| b.is_ascii_digit())
}

/// How much of a path, with the query behind it, is known to be harmless.
fn harmless(path: &str) -> usize {
    let mut at = 0;
    while let Some(rest) = path[at..].strip_prefix('/') {
        let part = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if !part.is_empty() && !WORDS.contains(&part) {
            return at + 1;
        }
        at += 1 + part.len();
    }
    // What is left is a query or a fragment, and its sign is shown.
    at + path[at..].chars().next().map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `#` in the wanted text stands for the digest.
    #[track_caller]
    fn check(text: &str, wanted: &str) {
        let shown = masked(text).into_owned();
        assert_eq!(masked(&shown), shown, "masking twice masks no more");
        let mut plain = shown.clone();
        while let Some(at) = plain.find("****#") {
            plain.replace_range(at..at + 9, "#");
        }
        assert_eq!(plain, wanted, "{shown}");
    }

    /// The keys of services that nobody listed, too.
    #[test]
    fn nothing_behind_a_host_is_shown_but_known_words() {
        let id = "9f1c2d3e-0000-4000-8000-000000000001";
        let teams = "https://acme.webhook.office.com/webhookb2/";
        check(&format!("{teams}{id}@{id}/IncomingWebhook/0123abcd/{id}"), &format!("{teams}#"));
        check(&format!("{teams}{id}@{id}@us-west-2"), &format!("{teams}#@us-west-2"));
        check("https://api.telegram.org/bot123456:AAEh/sendMessage", "https://api.telegram.org/#");
        check(
            "https://hooks.zapier.com/hooks/catch/123456/abc/",
            "https://hooks.zapier.com/hooks/catch/#",
        );
        check("https://ntfy.sh/orders-7", "https://ntfy.sh/#");
        let pager = "https://events.pagerduty.com/integration/";
        check(&format!("{pager}abc123SECRET/enqueue"), &format!("{pager}#"));
        check("https://hooks.slack.com/services/T0/B0/x", "https://hooks.slack.com/services/#");
        check("https://x.io/rds;k=1", "https://x.io/#");
        check("https://x.io/a@b", "https://x.io/#");
        check("https://x.io/in?key=abc&n=1 then", "https://x.io/in?# then");
        check("https://x.io?abc", "https://x.io?#");
        check("https://x.io/rds#abc", "https://x.io/rds##");
        check("https://x.io:8443/k", "https://x.io:8443/#");
        check("https://docs.aws.amazon.com/x?token=1", "https://docs.aws.amazon.com/#");
        for plain in [
            "https://x.io/v1/hook",
            "https://pager.example.com/rds",
            "https://x.io/",
            "https://[::1]:80/",
        ] {
            check(plain, plain);
        }
    }

    #[test]
    fn users_are_hidden_also_where_a_password_ends_a_host() {
        check("a https://me:pw@x.io/hook b", "a https://****@x.io/hook b");
        check("https://token@x.io", "https://****@x.io");
        check("https://me:p:w@d@x.io/", "https://****@x.io/");
        check("https://me:p/w@x.io/rds", "https://#");
        check("https://me:1/w@x.io/rds", "https://#");
        check("https://me:pw@us-west-2", "https://#@us-west-2");
        check("postgres://app:hunter2@db:5432/app", "postgres://****@db:5432/#");
    }

    #[test]
    fn what_stands_around_a_url_stays() {
        let name = "sns-subscription/orders-alerts:https:https://";
        check(&format!("{name}x.io/k: waits"), &format!("{name}x.io/#: waits"));
        check(&format!("{name}x.io/k@us-west-2: waits"), &format!("{name}x.io/#@us-west-2: waits"));
        check(&format!("{name}x.io@us-west-2"), &format!("{name}x.io@us-west-2"));
        check("(https://x.io/k), https://y.io/k.", "(https://x.io/#), https://y.io/#.");
        check("[\"https://x.io/k\", 1]", "[\"https://x.io/#\", 1]");
        check("{\\\"a\\\": \\\"https://x.io/k\\\"}", "{\\\"a\\\": \\\"https://x.io/#\\\"}");
        check("\"https://x.io/k\\u0061bc\"", "\"https://x.io/#\"");
        check("https://x.io/k\\nnext", "https://x.io/#\\nnext");
        check("\u{1b}[1mhttp://me:pw@x.io\u{1b}[0m", "\u{1b}[1mhttp://****@x.io\u{1b}[0m");
        check("alerts:email:oncall@example.com", "alerts:email:oncall@example.com");
        check("https://docs.aws.amazon.com/x.html#a", "https://docs.aws.amazon.com/x.html#a");
        check("no URL: //me:pw@x.io", "no URL: //me:pw@x.io");
        check("write \"https://…/rds\"", "write \"https://…/rds\"");
    }

    /// Stars that keep the length of an excerpt stay as they are.
    #[test]
    fn what_is_in_stars_is_not_masked_again() {
        check("https://**@x.io/services/*******", "https://**@x.io/services/*******");
    }

    #[test]
    fn endpoints_that_differ_look_different() {
        let of =
            |path: &str| masked(&format!("https://hooks.slack.com/services/{path}")).into_owned();
        assert_ne!(of("T0/B0/x"), of("T0/B0/y"));
        let away = of("T0/B0/x@us-west-2");
        assert_eq!(away.strip_suffix("@us-west-2"), Some(of("T0/B0/x").as_str()));
        // The digest of what a password belongs to tells nothing about it.
        let one = masked("https://a:b@x.io/k").into_owned();
        assert_eq!(one, masked("https://a:c@x.io/k"));
    }
}
