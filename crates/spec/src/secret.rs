//! Passwords that somebody wrote into a spec: blanked out before the text goes anywhere.

use std::ops::Range;

/// Words in a key that give away a password in its value.
const WORDS: [&str; 4] = ["password", "passwd", "secret_value", "secret_string"];

/// Keys and PostgreSQL parameters that only say how passwords are treated.
const HARMLESS: [&str; 4] = [
    "client_password",
    "password_encryption",
    "restrict_password_commands",
    "accepted_password_auth_method",
];

/// Whether a key asks for a secret's value.
pub(crate) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace('-', "_");
    let harmless = HARMLESS.iter().any(|name| key.ends_with(name));
    !harmless && WORDS.iter().any(|word| key.contains(word))
}

/// The user and the password in a URL, without the `@` behind them.
pub(crate) fn user_of_url(text: &str) -> Option<Range<usize>> {
    let start = text.find("://")? + 3;
    let rest = &text[start..];
    let end =
        rest.find(|c: char| "/?#\"'\\".contains(c) || c.is_whitespace()).unwrap_or(rest.len());
    let at = rest[..end].rfind('@')?;
    Some(start..start + at)
}

/// The query of a URL, without the `?`, up to the end of the text.
fn query_of_url(text: &str) -> Option<Range<usize>> {
    let start = text.find("://")? + 3;
    Some(start + text[start..].find('?')? + 1..text.len())
}

/// Ends of hosts whose webhooks carry their token in the path.
const WEBHOOKS: [&str; 9] = [
    "hooks.slack.com",
    "discord.com",
    "discordapp.com",
    "webhook.office.com",
    "events.pagerduty.com",
    "api.telegram.org",
    "chat.googleapis.com",
    "hooks.zapier.com",
    "alert.victorops.com",
];

/// Whether whoever sees a URL can use it: a token stands in its query, or in the path of a known
/// webhook.
pub(crate) fn has_token(url: &str) -> bool {
    query_of_url(url).is_some_and(|query| !query.is_empty()) || among(url, &WEBHOOKS).is_some()
}

/// Which of some hosts a URL is of, or of a part of.
pub(crate) fn among<'a>(url: &str, hosts: &[&'a str]) -> Option<&'a str> {
    let place = url.split("://").nth(1).unwrap_or_default();
    let host = place.split([':', '/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let of = |end: &&&str| host == **end || host.ends_with(&format!(".{end}"));
    hosts.iter().find(of).copied()
}

/// A URL as it may be shown: without the user, the password and the query.
pub(crate) fn masked_url(url: &str) -> String {
    let mut url = url.to_string();
    let secret = [query_of_url(&url), user_of_url(&url)];
    secret.into_iter().flatten().for_each(|range| url.replace_range(range, "****"));
    url
}

/// Beginnings of credentials that say by themselves what they are: what they are called, the
/// beginning, and how many letters and digits follow at least
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>,
/// <https://github.blog/engineering/behind-githubs-new-authentication-token-formats/>,
/// <https://api.slack.com/authentication/token-types>).
const TOKENS: [(&str, &str, usize); 14] = [
    ("an AWS access key", "AKIA", 16),
    ("an AWS access key", "ASIA", 16),
    ("a GitHub token", "ghp_", 20),
    ("a GitHub token", "gho_", 20),
    ("a GitHub token", "ghu_", 20),
    ("a GitHub token", "ghs_", 20),
    ("a GitHub token", "ghr_", 20),
    ("a GitHub token", "github_pat_", 20),
    ("a Slack token", "xoxb-", 10),
    ("a Slack token", "xoxp-", 10),
    ("a Slack token", "xoxa-", 10),
    ("a Slack token", "xapp-", 10),
    ("a Slack webhook", "hooks.slack.com/services/", 1),
    ("a Slack webhook", "hooks.slack.com/workflows/", 1),
];
/// What a private key begins with.
const PEM: &str = "-----BEGIN ";

/// Credentials that say by themselves what they are, and where they stand in a text.
fn tokens(text: &str) -> Vec<(&'static str, Range<usize>)> {
    let mut found = Vec::new();
    for (kind, start, least) in TOKENS {
        for (at, _) in text.match_indices(start) {
            let rest = &text[at + start.len()..];
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/');
            let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let begins = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
            if begins && length >= least {
                found.push((kind, at + start.len()..at + start.len() + length));
            }
        }
    }
    for (at, _) in text.match_indices(PEM) {
        let start = at + PEM.len();
        let rest = &text[start..];
        let end = rest.find("-----END").unwrap_or(rest.len());
        found.push(("a PEM block", start..start + end));
    }
    found
}

/// What kind of credential a text holds.
pub(crate) fn credential(text: &str) -> Option<&'static str> {
    let user = user_of_url(text).filter(|user| text[user.clone()].contains(':'));
    let token = tokens(text).into_iter().map(|(kind, _)| kind).next();
    token.or(user.map(|_| "a password"))
}

