//! A plan as people read it: the worst first, every line traceable, no time of day.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use pgha_planner::Change;
use pgha_planner::Note;
use pgha_planner::NoteKind;
use pgha_planner::Plan;
use pgha_planner::Queued;
use pgha_planner::Verb;
use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_resource::Kind;

use crate::left;
use crate::render::Page;
use crate::render::change;
use crate::render::fold::Folds;
use crate::render::style;
use crate::render::table;
use crate::render::table::Cell;
use crate::render::words;

/// The widest headline column that is aligned; longer addresses push their own line.
const ADDRESS_CAP: usize = 52;
/// As many changes as have a reason in common before it is said once.
const MANY: usize = 4;

/// The whole text: header, changes, what waits, notes, total.
pub fn render(plan: &Plan, desired: &Desired, file: &str, page: Page) -> String {
    let mut lines = vec![header(plan, page), String::new()];
    lines.extend(changes(plan, page));
    lines.extend(notes(&plan.notes, page));
    if lines.len() > 2 {
        lines.push(String::new());
    }
    lines.push(total(plan, desired, file));
    table::within(&(lines.join("\n") + "\n"), page)
}

/// `orders · us-east-1 · account 123456789012 · 21 calls`.
pub fn header(plan: &Plan, page: Page) -> String {
    let regions: Vec<_> = plan.regions.iter().map(ToString::to_string).collect();
    let mut parts = vec![style::paint(style::STRONG, &plan.scope.cluster), regions.join(", ")];
    parts.extend(plan.scope.account.as_ref().map(|number| words::account(number, page.simulated)));
    parts.push(words::count(plan.calls as usize, "call"));
    parts.join(" · ")
}

fn changes(plan: &Plan, page: Page) -> Vec<String> {
    let folds = Folds::of(plan, page);
    let mut sorted: Vec<&Change> = plan.changes.iter().filter(|c| folds.shows(c)).collect();
    sorted.sort_by_key(|change| rank(change, &folds));
    let common = common(&sorted, plan, page);
    let of_change = |change: &&Change| {
        let mut details = change::details(change, plan, page, &common);
        details
            .extend(folds.below(change).into_iter().flat_map(|text| change::paragraph(text, page)));
        let headline = folds.headline(change, plan);
        (headline.unwrap_or_else(|| change::headline(change, plan)), details)
    };
    let (made, blocked): (Vec<&Change>, Vec<&Change>) =
        sorted.iter().partition(|change| change.blocked.is_none());
    let bare = |head: Vec<Cell>| (head, Vec::new());
    let (mut heads, details): (Vec<Vec<Cell>>, Vec<Vec<String>>) = made
        .iter()
        .map(of_change)
        .chain(folds.alarms().map(bare))
        .chain(blocked.iter().map(of_change))
        .chain(queued(&plan.queued).into_iter().map(bare))
        .unzip();
    if page.cuts {
        shorten(&mut heads, &made, page);
    }
    let lines = table::align(&heads, 2, ADDRESS_CAP)
        .into_iter()
        .zip(details)
        .flat_map(|(head, details)| [vec![head], details].concat());
    let once = common.iter().flat_map(|(text, number)| {
        let text = format!("{number} of these (-v says which): {text}");
        bullet(style::paint(style::QUEUED, "·"), &text, page)
    });
    lines.chain(once).collect()
}

/// What holds for many changes, with how many: it is said once, below them, and under each
/// only where everything is to be said.
fn common(shown: &[&Change], plan: &Plan, page: Page) -> BTreeMap<String, usize> {
    let mut common: BTreeMap<String, usize> = BTreeMap::new();
    if !page.verbose {
        for text in shown.iter().flat_map(|change| change::said(change, plan, page)) {
            *common.entry(text).or_default() += 1;
        }
    }
    common.retain(|_, number| *number >= MANY);
    common
}

/// A line behind a symbol, and what does not fit into it below.
pub fn bullet(symbol: String, text: &str, page: Page) -> Vec<String> {
    let wrapped = table::wrap(text, page.width.saturating_sub(8)).into_iter().enumerate();
    wrapped
        .map(|(at, line)| match at {
            0 => format!("  {symbol}  {line}"),
            _ => format!("       {line}"),
        })
        .collect()
}

