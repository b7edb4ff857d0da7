//! What the commands that look at an account have in common.

use std::future::Future;

use pgha_apply::port::Observe;
use pgha_planner::Allow;
use pgha_planner::Blocked;
use pgha_planner::Change;
use pgha_planner::Goal;
use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_resource::Address;
use pgha_spec::Diagnostic;
use pgha_spec::Severity;

use crate::account;
use crate::account::Account;
use crate::args::Global;
use crate::cluster::Cluster;
use crate::error::CommandError;
use crate::output;
use crate::render::Page;
use crate::render::diagnostic;
use crate::render::style;
use crate::render::words;
use crate::typed::Typed;

/// Runs a future to its end on this thread.
pub fn block_on<T>(
    future: impl Future<Output = Result<T, CommandError>>,
) -> Result<T, CommandError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::failed(format!("cannot start: {error}")))?
        .block_on(future)
}

/// The page that a text goes to.
pub fn page(global: &Global) -> Page {
    Page {
        width: output::width(),
        verbose: global.verbose,
        cuts: output::is_terminal(),
        simulated: global.sandbox.is_some(),
    }
}

/// A goal with what was allowed on the command line.
pub fn intent(goal: Goal, allow: &[Allow], now: &[Address]) -> Intent {
    let (allow, now) = (allow.iter().cloned().collect(), now.iter().cloned().collect());
    Intent { goal, allow, now, at: None }
}

/// The same with the account's time: what breaks connections is held until the window.
pub fn timed(intent: &Intent, account: &Account) -> Intent {
    Intent { at: Some(pgha_apply::moment(account)), ..intent.clone() }
}

/// Guards, reads and plans.
pub async fn plan(
    cluster: &Cluster,
    intent: &Intent,
    account: &impl Observe,
    global: &Global,
) -> Result<Plan, CommandError> {
    pgha_apply::observe_and_plan(&cluster.desired, intent, account)
        .await
        .map_err(|error| account::guarded(&error, global))
}

/// What is said under a plan: about its spec, and what the sandbox lacks.
pub fn below(plan: &Plan, cluster: &Cluster, global: &Global) -> String {
    let lacks = |change: &Change| matches!(change.blocked, Some(Blocked::NoNetwork { .. }));
    let make = match global.sandbox.is_some() && plan.changes.iter().any(lacks) {
        true => format!(
            "\nto make the network that the spec asks for: {}\n",
            Typed::new("sandbox add-network", global)
        ),
        false => String::new(),
    };
    lints(cluster, global) + &make
}

/// The warnings about the spec, a line each; advice is only counted.
fn lints(cluster: &Cluster, global: &Global) -> String {
    let (advice, warnings): (Vec<Diagnostic>, Vec<Diagnostic>) = cluster
        .diagnostics
        .iter()
        .cloned()
        .partition(|found| found.severity == Severity::Advice && !global.verbose);
    let mut text = diagnostic::one_liners(cluster.source(), &warnings);
    if !advice.is_empty() {
        let number = words::advice(advice.len());
        let check = Typed::offline("check", global);
        let counted = format!("{number} on {}: {check} shows them", cluster.file);
        text.push_str(&format!("{}\n", style::paint(style::DIM, counted)));
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}
