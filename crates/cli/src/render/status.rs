//! The state of a cluster on one screen.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_planner::Allow;
use pgha_resource::Address;
use pgha_resource::Kind;

use crate::health::Database;
use crate::health::Health;
use crate::health::Outlives;
use crate::health::Proxy;
use crate::health::Remark;
use crate::health::Role;
use crate::render::Page;
use crate::render::style;
use crate::render::table;
use crate::render::table::Cell;
use crate::render::words;
use crate::typed::Typed;

/// Columns wider than this are not aligned to.
const CAP: usize = 44;
/// As many alike are no lines of their own.
const MANY: usize = 4;

/// What to type next.
#[derive(Debug, Clone, Copy)]
pub struct Next<'a> {
    /// To see what would be done.
    pub plan: &'a Typed,
    /// To do it.
    pub apply: &'a Typed,
}

/// The whole text.
pub fn render(health: &Health, page: Page, next: Next<'_>) -> String {
    let mut lines = vec![header(health, page.simulated), verdict(health, next)];
    if is_nowhere(health) {
        return table::within(&(lines.join("\n") + "\n"), page);
    }
    section(&mut lines, "databases", databases(&health.databases, page));
    section(&mut lines, "endpoints", endpoints(health));
    section(&mut lines, "proxies", proxies(&health.proxies));
    section(&mut lines, "waiting for the window", waiting(&health.databases));
    section(&mut lines, "survives the loss of", survival(health));
    section(&mut lines, "backups", backups(health));
    section(&mut lines, "subscriptions", subscriptions(health));
    section(&mut lines, "going on", remarks(&health.remarks, "·", style::QUEUED, page));
    section(&mut lines, "wrong", remarks(&health.problems, "!", style::BLOCKED, page));
    section(&mut lines, "also", others(health, page));
    table::within(&(lines.join("\n") + "\n"), page)
}

fn section(lines: &mut Vec<String>, title: &str, body: Vec<String>) {
    if !body.is_empty() {
        lines.push(String::new());
        lines.push(style::paint(style::STRONG, title));
        lines.extend(body);
    }
}

fn header(health: &Health, simulated: bool) -> String {
    let regions: Vec<_> = health.regions.iter().map(ToString::to_string).collect();
    let mut parts = vec![style::paint(style::STRONG, &health.cluster), regions.join(", ")];
    parts.extend(health.account.as_ref().map(|number| words::account(number, simulated)));
    parts.push(words::count(health.api_calls as usize, "call"));
    parts.join(" · ")
}

fn verdict(health: &Health, next: Next<'_>) -> String {
    let number = words::count(health.problems.len(), "problem");
    match health.problems.is_empty() {
        _ if health.incomplete => {
            style::paint(style::BLOCKED, "unknown: some of it could not be read")
        }
        _ if is_nowhere(health) => style::paint(style::BLOCKED, nowhere(health, next)),
        _ if has_no_database(health) => style::paint(
            style::BLOCKED,
            format!(
                "no database, and the rest is there: deleted, or never made; {} says which",
                next.plan
            ),
        ),
        true => style::paint(style::ADD, "healthy"),
        false => style::paint(style::BLOCKED, format!("{number}, see below")),
    }
}

/// A database that was there is never made anew, empty, without a word for it.
fn nowhere(health: &Health, next: Next<'_>) -> String {
    if let Some(other) = health.elsewhere.first() {
        return format!(
            "not there: {} {}; is `region` in the spec right? {} says more",
            other.address, other.text, next.plan
        );
    }
    let Some(first) = health.remains.first() else {
        let regions: Vec<_> = health.regions.iter().map(ToString::to_string).collect();
        let regions = regions.join(", ");
        return format!("not there, nothing of it in {regions}: {} creates it", next.apply);
    };
    let kept: Vec<&str> = health.remains.iter().map(|remark| remark.text.as_str()).collect();
    let empty =
        next.apply.clone().value("--allow", &Allow::Create(first.address.clone()).to_string());
    format!(
        "not there, and there was one: {} left; restore it, or {empty} makes an empty one",
        kept.join(", ") + if kept.len() == 1 { " is" } else { " are" }
    )
}

/// All was read, and nothing of the cluster is there.
fn is_nowhere(health: &Health) -> bool {
    !health.incomplete && has_no_database(health) && !is_left(health)
}

