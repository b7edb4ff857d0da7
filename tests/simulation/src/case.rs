//! What a seed fixes: two specs, the account before the first run, and a schedule of bad
//! moments. A case is plain data, so that one that fails can be made smaller and be kept.

use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_sim::Habit;
use serde::Deserialize;
use serde::Serialize;

use crate::random::Dice;
use crate::random::Random;
use crate::specs;

/// One world from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The seed it came from.
    pub seed: u64,
    /// The spec at the beginning, line by line.
    pub first: Vec<String>,
    /// The spec that follows it.
    pub second: Vec<String>,
    /// Whether the account is built before the first run: by an undisturbed apply.
    pub built: bool,
    /// What people did to it then.
    pub before: Vec<Deed>,
    /// The disturbed runs.
    pub runs: Vec<Run>,
    /// Whether the cluster is destroyed in the end.
    pub destroyed: bool,
    /// Whether plans know what time it is, so that what breaks connections waits for the window.
    #[serde(default)]
    pub clock: bool,
    /// What the account does as AWS does it, where that is a switch.
    #[serde(default)]
    pub habits: Vec<Habit>,
}

/// One apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// With the second spec.
    pub second: bool,
    /// The worst disruption that was agreed to.
    pub max_disruption: Disruption,
    /// Whether the user lets go of what holds data and left the spec.
    pub lets_go: bool,
    /// The bad moments.
    pub troubles: Vec<Trouble>,
    /// What people do afterwards.
    pub after: Vec<Deed>,
    /// How many minutes after the maintenance window opened it begins, if it waits for that.
    #[serde(default)]
    pub opens: Option<u64>,
    /// Whether the user says that what is held goes now.
    #[serde(default)]
    pub now: bool,
}

/// A bad moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// When.
    pub at: At,
    /// What.
    pub what: What,
}

/// A moment in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum At {
    /// Its n-th mutating call, from 0; the calls of the lock count.
    Call(usize),
    /// Its n-th look at the account, from 0.
    Look(usize),
}

/// What goes wrong. At a call, what changes the answer of looks happens with the next look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// So many calls of the same operation are throttled, this one first.
    Throttled(usize),
    /// The call fails with a server error and is not made.
    ServerError,
    /// The call is refused because a quota is used up.
    Quota,
    /// The call is made and its answer never arrives.
    AnswerLost,
    /// The call is not made, and nobody says so.
    RequestLost,
    /// From now on, the caller may not make any changing call of this call's service.
    Denied,
    /// The process dies instead of making the call.
    DiesBefore,
    /// The process dies after the call was made.
    DiesAfter,
    /// This look and the next see the account as it was before the last so many calls.
    Stale(usize),
    /// For so many looks, things of this kind cannot be read.
    Unreadable(Kind, usize),
    /// The process sleeps: a laptop is closed.
    Sleeps {
        /// For how long.
        minutes: u64,
    },
    /// What is under way takes longer.
    Slow {
        /// By how much.
        minutes: u64,
    },
    /// Another apply starts and runs beside this one.
    AnotherApply {
        /// With the second spec.
        second: bool,
    },
    /// Somebody does something.
    Deed(Deed),
}

/// What people, and AWS itself, do to an account. The numbers choose among what there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// Somebody changes a value.
    Tamper(u64),
    /// Somebody deletes something, whatever protects it.
    Delete(u64),
    /// Somebody removes the ownership tag: the thing is nobody's now.
    Disown(u64),
    /// Somebody gives the thing to another cluster.
    GiveAway(u64),
    /// A zone fails.
    Failover(u64),
    /// Something that is busy fails to become available, until a person repairs it.
    Stuck(u64),
    /// AWS offers a new minor version.
    Upgrade(u64),
    /// Hours pass.
    Hours(u64),
    /// Somebody does this in the console, or another service does.
    Console(Trick, u64),
}

/// What the console and other services do to a cluster, each with a state that it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trick {
    /// An instance is stopped.
    Stop,
    /// A security group is attached for an EC2 instance.
    ConnectEc2,
    /// A copy is restored under another name, with the tags of what it comes from.
    Restore,
    /// A volume fills up to so much that it grows.
    NearlyFull,
    /// A volume fills up.
    Full,
    /// AWS Backup takes the backups over.
    AwsBackup,
    /// The topic takes no events any more.
    Silence,
    /// A topic is deleted.
    DeleteTopic,
    /// All that a subscription watches is deleted.
    DeleteInstance,
    /// A secret is rotated.
    Rotate,
    /// A secret's function may not be invoked any more.
    DenyRotation,
    /// AWS upgrades to a minor version that this pgha does not know.
    NewerMinor,
    /// Whoever was asked to confirm a subscription does.
    Confirm,
}

