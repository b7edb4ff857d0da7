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

/// The text with the value of every such key blanked out, byte for byte, so that spans stay
/// right. It reads lines rather than TOML, because the text may not be TOML.
pub(crate) fn blank_out(text: &str) -> String {
    let mut hide: Vec<Range<usize>> = Vec::new();
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
