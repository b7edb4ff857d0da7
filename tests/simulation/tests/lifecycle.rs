//! The main job on the simulated account: plan, apply, nothing left, drift, repair, destroy.

use std::time::Duration;

use pgha_planner::StepTime;
use pgha_planner::Verb;
use pgha_resource::Address;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_sim::Sim;
use pgha_simulation::SPECS;
use pgha_simulation::allowing;
use pgha_simulation::apply_on;
use pgha_simulation::check_converges;
use pgha_simulation::destroying;
use pgha_simulation::example;
use pgha_simulation::failures;
use pgha_simulation::load;
use pgha_simulation::plan_on;
use pgha_simulation::sketch;
use pgha_simulation::text;

#[track_caller]
fn check_loop(name: &str) {
    let (sim, mut desired) = (Sim::new(), example(name));
    let first = plan_on(&sim, &desired, &allowing(&[]));
    assert_eq!(first.totals().create, desired.resources.len(), "{name}:\n{}", sketch(&first));
    assert_eq!(first.worst(), Disruption::None, "creating disturbs nobody");
    check_converges(&sim, &desired, &allowing(&[]));
    sim.advance(Duration::from_secs(8 * 24 * 3600));
    let later = plan_on(&sim, &desired, &allowing(&[]));
    assert!(later.is_converged(), "{name} a week later:\n{}", sketch(&later));
    desired.policy.protected.clear();
    let report = apply_on(&sim, &desired, &destroying());
    assert!(report.all_succeeded(), "{name}:\n{}", failures(&report));
    assert!(report.left.is_converged(), "{name}: left\n{}", sketch(&report.left));
    // The names of its secrets stay taken: they come back. Its snapshots and the copies of its
    // backups stay as well, and an empty database in its place takes a word.
    let database = desired.database().unwrap();
    check_converges(&sim, &desired, &allowing(&[&format!("create:{database}")]));
}

#[test]
fn minimal() {
    check_loop("minimal");
}

#[test]
fn production() {
    check_loop("production");
}

#[test]
fn course() {
    check_loop("course");
}

#[test]
fn dr() {
    check_loop("dr");
}

#[test]
fn multi_az_cluster() {
    check_loop("multi-az-cluster");
}

#[test]
fn shop() {
    check_loop("shop");
}

#[test]
fn every_example_is_in_the_list() {
    let files = std::fs::read_dir(pgha_simulation::root().join("specs")).unwrap();
    let mut names: Vec<String> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut listed: Vec<&str> = SPECS.to_vec();
    listed.sort_unstable();
    assert_eq!(names, listed);
}

#[test]
fn drift_names_the_line_of_the_spec_and_is_repaired() {
    let (sim, desired) = (Sim::new(), example("production"));
    check_converges(&sim, &desired, &allowing(&[]));
    let primary = desired
        .resources
        .keys()
        .find(|a| a.kind == Kind::DbInstance && a.name.ends_with("-primary"));
    let primary = primary.unwrap().clone();
    sim.tamper(&primary, "deletion_protection", "false").unwrap();
    let plan = plan_on(&sim, &desired, &allowing(&[]));
    assert!(plan.has_drift());
    let change = plan.changes.iter().find(|change| change.address == primary).unwrap();
    let field = &change.fields[0];
    assert_eq!(field.name, "deletion_protection");
    assert_eq!(field.origin.as_ref().unwrap().file, "specs/production.toml");
    check_converges(&sim, &desired, &allowing(&[]));
}

/// The spec without the section that begins with this header line.
fn without(spec: &str, header: &str) -> String {
    let mut keep = true;
    let mut found = false;
    let mut text = String::new();
    for line in spec.lines() {
        if line.trim_start().starts_with('[') {
            let section = header.trim_matches(|c| c == '[' || c == ']');
            let own = line.trim().trim_matches(|c| c == '[' || c == ']');
            let hit = own == section || own.starts_with(&format!("{section}."));
            keep = !hit;
            found |= hit;
        }
        if keep {
            text += line;
            text.push('\n');
        }
    }
    assert!(found, "there is no {header}");
    text
}

