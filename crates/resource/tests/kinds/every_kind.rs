//! What holds for every kind and every row of its field table.

use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Disruption;
use pgha_resource::Effect;
use pgha_resource::Kind;
use pgha_resource::Resource;
use pgha_resource::digest::Applied;
use pgha_resource::digest::Recorded;
use pgha_resource::effect::When;
use pgha_resource::field::Match;
use pgha_resource::field::Via;
use pgha_resource::kind::Tagging;
use pgha_resource::kind::insights_key;
use pgha_resource::kind::travels_with;
use pgha_resource::live::Tags;
use pgha_resource::value::Part;
use pgha_resource::value::Shown;

use crate::samples::Answers;
use crate::samples::Sample;
use crate::samples::full;

/// Calls `check` with two resources of every kind that differ in every field.
fn every_kind(check: impl Fn(Kind, Resource, Resource)) {
    for kind in Kind::ALL.iter().copied() {
        let (one, other) = (full(kind, Sample(true)), full(kind, Sample(false)));
        assert_eq!((one.kind(), other.kind()), (kind, kind));
        check(kind, one, other);
    }
}

fn canonical(resource: &Resource, field: &str) -> Option<String> {
    let fields = resource.canonical_fields();
    fields.into_iter().find(|(name, _)| *name == field).and_then(|(_, value)| value)
}

#[test]
fn every_kind_is_read_by_the_name_it_is_printed_with() {
    let names: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.to_string()).collect();
    assert_eq!(names.len(), Kind::ALL.len());
    for kind in Kind::ALL.iter().copied() {
        assert_eq!(Kind::from_name(&kind.to_string()), Some(kind));
        assert_eq!(format!("[{kind:<30}]"), format!("[{:<30}]", kind.as_str()));
        let json = serde_json::to_string(&kind).unwrap();
        assert_eq!(json, format!("\"{kind}\""));
        assert_eq!(serde_json::from_str::<Kind>(&json).unwrap(), kind);
    }
    assert_eq!(Kind::from_name("table"), None);
    let error = serde_json::from_str::<Kind>("\"table\"").unwrap_err().to_string();
    assert!(error.contains("`table` is not a kind"), "{error}");
}

#[test]
fn every_field_has_a_fact_behind_its_cost() {
    every_kind(|kind, one, _| {
        let facts = kind.field_facts();
        let names: Vec<_> = facts.iter().map(|(name, _, _)| *name).collect();
        assert_eq!(names, one.field_names());
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        for (name, _, fact) in facts {
            let cited = ["docs/aws/", " API", "guide"].iter().any(|source| fact.contains(source));
            assert!(cited, "{kind} {name}: {fact}");
        }
    });
}

#[test]
fn a_resource_does_not_differ_from_itself() {
    every_kind(|kind, one, other| {
        assert_eq!(one.diff(&one), [], "{kind}");
        assert_eq!(other.diff(&other), [], "{kind}");
        for name in one.field_names() {
            assert_eq!(one.compare_field(name, &one), Some(Match::Same), "{kind} {name}");
        }
        assert_eq!(one.compare_field("no such field", &one), None);
    });
}

#[test]
fn differences_name_every_field_in_the_order_of_the_table() {
    every_kind(|kind, one, other| {
        let found = one.diff(&other);
        let names: Vec<_> = found.iter().map(|d| d.name).collect();
        assert_eq!(names, one.field_names(), "{kind}");
        let shown = one.shown_fields().into_iter().zip(other.shown_fields());
        for (difference, ((name, to), (_, from))) in found.into_iter().zip(shown) {
            assert_eq!((difference.name, &difference.to), (name, &to));
            assert_eq!(difference.from, from, "{kind} {name}");
            assert_ne!(from, to, "{kind} {name}");
            assert!(to != Shown::Unset && !to.to_string().is_empty(), "{kind} {name}");
            assert_eq!(one.compare_field(name, &other), Some(difference.found));
        }
    });
}

