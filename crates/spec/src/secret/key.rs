//! Which keys give away a secret in their values.

use crate::foreign::snake;

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asks {
    /// Nothing secret.
    Nothing,
    /// How secrets are treated, or which: the value is one only if it looks like one.
    About,
    /// The value of a secret.
    Value,
}

/// Nouns for what is secret.
const NOUNS: [&str; 19] = [
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passcode",
    "passwort",
    "pwd",
    "pass",
    "secret",
    "secrets",
    "token",
    "tokens",
    "credential",
    "credentials",
    "apikey",
    "bearer",
    "authorization",
    "pgpassword",
    "masterpassword",
];

/// What a key is that is secret: `api_key` and not `kms_key`.
const KEYS: [&str; 12] = [
    "access",
    "api",
    "account",
    "auth",
    "encryption",
    "integration",
    "private",
    "routing",
    "secret",
    "service",
    "shared",
    "signing",
];

/// What may follow such a noun in the name of its value; whatever else follows says something about
/// the secret.
const VALUES: [&str; 30] = [
    "value",
    "values",
    "string",
    "text",
    "plain",
    "plaintext",
    "cleartext",
    "data",
    "content",
    "base64",
    "b64",
    "hash",
    "key",
    "keys",
    "access",
    "new",
    "old",
    "current",
    "previous",
    "main",
    "prod",
    "production",
    "staging",
    "stage",
    "dev",
    "development",
    "test",
    "admin",
    "app",
    "user",
];

/// What is done with a secret, in the name of a switch or of a number.
const VERBS: [&str; 18] = [
    "manage", "managed", "rotate", "generate", "random", "require", "required", "enable",
    "enabled", "ignore", "allow", "accepted", "restrict", "reset", "use", "has", "is", "no",
];

/// Names of keys and of PostgreSQL's parameters that only sound like it: what they take is a few
/// words.
const HARMLESS: [&str; 3] = ["client_password", "secrets", "credentials"];

/// Parts of words without which no key is about a secret.
const STEMS: [&str; 8] =
    ["pass", "pwd", "secret", "token", "credential", "key", "bearer", "authorization"];

/// What a key asks for, however it is spelled.
pub(crate) fn asks(key: &str) -> Asks {
    // Most keys are told by a look, and a text has thousands.
    let plain = key.to_ascii_lowercase();
    if !STEMS.iter().any(|stem| plain.contains(stem)) {
        return Asks::Nothing;
    }
    let words = snake(key);
    if HARMLESS.contains(&words.as_str()) {
        return Asks::About;
    }
    let words: Vec<&str> = words.split(['_', '.', ' ']).filter(|word| !word.is_empty()).collect();
    let is_noun = |at: &usize| {
        let follows = |noun: &str| words.get(*at + 1) == Some(&noun);
        let word = words[*at].trim_end_matches(|c: char| c.is_ascii_digit());
        let is_one = NOUNS.contains(&word) || word.ends_with("password");
        is_one || (KEYS.contains(&words[*at]) && (follows("key") || follows("keys")))
    };
    let Some(noun) = (0..words.len()).find(is_noun) else { return Asks::Nothing };
    let is_value = |word: &&str| {
        VALUES.contains(word) || NOUNS.contains(word) || word.bytes().all(|b| b.is_ascii_digit())
    };
    let is_treated = words[..noun].iter().any(|word| VERBS.contains(word));
    match words[noun + 1..].iter().all(is_value) && !is_treated {
        true => Asks::Value,
        false => Asks::About,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_asks_for_a_secret_or_says_how_it_is_treated() {
        for key in [
            "password",
            "Password",
            "PASSWORD",
            "master_password",
            "Master-Password",
            "db_passwd",
            "MasterUserPassword",
            "--master-user-password",
            "password_prod",
            "password2",
            "password_value",
            "secret",
            "secret_value",
            "secret_string",
            "secretString",
            "pwd",
            "PGPASSWORD",
            "dbpassword",
            "passphrase",
            "token",
            "auth_token",
            "api_key",
            "apiKey",
            "aws_secret_access_key",
            "secret_key",
            "access_key",
            "private_key",
            "routing_key",
            "integration_key",
            "db_pass",
            "passwords",
            "client_secret",
            "aws_session_token",
            "rds.password",
            "authorization",
        ] {
            assert_eq!(asks(key), Asks::Value, "{key}");
        }
        for key in [
            "client_password",
            "rds.restrict_password_commands",
            "secrets",
            "password_rotation",
            "password_length",
            "password_encryption",
            "password_policy",
            "manage_master_user_password",
            "rds.accepted_password_auth_method",
            "secret_arn",
            "secret_name",
            "secrets_kms_keys",
            "master_user_secret_kms_key_id",
            "token_ttl",
            "rotate_password",
            "credentials",
            "password_expires",
            "random_password",
            "client_password_auth_type",
            "api_key_id",
        ] {
            assert_eq!(asks(key), Asks::About, "{key}");
        }
        for key in ["username", "kms_key", "key", "bypass", "compass", "name", "keys", "tokenizer"]
        {
            assert_eq!(asks(key), Asks::Nothing, "{key}");
        }
    }
}
