//! Commands and flags of other tools, for people whose fingers type them.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue};

/// A word and what it is here.
const WORDS: &[(&str, &str)] = &[
    ("init", "there is nothing to set up: `pgha check` reads the spec, `pgha plan` the account"),
    ("validate", "`pgha check` does that"),
    ("show", "`pgha plan` shows what would change, `pgha status` how the cluster is"),
    ("refresh", "there is no state: every command looks at the account"),
    ("forget", "`pgha disown` lets go of what the cluster owns, which stays as it is"),
    ("removed", "`pgha disown` lets go of what the cluster owns, which stays as it is"),
    ("state", "there is no state: `pgha status` looks at the account"),
    ("import", ADOPT),
    ("adopt", ADOPT),
    ("taint", "pgha makes nothing anew that works: what holds data is never replaced"),
    ("untaint", "there is no state with marks in it: `pgha plan` looks at the account"),
    (
        "failover",
        "pgha fails nothing over: `aws rds reboot-db-instance --force-failover` does, or `aws rds failover-db-cluster`; in the sandbox `pgha sandbox failover ADDRESS`",
    ),
    (
        "promote",
        "pgha promotes nothing: `aws rds promote-read-replica` does, and `pgha plan` says then what the spec has to say; in the sandbox `pgha sandbox promote ADDRESS`",
    ),
    (
        "restore",
        "pgha restores nothing: `aws rds restore-db-instance-from-db-snapshot` does, under the name that `pgha plan` asks for",
    ),
    ("rollback", "set the spec back in git, then `pgha plan` and `pgha apply`"),
    ("workspace", "a spec is one cluster: another one is another file, named with `-f FILE`"),
    ("output", "`pgha status` has the endpoints; `pgha status --json` is for programs"),
    ("force-unlock", "`pgha unlock` removes the lock of a run that died"),
    ("diff", "`pgha plan` shows what would change, `pgha drift` what somebody changed in AWS"),
    ("lint", "`pgha check` does that"),
    ("up", "`pgha apply` makes the account as the spec says"),
    ("deploy", "`pgha apply` makes the account as the spec says"),
    ("down", "`pgha destroy` deletes the cluster"),
    ("delete", "`pgha destroy` deletes the cluster; a part of it goes when it leaves the spec"),
    ("auto-approve", "`--yes` agrees to a plan"),
    ("approve", "`--yes` agrees to a plan"),
    (
        "force",
        "nothing is forced: `--yes` agrees, and `--max-disruption` and `--allow` let through what a plan names",
    ),
    ("detailed-exitcode", "it is `--detailed-exitcode`, with two dashes, of `plan` and `drift`"),
    ("out", "`--out FILE` saves a plan, and `pgha apply FILE` applies it"),
    ("json", "it is `--json`, with two dashes, of check, plan, apply, drift, status and destroy"),
    ("no-color", "`--color never`, or NO_COLOR=1 in the environment"),
    ("no-colour", "`--color never`, or NO_COLOR=1 in the environment"),
    ("destroy", "`pgha destroy` deletes the cluster"),
    ("target", "a plan is about the whole cluster: what differs nowhere is not touched"),
    ("var", "a spec has no variables: one file describes one cluster"),
    ("var-file", "the spec is named with `-f FILE`"),
    ("chdir", "the spec is named with `-f FILE`"),
    (
        "lock",
        "every apply takes the lock, which is what keeps two of them apart: `pgha unlock` removes one of a run that died",
    ),
    ("lock-timeout", "a lock that is held is said at once; run the command again later"),
    ("input", "nothing is asked where there is no terminal: `--yes` agrees to a plan"),
    ("refresh-only", "`pgha drift` shows what somebody changed in AWS"),
    ("replace", "pgha replaces only what holds no data, and says so in the plan"),
    ("dry-run", "`pgha plan` changes nothing"),
    ("region", "the region is `region` of [cluster] in the spec"),
];

/// Taking over is a word of a plan.
const ADOPT: &str = "`pgha import IDENTIFIER` writes the spec of what is there; `pgha apply --allow adopt` takes it over, and `--allow adopt:ADDRESS` one thing of a spec";

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

/// What somebody means by a command line that makes no sense. A flag has one dash or two, and a
/// command none: `destroy` is one of ours, and `-destroy` is not.
pub fn hint(args: &[OsString]) -> Option<String> {
    let words = || args.iter().skip(1).filter_map(|arg| arg.to_str());
    let known = |word: &str| {
        let word = word.split('=').next().unwrap_or(word);
        let name = word.trim_start_matches('-');
        let is_ours = |flag: &&str| *flag == word;
        let is_other = !OURS.iter().any(is_ours);
        let found = WORDS.iter().find(|(other, _)| *other == name && is_other);
        found.map(|(_, here)| here.to_string())
    };
    let spec = |word: &str| {
        let is_spec = word.ends_with(".toml") && !word.starts_with('-');
        is_spec.then(|| format!("the spec is named with `-f {word}`"))
    };
    words().find_map(known).or_else(|| words().find_map(spec))
}

/// Words of others that are ours as well, as they are typed here.
const OURS: [&str; 4] = ["destroy", "--json", "--out", "--detailed-exitcode"];

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
        check("pgha destroy --jsn", None);
        check("pgha plan --json --jsn", None);
        for (line, expected) in [
            ("import db-instance/x y", "--allow adopt:ADDRESS"),
            ("taint x", "never replaced"),
            ("untaint x", "`pgha plan`"),
            ("state list", "`pgha status`"),
            ("failover", "--force-failover"),
            ("refresh", "there is no state"),
            ("output -json", "`pgha status --json`"),
            ("workspace new a", "`-f FILE`"),
            ("plan -detailed-exitcode", "`--detailed-exitcode`"),
            ("plan -target=x", "whole cluster"),
            ("plan -var a=b", "no variables"),
            ("apply -auto-approve", "`--yes`"),
            ("apply -lock=false", "`pgha unlock`"),
            ("plan -json", "`--json`"),
            ("plan -no-color", "`--color never`"),
            ("apply -destroy", "`pgha destroy`"),
        ] {
            check(&format!("pgha {line}"), Some(expected));
        }
    }
}
