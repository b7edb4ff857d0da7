//! What moved without the spec, with the four reasons for a difference kept apart.

use std::collections::BTreeSet;

use pgha_planner::Blocked;
use pgha_planner::Cause;
use pgha_planner::Change;
use pgha_planner::FieldChange;
use pgha_planner::Note;
use pgha_planner::NoteKind;
use pgha_planner::Plan;
use pgha_planner::Verb;
use pgha_resource::Address;

use crate::health::Remark;
use crate::left;
use crate::left::Left;
use crate::render::Page;
use crate::render::fields;
use crate::render::fields::Setting;
use crate::render::fold;
use crate::render::plan;
use crate::render::style;
use crate::render::table;
use crate::render::table::Cell;
use crate::render::words;
use crate::typed::Typed;

/// A plan, sorted by who moved.
pub struct Drift<'a> {
    /// The plan that it is read off.
    pub plan: &'a Plan,
    /// What goes, stands still or is broken, whatever its fields say.
    pub unwell: Vec<Remark>,
    /// Someone changed AWS: the change, and those of its fields.
    pub changed: Vec<(&'a Change, Vec<&'a FieldChange>)>,
    /// Different, and no record says who moved.
    pub unrecorded: Vec<(&'a Change, Vec<&'a FieldChange>)>,
    /// There, and by its tags not this cluster's.
    pub not_owned: Vec<&'a Change>,
    /// What has to follow a database that changed.
    pub follows: Vec<(&'a Change, Vec<&'a FieldChange>)>,
    /// In the spec and not in AWS: never applied, or deleted by someone.
    pub missing: Vec<&'a Change>,
    /// The spec changed and was not applied yet, or AWS cannot follow it.
    pub spec: Vec<&'a Change>,
    /// Accepted, and waiting for a restart.
    pub waiting: Vec<&'a Change>,
    /// Nothing is known about these.
    pub unread: Vec<&'a Change>,
    /// Blocked for another reason than any of these.
    pub blocked: Vec<&'a Change>,
}

impl<'a> Drift<'a> {
    /// Sorts a plan, beside what of the account does not run.
    pub fn of(plan: &'a Plan, unwell: Vec<Remark>) -> Self {
        let is_unread = |change: &&Change| matches!(change.blocked, Some(Blocked::Unread { .. }));
        let read: Vec<&Change> = plan.changes.iter().filter(|change| !is_unread(change)).collect();
        let select = |wanted: fn(&Change) -> bool| {
            read.iter().copied().filter(|change| wanted(change)).collect::<Vec<_>>()
        };
        let mut drift = Self {
            plan,
            unwell,
            changed: by_cause(&read, Cause::AwsChanged),
            unrecorded: by_cause(&read, Cause::Unrecorded),
            not_owned: select(is_not_owned),
            follows: by_cause(&read, Cause::Follows),
            missing: select(|change| change.verb == Verb::Create),
            spec: select(|change| {
                matches!(change.cause, Cause::NotInSpec)
                    || change.fields.iter().any(|field| field.cause == Cause::SpecChanged)
            }),
            waiting: select(|change| matches!(change.cause, Cause::Waiting | Cause::Queued)),
            unread: plan.changes.iter().filter(is_unread).collect(),
            blocked: Vec::new(),
        };
        let is_told = |change: &Change| drift.told().any(|told| std::ptr::eq(told, change));
        let blocked = read.iter().copied().filter(|change| change.blocked.is_some());
        drift.blocked = blocked.filter(|change| !is_told(change)).collect();
        drift
    }

    /// What one of the lists has.
    fn told(&self) -> impl Iterator<Item = &'a Change> {
        let moved = self.changed.iter().chain(&self.unrecorded).chain(&self.follows);
        let moved = moved.map(|(change, _)| *change);
        let lists = [&self.not_owned, &self.missing, &self.spec, &self.waiting, &self.unread];
        moved.chain(lists.into_iter().flatten().copied())
    }

    /// AWS differs for a reason other than a newer spec.
    pub fn is_drifted(&self) -> bool {
        self.drifted().next().is_some()
    }

    /// Whose state or fields differ for a reason other than a newer spec; each once or more.
    fn drifted(&self) -> impl Iterator<Item = &Address> {
        let moved = self.changed.iter().chain(&self.unrecorded).chain(&self.follows);
        let moved = moved.map(|(change, _)| &change.address);
        let missing = self.missing.iter().chain(&self.not_owned).map(|change| &change.address);
        self.unwell.iter().map(|remark| &remark.address).chain(moved).chain(missing)
    }

    /// Some of the account could not be read, so "no drift" would be a guess.
    pub fn is_partial(&self) -> bool {
        !self.unread.is_empty() || self.notes(NoteKind::Unswept).next().is_some()
    }

    /// The plan's notes of one kind.
    pub fn notes(&self, kind: NoteKind) -> impl Iterator<Item = &'a Note> {
        self.plan.notes.iter().filter(move |note| note.kind == kind)
    }
}

