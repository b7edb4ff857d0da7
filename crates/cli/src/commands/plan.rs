//! `pgha plan`: what differs, what follows, and what it costs.

use pgha_planner::Approval;
use pgha_planner::Goal;

use crate::account::Account;
use crate::args;
use crate::args::Global;
use crate::cluster;
use crate::commands::session;
use crate::endpoint;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;
use crate::render::json;
use crate::render::plan;
use crate::render::style;
use crate::saved::Saved;

/// Reads the account, plans, and prints the plan.
pub fn run(global: &Global, args: &args::Plan) -> Result<Exit, CommandError> {
    let cluster = cluster::load_or_explain(&global.file)?;
    let intent = session::intent(Goal::Converge, &args.allow, &args.now);
    let found = session::block_on(async {
        let account = Account::open(global, &cluster.desired).await?;
        let intent = session::timed(&intent, &account);
        session::plan(&cluster, &intent, &account, global).await
    })?;
    if let Some(path) = &args.out {
        Saved::of(&found, &cluster, &intent, &endpoint::place(global)).write(path)?;
    }
    if args.json {
        let value = json::plan(&found, cluster.source(), &cluster.diagnostics);
        output::print(&json::document(&value))?;
    } else {
        let page = session::page(global);
        let text = plan::render(&found, &cluster.desired, &cluster.file, page);
        output::print(&(text + &session::lints(&cluster, global)))?;
        let max_disruption = cluster.desired.policy.max_disruption;
        let approval = Approval { max_disruption, digest: None };
        if let Err(refused) = pgha_planner::approve(found.clone(), &approval) {
            let line = format!(
                "`pgha apply` will refuse this: {refused} by guard.max_disruption; to allow it once: --max-disruption {}\n",
                found.worst()
            );
            output::print(&format!("\n{}", style::paint(style::BLOCKED, line)))?;
        }
    }
    match args.detailed_exitcode && !found.is_converged() {
        true => Ok(Exit::Changes),
        false => Ok(Exit::Ok),
    }
}
