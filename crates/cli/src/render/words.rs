//! The words that plans, drift reports and apply reports share.

use pgha_planner::Cause;
use pgha_planner::Change;
use pgha_planner::FieldChange;
use pgha_planner::Verb;
use pgha_resource::Address;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::value::Shown;

/// What users notice, with how long it usually takes (docs/aws/instances.md#failover,
/// docs/aws/clusters.md#upgrades).
pub fn disruption(disruption: Disruption, kind: Kind) -> &'static str {
    match (disruption, kind) {
        (Disruption::None, _) => "no disruption",
        (Disruption::Degraded, _) => "degraded: slower, but up",
        (Disruption::Failover, Kind::DbCluster) => "failover, under 35 s",
        (Disruption::Failover, _) => "failover, 60 to 120 s",
        (Disruption::Restart, _) => "restart, under 2 min",
        (Disruption::Outage, _) => "outage, minutes",
    }
}

/// `sun:04:00-sun:05:00` as `sun 04:00 UTC`; anything else as it is.
pub fn window(window: &str) -> String {
    let start = window.split('-').next().unwrap_or(window);
    match start.split_once(':') {
        Some((day, time)) if day.len() == 3 && time.contains(':') => format!("{day} {time} UTC"),
        _ => window.to_string(),
    }
}

/// Which account it is.
pub fn account(number: &str, simulated: bool) -> String {
    let word = if simulated { "simulated account" } else { "account" };
    format!("{word} {number}")
}

/// The symbol in front of a change, so that colour is never the only cue.
pub fn symbol(change: &Change) -> &'static str {
    if change.blocked.is_some() {
        return "!";
    }
    match change.verb {
        Verb::Create => "+",
        Verb::Modify if is_pure_drift(change) => "?",
        Verb::Modify | Verb::Reboot => "~",
        Verb::Replace => "-/+",
        Verb::Delete => "-",
    }
}

/// Nothing but what someone changed in AWS; pgha's own record counts for nothing.
pub fn is_pure_drift(change: &Change) -> bool {
    let own = |field: &FieldChange| matches!(field.cause, Cause::AwsChanged | Cause::Bookkeeping);
    change.cause == Cause::AwsChanged && change.fields.iter().all(own)
}

/// Why something differs, where that is worth a word.
pub fn cause(cause: Cause) -> Option<&'static str> {
    match cause {
        // The headline of a destroyed cluster says it once.
        Cause::New | Cause::SpecChanged | Cause::Destroy => None,
        Cause::AwsChanged => Some("drift: AWS was changed, the spec was not; it will be set back"),
        Cause::Unrecorded => Some("nothing recorded who changed it"),
        Cause::Adopted => Some("taken over: it is tagged as the cluster's"),
        Cause::Disowned => Some("let go: pgha's tags come off"),
        Cause::NotInSpec => Some("not in the spec any more"),
        Cause::Waiting => Some("parameters take effect with a restart"),
        Cause::Queued => Some("it waited for the window, and is made now"),
        Cause::Follows => Some("follows the database, which has changed"),
        Cause::Bookkeeping => Some("only pgha's own record on it"),
    }
}

/// The unit that a bare number in a field has.
fn unit(kind: Kind, field: &str) -> Option<&'static str> {
    Some(match (kind, field) {
        (_, "storage" | "max_storage") => "GiB",
        (_, "throughput") => "MiB/s",
        (_, "backup_retention" | "insights_retention") => "days",
        (Kind::BackupReplication, "retention") => "days",
        (_, "monitoring_interval" | "idle_timeout" | "borrow_timeout" | "period") => "s",
        (Kind::DbProxyTargetGroup, "max_connections" | "max_idle_connections") => "%",
        _ => return None,
    })
}

/// A value on one line, with its unit.
pub fn value(address: &Address, field: &str, shown: &Shown) -> String {
    let kind = address.kind;
    let text = shown.to_string();
    let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    match unit(kind, field) {
        Some("days") if text == "1" => "1 day".to_string(),
        Some(unit) if is_number => format!("{text} {unit}"),
        None if (kind, field) == (Kind::Alarm, "threshold") && counts_bytes(address) => bytes(text),
        _ if text.is_empty() => "\"\"".to_string(),
        _ => text,
    }
}

