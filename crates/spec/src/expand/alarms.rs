//! The recommended alarms and those of `[[alarm]]`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;

use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Measure;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::kind;
use pgha_resource::kind::Comparison;
use pgha_resource::kind::MissingData;
use pgha_resource::kind::Statistic;
use pgha_resource::kind::Threshold;

use super::Build;
use super::alerting;
use super::name_of;
use crate::effective::PERIODS;
use crate::recommended;
use crate::recommended::On;
use crate::recommended::Recommended;
use crate::section::alarm::Alarm;
use crate::section::alarm::Compare;
use crate::section::alarm::Gap;
use crate::section::alerting::AlarmOverride;
use crate::spanned::Maybe;
use crate::spanned::Place;
use crate::spanned::Sp;
use crate::spanned::or;

pub(super) fn expand(build: &mut Build<'_>) {
    // The recommended set comes with `[alerting]`: an alarm that tells nobody is no alarm.
    let subjects = if build.spec.alerting.is_some() { subjects(build) } else { Vec::new() };
    for subject in subjects {
        for alarm in recommended::ALARMS.iter().filter(|alarm| alarm.on == subject.on) {
            add_recommended(build, &subject, alarm);
        }
    }
    for alarm in &build.spec.alarm {
        add_own(build, alarm);
    }
}

/// Something that has metrics.
struct Subject {
    on: On,
    /// What alarms about it are called after the cluster.
    name: String,
    region: Region,
    dimensions: BTreeMap<String, Ref>,
    /// The class behind it.
    class: String,
    own: Option<crate::section::replica::Replica>,
    /// The database whose class, volume and parameters count.
    database: Option<Address>,
    after: Option<Address>,
    at: Range<usize>,
}

fn subjects(build: &Build<'_>) -> Vec<Subject> {
    let mut subjects = primaries(build);
    subjects.extend(replicas(build));
    subjects.extend(proxy(build));
    subjects
}

fn instance(name: Ref) -> BTreeMap<String, Ref> {
    BTreeMap::from([("DBInstanceIdentifier".to_string(), name)])
}

/// The primary, or the three members of a cluster, any of which may be the writer.
fn primaries(build: &Build<'_>) -> Vec<Subject> {
    let spec = build.spec;
    let primary = build.primary();
    let subject = |name: String, on, reference, after| Subject {
        on,
        name,
        region: build.home.clone(),
        dimensions: instance(reference),
        class: spec.engine.class.to_string(),
        own: None,
        database: Some(primary.clone()),
        after,
        at: spec.alerting.as_ref().map_or_else(|| spec.cluster.span(), |a| a.span()),
    };
    if !spec.is_cluster() {
        return vec![subject("primary".into(), On::Primary, name_of(&primary), None)];
    }
    let mut members = Vec::new();
    for (number, member) in (1..).zip(alerting::members(build)) {
        let name = format!("cluster-instance-{number}");
        let reference = Ref::Known(member);
        members.push(subject(name.clone(), On::Primary, reference.clone(), Some(primary.clone())));
        members.push(subject(name, On::Replica, reference, Some(primary.clone())));
    }
    members
}

fn replicas(build: &Build<'_>) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for replica in &build.spec.replica {
        let region = build.spec.region_of(replica);
        let address = build.address(Kind::DbInstance, &replica.name, &region);
        for on in [On::Instance, On::Replica] {
            subjects.push(Subject {
                on,
                name: replica.name.to_string(),
                region: region.clone(),
                dimensions: instance(name_of(&address)),
                class: build.spec.replica_class(replica).to_string(),
                own: Some((**replica).clone()),
                database: Some(address.clone()),
                after: None,
                at: replica.span(),
            });
        }
    }
    subjects
}

fn proxy(build: &Build<'_>) -> Option<Subject> {
    let section = build.spec.proxy.as_ref()?;
    let address = build.address(Kind::DbProxy, "proxy", &build.home);
    Some(Subject {
        on: On::Proxy,
        name: "proxy".into(),
        region: build.home.clone(),
        dimensions: BTreeMap::from([("ProxyName".to_string(), name_of(&address))]),
        class: build.spec.engine.class.to_string(),
        own: None,
        database: None,
        after: None,
        at: section.span(),
    })
}

fn change<'a>(build: &'a Build<'_>, name: &str) -> Option<(&'a Sp<String>, &'a AlarmOverride)> {
    let alarms = &build.spec.alerting.as_ref()?.alarms;
    alarms.iter().find(|(key, _)| key.as_str() == name)
}

fn add_recommended(build: &mut Build<'_>, subject: &Subject, alarm: &Recommended) {
    let default = recommended::threshold(build.spec, alarm, &subject.class, subject.own.as_ref());
    let none = AlarmOverride::default();
    let (place, change) = match change(build, alarm.name) {
        Some((key, change)) => (Some(key.span()), change.clone()),
        None => (None, none),
    };
    let off = or(&change.off, false);
    let Some(threshold) = change.threshold.as_ref().map(|t| **t).or(default).filter(|_| !off)
    else {
        return;
    };
    let periods = or(&change.evaluation_periods, alarm.periods);
    let mut dimensions = subject.dimensions.clone();
    if alarm.on == On::Proxy && alarm.per_target_group {
        dimensions.insert("TargetGroup".into(), Ref::known("default"));
        dimensions.insert("TargetRole".into(), Ref::known("READ_WRITE"));
    }
    let topic = alerting::told_of_alarms(build, &subject.region);
    let resource = kind::Alarm {
        description: Some(alarm.advice.into()),
        namespace: Some("AWS/RDS".into()),
        metric: Some(alarm.metric.into()),
        dimensions: Some(dimensions),
        statistic: Some(Statistic(alarm.statistic.into())),
        period: Some(change.period.as_ref().map_or(60, |period| period.0)),
        evaluation_periods: Some(periods),
        datapoints: Some(or(&change.datapoints, periods)),
        threshold: Some(Threshold(threshold)),
        comparison: Some(alarm.comparison),
        missing_data: Some(alarm.missing),
        alarm_actions: Some(topic.clone()),
        ok_actions: Some(topic),
        actions_enabled: Some(true),
    };
    let share = alarm.threshold.share().filter(|_| change.threshold.is_none());
    let measure = subject.database.clone().zip(share);
    let measure = measure.map(|(database, (of, percent))| Measure { database, of, percent });
    let name = alarm_name(&subject.name, alarm.name);
    let address = build.address(Kind::Alarm, &name, &subject.region);
    let at = place.clone().unwrap_or_else(|| subject.at.clone());
    let thresholds = change.threshold.place().or(place);
    build
        .add(address, at, resource)
        .at("threshold", thresholds)
        .from("period", &change.period)
        .from("evaluation_periods", &change.evaluation_periods)
        .from("datapoints", &change.datapoints)
        .measured(measure)
        .after(subject.after.clone());
}

