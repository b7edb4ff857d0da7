//! `pgha disown`: take pgha's tags off everything that the cluster owns, and touch nothing else.

use pgha_planner::{Approval, Goal, Plan};
use pgha_resource::Disruption;

use crate::args;
use crate::args::Global;
use crate::cluster;
use crate::commands::apply::{Run, journaled};
use crate::commands::session;
use crate::confirm;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;
use crate::render::words;
use crate::typed::Typed;

/// Plans it, asks, takes the tags off and reports.
pub fn run(global: &Global, args: &args::Disown) -> Result<Exit, CommandError> {
    let cluster = cluster::load_or_explain(&global.file)?;
    let name = cluster.desired.scope.cluster.clone();
    let intent = session::intent(Goal::Disown, &[], &[]);
    let approval = Approval { max_disruption: Disruption::None, digest: None };
    let journal = args.journal.as_deref();
    let again = journaled(Typed::new("disown", global), journal).flag_if(args.yes, "--yes");
    let run = Run {
        global,
        cluster: &cluster,
        intent: &intent,
        json: args.json,
        journal,
        saved: None,
        again: &again,
    };
    run.run(&approval, |_| args.yes, |plan| ask(plan, &name, &again))
}

fn ask(plan: &Plan, name: &str, again: &Typed) -> Result<(), CommandError> {
    let number = words::count(plan.totals().change, "resource");
    if !output::is_interactive() {
        return Err(CommandError::refused(format!("this lets go of {number} of {name}")).hint(
            format!("the terminal is not interactive: to agree, {}", again.clone().flag("--yes")),
        ));
    }
    match confirm::yes_or_no(&format!("Let go of {number}, which stay as they are?")) {
        true => Ok(()),
        false => Err(CommandError::refused("nothing was let go")),
    }
}