#[test]
fn removing_the_proxy_plans_its_deletion_and_nothing_else_of_weight() {
    let (sim, before) = (Sim::new(), example("production"));
    check_converges(&sim, &before, &allowing(&[]));
    let after = load("specs/production.toml", &without(&text("production"), "[proxy]"));
    let plan = plan_on(&sim, &after, &allowing(&[]));
    let deleted =
        |kind: Kind| plan.changes.iter().any(|c| c.verb == Verb::Delete && c.address.kind == kind);
    assert!(deleted(Kind::DbProxy), "{}", sketch(&plan));
    assert!(!deleted(Kind::DbInstance) && !deleted(Kind::Secret), "{}", sketch(&plan));
    assert_eq!(plan.totals().blocked, 0, "{}", sketch(&plan));
    check_converges(&sim, &after, &allowing(&[]));
}

#[test]
fn removing_the_alerting_removes_what_it_made() {
    let (sim, before) = (Sim::new(), example("production"));
    check_converges(&sim, &before, &allowing(&[]));
    let after = load("specs/production.toml", &without(&text("production"), "[alerting]"));
    let gone: Vec<_> =
        before.resources.keys().filter(|a| !after.resources.contains_key(a)).cloned().collect();
    let plan = plan_on(&sim, &after, &allowing(&[]));
    for address in &gone {
        let change = plan.changes.iter().find(|change| &change.address == address);
        let change = change.unwrap_or_else(|| panic!("{address} is not in the plan"));
        assert!(change.blocked.is_none() && change.verb == Verb::Delete, "{address}");
    }
    check_converges(&sim, &after, &allowing(&[]));
}

#[test]
fn a_removed_replica_stays_until_it_is_allowed_to_go() {
    let (sim, before) = (Sim::new(), example("production"));
    check_converges(&sim, &before, &allowing(&[]));
    let after = load("specs/production.toml", &without(&text("production"), "[[replica]]"));
    let replicas: Vec<String> = before
        .resources
        .keys()
        .filter(|a| a.kind == Kind::DbInstance && !after.resources.contains_key(a))
        .map(|address| format!("delete:{address}"))
        .collect();
    assert!(!replicas.is_empty());
    let report = apply_on(&sim, &after, &allowing(&[]));
    assert!(report.all_succeeded(), "{}", failures(&report));
    assert!(report.left.changes.iter().all(|change| change.blocked.is_some()));
    assert!(report.left.totals().blocked >= replicas.len());
    let words: Vec<&str> = replicas.iter().map(String::as_str).collect();
    check_converges(&sim, &after, &allowing(&words));
}

#[test]
fn an_interrupted_apply_goes_on_where_it_stopped() {
    use pgha_apply::Event;
    use pgha_apply::Stop;
    use pgha_apply::Watch;
    use pgha_planner::Approval;
    use pgha_planner::StepId;

    struct StopAfter(usize, Stop);
    impl Watch for StopAfter {
        fn event(&mut self, _at: jiff::Timestamp, _step: StepId, event: &Event) {
            if matches!(event, Event::Accepted { .. }) {
                // Some calls are under way at that moment, and are accepted after it.
                self.0 = self.0.saturating_sub(1);
                if self.0 == 0 {
                    self.1.ask();
                }
            }
        }
    }

    let (sim, desired) = (Sim::new(), example("production"));
    let intent = allowing(&[]);
    let plan = plan_on(&sim, &desired, &intent);
    let approval = Approval { max_disruption: Disruption::Outage, digest: None };
    let approved = pgha_planner::approve(plan, &approval).unwrap();
    let stop = Stop::default();
    let mut watch = StopAfter(12, stop.clone());
    let run = pgha_apply::apply(approved, &desired, &intent, &sim, &sim, &mut watch, &stop);
    let report = pgha_simulation::block_on(run);
    assert!(report.interrupted && !report.all_succeeded());
    check_converges(&sim, &desired, &intent);
}

