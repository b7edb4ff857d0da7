//! What a step waits for before its call, although its turn has come.

use jiff::SignedDuration;
use pgha_planner::Step;
use pgha_planner::StepId;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::live::Notice;
use pgha_resource::status::Phase;

use crate::port::CallError;
use crate::port::Clock;
use crate::port::Execute;
use crate::report::Outcome;
use crate::run::Run;
use crate::session::moment;
use crate::settle::will_break_connections;

/// How long a change that was accepted may show nothing but its queued values: it begins within
/// seconds (docs/aws/instances.md#status-lags), and looks can be half a minute old.
const BEGINS: SignedDuration = SignedDuration::from_mins(1);

/// How long a word that this pgha does not know may stand: as long as AWS's own waiters wait for
/// a database, 60 looks of 30 s. Most words of AWS's pass; one that stands longer may be one that
/// never does. <https://docs.aws.amazon.com/cli/latest/reference/rds/wait/db-instance-available.html>
const STRANGE: SignedDuration = SignedDuration::from_mins(30);

/// How long RDS may take to notice what changed in a parameter group
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html>:
/// wait at least five minutes before its first use). A restart before that may come too early.
const NOTICED: SignedDuration = SignedDuration::from_mins(5);

/// Why a call is not made yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hold {
    /// In words.
    pub(super) text: String,
    /// AWS's word behind it, where this pgha does not know it.
    pub(super) strange: Option<String>,
}

impl Hold {
    /// For something that passes.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), strange: None }
    }

    /// For the status of another resource.
    fn behind(address: &Address, live: &LiveResource) -> Self {
        let text = format!("{address} is {}", live.status.text);
        Self { text, strange: strange_word(address, live) }
    }
}

/// A status that counts as busy for no better reason than that nobody knows it.
fn strange_word(address: &Address, live: &LiveResource) -> Option<String> {
    let status = &live.status;
    let strange = status.phase == Phase::Busy && !status.is_known(address.kind);
    strange.then(|| format!("AWS says that {address} is `{}`", status.text))
}

impl<A: Execute, C: Clock> Run<'_, A, C> {
    /// What hinders a step whose own resource is as expected.
    pub(super) fn hold(&self, step: StepId) -> Option<Hold> {
        self.somebody_restarts(step)
            .or_else(|| self.unsettled_need(step))
            .or_else(|| self.unnoticed(step))
    }

    pub(super) fn own_strange_word(&self, step: StepId) -> Option<String> {
        let address = self.steps[step].address();
        strange_word(address, self.seen.present(address)?)
    }

    /// How a step ends whose window has closed while other steps ran, or while it was refused.
    pub(super) fn too_late(&self, step: StepId) -> Option<Outcome> {
        let window = self.steps[step].gate?;
        if window.contains(moment(self.clock)) {
            return None;
        }
        let late = format!("the window {window} UTC is closed: it waits for the next");
        Some(match self.progress[step].refused.clone() {
            Some(CallError { class, code, message, request_id }) => {
                Outcome::Failed { class, code, message: format!("{message}; {late}"), request_id }
            }
            None => Outcome::NotReached { because: late },
        })
    }

    /// What to say once a step has waited too long behind a word that nobody knows.
    pub(super) fn outlasted(&mut self, step: StepId, strange: Option<String>) -> Option<String> {
        let now = self.clock.now();
        let before = self.progress[step].strange.take();
        let word = strange?;
        let since = before.filter(|(old, _)| *old == word).map_or(now, |(_, since)| since);
        let over = now.duration_since(since) > STRANGE;
        let said = over.then(|| {
            format!("{word}, which this pgha does not know: look at it in the RDS console, and apply again once it has passed")
        });
        self.progress[step].strange = Some((word, since));
        said
    }

    /// Another database of the cluster that is in the middle of something, where this step
    /// would break connections: a run that was killed may have left it so, perhaps with a
    /// change that AWS accepted a moment ago and that looks as if it waited for the window.
    fn somebody_restarts(&self, step: StepId) -> Option<Hold> {
        if !self.breaks_connections(step) {
            return None;
        }
        let early = self.clock.now().duration_since(self.began) < BEGINS;
        let mut others = self.databases().filter(|other| *other != self.steps[step].address());
        others.find_map(|address| {
            let live = self.seen.present(address)?;
            match live.status.disturbs() {
                true => Some(Hold::behind(address, live)),
                false if early && will_break_connections(live) => {
                    let text = format!("{address} may be about to begin with what is queued");
                    Some(Hold::new(text))
                }
                false => None,
            }
        })
    }

    /// Something that a new resource names and that is not settled: a replica's source may be in
    /// the middle of a backup.
    fn unsettled_need(&self, step: StepId) -> Option<Hold> {
        if !matches!(self.steps[step].call.action, Action::Create { .. }) {
            return None;
        }
        self.needed_by(step).iter().find_map(|address| {
            let live = self.seen.present(address)?;
            (live.status.phase == Phase::Busy).then(|| Hold::behind(address, live))
        })
    }

    /// Parameters that this run changed for a restart and that RDS has not noticed yet: until it
    /// says that they wait for a restart, a restart would come too early for them.
    fn unnoticed(&self, step: StepId) -> Option<Hold> {
        let Action::Reboot { .. } = self.steps[step].call.action else { return None };
        let live = self.seen.present(self.steps[step].address())?;
        let noticed = live.notices.iter().any(|notice| matches!(notice, Notice::PendingReboot(_)));
        let changed = self.parameters_changed_before(step)?;
        let ago = self.clock.now().duration_since(changed);
        let waits = !noticed && ago < NOTICED;
        waits.then(|| Hold::new("RDS has not noticed its new parameters yet"))
    }

    /// When the last step ended that changed the parameters of a step's database.
    fn parameters_changed_before(&self, step: StepId) -> Option<jiff::Timestamp> {
        let own = self.steps[step].address();
        let behind =
            |other: &Step| self.steps[step].after.iter().any(|after| after.step == other.id);
        let before = self.steps[..step].iter().filter(|other| match other.address().kind {
            Kind::DbParameterGroup | Kind::DbClusterParameterGroup => behind(other),
            _ => other.address() == own && gives_a_group(other),
        });
        before.filter_map(|other| self.progress[other.id].ended).max()
    }
}

/// Whether a step attaches a parameter group to what exists already.
fn gives_a_group(step: &Step) -> bool {
    let attaches = step.call.fields().any(|field| field == "parameter_group");
    let database = matches!(step.call.resource(), Resource::DbInstance(_) | Resource::DbCluster(_));
    attaches && database
}
