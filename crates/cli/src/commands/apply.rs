//! `pgha apply`: plan, ask, run, report.

use std::path::Path;

use pgha_apply::Outcome;
use pgha_apply::Report;
use pgha_apply::Stop;
use pgha_apply::Watch;
use pgha_apply::journal::Journaled;
use pgha_apply::lock;
use pgha_apply::lock::Locked;
use pgha_apply::port::Clock;
use pgha_planner::Approval;
use pgha_planner::ApprovedPlan;
use pgha_planner::Blocked;
use pgha_planner::Goal;
use pgha_planner::Intent;
use pgha_planner::Note;
use pgha_planner::NoteKind;
use pgha_planner::Plan;
use pgha_planner::Refused;
use serde_json::json;

use crate::account;
use crate::account::Account;
use crate::args;
use crate::args::Global;
use crate::cluster;
use crate::cluster::Cluster;
use crate::commands;
use crate::commands::session;
use crate::confirm;
use crate::consent;
use crate::endpoint;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::journal::Journal;
use crate::left::Left;
use crate::output;
use crate::progress::Drawn;
use crate::progress::JsonLines;
use crate::progress::Lines;
use crate::render::json;
use crate::render::plan;
use crate::render::report;
use crate::render::words;
use crate::saved;
use crate::saved::Saved;
use crate::signals;
use crate::typed::Typed;

/// Plans, asks where that is due, applies and reports.
pub fn run(global: &Global, args: &args::Apply) -> Result<Exit, CommandError> {
    let saved = args.plan.as_deref().map(Saved::read).transpose()?;
    let (cluster, intent) = match &saved {
        Some(saved) => {
            saved.check_place(&endpoint::place(global))?;
            if global.names_file {
                saved.check_spec(&global.file)?;
            }
            (saved.cluster()?, saved.intent()?)
        }
        None => {
            let intent = session::intent(Goal::Converge, &args.allow, &args.now);
            (cluster::load_or_explain(&global.file)?, intent)
        }
    };
    if let Some(newer) = saved.as_ref().filter(|_| !global.names_file).and_then(Saved::newer_spec) {
        let note = "is another spec by now than the one in the saved plan, which is applied";
        output::remark(&format!("note: {newer} {note}\n"));
    }
    // What a reviewer saw runs as it was planned; who applies it may still be stricter, or not.
    let reviewed = saved.as_ref().map(Saved::max_disruption).transpose()?.flatten();
    let limit = args.max_disruption.or(reviewed);
    let approval = Approval {
        max_disruption: limit.unwrap_or(cluster.desired.policy.max_disruption),
        digest: saved.as_ref().map(|saved| saved.digest.clone()).or(args.expect.clone()),
    };
    // Who names a plan, by its digest or its file, has seen it.
    let agreed = args.yes || approval.digest.is_some();
    let run = Run {
        global,
        cluster: &cluster,
        intent: &intent,
        json: args.json,
        journal: args.journal.as_deref(),
        saved: saved.as_ref().zip(args.plan.as_deref()),
        again: &again(global, args, &intent),
    };
    run.run(&approval, |plan| agreed || !consent::is_due(plan), |plan| ask(plan, run.again))
}

/// What was typed, to which something may have to be added.
fn again(global: &Global, args: &args::Apply, intent: &Intent) -> Typed {
    let typed = Typed::new("apply", global);
    let typed = match &args.plan {
        Some(path) => typed.word(&path.to_string_lossy()),
        None => typed.intent(intent),
    };
    let typed = journaled(typed, args.journal.as_deref())
        .flag_if(args.yes, "--yes")
        .limit(args.max_disruption);
    args.expect.iter().fold(typed, |typed, digest| typed.value("--expect", digest))
}

/// Adds where changes are written down, if that was typed.
pub fn journaled(typed: Typed, path: Option<&Path>) -> Typed {
    let typed_here = path.filter(|_| std::env::var_os("PGHA_JOURNAL").is_none());
    typed_here.iter().fold(typed, |typed, path| typed.value("--journal", &path.to_string_lossy()))
}

fn ask(plan: &Plan, again: &Typed) -> Result<(), CommandError> {
    if !output::is_interactive() {
        return Err(CommandError::refused(consent::to_what(plan))
            .hint(format!(
                "the terminal is not interactive: to agree, {}",
                again.clone().flag("--yes")
            ))
            .hint(format!(
                "or to exactly this plan: {}",
                again.clone().value("--expect", &plan.digest())
            )));
    }
    let too = if plan.shuts_out() { ", and shuts clients out" } else { "" };
    let adopts = consent::adopts(plan).map(|text| format!(", and {text}")).unwrap_or_default();
    match confirm::yes_or_no(&format!("Apply? worst disruption: {}{too}{adopts}", plan.worst())) {
        true => Ok(()),
        false => Err(CommandError::refused("not applied")),
    }
}

