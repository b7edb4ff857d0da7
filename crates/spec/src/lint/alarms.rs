//! Recommended and own alarms, and snapshots (docs/aws/alerting.md#recommended-alarms).

mod statistic;

use std::ops::Range;

use pgha_resource::kind::Comparison;
use pgha_resource::scope::partition;

use super::keys;
use super::replicas;
use crate::diagnostic::Diagnostic;
use crate::effective::PERIODS;
use crate::expand::comparison;
use crate::recommended;
use crate::section::Spec;
use crate::section::alarm::Alarm;
use crate::section::alarm::Compare;
use crate::section::alerting::AlarmOverride;
use crate::section::replica::Replica;
use crate::spanned::Maybe;
use crate::spanned::Sp;
use crate::spanned::or;
use crate::suggest;

/// Alarms without which an outage comes as a surprise (docs/aws/alerting.md#recommended-alarms).
const NEEDED: [&str; 6] =
    ["cpu", "connections", "memory", "storage", "transaction-ids", "replica-lag"];
/// Below this an idle source's lag looks like one (docs/aws/replicas.md#lag).
const IDLE_LAG: f64 = 300.0;
/// Actions that a state of an alarm has at most.
const MOST_ACTIONS: usize = 5;

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    for (name, change) in spec.alerting.iter().flat_map(|section| &section.alarms) {
        recommended_alarm(spec, name, change, found);
    }
    replicas::unique("alarm", spec.alarm.iter().map(|alarm| &alarm.name), found);
    for alarm in &spec.alarm {
        own(spec, alarm, found);
    }
    replicas::unique("snapshot", spec.snapshot.iter().map(|snapshot| &snapshot.name), found);
    for snapshot in &spec.snapshot {
        replicas::name("snapshot", &snapshot.name, found);
    }
}

fn recommended_alarm(
    spec: &Spec,
    name: &Sp<String>,
    change: &AlarmOverride,
    found: &mut Vec<Diagnostic>,
) {
    let names = recommended::names();
    if !names.contains(&name.as_str()) {
        let diagnostic = Diagnostic::new(
            "PGHA107",
            name.span(),
            format!("there is no recommended alarm `{}`", **name),
        )
        .label("unknown");
        return found.push(match suggest::closest(name, &names) {
            Some(close) => diagnostic.help(format!("did you mean `{close}`?")).fix(close),
            None => diagnostic
                .help(format!("there are {}; write [[alarm]] for your own", suggest::list(&names))),
        });
    }
    if let Some(off) = change.off.as_ref().filter(|off| ***off && NEEDED.contains(&name.as_str())) {
        found.push(
            Diagnostic::new("PGHA076", off.span(), format!("nothing watches `{}`", **name))
                .label("one of the alarms everybody needs")
                .help("delete this line, and change the threshold instead"),
        );
    }
    timing(
        change.period.as_ref().map(|p| (p.0, p.span())),
        (change.evaluation_periods.as_ref(), recommended::periods(name)),
        change.datapoints.as_ref(),
        found,
    );
    if let Some(period) = &change.period {
        each_minute(period.0, period.span(), found);
    }
    let Some(threshold) = &change.threshold else { return };
    finite(threshold, found);
    let datapoints =
        or(&change.datapoints, or(&change.evaluation_periods, recommended::periods(name)));
    if name.as_str() == "replica-lag" && **threshold < IDLE_LAG && datapoints < 10 {
        found.push(idle_lag(threshold));
    }
    if name.as_str() == "replica-lag" {
        found.extend(spec.replica.iter().find_map(|replica| late(spec, replica, threshold)));
    }
    if name.as_str() == "connections" {
        connections(spec, threshold, found);
    } else if let Some(alarm) = recommended::ALARMS.iter().find(|alarm| alarm.name == **name) {
        reached(alarm.metric, alarm.comparison, threshold, found);
    }
}

fn idle_lag(threshold: &Sp<f64>) -> Diagnostic {
    Diagnostic::new("PGHA077", threshold.span(), "an idle primary looks like a lagging replica")
        .label("up to 300 s of lag are none")
        .help("write 300 or more, or look at ten datapoints")
        .fix("300")
}

