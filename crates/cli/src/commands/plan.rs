//! `pgha plan`: what differs, what follows, and what it costs.

use pgha_planner::Approval;
use pgha_planner::Blocked;
use pgha_planner::Goal;
use pgha_planner::Intent;
use pgha_planner::Plan;

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
use crate::typed::Typed;

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
    let max_disruption = args.max_disruption.unwrap_or(cluster.desired.policy.max_disruption);
    let approval = Approval { max_disruption, digest: None };
    let refused = pgha_planner::approve(found.clone(), &approval).err();
    if args.json {
        let value = json::plan(&found, cluster.source(), &cluster.diagnostics);
        output::print(&json::document(&json::with_refusal(value, refused.as_ref())))?;
    } else {
        let page = session::page(global);
        let text = plan::render(&found, &cluster.desired, &cluster.file, page);
        output::print(&(text + &session::lints(&cluster, global)))?;
        if let Some(refused) = &refused {
            let once = apply_with(global, args, &intent, &found);
            let worst = found.worst_to_cluster();
            let line = format!(
                "refused: {refused}; to allow it once: {once}; always: `[guard] max_disruption = \"{worst}\"`"
            );
            output::print(&format!("\n{}\n", style::paint(style::BLOCKED, line)))?;
        }
    }
    Ok(exit(&found, refused.is_some(), args.detailed_exitcode))
}

/// The command that makes this plan although its limit is lower.
fn apply_with(global: &Global, args: &args::Plan, intent: &Intent, found: &Plan) -> Typed {
    let typed = match &args.out {
        Some(path) => Typed::new("apply", global).word(&path.to_string_lossy()),
        None => Typed::new("apply", global).intent(intent),
    };
    typed.max_disruption(found.worst_to_cluster())
}

/// What an apply would refuse comes before what there is to do. Of what could not be read nothing
/// is known: that is no plan.
fn exit(plan: &Plan, refused: bool, detailed: bool) -> Exit {
    let unread = plan.changes.iter().any(|c| matches!(c.blocked, Some(Blocked::Unread { .. })));
    match (refused, detailed) {
        (true, _) => Exit::Refused,
        (false, true) if !plan.steps.is_empty() => Exit::Changes,
        (false, _) if unread => Exit::Error,
        (false, true) if !plan.is_converged() => Exit::Changes,
        (false, _) => Exit::Ok,
    }
}

#[cfg(test)]
mod tests {
    use pgha_resource::Seen;
    use pgha_resource::live::{ErrorClass, ReadError};

    use super::*;
    use crate::render::testing;

    #[test]
    fn of_what_could_not_be_read_there_is_no_plan() {
        let desired = testing::desired();
        let mut live = testing::applied(&desired);
        let call = "sns:GetTopicAttributes".to_string();
        let error = ReadError { call, class: ErrorClass::Denied, message: "no".into() };
        let topic = testing::address("sns-topic/orders-alerts");
        live.resources.insert(topic, Seen::Unread(error));
        let plan = testing::plan(&desired, &live);
        assert_eq!(exit(&plan, false, false), Exit::Error);
        assert_eq!(exit(&plan, false, true), Exit::Error);
        // What apply would refuse is said first, and what there is to do beside it.
        assert_eq!(exit(&plan, true, true), Exit::Refused);
        let primary = testing::live(&mut live, "db-instance/orders-primary");
        testing::as_instance(&mut primary.resource).deletion_protection = Some(false);
        let plan = testing::plan(&desired, &live);
        assert_eq!(exit(&plan, false, true), Exit::Changes);
        assert_eq!(exit(&plan, false, false), Exit::Error);
        let plan = testing::plan(&desired, &testing::applied(&desired));
        assert_eq!(exit(&plan, false, true), Exit::Ok);
    }
}