/// A text as it may be shown: without credentials.
pub(crate) fn masked(text: &str) -> String {
    let mut hide: Vec<Range<usize>> = tokens(text).into_iter().map(|(_, place)| place).collect();
    hide.extend(users_of_urls(text));
    hide.sort_by_key(|place| std::cmp::Reverse(place.start));
    let mut text = text.to_string();
    let mut before = text.len();
    for place in hide.into_iter().filter(|place| !place.is_empty()) {
        let end = place.end.min(before);
        if place.start < end {
            text.replace_range(place.start..end, "****");
            before = place.start;
        }
    }
    text
}

/// Where users and passwords of URLs stand in a text.
fn users_of_urls(text: &str) -> Vec<Range<usize>> {
    let urls = text.match_indices("://").map(|(at, _)| at);
    let user = |at: usize| user_of_url(&text[at..]).map(|user| at + user.start..at + user.end);
    urls.filter_map(user).collect()
}

/// The text with the value of every such key, and every user and password in a URL, blanked
/// out, byte for byte, so that spans stay right. It reads lines rather than TOML, because the text may not be TOML.
pub(crate) fn blank_out(text: &str) -> String {
    let mut hide = users_of_urls(text);
    hide.extend(tokens(text).into_iter().map(|(_, place)| place));
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(value) = secret_value(line) {
            hide.push(start + value..end_of_value(text, start + value));
        }
        start += line.len();
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in hide {
        bytes[range].iter_mut().filter(|b| !matches!(**b, b'\n' | b'\r')).for_each(|b| *b = b'*');
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Where the value begins on a line that gives a secret.
fn secret_value(line: &str) -> Option<usize> {
    line.match_indices('=').find_map(|(at, _)| {
        let key = line[..at].trim_end().trim_end_matches(['"', '\'']);
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let key = key.rsplit(|c| !part(c)).next().unwrap_or(key);
        is_secret(key).then_some(at + 1)
    })
}

/// The end of the line, or of the multi-line string that begins on it.
fn end_of_value(text: &str, value: usize) -> usize {
    let rest = &text[value..];
    let line = rest.find('\n').unwrap_or(rest.len());
    let lead = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    for quote in ["\"\"\"", "'''"] {
        if let Some(body) = rest[lead..].strip_prefix(quote) {
            let end = body.find(quote).map_or(rest.len(), |at| lead + 3 + at + 3);
            return value + end.max(line);
        }
    }
    value + line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_hidden(text: &str) {
        let blank = blank_out(text);
        assert!(!blank.contains("hunter2"), "{blank}");
        assert_eq!(blank.len(), text.len());
        assert!(blank.contains("kept"), "{blank}");
    }

    #[test]
    fn passwords_are_blanked_out_wherever_they_stand() {
        check_hidden("password = \"hunter2\"\nkept = 1\n");
        check_hidden("kept = 1\nc = { master_password = 'hunter2' }");
        check_hidden("\"Password\" = hunter2 oh\nkept");
        check_hidden("password = \"\"\"\nhunter2\n\"\"\"\nkept = 1\n");
        check_hidden("kept\npassword = '''\nhunter2");
        check_hidden("kept\npassword = \"hünter hunter2\"");
    }

    #[track_caller]
    fn check_blanked(text: &str, wanted: &str) {
        assert_eq!(blank_out(text), wanted);
    }

    /// The value goes, byte for byte, and nothing else does.
    #[test]
    fn only_the_value_is_blanked_out() {
        check_blanked("a = 1\npassword = \"x\"\nb = 2\n", "a = 1\npassword =****\nb = 2\n");
        check_blanked("passwd=1\r\nsecret_value=2\r\n", "passwd=*\r\nsecret_value=*\r\n");
        check_blanked("[a]\nb.master-password = 'é' # c", "[a]\nb.master-password =*********");
        check_blanked("a = { \"secret_string\" = 1 }", "a = { \"secret_string\" =****");
        // What looks like a key may be the value of one before.
        check_blanked("a = \"b=c\"\n", "a = \"b=c\"\n");
    }

    #[test]
    fn long_texts_are_blanked_out_to_their_end() {
        check_blanked(
            "password = \"\"\"\nab\n\"\"\" # c\nd = 1\n",
            "password =****\n**\n*** # c\nd = 1\n",
        );
        check_blanked("password =\t'''a''' # b\nc = 1\n", "password =************\nc = 1\n");
        check_blanked("password='''\na'''\nb = 1\n", "password=***\n****\nb = 1\n");
        check_blanked("password  =  '''\na'''\nb", "password  =*****\n****\nb");
        // An end that is missing is the end of the text.
        check_blanked("a = 1\npassword = '''\nb\nc = 1\n", "a = 1\npassword =****\n*\n*****\n");
    }

    #[test]
    fn users_and_passwords_of_urls_are_blanked_out() {
        check_blanked("a = \"https://u:p@h/x\" # y@z\n", "a = \"https://***@h/x\" # y@z\n");
        check_blanked("a = \"https://h/x@y\"\n", "a = \"https://h/x@y\"\n");
        check_blanked("a = \"http://p@q@h\"", "a = \"http://***@h\"");
        check_blanked("a = 'https://u:é@h' b = \"a@b.c\"", "a = 'https://****@h' b = \"a@b.c\"");
    }

    #[test]
    fn credentials_are_known_by_what_they_begin_with() {
        for (text, kind) in [
            ("postgres://app:hunter2@db/x", "a password"),
            ("key AKIAIOSFODNN7EXAMPLE", "an AWS access key"),
            ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "a GitHub token"),
            ("https://hooks.slack.com/services/T0/B0/abc", "a Slack webhook"),
            ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "a PEM block"),
        ] {
            assert_eq!(credential(text), Some(kind), "{text}");
        }
        for text in ["AKIA", "MAKIAIOSFODNN7EXAMPLE", "ghp_short", "arn:aws:sns:x:1:a", "a@b.c"] {
            assert_eq!(credential(text), None, "{text}");
            assert_eq!(masked(text), text);
        }
        assert_eq!(masked("`AKIAIOSFODNN7EXAMPLE` is no"), "`AKIA****` is no");
        assert_eq!(masked("postgres://app:hunter2@db/x"), "postgres://****@db/x");
        check_blanked("a = \"AKIAIOSFODNN7EXAMPLE\" # b\n", "a = \"AKIA****************\" # b\n");
    }

    #[test]
    fn urls_are_shown_without_what_gives_access() {
        assert_eq!(masked_url("https://u:p@h/x?key=1#f"), "https://****@h/x?****");
        assert_eq!(masked_url("https://h/x"), "https://h/x");
        assert_eq!(masked_url("u:p@h"), "u:p@h");
        for url in [
            "https://h/x?api_key=1",
            "https://hooks.slack.com/services/T/B/x",
            "https://x.webhook.office.com/w",
        ] {
            assert!(has_token(url), "{url}");
        }
        for url in [
            "https://pager.example.com/rds",
            "https://h/x?",
            "https://nothooks.slack.com.example/x",
        ] {
            assert!(!has_token(url), "{url}");
        }
    }

    #[test]
    fn a_key_asks_for_a_secret_or_says_how_it_is_treated() {
        for key in ["password", "Master-Password", "db_passwd", "secret_value", "secret_string"] {
            assert!(is_secret(key), "{key}");
        }
        for key in ["client_password", "rds.restrict_password_commands", "secrets", "username"] {
            assert!(!is_secret(key), "{key}");
        }
    }

    #[test]
    fn other_keys_are_left_alone() {
        let text = "client_password = \"scram\"\nsecrets = [\"arn\"]\n\"rds.restrict_password_commands\" = 1\npassword_encryption = \"md5\"\n";
        assert_eq!(blank_out(text), text);
    }
}