/// What an apply and a destroy have in common.
pub struct Run<'a> {
    /// The flags.
    pub global: &'a Global,
    /// The spec.
    pub cluster: &'a Cluster,
    /// Which way to go.
    pub intent: &'a Intent,
    /// JSON lines instead of text.
    pub json: bool,
    /// Where changes are written down, if not in the usual place.
    pub journal: Option<&'a Path>,
    /// The reviewed plan that is to be applied, and its file.
    pub saved: Option<(&'a Saved, &'a Path)>,
    /// What was typed.
    pub again: &'a Typed,
}

impl Run<'_> {
    /// Plans, shows the plan, asks unless it is `agreed`, runs it and reports.
    pub fn run(
        &self,
        approval: &Approval,
        agreed: impl Fn(&Plan) -> bool,
        ask: impl Fn(&Plan) -> Result<(), CommandError>,
    ) -> Result<Exit, CommandError> {
        let name = &self.cluster.desired.scope.cluster;
        Journal::check(self.journal, self.global, name)?;
        // Whoever changes it next reads what this run leaves.
        let _held = self.global.sandbox.as_deref().map(account::ready_sandbox).transpose()?;
        session::block_on(async {
            let account = Account::open(self.global, &self.cluster.desired).await?;
            let intent = session::timed(self.intent, &account);
            let run = Run { intent: &intent, ..*self };
            run.run_on(&account, approval, agreed, ask).await
        })
    }

    async fn run_on(
        &self,
        account: &Account,
        approval: &Approval,
        agreed: impl Fn(&Plan) -> bool,
        ask: impl Fn(&Plan) -> Result<(), CommandError>,
    ) -> Result<Exit, CommandError> {
        let plan = session::plan(self.cluster, self.intent, account, self.global).await?;
        let approved = pgha_planner::approve(plan.clone(), approval);
        // What is out of the question is not read to its end first.
        self.is_possible(&plan)?;
        match (&approved, self.saved) {
            (Err(no @ Refused::Other { .. }), Some(_)) => return Err(self.refused(no, &plan)),
            _ => self.show(&plan)?,
        }
        if plan.steps.is_empty() {
            // Who named another plan did not mean this one, and what is held counts as what it
            // will cost: the plan says both.
            return approved
                .map_err(|no| self.refused(&no, &plan))
                .and_then(|_| without_steps(&plan));
        }
        let needs_asking = !agreed(&plan);
        let approved = approved.map_err(|no| self.refused(&no, &plan))?;
        self.check_text(&plan)?;
        if needs_asking {
            ask(approved.plan())?;
        }
        let name = &self.cluster.desired.scope.cluster;
        let journal = Journal::open(self.journal, self.global, name)?;
        if let Some(words) = journal.last_words() {
            output::remark(&format!("{words}\n"));
        }
        let desired = &self.cluster.desired;
        let run = commands::lock::name_of_run(account);
        // From here on a signal stops the run, which gives the lock back.
        let stop = Stop::default();
        let watched = signals::watch(&stop, account.hurry())?;
        let report = {
            let holder = lock::take(desired, account, &run)
                .await
                .map_err(|error| commands::lock::refused(&error, self.global))?;
            let locked = Locked::new(account, desired, holder);
            let agreed = pgha_apply::plan_again(approved, desired, self.intent, account).await;
            let outcome = match agreed {
                Ok(approved) => Ok(self.apply(approved, account, &locked, &journal, &stop).await),
                Err(now) => Err(self.overtaken(&plan, &now)),
            };
            if let Err(error) = locked.release().await {
                output::remark(&format!(
                    "{error}: it ends by itself in a quarter of an hour, or with {}\n",
                    commands::lock::unlock_command(self.global)
                ));
            }
            account.close()?;
            outcome?
        };
        drop(watched);
        self.report(&report)?;
        Ok(exit(&report))
    }

    /// Half a cluster is worse than a whole one: what is protected stops a deletion of all of it.
    fn is_possible(&self, plan: &Plan) -> Result<(), CommandError> {
        let protected = |blocked: &Option<Blocked>| matches!(blocked, Some(Blocked::Protected));
        let change = plan.changes.iter().find(|change| protected(&change.blocked));
        match change.filter(|_| self.deletes()) {
            None => Ok(()),
            Some(change) => Err(CommandError::refused(format!("{} is protected", change.address))
                .hint("take it off `guard.protected` in the spec first")),
        }
    }

    /// What to say when the account moved before the lock was taken.
    fn overtaken(&self, agreed: &Plan, now: &Plan) -> CommandError {
        output::remark(&saved::difference(agreed, now, self.cluster));
        let moved = moved(is_held(agreed), now);
        CommandError::refused(format!("{moved} since the plan was made: not applied"))
            .hint(format!("look at the difference above, then {}", self.next()))
    }

    /// What to say when a plan may not be applied.
    fn refused(&self, no: &Refused, plan: &Plan) -> CommandError {
        match (no, self.saved) {
            (Refused::Other { .. }, Some((_, path))) if plan.is_converged() => {
                let name = path.display();
                CommandError::refused(format!(
                    "nothing is left to do of {name}: it was applied before, or the account came to be so in another way"
                ))
                .hint(format!("to look at it: {}", Typed::new("plan", self.global)))
            }
            (Refused::Other { .. }, Some((saved, _))) => {
                output::remark(&saved.difference(plan, self.cluster));
                let moved = moved(saved.is_held(), plan);
                CommandError::refused(format!("{moved} since the plan was saved: not applied"))
                    .hint("look at the difference above, then save and review a new plan")
            }
            (Refused::Other { .. }, None) => {
                let again = Typed::new("plan", self.global).intent(self.intent);
                CommandError::refused(no.to_string())
                    .hint(format!("something changed since: look at {again}"))
            }
            (Refused::Disruption { .. }, _) => too_disruptive(no, plan, self.again),
        }
    }

    /// What was reviewed is what runs.
    fn check_text(&self, plan: &Plan) -> Result<(), CommandError> {
        let checked = self.saved.map_or(Ok(()), |(saved, _)| saved.check_text(plan, self.cluster));
        checked.map_err(|(difference, error)| {
            output::remark(&difference);
            error
        })
    }

    /// What to do to go on. A saved plan is over once something of it was made.
    fn next(&self) -> String {
        match self.saved {
            Some((_, path)) => {
                let anew = Typed::new("plan", self.global).intent(self.intent);
                let anew = anew.value("--out", &path.to_string_lossy());
                format!("plan anew with {anew}")
            }
            None => format!("run {} again", self.again),
        }
    }

    /// What says how the account is to be.
    fn spec(&self) -> String {
        match self.saved {
            Some((_, path)) => format!("the spec in {}", path.display()),
            None => self.cluster.file.clone(),
        }
    }

    fn deletes(&self) -> bool {
        matches!(self.intent.goal, Goal::Destroy { .. })
    }

    /// What was let go is nobody's, and no spec says how it is to be.
    fn lets_go(&self) -> bool {
        self.intent.goal == Goal::Disown
    }

    fn show(&self, found: &Plan) -> Result<(), CommandError> {
        if self.lets_go() && !self.json && found.is_converged() {
            let name = &self.cluster.desired.scope.cluster;
            return output::print(&format!("nothing to do: {name} owns nothing here\n"));
        }
        if self.deletes() && !self.json && found.is_converged() {
            let scope = &self.cluster.desired.scope;
            let is_elsewhere = |note: &&Note| note.kind == NoteKind::Elsewhere;
            let elsewhere: Vec<Note> = found.notes.iter().filter(is_elsewhere).cloned().collect();
            let place = match elsewhere.is_empty() {
                true => String::new(),
                false => format!(" in {}", scope.home),
            };
            let nothing = format!("nothing of {}{place} is left to delete", scope.cluster);
            let lines: Vec<String> = std::iter::once(nothing)
                .chain(plan::notes(&elsewhere, session::page(self.global)))
                .collect();
            return output::print(&(lines.join("\n") + "\n"));
        }
        if self.json {
            let version = json!({ "type": "version", "format_version": json::FORMAT_VERSION });
            let plan = json::plan(found, self.cluster.source(), &self.cluster.diagnostics);
            let plan = json!({ "type": "plan", "plan": plan });
            return output::print(&(json::line(&version) + &json::line(&plan)));
        }
        let (page, cluster) = (session::page(self.global), self.cluster);
        let text = plan::render(found, &cluster.desired, &self.spec(), page);
        output::print(&(text + &session::below(found, cluster, self.global)))
    }

    async fn apply(
        &self,
        approved: ApprovedPlan,
        account: &Account,
        locked: &Locked<'_, Account>,
        journal: &Journal,
        stop: &Stop,
    ) -> Report {
        let plan = approved.plan();
        let mut watch: Box<dyn Watch> = match (self.json, output::draws_progress()) {
            (true, _) => Box::new(JsonLines::new(plan)),
            (false, true) => Box::new(Drawn::new(plan)),
            (false, false) => Box::new(Lines::new(plan)),
        };
        let (desired, intent) = (&self.cluster.desired, self.intent);
        let written = Journaled::new(locked, journal, account.now().to_string());
        pgha_apply::apply(approved, desired, intent, &written, account, &mut *watch, stop).await
    }

    fn report(&self, report: &Report) -> Result<(), CommandError> {
        if self.json {
            return output::print(&json::line(&json::report(report, self.cluster.source())));
        }
        if self.lets_go() && report.is_converged() {
            let steps = words::count(report.steps.len(), "step");
            let name = &self.cluster.desired.scope.cluster;
            let text = format!("\ndone: {steps}; what {name} owned is as it was, and nobody's\n");
            return output::print(&text);
        }
        if self.deletes() && report.is_converged() {
            let steps = words::count(report.steps.len(), "step");
            let name = &self.cluster.desired.scope.cluster;
            return output::print(&format!("\ndone: {steps}; {name} is deleted\n"));
        }
        let page = session::page(self.global);
        let ran = report::Ran { spec: &self.spec(), next: &self.next() };
        output::print(&format!("\n{}", report::render(report, ran, page)))
    }
}

