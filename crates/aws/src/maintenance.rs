//! Maintenance that AWS wants to do: told as a notice on the database it concerns.

use std::collections::BTreeSet;

use aws_sdk_rds::types::PendingMaintenanceAction;
use aws_sdk_rds::types::ResourcePendingMaintenanceActions;
use futures_util::future::join_all;
use pgha_apply::port::Wanted;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::Region;
use pgha_resource::Seen;
use pgha_resource::live::Notice;
use pgha_resource::live::ReadError;

use crate::connect::Regional;
use crate::look::Look;
use crate::mapping::text;

/// A notice with the ARN of the database it concerns.
pub(crate) type Told = (String, Notice);

/// One list a swept region with databases; a look at a few addresses does without. The list is
/// documented to lag behind (docs/aws/errors.md#consistency) and decides nothing: where it cannot
/// be read, only the notices are missing.
pub(crate) async fn read(look: &Look<'_>, wanted: &Wanted) -> Vec<Told> {
    let databases = wanted
        .resources
        .keys()
        .filter(|address| matches!(address.kind, Kind::DbInstance | Kind::DbCluster))
        .map(|address| look.scope.region_of(address));
    let regions: BTreeSet<&Region> =
        databases.filter(|region| wanted.sweep.contains(region)).collect();
    let told = regions.into_iter().map(async |region| match look.at(region) {
        Ok(at) => list(look, at).await.unwrap_or_default(),
        Err(_) => Vec::new(),
    });
    join_all(told).await.into_iter().flatten().collect()
}

async fn list(look: &Look<'_>, at: &Regional) -> Result<Vec<Told>, ReadError> {
    let ask = |marker| {
        let request = at.rds.client.describe_pending_maintenance_actions();
        request.set_marker(marker).send()
    };
    let call = "DescribePendingMaintenanceActions";
    let pages = look.pages(&at.rds, call, ask, |page| page.marker()).await?;
    Ok(pages.iter().flat_map(|page| page.pending_maintenance_actions()).flat_map(told).collect())
}

fn told(resource: &ResourcePendingMaintenanceActions) -> Vec<Told> {
    let Some(arn) = text(resource.resource_identifier()) else { return Vec::new() };
    let actions = resource.pending_maintenance_action_details().iter();
    actions.filter_map(|action| Some((arn.clone(), Notice::Maintenance(words(action)?)))).collect()
}

fn words(action: &PendingMaintenanceAction) -> Option<String> {
    let name = action.action()?;
    Some(match action.current_apply_date().or(action.auto_applied_after_date()) {
        Some(date) => format!("{name}, from {date}"),
        None => format!("{name}, when somebody asks for it"),
    })
}

/// Puts the notices on the databases that were seen.
pub(crate) fn tell(live: &mut Live, told: Vec<Told>) {
    for (arn, notice) in told {
        let concerned = live.resources.values_mut().find_map(|seen| match seen {
            Seen::Present(live) if live.ids.arn.as_deref() == Some(&arn) => Some(live),
            _ => None,
        });
        if let Some(live) = concerned {
            live.notices.insert(notice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::DateTime;
    use pgha_resource::Address;
    use pgha_resource::LiveResource;
    use pgha_resource::kind::DbInstance;
    use pgha_resource::status::Status;

    #[test]
    fn maintenance_is_told_of_the_database_it_concerns() {
        let action = |name: &str| PendingMaintenanceAction::builder().action(name);
        let dated = action("system-update").current_apply_date(DateTime::from_secs(0)).build();
        let sdk = ResourcePendingMaintenanceActions::builder()
            .resource_identifier("arn:db")
            .pending_maintenance_action_details(dated)
            .pending_maintenance_action_details(action("db-upgrade").build())
            .build();
        let mut database = LiveResource::new(DbInstance::default().into(), Status::ready());
        database.ids.arn = Some("arn:db".into());
        let address = Address::home(Kind::DbInstance, "orders-primary");
        let mut live = Live::default();
        live.resources.insert(address.clone(), Seen::Present(Box::new(database)));
        tell(&mut live, told(&sdk));
        let expected = [
            Notice::Maintenance("system-update, from 1970-01-01T00:00:00Z".into()),
            Notice::Maintenance("db-upgrade, when somebody asks for it".into()),
        ];
        assert_eq!(live.present(&address).unwrap().notices, BTreeSet::from(expected));
    }
}
