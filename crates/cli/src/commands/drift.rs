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
use crate::left::Left;
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
    exit(&found, args.detailed_exitcode)
}

/// With `--detailed-exitcode` drift comes first: it is what was asked about.
fn exit(found: &Drift, detailed: bool) -> Result<Exit, CommandError> {
    let left = Left::of(found.plan);
    match left.exit() {
        _ if detailed && found.is_drifted() => Ok(Exit::Changes),
        Exit::Error => Err(CommandError::failed(left.unseen_in_words())),
        Exit::Partial => Ok(Exit::Partial),
        // What waits for a window or for AWS is no drift.
        _ => Ok(Exit::Ok),
    }
}