fn is_held(plan: &Plan) -> bool {
    plan.changes.iter().any(|change| matches!(change.blocked, Some(Blocked::Held { .. })))
}

/// What made another plan of one that held something until the window, or did not.
fn moved(was_held: bool, now: &Plan) -> &'static str {
    match (was_held, is_held(now)) {
        (true, false) => "the maintenance window opened, or the account moved,",
        (false, true) => "the maintenance window closed, or the account moved,",
        _ => "the account moved",
    }
}

fn too_disruptive(refused: &Refused, plan: &Plan, again: &Typed) -> CommandError {
    let worst = plan.worst_to_cluster();
    let once = again.clone().max_disruption(worst);
    CommandError::refused(refused.to_string())
        .hint(format!("to allow it once: {once}"))
        .hint(format!("to allow it always: `[guard] max_disruption = \"{worst}\"` in the spec"))
}

/// How a run ends that has nothing to do.
fn without_steps(plan: &Plan) -> Result<Exit, CommandError> {
    let left = Left::of(plan);
    match left.exit() {
        Exit::Error => {
            Err(CommandError::failed(format!("{}: nothing was changed", left.unseen_in_words())))
        }
        end => Ok(end),
    }
}

fn exit(report: &Report) -> Exit {
    let timed_out = |outcome: &Outcome| matches!(outcome, Outcome::Unsettled { .. });
    let failed =
        |outcome: &Outcome| matches!(outcome, Outcome::Failed { .. } | Outcome::Stale { .. });
    let any =
        |wanted: &dyn Fn(&Outcome) -> bool| report.steps.iter().any(|step| wanted(&step.outcome));
    let left = Left::of(&report.left);
    match left.exit() {
        _ if report.is_converged() => Exit::Ok,
        _ if report.interrupted || any(&failed) => Exit::Partial,
        end @ (Exit::Error | Exit::Partial) => end,
        _ if any(&timed_out) => Exit::TimedOut,
        // A look that is late shows steps that were made, and some were not made.
        _ if left.steps > 0 || !report.all_succeeded() => Exit::Partial,
        end => end,
    }
}

