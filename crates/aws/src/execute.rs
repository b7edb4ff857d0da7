//! Making one call: which kind's file makes it, and in which region.

use pgha_apply::port::CallError;
use pgha_apply::port::Execute;
use pgha_apply::port::Receipt;
use pgha_resource::Call;
use pgha_resource::Kind;
use pgha_resource::call::Action;

use crate::connect::Aws;
use crate::connect::Regional;
use crate::kind;
use crate::receipt::Outcome;
use crate::receipt::unable;
use crate::tagging;

impl Execute for Aws {
    async fn execute(&self, call: &Call) -> Result<Receipt, CallError> {
        let region = self.scope.region_of(&call.address);
        let at = self
            .regional
            .get(region)
            .ok_or_else(|| unable(call, &format!("pgha was not connected to {region}")))?;
        let call = &self.with_arn(call);
        let outcome = match &call.action {
            Action::Tag { set, remove, .. } => tagging::tag(self, at, call, set, remove).await,
            _ => make(self, at, call).await,
        };
        let word = outcome.as_ref().map_or_else(|error| error.code.as_str(), |_| "ok");
        self.say(call.operation.service(), region, call.operation.name(), word);
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

async fn make(aws: &Aws, at: &Regional, call: &Call) -> Outcome {
    match call.address.kind {
        Kind::SecurityGroup => kind::security_group::execute(at, call).await,
        Kind::DbSubnetGroup => kind::db_subnet_group::execute(at, call).await,
        Kind::DbParameterGroup => kind::db_parameter_group::execute(at, call).await,
        Kind::DbClusterParameterGroup => kind::db_cluster_parameter_group::execute(at, call).await,
        Kind::SnsTopic => kind::sns_topic::execute(at, call).await,
        Kind::SnsSubscription => kind::sns_subscription::execute(at, call).await,
        Kind::IamRole => kind::iam_role::execute(aws, call).await,
        Kind::IamPolicy => kind::iam_policy::execute(aws, call).await,
        Kind::Secret => kind::secret::execute(at, call).await,
        Kind::DbInstance => kind::db_instance::execute(aws, at, call).await,
        Kind::DbCluster => kind::db_cluster::execute(aws, at, call).await,
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
