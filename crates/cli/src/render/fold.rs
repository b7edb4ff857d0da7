//! What is said once of many changes: one cause, one line.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_planner::{Blocked, Cause, Change, FieldChange, Plan, StepTime, Verb};
use pgha_resource::{Address, Disruption, Kind};

use crate::render::Page;
use crate::render::change;
use crate::render::style;
use crate::render::table::Cell;
use crate::render::words;

/// As many as are folded into one line.
pub const MANY: usize = 4;

/// What has no line of its own.
#[derive(Debug, Default)]
pub struct Folds<'a> {
    hidden: BTreeSet<&'a Address>,
    /// What is said below the change that stands for the others.
    waiting: BTreeMap<&'a Address, String>,
    alarms: Vec<&'a Address>,
    /// All that change in the same way, by the one that is shown for them.
    equal: BTreeMap<&'a Address, Vec<&'a Address>>,
}

impl<'a> Folds<'a> {
    /// Folds what waits for one thing, alarms that are new, and what changes in the same way;
    /// nothing where all is to be said.
    pub fn of(plan: &'a Plan, page: Page) -> Self {
        let mut folds = Self::default();
        if page.verbose {
            return folds;
        }
        let alarms: Vec<&Address> = plan
            .changes
            .iter()
            .filter(|change| change.verb == Verb::Create && change.blocked.is_none())
            .map(|change| &change.address)
            .filter(|address| address.kind == Kind::Alarm)
            .collect();
        if alarms.len() >= MANY {
            folds.hidden.extend(&alarms);
            folds.alarms = alarms;
        }
        for (root, behind) in causes(plan) {
            if behind.len() >= MANY {
                folds.waiting.insert(root, behind_it(&behind));
                folds.hidden.extend(behind);
            }
        }
        for group in equal(plan, page).into_iter().filter(|group| group.len() >= MANY) {
            let addresses: Vec<&Address> = group.iter().map(|change| &change.address).collect();
            folds.hidden.extend(&addresses[1..]);
            folds.equal.insert(addresses[0], addresses);
        }
        folds
    }

    /// Whether a change has a line of its own.
    pub fn shows(&self, change: &Change) -> bool {
        !self.hidden.contains(&change.address)
    }

    /// What else waits for the same as a change, or for it.
    pub fn below(&self, change: &Change) -> Option<&str> {
        change.blocked.as_ref()?;
        self.waiting.get(&change.address).map(String::as_str)
    }

    /// Whether others wait for a change: the cause comes first.
    pub fn is_cause(&self, change: &Change) -> bool {
        self.below(change).is_some()
    }

    /// The first line of a change that stands for others which change in the same way.
    pub fn headline(&self, change: &Change, plan: &Plan) -> Option<Vec<Cell>> {
        let all = self.equal.get(&change.address)?;
        let mut line = change::headline(change, plan);
        let kinds = kinds(all);
        let is_one_kind = all.iter().all(|address| address.kind == change.address.kind);
        let (whom, list) = match is_one_kind {
            true => (kinds, "-v lists them".to_string()),
            false => (words::count(all.len(), "resource"), format!("{kinds} (-v lists them)")),
        };
        line[1].text = whom;
        line[2] = Cell::plain(list);
        Some(line)
    }

    /// The line for the alarms.
    pub fn alarms(&self) -> Option<Vec<Cell>> {
        let number = self.alarms.len();
        (number > 0).then(|| {
            vec![
                Cell::new(style::ADD, "+"),
                Cell::new(style::STRONG, words::count(number, "alarm")),
                Cell::plain("-v lists them"),
            ]
        })
    }
}

/// Changes that differ in nothing but whom they are about, and disrupt nobody: each of the others
/// is looked at by itself.
fn equal<'a>(plan: &'a Plan, page: Page) -> Vec<Vec<&'a Change>> {
    let lines = |address: &Address| plan.changes.iter().filter(|c| c.address == *address).count();
    let is_plain = |change: &&Change| {
        change.verb == Verb::Modify
            && change.blocked.is_none()
            && change.disruption == Disruption::None
            && !change.shuts_out()
            && lines(&change.address) == 1
    };
    let mut groups: Vec<(Way<'a>, Vec<&'a Change>)> = Vec::new();
    for change in plan.changes.iter().filter(is_plain) {
        let way = Way::of(change, plan, page);
        match groups.iter_mut().find(|(other, _)| *other == way) {
            Some((_, group)) => group.push(change),
            None => groups.push((way, vec![change])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// All that is said of a change below its first line.
#[derive(PartialEq)]
struct Way<'a> {
    cause: Cause,
    time: StepTime,
    fields: Vec<&'a FieldChange>,
    said: Vec<String>,
}

impl<'a> Way<'a> {
    fn of(change: &'a Change, plan: &Plan, page: Page) -> Self {
        let told = |field: &&FieldChange| field.cause != Cause::Bookkeeping;
        let fields = change.fields.iter().filter(told).collect();
        let said = change::said(change, plan, page);
        Self { cause: change.cause, time: change.time, fields, said }
    }
}

/// What blocks others, each with those that wait for it in the end. Of those that need a network
/// that was not found, the first stands for all.
fn causes(plan: &Plan) -> BTreeMap<&Address, Vec<&Address>> {
    let blocked = || plan.changes.iter().filter(|change| change.blocked.is_some());
    let reasons: BTreeMap<&Address, &Blocked> =
        blocked().filter_map(|change| Some((&change.address, change.blocked.as_ref()?))).collect();
    let mut networks: BTreeMap<&str, &Address> = BTreeMap::new();
    for (address, reason) in &reasons {
        if let Blocked::NoNetwork { why } = reason {
            networks.entry(why).or_insert(address);
        }
    }
    let mut causes: BTreeMap<&Address, Vec<&Address>> = BTreeMap::new();
    // What has another line for another part of it keeps both.
    let lines = |address: &Address| plan.changes.iter().filter(|c| c.address == *address).count();
    for address in reasons.keys().filter(|address| lines(address) == 1) {
        let root = root(address, &reasons, &networks);
        if root != *address {
            causes.entry(root).or_default().push(address);
        }
    }
    causes
}

fn root<'a>(
    address: &'a Address,
    reasons: &BTreeMap<&'a Address, &'a Blocked>,
    networks: &BTreeMap<&'a str, &'a Address>,
) -> &'a Address {
    let mut at = address;
    for _ in 0..=reasons.len() {
        at = match reasons.get(at) {
            Some(
                Blocked::Needs { address }
                | Blocked::StaysWith { address }
                | Blocked::Unrecorded { database: address },
            ) if reasons.contains_key(address) => address,
            Some(Blocked::NoNetwork { why }) => return networks.get(why.as_str()).unwrap_or(&at),
            _ => return at,
        };
    }
    address
}

/// `54 more wait for this: 28 alarms, 12 db-instances, … (-v lists them)`.
fn behind_it(behind: &[&Address]) -> String {
    format!("{} more wait for this: {} (-v lists them)", behind.len(), kinds(behind))
}

/// `28 alarms, 12 db-instances`, the most first.
pub fn kinds(addresses: &[&Address]) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for address in addresses {
        *kinds.entry(address.kind.as_str()).or_default() += 1;
    }
    let mut kinds: Vec<(usize, &str)> = kinds.into_iter().map(|(kind, n)| (n, kind)).collect();
    kinds.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let list: Vec<String> =
        kinds.iter().map(|(number, kind)| words::count(*number, kind)).collect();
    list.join(", ")
}
