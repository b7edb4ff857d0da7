//! How long the policies come out that the spec leads to: IAM refuses one that is too long, when
//! the databases it is about have been made.

use std::collections::BTreeMap;

use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::document::Document;
use pgha_resource::document::Piece;
use pgha_resource::scope::partition;

use super::Build;
use crate::diagnostic::Diagnostic;

/// Characters of a managed policy, and of all inline policies of a role, without white space
/// (docs/aws/iam.md#sizes).
const MANAGED: usize = 6_144;
const INLINE: usize = 10_240;

/// A text that IAM takes so much of.
struct Limit {
    what: &'static str,
    field: &'static str,
    most: usize,
    help: &'static str,
}

const OF_A_POLICY: Limit = Limit {
    what: "the policy that lets the users of [iam] connect",
    field: "document",
    most: MANAGED,
    help: "name fewer users: each is in it once for each database of the region and for the proxy",
};
const OF_A_ROLE: Limit = Limit {
    what: "the policies of the role",
    field: "inline",
    most: INLINE,
    help: "name fewer secrets, or fewer users in [iam]",
};

/// Finds what is longer than IAM takes.
pub(super) fn check(build: &Build<'_>) -> Vec<Diagnostic> {
    // One line may lead to the policies of several regions: the longest is said.
    let mut longest: BTreeMap<(usize, &str), (usize, Diagnostic)> = BTreeMap::new();
    for (address, wanted) in &build.resources {
        let (limit, count) = match &wanted.resource {
            Resource::IamPolicy(policy) => {
                (&OF_A_POLICY, policy.document.iter().map(|text| length(build, text)).sum())
            }
            Resource::IamRole(role) => {
                let inline = role.inline.iter().flat_map(|inline| inline.values());
                (&OF_A_ROLE, inline.map(|text| length(build, text)).sum())
            }
            _ => continue,
        };
        let count: usize = count;
        let Some(places) = build.places.get(address).filter(|_| count > limit.most) else {
            continue;
        };
        let at = places.fields.get(limit.field).unwrap_or(&places.header).clone();
        let said = (count, too_long(limit, address, count, at.clone()));
        let known = longest.entry((at.start, limit.field)).or_insert_with(|| said.clone());
        if known.0 < count {
            *known = said;
        }
    }
    longest.into_values().map(|(_, diagnostic)| diagnostic).collect()
}

fn too_long(
    limit: &Limit,
    address: &Address,
    count: usize,
    at: std::ops::Range<usize>,
) -> Diagnostic {
    let Limit { what, most, help, .. } = limit;
    Diagnostic::new("PGHA155", at, format!("{what} would have {count} characters"))
        .label(format!("IAM takes {most} at most, blanks not counted"))
        .note(format!("this is `{address}`"))
        .help(*help)
}

fn length(build: &Build<'_>, document: &Document) -> usize {
    let dense = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let of = |piece: &Piece| match piece {
        Piece::Text(text) => dense(text),
        Piece::Ref(reference) => match reference {
            Ref::Known(id) => dense(id),
            Ref::Of(address, attribute) => length_of(build, address, *attribute),
            Ref::Vpc(_) => 0,
        },
    };
    document.0.iter().map(of).sum()
}

/// How long what AWS chooses is (docs/aws/iam.md#sizes).
fn length_of(build: &Build<'_>, address: &Address, attribute: Attr) -> usize {
    let region = address.region.as_ref().unwrap_or(&build.home);
    let secret = || {
        format!("arn:{}:secretsmanager:{region}:123456789012:secret:-abcdef", partition(region))
            .len()
    };
    match (attribute, address.kind) {
        (Attr::ResourceId, Kind::DbCluster) => "cluster-".len() + 26,
        (Attr::ResourceId, _) => "db-".len() + 26,
        (Attr::Id, _) => "prx-".len() + 17,
        (Attr::Arn, Kind::Secret) => secret() + address.name.len(),
        (Attr::MasterSecret, Kind::DbCluster) => secret() + "rds!cluster-".len() + 36,
        (Attr::MasterSecret, _) => secret() + "rds!db-".len() + 36,
        (Attr::Name, _) => address.name.len(),
        // Not in a policy, or no longer than this.
        (Attr::Arn | Attr::Host, _) => 0,
    }
}
