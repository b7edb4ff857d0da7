//! Runs that die on the wire: at each changing request that creation, update and destruction of
//! `production.toml` send, before it is sent or after it took effect, with the lock held and
//! the journal written as `pgha apply` does it. The next run converges, and the account holds
//! what an undisturbed one does, counted past every API.
//!
//! A process remembers nothing but the account. So an account in which every run gets one
//! request further has been through every crash point: those are the chains. Beside them, some
//! crash points have an account of their own, in which the very next run has to converge.
//! All 438 of them, which takes the better part of an hour on two cores:
//!
//! ```text
//! PGHA_CRASHES=all cargo test -p pgha-tests --test wire_crashes -- --nocapture
//! ```

use std::cell::RefCell;
use std::sync::OnceLock;

use jiff::Timestamp;
use pgha_apply::Event;
use pgha_apply::Report;
use pgha_apply::Stop;
use pgha_apply::Watch;
use pgha_apply::apply;
use pgha_apply::journal;
use pgha_apply::journal::Journaled;
use pgha_apply::journal::Lines;
use pgha_apply::lock;
use pgha_apply::lock::Locked;
use pgha_apply::observe_and_plan;
use pgha_planner::Approval;
use pgha_planner::StepId;
use pgha_planner::approve;
use pgha_resource::Disruption;
use pgha_tests::block_on;
use pgha_tests::emulator::Emulator;
use pgha_tests::emulator::OnAClock;
use pgha_tests::emulator::RushedClock;
use pgha_tests::emulator::Way;
use pgha_tests::failures;
use pgha_tests::life::Phase;
use pgha_tests::life::holds;
use pgha_tests::life::phases;
use pgha_tests::mortal::Death;
use pgha_tests::mortal::Mortal;
use pgha_tests::sketch;

const CREATION: usize = 0;
const UPDATE: usize = 1;
const DESTRUCTION: usize = 2;

/// No run takes a day, and a dead one's lock is over by then.
const NEXT_RUN: i64 = 24 * 60 * 60;

/// After more deaths than this in one account, nothing happens any more.
const MOST_DEATHS: usize = 500;

/// An emulator keeps every account that it was asked about.
const WORLDS_AT_ONCE: usize = 25;

/// An account and what outlives a process beside it.
struct World<'a> {
    emulator: &'a Emulator,
    number: String,
    phases: [Phase; 3],
    /// The time at which the next run begins.
    seconds: i64,
    journal: Journal,
}

#[derive(Default)]
struct Journal(RefCell<String>);

impl Lines for Journal {
    fn append(&self, line: &str) -> std::io::Result<()> {
        *self.0.borrow_mut() += &format!("{line}\n");
        Ok(())
    }
}

/// The steps that ended otherwise than well.
#[derive(Default)]
struct Failures(String);

impl Watch for Failures {
    fn event(&mut self, _at: Timestamp, step: StepId, event: &Event) {
        if let Event::Ended { outcome } = event
            && !outcome.is_success()
        {
            self.0 += &format!("{step}: {outcome}\n");
        }
    }
}

/// What became of a run.
struct Ended {
    /// Nothing, if it died.
    report: Option<Report>,
    /// The changing requests that it sent.
    requests: Vec<String>,
    failures: String,
}

impl<'a> World<'a> {
    fn new(emulator: &'a Emulator, number: usize) -> Self {
        let number = format!("{number:012}");
        let phases = phases(&number);
        Self { emulator, number, phases, seconds: 0, journal: Journal::default() }
    }

    /// A run from its plan to giving back the lock, or to its death.
    fn run(&mut self, phase: usize, death: Option<Death>) -> Ended {
        self.run_armed(phase, death, true)
    }

    /// As [`World::run`]; only with the lock in its hands it may die.
    fn run_with_lock(&mut self, phase: usize, death: Option<Death>) -> Ended {
        self.run_armed(phase, death, false)
    }

