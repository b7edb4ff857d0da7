//! What a deletion takes along, what stays of it, and what protected it.

use pgha_planner::{Change, Plan, Step};
use pgha_resource::call::Action;
use pgha_resource::kind::{DbCluster, DbInstance};
use pgha_resource::{Address, Disruption, Operation, Resource};

/// What is deleted, and whom that hits: a deletion is no outage that ends.
pub fn verdict(change: &Change, plan: &Plan) -> Vec<String> {
    let what = match deleted(change, plan) {
        Some(Resource::DbInstance(instance)) if instance.source.is_some() => {
            Some("deleted with its copy of the data")
        }
        Some(from) if from.kind().holds_data() => Some("deleted with its data"),
        _ => None,
    };
    let hits = match change.disruption {
        Disruption::Outage => "its clients lose it for good",
        Disruption::None => "no disruption",
        _ => "its clients are disconnected",
    };
    what.into_iter().chain([hits]).map(str::to_string).collect()
}

/// What is left of what goes, and what is not.
pub fn remarks(change: &Change, plan: &Plan) -> Vec<String> {
    let protected =
        unprotects(change, plan).then_some("its deletion protection is taken off first");
    let Some(from) = deleted(change, plan) else { return Vec::new() };
    let kept = match from {
        Resource::DbInstance(instance) if instance.source.is_some() => of_replica(instance),
        Resource::DbInstance(instance) => of_primary(instance, final_snapshot(change, plan)),
        Resource::DbCluster(cluster) => of_cluster(cluster, final_snapshot(change, plan)),
        Resource::Secret(_) => {
            vec!["Secrets Manager can restore it for 7 days, and keeps its name as long".into()]
        }
        from if from.kind().holds_data() => vec!["without a final snapshot".into()],
        _ => Vec::new(),
    };
    protected.map(str::to_string).into_iter().chain(kept).collect()
}

/// The databases whose deletion protection a plan takes off.
pub fn unprotected(plan: &Plan) -> Vec<&Address> {
    let unprotected = plan.changes.iter().filter(|change| unprotects(change, plan));
    unprotected.map(|change| &change.address).collect()
}

fn steps<'a>(change: &'a Change, plan: &'a Plan) -> impl Iterator<Item = &'a Step> {
    change.steps.iter().filter_map(|id| plan.steps.get(*id))
}

fn deleted<'a>(change: &'a Change, plan: &'a Plan) -> Option<&'a Resource> {
    steps(change, plan).find_map(|step| match &step.call.action {
        Action::Delete { from, .. } => Some(&**from),
        _ => None,
    })
}

fn final_snapshot<'a>(change: &'a Change, plan: &'a Plan) -> Option<&'a str> {
    steps(change, plan).find_map(|step| match &step.call.action {
        Action::Delete { final_snapshot, .. } => final_snapshot.as_deref(),
        _ => None,
    })
}

fn unprotects(change: &Change, plan: &Plan) -> bool {
    let modifies =
        |operation| matches!(operation, Operation::ModifyDBInstance | Operation::ModifyDBCluster);
    deleted(change, plan).is_some()
        && steps(change, plan).any(|step| {
            modifies(step.call.operation) && step.call.fields().any(|f| f == "deletion_protection")
        })
}

fn of_replica(replica: &DbInstance) -> Vec<String> {
    let backups = replica.backup_retention.is_some_and(|days| days > 0);
    let own = backups.then(|| "its own automated backups go with it".to_string());
    ["a replica: RDS takes no final snapshot of one".to_string()].into_iter().chain(own).collect()
}

/// RDS keeps the automated backups of an instance where the deletion asks for that, each for as
/// long as it would have been kept
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.Retaining.html>).
fn of_primary(primary: &DbInstance, snapshot: Option<&str>) -> Vec<String> {
    let days = primary.backup_retention.unwrap_or_default();
    let backups = match (snapshot, days) {
        (_, 0) => None,
        (Some(_), days) => Some(format!("its automated backups stay for {days} days more")),
        (None, _) => Some("its automated backups go with it".into()),
    };
    [of_snapshot(snapshot)].into_iter().chain(backups).collect()
}

/// RDS retains automated backups of instances alone (same page).
fn of_cluster(cluster: &DbCluster, snapshot: Option<&str>) -> Vec<String> {
    let backups = cluster.backup_retention.is_some_and(|days| days > 0);
    let go = backups.then(|| "its automated backups go with it".to_string());
    [of_snapshot(snapshot)].into_iter().chain(go).collect()
}

fn of_snapshot(snapshot: Option<&str>) -> String {
    match snapshot {
        Some(name) => format!("a final snapshot stays: {name}"),
        None => "without a final snapshot".into(),
    }
}

#[cfg(test)]
mod tests {
    use pgha_planner::{Goal, Intent};

    use super::*;
    use crate::render::testing;

    /// Everything said of a database when the cluster is destroyed.
    fn said(name: &str, final_snapshot: bool) -> String {
        let desired = testing::desired();
        let intent = Intent { goal: Goal::Destroy { final_snapshot }, ..Intent::default() };
        let plan = pgha_planner::plan(&desired, &testing::applied(&desired), &intent);
        let at = testing::address(name);
        let change = plan.changes.iter().find(|change| change.address == at).unwrap();
        let all = verdict(change, &plan).into_iter().chain(remarks(change, &plan));
        all.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_a_database_leaves_is_said() {
        let kept = said("db-instance/orders-primary", true);
        assert!(kept.starts_with("deleted with its data; its clients lose it for good"), "{kept}");
        assert!(kept.contains("a final snapshot stays: orders-primary-final-"), "{kept}");
        assert!(kept.contains("its automated backups stay for 35 days more"), "{kept}");
        let lost = said("db-instance/orders-primary", false);
        assert!(lost.contains("without a final snapshot; its automated backups go"), "{lost}");
    }

    #[test]
    fn a_replica_leaves_nothing() {
        let text = said("db-instance/orders-read-1", true);
        assert!(text.starts_with("deleted with its copy of the data"), "{text}");
        assert!(text.contains("RDS takes no final snapshot of one"), "{text}");
    }

    #[test]
    fn a_protection_that_goes_is_said() {
        let text = said("db-instance/orders-primary", true);
        assert!(text.contains("its deletion protection is taken off first"), "{text}");
        let desired = testing::desired();
        let intent = Intent { goal: Goal::Destroy { final_snapshot: true }, ..Intent::default() };
        let plan = pgha_planner::plan(&desired, &testing::applied(&desired), &intent);
        let names: Vec<&str> = unprotected(&plan).iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["orders-primary", "orders-read-1"]);
    }
}