fn has_no_database(health: &Health) -> bool {
    health.databases.iter().all(|database| database.status == "absent")
}

/// Something else of the cluster is there.
fn is_left(health: &Health) -> bool {
    // Snapshots outlive their cluster.
    let is_snapshot = |kind: &Kind| matches!(kind, Kind::DbSnapshot | Kind::DbClusterSnapshot);
    health.others.iter().any(|(kind, counted)| !is_snapshot(kind) && counted.present > 0)
}

fn databases(databases: &[Database], page: Page) -> Vec<String> {
    let heading = ["name", "region", "role", "status", "class", "version", "storage", "zones"];
    let mut rows = vec![heading.map(|text| Cell::new(style::DIM, text)).to_vec()];
    rows.extend(databases.iter().map(|database| row(database).to_vec()));
    let replicates = databases.iter().any(|database| !database.replication.is_empty());
    if replicates {
        let cells = databases.iter().map(|database| Cell::plain(database.replication.join(", ")));
        let column = [Cell::new(style::DIM, "replication")].into_iter().chain(cells);
        rows.iter_mut().zip(column).for_each(|(row, cell)| row.push(cell));
    }
    match page.cuts && table::is_wider(&rows, 2, CAP, page.width) {
        true => databases.iter().flat_map(|one| stacked(one, page.width)).collect(),
        false => table::align(&rows, 2, CAP),
    }
}

fn row(database: &Database) -> [Cell; 8] {
    let dash = |text: &str| if text.is_empty() { "-".to_string() } else { text.to_string() };
    [
        Cell::new(style::STRONG, &database.address.name),
        Cell::plain(database.region.as_str()),
        Cell::plain(role(database)),
        state(database),
        Cell::plain(dash(database.class.as_deref().unwrap_or_default())),
        Cell::plain(dash(database.version.as_deref().unwrap_or_default())),
        Cell::plain(dash(&storage(database))),
        Cell::plain(dash(&database.zones.join(", "))),
    ]
}

/// Where the columns do not fit: what a database is, and below it what it has.
fn stacked(database: &Database, width: usize) -> Vec<String> {
    let [name, region, role, state, rest @ ..] = row(database);
    let replication = database.replication.iter().map(Cell::plain);
    let cells = [role, region].into_iter().chain(rest).chain(replication);
    // A size and its unit stay on one line.
    let glued = |cell: Cell| cell.text.replace(' ', "\u{a0}");
    let said: Vec<String> = cells.filter(|cell| cell.text != "-").map(glued).collect();
    let below = table::wrap(&said.join(" · "), width.saturating_sub(4));
    let below = below.iter().map(|line| format!("    {}", line.replace('\u{a0}', " ")));
    table::align(&[vec![name, state]], 2, CAP).into_iter().chain(below).collect()
}

fn state(database: &Database) -> Cell {
    let ok = matches!(database.status.as_str(), "available" | "storage-optimization");
    Cell::new(if ok { style::ADD } else { style::CHANGE }, &database.status)
}

fn role(database: &Database) -> String {
    let standby = if database.standby { " with standby" } else { "" };
    let is = match (database.role, &database.source) {
        (Role::Cluster, _) => "Multi-AZ cluster".into(),
        (Role::Replica, Some(source)) => format!("replica of {source}{standby}"),
        (Role::Replica, None) => format!("replica{standby}"),
        (Role::Primary, _) => format!("primary{standby}"),
    };
    if database.in_spec { is } else { is + ", not in the spec" }
}

fn storage(database: &Database) -> String {
    let size = database.storage.map(|size| format!("{size} GiB"));
    let parts = size.into_iter().chain(database.storage_type.clone());
    parts.collect::<Vec<_>>().join(" ")
}

fn endpoints(health: &Health) -> Vec<String> {
    let rows: Vec<Vec<Cell>> = health
        .databases
        .iter()
        .flat_map(|database| {
            let name = &database.address.name;
            let own = database.endpoints.iter().cloned();
            let readers =
                database.reader_endpoints.iter().map(|text| format!("{text} (read-only)"));
            own.chain(readers).map(move |text| vec![Cell::plain(name), Cell::plain(text)])
        })
        .collect();
    table::align(&rows, 2, CAP)
}