#[cfg(test)]
mod tests {
    use pgha_apply::StepReport;
    use pgha_resource::Disruption;
    use pgha_resource::live::ErrorClass;

    use super::*;
    use crate::render::testing;

    #[track_caller]
    fn check_exit(outcomes: Vec<Outcome>, interrupted: bool, expected: Exit) {
        let desired = testing::desired();
        let live = match outcomes.iter().all(Outcome::is_success) {
            true => testing::applied(&desired),
            false => testing::empty(&desired),
        };
        let steps = outcomes.into_iter().enumerate().map(|(step, outcome)| StepReport {
            step,
            address: testing::address("db-instance/orders-primary"),
            operation: pgha_resource::Operation::CreateDBInstance,
            disruption: Disruption::None,
            outcome,
            attempts: 1,
            seconds: 0,
        });
        let left = testing::plan(&desired, &live);
        let report = Report { steps: steps.collect(), left, interrupted };
        assert_eq!(exit(&report), expected);
    }

    #[test]
    fn every_end_has_its_code() {
        let failed = Outcome::Failed {
            class: ErrorClass::Quota,
            code: "Quota".into(),
            message: String::new(),
            request_id: None,
        };
        let unsettled = Outcome::Unsettled { status: "creating".into() };
        let underway = Outcome::Underway { status: "creating".into() };
        check_exit(vec![Outcome::Done, Outcome::Queued], false, Exit::Ok);
        check_exit(vec![Outcome::Done, failed.clone()], false, Exit::Partial);
        check_exit(vec![unsettled.clone()], false, Exit::TimedOut);
        check_exit(vec![unsettled, failed], false, Exit::Partial);
        check_exit(vec![underway], true, Exit::Partial);
    }
}
