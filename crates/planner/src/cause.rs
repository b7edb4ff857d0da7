//! Whether the spec or the account moved: read off the record on the live resource.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_resource::DesiredResource;
use pgha_resource::LiveResource;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::digest::Applied;
use pgha_resource::digest::Recorded;
use pgha_resource::live::DIGEST_TAG;
use pgha_resource::reference::Resolve;

use crate::plan::Cause;

/// The record on a live resource, beside what would be recorded now.
pub(crate) struct Record {
    recorded: Option<Applied>,
    desired: Applied,
    fields: Vec<&'static str>,
}

/// What an apply of the whole resource would record. Of what is looked up that is what the spec
/// asks for: the same subnets may be found in another way, and others in the same.
fn everything(wanted: &DesiredResource) -> Applied {
    let mut resource = wanted.resource.clone();
    resource.resolve(&LookedUp(&wanted.lookups));
    Applied::of(&resource, &wanted.tags)
}

/// Answers network lookups with the words of the spec, and nothing else.
struct LookedUp<'a>(&'a BTreeMap<Region, String>);

impl Resolve for LookedUp<'_> {
    fn reference(&self, reference: &Ref) -> Option<String> {
        match reference {
            Ref::Known(id) => Some(id.clone()),
            Ref::Vpc(region) => self.0.get(region).cloned(),
            Ref::Of(..) => None,
        }
    }

    fn subnets(&self, region: &Region) -> Option<BTreeSet<String>> {
        self.0.get(region).map(|words| [words.clone()].into())
    }
}

impl Record {
    pub(crate) fn new(live: Option<&LiveResource>, wanted: &DesiredResource) -> Self {
        let tags = live.and_then(|live| live.tags.as_ref());
        let tag = tags.and_then(|tags| tags.get(DIGEST_TAG));
        Self {
            recorded: tag.map(|tag| Applied::parse(tag)),
            desired: everything(wanted),
            fields: wanted.resource.field_names(),
        }
    }

    /// What is recorded once all but these fields were applied.
    pub(crate) fn after(&self, refused: &BTreeSet<&str>) -> Applied {
        let is_refused = |(_, name): &(usize, &&str)| refused.contains(**name);
        let kept: Vec<usize> =
            self.fields.iter().enumerate().filter(is_refused).map(|(index, _)| index).collect();
        self.desired.clone().without(&kept, self.recorded.as_ref())
    }

    /// The creation was cut off before it was complete.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.recorded.as_ref().is_some_and(Applied::is_unfinished)
    }

    /// Who moved a field that differs.
    pub(crate) fn of_field(&self, name: &str) -> Cause {
        let index = self.fields.iter().position(|field| *field == name);
        self.cause(|recorded, desired| {
            index.map_or(Recorded::Unknown, |index| recorded.field(desired, index))
        })
    }

    /// Who moved the user's tags.
    pub(crate) fn of_tags(&self) -> Cause {
        self.cause(Applied::user_tags)
    }

    /// Whether a tag that the spec does not have was put there by an earlier apply.
    pub(crate) fn had_tag(&self, key: &str) -> bool {
        self.recorded.as_ref().is_some_and(|recorded| recorded.had_tag(key))
    }

    fn cause(&self, compare: impl Fn(&Applied, &Applied) -> Recorded) -> Cause {
        let Some(recorded) = &self.recorded else { return Cause::Unrecorded };
        match compare(recorded, &self.desired) {
            Recorded::Same => Cause::AwsChanged,
            Recorded::Other => Cause::SpecChanged,
            Recorded::Unknown => Cause::Unrecorded,
        }
    }
}
