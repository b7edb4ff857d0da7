//! `[monitoring]` to the role that Enhanced Monitoring writes with.

use std::collections::BTreeSet;

use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::kind::IamRole;
use pgha_resource::kind::InsightsMode;
use pgha_resource::scope::partition;

use super::Build;
use super::arn_of;
use super::iam;
use crate::effective::Monitored;
use crate::section::monitoring::Mode;
use crate::section::monitoring::Monitoring;

/// IAM is global: one role serves the replicas elsewhere, too (docs/aws/iam.md#monitoring-role).
pub(super) fn expand(build: &mut Build<'_>) {
    let spec = build.spec;
    let own = |own: Option<&Monitoring>| spec.monitoring(own).interval > 0;
    let any = own(None) || spec.replica.iter().any(|r| own(r.monitoring.as_deref()));
    if !any {
        return;
    }
    let managed = "iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole";
    let role = IamRole {
        description: Some("lets RDS write Enhanced Monitoring samples".into()),
        trust: Some(iam::trust("monitoring.rds.amazonaws.com", spec.account())),
        attached: Some(BTreeSet::from([format!("arn:{}:{managed}", partition(&build.home))])),
        inline: Some(std::collections::BTreeMap::new()),
    };
    let at = spec.monitoring.as_ref().map_or_else(|| spec.cluster.span(), |m| m.span());
    let address = build.address(Kind::IamRole, &iam::with_region("monitoring", build), &build.home);
    build.add(address, at, role);
}

/// The role, for a database that is sampled.
pub(super) fn role(build: &Build<'_>, monitored: &Monitored) -> Option<Ref> {
    let name = iam::with_region("monitoring", build);
    (monitored.interval > 0).then(|| arn_of(&build.address(Kind::IamRole, &name, &build.home)))
}

/// Whether insights are on, their mode and their retention.
pub(super) fn insights(of: &Monitored) -> (bool, InsightsMode, Option<u32>) {
    match of.mode {
        Mode::Off => (false, InsightsMode::Standard, None),
        Mode::Standard => (true, InsightsMode::Standard, Some(of.retention)),
        Mode::Advanced => (true, InsightsMode::Advanced, Some(of.retention)),
    }
}
