//! What a person has to know of copies of backups that are stopped, moved or begun anew.

use pgha_resource::status::Phase;
use pgha_resource::{Address, Kind};

use crate::classify::{Action, Item, Items};
use crate::compare::note;
use crate::plan::{Note, NoteKind};
use crate::successors::succeeds;

/// Whether a replication has not made its first copy: that takes hours, and until then its region
/// holds nothing.
pub(crate) fn are_not_there_yet(item: &Item) -> bool {
    item.live.is_some_and(|live| {
        live.resource.kind() == Kind::BackupReplication && live.status.phase == Phase::Busy
    })
}

/// What a change of replications means for the copies.
pub(crate) fn notes(items: &Items) -> Vec<Note> {
    let own = items.iter().filter(|(address, _)| address.kind == Kind::BackupReplication);
    let said = own.filter_map(|(address, item)| {
        let text = match &item.action {
            Action::Replace => Some(RESTARTED.to_string()),
            Action::Create => predecessor(address, items).map(moved),
            _ => None,
        };
        Some(note(NoteKind::Follows, address, text?))
    });
    said.collect()
}

/// Seen and described in
/// <https://dev.classmethod.jp/articles/rds-cross-region-backup-retention-change>; AWS's guide
/// says that copies outlive a stopped replication
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/AutomatedBackups.StopReplicating.html>).
const RESTARTED: &str = "stopped and started again, because RDS has no call that changes it: the \
copies that are there stay, and none is added from the stop until it replicates again";

/// RDS does not say whether the backups of one instance can be copied to two regions at a time:
/// where they cannot, the second start is refused, and nothing is lost by that.
fn moved(old: &Address) -> String {
    format!(
        "{old} stops once this one replicates; if RDS refuses to copy to two regions at a time, \
         take `replicate_to` out, apply, and put it back: from then until the new region has its \
         first copy, which takes hours, only the copies that {old} leaves are there"
    )
}

fn predecessor<'a>(new: &Address, items: &'a Items) -> Option<&'a Address> {
    let goes = |(old, item): &(&Address, &Item)| succeeds(new, old) && item.goes_only();
    items.iter().find(goes).map(|(old, _)| old)
}