/// Whether the metric of an alarm of pgha's is a number of bytes: a threshold has no unit of its
/// own, and a billion of something else is no gibibyte.
fn counts_bytes(alarm: &Address) -> bool {
    let of_bytes = ["-memory", "-storage", "-wal-disk", "-slot-lag"];
    of_bytes.iter().any(|metric| alarm.name.ends_with(metric))
}

/// Ten digits read badly; where the short form is not all of it, they stand behind it.
fn bytes(text: String) -> String {
    const UNITS: [(f64, &str); 2] = [(1_073_741_824.0, "GiB"), (1_048_576.0, "MiB")];
    let Ok(number) = text.parse::<f64>() else { return text };
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| number >= *unit) else {
        return text;
    };
    let tenths = (number / unit * 10.0).round();
    let short = format!("{} {name}", tenths / 10.0);
    match tenths * unit == number * 10.0 {
        true => short,
        false => format!("{short} ({text})"),
    }
}

/// `1 resource`, `2 resources`.
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => match noun.strip_suffix('y') {
            Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{number} {stem}ies"),
            _ => format!("{number} {noun}s"),
        },
    }
}

/// `2 pieces of advice`: the word has no plural.
pub fn advice(number: usize) -> String {
    match number {
        1 => "1 piece of advice".into(),
        _ => format!("{number} pieces of advice"),
    }
}

/// `1 change is`, `2 changes are`.
pub fn count_are(number: usize, noun: &str) -> String {
    let are = if number == 1 { "is" } else { "are" };
    format!("{} {are}", count(number, noun))
}

/// Seconds as people say them: `40 s`, `12 min`, `2 h 5 min`.
pub fn seconds(seconds: i64) -> String {
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) if m < 5 => format!("{m} min {s} s"),
        (0, m, _) => format!("{m} min"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// A usual duration: `usually 10 to 20 min`.
pub fn usually((from, to): (u32, u32)) -> String {
    format!("usually {} to {} min", from / 60, to / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_say_when_they_begin() {
        assert_eq!(window("sun:04:00-sun:05:00"), "sun 04:00 UTC");
        assert_eq!(window("whenever"), "whenever");
    }

    #[test]
    fn durations_read_like_speech() {
        let texts: Vec<_> = [0, 40, 60, 75, 720, 750, 3600, 7500].map(seconds).into();
        assert_eq!(
            texts,
            ["0 s", "40 s", "1 min", "1 min 15 s", "12 min", "12 min", "1 h", "2 h 5 min"]
        );
    }

    #[test]
    fn numbers_have_units_and_words_do_not() {
        let primary = Address::home(Kind::DbInstance, "orders-primary");
        let text = |shown: &str| value(&primary, "storage", &Shown::Text(shown.into()));
        assert_eq!(text("200"), "200 GiB");
        assert_eq!(text("unknown"), "unknown");
        assert_eq!(value(&primary, "storage", &Shown::Unset), "(unset)");
    }

    #[track_caller]
    fn check_threshold(alarm: &str, threshold: &str, expected: &str) {
        let address = Address::home(Kind::Alarm, format!("orders-primary-{alarm}"));
        assert_eq!(value(&address, "threshold", &Shown::Text(threshold.into())), expected);
    }

    #[test]
    fn thresholds_of_bytes_have_units_and_others_do_not() {
        check_threshold("storage", "10737418240", "10 GiB");
        check_threshold("memory", "429496729.6", "409.6 MiB");
        check_threshold("memory", "429496729", "409.6 MiB (429496729)");
        check_threshold("slot-lag", "10737418240.5", "10 GiB (10737418240.5)");
        check_threshold("memory", "512", "512");
        check_threshold("transaction-ids", "1073741824", "1073741824");
        check_threshold("cpu", "80", "80");
    }
}