fn proxies(proxies: &[Proxy]) -> Vec<String> {
    let rows: Vec<Vec<Cell>> = proxies
        .iter()
        .map(|proxy| {
            let targets = proxy.targets.iter().map(|(name, health)| format!("{name} {health}"));
            vec![
                Cell::new(style::STRONG, &proxy.address.name),
                Cell::plain(&proxy.status),
                Cell::plain(format!("→ {}", targets.collect::<Vec<_>>().join(", "))),
                Cell::plain(proxy.endpoints.join(", ")),
            ]
        })
        .collect();
    table::align(&rows, 2, CAP)
}

fn waiting(databases: &[Database]) -> Vec<String> {
    let rows: Vec<Vec<Cell>> = databases
        .iter()
        .flat_map(|database| {
            database.pending.iter().map(move |waiting| {
                let value = |shown| words::value(&database.address, &waiting.field, shown);
                let text = format!("{} → {}", value(&waiting.from), value(&waiting.to));
                let name = &database.address.name;
                vec![Cell::plain(name), Cell::plain(&waiting.field), Cell::plain(text)]
            })
        })
        .collect();
    table::align(&rows, 2, CAP)
}

fn survival(health: &Health) -> Vec<String> {
    let row = |what: &str, outlives: &Outlives| {
        vec![Cell::plain(what), Cell::plain(outlives.to_string())]
    };
    let rows = [row("a zone", &health.survival.zone), row("the region", &health.survival.region)];
    table::align(&rows, 2, CAP)
}

fn backups(health: &Health) -> Vec<String> {
    let rows: Vec<Vec<Cell>> = health
        .backups
        .iter()
        .map(|backup| {
            let days = backup.days.map_or("-".into(), |days| words::count(days as usize, "day"));
            let window = backup.window.as_ref().map(|window| format!("taken {window} UTC"));
            vec![
                Cell::plain(&backup.address.name),
                Cell::plain(backup.region.as_str()),
                Cell::plain(days),
                Cell::plain(window.unwrap_or_default()),
            ]
        })
        .collect();
    table::align(&rows, 2, CAP)
}

fn subscriptions(health: &Health) -> Vec<String> {
    let rows: Vec<Vec<Cell>> = health
        .subscriptions
        .iter()
        .map(|subscription| {
            let state = match subscription.confirmed {
                _ if !subscription.in_spec => Cell::new(
                    style::CHANGE,
                    match subscription.confirmed {
                        true => "not in the spec, and told of everything",
                        false => "not in the spec, and unconfirmed: told of nothing",
                    },
                ),
                true => Cell::new(style::ADD, "confirmed"),
                false if subscription.address.name.contains(":http") => Cell::new(
                    style::BLOCKED,
                    "unconfirmed: its endpoint has to open the SubscribeURL that SNS sent",
                ),
                false => Cell::new(style::BLOCKED, "unconfirmed: answer AWS's e-mail"),
            };
            vec![Cell::plain(named(&subscription.address)), state]
        })
        .collect();
    table::align(&rows, 2, CAP)
}

/// Its name, and its region away from home.
fn named(address: &Address) -> String {
    let region = address.region.as_ref().map(|region| format!("@{region}"));
    format!("{}{}", address.name, region.unwrap_or_default())
}

/// What holds for many is said once, with how many of which kind.
fn remarks(remarks: &[Remark], symbol: &str, look: anstyle::Style, page: Page) -> Vec<String> {
    let symbol = style::paint(look, symbol);
    let mut lines: Vec<String> = Vec::new();
    let mut said: BTreeSet<&str> = BTreeSet::new();
    for remark in remarks {
        let alike: Vec<&Remark> = remarks.iter().filter(|r| r.text == remark.text).collect();
        if alike.len() < MANY || page.verbose {
            lines.extend(paragraph(&symbol, &format!("{}: {}", remark.address, remark.text), page));
        } else if said.insert(&remark.text) {
            let text = format!("{}: {} (-v lists them)", kinds(&alike), remark.text);
            lines.extend(paragraph(&symbol, &text, page));
        }
    }
    lines
}

fn paragraph(symbol: &str, text: &str, page: Page) -> Vec<String> {
    let lines = table::wrap(text, page.width.saturating_sub(6)).into_iter().enumerate();
    let start = |at: usize| if at == 0 { format!("  {symbol} ") } else { " ".repeat(6) };
    lines.map(|(at, line)| start(at) + &line).collect()
}

