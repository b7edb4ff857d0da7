//! CloudWatch alarms: every put replaces the whole alarm (docs/aws/alerting.md#alarm-put).

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::kind::Alarm;
use pgha_resource::kind::MissingData;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;

use crate::account::Account;
use crate::execute::Outcome;
use crate::faults::denied;
use crate::ids::arn_region;
use crate::refusal::refuse;

/// Actions a state has at most.
const MOST_ACTIONS: usize = 5;

/// Seconds that all evaluation periods may cover: a day, or a week for long periods.
const DAY: u64 = 86_400;

/// Creates or replaces an alarm. Tags count only at the creation.
pub(crate) fn put(account: &mut Account, key: &Address, to: &Alarm, tags: &Tags) -> Outcome {
    if account.get(key).is_some_and(|thing| thing.owner().is_none()) {
        return Err(denied(Operation::PutMetricAlarm));
    }
    let region = account.region(key);
    check(to, region.as_str())?;
    let alarm = Alarm {
        dimensions: Some(to.dimensions.clone().unwrap_or_default()),
        missing_data: Some(to.missing_data.unwrap_or(MissingData::Missing)),
        alarm_actions: Some(to.alarm_actions.clone().unwrap_or_default()),
        ok_actions: Some(to.ok_actions.clone().unwrap_or_default()),
        actions_enabled: Some(to.actions_enabled.unwrap_or(true)),
        ..to.clone()
    };
    if let Some(thing) = account.get_mut(key) {
        thing.resource = alarm.into();
        return Ok(thing.ids.clone());
    }
    let ids = Ids { arn: account.arn(key), ..Ids::default() };
    Ok(account.insert(key, alarm, "available", tags, ids))
}

fn check(alarm: &Alarm, region: &str) -> Result<(), CallError> {
    let invalid = |text: &str| Err(refuse("ValidationError", text));
    let required = alarm.namespace.is_some()
        && alarm.metric.is_some()
        && alarm.statistic.is_some()
        && alarm.threshold.is_some()
        && alarm.comparison.is_some();
    let (Some(period), Some(periods), true) = (alarm.period, alarm.evaluation_periods, required)
    else {
        return invalid("a simple alarm needs a metric, a statistic, a period and a threshold");
    };
    if !(matches!(period, 10 | 20 | 30) || (period > 0 && period.is_multiple_of(60))) {
        return invalid("the period is 10, 20, 30 or a multiple of 60 seconds");
    }
    let (span, most) =
        (u64::from(period) * u64::from(periods), if period < 3600 { DAY } else { 7 * DAY });
    if periods == 0 || span > most {
        return invalid("the evaluation periods cover more than a day, or a week");
    }
    if alarm.datapoints.is_some_and(|n| n == 0 || n > periods) {
        return invalid("DatapointsToAlarm is at most EvaluationPeriods");
    }
    if alarm.dimensions.as_ref().is_some_and(|dimensions| dimensions.len() > 30) {
        return invalid("an alarm has at most 30 dimensions");
    }
    for actions in [&alarm.alarm_actions, &alarm.ok_actions].into_iter().flatten() {
        if actions.len() > MOST_ACTIONS {
            return invalid("a state has at most five actions");
        }
        let stranger =
            actions.iter().filter_map(Ref::as_known).find(|arn| arn_region(arn) != Some(region));
        if let Some(arn) = stranger {
            return invalid(&format!("Invalid region in {arn}: only {region} is supported"));
        }
    }
    Ok(())
}