/// `primary` and `cpu` to `primary-cpu`; `proxy` and `proxy-auth` to `proxy-auth`.
fn alarm_name(subject: &str, alarm: &str) -> String {
    match alarm.strip_prefix("proxy-") {
        Some(rest) => format!("proxy-{rest}"),
        None => format!("{subject}-{alarm}"),
    }
}

/// The region and the dimensions of what an own alarm is on.
fn subject_of(build: &Build<'_>, on: &str) -> (Region, BTreeMap<String, Ref>) {
    let home = build.home.clone();
    match on {
        "proxy" => {
            let proxy = build.address(Kind::DbProxy, "proxy", &home);
            (home, BTreeMap::from([("ProxyName".to_string(), name_of(&proxy))]))
        }
        "primary" if build.spec.is_cluster() => {
            let cluster = name_of(&build.primary());
            (home, BTreeMap::from([("DBClusterIdentifier".to_string(), cluster)]))
        }
        name => match build.spec.replica_named(name) {
            Some(replica) => {
                let region = build.spec.region_of(replica);
                let address = build.address(Kind::DbInstance, name, &region);
                (region, instance(name_of(&address)))
            }
            None => (home, instance(name_of(&build.primary()))),
        },
    }
}

fn add_own(build: &mut Build<'_>, alarm: &Sp<Alarm>) {
    let on = alarm.on.as_ref().map_or("primary", |on| on.as_str());
    let (region, follows) = subject_of(build, on);
    let dimensions = alarm.dimensions.as_ref().map(|written| {
        written.iter().map(|(name, value)| (name.clone(), Ref::known(value))).collect()
    });
    let periods = or(&alarm.evaluation_periods, PERIODS);
    let told =
        actions(&alarm.alarm_actions).unwrap_or_else(|| alerting::told_of_alarms(build, &region));
    let resource = kind::Alarm {
        description: Some(text(&alarm.description, &format!("{} of {on}", *alarm.metric))),
        namespace: Some(text(&alarm.namespace, "AWS/RDS")),
        metric: Some(alarm.metric.to_string()),
        dimensions: Some(dimensions.unwrap_or(follows)),
        statistic: Some(Statistic(text(&alarm.statistic, "Average"))),
        period: Some(alarm.period.as_ref().map_or(60, |period| period.0)),
        evaluation_periods: Some(periods),
        datapoints: Some(or(&alarm.datapoints, periods)),
        threshold: Some(Threshold(*alarm.threshold)),
        comparison: Some(comparison(or(&alarm.comparison, Compare::Above))),
        missing_data: Some(missing(or(&alarm.missing_data, Gap::Missing))),
        ok_actions: Some(actions(&alarm.ok_actions).unwrap_or_else(|| told.clone())),
        alarm_actions: Some(told),
        actions_enabled: Some(true),
    };
    let address = build.address(Kind::Alarm, &alarm.name, &region);
    build
        .add(address, alarm.span(), resource)
        .from("description", &alarm.description)
        .from("namespace", &alarm.namespace)
        .from("metric", &alarm.metric)
        .from("dimensions", &alarm.on)
        .from("dimensions", &alarm.dimensions)
        .from("statistic", &alarm.statistic)
        .from("period", &alarm.period)
        .from("evaluation_periods", &alarm.evaluation_periods)
        .from("datapoints", &alarm.datapoints)
        .from("threshold", &alarm.threshold)
        .from("comparison", &alarm.comparison)
        .from("missing_data", &alarm.missing_data)
        .from("alarm_actions", &alarm.alarm_actions)
        .from("ok_actions", &alarm.ok_actions);
}

fn actions(written: &Maybe<Vec<Sp<String>>>) -> Option<BTreeSet<Ref>> {
    written.as_ref().map(|arns| arns.iter().map(|arn| Ref::known(arn.as_str())).collect())
}

fn text(written: &Option<Sp<String>>, default: &str) -> String {
    written.as_ref().map_or_else(|| default.to_string(), |text| text.to_string())
}

/// CloudWatch's word for how a metric is compared.
pub(crate) fn comparison(compare: Compare) -> Comparison {
    match compare {
        Compare::Above => Comparison::Above,
        Compare::AtLeast => Comparison::AtLeast,
        Compare::Below => Comparison::Below,
        Compare::AtMost => Comparison::AtMost,
    }
}

fn missing(missing: Gap) -> MissingData {
    match missing {
        Gap::Missing => MissingData::Missing,
        Gap::Breaching => MissingData::Breaching,
        Gap::NotBreaching => MissingData::NotBreaching,
        Gap::Ignore => MissingData::Ignore,
    }
}
