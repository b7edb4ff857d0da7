//! Credentials in URLs, hidden before a text leaves pgha.
//!
//! A subscription's https endpoint is a part of its address, and may carry a user name with a
//! password, or a token in its query. SNS itself shows the first as `user:****@host`
//! (<https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html>, and what
//! ListSubscriptionsByTopic returns). Plans, progress, reports, JSON and the journal show both
//! like that.

use std::borrow::Cow;

const MASK: &str = "****";

/// The text with the password and the query's values of every URL in it masked.
pub fn masked(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, url) = rest.split_at(at + "://".len());
        let (url, after) = url.split_at(url.find(ends).unwrap_or(url.len()));
        masked += before;
        masked += &of_url(url);
        rest = after;
    }
    match masked.is_empty() {
        true => text.into(),
        false => (masked + rest).into(),
    }
}

/// What stands around a URL in a text, in JSON, or in a coloured one.
fn ends(character: char) -> bool {
    character.is_whitespace() || character.is_control() || "\"'`<>\\".contains(character)
}

/// A URL behind its scheme.
fn of_url(url: &str) -> String {
    let (authority, path) = url.split_at(url.find(['/', '?', '#']).unwrap_or(url.len()));
    let host = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{user}:{MASK}@{host}"),
            None => format!("{MASK}@{host}"),
        },
        None => authority.to_string(),
    };
    match path.split_once('?') {
        Some((path, query)) => format!("{host}{}?{}", of_path(&host, path), of_query(query)),
        None => format!("{host}{}", of_path(&host, path)),
    }
}

/// Hosts whose paths are no secrets: what pgha itself cites.
const PUBLIC: [&str; 2] = ["docs.aws.amazon.com", "github.com"];

/// Hosts of chats, whose webhooks are known by a path that nobody else may know
/// (<https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/>).
const CHATS: [&str; 5] = [
    "hooks.slack.com",
    "discord.com",
    "chat.googleapis.com",
    "webhook.office.com",
    "api.telegram.org",
];

/// A path whose parts that look like keys are masked: a webhook is known by nothing else.
fn of_path(host: &str, path: &str) -> String {
    if PUBLIC.contains(&host) {
        return path.to_string();
    }
    let chat = CHATS.iter().any(|chat| host == *chat || host.ends_with(&format!(".{chat}")));
    let (path, region) = match path.rsplit_once('@') {
        Some((path, region)) => (path, format!("@{region}")),
        None => (path, String::new()),
    };
    let part =
        |(at, part): (usize, &str)| match is_key(part) || (chat && at > 1 && !part.is_empty()) {
            true => MASK.to_string(),
            false => part.to_string(),
        };
    let parts: Vec<String> = path.split('/').enumerate().map(part).collect();
    parts.join("/") + &region
}

/// Long, of letters and digits in no order that a person would choose.
fn is_key(part: &str) -> bool {
    let of = |fits: fn(&char) -> bool| part.chars().filter(fits).count();
    let (letters, digits) = (of(char::is_ascii_alphabetic), of(char::is_ascii_digit));
    let is_hex = part.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let is_word = letters + digits == part.len();
    part.len() >= 16 && digits > 0 && letters > 0 && (is_hex || is_word)
}

/// `a=1&b=2` as `a=****&b=****`; the region behind an address stays.
fn of_query(query: &str) -> String {
    let (query, region) = query.split_at(query.rfind('@').unwrap_or(query.len()));
    let hidden = |part: &str| match part.split_once('=') {
        Some((name, _)) => format!("{name}={MASK}"),
        None => MASK.to_string(),
    };
    let parts: Vec<String> = query.split('&').map(hidden).collect();
    let is_region = region.strip_prefix('@').is_some_and(|region| {
        region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    });
    parts.join("&") + if is_region { region } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str) {
        assert_eq!(masked(text), shown);
        assert_eq!(masked(shown), shown, "masking twice masks no more");
    }

    #[test]
    fn passwords_and_tokens_are_hidden_wherever_a_url_stands() {
        check("a https://me:pw@x.io/hook b", "a https://me:****@x.io/hook b");
        check("https://token@x.io", "https://****@x.io");
        check("https://me:p:w@d@x.io/", "https://me:****@x.io/");
        check("[\"https://me:pw@x.io\", 1]", "[\"https://me:****@x.io\", 1]");
        check("\u{1b}[1mhttp://me:pw@x.io\u{1b}[0m", "\u{1b}[1mhttp://me:****@x.io\u{1b}[0m");
        check("https://x.io/in?key=abc&n=1 then", "https://x.io/in?key=****&n=**** then");
        check("https://x.io?abc", "https://x.io?****");
        check("https://a:b@x.io https://c:d@y.io", "https://a:****@x.io https://c:****@y.io");
    }

    #[test]
    fn keys_in_paths_are_hidden() {
        let slack = "https://hooks.slack.com/services";
        check(&format!("{slack}/T0001/B0001/xyzxyz"), &format!("{slack}/****/****/****"));
        let pager = "https://events.pagerduty.com/integration";
        let key = "0123456789abcdef0123456789abcdef";
        check(&format!("{pager}/{key}/enqueue"), &format!("{pager}/****/enqueue"));
        check(
            &format!("a:https:{pager}/{key}@us-west-2 b"),
            &format!("a:https:{pager}/****@us-west-2 b"),
        );
        let id = "9f1c2d3e-0000-4000-8000-000000000001";
        check(&format!("https://x.io/{id}"), "https://x.io/****");
        for plain in ["https://x.io/alarms/database-production-2026", "https://x.io/v1/hook"] {
            check(plain, plain);
        }
        let fact = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP2Storage0000000";
        check(fact, fact);
    }

    #[test]
    fn the_rest_of_an_address_stays() {
        let name = "sns-subscription/orders-alerts:https:https://";
        check(&format!("{name}me:pw@x.io/@us-west-2"), &format!("{name}me:****@x.io/@us-west-2"));
        check(&format!("{name}x.io/?t=a@us-west-2"), &format!("{name}x.io/?t=****@us-west-2"));
        check("alerts:email:oncall@example.com", "alerts:email:oncall@example.com");
        check("https://docs.aws.amazon.com/x.html#a", "https://docs.aws.amazon.com/x.html#a");
        check("no URL: //me:pw@x.io", "no URL: //me:pw@x.io");
    }
}
