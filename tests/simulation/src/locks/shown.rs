//! What EC2 shows of the lock. A read may be older than what was accepted before it, and than
//! another read: the group and its tags each in their own time
//! (<https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>).

use std::cell::RefCell;

use jiff::{SignedDuration, Timestamp};
use pgha_resource::live::Tags;
use pgha_resource::{LiveResource, Seen};

/// Every state of the lock so far, and since when.
#[derive(Default)]
pub(super) struct History(RefCell<Vec<(Timestamp, Option<LiveResource>)>>);

impl History {
    /// From now on it is so.
    pub(super) fn note(&self, now: Timestamp, lock: Option<LiveResource>) {
        let mut states = self.0.borrow_mut();
        if states.last().is_none_or(|(_, last)| *last != lock) {
            states.push((now, lock));
        }
    }

    /// The group as it was at one time with the tags that it had at another.
    pub(super) fn seen(&self, group: Timestamp, tags: Timestamp) -> Seen {
        let states = self.0.borrow();
        let at = |time: Timestamp| states.iter().rev().find(move |(since, _)| *since <= time);
        let Some((_, Some(lock))) = at(group) else { return Seen::Absent };
        let same = |live: &&LiveResource| live.ids.id == lock.ids.id;
        let mut own = states.iter().rev().filter(|(since, _)| *since <= tags);
        let older = own.find_map(|(_, live)| live.as_ref().filter(same));
        let tags = older.map_or_else(|| Some(Tags::new()), |live| live.tags.clone());
        Seen::Present(Box::new(LiveResource { tags, ..lock.clone() }))
    }

    /// How old the lock with this id is.
    pub(super) fn age(&self, id: &str, now: Timestamp) -> Option<SignedDuration> {
        let states = self.0.borrow();
        let is_it = |lock: &Option<LiveResource>| {
            lock.as_ref().is_some_and(|live| live.ids.id.as_deref() == Some(id))
        };
        let first = states.iter().find(|(_, lock)| is_it(lock));
        first.map(|(since, _)| now.duration_since(*since))
    }
}