/// `28 alarms, 2 sns-topics`, most first.
fn kinds(remarks: &[&Remark]) -> String {
    let mut numbers: BTreeMap<Kind, usize> = BTreeMap::new();
    for remark in remarks {
        *numbers.entry(remark.address.kind).or_default() += 1;
    }
    let mut numbers: Vec<(usize, Kind)> = numbers.into_iter().map(|(k, n)| (n, k)).collect();
    numbers.sort_by_key(|(number, kind)| (Reverse(*number), *kind));
    let words = numbers.iter().map(|(number, kind)| words::count(*number, kind.as_str()));
    words.collect::<Vec<_>>().join(", ")
}

fn others(health: &Health, page: Page) -> Vec<String> {
    let parts: Vec<String> = health
        .others
        .iter()
        .map(|(kind, counted)| match counted.present == counted.desired {
            true => words::count(counted.desired, kind.as_str()),
            false => {
                format!("{} of {}", counted.present, words::count(counted.desired, kind.as_str()))
            }
        })
        .collect();
    if parts.is_empty() {
        return Vec::new();
    }
    // A number and its noun stay on one line.
    let glued: Vec<String> = parts.iter().map(|part| part.replace(' ', "\u{a0}")).collect();
    let lines = table::wrap(&glued.join(", "), page.width.saturating_sub(2).min(90));
    lines.iter().map(|line| format!("  {}", line.replace('\u{a0}', " "))).collect()
}

#[cfg(test)]
mod tests {
    use pgha_resource::Seen;
    use pgha_resource::live::ErrorClass;
    use pgha_resource::live::HOME_TAG;
    use pgha_resource::live::Notice;
    use pgha_resource::live::ReadError;
    use pgha_resource::live::Remains;
    use pgha_resource::live::RemainsKind;
    use pgha_resource::status::Status;

    use super::*;
    use crate::health;
    use crate::health::Answer;
    use crate::render::testing;

    const PAGE: Page = Page { width: 140, verbose: false, cuts: true, simulated: false };

    /// A primary, and a replica of it that changes.
    fn cluster() -> Health {
        let desired = testing::desired();
        let mut live = testing::applied(&desired);
        let primary = testing::live(&mut live, "db-instance/orders-primary");
        primary.notices.insert(Notice::Zones("us-east-1a, standby in us-east-1b".into()));
        primary.notices.insert(Notice::Endpoint("orders-primary.example.com:5432".into()));
        let replica = testing::live(&mut live, "db-instance/orders-read-1");
        replica.status = Status::db_instance("modifying");
        replica.notices.insert(Notice::Replication("replicating".into()));
        replica.notices.insert(Notice::PendingReboot("orders-pg16".into()));
        testing::live(&mut live, "sns-subscription/orders-alerts:email:oncall@example.com")
            .notices
            .insert(Notice::Unconfirmed);
        health::of(&desired, &live)
    }

    fn text(health: &Health, page: Page) -> String {
        let (plan, apply) = (Typed::bare("plan"), Typed::bare("apply"));
        testing::plain(&render(health, page, Next { plan: &plan, apply: &apply }))
    }

    #[test]
    fn a_cluster_fits_on_one_screen() {
        insta::assert_snapshot!(text(&cluster(), PAGE));
    }