#[test]
fn what_is_left_in_a_region_that_left_the_spec_is_found_and_goes() {
    let (sim, before) = (Sim::new(), example("production"));
    check_converges(&sim, &before, &allowing(&[]));
    let far = |sim: &Sim| -> Vec<Address> {
        let all = sim.inventory().into_iter().map(|entry| entry.address);
        all.filter(|address| address.region.is_some()).collect()
    };
    let databases = [Kind::DbInstance, Kind::BackupReplication];
    assert!(far(&sim).len() > databases.len());
    // All by which the account shows that there is something goes by hand.
    for address in far(&sim).iter().filter(|address| databases.contains(&address.kind)) {
        sim.tamper_delete(address).unwrap();
    }
    sim.advance(Duration::from_secs(24 * 3600));
    let mut after = before;
    after.resources.retain(|address, _| address.region.is_none());
    after.networks.retain(|region, _| *region == after.scope.home);
    let plan = plan_on(&sim, &after, &allowing(&[]));
    let found = plan.changes.iter().filter(|change| change.address.region.is_some());
    assert_eq!(found.count(), far(&sim).len(), "{}", sketch(&plan));
    check_converges(&sim, &after, &allowing(&[]));
    assert_eq!(far(&sim), []);
}

#[test]
fn a_plan_that_was_overtaken_is_not_applied() {
    use pgha_apply::plan_again;
    use pgha_planner::Approval;
    let (sim, desired) = (Sim::new(), example("minimal"));
    let intent = allowing(&[]);
    let approval = Approval { max_disruption: Disruption::Outage, digest: None };
    let approved = || pgha_planner::approve(plan_on(&sim, &desired, &intent), &approval).unwrap();
    let first = approved();
    let again = pgha_simulation::block_on(plan_again(first.clone(), &desired, &intent, &sim));
    assert_eq!(again, Ok(first.clone()));
    // Somebody else's apply runs in between.
    check_converges(&sim, &desired, &intent);
    let again = pgha_simulation::block_on(plan_again(first, &desired, &intent, &sim));
    assert!(again.unwrap_err().is_converged());
}

/// `production.toml` with its backups copied to another region than us-west-2.
fn copied_to(region: &str) -> String {
    let west = "replicate_to = { region = \"us-west-2\", kms_key = \"arn:aws:kms:us-west-2:";
    assert!(text("production").contains(west));
    text("production").replace(west, &west.replace("us-west-2", region))
}

/// RDS may copy the backups of one instance to one region only: then the new copies are refused,
/// and the old ones are still made.
#[test]
fn copies_go_on_where_they_are_if_rds_takes_no_second_region() {
    let sim = Sim::new();
    check_converges(&sim, &example("production"), &allowing(&[]));
    sim.learn(pgha_sim::Habit::OneDestination);
    let moved = load("production.toml", &copied_to("eu-west-1"));
    let report = apply_on(&sim, &moved, &allowing(&[]));
    assert!(!report.all_succeeded());
    let old = "backup-replication/orders-primary@us-west-2".parse().unwrap();
    assert_eq!(sim.look(&old).unwrap().status.text, "replicating");
    // The way out that the plan names.
    let none = text("production");
    let line = none.lines().find(|line| line.starts_with("replicate_to")).unwrap();
    check_converges(&sim, &load("production.toml", &none.replace(line, "")), &allowing(&[]));
    check_converges(&sim, &moved, &allowing(&[]));
}

/// Checks that what the account would refuse is blocked by its own answers, and never asked for.
#[track_caller]
fn check_not_promised(edit: impl Fn(&mut pgha_resource::kind::DbInstance), says: &str) {
    let mut wanted = example("minimal");
    for entry in wanted.resources.values_mut() {
        if let pgha_resource::Resource::DbInstance(instance) = &mut entry.resource {
            edit(instance);
        }
    }
    let sim = Sim::new();
    let plan = plan_on(&sim, &wanted, &allowing(&[]));
    let mut reasons = plan.changes.iter().filter_map(|change| change.blocked.as_ref());
    assert!(reasons.any(|why| why.to_string().contains(says)), "{}", sketch(&plan));
    let report = apply_on(&sim, &wanted, &allowing(&[]));
    assert!(report.all_succeeded(), "{}", failures(&report));
}