/// What is said of a new resource is a summary, which may end early; costs and reasons are
/// never cut.
fn shorten(heads: &mut [Vec<Cell>], changes: &[&Change], page: Page) {
    let widths = heads.iter().filter_map(|row| Some(table::width(&row.get(1)?.text)));
    let column = widths.filter(|width| *width <= ADDRESS_CAP).max().unwrap_or(0);
    for (row, change) in heads.iter_mut().zip(changes) {
        let is_summary = change.verb == Verb::Create && change.blocked.is_none();
        if let (true, [_, address, verdict]) = (is_summary, row.as_mut_slice()) {
            let before = 2 + 3 + column.max(table::width(&address.text)) + 2;
            verdict.text = table::cut(&verdict.text, page.width.saturating_sub(before).max(20));
        }
    }
}

/// Blocked changes last, next to the total, what others wait for first; before them the more
/// disruptive first, and what goes before what changes before what appears, of which databases
/// are what people look for.
fn rank(change: &Change, folds: &Folds) -> (bool, bool, Reverse<Disruption>, u8) {
    let verb = match change.verb {
        Verb::Delete => 0,
        Verb::Replace => 1,
        Verb::Modify => 2,
        Verb::Reboot => 3,
        Verb::Create => match change.address.kind {
            Kind::DbCluster | Kind::DbInstance => 4,
            _ => 5,
        },
    };
    (change.blocked.is_some(), !folds.is_cause(change), Reverse(change.disruption), verb)
}

/// What AWS accepted and has not done yet, a line for a window of a resource: what travels
/// together is made together.
pub fn queued_lines(queue: &[Queued]) -> Vec<String> {
    table::align(&queued(queue), 2, ADDRESS_CAP)
}

fn queued(queue: &[Queued]) -> Vec<Vec<Cell>> {
    let mut together: BTreeMap<(&Address, Option<&str>), Vec<String>> = BTreeMap::new();
    for one in queue {
        let value = |shown| words::value(&one.address, &one.field, shown);
        let text = format!("{} {} → {}", one.field, value(&one.from), value(&one.to));
        together.entry((&one.address, one.window.as_deref())).or_default().push(text);
    }
    let line = |((address, window), texts): ((&Address, Option<&str>), Vec<String>)| {
        let window = window.map(words::window);
        let when = window.map_or("the next window".into(), |start| format!("window {start}"));
        vec![
            Cell::new(style::QUEUED, "·"),
            Cell::new(style::STRONG, address.to_string()),
            Cell::new(style::QUEUED, format!("queued: {} · {when}", texts.join(", "))),
        ]
    };
    together.into_iter().map(line).collect()
}

/// Notes, those for a person first.
pub fn notes(notes: &[Note], page: Page) -> Vec<String> {
    let urgent = |note: &&Note| is_urgent(note.kind);
    // What no server ever returns is no news.
    let shown = |note: &&Note| page.verbose || note.kind != NoteKind::Unreadable;
    let rest = notes.iter().filter(|note| !urgent(note)).filter(shown);
    notes.iter().filter(urgent).chain(rest).flat_map(|note| note_lines(note, page)).collect()
}

/// Whether a note is for a person, who does something about it.
fn is_urgent(kind: NoteKind) -> bool {
    match kind {
        NoteKind::Attention
        | NoteKind::Beside
        | NoteKind::Elsewhere
        | NoteKind::Unswept
        | NoteKind::Idle => true,
        NoteKind::ByAws
        | NoteKind::Unreadable
        | NoteKind::Kept
        | NoteKind::Copy
        | NoteKind::Follows => false,
    }
}

fn note_lines(note: &Note, page: Page) -> Vec<String> {
    let (symbol, style) =
        if is_urgent(note.kind) { ("!", style::BLOCKED) } else { ("·", style::QUEUED) };
    let whom = note.address.as_ref().map(|address| format!("{address}: ")).unwrap_or_default();
    let text = format!("{whom}{}", note.text);
    bullet(style::paint(style, symbol), &text, page)
}

