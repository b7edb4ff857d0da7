//! Backups that AWS Backup keeps.

use pgha_planner::{Blocked, Intent, NoteKind};
use pgha_resource::live::Notice;
use pgha_resource::{Desired, Live};

use crate::world::{
    CLUSTER, PRIMARY, blocked, cluster, clustered, converged, desired, edit_desired, edit_live,
    instance, notes, operations, planned, sketch,
};

/// The account of `wanted` after AWS Backup took the primary's backups over.
fn taken_over(wanted: &Desired) -> Live {
    let mut live = converged(wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        let primary = instance(&mut seen.resource);
        primary.backup_retention = Some(14);
        primary.backup_window = Some("09:30-10:00".into());
        seen.notices.insert(Notice::AwsBackup("arn:aws:backup:r".into()));
    });
    live
}

/// AWS Backup guide, "Continuous backups and point-in-time recovery".
#[test]
fn what_aws_backup_sets_is_no_drift_and_is_said() {
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| {
        instance(r).backup_window = Some("01:00-01:30".into());
    });
    let plan = planned(&wanted, &taken_over(&wanted), &Intent::default());
    assert!(plan.is_converged() && !plan.has_drift(), "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::ByAws).join("\n");
    for part in ["arn:aws:backup:r", "retention 14 days", "window 09:30-10:00", "managed_by"] {
        assert!(said.contains(part), "{said}");
    }
    // Without its hand the same account is drift.
    let mut live = taken_over(&wanted);
    edit_live(&mut live, PRIMARY, |seen| seen.notices.clear());
    let plan = planned(&wanted, &live, &Intent::default());
    assert!(plan.has_drift() && !operations(&plan, PRIMARY).is_empty(), "{}", sketch(&plan));
}

#[test]
fn only_what_the_spec_names_is_said_to_be_kept() {
    let plan = planned(&desired(), &taken_over(&desired()), &Intent::default());
    let said = notes(&plan, NoteKind::ByAws).join("\n");
    assert!(said.contains("14 days") && !said.contains("window"), "{said}");
}

#[test]
fn what_the_spec_newly_says_of_such_backups_is_blocked() {
    let live = taken_over(&desired());
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).backup_retention = Some(21));
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, PRIMARY), [], "{}", sketch(&plan));
    let why = blocked(&plan, PRIMARY);
    assert!(
        matches!(&why[..], [Blocked::Impossible { why }] if why.contains("backup plan")),
        "{why:?}"
    );
    // The value that there is can be written down, and is nothing to do.
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).backup_retention = Some(14));
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
}

#[test]
fn the_backups_of_a_cluster_are_aws_backup_s_as_well() {
    let mut wanted = clustered();
    edit_desired(&mut wanted, CLUSTER, |r| {
        cluster(r).backup_window = Some("01:00-01:30".into());
    });
    let mut live = converged(&wanted);
    edit_live(&mut live, CLUSTER, |seen| {
        let cluster = cluster(&mut seen.resource);
        cluster.backup_retention = Some(14);
        cluster.backup_window = Some("09:30-10:00".into());
        seen.notices.insert(Notice::AwsBackup("arn:aws:backup:r".into()));
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert!(plan.is_converged() && !plan.has_drift(), "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::ByAws).join("\n");
    assert!(said.contains("retention 14 days") && said.contains("window 09:30-10:00"), "{said}");
}

/// The windows of the spec's primary, over those of the account's.
fn windows(wanted: [Option<&str>; 2], there: [&str; 2]) -> (Desired, Live) {
    let text = |window: &str| Some(window.to_string());
    let mut spec = desired();
    edit_desired(&mut spec, PRIMARY, |r| {
        instance(r).backup_window = wanted[0].and_then(text);
        instance(r).maintenance_window = wanted[1].and_then(text);
    });
    let mut live = converged(&spec);
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).backup_window = text(there[0]);
        instance(&mut seen.resource).maintenance_window = text(there[1]);
    });
    (spec, live)
}

#[track_caller]
fn check_windows(wanted: [Option<&str>; 2], there: [&str; 2], refused: Option<&str>) {
    let (spec, live) = windows(wanted, there);
    let plan = planned(&spec, &live, &Intent::default());
    let said: Vec<String> = blocked(&plan, PRIMARY).iter().map(ToString::to_string).collect();
    let text = said.join("; ");
    match refused {
        Some(other) => assert!(text.contains(other), "{text}: {}", sketch(&plan)),
        None => assert_eq!(text, "", "{}", sketch(&plan)),
    }
    assert_eq!(operations(&plan, PRIMARY).is_empty(), refused.is_some(), "{}", sketch(&plan));
}

#[test]
fn a_window_that_overlaps_one_that_aws_chose_is_blocked() {
    let there = ["06:10-06:40", "wed:09:21-wed:09:51"];
    let refused = Some("its backups, 06:10-06:40 UTC");
    check_windows([None, Some("sun:06:00-sun:06:30")], there, refused);
    check_windows([None, Some("sun:06:40-sun:07:10")], there, None);
    let refused = Some("its maintenance, wed:09:21-wed:09:51 UTC");
    check_windows([Some("09:00-09:30"), None], there, refused);
    check_windows([Some("09:51-10:21"), None], there, None);
    // Both together are the spec's own, which `check` has compared.
    check_windows([Some("01:00-01:30"), Some("sun:06:00-sun:06:30")], there, None);
}

#[test]
fn a_window_that_overlaps_the_one_of_aws_backup_is_blocked() {
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| {
        instance(r).backup_window = Some("01:00-01:30".into());
        instance(r).maintenance_window = Some("sun:03:00-sun:03:30".into());
    });
    let live = taken_over(&wanted);
    edit_desired(&mut wanted, PRIMARY, |r| {
        instance(r).maintenance_window = Some("sun:09:45-sun:10:15".into());
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, PRIMARY), [], "{}", sketch(&plan));
    assert_eq!(blocked(&plan, PRIMARY).len(), 1, "{}", sketch(&plan));
}