/// Its tags were changed, or it is something else under that name.
fn is_not_owned(change: &Change) -> bool {
    matches!(
        change.blocked,
        Some(
            Blocked::NotOwned { .. }
                | Blocked::OtherHome { .. }
                | Blocked::Copied { .. }
                | Blocked::OtherEngine { .. }
        )
    )
}

fn by_cause<'a>(changes: &[&'a Change], cause: Cause) -> Vec<(&'a Change, Vec<&'a FieldChange>)> {
    changes
        .iter()
        .filter(|change| change.verb != Verb::Create)
        .filter_map(|change| {
            let fields: Vec<_> = change.fields.iter().filter(|f| f.cause == cause).collect();
            (!fields.is_empty() || change.cause == cause).then_some((*change, fields))
        })
        .collect()
}

/// The whole text.
pub fn render(drift: &Drift, page: Page, plan: &Typed) -> String {
    let mut lines = vec![plan::header(drift.plan, page)];
    section(&mut lines, "does not run as the spec says", unwell(&drift.unwell, page));
    section(&mut lines, "AWS was changed, the spec was not", moved(&drift.changed, page));
    section(&mut lines, "different, and nothing records who moved", moved(&drift.unrecorded, page));
    section(
        &mut lines,
        "a database changed, and this has to follow it",
        moved(&drift.follows, page),
    );
    section(
        &mut lines,
        "in the spec and not in AWS: never applied, or deleted by someone",
        list(&drift.missing, drift, page, |change| match &change.blocked {
            Some(blocked) => blocked.to_string(),
            None => String::new(),
        }),
    );
    section(
        &mut lines,
        "in the spec, and by its tags not this cluster's",
        list(&drift.not_owned, drift, page, outlook),
    );
    section(&mut lines, "could not be read, so nothing is known", unread(drift, page));
    section(&mut lines, "blocked, whoever moved", list(&drift.blocked, drift, page, outlook));
    section(
        &mut lines,
        "the spec changed and was not applied yet (no drift)",
        list(&drift.spec, drift, page, outlook),
    );
    section(&mut lines, "AWS moved it by itself (no drift)", by_aws(drift));
    section(&mut lines, "queued (no drift)", waiting(drift, page));
    // What does not run is said above.
    let is_unwell = |note: &Note| {
        drift.unwell.iter().any(|remark| note.address.as_ref() == Some(&remark.address))
    };
    let attention: Vec<Note> =
        drift.notes(NoteKind::Attention).filter(|note| !is_unwell(note)).cloned().collect();
    section(&mut lines, "needs a person", plan::notes(&attention, page));
    lines.push(String::new());
    lines.push(verdict(drift, plan));
    table::within(&(lines.join("\n") + "\n"), page)
}

fn section(lines: &mut Vec<String>, title: &str, body: Vec<String>) {
    if !body.is_empty() {
        lines.push(String::new());
        lines.push(style::paint(style::STRONG, title));
        lines.extend(body);
    }
}

fn moved(changes: &[(&Change, Vec<&FieldChange>)], page: Page) -> Vec<String> {
    changes
        .iter()
        .flat_map(|(change, fields)| {
            let (rows, below): (Vec<Vec<Cell>>, Vec<Vec<String>>) =
                fields.iter().map(|field| sides(change, field, page)).unzip();
            let head = format!("  {}  {}", style::paint(style::DRIFT, "?"), change.address);
            let lines = table::align(&rows, 6, 48).into_iter().zip(below);
            let lines = lines.flat_map(|(line, below)| [vec![line], below].concat());
            [vec![head], lines.collect()].concat()
        })
        .collect()
}

fn unwell(remarks: &[Remark], page: Page) -> Vec<String> {
    let lines = remarks.iter().flat_map(|remark| {
        let text = format!("{}: {}", remark.address, remark.text);
        let wrapped = table::wrap(&text, page.width.saturating_sub(8)).into_iter().enumerate();
        wrapped.map(|(at, line)| match at {
            0 => format!("  {}  {line}", style::paint(style::BLOCKED, "!")),
            _ => format!("       {line}"),
        })
    });
    lines.collect()
}

