//! Commands and flags of other tools, for people whose fingers type them.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue};

/// A word and what it is here.
const WORDS: &[(&str, &str)] = &[
    ("init", "there is nothing to set up: `pgha check` reads the spec, `pgha plan` the account"),
    ("validate", "`pgha check` does that"),
    ("show", "`pgha plan` shows what would change, `pgha status` how the cluster is"),
    ("refresh", "there is no state: every command looks at the account"),
    ("state", "there is no state: `pgha status` looks at the account"),
    ("output", "`pgha status` has the endpoints; `--json` is for programs"),
    ("force-unlock", "`pgha unlock` removes the lock of a run that died"),
    ("diff", "`pgha plan` shows what would change, `pgha drift` what somebody changed in AWS"),
    ("up", "`pgha apply` makes the account as the spec says"),
    ("down", "`pgha destroy` deletes the cluster"),
    ("--auto-approve", "`--yes` agrees to a plan"),
    ("-auto-approve", "`--yes` agrees to a plan"),
    ("--approve", "`--yes` agrees to a plan"),
    ("-out", "`--out FILE` saves a plan, and `pgha apply FILE` applies it"),
    ("-json", "`--json`"),
    ("-target", "a plan is about the whole cluster: what differs nowhere is not touched"),
    ("--target", "a plan is about the whole cluster: what differs nowhere is not touched"),
    ("-var", "a spec has no variables: one file describes one cluster"),
    ("--var", "a spec has no variables: one file describes one cluster"),
    ("-var-file", "the spec is named with `-f FILE`"),
    ("-lock-timeout", "a lock that is held is said at once; run the command again later"),
    ("-refresh-only", "`pgha drift` shows what somebody changed in AWS"),
    ("-replace", "pgha replaces only what holds no data, and says so in the plan"),
    ("--dry-run", "`pgha plan` changes nothing"),
    ("--region", "the region is `region` of [cluster] in the spec"),
];

/// Leaves one suggestion in an error, the nearest to what was typed.
pub fn suggest_nearest(error: &mut clap::Error) {
    let pairs = [
        (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand),
        (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        (ContextKind::InvalidValue, ContextKind::SuggestedValue),
    ];
    for (typed, suggested) in pairs {
        let Some(ContextValue::String(typed)) = error.get(typed).cloned() else { continue };
        let Some(ContextValue::Strings(all)) = error.get(suggested) else { continue };
        let near = all.iter().min_by_key(|word| strsim::damerau_levenshtein(word, &typed));
        if let Some(near) = near.cloned() {
            error.insert(suggested, ContextValue::Strings(vec![near]));
        }
    }
}

/// What somebody means by a command line that makes no sense.
pub fn hint(args: &[OsString]) -> Option<String> {
    let words = || args.iter().skip(1).filter_map(|arg| arg.to_str());
    let known = |word: &str| {
        let word = word.split('=').next().unwrap_or(word);
        WORDS.iter().find(|(other, _)| *other == word).map(|(_, here)| here.to_string())
    };
    let spec = |word: &str| {
        let is_spec = word.ends_with(".toml") && !word.starts_with('-');
        is_spec.then(|| format!("the spec is named with `-f {word}`"))
    };
    words().find_map(known).or_else(|| words().find_map(spec))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::Cli;

    #[track_caller]
    fn check(line: &str, expected: Option<&str>) {
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let hint = hint(&args);
        let fits = match (&hint, expected) {
            (Some(hint), Some(expected)) => hint.contains(expected),
            (hint, expected) => hint.is_none() && expected.is_none(),
        };
        assert!(fits, "{line}: {hint:?}");
    }

    #[test]
    fn the_nearest_command_is_suggested() {
        for (typed, meant) in [("chekc", "check"), ("aply", "apply"), ("statsu", "status")] {
            let mut error = Cli::command().try_get_matches_from(["pgha", typed]).unwrap_err();
            suggest_nearest(&mut error);
            let text = error.to_string();
            assert!(text.contains(&format!("similar subcommand exists: '{meant}'")), "{text}");
        }
    }

    #[test]
    fn words_of_other_tools_lead_to_the_right_ones() {
        check("pgha init", Some("`pgha check`"));
        check("pgha validate", Some("`pgha check`"));
        check("pgha apply --auto-approve", Some("`--yes`"));
        check("pgha plan -out=x", Some("`--out FILE`"));
        check("pgha force-unlock", Some("`pgha unlock`"));
        check("pgha plan cluster.toml", Some("`-f cluster.toml`"));
        check("pgha plan --jsn", None);
    }
}