#[test]
fn what_no_call_changes_is_refused_or_replaced() {
    every_kind(|kind, one, other| {
        // The second sample is the larger and the newer one.
        for found in other.diff(&one) {
            let in_place = matches!(found.effect, Effect::InPlace { .. });
            // The one field that a call could change and pgha does not.
            let moved = kind == Kind::DbInstance && found.name == "subnet_group";
            assert_eq!(in_place, found.via != Via::Fixed && !moved, "{kind} {}", found.name);
            // Whoever holds data is never replaced.
            let lost = kind.holds_data() && found.effect == Effect::Replace;
            assert!(!lost, "{kind} {}", found.name);
        }
    });
}

#[test]
fn a_field_is_copied_and_nothing_else() {
    every_kind(|kind, one, other| {
        for copied in one.field_names() {
            let mut mixed = one.clone();
            mixed.copy_field(copied, &other);
            for name in one.field_names() {
                let from = if name == copied { &other } else { &one };
                assert_eq!(canonical(&mixed, name), canonical(from, name), "{kind} {name}");
            }
        }
        let mut same = one.clone();
        same.copy_field("no such field", &other);
        assert_eq!(same, one);
    });
}

#[test]
fn what_the_creating_call_cannot_carry_is_left_out_of_it() {
    every_kind(|kind, one, _| {
        let created = one.creatable();
        for name in one.field_names() {
            let expected = one.at_create(name).then(|| canonical(&one, name).unwrap());
            assert_eq!(canonical(&created, name), expected, "{kind} {name}");
        }
        assert!(!one.at_create("no such field"));
    });
}

/// What the creating call carries is as it was said; of the rest AWS's start is known.
#[test]
fn a_new_resource_is_as_it_was_created() {
    every_kind(|kind, one, _| {
        let born = one.creatable().born();
        for name in one.field_names().into_iter().filter(|name| one.at_create(name)) {
            assert_eq!(canonical(&born, name), canonical(&one, name), "{kind} {name}");
        }
        // A replica has settings of which nobody knows how they start, and a secret is made before
        // the database that it tells of.
        let unknown: Vec<_> =
            one.field_names().into_iter().filter(|n| canonical(&born, n).is_none()).collect();
        let may_be = matches!(kind, Kind::DbInstance | Kind::Secret);
        assert!(unknown.is_empty() || may_be, "{kind} {unknown:?}");
    });
}

#[test]
fn a_way_ends_where_it_leads_and_adds_before_it_removes() {
    every_kind(|kind, one, other| {
        for name in one.field_names() {
            for (from, to) in [(&one, &other), (&other, &one)] {
                let way = from.way(name, to, 1);
                let (_, last) = way.last().unwrap();
                assert_eq!(canonical(last, name), canonical(to, name), "{kind} {name}");
                let parts: Vec<_> = way.iter().map(|(part, _)| *part).collect();
                assert!(parts.is_sorted_by_key(|part| *part == Part::Remove), "{kind} {name}");
                // The fields beside it stay as they are.
                let mut expected = from.clone();
                expected.copy_field(name, to);
                assert_eq!(*last, expected, "{kind} {name}");
            }
        }
        assert_eq!(one.way("no such field", &other, 1), []);
    });
}

#[test]
fn references_are_found_and_answered_in_every_field() {
    every_kind(|kind, one, _| {
        let by_field: Vec<_> =
            one.field_names().iter().flat_map(|name| one.field_addresses(name)).collect();
        assert_eq!(one.addresses(), by_field, "{kind}");
        let open: Vec<_> =
            one.field_names().into_iter().filter(|name| !one.field_is_resolved(name)).collect();
        assert_eq!(one.is_resolved(), open.is_empty(), "{kind}");
        // Whatever names another resource is open; so are networks, which name a region.
        for name in one.field_names() {
            let names_one = !one.field_addresses(name).is_empty();
            assert!(!names_one || open.contains(&name), "{kind} {name}");
        }
        let mut answered = one.clone();
        answered.resolve(&Answers);
        assert!(answered.is_resolved(), "{kind}");
        assert_eq!(answered.addresses(), [], "{kind}");
        for name in one.field_names() {
            let changed = canonical(&answered, name) != canonical(&one, name);
            assert_eq!(changed, open.contains(&name), "{kind} {name}");
            assert!(answered.field_is_resolved(name), "{kind} {name}");
        }
    });
}

