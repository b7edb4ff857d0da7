//! Security groups that somebody attached: taking one off cuts off whoever comes through it, so
//! that only the spec does.

use std::collections::BTreeSet;

use pgha_resource::{DesiredResource, LiveResource, Ref, Resource};

use crate::cause::Record;
use crate::plan::Cause;

/// What is said of groups that are attached beside those of the spec.
pub(crate) struct Attached {
    /// They stay, because the spec did not change.
    stays: bool,
    groups: Vec<String>,
}

impl Attached {
    pub(crate) fn text(&self) -> String {
        let groups = self.groups.join(", ");
        match self.stays {
            true => format!(
                "{groups} attached by somebody, as the console's \"Set up EC2 connection\" does, and not in the spec: left attached; `extra_security_groups` puts it on record"
            ),
            false => format!(
                "takes {groups} off, which the spec does not name: whoever reaches the database through it is cut off"
            ),
        }
    }
}

/// Keeps attached what somebody attached, where the spec did not change since: AWS's own console
/// attaches groups such as `rds-ec2-1` (RDS guide, "Connecting an EC2 instance and an RDS
/// database automatically",
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/ec2-rds-connect.html>).
pub(crate) fn keep(
    resolved: &mut Resource,
    wanted: &DesiredResource,
    live: &LiveResource,
) -> Option<Attached> {
    let (field, seen) = ("security_groups", groups(&live.resource)?);
    let named = groups(resolved)?;
    // With a name that is not known yet nobody can say which is the stranger.
    if named.iter().any(|group| group.as_known().is_none()) {
        return None;
    }
    let foreign: Vec<&Ref> = seen.difference(named).collect();
    if foreign.is_empty() {
        return None;
    }
    let stays = Record::new(Some(live), wanted).of_field(field) != Cause::SpecChanged;
    let attached = Attached { stays, groups: foreign.iter().map(ToString::to_string).collect() };
    let all: BTreeSet<Ref> = named.union(seen).cloned().collect();
    if stays {
        set_groups(resolved, all);
    }
    Some(attached)
}

fn groups(resource: &Resource) -> Option<&BTreeSet<Ref>> {
    match resource {
        Resource::DbInstance(instance) => instance.security_groups.as_ref(),
        Resource::DbCluster(cluster) => cluster.security_groups.as_ref(),
        _ => None,
    }
}

fn set_groups(resource: &mut Resource, all: BTreeSet<Ref>) {
    match resource {
        Resource::DbInstance(instance) => instance.security_groups = Some(all),
        Resource::DbCluster(cluster) => cluster.security_groups = Some(all),
        _ => {}
    }
}
