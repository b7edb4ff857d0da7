//! A database as the console makes it.

use std::collections::BTreeSet;
use std::time::Duration;

use pgha_resource::catalog::EngineVersion;
use pgha_resource::document::Document;
use pgha_resource::kind::{DbInstance, DbSubnetGroup, IamRole, InsightsMode, MasterPassword};
use pgha_resource::live::{Ids, Tags};
use pgha_resource::reference::Subnets;
use pgha_resource::{Address, Kind, Ref};

use super::{Done, refused};
use crate::account::Account;
use crate::kind::db_instance;
use crate::network;
use crate::timeline;

/// The role that the console makes for Enhanced Monitoring
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html>).
const ROLE: &str = "rds-monitoring-role";
const MANAGED: &str = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"monitoring.rds.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// Until a new role is known everywhere.
const KNOWN: Duration = Duration::from_secs(60);
/// Until it is there, with its first backup.
const TAKES: Duration = Duration::from_secs(30 * 60);

/// Makes an instance in the default VPC: its security group, the parameter group of RDS, a subnet
/// group that is called after the VPC, a password that RDS keeps.
pub(super) fn make(account: &mut Account, key: &Address) -> Done {
    if key.kind != Kind::DbInstance {
        return Err(refused("the console makes instances here: db-instance/NAME"));
    }
    let vpc = network::default_vpc(&account.region(key));
    let group = format!("default-{}", vpc.id);
    let at = account.beside(key, Kind::DbSubnetGroup, &group);
    if account.get(&at).is_none() {
        let subnets = DbSubnetGroup {
            description: Some("Created from the RDS Management Console".into()),
            subnets: Some(Subnets::Known(vpc.subnet_ids())),
        };
        let ids = Ids { arn: account.arn(&at), vpc: Some(vpc.id), ..Ids::default() };
        account.insert(&at, subnets, "available", &Tags::new(), ids);
    }
    let role = role(account);
    let instance = DbInstance {
        engine_version: EngineVersion::constraint("16"),
        class: Some("db.m8g.large".into()),
        storage: Some(200),
        max_storage: Some(1000),
        storage_type: Some("gp3".into()),
        encrypted: Some(true),
        username: Some("postgres".into()),
        password: Some(MasterPassword::Rds { kms_key: None }),
        subnet_group: Some(Ref::known(group)),
        public: Some(false),
        backup_retention: Some(7),
        copy_tags: Some(true),
        deletion_protection: Some(true),
        monitoring_interval: Some(60),
        monitoring_role: Some(Ref::known(role)),
        insights: Some(true),
        insights_mode: Some(InsightsMode::Standard),
        insights_retention: Some(7),
        log_exports: Some(BTreeSet::from(["postgresql".to_string()])),
        ..DbInstance::default()
    };
    db_instance::create(account, key, &instance, &Tags::new())
        .map_err(|error| refused(error.message))?;
    timeline::advance(account, TAKES);
    Ok(format!("made {}", account.address(key)))
}

/// The ARN of the role, which is made once an account.
fn role(account: &mut Account) -> String {
    let at = Address::home(Kind::IamRole, ROLE);
    let arn = account.arn(&at).unwrap_or_default();
    if account.get(&at).is_none() {
        let role = IamRole {
            description: None,
            trust: Some(Document::known(TRUST)),
            attached: Some(BTreeSet::from([MANAGED.to_string()])),
            inline: None,
        };
        let ids = Ids { arn: Some(arn.clone()), ..Ids::default() };
        account.insert(&at, role, "available", &Tags::new(), ids);
        timeline::advance(account, KNOWN);
    }
    arn
}