#[test]
fn one_open_field_is_enough_to_wait_for() {
    every_kind(|kind, one, _| {
        let mut answered = one.clone();
        answered.resolve(&Answers);
        for name in one.field_names() {
            let mut mixed = answered.clone();
            mixed.copy_field(name, &one);
            assert_eq!(mixed.is_resolved(), one.field_is_resolved(name), "{kind} {name}");
        }
    });
}

#[test]
fn kinds_have_nothing_in_common() {
    every_kind(|kind, one, _| {
        let next = Kind::ALL.iter().copied().find(|next| *next != kind).unwrap();
        let stranger = full(next, Sample(false));
        assert_eq!(one.diff(&stranger), []);
        assert_eq!(one.refusals(&stranger), []);
        let name = one.field_names()[0];
        assert_eq!(one.compare_field(name, &stranger), None);
        assert_eq!(one.way(name, &stranger, 1), []);
        let mut copy = one.clone();
        copy.copy_field(stranger.field_names()[0], &stranger);
        assert_eq!(copy, one);
    });
}

#[test]
fn nothing_is_refused_of_what_fits_together() {
    every_kind(|kind, one, other| assert_eq!(one.refusals(&other), [], "{kind}"));
}

#[test]
fn every_resource_survives_json() {
    every_kind(|_, one, _| {
        let json = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Resource>(&json).unwrap(), one);
    });
}

#[test]
fn the_record_of_every_kind_fits_into_a_tag() {
    every_kind(|kind, one, other| {
        let tags = Tags::from([("team".into(), "orders".into())]);
        let (record, differs) = (Applied::of(&one, &tags), Applied::of(&other, &tags));
        assert!(record.to_tag().len() <= 256, "{kind}");
        let read = Applied::parse(&record.to_tag());
        assert!(read.had_tag("team"), "{kind}");
        for index in 0..one.field_names().len() {
            assert_eq!(read.field(&record, index), Recorded::Same, "{kind} {index}");
            assert_eq!(read.field(&differs, index), Recorded::Other, "{kind} {index}");
        }
    });
}

#[track_caller]
fn check_kinds(is: impl Fn(Kind) -> bool, expected: &[Kind]) {
    let found: BTreeSet<_> = Kind::ALL.iter().copied().filter(|kind| is(*kind)).collect();
    assert_eq!(found, expected.iter().copied().collect());
}

#[test]
fn only_iam_is_for_the_whole_account() {
    check_kinds(Kind::is_global, &[Kind::IamRole, Kind::IamPolicy]);
}

#[test]
fn databases_snapshots_and_the_password_hold_data() {
    let snapshots = [Kind::DbSnapshot, Kind::DbClusterSnapshot];
    let rest = [Kind::DbInstance, Kind::DbCluster, Kind::Secret];
    check_kinds(Kind::holds_data, &[snapshots.as_slice(), &rest].concat());
}

#[test]
fn only_databases_restart() {
    let reboots = |kind| full(kind, Sample(true)).reboot().is_some();
    check_kinds(reboots, &[Kind::DbInstance, Kind::DbCluster]);
    let starts = |kind| full(kind, Sample(true)).start().is_some();
    check_kinds(starts, &[Kind::DbInstance]);
}

#[test]
fn clients_miss_what_they_connect_to_when_it_goes() {
    check_kinds(
        |kind| full(kind, Sample(true)).delete_disruption() == Disruption::Outage,
        &[
            Kind::DbInstance,
            Kind::DbCluster,
            Kind::DbProxy,
            Kind::DbProxyEndpoint,
            Kind::DbProxyTarget,
        ],
    );
}

/// Whatever has no tags has somebody to tell whose it is.
#[test]
fn what_cannot_be_tagged_is_part_of_something() {
    let own = Address::home(Kind::DbProxy, "own");
    let part = |kind| full(kind, Sample(true)).parent(&own).is_some();
    check_kinds(
        |kind| kind.tagging() == Tagging::WithParent,
        &[Kind::SnsSubscription, Kind::DbProxyTarget, Kind::DbProxyTargetGroup],
    );
    check_kinds(
        part,
        &[
            Kind::SnsSubscription,
            Kind::DbProxyTarget,
            Kind::DbProxyTargetGroup,
            Kind::DbProxyEndpoint,
        ],
    );
    for kind in Kind::ALL {
        if let Tagging::By { set, remove } = kind.tagging() {
            assert_ne!(set, remove);
            assert_eq!(set.service(), kind.delete().service(), "{kind}");
            assert_eq!(remove.service(), kind.delete().service(), "{kind}");
        }
    }
}

