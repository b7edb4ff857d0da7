//! The state of a cluster on one screen.

use crate::health::Database;
use crate::health::Health;
use crate::health::Proxy;
use crate::health::Remark;
use crate::render::style;
use crate::render::table;
use crate::render::table::Cell;
use crate::render::words;

/// Columns wider than this are not aligned to.
const CAP: usize = 44;

/// The whole text.
pub fn render(health: &Health, simulated: bool) -> String {
    let mut lines = vec![header(health, simulated), verdict(health)];
    section(&mut lines, "databases", databases(&health.databases));
    section(&mut lines, "endpoints", endpoints(health));
    section(&mut lines, "proxies", proxies(&health.proxies));
    section(&mut lines, "waiting for the window", waiting(&health.databases));
    section(&mut lines, "survives the loss of", survival(health));
    section(&mut lines, "backups", backups(health));
    section(&mut lines, "subscriptions", subscriptions(health));
    section(&mut lines, "going on", remarks(&health.remarks, "·", style::QUEUED));
    section(&mut lines, "wrong", remarks(&health.problems, "!", style::BLOCKED));
    section(&mut lines, "also", others(health));
    lines.join("\n") + "\n"
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

fn verdict(health: &Health) -> String {
    let nothing = health.databases.iter().all(|database| database.status == "absent");
    match (health.problems.len(), health.incomplete) {
        (_, true) => style::paint(style::BLOCKED, "unknown: some of it could not be read"),
        (_, false) if nothing && is_left(health) => style::paint(
            style::BLOCKED,
            "no database, and the rest is there: deleted, or never made; `pgha plan` says which",
        ),
        (_, false) if nothing => style::paint(style::BLOCKED, "not there: `pgha apply` creates it"),
        (0, false) => style::paint(style::ADD, "healthy"),
        (number, false) => {
            style::paint(style::BLOCKED, format!("{}, see below", words::count(number, "problem")))
        }
    }
}

/// Something else of the cluster is there.
fn is_left(health: &Health) -> bool {
    health.others.values().any(|counted| counted.present > 0)
}

fn databases(databases: &[Database]) -> Vec<String> {
    let heading = ["name", "role", "status", "class", "version", "storage", "zones", "replication"];
    let mut rows = vec![heading.map(|text| Cell::new(style::DIM, text)).to_vec()];
    rows.extend(databases.iter().map(|database| {
        let ok = matches!(database.status.as_str(), "available" | "storage-optimization");
        let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let region = database.address.region.as_ref().map(|region| format!("@{region}"));
        let name = format!("{}{}", database.address.name, region.unwrap_or_default());
        vec![
            Cell::new(style::STRONG, name),
            Cell::plain(&database.role),
            Cell::new(if ok { style::ADD } else { style::CHANGE }, &database.status),
            Cell::plain(dash(&database.class)),
            Cell::plain(dash(&database.version)),
            Cell::plain(dash(&database.storage)),
            Cell::plain(if database.zones.is_empty() {
                "-".into()
            } else {
                database.zones.join(", ")
            }),
            Cell::plain(database.replication.join(", ")),
        ]
    }));
    table::align(&rows, 2, CAP)
}

fn endpoints(health: &Health) -> Vec<String> {
    let rows: Vec<Vec<Cell>> = health
        .databases
        .iter()
        .flat_map(|database| {
            let name = &database.address.name;
            database.endpoints.iter().map(move |text| vec![Cell::plain(name), Cell::plain(text)])
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
            let kind = database.address.kind;
            database.pending.iter().map(move |waiting| {
                let value = |shown| words::value(kind, &waiting.field, shown);
                let text = format!("{} → {}", value(&waiting.from), value(&waiting.to));
                let name = &database.address.name;
                vec![Cell::plain(name), Cell::plain(&waiting.field), Cell::plain(text)]
            })
        })
        .collect();
    table::align(&rows, 2, CAP)
}

fn survival(health: &Health) -> Vec<String> {
    let row = |what: &str, how: &str| vec![Cell::plain(what), Cell::plain(how)];
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
                true => Cell::new(style::ADD, "confirmed"),
                false if subscription.address.name.contains(":http") => Cell::new(
                    style::BLOCKED,
                    "unconfirmed: its endpoint has to open the SubscribeURL that SNS sent",
                ),
                false => Cell::new(style::BLOCKED, "unconfirmed: answer the e-mail from AWS"),
            };
            vec![Cell::plain(&subscription.address.name), state]
        })
        .collect();
    table::align(&rows, 2, CAP)
}

fn remarks(remarks: &[Remark], symbol: &str, look: anstyle::Style) -> Vec<String> {
    remarks
        .iter()
        .map(|remark| {
            format!("  {} {}: {}", style::paint(look, symbol), remark.address, remark.text)
        })
        .collect()
}

fn others(health: &Health) -> Vec<String> {
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
    let lines = table::wrap(&glued.join(", "), 90);
    lines.iter().map(|line| format!("  {}", line.replace('\u{a0}', " "))).collect()
}

#[cfg(test)]
mod tests {
    use pgha_resource::live::Notice;
    use pgha_resource::status::Status;

    use super::*;
    use crate::health;
    use crate::render::testing;

    #[test]
    fn a_cluster_fits_on_one_screen() {
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
        insta::assert_snapshot!(testing::plain(&render(&health::of(&desired, &live), false)));
    }

    #[test]
    fn a_cluster_that_is_not_there_says_so() {
        let desired = testing::desired();
        let text = testing::plain(&render(&health::of(&desired, &testing::empty(&desired)), false));
        assert!(text.contains("not there: `pgha apply` creates it"), "{text}");
    }
}