const TRICKS: &[Trick] = &[
    Trick::Stop,
    Trick::ConnectEc2,
    Trick::Restore,
    // Not every volume can grow or fill up, and few of those cross 400 GiB.
    Trick::NearlyFull,
    Trick::NearlyFull,
    Trick::Full,
    Trick::Full,
    Trick::AwsBackup,
    Trick::Silence,
    Trick::DeleteTopic,
    Trick::DeleteInstance,
    Trick::Rotate,
    Trick::DenyRotation,
    Trick::NewerMinor,
    Trick::Confirm,
    Trick::Confirm,
];

impl Case {
    /// The case of a seed.
    pub fn of(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (first, second) = two_specs(&mut random);
        let built = random.chance(40);
        let before = match built {
            true => deeds(&mut random, 4),
            false => Vec::new(),
        };
        let mut is_second = false;
        let mut runs = Vec::new();
        for _ in 0..1 + random.below(3) {
            is_second |= random.chance(35);
            runs.push(run(&mut random, is_second));
        }
        let destroyed = random.chance(15);
        let clock = random.chance(60);
        let habits = Habit::ALL.into_iter().filter(|_| random.chance(40)).collect();
        Self { seed, first, second, built, before, runs, destroyed, clock, habits }
    }

    /// The text of one of the specs.
    pub fn spec(&self, second: bool) -> String {
        let lines = if second { &self.second } else { &self.first };
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// A valid spec, and another that differs from it here and there.
fn two_specs(random: &mut Random) -> (Vec<String>, Vec<String>) {
    // A cluster moves neither to another partition nor into another VPC.
    let (in_china, by_default) = (random.chance(5), random.chance(25));
    let lines = |dice: &Dice| {
        let mut text = specs::write(dice);
        if in_china {
            text = text
                .replace("arn:aws:", "arn:aws-cn:")
                .replace("us-east-1", "cn-north-1")
                .replace("us-west-2", "cn-northwest-1");
        }
        if by_default {
            text = specs::NETWORK.iter().fold(text, |text, line| text.replace(line, ""));
        }
        let valid = pgha_spec::load("cluster.toml", &text).is_ok();
        valid.then(|| text.lines().map(str::to_string).collect::<Vec<_>>())
    };
    loop {
        let dice = Dice::new(random.next());
        let Some(first) = lines(&dice) else { continue };
        let percent = *random.pick(&[3, 10, 40]);
        let others = (0..5).find_map(|_| lines(&dice.but_for(percent, random.next())));
        return (first.clone(), others.unwrap_or(first));
    }
}

fn run(random: &mut Random, second: bool) -> Run {
    let mut troubles: Vec<Trouble> = (0..random.below(6)).map(|_| trouble(random)).collect();
    if random.chance(45) {
        let what = if random.chance(50) { What::DiesBefore } else { What::DiesAfter };
        troubles.push(Trouble { at: At::Call(random.below(70)), what });
    }
    let max_disruption = match random.below(5) {
        0 => Disruption::None,
        1 => Disruption::Failover,
        _ => Disruption::Outage,
    };
    let after = deeds(random, 3);
    let lets_go = random.chance(25);
    // The shortest windows last an hour: some runs begin when theirs is about to close.
    let opens = random.chance(35).then(|| *random.pick(&[0, 1, 10, 30, 55, 59]));
    let now = random.chance(15);
    Run { second, max_disruption, lets_go, troubles, after, opens, now }
}

fn trouble(random: &mut Random) -> Trouble {
    // Most of a run's looks are spent waiting; what happens early meets more.
    let early = random.chance(70);
    let look = At::Look(random.below(if early { 40 } else { 400 }));
    let call = At::Call(random.below(70));
    let minutes = *random.pick(&[5, 45, 300]);
    let (at, what) = match random.below(20) {
        0..2 => (call, What::Throttled(1 + random.below(4))),
        2 => (call, What::ServerError),
        3 => (call, What::Quota),
        4..6 => (call, What::AnswerLost),
        6 => (call, What::RequestLost),
        7 => (call, What::Denied),
        8..10 => (look, What::Stale(1 + random.below(3))),
        10 => (look, What::Unreadable(*random.pick(Kind::ALL), 1 + random.below(4))),
        11 => (look, What::Sleeps { minutes: *random.pick(&[10, 30, 2000]) }),
        12 => (look, What::Slow { minutes }),
        13..16 => (look, What::AnotherApply { second: random.chance(50) }),
        _ => (look, What::Deed(deed(random))),
    };
    Trouble { at, what }
}

fn deeds(random: &mut Random, most: usize) -> Vec<Deed> {
    (0..random.below(most)).map(|_| deed(random)).collect()
}

fn deed(random: &mut Random) -> Deed {
    let which = random.next();
    match random.below(25) {
        20.. => Deed::Console(*random.pick(TRICKS), which),
        0..9 => Deed::Tamper(which),
        9..11 => Deed::Delete(which),
        11 => Deed::Disown(which),
        12 => Deed::GiveAway(which),
        13 => Deed::Failover(which),
        14..16 => Deed::Stuck(which),
        16 => Deed::Upgrade(which),
        _ => Deed::Hours(1 + which % 200),
    }
}