#[test]
fn insights_keep_the_key_that_they_once_had() {
    assert_eq!(insights_key(Some("there"), Some("wanted")), Some("there"));
    assert_eq!(insights_key(Some("there"), None), Some("there"));
    assert_eq!(insights_key(None, Some("wanted")), Some("wanted"));
    assert_eq!(insights_key(None, None), None);
}

/// RDS API, ModifyDBInstance and ModifyDBCluster.
#[test]
fn some_fields_are_taken_only_together() {
    assert_eq!(travels_with("insights"), ["insights_retention", "insights_mode"]);
    assert_eq!(travels_with("insights_mode"), ["insights_retention"]);
    assert_eq!(travels_with("monitoring_interval"), ["monitoring_role"]);
    assert_eq!(travels_with("storage_type"), ["iops", "throughput"]);
    assert_eq!(travels_with("storage"), ["iops", "throughput"]);
    assert_eq!(travels_with("iops"), ["storage"]);
    assert!(travels_with("class").is_empty());
    // No name in it is misspelt.
    let names = full(Kind::DbInstance, Sample(true)).field_names();
    for name in &names {
        assert!(travels_with(name).iter().all(|other| names.contains(other)), "{name}");
    }
}

/// The fields of a kind whose change has an effect like this.
#[track_caller]
fn check_fields(kind: Kind, has: impl Fn(&Effect) -> bool, expected: &[&str]) {
    // The second sample is the larger and the newer one, and has no standby.
    let (live, desired) = (full(kind, Sample(true)), full(kind, Sample(false)));
    let differences = desired.diff(&live);
    let found: Vec<_> = differences.iter().filter(|d| has(&d.effect)).map(|d| d.name).collect();
    assert_eq!(found, expected, "{kind}");
}

/// docs/aws/instances.md, docs/aws/clusters.md.
#[test]
fn few_changes_of_a_database_break_connections() {
    let breaks = |effect: &Effect| effect.disruption().breaks_connections();
    let of_instances = ["engine_version", "class", "dedicated_log_volume", "port", "network_type"];
    check_fields(Kind::DbInstance, breaks, &of_instances);
    check_fields(Kind::DbCluster, breaks, &["engine_version", "class"]);
}

/// docs/aws/instances.md, docs/aws/clusters.md.
#[test]
fn what_waits_for_the_window_can_be_told_beforehand() {
    let waits = |effect: &Effect| matches!(effect, Effect::InPlace { when: When::Window, .. });
    let of_instances = [
        "engine_version",
        "class",
        "multi_az",
        "storage",
        "storage_type",
        "iops",
        "throughput",
        "iam_auth",
        "network_type",
        "ca_certificate",
    ];
    check_fields(Kind::DbInstance, waits, &of_instances);
    let of_clusters = [
        "engine_version",
        "class",
        "storage",
        "storage_type",
        "iops",
        "iam_auth",
        "backup_retention",
    ];
    check_fields(Kind::DbCluster, waits, &of_clusters);
}

/// docs/aws/instances.md, docs/aws/clusters.md.
#[test]
fn groups_and_log_volumes_wait_for_a_reboot() {
    let waits = |effect: &Effect| matches!(effect, Effect::InPlace { when: When::Reboot, .. });
    check_fields(Kind::DbInstance, waits, &["dedicated_log_volume", "parameter_group"]);
    check_fields(Kind::DbCluster, waits, &["parameter_group"]);
}

/// docs/aws/replicas.md#set-afterwards: what a replica gets only after it was created.
#[test]
fn a_replica_is_modified_once_it_is_there() {
    let replica = full(Kind::DbInstance, Sample(true));
    let later: Vec<_> =
        replica.field_names().into_iter().filter(|name| !replica.at_create(name)).collect();
    let inherited = ["engine_version", "encrypted", "database", "username", "password"];
    let modified = [
        "parameter_group",
        "backup_retention",
        "backup_window",
        "maintenance_window",
        "extended_support",
        "insights_mode",
    ];
    assert_eq!(later, [inherited.as_slice(), &modified].concat());
}
