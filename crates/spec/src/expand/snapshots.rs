//! `[[snapshot]]` to manual snapshots.

use pgha_resource::Kind;
use pgha_resource::Resource;
use pgha_resource::kind::DbClusterSnapshot;
use pgha_resource::kind::DbSnapshot;

use super::Build;
use super::name_of;

pub(super) fn expand(build: &mut Build<'_>) {
    let primary = build.primary();
    for snapshot in &build.spec.snapshot {
        let source = Some(name_of(&primary));
        let (kind, resource): (Kind, Resource) = match build.spec.is_cluster() {
            true => (Kind::DbClusterSnapshot, DbClusterSnapshot { source }.into()),
            false => (Kind::DbSnapshot, DbSnapshot { source }.into()),
        };
        let address = build.address(kind, &snapshot.name, &build.home);
        build.add(address, snapshot.span(), resource).after([primary.clone()]);
    }
}
