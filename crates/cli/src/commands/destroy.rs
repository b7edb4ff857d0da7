//! `pgha destroy`: delete everything that the cluster owns, its name typed first.

use pgha_planner::Approval;
use pgha_planner::Goal;
use pgha_planner::Plan;
use pgha_resource::Disruption;

use crate::args;
use crate::args::Global;
use crate::cluster;
use crate::commands::apply::Run;
use crate::commands::apply::journaled;
use crate::commands::session;
use crate::confirm;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;
use crate::render::deletion;
use crate::render::words;
use crate::typed::Typed;

/// Plans the deletion, asks for the name, deletes and reports.
pub fn run(global: &Global, args: &args::Destroy) -> Result<Exit, CommandError> {
    let cluster = cluster::load_or_explain(&global.file)?;
    let name = cluster.desired.scope.cluster.clone();
    if let Some(typed) = args.confirm.as_deref().filter(|typed| **typed != name) {
        return Err(CommandError::refused(format!(
            "--confirm says {typed}, the cluster is {name}"
        )));
    }
    let goal = Goal::Destroy { final_snapshot: !args.skip_final_snapshot };
    let intent = session::intent(goal, &[], &[]);
    // A name typed in full says more than `guard.max_disruption`, which is about changes.
    let approval = Approval { max_disruption: Disruption::Outage, digest: None };
    let (intent, json, journal) = (&intent, args.json, args.journal.as_deref());
    let again = &again(global, args);
    let run = Run { global, cluster: &cluster, intent, json, journal, saved: None, again };
    run.run(&approval, |_| false, |plan| agree(plan, &name, global, args))
}

/// What was typed.
fn again(global: &Global, args: &args::Destroy) -> Typed {
    let typed =
        Typed::new("destroy", global).flag_if(args.skip_final_snapshot, "--skip-final-snapshot");
    let typed = journaled(typed, args.journal.as_deref());
    args.confirm.iter().fold(typed, |typed, name| typed.value("--confirm", name))
}

fn agree(
    plan: &Plan,
    name: &str,
    global: &Global,
    args: &args::Destroy,
) -> Result<(), CommandError> {
    match args.confirm {
        Some(_) => Ok(()),
        None => ask(plan, name, global, args),
    }
}

fn ask(plan: &Plan, name: &str, global: &Global, args: &args::Destroy) -> Result<(), CommandError> {
    let number = words::count(plan.totals().delete, "resource");
    let protected = protection(plan);
    if !output::is_interactive() {
        return Err(CommandError::refused(format!("this deletes {number} of {name}{protected}"))
            .hint(format!(
                "the terminal is not interactive: to agree, {}",
                again(global, args).value("--confirm", name)
            )));
    }
    let kept = match args.skip_final_snapshot {
        true => "NOTHING is kept: no final snapshot, and the automated backups go.",
        false => "A final snapshot of each database is kept, a replica's data is not.",
    };
    match confirm::typed(name, &format!("This deletes {number}{protected}. {kept}")) {
        true => Ok(()),
        false => Err(CommandError::refused("nothing was deleted")),
    }
}

/// Whose deletion protection is taken off.
fn protection(plan: &Plan) -> String {
    let unprotected: Vec<String> =
        deletion::unprotected(plan).iter().map(ToString::to_string).collect();
    match unprotected.is_empty() {
        true => String::new(),
        false => format!(" and takes the deletion protection off {}", unprotected.join(", ")),
    }
}
