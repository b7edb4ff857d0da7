//! CloudWatch metric alarms.

use aws_sdk_cloudwatch::types::ComparisonOperator;
use aws_sdk_cloudwatch::types::Dimension;
use aws_sdk_cloudwatch::types::MetricAlarm;
use aws_sdk_cloudwatch::types::Statistic as SdkStatistic;
use futures_util::future::join;
use futures_util::future::join_all;
use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::kind::Alarm;
use pgha_resource::kind::Comparison;
use pgha_resource::kind::MissingData;
use pgha_resource::kind::Statistic;
use pgha_resource::kind::Threshold;
use pgha_resource::live::ReadError;
use pgha_resource::live::Tags;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::look::Look;
use crate::mapping::count;
use crate::mapping::int;
use crate::mapping::references;
use crate::mapping::text;
use crate::owned::Listed;
use crate::owned::settle_tagged;
use crate::receipt::Outcome;
use crate::receipt::arn;
use crate::receipt::done;
use crate::receipt::known;
use crate::receipt::known_all;
use crate::receipt::mismatch;
use crate::tagging::alarm_list;

/// The most names that DescribeAlarms takes.
const NAMES_A_CALL: usize = 100;

/// All alarms of the cluster by the beginning of their names for a sweep, the others by
/// name; tags by ARN.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let tags = async |arn| tags(look, at, arn).await;
    settle_tagged(batch, list(look, at, batch), tags).await
}

async fn list(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Listed {
    let prefix = format!("{}-", batch.scope.cluster);
    let by_name: Vec<String> =
        batch.names().into_iter().filter(|n| !batch.sweep || !n.starts_with(&prefix)).collect();
    let chunks = by_name.chunks(NAMES_A_CALL).map(|names| pages(look, at, None, names));
    let by_prefix = async {
        match (batch.sweep, batch.strangers) {
            (true, true) => pages(look, at, None, &[]).await,
            (true, false) => pages(look, at, Some(&prefix), &[]).await,
            (false, _) => Ok(Vec::new()),
        }
    };
    let (found, named) = join(by_prefix, join_all(chunks)).await;
    let mut items = found?;
    for more in named {
        items.extend(more?);
    }
    Ok(items)
}

async fn pages(look: &Look<'_>, at: &Regional, prefix: Option<&str>, names: &[String]) -> Listed {
    let ask = |token| {
        let request = at.cloudwatch.client.describe_alarms().max_records(100);
        request
            .set_alarm_name_prefix(prefix.map(str::to_string))
            .set_alarm_names((!names.is_empty()).then(|| names.to_vec()))
            .set_next_token(token)
            .send()
    };
    let pages = look.pages(&at.cloudwatch, "DescribeAlarms", ask, |page| page.next_token()).await?;
    let alarms = pages.iter().flat_map(|page| page.metric_alarms());
    Ok(alarms
        .filter_map(|alarm| Some((alarm.alarm_name()?.to_string(), from_sdk(alarm))))
        .collect())
}

async fn tags(look: &Look<'_>, at: &Regional, arn: String) -> Result<Tags, ReadError> {
    let request = at.cloudwatch.client.list_tags_for_resource().resource_arn(arn).send();
    let answer = look.call(&at.cloudwatch, "ListTagsForResource", request).await?;
    let tag = |tag: &aws_sdk_cloudwatch::types::Tag| {
        Some((tag.key()?.to_string(), tag.value().unwrap_or_default().to_string()))
    };
    Ok(answer.tags().iter().filter_map(tag).collect())
}

/// What was never set comes back absent and means its default (docs/aws/alerting.md#alarm-put).
fn from_sdk(sdk: &MetricAlarm) -> LiveResource {
    let statistic = sdk.statistic().map(|s| s.as_str()).or(sdk.extended_statistic());
    let dimensions = sdk.dimensions().iter().filter_map(|dimension| {
        Some((dimension.name()?.to_string(), Ref::known(dimension.value()?)))
    });
    let alarm = Alarm {
        description: text(sdk.alarm_description()),
        namespace: text(sdk.namespace()),
        metric: text(sdk.metric_name()),
        dimensions: Some(dimensions.collect()),
        statistic: statistic.map(|name| Statistic(name.to_string())),
        period: count(sdk.period()),
        evaluation_periods: count(sdk.evaluation_periods()),
        datapoints: count(sdk.datapoints_to_alarm().or(sdk.evaluation_periods())),
        threshold: sdk.threshold().map(Threshold),
        comparison: sdk.comparison_operator().and_then(|c| Comparison::from_word(c.as_str())),
        missing_data: MissingData::from_word(sdk.treat_missing_data().unwrap_or("missing")),
        alarm_actions: Some(references(sdk.alarm_actions().iter().map(String::as_str))),
        ok_actions: Some(references(sdk.ok_actions().iter().map(String::as_str))),
        actions_enabled: Some(sdk.actions_enabled().unwrap_or(true)),
    };
    let mut live = LiveResource::new(alarm.into(), Status::ready());
    live.ids = arn(sdk.alarm_arn());
    live
}

/// Makes a call on an alarm.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    match (call.operation, &call.action) {
        (Operation::PutMetricAlarm, Action::Create { to, tags }) => {
            put(at, call, to, Some(tags)).await
        }
        // Tags are taken only when the alarm is new (docs/aws/alerting.md#alarm-tags).
        (Operation::PutMetricAlarm, Action::Update { to, .. }) => put(at, call, to, None).await,
        (Operation::DeleteAlarms, _) => {
            let request = at.cloudwatch.client.delete_alarms();
            done(request.alarm_names(&call.address.name).send().await)
        }
        _ => Err(mismatch(call)),
    }
}