/// What the spec says and what AWS has; below, how they differ, where they are long.
fn sides(change: &Change, field: &FieldChange, page: Page) -> (Vec<Cell>, Vec<String>) {
    let value = |shown| words::value(&change.address, &field.name, shown);
    let wanted = if field.cause == Cause::Follows { "should be" } else { "spec" };
    let name = Cell::plain(&field.name);
    let origin = field.origin.as_ref().map(ToString::to_string).unwrap_or_default();
    let origin = Cell::new(style::DIM, origin);
    let (address, verb, width) = (&change.address, change.verb, page.width);
    let setting = Setting { address, verb, cause: None, width };
    if let Some(lines) = fields::difference(&field.name, &field.from, &field.to, setting) {
        return (vec![name, Cell::plain(format!("AWS: -  {wanted}: +")), origin], lines);
    }
    let to = Cell::plain(format!("{wanted}: {}", value(&field.to)));
    let from = Cell::new(style::DRIFT, format!("AWS: {}", value(&field.from)));
    (vec![name, to, from, origin], Vec::new())
}

/// A line each; many of which the same is to be said are one.
fn list(
    changes: &[&Change],
    drift: &Drift,
    page: Page,
    say: impl Fn(&Change) -> String,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut said: BTreeSet<String> = BTreeSet::new();
    for change in changes {
        let text = say(change);
        let alike = || changes.iter().filter(|other| say(other) == text);
        let many = !page.verbose && !text.is_empty() && alike().count() >= fold::MANY;
        if !many {
            lines.extend(one(change, &text, drift, page));
        } else if said.insert(text.clone()) {
            let addresses: Vec<&Address> = alike().map(|other| &other.address).collect();
            let text = format!("{}: {text} (-v lists them)", fold::kinds(&addresses));
            lines.extend(plan::bullet(mark(change, drift), &text, page));
        }
    }
    lines
}

/// As in the plan: what merely waits needs nobody.
fn mark(change: &Change, drift: &Drift) -> String {
    match change.blocked.is_some() {
        true if left::is_waiting(change, drift.plan) => style::paint(style::QUEUED, "·"),
        true => style::paint(style::BLOCKED, "!"),
        false => words::symbol(change).to_string(),
    }
}

fn one(change: &Change, text: &str, drift: &Drift, page: Page) -> Vec<String> {
    // Fields have lines of their own.
    let lines = change.blocked.is_none() && spec_changed(change).next().is_some();
    let origin = change.origin.as_ref().filter(|_| !lines);
    let origin = origin.map(|origin| format!("  {}", style::paint(style::DIM, origin)));
    let text = if text.is_empty() { String::new() } else { format!(": {text}") };
    let text = format!("{}{text}{}", change.address, origin.unwrap_or_default());
    plan::bullet(mark(change, drift), &text, page)
}

fn spec_changed(change: &Change) -> impl Iterator<Item = &FieldChange> {
    change.fields.iter().filter(|field| field.cause == Cause::SpecChanged)
}

/// A field with the line that decides it.
fn with_line(field: &FieldChange) -> String {
    let line = field.origin.as_ref().map(|origin| format!(" ({origin})"));
    format!("{}{}", field.name, line.unwrap_or_default())
}

fn outlook(change: &Change) -> String {
    match &change.blocked {
        Some(blocked) => blocked.to_string(),
        None if change.verb == Verb::Delete => "not in the spec any more".into(),
        None => spec_changed(change).map(with_line).collect::<Vec<_>>().join(", "),
    }
}

fn unread(drift: &Drift, page: Page) -> Vec<String> {
    let mut lines = list(&drift.unread, drift, page, outlook);
    lines.extend(drift.notes(NoteKind::Unswept).map(|note| format!("  !  {}", note.text)));
    lines
}

fn by_aws(drift: &Drift) -> Vec<String> {
    let notes = drift.notes(NoteKind::ByAws);
    notes
        .map(|note| match &note.address {
            Some(address) => format!("  ·  {address}: {}", note.text),
            None => format!("  ·  {}", note.text),
        })
        .collect()
}

fn waiting(drift: &Drift, page: Page) -> Vec<String> {
    let mut lines = plan::queued_lines(&drift.plan.queued);
    lines.extend(list(&drift.waiting, drift, page, |change| match &change.blocked {
        Some(blocked) => format!("waits for a restart: {blocked}"),
        None => "waits for a restart".into(),
    }));
    lines
}

