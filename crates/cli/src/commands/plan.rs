//! `pgha plan`: what differs, what follows, and what it costs.

use pgha_apply::lock::{self, Holder};
use pgha_planner::{Approval, Blocked, Goal, Intent, Plan};

use crate::account::{Account, Witness};
use crate::args;
use crate::args::Global;
use crate::cluster;
use crate::commands::session;
use crate::consent;
use crate::endpoint;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;
use crate::render::json;
use crate::render::plan;
use crate::render::{style, table};
use crate::saved::Saved;
use crate::stops::Stops;
use crate::typed::Typed;

/// Reads the account, plans, and prints the plan.
pub fn run(global: &Global, args: &args::Plan) -> Result<Exit, CommandError> {
    let cluster = cluster::load_or_explain(&global.file)?;
    let intent = session::intent(Goal::Converge, &args.allow, &args.now);
    let (found, live) = session::block_on(async {
        let account = Account::open(global, &cluster.desired).await?;
        let intent = session::timed(&intent, &account);
        let witness = Witness::of(&account);
        let found = session::plan(&cluster, &intent, &witness, global).await?;
        Ok((found, witness.live()))
    })?;
    if let Some(path) = &args.out {
        Saved::of(&found, &cluster, &intent, &endpoint::place(global)).write(path)?;
    }
    let max_disruption = args.max_disruption.unwrap_or(cluster.desired.policy.max_disruption);
    let approval = Approval { max_disruption, digest: None };
    let stops = Stops::of(&found, &approval, &cluster.desired, &live);
    if args.json {
        let value = json::plan(&found, cluster.source(), &cluster.diagnostics);
        output::print(&json::document(&json::with_refusal(value, stops.as_ref())))?;
    } else {
        let page = session::page(global);
        let text = plan::render(&found, &cluster.desired, &cluster.file, page);
        output::print(&(text + &session::lints(&cluster, global)))?;
        let blocked = |line: String| style::paint(style::BLOCKED, line);
        let held = lock::seen(&cluster.desired, &live).map(|holder| held_by(&holder));
        // Who names a saved plan has agreed to it, and who typed `--yes` knows.
        let asks = consent::line(&found).filter(|_| args.out.is_none() && !args.yes);
        let last = match &stops {
            Some(stops) => {
                Some(blocked(stops.line(&apply_with(global, args, &intent, &found), &found)))
            }
            None => asks.map(|line| style::paint(style::QUEUED, line)),
        };
        for line in held.into_iter().chain(last) {
            output::print(&table::within(&format!("\n{line}\n"), page))?;
        }
    }
    Ok(exit(&found, stops.as_ref(), args.detailed_exitcode))
}

/// Who keeps an apply out, as far as the look of the plan shows.
fn held_by(holder: &Holder) -> String {
    format!(
        "{} holds the lock since {}: an apply is running, or was killed, and keeps others out{}",
        holder.name,
        holder.since,
        holder.until.map(|until| format!(" until {until}")).unwrap_or_default()
    )
}

/// The command that makes this plan although its limit is lower.
fn apply_with(global: &Global, args: &args::Plan, intent: &Intent, found: &Plan) -> Typed {
    let typed = match &args.out {
        Some(path) => Typed::new("apply", global).word(&path.to_string_lossy()),
        None => Typed::new("apply", global).intent(intent),
    };
    typed.max_disruption(found.worst_to_cluster())
}

/// Where an apply would stop comes before what there is to do: the code is the apply's. Of what
/// could not be read nothing is known: that is no plan.
fn exit(plan: &Plan, stops: Option<&Stops>, detailed: bool) -> Exit {
    let unread = plan.changes.iter().any(|c| matches!(c.blocked, Some(Blocked::Unread { .. })));
    match (stops, detailed) {
        (Some(stops), _) => stops.exit(),
        (None, true) if !plan.steps.is_empty() => Exit::Changes,
        (None, _) if unread => Exit::Error,
        (None, true) if !plan.is_converged() => Exit::Changes,
        (None, _) => Exit::Ok,
    }
}

#[cfg(test)]
mod tests {
    use pgha_planner::Refused;
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
        assert_eq!(exit(&plan, None, false), Exit::Error);
        assert_eq!(exit(&plan, None, true), Exit::Error);
        let other = || String::from("1");
        let refused = Stops::Refused(Refused::Other { found: other(), expected: other() });
        // What apply would refuse is said first, and what there is to do beside it.
        assert_eq!(exit(&plan, Some(&refused), true), Exit::Refused);
        let primary = testing::live(&mut live, "db-instance/orders-primary");
        testing::as_instance(&mut primary.resource).deletion_protection = Some(false);
        let plan = testing::plan(&desired, &live);
        assert_eq!(exit(&plan, None, true), Exit::Changes);
        assert_eq!(exit(&plan, None, false), Exit::Error);
        let plan = testing::plan(&desired, &testing::applied(&desired));
        assert_eq!(exit(&plan, None, true), Exit::Ok);
    }
}