    #[test]
    fn a_narrow_terminal_has_two_lines_a_database() {
        let page = Page { width: 80, ..PAGE };
        let text = text(&cluster(), page);
        let long: Vec<&str> = text.lines().filter(|line| table::width(line) > 80).collect();
        assert!(long.is_empty(), "{long:#?}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_holds_for_many_is_one_line_with_their_number() {
        let desired = testing::desired();
        let mut live = testing::applied(&desired);
        let primary = testing::address("db-instance/orders-primary");
        for (_, seen) in live.resources.iter_mut().filter(|(address, _)| **address != primary) {
            *seen = Seen::Absent;
        }
        let found = health::of(&desired, &live);
        let brief = text(&found, PAGE);
        assert_eq!(brief.matches("it does not exist").count(), 1, "{brief}");
        let verbose = text(&found, Page { verbose: true, ..PAGE });
        assert_eq!(verbose.matches("it does not exist").count(), 4, "{verbose}");
    }

    #[test]
    fn what_could_not_be_read_is_unknown_and_not_lost() {
        let desired = testing::desired();
        let mut live = testing::applied(&desired);
        let unread = ReadError {
            call: "DescribeDBInstances".into(),
            class: ErrorClass::Denied,
            message: "no".into(),
        };
        let replica = testing::address("db-instance/orders-read-1");
        live.resources.insert(replica.clone(), Seen::Unread(unread.clone()));
        let as_single = testing::live(&mut live, "db-instance/orders-primary");
        testing::as_instance(&mut as_single.resource).multi_az = Some(false);
        let survival = health::of(&desired, &live).survival;
        assert_eq!(survival.zone.answer, Answer::Unknown);
        live.resources.insert(replica, Seen::Absent);
        assert_eq!(health::of(&desired, &live).survival.zone.answer, Answer::No);
        let primary = testing::address("db-instance/orders-primary");
        live.resources.insert(primary, Seen::Unread(unread));
        let found = health::of(&desired, &live);
        assert_eq!(found.survival.region.answer, Answer::Unknown);
        let text = text(&found, PAGE);
        assert!(text.contains("unknown: orders-primary could not be read"), "{text}");
    }

    #[test]
    fn a_cluster_that_is_not_there_says_so() {
        let desired = testing::desired();
        let text = text(&health::of(&desired, &testing::empty(&desired)), PAGE);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(
            text.contains("not there, nothing of it in us-east-1: `pgha apply` creates it"),
            "{text}"
        );
    }

    #[test]
    fn a_cluster_that_lives_in_another_region_is_said_to() {
        let desired = testing::desired();
        let mut live = testing::applied(&desired);
        let role = testing::address("sns-topic/orders-alerts");
        let mut seen = testing::live(&mut live, "sns-topic/orders-alerts").clone();
        seen.tags.as_mut().unwrap().insert(HOME_TAG.into(), "eu-west-1".into());
        let mut live = testing::empty(&desired);
        let mut other = desired.clone();
        other.resources.remove(&role);
        live.resources.insert(role, Seen::Present(Box::new(seen)));
        let text = text(&health::of(&other, &live), Page { width: 400, ..PAGE });
        assert!(
            text.contains("a cluster of this name that lives in eu-west-1; is `region`"),
            "{text}"
        );
        assert!(!text.contains("creates it"), "{text}");
    }

    #[test]
    fn who_hears_the_topic_and_is_not_in_the_spec_is_on_the_screen() {
        let mut desired = testing::desired();
        let live = testing::applied(&desired);
        let old = "sns-subscription/orders-alerts:email:oncall@example.com";
        desired.resources.remove(&testing::address(old));
        let found = health::of(&desired, &live);
        assert!(!found.subscriptions[0].in_spec && found.problems.is_empty());
        let text = text(&found, PAGE);
        let line =
            "orders-alerts:email:oncall@example.com  not in the spec, and told of everything";
        assert!(text.contains(line), "{text}");
    }

    #[test]
    fn of_a_cluster_that_was_deleted_it_says_what_is_left() {
        let desired = testing::desired();
        let mut live = testing::empty(&desired);
        let primary = testing::address("db-instance/orders-primary");
        let snapshot = Remains {
            kind: RemainsKind::Snapshot,
            id: "orders-primary-final-abc".into(),
            until: None,
        };
        live.remains.insert(primary, [snapshot].into());
        let text = text(&health::of(&desired, &live), Page { width: 400, ..PAGE });
        assert!(text.ends_with(
            "not there, and there was one: snapshot orders-primary-final-abc is left; restore it, or `pgha apply --allow create:db-instance/orders-primary` makes an empty one\n"
        ), "{text}");
    }

    #[test]
    fn a_database_that_left_the_spec_and_stays_is_on_the_screen() {
        let mut desired = testing::desired();
        let live = testing::applied(&desired);
        desired.resources.remove(&testing::address("db-instance/orders-read-1"));
        let found = health::of(&desired, &live);
        let text = text(&found, Page { width: 400, ..PAGE });
        assert!(text.contains("replica of orders-primary, not in the spec"), "{text}");
        assert!(
            text.contains("let it go with `--allow delete:db-instance/orders-read-1`"),
            "{text}"
        );
        assert!(!text.contains("healthy") && found.databases.len() == 2, "{text}");
    }
}
