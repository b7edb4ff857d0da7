//! Making one call: which kind's file makes it, and in which region.

use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_apply::port::Execute;
use pgha_apply::port::Receipt;
use pgha_resource::Call;
use pgha_resource::Kind;
use pgha_resource::call::Action;

use crate::connect::Aws;
use crate::connect::Clients;
use crate::connect::Regional;
use crate::errors::of_change;
use crate::kind;
use crate::receipt::Outcome;
use crate::receipt::unable;
use crate::tagging;

/// RDS takes its time to accept a creation: it is said that a call has no answer after so long.
const SLOW: Duration = Duration::from_secs(15);

impl Execute for Aws {
    async fn execute(&self, call: &Call) -> Result<Receipt, CallError> {
        let region = self.scope.region_of(&call.address);
        let at = self
            .writes
            .at(region)
            .ok_or_else(|| unable(call, &format!("pgha was not connected to {region}")))?;
        let call = &self.with_arn(call);
        let made = async {
            match &call.action {
                Action::Tag { set, remove, .. } => {
                    tagging::tag(&self.writes, at, call, set, remove).await
                }
                _ => make(&self.writes, at, call).await,
            }
        };
        let (service, name) = (call.operation.service(), call.operation.name());
        let server = if service == "iam" { &self.writes.iam.server } else { at.server(service) };
        let outcome = server.mentioning(SLOW, self.waits, name, Box::pin(made)).await;
        let outcome = outcome.map_err(|error| of_change(&call.action, error));
        let word = outcome.as_ref().map_or_else(|error| error.code.as_str(), |_| "ok");
        self.say(service, region, name, word);
        outcome
    }
}

impl Aws {
    /// The call with its target's ARN, where that follows from the name.
    fn with_arn(&self, call: &Call) -> Call {
        let arn = call.arn.clone().or_else(|| self.scope.arn(&call.address));
        Call { arn, ..call.clone() }
    }
}

