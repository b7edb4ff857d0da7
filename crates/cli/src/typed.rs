//! A whole command to be typed next, with the flags that this one was given.

use std::fmt;
use std::fmt::Write as _;
use std::path::Path;

use pgha_planner::Intent;
use pgha_resource::Disruption;

use crate::args;
use crate::args::Global;

/// A command with all its flags in one.
#[derive(Debug, Clone)]
pub struct Typed {
    words: String,
    limit: Option<Disruption>,
}

impl Typed {
    /// `pgha COMMAND` about the same spec and account. What the environment says is left to it.
    pub fn new(command: &str, global: &Global) -> Self {
        Self::with(command, global, |name| std::env::var_os(name).is_some())
    }

    /// `pgha COMMAND` alone.
    #[cfg(test)]
    pub fn bare(command: &str) -> Self {
        Self::begun(command)
    }

    fn begun(command: &str) -> Self {
        Self { words: format!("pgha {command}"), limit: None }
    }

    /// A command about the same spec that looks at no account.
    pub fn offline(command: &str, global: &Global) -> Self {
        Self::begun(command).file(global, |name| std::env::var_os(name).is_some())
    }

    fn file(self, global: &Global, in_environment: impl Fn(&str) -> bool) -> Self {
        match global.file != "cluster.toml" && !in_environment("PGHA_FILE") {
            true => self.value("--file", &global.file),
            false => self,
        }
    }

    fn with(command: &str, global: &Global, in_environment: impl Fn(&str) -> bool) -> Self {
        let mut typed = Self::begun(command).file(global, &in_environment);
        let given = |name: &str| !in_environment(name);
        if let Some(path) = global.sandbox.as_deref().filter(|_| given("PGHA_SANDBOX")) {
            typed = match path == Path::new(args::SANDBOX) {
                true => typed.flag("--sandbox"),
                false => typed.flag(&format!("--sandbox={}", quoted(&path.to_string_lossy()))),
            };
        }
        if let Some(url) = global.endpoint_url.as_deref().filter(|_| given("PGHA_ENDPOINT_URL")) {
            typed = typed.value("--endpoint-url", url);
        }
        if let Some(profile) = global.profile.as_deref().filter(|_| given("PGHA_PROFILE")) {
            typed = typed.value("--profile", profile);
        }
        typed
    }

    /// Adds a word as it is.
    pub fn flag(mut self, flag: &str) -> Self {
        let _ = write!(self.words, " {flag}");
        self
    }

    /// Adds a word where it is due.
    pub fn flag_if(self, due: bool, flag: &str) -> Self {
        if due { self.flag(flag) } else { self }
    }

    /// Adds a word, quoted for a shell where that is necessary.
    pub fn word(self, word: &str) -> Self {
        let word = quoted(word);
        self.flag(&word)
    }

    /// Adds a flag with its value, quoted for a shell where that is necessary.
    pub fn value(self, flag: &str, value: &str) -> Self {
        self.flag(flag).word(value)
    }

    /// Adds what the user allows and wants now.
    pub fn intent(self, intent: &Intent) -> Self {
        let allowed = intent.allow.iter().map(|word| ("--allow", word.to_string()));
        let now = intent.now.iter().map(|address| ("--now", address.to_string()));
        allowed.chain(now).fold(self, |typed, (flag, value)| typed.value(flag, &value))
    }

    /// Sets the disruption that is allowed, in place of one that was typed.
    pub fn max_disruption(self, disruption: Disruption) -> Self {
        Self { limit: Some(disruption), ..self }
    }

    /// Sets the disruption that is allowed, if one was typed.
    pub fn limit(self, typed: Option<Disruption>) -> Self {
        typed.into_iter().fold(self, Self::max_disruption)
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.limit {
            Some(limit) => write!(f, "`{} --max-disruption {limit}`", self.words),
            None => write!(f, "`{}`", self.words),
        }
    }
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=,+%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_string(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use pgha_planner::Goal;

    use super::*;
    use crate::args::Colour;

    fn global() -> Global {
        Global {
            file: "cluster.toml".into(),
            names_file: false,
            sandbox: None,
            endpoint_url: None,
            profile: None,
            color: Colour::Auto,
            verbose: false,
        }
    }

    #[test]
    fn a_command_has_all_its_flags_in_one() {
        let plain = Typed::with("apply", &global(), |_| false);
        assert_eq!(plain.to_string(), "`pgha apply`");
        let global = Global {
            file: "my shop.toml".into(),
            sandbox: Some(args::SANDBOX.into()),
            profile: Some("prod".into()),
            ..global()
        };
        let intent = Intent {
            goal: Goal::Converge,
            allow: ["delete:db-instance/orders-read-2".parse().unwrap()].into(),
            now: ["db-instance/orders-primary".parse().unwrap()].into(),
            at: None,
        };
        let typed = Typed::with("apply", &global, |_| false);
        let typed = typed.flag("--yes").intent(&intent).max_disruption(Disruption::Outage);
        assert_eq!(
            typed.to_string(),
            "`pgha apply --file 'my shop.toml' --sandbox --profile prod --yes \
             --allow delete:db-instance/orders-read-2 --now db-instance/orders-primary \
             --max-disruption outage`"
        );
        let typed = Typed::bare("apply").max_disruption(Disruption::None).flag("--yes");
        let typed = typed.max_disruption(Disruption::Outage).limit(None);
        assert_eq!(typed.to_string(), "`pgha apply --yes --max-disruption outage`");
        let saved = Typed::with("apply", &self::global(), |_| false).word("my plan.json");
        assert_eq!(saved.to_string(), "`pgha apply 'my plan.json'`");
        let typed = Typed::with("apply", &global, |name| name != "PGHA_PROFILE");
        assert_eq!(typed.to_string(), "`pgha apply --profile prod`");
    }

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        for (word, expected) in
            [("a.toml", "a.toml"), ("", "''"), ("it's", r"'it'\''s'"), ("$x", "'$x'")]
        {
            assert_eq!(quoted(word), expected);
        }
    }
}
