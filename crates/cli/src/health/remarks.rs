//! What is wrong with a cluster, and what is going on in it.

use pgha_planner::Allow;
use pgha_resource::Desired;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::live::Notice;
use pgha_resource::status::Phase;

use crate::health::Remark;
use crate::health::beside;
use crate::health::state;

/// How much a remark matters.
enum Told {
    /// A person has to look.
    Problem(String),
    /// Good to know.
    GoingOn(String),
}

/// Problems, and what is going on.
pub(super) fn of(desired: &Desired, live: &Live) -> (Vec<Remark>, Vec<Remark>) {
    let (mut problems, mut going_on) = (state::of(desired, live), Vec::new());
    problems.extend(without_backups(desired, live));
    for address in desired.resources.keys() {
        for told in told_of(live.resources.get(address)) {
            let say = |text: String| Remark { address: address.clone(), text };
            match told {
                Told::Problem(text) => problems.push(say(text)),
                Told::GoingOn(text) => going_on.push(say(text)),
            }
        }
    }
    for (address, seen) in beside(desired, live) {
        let text = match seen.status.phase {
            Phase::Deleting => format!("is {}, and is not in the spec", seen.status.text),
            _ => format!(
                "is not in the spec and stays, because it holds data: take it back into the spec, or let it go with `--allow {}`",
                Allow::Delete(address.clone())
            ),
        };
        let remark = Remark { address: address.clone(), text };
        match seen.status.phase {
            Phase::Deleting => going_on.push(remark),
            _ => problems.push(remark),
        }
    }
    (problems, going_on)
}

/// A cluster whose database has no automated backups can be restored to no point in time.
fn without_backups(desired: &Desired, live: &Live) -> Option<Remark> {
    let address = desired.database()?;
    let days = match &live.present(address)?.resource {
        Resource::DbInstance(instance) => instance.backup_retention,
        Resource::DbCluster(cluster) => cluster.backup_retention,
        _ => None,
    };
    (days == Some(0)).then(|| Remark {
        address: address.clone(),
        text: "its automated backups are off: it can be restored to no point in time".into(),
    })
}

fn told_of(seen: Option<&Seen>) -> Vec<Told> {
    match seen {
        Some(Seen::Present(live)) => {
            by_status(live).into_iter().chain(live.notices.iter().filter_map(by_notice)).collect()
        }
        Some(Seen::Absent) => vec![Told::Problem("it does not exist".into())],
        Some(Seen::Unread(error)) => {
            vec![Told::Problem(format!("not read: {}: {}", error.call, error.message))]
        }
        None => vec![Told::Problem("not read".into())],
    }
}

/// What passes by itself.
fn by_status(live: &LiveResource) -> Option<Told> {
    let text = &live.status.text;
    (live.status.phase == Phase::Busy).then(|| Told::GoingOn(format!("is {text}")))
}

const ROTATION_OPEN: &str = "its last rotation did not end, or goes on";

fn by_notice(notice: &Notice) -> Option<Told> {
    Some(match notice {
        Notice::PendingReboot(group) => {
            Told::GoingOn(format!("parameters of {group} wait for a restart"))
        }
        Notice::Parameters(text) => Told::GoingOn(format!("parameters: {text}")),
        Notice::StorageBusy(text) => Told::GoingOn(format!("storage: {text}")),
        Notice::Maintenance(text) => Told::GoingOn(format!("AWS wants maintenance: {text}")),
        Notice::Unconfirmed => Told::Problem("nobody confirmed the subscription yet".into()),
        Notice::Replication(text) if text != "replicating" => {
            Told::Problem(format!("replication: {text}"))
        }
        Notice::Target(text) if !text.eq_ignore_ascii_case("available") => {
            Told::Problem(format!("the proxy's target is {text}"))
        }
        Notice::RotationOpen => Told::Problem(ROTATION_OPEN.into()),
        Notice::Engine(engine) => Told::Problem(format!("is a database of the engine {engine}")),
        Notice::AwsBackup(_)
        | Notice::Replication(_)
        | Notice::Target(_)
        | Notice::Replica(_)
        | Notice::BackupsCopied(_)
        | Notice::Created(_)
        | Notice::Zones(_)
        | Notice::Endpoint(_)
        | Notice::ReaderEndpoint(_) => return None,
    })
}