fn total(plan: &Plan, desired: &Desired, file: &str) -> String {
    let totals = plan.totals();
    // What travels together is one line, and counts as one change.
    let queued = queued(&plan.queued);
    let waiting = plan.changes.iter().filter(|change| left::is_waiting(change, plan)).count();
    let counted = [
        (totals.create, "to create"),
        (totals.change, "to change"),
        (totals.reboot, "to restart"),
        (totals.replace, "to replace"),
        (totals.delete, "to delete"),
        (totals.drifted, "drifted"),
        (totals.blocked - waiting, "blocked"),
        (waiting, "waiting"),
        (queued.len(), "queued"),
    ];
    let parts: Vec<String> = counted
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if plan.is_converged() {
        let number = words::count(desired.resources.len(), "resource");
        let once = match queued.len() {
            0 => String::new(),
            number => format!(" once {} made", words::count_are(number, "queued change")),
        };
        return format!("nothing to do: the account is as {file} says{once} ({number})");
    }
    let too = if plan.shuts_out() { " · shuts clients out" } else { "" };
    let worst = match (plan.worst_to_cluster(), plan.worst()) {
        (cluster, worst) if cluster < worst => {
            format!("{cluster}, and {worst} of replicas whose reads others serve")
        }
        (cluster, _) => cluster.to_string(),
    };
    format!("{} · worst disruption: {worst}{too}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use pgha_resource::Live;
    use pgha_resource::Resource;
    use pgha_resource::Seen;
    use pgha_resource::kind::Rotation;
    use pgha_resource::kind::Secret;
    use pgha_resource::live::ErrorClass;
    use pgha_resource::live::Notice;
    use pgha_resource::live::Pending;
    use pgha_resource::live::ReadError;

    use super::*;
    use crate::render::testing;

    fn text(desired: &Desired, live: &Live, page: Page) -> String {
        testing::plain(&render(&testing::plan(desired, live), desired, "cluster.toml", page))
    }

    const PAGE: Page = Page { width: 100, verbose: false, cuts: true, simulated: false };

    #[test]
    fn an_empty_plan_says_so() {
        let desired = testing::desired();
        insta::assert_snapshot!(text(&desired, &testing::applied(&desired), PAGE));
    }

    #[test]
    fn a_first_plan_has_one_line_a_resource() {
        let desired = testing::desired();
        insta::assert_snapshot!(text(&desired, &testing::empty(&desired), PAGE));
    }

    #[test]
    fn a_verbose_first_plan_has_every_field() {
        let desired = testing::desired();
        let page = Page { width: 80, verbose: true, cuts: true, simulated: false };
        insta::assert_snapshot!(text(&desired, &testing::empty(&desired), page));
    }

    /// The plan for a deleted secret, and for what else it is to be.
    fn restored(change: impl FnOnce(&mut Secret)) -> String {
        let mut desired = testing::desired();
        let old = Secret {
            description: Some("master user of orders".into()),
            kms_key: None,
            username: Some("dbadmin".into()),
            host: None,
            port: None,
            dbname: None,
            rotation: Some(Rotation::Off),
        };
        let at = testing::address("secret/orders-master");
        let mut wanted = testing::wanted(old.clone(), 50, &[]);
        desired.resources.insert(at.clone(), wanted.clone());
        let mut live = testing::applied(&desired);
        let Some(Seen::Present(seen)) = live.resources.insert(at.clone(), Seen::Absent) else {
            panic!("nothing was applied");
        };
        live.restorable.insert(at.clone(), *seen);
        let mut new = old;
        change(&mut new);
        wanted.resource = new.into();
        desired.resources.insert(at, wanted);
        text(&desired, &live, Page { width: 200, verbose: false, cuts: true, simulated: false })
    }

    #[test]
    fn whom_a_change_shuts_out_is_said_beside_the_field_and_of_the_plan() {
        let mut desired = testing::desired();
        let live = testing::applied(&desired);
        let primary = testing::address("db-instance/orders-primary");
        let wanted = &mut desired.resources.get_mut(&primary).unwrap().resource;
        testing::as_instance(wanted).iam_auth = Some(false);
        let mut live_with = live.clone();
        let seen = testing::live(&mut live_with, "db-instance/orders-primary");
        testing::as_instance(&mut seen.resource).iam_auth = Some(true);
        let plan = text(&desired, &live_with, PAGE);
        assert!(plan.contains("shuts out clients that log in with an IAM token"), "{plan}");
        assert!(plan.contains("orders-primary  shuts clients out"), "{plan}");
        assert!(plan.ends_with("worst disruption: none · shuts clients out\n"), "{plan}");
    }

    #[test]
    fn a_restored_secret_is_said_to_be_no_new_one() {
        let plan = restored(|_| ());
        assert!(plan.contains("restored, with the password that it had\n"), "{plan}");
        let plan = restored(|secret| secret.description = Some("another".into()));
        assert!(plan.contains("with the password that it had; then description changes"), "{plan}");
        let plan = restored(|secret| {
            secret.rotation = Some(Rotation::Every { days: 30, function: "arn:f".into() });
        });
        assert!(plan.contains("rotation gives it another password"), "{plan}");
        assert!(!plan.contains("that it had"), "{plan}");
    }

    /// A larger class, more connections, protection switched off in the console, an orphan,
    /// storage queued, an e-mail unanswered, a topic that cannot be read.
    fn eventful() -> (Desired, Live) {
        let mut desired = testing::desired();
        let mut live = testing::applied(&desired);
        let primary = testing::live(&mut live, "db-instance/orders-primary");
        let mut after = primary.resource.clone();
        testing::as_instance(&mut after).storage = Some(300);
        testing::as_instance(&mut primary.resource).deletion_protection = Some(false);
        testing::as_instance(&mut after).deletion_protection = Some(false);
        primary.pending =
            Some(Pending { fields: ["storage".to_string()].into(), after: Box::new(after) });
        let mut orphan = primary.clone();
        testing::names_itself(&mut orphan, "db-instance/orders-read-2");
        live.resources
            .insert(testing::address("db-instance/orders-read-2"), Seen::Present(Box::new(orphan)));
        testing::live(&mut live, "sns-subscription/orders-alerts:email:oncall@example.com")
            .notices
            .insert(Notice::Unconfirmed);
        live.resources.insert(
            testing::address("sns-topic/orders-alerts"),
            Seen::Unread(ReadError {
                call: "sns:GetTopicAttributes".into(),
                class: ErrorClass::Denied,
                message: "not authorized".into(),
            }),
        );
        for (address, wanted) in &mut desired.resources {
            match &mut wanted.resource {
                Resource::DbInstance(instance) if address.name == "orders-primary" => {
                    instance.class = Some("db.r6g.xlarge".into());
                    instance.storage = Some(300);
                }
                Resource::DbParameterGroup(group) => {
                    let parameters = group.parameters.as_mut().unwrap();
                    parameters.insert("max_connections".into(), "400".into());
                }
                _ => {}
            }
        }
        (desired, live)
    }

    #[test]
    fn an_eventful_plan_has_the_worst_first_and_the_blocked_last() {
        let (desired, live) = eventful();
        insta::assert_snapshot!(text(&desired, &live, PAGE));
    }

    #[test]
    fn a_plan_is_readable_at_eighty_columns() {
        let (desired, live) = eventful();
        let text =
            text(&desired, &live, Page { width: 80, verbose: false, cuts: true, simulated: false });
        let long: Vec<&str> = text.lines().filter(|line| table::width(line) > 100).collect();
        assert!(long.is_empty(), "{long:#?}");
    }

    #[test]
    fn what_holds_for_many_is_said_once() {
        let desired = testing::desired();
        let mut before = desired.clone();
        for number in 1..=5 {
            let topic = desired.resources[&testing::address("sns-topic/orders-alerts")].clone();
            let name = format!("sns-topic/orders-old-{number}");
            before.resources.insert(testing::address(&name), topic);
        }
        let live = testing::applied(&before);
        let brief = text(&desired, &live, PAGE);
        assert_eq!(brief.matches("not in the spec any more").count(), 1, "{brief}");
        assert!(
            brief.contains("·  5 of these (-v says which): not in the spec any more"),
            "{brief}"
        );
        let verbose = text(&desired, &live, Page { verbose: true, ..PAGE });
        assert_eq!(verbose.matches("not in the spec any more").count(), 5, "{verbose}");
    }

    /// Nobody widens a log.
    #[test]
    fn what_nobody_looks_at_is_not_cut() {
        let desired = testing::desired();
        let live = testing::empty(&desired);
        let narrow = Page { width: 60, ..PAGE };
        assert!(text(&desired, &live, narrow).contains('…'));
        let piped = text(&desired, &live, Page { cuts: false, ..narrow });
        assert!(piped.contains("Multi-AZ") && !piped.contains('…'), "{piped}");
    }

    #[test]
    fn equal_plans_are_equal_texts() {
        let (desired, live) = eventful();
        assert_eq!(text(&desired, &live, PAGE), text(&desired, &live, PAGE));
    }
}
