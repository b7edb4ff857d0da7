//! `pgha drift`: what moved in the account without the spec.

use pgha_planner::Goal;

use crate::account::Account;
use crate::account::Witness;
use crate::args;
use crate::args::Global;
use crate::cluster;
use crate::commands::session;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::health::state;
use crate::output;
use crate::render::drift;
use crate::render::drift::Drift;
use crate::render::json;
use crate::typed::Typed;

/// Reads the account, sorts the differences by who moved, and prints them.
pub fn run(global: &Global, args: &args::Drift) -> Result<Exit, CommandError> {
    let cluster = cluster::load_or_explain(&global.file)?;
    let intent = session::intent(Goal::Converge, &[], &[]);
    let (plan, live) = session::block_on(async {
        let account = Account::open(global, &cluster.desired).await?;
        let intent = session::timed(&intent, &account);
        let witness = Witness::of(&account);
        let plan = session::plan(&cluster, &intent, &witness, global).await?;
        Ok((plan, witness.live()))
    })?;
    let found = Drift::of(&plan, state::of(&cluster.desired, &live));
    match args.json {
        true => output::print(&json::document(&json::drift(&found)))?,
        false => output::print(&drift::render(
            &found,
            session::page(global),
            &Typed::new("plan", global),
        ))?,
    }
    match (args.detailed_exitcode && found.is_drifted(), found.is_partial()) {
        (true, _) => Ok(Exit::Changes),
        (false, true) => Err(CommandError::failed("part of the account could not be read")),
        (false, false) => Ok(Exit::Ok),
    }
}