/// Everything is sent: what is left out goes back to its default.
async fn put(at: &Regional, call: &Call, to: &Resource, tags: Option<&Tags>) -> Outcome {
    let Resource::Alarm(to) = to else { return Err(mismatch(call)) };
    let (extended, plain): (Option<&Statistic>, Option<&Statistic>) = match &to.statistic {
        Some(statistic) if statistic.is_extended() => (Some(statistic), None),
        statistic => (None, statistic.as_ref()),
    };
    let request = at
        .cloudwatch
        .client
        .put_metric_alarm()
        .alarm_name(&call.address.name)
        .set_alarm_description(to.description.clone())
        .set_namespace(to.namespace.clone())
        .set_metric_name(to.metric.clone())
        .set_dimensions(Some(dimensions(call, to)?))
        .set_statistic(plain.map(|s| SdkStatistic::from(s.0.as_str())))
        .set_extended_statistic(extended.map(|s| s.0.clone()))
        .set_period(to.period.map(int))
        .set_evaluation_periods(to.evaluation_periods.map(int))
        .set_datapoints_to_alarm(to.datapoints.map(int))
        .set_threshold(to.threshold.map(|threshold| threshold.0))
        .set_comparison_operator(to.comparison.map(|c| ComparisonOperator::from(c.as_str())))
        .set_treat_missing_data(to.missing_data.map(|missing| missing.as_str().to_string()))
        .set_alarm_actions(Some(known_all(call, to.alarm_actions.iter().flatten())?))
        .set_ok_actions(Some(known_all(call, to.ok_actions.iter().flatten())?))
        .set_actions_enabled(to.actions_enabled)
        .set_tags(tags.map(alarm_list));
    done(request.send().await)
}

fn dimensions(call: &Call, to: &Alarm) -> Result<Vec<Dimension>, CallError> {
    let one = |(name, value): (&String, &Ref)| {
        Ok(Dimension::builder().name(name).value(known(call, value)?).build())
    };
    to.dimensions.iter().flatten().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::collections::BTreeSet;

    #[test]
    fn an_alarm_is_read_with_the_defaults_that_cloudwatch_leaves_out() {
        let dimension =
            Dimension::builder().name("DBInstanceIdentifier").value("orders-primary").build();
        let sdk = MetricAlarm::builder()
            .alarm_name("orders-primary-cpu")
            .namespace("AWS/RDS")
            .metric_name("CPUUtilization")
            .dimensions(dimension)
            .extended_statistic("p90")
            .period(60)
            .evaluation_periods(5)
            .threshold(90.0)
            .comparison_operator(ComparisonOperator::GreaterThanThreshold)
            .alarm_actions("arn:t")
            .build();
        let expected = Alarm {
            description: None,
            namespace: Some("AWS/RDS".into()),
            metric: Some("CPUUtilization".into()),
            dimensions: Some(BTreeMap::from([(
                "DBInstanceIdentifier".to_string(),
                Ref::known("orders-primary"),
            )])),
            statistic: Some(Statistic("p90".into())),
            period: Some(60),
            evaluation_periods: Some(5),
            datapoints: Some(5),
            threshold: Some(Threshold(90.0)),
            comparison: Some(Comparison::Above),
            missing_data: Some(MissingData::Missing),
            alarm_actions: Some(references(["arn:t"])),
            ok_actions: Some(BTreeSet::new()),
            actions_enabled: Some(true),
        };
        assert_eq!(from_sdk(&sdk).resource, expected.into());
    }
}
