//! What would wait for the window, or does already, and is made now.
//!
//! A change that RDS has queued is made at once where the same value is sent again with
//! ApplyImmediately, and with it all that is queued
//! (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.ApplyImmediately.html>).

use pgha_resource::DesiredResource;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::field::Match;
use pgha_resource::status::Phase;

use crate::classify::Action;
use crate::classify::Items;
use crate::compare::Comparison;
use crate::compare::note;
use crate::compare::sort_in;
use crate::compare::takes_reboot;
use crate::plan::Cause;
use crate::plan::Note;
use crate::plan::NoteKind;

/// The size of a volume and what is sent with it.
const STORAGE: [&str; 4] = ["storage", "storage_type", "iops", "throughput"];

/// Sends again what is queued and does not have to wait: all of it where nothing waits for the
/// window, and storage where a full volume keeps the database from working.
pub(crate) fn hasten(
    found: &mut Comparison,
    wanted: &DesiredResource,
    resolved: &Resource,
    live: &LiveResource,
) {
    let full = is_full(live);
    let urgent = |field: &str| !found.queues || (full && STORAGE.contains(&field));
    let queued = |field: &str| {
        live.pending.as_ref().is_some_and(|pending| pending.fields.contains(field))
            && resolved.compare_field(field, live.overlaid()) == Some(Match::Same)
            && !takes_reboot(live, field)
    };
    let diffs: Vec<_> = resolved
        .diff(&live.resource)
        .into_iter()
        .filter(|diff| diff.found == Match::Differs && urgent(diff.name) && queued(diff.name))
        .collect();
    let mut refused = false;
    for diff in diffs {
        let name = diff.name;
        sort_in(found, diff, wanted, live, Cause::Queued);
        if found.fields.iter().any(|diff| diff.name == name) {
            let waits = found.queued.iter().position(|queued| queued.field == name);
            let waits = waits.map(|at| found.queued.remove(at));
            found.hastened.extend(waits.map(|queued| (name, queued)));
        } else {
            refused = true;
        }
    }
    if refused {
        leave_all(found);
    }
    if full {
        let storage = found.fields.iter().map(|diff| diff.name);
        found.at_once = storage.filter(|name| STORAGE.contains(name)).collect();
    }
}

/// What is queued may be on its way: while a database is modified, RDS shows the values that it is
/// making as pending
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_PendingModifiedValues.html>).
pub(crate) fn notes(items: &Items) -> Vec<Note> {
    let said = items.iter().filter_map(|(address, item)| {
        let status = &item.live?.status;
        // A backup makes nothing that is queued.
        let at_work = status.phase == Phase::Busy && status.text != "backing-up";
        let rest = match (item.found.hastened.is_empty(), item.found.queued.is_empty()) {
            _ if !at_work => return None,
            (false, _) => "what RDS is making by then is waited for and not sent again",
            (true, false) => "RDS may be making now what is shown as queued",
            (true, true) => return None,
        };
        let text = format!("its status is {}: {rest}", status.text);
        Some(note(NoteKind::ByAws, address, text))
    });
    said.collect()
}

/// Leaves a queued field to the window after all, and with it whatever else is queued: RDS makes
/// all of it or nothing. Says whether it was to be made now.
pub(crate) fn leave(found: &mut Comparison, field: &str) -> bool {
    let hastened = found.hastened.contains_key(field);
    if hastened {
        leave_all(found);
    }
    hastened
}

fn leave_all(found: &mut Comparison) {
    let left = std::mem::take(&mut found.hastened);
    found.fields.retain(|diff| !left.contains_key(diff.name));
    found.shown.retain(|change| !left.contains_key(change.name.as_str()));
    found.queued.extend(left.into_values());
}

/// Leaves to the window what is queued of that which does not change now.
pub(crate) fn leave_blocked(items: &mut Items) {
    for item in items.values_mut().filter(|item| matches!(item.action, Action::Blocked(..))) {
        leave_all(&mut item.found);
    }
}

/// Whether a database stands still until its volume grows (RDS guide, "Amazon RDS DB instance
/// running out of storage",
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Troubleshooting.html>).
pub(crate) fn is_full(live: &LiveResource) -> bool {
    live.status.text == "storage-full"
}