/// Finds a threshold that a replica is always beyond, because it replays late on purpose.
fn late(spec: &Spec, replica: &Replica, threshold: &Sp<f64>) -> Option<Diagnostic> {
    let delay = spec.delay_of(replica);
    (delay > 0.0 && **threshold <= delay).then(|| {
        let title = format!("`{}` replays {delay} s late on purpose", *replica.name);
        Diagnostic::new("PGHA027", threshold.span(), title)
            .label("always reached")
            .help(format!("write {} or more, or delete this line for that", delay + IDLE_LAG))
    })
}

fn connections(spec: &Spec, threshold: &Sp<f64>, found: &mut Vec<Diagnostic>) {
    let most = recommended::max_connections(spec, None, &spec.engine.class);
    let Some(most) = most.map(f64::from) else { return };
    if **threshold > most || **threshold < most * 0.5 {
        found.push(
            Diagnostic::new(
                "PGHA027",
                threshold.span(),
                format!("the database takes {most} connections"),
            )
            .label(if **threshold > most { "never reached" } else { "reached on a quiet day" })
            .help(format!(
                "write {} to {}, or delete this line for 90 %",
                (most * 0.8).floor(),
                (most * 0.95).floor()
            )),
        );
    }
}

/// Metrics in percent
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.monitoring.html>).
const SHARES: [&str; 5] = [
    "AvailabilityPercentage",
    "BurstBalance",
    "CPUUtilization",
    "EBSByteBalance%",
    "EBSIOBalance%",
];

/// Finds thresholds that no value of a metric is on one side of.
fn reached(metric: &str, comparison: Comparison, threshold: &Sp<f64>, found: &mut Vec<Diagnostic>) {
    let is_known = recommended::ALARMS.iter().any(|alarm| alarm.metric == metric);
    // Both are -1 where nothing replicates
    // (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html>).
    let is_signed = matches!(metric, "ReplicaLag" | "OldestReplicationSlotLag");
    if is_signed || (!is_known && !SHARES.contains(&metric)) {
        return;
    }
    let (value, most) = (**threshold, if SHARES.contains(&metric) { 100.0 } else { f64::INFINITY });
    let (never, always) = match comparison {
        Comparison::Above => (value >= most, value < 0.0),
        Comparison::AtLeast => (value > most, value <= 0.0),
        Comparison::Below => (value <= 0.0, value > most),
        Comparison::AtMost => (value < 0.0, value >= most),
    };
    let label = match (never, always) {
        // What is no number is an error of its own.
        _ if !value.is_finite() => return,
        (true, _) => "never reached",
        (_, true) => "always reached",
        _ => return,
    };
    let range = if most == 100.0 { "0 to 100 %" } else { "0 or more" };
    found.push(
        Diagnostic::new("PGHA027", threshold.span(), format!("`{metric}` is {range}"))
            .label(label)
            .help("write a threshold within that range"),
    );
}

/// CloudWatch's limits of periods (docs/aws/alerting.md#alarm-periods). Periods are as written, and
/// as many as there are where nothing is.
fn timing(
    period: Option<(u32, Range<usize>)>,
    (periods, default): (Option<&Sp<u32>>, u32),
    datapoints: Option<&Sp<u32>>,
    found: &mut Vec<Diagnostic>,
) {
    let seconds = period.as_ref().map_or(60, |(seconds, _)| *seconds);
    if let Some((seconds, span)) = &period
        && !(matches!(seconds, 10 | 20 | 30) || (*seconds > 0 && seconds % 60 == 0))
    {
        found.push(
            Diagnostic::new(
                "PGHA078",
                span.clone(),
                format!("CloudWatch has no periods of {seconds} s"),
            )
            .label("10, 20, 30 s or whole minutes")
            .help("write \"60s\"")
            .fix("\"60s\""),
        );
    }
    let most = if seconds < 3600 { 86_400 } else { 7 * 86_400 };
    match (periods, &period) {
        (Some(periods), _) => super::range(
            found,
            "evaluation_periods",
            (**periods, periods.span()),
            (1, most / seconds.max(1)),
            "",
        ),
        (None, Some((_, span))) if seconds.saturating_mul(default) > most => found.push(
            Diagnostic::new(
                "PGHA120",
                span.clone(),
                format!("CloudWatch does not look back for {default} periods of {seconds} s"),
            )
            .label(format!("{default} of them without `evaluation_periods`"))
            .help("add `evaluation_periods`, or write a shorter period"),
        ),
        (None, _) => {}
    }
    match (datapoints, periods) {
        (Some(datapoints), None) if **datapoints > default => found.push(
            Diagnostic::new(
                "PGHA120",
                datapoints.span(),
                format!("{} datapoints of {default} cannot be bad", **datapoints),
            )
            .label(format!("1 to {default} without `evaluation_periods`"))
            .help(format!("add `evaluation_periods`, or write a value from 1 to {default}")),
        ),
        (Some(datapoints), periods) => {
            let most = periods.map_or(default, |periods| **periods).max(1);
            super::range(found, "datapoints", (**datapoints, datapoints.span()), (1, most), "");
        }
        (None, _) => {}
    }
}