async fn make(clients: &Clients, at: &Regional, call: &Call) -> Outcome {
    match call.address.kind {
        Kind::SecurityGroup => kind::security_group::execute(at, call).await,
        Kind::DbSubnetGroup => kind::db_subnet_group::execute(at, call).await,
        Kind::DbParameterGroup => kind::db_parameter_group::execute(at, call).await,
        Kind::DbClusterParameterGroup => kind::db_cluster_parameter_group::execute(at, call).await,
        Kind::SnsTopic => kind::sns_topic::execute(at, call).await,
        Kind::SnsSubscription => kind::sns_subscription::execute(at, call).await,
        Kind::IamRole => kind::iam_role::execute(clients, call).await,
        Kind::IamPolicy => kind::iam_policy::execute(clients, call).await,
        Kind::Secret => kind::secret::execute(at, call).await,
        Kind::DbInstance => kind::db_instance::execute(clients, at, call).await,
        Kind::DbCluster => kind::db_cluster::execute(clients, at, call).await,
        Kind::BackupReplication => kind::backup_replication::execute(at, call).await,
        Kind::DbSnapshot => kind::db_snapshot::execute(at, call).await,
        Kind::DbClusterSnapshot => kind::db_cluster_snapshot::execute(at, call).await,
        Kind::Alarm => kind::alarm::execute(at, call).await,
        Kind::EventSubscription => kind::event_subscription::execute(at, call).await,
        Kind::DbProxy => kind::db_proxy::execute(at, call).await,
        Kind::DbProxyTargetGroup => kind::db_proxy_target_group::execute(at, call).await,
        Kind::DbProxyTarget => kind::db_proxy_target::execute(at, call).await,
        Kind::DbProxyEndpoint => kind::db_proxy_endpoint::execute(at, call).await,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::testing::Answer;
    use crate::testing::Wire;
    use crate::testing::rds_error;
    use crate::testing::rds_ok;
    use pgha_resource::Operation;
    use pgha_resource::Ref;
    use pgha_resource::Resource;
    use pgha_resource::Timing;
    use pgha_resource::kind::DbCluster;
    use pgha_resource::kind::DbInstance;
    use pgha_resource::kind::InsightsMode;
    use pgha_resource::kind::MasterPassword;
    use pgha_resource::live::ErrorClass;

    const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:orders/master-1";
    const PASSWORD: &str = "correcthorsebatterystaple";

    fn stored() -> Answer {
        let value = format!(r#"{{\"username\":\"dbadmin\",\"password\":\"{PASSWORD}\"}}"#);
        Answer::Body(200, format!(r#"{{"ARN":"{SECRET}","SecretString":"{value}"}}"#))
    }

    fn primary() -> DbInstance {
        DbInstance {
            class: Some("db.r6g.large".into()),
            storage: Some(200),
            storage_type: Some("gp3".into()),
            iops: Some(3000),
            username: Some("dbadmin".into()),
            password: Some(MasterPassword::Secret(Ref::known(SECRET))),
            ..DbInstance::default()
        }
    }

    fn call(operation: Operation, action: Action) -> Call {
        let address = "db-instance/orders-primary".parse().unwrap();
        Call { address, operation, action, id: None, arn: None, resource_id: None }
    }

    fn create() -> Call {
        let tags = BTreeMap::from([("pgha:cluster".to_string(), "orders".to_string())]);
        let to = Box::new(primary().into());
        call(Operation::CreateDBInstance, Action::Create { to, tags })
    }

    fn modify(to: DbInstance, fields: &[&str], timing: Timing) -> Call {
        let fields = fields.iter().map(|field| field.to_string()).collect();
        let (from, to) = (Box::new(primary().into()), Box::new(to.into()));
        call(Operation::ModifyDBInstance, Action::Update { from, to, fields, timing })
    }

    /// The members of a Query request, without action and version.
    fn members(body: &str) -> BTreeMap<String, String> {
        body.split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(key, _)| !matches!(*key, "Action" | "Version"))
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect()
    }

    #[track_caller]
    fn check_members(body: &str, expected: &[(&str, &str)]) {
        let expected = expected.iter().map(|(k, v)| (k.to_string(), v.to_string()));
        assert_eq!(members(body), expected.collect());
    }

    #[tokio::test]
    async fn an_instance_is_created_with_the_password_of_its_secret() {
        let wire = Wire::answering([stored(), rds_ok("CreateDBInstance")]);
        let receipt = wire.account().execute(&create()).await.unwrap();
        assert_eq!(receipt.request_id.as_deref(), Some("r-1"));
        check_members(
            &wire.asked()[1],
            &[
                ("AllocatedStorage", "200"),
                ("DBInstanceClass", "db.r6g.large"),
                ("DBInstanceIdentifier", "orders-primary"),
                ("Engine", "postgres"),
                ("MasterUserPassword", PASSWORD),
                ("MasterUsername", "dbadmin"),
                ("StorageType", "gp3"),
                ("Tags.Tag.1.Key", "pgha%3Acluster"),
                ("Tags.Tag.1.Value", "orders"),
            ],
        );
    }

    #[tokio::test]
    async fn a_refused_creation_says_nothing_of_the_password() {
        let words = format!("{PASSWORD} is not a valid password");
        let refusal = rds_error(400, "InvalidParameterValue", &words);
        let wire = Wire::answering([stored(), refusal]);
        let error = wire.account().execute(&create()).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Invalid);
        assert!(!format!("{error:?} {error}").contains(PASSWORD), "{error:?}");
    }

    #[tokio::test]
    async fn a_secret_without_a_password_is_not_quoted() {
        let value = format!(r#"\"{PASSWORD}\""#);
        let body = format!(r#"{{"ARN":"{SECRET}","SecretString":"{value}"}}"#);
        let wire = Wire::answering([Answer::Body(200, body)]);
        let error = wire.account().execute(&create()).await.unwrap_err();
        assert!(!format!("{error:?}").contains(PASSWORD), "{error:?}");
        assert_eq!(wire.asked().len(), 1);
    }

    #[tokio::test]
    async fn a_change_sends_its_fields_and_nothing_else() {
        let to = DbInstance {
            class: Some("db.r6g.xlarge".into()),
            storage: Some(500),
            deletion_protection: Some(true),
            ..primary()
        };
        let wire = Wire::answering([rds_ok("ModifyDBInstance"), rds_ok("ModifyDBInstance")]);
        let account = wire.account();
        account.execute(&modify(to.clone(), &["class"], Timing::InWindow)).await.unwrap();
        account.execute(&modify(to, &["storage"], Timing::Immediately)).await.unwrap();
        check_members(
            &wire.asked()[0],
            &[
                ("ApplyImmediately", "false"),
                ("DBInstanceClass", "db.r6g.xlarge"),
                ("DBInstanceIdentifier", "orders-primary"),
            ],
        );
        // The 3,000 IOPS of the small volume are no setting and not carried over.
        check_members(
            &wire.asked()[1],
            &[
                ("AllocatedStorage", "500"),
                ("ApplyImmediately", "true"),
                ("DBInstanceIdentifier", "orders-primary"),
                ("StorageType", "gp3"),
            ],
        );
    }

    /// A call without the key asks for the default one, a key without the word whether collection
    /// is on is refused, and so is the end of collection without that of the advanced mode
    /// (docs/aws/monitoring.md#insights-key, docs/aws/monitoring.md#insights-mode).
    #[tokio::test]
    async fn every_change_of_insights_says_the_key_that_is_there() {
        const KEY: (&str, &str) = ("PerformanceInsightsKMSKeyId", "key-1");
        const ON: (&str, &str) = ("EnablePerformanceInsights", "true");
        let with = |key: &str, on, days, mode| Insights {
            insights: Some(on),
            insights_retention: days,
            insights_kms_key: Some(key.into()).filter(|key: &String| !key.is_empty()),
            insights_mode: Some(mode),
        };
        let (standard, advanced) = (InsightsMode::Standard, InsightsMode::Advanced);
        let off = with("", false, None, standard);
        let kept = with("key-1", false, None, standard);
        let week = with("key-1", true, Some(7), standard);
        let month = with("key-1", true, Some(31), standard);
        let long = with("key-1", true, Some(465), advanced);
        let another = with("key-2", true, Some(7), standard);
        let mode = |mode| ("DatabaseInsightsMode", mode);
        let days = |days| vec![ON, KEY, ("PerformanceInsightsRetentionPeriod", days)];
        let both = |number, word| [days(number), vec![mode(word)]].concat();
        let ends = vec![("EnablePerformanceInsights", "false"), KEY, mode("standard")];
        let all = &["insights", "insights_retention", "insights_mode"][..];
        let changed = &["insights_retention", "insights_mode"][..];
        for (from, to, fields, members) in [
            (&off, &week, all, both("7", "standard")),
            (&kept, &another, all, both("7", "standard")),
            (&week, &month, &["insights_retention"], days("31")),
            (&week, &long, changed, both("465", "advanced")),
            (&week, &long, &["insights_mode"], both("465", "advanced")),
            (&long, &week, changed, both("7", "standard")),
            (&long, &off, all, ends.clone()),
            (&long, &off, &["insights"], ends),
        ] {
            check_insights(from, to, fields, &members).await;
        }
    }

    struct Insights {
        insights: Option<bool>,
        insights_retention: Option<u32>,
        insights_kms_key: Option<String>,
        insights_mode: Option<InsightsMode>,
    }

    /// Checks what a call of instances and one of clusters say about insights.
    async fn check_insights(
        from: &Insights,
        to: &Insights,
        fields: &[&str],
        members: &[(&str, &str)],
    ) {
        let instance = |of: &Insights| DbInstance {
            insights: of.insights,
            insights_retention: of.insights_retention,
            insights_kms_key: of.insights_kms_key.clone(),
            insights_mode: of.insights_mode,
            ..DbInstance::default()
        };
        let cluster = |of: &Insights| DbCluster {
            insights: of.insights,
            insights_retention: of.insights_retention,
            insights_kms_key: of.insights_kms_key.clone(),
            insights_mode: of.insights_mode,
            ..DbCluster::default()
        };
        let update = |from: Resource, to: Resource| Action::Update {
            from: Box::new(from),
            to: Box::new(to),
            fields: fields.iter().map(|field| field.to_string()).collect(),
            timing: Timing::Immediately,
        };
        let wire = Wire::answering([rds_ok("ModifyDBInstance"), rds_ok("ModifyDBCluster")]);
        let account = wire.account();
        let action = update(instance(from).into(), instance(to).into());
        account.execute(&call(Operation::ModifyDBInstance, action)).await.unwrap();
        let action = update(cluster(from).into(), cluster(to).into());
        let of_cluster = Call {
            address: "db-cluster/orders-primary".parse().unwrap(),
            ..call(Operation::ModifyDBCluster, action)
        };
        account.execute(&of_cluster).await.unwrap();
        for (asked, name) in
            wire.asked().iter().zip(["DBInstanceIdentifier", "DBClusterIdentifier"])
        {
            let mut expected = vec![("ApplyImmediately", "true"), (name, "orders-primary")];
            expected.extend(members);
            expected.sort_unstable();
            check_members(asked, &expected);
        }
    }

    #[tokio::test]
    async fn a_field_that_no_call_changes_is_refused_before_anything_is_sent() {
        let wire = Wire::answering([]);
        let outcome = wire.account().execute(&modify(primary(), &["zone"], Timing::InWindow)).await;
        assert_eq!(outcome.unwrap_err().code, "NotSent");
        assert_eq!(wire.asked(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_start_names_the_instance_and_nothing_else() {
        let wire = Wire::answering([rds_ok("StartDBInstance")]);
        let action = Action::Start { of: Box::new(primary().into()) };
        wire.account().execute(&call(Operation::StartDBInstance, action)).await.unwrap();
        check_members(&wire.asked()[0], &[("DBInstanceIdentifier", "orders-primary")]);
    }

    #[track_caller]
    fn check_class(outcome: Result<Receipt, CallError>, class: ErrorClass) {
        let error = outcome.unwrap_err();
        assert_eq!(error.class, class, "{error:?}");
    }

    #[tokio::test]
    async fn what_was_never_sent_and_what_was_never_answered_are_told_apart() {
        let garbage = Answer::Body(200, "<not".into());
        let answers =
            [Answer::Refused, Answer::Broken, rds_error(500, "InternalFailure", ""), garbage];
        let account = Wire::answering(answers).account();
        let call = modify(primary(), &["class"], Timing::InWindow);
        check_class(account.execute(&call).await, ErrorClass::Unreachable);
        check_class(account.execute(&call).await, ErrorClass::Unknown);
        check_class(account.execute(&call).await, ErrorClass::Unknown);
        check_class(account.execute(&call).await, ErrorClass::Unknown);
    }

    fn delete(from: DbInstance, final_snapshot: Option<&str>) -> Call {
        let final_snapshot = final_snapshot.map(str::to_string);
        let action = Action::Delete { from: Box::new(from.into()), final_snapshot };
        call(Operation::DeleteDBInstance, action)
    }

    #[tokio::test]
    async fn what_does_not_exist_may_be_too_new_unless_it_is_to_go() {
        let missing = || rds_error(404, "DBParameterGroupNotFound", "");
        let account = Wire::answering([missing(), missing()]).account();
        let change = modify(primary(), &["class"], Timing::InWindow);
        check_class(account.execute(&change).await, ErrorClass::Doubtful);
        check_class(account.execute(&delete(primary(), None)).await, ErrorClass::Gone);
    }

    #[tokio::test]
    async fn automated_backups_outlive_what_gets_a_final_snapshot() {
        let replica = DbInstance { source: Some(Ref::known("orders-primary")), ..primary() };
        let deletions = [
            (delete(primary(), Some("orders-final")), Some("false")),
            (delete(primary(), None), None),
            (delete(replica, None), None),
        ];
        for (call, expected) in deletions {
            let wire = Wire::answering([rds_ok("DeleteDBInstance")]);
            wire.account().execute(&call).await.unwrap();
            let sent = members(&wire.asked()[0]);
            assert_eq!(sent.get("DeleteAutomatedBackups").map(String::as_str), expected);
        }
    }

    #[tokio::test]
    async fn copies_that_need_a_presigned_url_are_refused() {
        let made = [rds_ok("CreateDBInstanceReadReplica")];
        let arn = |partition, region| format!("arn:{partition}:rds:{region}:123456789012:db:a");
        let check = async |source: String, answers: &[Answer], refused: Option<ErrorClass>| {
            let to = DbInstance { source: Some(Ref::known(&source)), ..DbInstance::default() };
            let action = Action::Create { to: Box::new(to.into()), tags: BTreeMap::new() };
            let wire = Wire::answering(answers.to_vec());
            let call = call(Operation::CreateDBInstanceReadReplica, action);
            let outcome = wire.account().execute(&call).await;
            assert_eq!(outcome.err().map(|error| error.class), refused, "{source}");
            assert_eq!(wire.asked().len(), answers.len());
        };
        check(arn("aws-cn", "cn-north-1"), &[], Some(ErrorClass::Invalid)).await;
        check(arn("aws-us-gov", "us-gov-east-1"), &[], Some(ErrorClass::Invalid)).await;
        check(arn("aws", "us-west-2"), &made, None).await;
        check("orders-primary".into(), &made, None).await;
    }

    #[tokio::test]
    async fn missing_credentials_are_named_as_such() {
        let account = Wire::answering([]).account_as(None);
        let call = modify(primary(), &["class"], Timing::InWindow);
        check_class(account.execute(&call).await, ErrorClass::Credentials);
    }
}