#[test]
fn what_the_account_does_not_have_is_blocked() {
    use pgha_resource::catalog::EngineVersion;
    for class in ["db.R6G.large", "db.m1.small", "db.z1d.large", "db.m7i.metal-24xl"] {
        check_not_promised(|i| i.class = Some(class.into()), &format!("RDS has no {class}"));
    }
    let version = |text: &'static str| {
        move |i: &mut pgha_resource::kind::DbInstance| {
            i.engine_version = EngineVersion::constraint(text);
        }
    };
    check_not_promised(version("16.99"), "no new databases with PostgreSQL 16.99");
    check_not_promised(version("9.6"), "it offers none");
    check_not_promised(|i| i.ca_certificate = Some("rds-ca-2019".into()), "no certificate");
    check_not_promised(|i| i.network_type = Some("DUAL".into()), "an IPv6 range in every subnet");
    let small = |i: &mut pgha_resource::kind::DbInstance| {
        (i.class, i.storage) = (Some("db.t4g.micro".into()), Some(7000));
    };
    check_not_promised(small, "no db.t4g.micro with a volume of");
}

/// The course's primary with another class or volume in the spec, whose window is not open.
fn course_with(edit: impl Fn(&mut pgha_resource::kind::DbInstance)) -> pgha_resource::Desired {
    let mut desired = example("course");
    let primary = primary_of(&desired);
    let wanted = desired.resources.get_mut(&primary).unwrap();
    let pgha_resource::Resource::DbInstance(instance) = &mut wanted.resource else { panic!() };
    edit(instance);
    desired
}

fn primary_of(desired: &pgha_resource::Desired) -> Address {
    Address::home(Kind::DbInstance, format!("{}-primary", desired.scope.cluster))
}

/// RDS guide, "Using the schedule modifications setting": what is queued is applied with the next
/// change that is applied immediately.
#[test]
fn what_waits_for_the_window_is_made_now_for_who_asks() {
    for by_spec in [false, true] {
        let sim = Sim::new();
        check_converges(&sim, &example("course"), &allowing(&[]));
        let mut larger = course_with(|instance| instance.class = Some("db.m7g.4xlarge".into()));
        larger.policy.timing = pgha_resource::Timing::InWindow;
        let primary = primary_of(&larger);
        let report = apply_on(&sim, &larger, &allowing(&[]));
        let waits = |field: &str| report.left.queued.iter().any(|queued| queued.field == field);
        assert!(report.all_succeeded() && waits("class"), "{}", sketch(&report.left));
        let mut intent = allowing(&[]);
        match by_spec {
            true => larger.policy.timing = pgha_resource::Timing::Immediately,
            false => drop(intent.now.insert(primary.clone())),
        }
        let plan = plan_on(&sim, &larger, &intent);
        assert!(plan.queued.is_empty(), "{}", sketch(&plan));
        let change = plan.changes.iter().find(|change| change.address == primary).unwrap();
        assert_eq!((change.disruption, change.time), (Disruption::Failover, StepTime::Now));
        let report = apply_on(&sim, &larger, &intent);
        assert!(report.is_converged(), "{}\n{}", failures(&report), sketch(&report.left));
        let fields = sim.fields(&primary).unwrap();
        assert!(fields.iter().any(|(_, value)| value.to_string() == "db.m7g.4xlarge"));
    }
}

/// RDS guide, "Amazon RDS DB instance running out of storage": nothing else brings it back.
#[test]
fn a_full_volume_grows_at_once_also_where_its_growth_was_queued() {
    for queued in [false, true] {
        let sim = Sim::new();
        let volume = |size| {
            course_with(move |instance| {
                (instance.storage, instance.max_storage) = (Some(size), Some(0));
            })
        };
        check_converges(&sim, &volume(100), &allowing(&[]));
        let mut larger = volume(150);
        larger.policy.timing = pgha_resource::Timing::InWindow;
        let primary = primary_of(&larger);
        if queued {
            let report = apply_on(&sim, &larger, &allowing(&[]));
            assert!(!report.left.queued.is_empty(), "{}", sketch(&report.left));
        }
        sim.fill_storage(&primary, 100).unwrap();
        sim.advance(Duration::from_secs(600));
        assert_eq!(sim.look(&primary).unwrap().status.text, "storage-full");
        let report = apply_on(&sim, &larger, &allowing(&[]));
        assert!(report.all_succeeded(), "{}", failures(&report));
        assert_ne!(sim.look(&primary).unwrap().status.text, "storage-full");
        let fields = sim.fields(&primary).unwrap();
        assert!(
            fields.contains(&("storage".into(), pgha_resource::value::Shown::Text("150".into())))
        );
    }
}
