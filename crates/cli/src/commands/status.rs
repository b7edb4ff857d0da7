//! `pgha status`: how the cluster is.

use pgha_apply::port::Observe;
use pgha_apply::port::Wanted;

use crate::account;
use crate::account::Account;
use crate::args;
use crate::args::Global;
use crate::cluster;
use crate::commands::session;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::health;
use crate::output;
use crate::render::json;
use crate::render::status;
use crate::render::status::Next;
use crate::typed::Typed;

/// Looks at everything desired and prints what a person on call wants to know.
pub fn run(global: &Global, args: &args::Status) -> Result<Exit, CommandError> {
    let cluster = cluster::load_or_explain(&global.file)?;
    let mut desired = cluster.desired.clone();
    let live = session::block_on(async {
        let account = Account::open(global, &desired).await?;
        pgha_apply::identify(&mut desired, &account)
            .await
            .map_err(|error| account::guarded(&error, global))?;
        // With what the spec does not name, and what is left of a database that is gone.
        Ok(account.observe(&Wanted::everything(&desired)).await)
    })?;
    let found = health::of(&desired, &live);
    let (plan, apply) = (&Typed::new("plan", global), &Typed::new("apply", global));
    match args.json {
        true => output::print(&json::document(&json::status(&found)))?,
        false => {
            output::print(&status::render(&found, session::page(global), Next { plan, apply }))?
        }
    }
    match (found.incomplete, found.problems.is_empty()) {
        (true, _) => {
            let error = CommandError::failed("part of the cluster could not be read");
            let said = live.unswept.iter().map(|read| format!("{}: {}", read.call, read.message));
            Err(said.fold(error, CommandError::hint))
        }
        (false, false) => Ok(Exit::Unhealthy),
        (false, true) => Ok(Exit::Ok),
    }
}