/// RDS sends its metrics each minute
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/monitoring-cloudwatch.html>), so that
/// most datapoints of a shorter period are missing
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>,
/// `Period`).
fn each_minute(seconds: u32, span: Range<usize>, found: &mut Vec<Diagnostic>) {
    if matches!(seconds, 10 | 20 | 30) {
        found.push(
            Diagnostic::new("PGHA147", span, format!("RDS has no datapoint every {seconds} s"))
                .label("its metrics come each minute")
                .note(
                    "the alarm would often lack data, and it is charged as one of high resolution",
                )
                .help("write \"60s\"")
                .fix("\"60s\""),
        );
    }
}

fn own(spec: &Spec, alarm: &Sp<Alarm>, found: &mut Vec<Diagnostic>) {
    replicas::name("alarm", &alarm.name, found);
    if let Some(on) = &alarm.on {
        subject(spec, on, found);
    }
    let period = alarm.period.as_ref().map(|period| (period.0, period.span()));
    let periods = (alarm.evaluation_periods.as_ref(), PERIODS);
    timing(period.clone(), periods, alarm.datapoints.as_ref(), found);
    let of_rds = alarm.namespace.as_ref().is_none_or(|namespace| **namespace == "AWS/RDS");
    if let Some((seconds, span)) = period.filter(|_| of_rds) {
        each_minute(seconds, span, found);
    }
    finite(&alarm.threshold, found);
    let counted = alarm.statistic.as_ref().map_or("Average", |statistic| statistic.as_str());
    if of_rds && statistic::is_of_the_metric(counted) {
        let comparison = comparison(or(&alarm.comparison, Compare::Above));
        reached(&alarm.metric, comparison, &alarm.threshold, found);
    }
    lengths(alarm, found);
    dimensions(alarm, found);
    for (key, arns) in [("alarm_actions", &alarm.alarm_actions), ("ok_actions", &alarm.ok_actions)]
    {
        actions(spec, alarm, key, arns, found);
    }
    let lag = alarm.metric.as_str() == "ReplicaLag" && *alarm.threshold < IDLE_LAG;
    if lag && or(&alarm.datapoints, or(&alarm.evaluation_periods, PERIODS)) < 10 {
        found.push(idle_lag(&alarm.threshold));
    }
    let comparison = or(&alarm.comparison, Compare::Above);
    let on = alarm.on.as_ref().and_then(|on| spec.replica_named(on));
    if let Some(replica) = on.filter(|_| alarm.metric.as_str() == "ReplicaLag")
        && matches!(comparison, Compare::Above | Compare::AtLeast)
    {
        found.extend(late(spec, replica, &alarm.threshold));
    }
    if let Some(written) = &alarm.statistic {
        statistic::check(written, found);
    }
}

/// TOML has numbers that are none, and CloudWatch has no thresholds like that.
fn finite(threshold: &Sp<f64>, found: &mut Vec<Diagnostic>) {
    if !threshold.is_finite() {
        found.push(
            Diagnostic::new(
                "PGHA120",
                threshold.span(),
                format!("a threshold cannot be {}", **threshold),
            )
            .label("not a number")
            .help("write a number in the metric's unit"),
        );
    }
}

