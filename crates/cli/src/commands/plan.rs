//! `pgha plan`: what differs, what follows, and what it costs.

use anstyle::Style;
use pgha_apply::lock::{self, Holder};
use pgha_planner::{Approval, Goal, Intent, Plan};

use crate::account::{Account, Witness};
use crate::args;
use crate::args::Global;
use crate::cluster;
use crate::commands::session;
use crate::consent;
use crate::endpoint;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::left::Left;
use crate::output;
use crate::render::json;
use crate::render::plan;
use crate::render::{style, table};
use crate::saved::Saved;
use crate::stops::{Ending, Stops};
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
        let place = endpoint::place(global);
        Saved::of(&found, &cluster, &intent, args.max_disruption, &place).write(path)?;
    }
    let max_disruption = args.max_disruption.unwrap_or(cluster.desired.policy.max_disruption);
    let approval = Approval { max_disruption, digest: None };
    let ending = Ending {
        stops: Stops::of(&found, &approval, &cluster.desired, &live),
        // Who names a saved plan has agreed to it, and who typed `--yes` knows.
        asks: consent::is_asked(&found) && args.out.is_none() && !args.yes,
        left: Left::of(&found),
        lock: lock::seen(&cluster.desired, &live),
    };
    if args.json {
        let value = json::plan(&found, cluster.source(), &cluster.diagnostics);
        output::print(&json::document(&json::with_ending(value, &ending, &found)))?;
    } else {
        let page = session::page(global);
        let text = plan::render(&found, &cluster.desired, &cluster.file, page);
        output::print(&(text + &session::below(&found, &cluster, global)))?;
        let typed = Commands { global, args, intent: &intent };
        for (weight, line) in last_lines(&ending, &found, &typed) {
            let line = table::hanging(&line, 2, output::terminal_width());
            output::print(&format!("\n{}\n", style::paint(weight, line)))?;
        }
    }
    Ok(exit(&found, &ending, args.detailed_exitcode))
}

/// What an apply would do beyond the changes: whom it would meet, what it would ask, and how it
/// would end.
fn last_lines(ending: &Ending, found: &Plan, typed: &Commands<'_>) -> Vec<(Style, String)> {
    let apply = &typed.apply();
    let held = ending.lock.iter().map(|holder| (style::PLAIN, held_by(holder)));
    let mut lines: Vec<(Style, String)> = held.collect();
    match &ending.stops {
        Some(stops) => {
            let line = stops.line(apply, &typed.once(found), found);
            lines.push((style::BLOCKED, line));
        }
        None => {
            let asks = consent::line(found, apply).filter(|_| ending.asks);
            lines.extend(asks.map(|line| (style::QUEUED, line)));
            let weight = match ending.left.exit() {
                Exit::TimedOut => style::QUEUED,
                _ => style::BLOCKED,
            };
            lines.extend(ending.left.line(apply).map(|line| (weight, line)));
        }
    }
    lines
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

/// What belongs to this plan, with all that was typed.
struct Commands<'a> {
    global: &'a Global,
    args: &'a args::Plan,
    intent: &'a Intent,
}

impl Commands<'_> {
    /// Its apply.
    fn apply(&self) -> Typed {
        let typed = Typed::new("apply", self.global);
        match &self.args.out {
            Some(path) => typed.word(&path.to_string_lossy()),
            None => typed
                .flag_if(self.args.yes, "--yes")
                .intent(self.intent)
                .limit(self.args.max_disruption),
        }
    }

    /// What makes it although the limit is lower. A file carries the limit that it was saved with.
    fn once(&self, found: &Plan) -> Typed {
        let typed = match &self.args.out {
            Some(path) => Typed::new("plan", self.global)
                .intent(self.intent)
                .value("--out", &path.to_string_lossy()),
            None => self.apply(),
        };
        typed.max_disruption(found.worst_to_cluster())
    }
}

/// The code is the apply's, so that what would fail after a merge fails before it. With
/// `--detailed-exitcode`, changes that need nobody are told apart from none.
fn exit(plan: &Plan, ending: &Ending, detailed: bool) -> Exit {
    match ending.exit() {
        Exit::Ok | Exit::TimedOut if detailed && !plan.is_converged() => Exit::Changes,
        end => end,
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
    fn a_plan_ends_as_its_apply_would() {
        let desired = testing::desired();
        let mut live = testing::applied(&desired);
        let call = "sns:GetTopicAttributes".to_string();
        let error = ReadError { call, class: ErrorClass::Denied, message: "no".into() };
        let topic = testing::address("sns-topic/orders-alerts");
        live.resources.insert(topic, Seen::Unread(error));
        let plan = testing::plan(&desired, &live);
        let ending =
            |plan: &Plan, stops| Ending { stops, asks: false, left: Left::of(plan), lock: None };
        assert_eq!(exit(&plan, &ending(&plan, None), false), Exit::Error);
        assert_eq!(exit(&plan, &ending(&plan, None), true), Exit::Error);
        let other = || String::from("1");
        let refused = Stops::Refused(Refused::Other { found: other(), expected: other() });
        assert_eq!(exit(&plan, &ending(&plan, Some(refused)), true), Exit::Refused);
        // Also where something else could be done.
        let primary = testing::live(&mut live, "db-instance/orders-primary");
        testing::as_instance(&mut primary.resource).deletion_protection = Some(false);
        let plan = testing::plan(&desired, &live);
        assert!(!plan.steps.is_empty());
        assert_eq!(exit(&plan, &ending(&plan, None), true), Exit::Error);
        let plan = testing::plan(&desired, &testing::applied(&desired));
        assert_eq!(exit(&plan, &ending(&plan, None), true), Exit::Ok);
    }
}