    fn run_armed(&mut self, phase: usize, death: Option<Death>, at_once: bool) -> Ended {
        let mortal = Mortal::new(death);
        if at_once {
            mortal.arm();
        }
        let clock = RushedClock::from(self.seconds);
        let mut failures = Failures::default();
        let report = block_on(async {
            let scope = &self.phases[phase].desired.scope;
            let regions = self.phases[phase].desired.regions();
            let way = Way::to(self.emulator.url()).through(mortal.client());
            let account = OnAClock { account: way.account(scope, &regions).await, clock };
            let life = self.life(phase, &account, &mortal, &mut failures);
            tokio::select! {
                report = life => Some(report),
                () = mortal.died() => None,
            }
        });
        self.seconds += NEXT_RUN;
        Ended { report, requests: mortal.calls(), failures: failures.0 }
    }

    /// How the next run calls itself.
    fn name_of_run(&self) -> String {
        format!("run at {}", self.seconds)
    }

    async fn life(
        &self,
        phase: usize,
        account: &OnAClock,
        mortal: &Mortal,
        watch: &mut Failures,
    ) -> Report {
        let Phase { desired, intent, .. } = &self.phases[phase];
        let plan = observe_and_plan(desired, intent, account).await.expect("the account is ours");
        let approval = Approval { max_disruption: Disruption::Outage, digest: None };
        let approved = approve(plan, &approval).expect("an outage is allowed");
        let name = self.name_of_run();
        let holder = lock::take(desired, account, &name).await.expect("no lock holds for so long");
        mortal.arm();
        let locked = Locked::new(account, desired, holder);
        let written = Journaled::new(&locked, &self.journal, name);
        let stop = Stop::default();
        let report = apply(approved, desired, intent, &written, account, watch, &stop).await;
        locked.release().await.expect("the lock is given back");
        report
    }

    /// One run converges, and the next finds nothing to do.
    #[track_caller]
    fn check_converges(&mut self, phase: usize, place: &str) {
        let ended = self.run(phase, None);
        let report = ended.report.expect("nothing kills it");
        assert!(report.all_succeeded(), "{place}:\n{}", failures(&report));
        assert!(report.left.is_converged(), "{place}: left\n{}", sketch(&report.left));
        let again = self.run(phase, None);
        let report = again.report.expect("nothing kills it");
        assert!(report.steps.is_empty(), "{place}: a second run makes\n{:?}", again.requests);
        assert!(report.left.is_converged(), "{place}: left\n{}", sketch(&report.left));
    }

    #[track_caller]
    fn check_died_well(&self, ended: &Ended, name: &str, place: &str) {
        assert_eq!(ended.failures, "", "{place}");
        let journal = journal::unfinished(&self.journal.0.borrow());
        let ours = journal.iter().any(|entry| entry.run == name);
        // Taking the lock and giving it back is not in the journal.
        let last = ended.requests.last().map(String::as_str);
        let locks = matches!(last, Some("CreateSecurityGroup" | "DeleteSecurityGroup"));
        assert!(ours || locks, "{place}: the journal does not say that {last:?} began");
    }

    fn holds(&self) -> String {
        holds(self.emulator, &self.number)
    }
}

/// How a phase goes when nothing disturbs it.
struct Undisturbed {
    /// Changing requests, with those for the lock.
    requests: usize,
    holds: String,
}

fn emulator() -> &'static Emulator {
    static EMULATOR: OnceLock<Emulator> = OnceLock::new();
    EMULATOR.get_or_init(|| Emulator::start(1))
}

fn undisturbed(phase: usize) -> &'static Undisturbed {
    static UNDISTURBED: OnceLock<Vec<Undisturbed>> = OnceLock::new();
    let lived = UNDISTURBED.get_or_init(|| {
        let mut world = World::new(emulator(), 200);
        let lived = (CREATION..=DESTRUCTION).map(|phase| {
            let ended = world.run(phase, None);
            assert!(ended.report.is_some_and(|report| report.is_converged()));
            Undisturbed { requests: ended.requests.len(), holds: world.holds() }
        });
        lived.collect()
    });
    &lived[phase]
}