/// How long the texts of an alarm are, in characters
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>).
fn lengths(alarm: &Alarm, found: &mut Vec<Diagnostic>) {
    let texts = [
        ("metric", Some(&alarm.metric), 1, 255),
        ("namespace", alarm.namespace.as_ref(), 1, 255),
        ("description", alarm.description.as_ref(), 0, 1024),
    ];
    for (key, text, least, most) in texts {
        let Some(text) = text else { continue };
        let length = text.chars().count();
        if (least..=most).contains(&length) {
            continue;
        }
        found.push(
            Diagnostic::new("PGHA120", text.span(), format!("`{key}` has {length} characters"))
                .label(format!("{least} to {most}"))
                .help(format!("write {least} to {most} characters")),
        );
    }
    if let Some(namespace) = alarm.namespace.as_ref().filter(|text| text.starts_with(':')) {
        found.push(
            Diagnostic::new("PGHA120", namespace.span(), "a namespace does not begin with `:`")
                .label("CloudWatch refuses it")
                .help("write it as the metric has it, such as \"AWS/RDS\""),
        );
    }
}

/// What CloudWatch takes for dimensions
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html>).
fn dimensions(alarm: &Alarm, found: &mut Vec<Diagnostic>) {
    let Some(dimensions) = &alarm.dimensions else { return };
    let mut refuse = |title: String, label: &str| {
        found.push(
            Diagnostic::new("PGHA120", dimensions.span(), title)
                .label(label.to_string())
                .help("name those that the metric has"),
        );
    };
    if dimensions.len() > 30 {
        refuse(format!("{} dimensions are too many", dimensions.len()), "30 at most");
    }
    for (name, value) in dimensions.iter() {
        for (what, text, most) in [("name", name, 255), ("value", value, 1024)] {
            let length = text.chars().count();
            let plain = text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
            if !(1..=most).contains(&length) {
                let title = format!("the {what} of a dimension has {length} characters");
                refuse(title, &format!("1 to {most}"));
            } else if !plain || text.trim().is_empty() {
                let title = format!("`{text}` cannot be the {what} of a dimension");
                refuse(title, "ASCII, and more than blanks");
            }
        }
        if name.starts_with(':') {
            refuse(format!("`{name}` cannot be the name of a dimension"), "begins with `:`");
        }
    }
}

/// What an alarm does when its state changes: five things at most, each named by an ARN of the
/// alarm's own region
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>).
fn actions(
    spec: &Spec,
    alarm: &Alarm,
    key: &str,
    arns: &Maybe<Vec<Sp<String>>>,
    found: &mut Vec<Diagnostic>,
) {
    let Some(arns) = arns else { return };
    if arns.len() > MOST_ACTIONS {
        found.push(
            Diagnostic::new("PGHA120", arns.span(), format!("`{key}` has {} entries", arns.len()))
                .label(format!("{MOST_ACTIONS} at most"))
                .help("let a topic tell the others"),
        );
    }
    let on = alarm.on.as_ref().and_then(|on| spec.replica_named(on));
    let region = on.map_or_else(|| spec.home(), |replica| spec.region_of(replica));
    for arn in arns.iter() {
        match is_action(arn) {
            true => keys::elsewhere("PGHA129", "target", arn, &region, arn.span(), found),
            false => found.push(
                Diagnostic::new("PGHA113", arn.span(), "what an alarm does is named by an ARN")
                    .label("not an ARN")
                    .help(format!("write \"arn:{}:sns:{region}:…:…\"", partition(&region))),
            ),
        }
    }
}

/// A topic, a function, an action of Systems Manager or of EC2: only the form is the same.
fn is_action(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, _, rest] = parts[..] else { return false };
    arn == "arn"
        && [partition, service, region, rest].iter().all(|part| !part.is_empty())
        && text.bytes().all(|b| b.is_ascii_graphic())
}

fn subject(spec: &Spec, on: &Sp<String>, found: &mut Vec<Diagnostic>) {
    let mut names = vec!["primary"];
    names.extend(spec.proxy.as_ref().map(|_| "proxy"));
    if names.contains(&on.as_str()) || spec.replica_named(on).is_some() {
        return;
    }
    names.extend(spec.replica.iter().map(|replica| replica.name.as_str()));
    let diagnostic =
        Diagnostic::new("PGHA107", on.span(), format!("there is no `{}` to watch", **on))
            .label("unknown");
    found.push(match suggest::closest(on, &names) {
        Some(close) => {
            diagnostic.help(format!("did you mean \"{close}\"?")).fix(format!("\"{close}\""))
        }
        None => diagnostic.help(format!("there are {}", suggest::list(&names))),
    });
}
