//! Passwords that somebody wrote into a spec: blanked out before the text goes anywhere.
//!
//! Only what may be a secret is: the value of a key that asks for one, what looks like one below a
//! key that is about them, credentials that say by themselves what they are, and what may be a key
//! in a URL. Words, ARNs, numbers of days and the like stay readable, as do the keys themselves.

mod key;
mod place;

use std::ops::Range;
use std::sync::LazyLock;

use pgha_resource::endpoint;
use toml::de::DeValue;

use crate::stand_in;
use key::Asks;

/// Whether a key asks for a secret's value.
pub(crate) fn is_secret(key: &str) -> bool {
    key::asks(key) == Asks::Value
}

/// Whether a value below a key that asks for a secret is one: a switch or an ARN is not.
pub(crate) fn is_value(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Boolean(_) => false,
        DeValue::String(text) => !place::is_harmless(text),
        _ => true,
    }
}

/// The user and the password in the first URL of a text, without the `@` behind them.
pub(crate) fn user_of_url(text: &str) -> Option<Range<usize>> {
    endpoint::hidden(text).into_iter().next().and_then(|hidden| hidden.user)
}

/// Which of some hosts a URL is of, or of a part of.
pub(crate) fn among<'a>(url: &str, hosts: &[&'a str]) -> Option<&'a str> {
    let place = url.split("://").nth(1).unwrap_or_default();
    let host = place.split([':', '/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let of = |end: &&&str| host == **end || host.ends_with(&format!(".{end}"));
    hosts.iter().find(of).copied()
}

/// Beginnings of credentials that say by themselves what they are: what they are called, the
/// beginning, and how many letters and digits follow at least
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>,
/// <https://github.blog/engineering/behind-githubs-new-authentication-token-formats/>,
/// <https://api.slack.com/authentication/token-types>).
const TOKENS: [(&str, &str, usize); 22] = [
    ("an AWS access key", "AKIA", 16),
    ("an AWS access key", "ASIA", 16),
    ("a GitHub token", "ghp_", 20),
    ("a GitHub token", "gho_", 20),
    ("a GitHub token", "ghu_", 20),
    ("a GitHub token", "ghs_", 20),
    ("a GitHub token", "ghr_", 20),
    ("a GitHub token", "github_pat_", 20),
    ("a GitLab token", "glpat-", 20),
    ("a Google key", "AIza", 35),
    ("a Stripe key", "sk_live_", 16),
    ("a Stripe key", "rk_live_", 16),
    ("an npm token", "npm_", 36),
    ("a JSON web token", "eyJ", 30),
    ("a Slack token", "xoxb-", 10),
    ("a Slack token", "xoxp-", 10),
    ("a Slack token", "xoxa-", 10),
    ("a Slack token", "xoxe-", 10),
    ("a Slack token", "xoxs-", 10),
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
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
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

/// What a spec holds that no message about it may repeat: whatever is blanked out of its text.
///
/// Messages quote values in many places. So they are all masked at the one where they leave this
/// crate, by the text that the values come from.
pub(crate) struct Secrets(Vec<String>);

/// Shorter texts are in every other message by chance.
const LEAST: usize = 4;

/// Words of the language: messages say them whatever the spec holds, so that they hide nothing,
/// and what is missing among them would tell which of them the password is.
static LANGUAGE: LazyLock<Vec<&'static str>> = LazyLock::new(stand_in::words);

impl Secrets {
    pub(crate) fn of(text: &str) -> Self {
        let mut pieces: Vec<String> = Vec::new();
        for place in hidden(text) {
            let piece = &text[place];
            let ends = |c: char| c.is_whitespace() || ",]}".contains(c);
            let parts = piece.split(['"', '\'', '\n', '\r']).map(|part| part.trim_matches(ends));
            pieces.extend(parts.map(String::from));
            // Messages show it as it is read, without its escapes.
            let read = DeValue::parse(piece.trim());
            let read = read.as_ref().ok().and_then(|value| value.get_ref().as_str());
            pieces.extend(read.into_iter().flat_map(str::lines).map(String::from));
        }
        pieces.retain(|piece| piece.len() >= LEAST && !LANGUAGE.contains(&piece.as_str()));
        // The longest first: what holds another is hidden as a whole.
        pieces.sort_unstable_by(|one, other| (other.len(), one).cmp(&(one.len(), other)));
        pieces.dedup();
        Self(pieces)
    }

    /// A message as it may be shown.
    pub(crate) fn masked(&self, text: &str) -> String {
        let text = masked(text);
        self.0.iter().fold(text, |text, piece| without(&text, piece))
    }
}

/// A text without a piece, where the piece is no part of a longer word.
fn without(text: &str, piece: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric();
    let mut masked = String::new();
    let mut from = 0;
    for (at, _) in text.match_indices(piece) {
        let end = at + piece.len();
        if !text[..at].ends_with(is_part) && !text[end..].starts_with(is_part) {
            masked += &text[from..at];
            masked += "****";
            from = end;
        }
    }
    masked + &text[from..]
}

/// A text as it may be shown: without credentials.
fn masked(text: &str) -> String {
    let mut text = endpoint::masked(text).into_owned();
    let mut hide: Vec<Range<usize>> = tokens(&text).into_iter().map(|(_, place)| place).collect();
    hide.extend(quoted_secrets(&text));
    hide.sort_by_key(|place| std::cmp::Reverse(place.start));
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

/// Where the values of `password=hunter2` stand in a message, up to the end of what it quotes.
fn quoted_secrets(text: &str) -> Vec<Range<usize>> {
    let equals = text.match_indices('=').map(|(at, _)| at);
    equals
        .filter(|at| is_secret(place::key_before(&text[..*at])))
        .map(|at| {
            let lead = text[at + 1..].len() - text[at + 1..].trim_start().len();
            let start = at + 1 + lead;
            let is_quoted = text[..at].matches('`').count() % 2 == 1;
            let ends = |c: char| c == '`' || (!is_quoted && (c.is_whitespace() || c == '"'));
            start..start + text[start..].find(ends).unwrap_or(text.len() - start)
        })
        .filter(|value| !place::is_harmless(&text[value.clone()]))
        .collect()
}

/// What is blanked out of a text.
fn hidden(text: &str) -> Vec<Range<usize>> {
    let urls = endpoint::hidden(text).into_iter();
    let mut hide: Vec<_> = urls.flat_map(|url| [url.user, url.rest]).flatten().collect();
    hide.extend(tokens(text).into_iter().map(|(_, place)| place));
    hide.extend(place::values(text));
    hide
}

/// The text with the value of every such key, and what is hidden of every URL, blanked out, byte
/// for byte, so that spans stay right. It reads lines rather than TOML, because the text may not
/// be TOML.
pub(crate) fn blank_out(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for range in hidden(text) {
        bytes[range].iter_mut().filter(|b| !matches!(**b, b'\n' | b'\r')).for_each(|b| *b = b'*');
    }
    String::from_utf8(bytes).unwrap_or_default()
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
        check_blanked("a = 1\npassword = \"x\"\nb = 2\n", "a = 1\npassword = ***\nb = 2\n");
        check_blanked("passwd=1\r\nsecret_value=2\r\n", "passwd=*\r\nsecret_value=*\r\n");
        check_blanked("[a]\nb.master-password = 'é' # c", "[a]\nb.master-password = **** # c");
        check_blanked("a = { \"secret_string\" = 1 }", "a = { \"secret_string\" = * }");
        check_blanked(
            "a = { password = \"x\", region = \"us-east-1\" } # db.r6g.large",
            "a = { password = ***, region = \"us-east-1\" } # db.r6g.large",
        );
        // What looks like a key may be the value of one before.
        check_blanked("a = \"b=c\"\n", "a = \"b=c\"\n");
        // What is behind a value that ends nowhere may be a part of it.
        check_blanked("password = \"a\"b\" # c\nd = 1", "password = *********\nd = 1");
        check_blanked("password = a b # c\nd = 1", "password = *******\nd = 1");
        check_blanked("password = \"a\\\"b\", c = 1", "password = ******, c = 1");
    }

    #[test]
    fn long_texts_are_blanked_out_to_their_end() {
        check_blanked(
            "password = \"\"\"\nab\n\"\"\" # c\nd = 1\n",
            "password = ***\n**\n*** # c\nd = 1\n",
        );
        check_blanked("password =\t'''a''' # b\nc = 1\n", "password =\t******* # b\nc = 1\n");
        check_blanked("password='''\na'''\nb = 1\n", "password=***\n****\nb = 1\n");
        // An end that is missing is the end of the text.
        check_blanked("a = 1\npassword = '''\nb\nc = 1\n", "a = 1\npassword = ***\n*\n*****\n");
        check_blanked(
            "passwords = [\n\"a\", # ]\n\"b\"]\nc = 1",
            "passwords = *\n********\n****\nc = 1",
        );
        check_blanked("passwords = [\n\"a\"\nc = 1\n", "passwords = *\n***\nc = 1\n");
    }

    /// Whatever shape it has: hunter2 is hidden, and what is kept is not.
    #[test]
    fn a_secret_is_hidden_in_any_shape() {
        for text in [
            "secret = \"hunter2\"\nkept = 1",
            "api_key = \"hunter2\" # kept",
            "routing_key: hunter2\nkept",
            "\"password\": \"hunter2\", \"kept\": 1",
            "  MasterUserPassword: hunter2\n  kept: 1",
            "password:hunter2\nkept",
            "password hunter2\nkept",
            "password \"hunter2\"\nkept",
            "--master-user-password hunter2\nkept",
            "aws rds create --master-user-password hunter2\nkept",
            "kept = 1\n# password = \"hunter2\"",
            "kept = 1\n# old password: hunter2",
            "[passwords]\napp = \"hunter2\"\n[a]\nb = \"kept\"",
            "[credentials.password]\nvalue = \"hunter2\"\n[a]\nb = \"kept\"",
            "[secrets]\napp = \"hunter2\" # kept",
            "password.value = \"hunter2\"\nkept = 1",
            "password = { value = \"hunter2\" } # kept",
            "passwords = [\n  \"a\",\n  \"hunter2\",\n]\nkept = 1",
            "init_query = \"SET password = 'hunter2'\" # kept",
            "init_query = \"ALTER ROLE a PASSWORD 'hunter2'\"\nkept",
            "dsn = \"host=kept password=hunter2\"",
            "dsn = \"host=kept password=hunter2 user=a\"",
            "secret_arn = \"hunter2hunter2HUNTER2\"\nkept",
            "password_hint = \"hunter2hunter2HUNTER2\" # kept",
            "secrets = [\"hunter2hunter2HUNTER2\"] # kept",
            "token = \"eyJhbGciOiJIUzI1NiJ9.hunter2.hunter2hunter2\"\nkept",
            "tags = { a = \"glpat-hunter2hunter2hunter2\" } # kept",
            "PASSWORD = hunter2\nkept",
            "PGPASSWORD=hunter2 psql\nkept",
            "variable \"db_password\" { kept = 1 }\npassword = \"hunter2\"\nkept",
        ] {
            check_hidden(text);
        }
    }

    /// What nobody has to hide is read as it is written.
    #[test]
    fn words_about_secrets_stay_readable() {
        for text in [
            "password_rotation = 30",
            "password_rotation = \"30 days\"",
            "rotation = { days = 30, function = \"arn:aws:lambda:us-east-1:123456789012:function:rotate\" }",
            "manage_master_user_password = true",
            "client_password = \"scram\"\nsecrets = [\"arn\"]\n\"rds.restrict_password_commands\" = 1\npassword_encryption = \"md5\"",
            "secrets = [\"arn:aws:secretsmanager:us-east-1:123456789012:secret:orders/app-AbCdEf\"]",
            "secret = \"arn:aws:secretsmanager:us-east-1:123456789012:secret:orders/app-AbCdEf\"",
            "secret_name = \"prod/orders/master\"",
            "secrets_kms_keys = [\"arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000001\"]",
            "kms_key = \"arn:aws:kms:us-east-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef\"",
            "vpc = \"vpc-0123456789abcdef0\"",
            "region = \"us-east-1\" # the password is kept by pgha",
            "[credentials]\nusername = \"dbadmin\"\nmanage = \"pgha\"",
            "auth = \"secrets\"",
            "class = \"db.r6g.large\"",
            "description = \"passwords are in the wiki\"",
            "log_line_prefix = \"%t:%r:%u@%d:[%p]:\"",
            "threshold = 268435456",
            "password = true",
            "password = \"\"",
        ] {
            assert_eq!(blank_out(text), text);
            assert_eq!(masked(text), text.to_string());
        }
    }

    /// Hiding a word of the language would tell which it is.
    #[test]
    fn words_of_the_language_stay_in_messages() {
        let secrets = Secrets::of("password = \"retention\"\ntoken = \"multi-az-instance\"\n");
        let message = "there is: `retention`; write \"multi-az-instance\"";
        assert_eq!(secrets.masked(message), message);
    }

    /// Messages show a text without its escapes.
    #[test]
    fn what_is_read_of_a_secret_is_hidden_too() {
        let secrets = Secrets::of("password = \"hunt\\u0065r2\"\n");
        assert_eq!(secrets.masked("not `hunter2`"), "not `****`");
    }

    #[test]
    fn users_and_passwords_of_urls_are_blanked_out() {
        check_blanked("a = \"https://u:p@h/in\" # y@z\n", "a = \"https://***@h/in\" # y@z\n");
        check_blanked("a = \"https://h.io/in/x@y\"\n", "a = \"https://h.io/in/***\"\n");
        check_blanked("a = \"https://h.io/in?x=y\"\n", "a = \"https://h.io/in?***\"\n");
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
        assert_eq!(masked("postgres://app:hunter2@db/rds"), "postgres://****@db/rds");
        check_blanked("a = \"AKIAIOSFODNN7EXAMPLE\" # b\n", "a = \"AKIA****************\" # b\n");
    }

    /// No message repeats what the excerpt below it hides.
    #[test]
    fn messages_do_not_repeat_what_is_blanked_out() {
        let text =
            "\"rds.force_ssl\" = \"password=hunter2\"\npassword = 'swordfish' # why\nb = 1\n";
        let secrets = Secrets::of(text);
        for (message, shown) in [
            ("on or off, not `password=hunter2`", "on or off, not `password=****`"),
            ("not `hunter2`, b", "not `****`, b"),
            ("hunter22", "hunter22"),
            ("`swordfish` is no", "`****` is no"),
            // Escapes stand in the text, and not in what is made of it.
            ("not `password=other words`", "not `password=****`"),
            ("write `password_encryption = md5`", "write `password_encryption = md5`"),
        ] {
            assert_eq!(secrets.masked(message), shown);
        }
    }
}
