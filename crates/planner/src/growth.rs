//! What a person has to know of volumes that change: RDS may take hours, or refuse.

use std::collections::BTreeMap;

use pgha_resource::{Address, Resource};

use crate::classify::{Action, Item, Items};
use crate::compare::note;
use crate::plan::{Note, NoteKind};

/// From this size on, in GiB, RDS stripes a volume of PostgreSQL over four
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>;
/// docs/aws/storage.md#four-volumes).
const STRIPED: u32 = 400;

/// The types of volumes that are striped: the guide names General Purpose and Provisioned IOPS SSD,
/// and makes no exception for io2, of which others say that it is one volume of any size.
const STRIPED_TYPES: [&str; 4] = ["gp2", "gp3", "io1", "io2"];

/// RDS counts the storage changes of a day and does not tell how many there were: "You can perform
/// a maximum of four storage modifications within any 24-hour period"
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.gp3.html>), and six hours
/// after each other by
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.ModifyingExisting.ScalingUp.html>.
const COUNTED: &str = "PGHA010: RDS takes four storage changes within 24 hours, and by some of its \
documents none within six hours of the last; it does not say how many there were, so that it may \
refuse this one: apply again later then";

/// What changes of volumes mean, by the spec, by hand or because a source grows.
pub(crate) fn notes(items: &Items) -> Vec<Note> {
    let changing = items.iter().filter(|(_, item)| matches!(item.action, Action::Modify));
    let mut said: BTreeMap<String, Vec<&Address>> = BTreeMap::new();
    for (address, item) in changing {
        let texts = [crossing(item), changes_storage(item).then(|| COUNTED.to_string())];
        texts.into_iter().flatten().for_each(|text| said.entry(text).or_default().push(address));
    }
    said.into_iter().map(|(text, whom)| together(&whom, text)).collect()
}

/// One note for all that it is about.
fn together(whom: &[&Address], text: String) -> Note {
    if let [one] = whom {
        return note(NoteKind::Follows, one, text);
    }
    let names: Vec<String> = whom.iter().map(ToString::to_string).collect();
    Note { kind: NoteKind::Follows, address: None, text: format!("{}: {text}", names.join(", ")) }
}

/// What RDS raises by itself when a volume is striped, and queues with the size
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage>).
fn travels(kind: &str) -> &'static str {
    match kind {
        "gp3" => "; its baseline becomes 12000 IOPS and 500 MiB/s, which RDS sets with the size",
        _ => "",
    }
}

fn changes_storage(item: &Item) -> bool {
    let storage = ["storage", "storage_type", "iops", "throughput"];
    // What is not finished yet was never changed.
    !item.found.unfinished && item.found.fields.iter().any(|diff| storage.contains(&diff.name))
}

/// Growth from one volume to four.
fn crossing(item: &Item) -> Option<String> {
    let (Resource::DbInstance(from), Resource::DbInstance(to)) =
        (item.live?.overlaid(), item.resolved.as_ref()?)
    else {
        return None;
    };
    let kind = to.storage_type.as_deref().or(from.storage_type.as_deref()).unwrap_or("gp3");
    let (old, new) = (from.storage?, to.storage?);
    let crosses =
        item.changes("storage") && old < STRIPED && new >= STRIPED && STRIPED_TYPES.contains(&kind);
    crosses.then(|| {
        format!(
            "PGHA009: {kind} grows from {old} to {new} GiB, and from {STRIPED} GiB on RDS stripes it \
             over four volumes: it copies the data for hours, `modifying`, with high latency, and \
             takes no other change meanwhile{}", travels(kind)
        )
    })
}
