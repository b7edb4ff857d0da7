//! Multi-AZ DB clusters.

use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::Timing;
use pgha_resource::call::Action;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::MasterPassword;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Notice;

use crate::world::HOUR;
use crate::world::World;
use crate::world::at;
use crate::world::check_refused;
use crate::world::refs;
use crate::world::set;

fn cluster(world: &World) -> DbCluster {
    DbCluster {
        engine_version: EngineVersion::constraint("16.14"),
        class: Some("db.r6gd.large".into()),
        storage: Some(100),
        storage_type: Some("gp3".into()),
        username: Some("orders_admin".into()),
        password: Some(MasterPassword::Rds { kms_key: None }),
        subnet_group: Some(Ref::known("orders")),
        security_groups: Some(refs(&[&world.id("security-group/orders")])),
        backup_window: Some("03:00-04:00".into()),
        maintenance_window: Some("sun:04:00-sun:05:00".into()),
        ..DbCluster::default()
    }
}

#[test]
fn a_cluster_has_three_members_in_three_zones() {
    let world = World::new();
    world.create("db-cluster/orders", cluster(&world)).unwrap();
    world.settle("db-cluster/orders");
    let zones = "us-east-1a (writer: orders-instance-1), us-east-1b (reader: orders-instance-2), \
                 us-east-1c (reader: orders-instance-3)";
    world.check_notice("db-cluster/orders", Notice::Zones(zones.into()));
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/multi-az-db-clusters-concepts-connection-management.html
    let readers = "orders.cluster-ro-c0simulated.us-east-1.rds.amazonaws.com:5432";
    world.check_notice("db-cluster/orders", Notice::ReaderEndpoint(readers.into()));
    let text = world.sim.failover(&at("db-cluster/orders")).unwrap();
    assert_eq!(text, "failover from orders-instance-1 to orders-instance-2");
}

#[test]
fn impossible_clusters_are_refused() {
    let refused = |code: &str, change: &dyn Fn(&mut DbCluster)| {
        let world = World::new();
        let mut wanted = cluster(&world);
        change(&mut wanted);
        check_refused(world.create("db-cluster/orders", wanted), code, ErrorClass::Invalid);
    };
    let combination = "InvalidParameterCombination";
    refused(combination, &|c| c.class = Some("db.r6g.large".into()));
    refused(combination, &|c| c.storage_type = Some("gp2".into()));
    refused(combination, &|c| (c.storage_type, c.iops) = (Some("io1".into()), Some(10_000)));
    refused("InvalidParameterValue", &|c| c.backup_retention = Some(0));
    refused("InvalidParameterValue", &|c| c.subnet_group = None);
    let world = World::new();
    let long = format!("db-cluster/{}", "a".repeat(53));
    let made = world.create(&long, cluster(&world));
    check_refused(made, "InvalidParameterValue", ErrorClass::Invalid);
}

#[test]
fn a_cluster_keeps_its_port_and_changes_its_class_in_the_window() {
    let world = World::new();
    world.create("db-cluster/orders", cluster(&world)).unwrap();
    world.settle("db-cluster/orders");
    let modify = |timing, change: &dyn Fn(&mut DbCluster)| {
        world.update(
            "db-cluster/orders",
            Operation::ModifyDBCluster,
            timing,
            |c: &mut DbCluster| change(c),
        )
    };
    let port = modify(Timing::Immediately, &|c| c.port = Some(5433));
    check_refused(port, "ValidationError", ErrorClass::Invalid);
    modify(Timing::InWindow, &|c| c.class = Some("db.r6gd.xlarge".into())).unwrap();
    assert_eq!(world.see("db-cluster/orders").pending.unwrap().fields, set(&["class"]));
    let members = || world.sim.members(&at("db-cluster/orders"));
    let waits = |(_, class): (String, Option<String>)| class.as_deref() == Some("db.r6gd.xlarge");
    assert_eq!(members().into_iter().filter(|member| waits(member.clone())).count(), 3);
    world.wait(17 * HOUR);
    assert_eq!(world.see("db-cluster/orders").pending, None);
    assert!(members().iter().all(|(_, class)| class.is_none()));
}

/// docs/aws/monitoring.md#insights-key, docs/aws/monitoring.md#insights-mode.
#[test]
fn insights_of_a_cluster_keep_their_key_and_end_with_the_advanced_mode() {
    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/own";
    const CLUSTER: &str = "db-cluster/orders";
    let world = World::new();
    let on = |c: &mut DbCluster| {
        (c.insights, c.insights_kms_key) = (Some(true), Some(KEY.into()));
    };
    let mut wanted = cluster(&world);
    on(&mut wanted);
    world.create(CLUSTER, wanted).unwrap();
    world.settle(CLUSTER);
    let there = || match world.see(CLUSTER).resource {
        Resource::DbCluster(cluster) => cluster,
        other => panic!("{other:?}"),
    };
    let call = |from: DbCluster, fields: &[&str], change: &dyn Fn(&mut DbCluster)| {
        let mut to = from.clone();
        change(&mut to);
        let fields = fields.iter().map(|field| field.to_string()).collect();
        let (from, to) = (Box::new(from.into()), Box::new(to.into()));
        let action = Action::Update { from, to, fields, timing: Timing::Immediately };
        world.call(CLUSTER, Operation::ModifyDBCluster, action)
    };
    let refused = |made| check_refused(made, "InvalidParameterCombination", ErrorClass::Invalid);
    let long: &dyn Fn(&mut DbCluster) = &|c| c.insights_retention = Some(31);
    let unknown = DbCluster { insights_kms_key: None, ..there() };
    refused(call(unknown, &["insights_retention"], long));
    call(there(), &["insights_retention"], long).unwrap();
    let off: &dyn Fn(&mut DbCluster) = &|c| c.insights = Some(false);
    refused(call(there(), &["insights"], off));
    call(there(), &["insights", "insights_mode"], off).unwrap();
    assert_eq!((there().insights, there().insights_retention), (Some(false), None));
    assert_eq!(there().insights_kms_key.as_deref(), Some(KEY));
}