/// A world in which `phase` is what comes next.
fn before<'a>(emulator: &'a Emulator, number: usize, phase: usize) -> World<'a> {
    let mut world = World::new(emulator, number);
    if phase != CREATION {
        world.check_converges(CREATION, "the creation before it");
    }
    world
}

/// Every run gets one request further and dies, in turn after it took effect and, once its
/// answer was seen, before the next.
#[track_caller]
fn check_chain(number: usize, phase: usize) {
    let mut world = before(emulator(), number, phase);
    let (mut deaths, mut unseen) = (0, 0);
    loop {
        let place = format!("{}, death {deaths}", world.phases[phase].name);
        // What nobody reads back is written again by the next run, which gets further with the
        // request after it.
        let death = match deaths % 2 == 0 {
            true => Death::After(1 + unseen),
            false => Death::Before(2 + unseen),
        };
        let name = world.name_of_run();
        let ended = world.run_with_lock(phase, Some(death));
        if ended.report.is_some() {
            break;
        }
        world.check_died_well(&ended, &name, &place);
        unseen = usize::from(ended.requests.last().is_some_and(|last| last == "PutSecretValue"));
        deaths += 1;
        assert!(deaths < MOST_DEATHS, "{place}: it gets nowhere");
    }
    let undisturbed = undisturbed(phase);
    // The lock is no part of it; what two steps share may be done by one request.
    assert!(deaths + 10 > undisturbed.requests, "only {deaths} of {}", undisturbed.requests);
    world.check_converges(phase, "after all deaths");
    assert_eq!(world.holds(), undisturbed.holds);
    println!("{}: {deaths} deaths in a row", world.phases[phase].name);
}

/// Crash points get a world of their own each; every so many, or all.
#[track_caller]
fn check_crash_points(number: usize, phase: usize) {
    let stride = match std::env::var("PGHA_CRASHES") {
        Ok(word) if word == "all" => 1,
        _ => 60,
    };
    let undisturbed = undisturbed(phase);
    let both = |request| [Death::Before(request), Death::After(request)];
    let points: Vec<Death> = (1..=undisturbed.requests).flat_map(both).step_by(stride).collect();
    for (batch, deaths) in points.chunks(WORLDS_AT_ONCE).enumerate() {
        let emulator = Emulator::start(1);
        for (index, death) in deaths.iter().enumerate() {
            let number = number + batch * WORLDS_AT_ONCE + index;
            check_crash_point(before(&emulator, number, phase), phase, *death);
        }
    }
    println!("crash points survived: {}", points.len());
}

#[track_caller]
fn check_crash_point(mut world: World, phase: usize, death: Death) {
    let place = format!("{}, death {death:?}", world.phases[phase].name);
    let name = world.name_of_run();
    let ended = world.run(phase, Some(death));
    assert!(ended.report.is_none(), "{place}: it lived");
    world.check_died_well(&ended, &name, &place);
    world.check_converges(phase, &place);
    assert_eq!(world.holds(), undisturbed(phase).holds, "{place}");
}

#[test]
fn a_creation_dies_at_every_request_in_turn() {
    check_chain(301, CREATION);
}

#[test]
fn an_update_dies_at_every_request_in_turn() {
    check_chain(302, UPDATE);
}

#[test]
fn a_destruction_dies_at_every_request_in_turn() {
    check_chain(303, DESTRUCTION);
}

#[test]
fn a_creation_that_died_converges_on_the_next_run() {
    check_crash_points(1_000, CREATION);
}

#[test]
fn an_update_that_died_converges_on_the_next_run() {
    check_crash_points(2_000, UPDATE);
}

#[test]
fn a_destruction_that_died_converges_on_the_next_run() {
    check_crash_points(3_000, DESTRUCTION);
}
