//! `pgha unlock`, and what a held lock means for an apply.

use pgha_apply::lock;
use pgha_apply::lock::Holder;
use pgha_apply::lock::LockError;
use pgha_apply::port::Clock;

use crate::account;
use crate::account::Account;
use crate::args;
use crate::args::Global;
use crate::cluster;
use crate::commands::session;
use crate::confirm;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;
use crate::typed::Typed;

/// What a run calls itself, so that others know whom to ask: who, where, when, and the number
/// of its process, which makes it the only one.
pub fn name_of_run(account: &Account) -> String {
    let variable = |names: &[&str]| {
        names.iter().find_map(|name| std::env::var(name).ok()).filter(|value| !value.is_empty())
    };
    let who = variable(&["GITHUB_ACTOR", "USER", "LOGNAME"]).unwrap_or_else(|| "somebody".into());
    let host = variable(&["HOSTNAME"])
        .or_else(|| std::fs::read_to_string("/etc/hostname").ok())
        .map_or_else(|| "somewhere".into(), |name| name.trim().to_string());
    name_of(&who, &host, &account.now().to_string(), std::process::id())
}

/// A tag has 256 characters. What makes the name the only one is never cut off.
fn name_of(who: &str, host: &str, now: &str, process: u32) -> String {
    let plain =
        |text: &str| -> String { text.chars().filter(char::is_ascii_graphic).take(60).collect() };
    format!("{}@{} {now} {process}", plain(who), plain(host))
}

/// Why nothing is changed while somebody else changes things.
pub fn refused(error: &LockError, global: &Global) -> CommandError {
    match error {
        LockError::Held(holder) => CommandError::refused(format!(
            "another apply or destroy is running: {} holds the lock since {}",
            holder.name, holder.since
        ))
        .hint(until(holder))
        .hint(format!("if that run is dead: {}", unlock_command(global))),
        // Who holds it, or what has its name, is for a person to say, as with any guard.
        LockError::Unseen | LockError::InTheWay { .. } => {
            CommandError::refused(error.to_string()).hint("nothing was changed")
        }
        other => CommandError::failed(other.to_string()).hint("nothing was changed"),
    }
}

/// What removes the lock, typed where this was typed: nobody can be asked in a pipeline.
pub fn unlock_command(global: &Global) -> Typed {
    Typed::new("unlock", global).flag_if(!output::is_interactive(), "--yes")
}

fn until(holder: &Holder) -> String {
    match holder.until {
        Some(until) => format!("it holds until {until} unless that run renews it"),
        None => "it does not say until when".into(),
    }
}

/// Says who holds the lock, asks, and removes it.
pub fn unlock(global: &Global, args: &args::Unlock) -> Result<Exit, CommandError> {
    let mut cluster = cluster::load_or_explain(&global.file)?;
    // Whoever changes the sandbox between the question and its answer would be written over.
    let _held = global.sandbox.as_deref().map(account::ready_sandbox).transpose()?;
    session::block_on(async {
        let account = Account::open(global, &cluster.desired).await?;
        pgha_apply::identify(&mut cluster.desired, &account)
            .await
            .map_err(|error| account::guarded(&error, global))?;
        let desired = &cluster.desired;
        let holder =
            lock::holder(desired, &account).await.map_err(|error| refused(&error, global))?;
        let Some(holder) = holder else {
            output::print("nobody holds the lock\n")?;
            return Ok(Exit::Ok);
        };
        let who = format!("{} holds the lock since {}", holder.name, holder.since);
        output::print(&format!("{who}\n{}\n", until(&holder)))?;
        if !args.yes && !output::is_interactive() {
            return Err(CommandError::refused("the terminal is not interactive").hint(format!(
                "to remove the lock: {}",
                Typed::new("unlock", global).flag("--yes")
            )));
        }
        if !args.yes && !confirm::yes_or_no("Remove it? Only if that run is dead") {
            return Err(CommandError::refused("not removed"));
        }
        let removed = lock::remove(&holder, desired, &account)
            .await
            .map_err(|error| refused(&error, global))?;
        account.close()?;
        output::print(if removed { "removed\n" } else { "it was gone already\n" })?;
        Ok(Exit::Ok)
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use pgha_resource::live::{ErrorClass, ReadError};

    use super::*;
    use crate::args::Cli;

    #[track_caller]
    fn check(error: &LockError, exit: Exit) {
        let global = Cli::try_parse_from(["pgha", "plan"]).unwrap().global;
        assert_eq!(refused(error, &global).exit, exit, "{error}");
    }

    #[test]
    fn a_long_name_leaves_room_for_what_makes_it_the_only_one() {
        let (who, host) = ("a".repeat(250), "b".repeat(250));
        let name = name_of(&who, &host, "2026-11-28T12:00:00Z", 4711);
        assert!(name.ends_with(" 2026-11-28T12:00:00Z 4711") && name.len() < 200, "{name}");
        assert_eq!(name_of("é\n a", "h", "now", 1), "a@h now 1");
    }

    #[test]
    fn a_lock_that_is_not_to_be_had_refuses_and_one_that_cannot_be_read_fails() {
        let in_the_way = LockError::InTheWay { name: "orders-lock".into(), id: "sg-1".into() };
        check(&LockError::Unseen, Exit::Refused);
        check(&in_the_way, Exit::Refused);
        let (call, message) = ("DescribeSecurityGroups".into(), "no".into());
        let denied = ReadError { call, class: ErrorClass::Denied, message };
        check(&LockError::Unread(denied), Exit::Error);
        check(&LockError::NoNetwork("there is no VPC".into()), Exit::Error);
    }
}