/// How many drifted, as the plan counts them, and how many there are beside.
fn counted(drift: &Drift) -> String {
    let all: BTreeSet<&Address> = drift.drifted().collect();
    let moved: BTreeSet<&Address> =
        drift.changed.iter().map(|(change, _)| &change.address).collect();
    let missing = drift.missing.iter().map(|change| &change.address);
    let missing = missing.filter(|address| !moved.contains(address)).collect::<BTreeSet<_>>().len();
    let counted = [
        (moved.len(), "drifted"),
        (missing, "not there"),
        (all.len() - moved.len() - missing, "otherwise not as the spec says"),
    ];
    let mut parts: Vec<String> = Vec::new();
    for (number, what) in counted.into_iter().filter(|(number, _)| *number > 0) {
        parts.push(match parts.is_empty() {
            true => format!("{} {what}", words::count(number, "resource")),
            false => format!("{number} {what}"),
        });
    }
    parts.join(", ")
}

fn verdict(drift: &Drift, plan: &Typed) -> String {
    let deciding = Left::of(drift.plan).deciding;
    let needs = match deciding {
        0 => String::new(),
        number => format!(" · {} a decision", left::needs(number)),
    };
    let see = format!("{plan} shows what");
    match (drift.is_drifted(), drift.is_partial()) {
        (true, _) => format!("{}{needs} · {see} would set it right", counted(drift)),
        (false, true) => format!("no drift where the account could be read{needs}"),
        (false, false) if deciding > 0 => {
            format!("no drift: nothing was changed outside pgha{needs} · {see} there is to do")
        }
        (false, false) => "no drift: nothing was changed outside pgha".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use pgha_resource::Seen;

    use super::*;
    use crate::render::testing;

    fn text(plan: &Plan) -> String {
        let page = Page { width: 100, verbose: false, cuts: true, simulated: false };
        testing::plain(&render(&Drift::of(plan, Vec::new()), page, &Typed::bare("plan")))
    }

    #[test]
    fn no_drift_says_so() {
        let desired = testing::desired();
        let plan = testing::plan(&desired, &testing::applied(&desired));
        insta::assert_snapshot!(text(&plan));
    }

    #[test]
    fn the_reasons_are_kept_apart() {
        let mut desired = testing::desired();
        let mut live = testing::applied(&desired);
        let primary = testing::live(&mut live, "db-instance/orders-primary");
        testing::as_instance(&mut primary.resource).deletion_protection = Some(false);
        live.resources.insert(testing::address("sns-topic/orders-alerts"), Seen::Absent);
        let replica = testing::address("db-instance/orders-read-1");
        let wanted = &mut desired.resources.get_mut(&replica).unwrap().resource;
        testing::as_instance(wanted).class = Some("db.r6g.xlarge".into());
        insta::assert_snapshot!(text(&testing::plan(&desired, &live)));
    }

    #[test]
    fn what_has_to_follow_a_database_is_said() {
        let mut desired = testing::desired();
        let replica = testing::address("db-instance/orders-read-1");
        let wanted = &mut desired.resources.get_mut(&replica).unwrap().resource;
        testing::as_instance(wanted).storage = None;
        let primary = testing::address("db-instance/orders-primary");
        let wanted = &mut desired.resources.get_mut(&primary).unwrap().resource;
        testing::as_instance(wanted).max_storage = Some(1000);
        let mut live = testing::applied(&desired);
        for (address, size) in
            [("db-instance/orders-primary", 300), ("db-instance/orders-read-1", 200)]
        {
            let seen = testing::live(&mut live, address);
            testing::as_instance(&mut seen.resource).storage = Some(size);
        }
        let plan = testing::plan(&desired, &live);
        assert!(Drift::of(&plan, Vec::new()).is_drifted());
        insta::assert_snapshot!(text(&plan));
    }

    #[test]
    fn what_lost_its_tags_is_drift() {
        let desired = testing::desired();
        let mut live = testing::applied(&desired);
        testing::live(&mut live, "db-instance/orders-primary").tags = Some(BTreeMap::new());
        let plan = testing::plan(&desired, &live);
        assert!(Drift::of(&plan, Vec::new()).is_drifted());
        let text = text(&plan);
        assert!(text.contains("by its tags not this cluster's\n  !  db-instance/orders-primary: it exists and does not carry"), "{text}");
    }

    #[test]
    fn a_newer_spec_alone_is_no_drift() {
        let mut desired = testing::desired();
        let live = testing::applied(&desired);
        let primary = testing::address("db-instance/orders-primary");
        let wanted = &mut desired.resources.get_mut(&primary).unwrap().resource;
        testing::as_instance(wanted).class = Some("db.r6g.xlarge".into());
        let plan = testing::plan(&desired, &live);
        let drift = Drift::of(&plan, Vec::new());
        assert!(!drift.is_drifted());
        assert_eq!(drift.spec.len(), 1);
    }
}
