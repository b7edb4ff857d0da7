//! A parameter's value as somebody typed it, and as it is kept, compared and sent.
//!
//! Values are kept in one form: numbers in the parameter's own unit and without needless
//! zeroes, `1` and `0` for on and off, words as PostgreSQL spells them, lists without blanks.
//! Whatever RDS returns is brought into the same form, so that `0400` and `400`, or `ON` and
//! `1`, are no difference.

use std::collections::BTreeMap;

use crate::parameter::formula;
use crate::parameter::formula::Formula;
use crate::parameter::formula::Machine;
use crate::parameter::formula::Malformed;
use crate::parameter::known;
use crate::parameter::known::HasTo;
use crate::parameter::known::Takes;
use crate::parameter::unit;
use crate::parameter::unit::Decimal;
use crate::parameter::unit::Dimension;
use crate::parameter::unit::Unit;

/// Why RDS refuses a value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing.
    #[error("`{0}` is empty")]
    Empty(String),
    /// A list with nothing between two of its commas.
    #[error("`{0}` has an empty element")]
    EmptyElement(String),
    /// Something else than on or off.
    #[error("`{0}` is on or off, not `{1}`")]
    Switch(String, String),
    /// None of the parameter's words.
    #[error("`{0}` cannot be `{1}`")]
    Word(String, String, &'static [&'static str]),
    /// No number.
    #[error("`{text}` is no value for `{name}`, {}", counts(*.unit))]
    NoNumber {
        /// The parameter.
        name: String,
        /// What was written.
        text: String,
        /// What it counts.
        unit: Option<Unit>,
        /// What may have been meant.
        meant: Option<String>,
    },
    /// A fraction of what is counted.
    #[error("{}", fraction(.name, .text, *.unit))]
    Fraction {
        /// The parameter.
        name: String,
        /// What was written.
        text: String,
        /// What it counts.
        unit: Option<Unit>,
    },
    /// A unit for something that has none, or of another dimension.
    #[error("{}", wrong_unit(.name, *.unit))]
    Unit {
        /// The parameter.
        name: String,
        /// What it counts.
        unit: Option<Unit>,
    },
    /// Less or more than RDS takes; the bounds are in the parameter's own unit.
    #[error("`{name}` is out of range")]
    Range {
        /// The parameter.
        name: String,
        /// The least.
        least: String,
        /// The most, if there is one.
        most: Option<String>,
        /// What it counts.
        unit: Option<Unit>,
    },
    /// A number within the range that PostgreSQL refuses nevertheless.
    #[error("`{name}` cannot be {value}")]
    Between {
        /// The parameter.
        name: String,
        /// What was written, in the parameter's own unit.
        value: String,
        /// What it has to be.
        has_to: HasTo,
        /// What it counts.
        unit: Option<Unit>,
    },
    /// A formula that RDS cannot read.
    #[error("`{text}` is no formula: {why}")]
    Formula {
        /// What was written.
        text: String,
        /// What is wrong with it.
        why: Malformed,
    },
}

fn counts(unit: Option<Unit>) -> String {
    match unit {
        Some(unit) => format!("which counts in {}", unit.name()),
        None => "which is a number".into(),
    }
}

fn fraction(name: &str, text: &str, unit: Option<Unit>) -> String {
    match unit {
        Some(unit) => format!("`{name}` counts in whole {}, `{text}` is not", unit.name()),
        None => format!("`{name}` is a whole number, `{text}` is not"),
    }
}

fn wrong_unit(name: &str, unit: Option<Unit>) -> String {
    match unit.map(|unit| (unit.dimension(), unit.name())) {
        Some((Dimension::Size, unit)) => format!("`{name}` is a size, counted in {unit}"),
        Some((Dimension::Time, unit)) => format!("`{name}` is a time, counted in {unit}"),
        None => format!("`{name}` is a number without a unit"),
    }
}

/// Reads a value of a parameter into the form in which it is kept, or says why RDS refuses it.
/// Of a parameter that the table does not have everything is believed that is not empty.
pub fn read(name: &str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.split(',').all(|item| item.trim().is_empty()) {
        return Err(Refusal::Empty(name.into()));
    }
    let takes = known::takes(name);
    if formula::is_formula(text) && takes.is_some_and(takes_formulas) {
        return match Formula::parse(text) {
            Ok(formula) => Ok(formula.to_string()),
            Err(why) => Err(Refusal::Formula { text: text.into(), why }),
        };
    }
    let is_list = matches!(takes, Some(Takes::List | Takes::Words(_)));
    if is_list && list(text).any(str::is_empty) {
        return Err(Refusal::EmptyElement(name.into()));
    }
    match takes {
        Some(Takes::Switch) => {
            switch(text).ok_or_else(|| Refusal::Switch(name.into(), text.into())).map(Into::into)
        }
        Some(Takes::Word(words)) => {
            word(text, words).ok_or_else(|| Refusal::Word(name.into(), text.into(), words))
        }
        Some(Takes::Words(words)) => list(text)
            .map(|item| {
                word(item, words).ok_or_else(|| Refusal::Word(name.into(), item.into(), words))
            })
            .collect::<Result<Vec<_>, _>>()
            .map(|items| items.join(",")),
        Some(Takes::Exactly(texts)) => match texts.contains(&text) {
            true => Ok(text.into()),
            false => Err(Refusal::Word(name.into(), text.into(), texts)),
        },
        Some(Takes::Whole { unit, least, most }) => whole(name, text, unit, (least, most)),
        Some(Takes::Number { unit, least, most }) => number_of(name, text, unit, (least, most)),
        Some(Takes::List) => Ok(list(text).collect::<Vec<_>>().join(",")),
        Some(Takes::Text) => Ok(text.into()),
        None => Ok(of_unknown(text)),
    }
}

/// RDS's formulas come to whole numbers, or to 1 or 0 in the place of a switch
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ParamValuesRef.html>).
fn takes_formulas(takes: Takes) -> bool {
    match takes {
        Takes::Switch | Takes::Whole { .. } | Takes::Number { .. } => true,
        Takes::Word(words) => words.contains(&"on"),
        Takes::Words(_) | Takes::Exactly(_) | Takes::List | Takes::Text => false,
    }
}

/// The form in which a value is kept and compared. What RDS would refuse stays as it is.
pub fn canonical(name: &str, value: &str) -> String {
    read(name, value).unwrap_or_else(|_| list(value).collect::<Vec<_>>().join(","))
}

/// What somebody set, in the form in which it is compared. The case of a name says nothing
/// ("Parameter Names and Values", <https://www.postgresql.org/docs/current/config-setting.html>).
pub fn canonical_all<'a>(
    values: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> BTreeMap<String, String> {
    let one = |(name, value): (&str, &str)| {
        let name = name.to_ascii_lowercase();
        let value = canonical(&name, value);
        (name, value)
    };
    values.into_iter().map(one).collect()
}

/// The number that a value comes to on a machine, literally or by its formula; nothing where
/// there is no telling.
pub fn number(name: &str, value: &str, machine: &Machine) -> Option<i64> {
    let value = canonical(name, value);
    match formula::is_formula(&value) {
        true => Formula::parse(&value).ok()?.value(machine),
        false => value.parse().ok(),
    }
}

/// Why what a formula comes to on a machine is refused, and the number if it comes to one: it
/// is out of range whatever RDS keeps of the memory for itself.
pub fn out_of_range(name: &str, value: &str, machine: &Machine) -> Option<(Option<i128>, Refusal)> {
    let formula = formula::is_formula(value).then(|| Formula::parse(value).ok())??;
    let (high, low) = (formula.comes_to(machine)?, formula.comes_to(&machine.at_least())?);
    let (least, most, refusal) = match known::takes(name)? {
        #[expect(clippy::cast_precision_loss, reason = "bounds are far below 2^53, or the end")]
        Takes::Whole { unit, least, most } => {
            (least as f64, most as f64, range(name, unit, least, Some(most)))
        }
        Takes::Number { unit, least, most } => (least, most, range(name, unit, least, top(most))),
        Takes::Switch => (0.0, 1.0, Refusal::Switch(name.into(), value.into())),
        Takes::Word(words) => (0.0, 1.0, Refusal::Word(name.into(), value.into(), words)),
        Takes::Words(_) | Takes::Exactly(_) | Takes::List | Takes::Text => return None,
    };
    let beyond = (high > most && low > most) || (high < least && low < least) || high.is_nan();
    #[expect(clippy::cast_possible_truncation, reason = "shown to people only")]
    let shown = high.is_finite().then_some(high as i128);
    beyond.then_some((shown, refusal))
}

fn range(
    name: &str,
    unit: Option<Unit>,
    least: impl ToString,
    most: Option<impl ToString>,
) -> Refusal {
    let (least, most) = (least.to_string(), most.map(|most| most.to_string()));
    Refusal::Range { name: name.into(), least, most, unit }
}

/// The upper bound of a fraction, unless it is the largest number that there is.
fn top(most: f64) -> Option<f64> {
    (most < f64::MAX).then_some(most)
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.trim().split(',').map(str::trim)
}

/// `1` or `0` for a switch, as RDS has them among its allowed values. PostgreSQL takes the words
/// in any case and cut short, as long as it can tell which was meant
/// (<https://www.postgresql.org/docs/current/config-setting.html>, "Boolean").
fn switch(text: &str) -> Option<&'static str> {
    /// The words, and how many letters of each tell it from the others.
    const WORDS: [(&str, usize, &str); 6] = [
        ("true", 1, "1"),
        ("false", 1, "0"),
        ("yes", 1, "1"),
        ("no", 1, "0"),
        ("on", 2, "1"),
        ("off", 2, "0"),
    ];
    let lower = text.to_ascii_lowercase();
    let meant = |(word, least, _): &&(&str, usize, &str)| {
        lower.len() >= *least && word.starts_with(lower.as_str())
    };
    match lower.as_str() {
        "1" => Some("1"),
        "0" => Some("0"),
        _ => WORDS.iter().find(meant).map(|(.., value)| *value),
    }
}

/// The same for a word that stands in full: nothing is cut short among other words.
fn whole_switch(text: &str) -> Option<&'static str> {
    let whole = ["on", "off", "true", "false", "yes", "no", "1", "0"];
    whole.iter().any(|word| word.eq_ignore_ascii_case(text)).then(|| switch(text))?
}

/// A word as PostgreSQL spells it. Where `on` and `off` are among the words they are kept as a
/// switch is.
fn word(text: &str, words: &[&str]) -> Option<String> {
    if words.contains(&"on")
        && let Some(switch) = whole_switch(text)
    {
        return Some(switch.into());
    }
    words.iter().find(|word| word.eq_ignore_ascii_case(text)).map(ToString::to_string)
}

/// A value of a parameter that the table does not have.
fn of_unknown(text: &str) -> String {
    if let Some(switch) = whole_switch(text) {
        return switch.into();
    }
    match Decimal::parse(text) {
        Some((number, "")) => number.whole().map_or_else(|| text.into(), |whole| whole.to_string()),
        _ => list(text).collect::<Vec<_>>().join(","),
    }
}

/// A number with what follows it: nothing, or a suffix of the right dimension.
fn measured(
    name: &str,
    text: &str,
    unit: Option<Unit>,
) -> Result<(Decimal, Option<i128>), Refusal> {
    let no_number = |meant| Refusal::NoNumber { name: name.into(), text: text.into(), unit, meant };
    let (number, rest) = Decimal::parse(text).ok_or_else(|| no_number(None))?;
    let rest = rest.trim();
    if rest.is_empty() {
        return Ok((number, None));
    }
    let Some((dimension, grain)) = unit::suffix(rest) else {
        let meant = unit.and_then(|unit| unit::miswritten(rest, unit.dimension()));
        let digits = text.strip_suffix(rest).unwrap_or(text).trim_end();
        return Err(no_number(meant.map(|meant| format!("{digits}{meant}"))));
    };
    match unit {
        Some(unit) if unit.dimension() == dimension => Ok((number, Some(grain))),
        _ => Err(Refusal::Unit { name: name.into(), unit }),
    }
}

fn whole(
    name: &str,
    text: &str,
    unit: Option<Unit>,
    (least, most): (i64, i64),
) -> Result<String, Refusal> {
    let (number, suffix) = measured(name, text, unit)?;
    let value = match suffix.zip(unit) {
        Some((suffix, unit)) => number.whole_in(suffix, unit),
        None => number.whole(),
    };
    let Some(value) = value else {
        return Err(Refusal::Fraction { name: name.into(), text: text.into(), unit });
    };
    if !(i128::from(least)..=i128::from(most)).contains(&value) {
        return Err(range(name, unit, least, Some(most)));
    }
    match known::has_to(name).filter(|has_to| !has_to.holds(value)) {
        Some(has_to) => {
            Err(Refusal::Between { name: name.into(), value: value.to_string(), has_to, unit })
        }
        None => Ok(value.to_string()),
    }
}

fn number_of(
    name: &str,
    text: &str,
    unit: Option<Unit>,
    (least, most): (f64, f64),
) -> Result<String, Refusal> {
    let (number, suffix) = measured(name, text, unit)?;
    let value = match suffix.zip(unit) {
        Some((suffix, unit)) => number.in_unit(suffix, unit),
        None => number.to_f64(),
    };
    match value.filter(|value| (least..=most).contains(value)) {
        Some(value) => Ok(value.to_string()),
        None => Err(range(name, unit, least, top(most))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, text: &str, wanted: &str) {
        assert_eq!(read(name, text), Ok(wanted.into()), "{name} = {text}");
        assert_eq!(canonical(name, wanted), wanted);
    }

    #[track_caller]
    fn check_refused(name: &str, text: &str, says: &str) {
        assert_eq!(read(name, text).unwrap_err().to_string(), says);
    }

    #[test]
    fn sizes_and_times_are_read_as_postgresql_reads_them() {
        check("work_mem", "16MB", "16384");
        check("work_mem", "1.5GB", "1572864");
        check("work_mem", " 1 GB ", "1048576");
        check("work_mem", "16384", "16384");
        check("work_mem", "0x400", "1024");
        check("vacuum_buffer_usage_limit", "2MB", "2048");
        check("shared_buffers", "1GB", "131072");
        check("max_wal_size", "4GB", "4096");
        check("track_activity_query_size", "2kB", "2048");
        check("idle_session_timeout", "1d", "86400000");
        check("idle_session_timeout", "1 day", "86400000");
        check("statement_timeout", ".5s", "500");
        check("checkpoint_timeout", "15min", "900");
        check("rds.log_retention_period", "3 d", "4320");
        check("autovacuum_vacuum_cost_delay", "500us", "0.5");
        check("vacuum_cost_delay", "0.50", "0.5");
        check("log_min_duration_statement", "-1", "-1");
        check_refused("work_mem", "16mb", "`16mb` is no value for `work_mem`, which counts in kB");
        check_refused("work_mem", "30s", "`work_mem` is a size, counted in kB");
        check_refused("statement_timeout", "1MB", "`statement_timeout` is a time, counted in ms");
        check_refused("max_connections", "10s", "`max_connections` is a number without a unit");
        let says = "`checkpoint_timeout` counts in whole s, `30500ms` is not";
        check_refused("checkpoint_timeout", "30500ms", says);
        check_refused("work_mem", "0.5", "`work_mem` counts in whole kB, `0.5` is not");
        check_refused(
            "max_connections",
            "10.5",
            "`max_connections` is a whole number, `10.5` is not",
        );
        check_refused("work_mem", "-1", "`work_mem` is out of range");
        check_refused("checkpoint_timeout", "2d", "`checkpoint_timeout` is out of range");
    }

    /// The unit that was meant is known where only its case is wrong.
    #[test]
    fn the_case_of_a_unit_is_corrected() {
        #[track_caller]
        fn check(name: &str, text: &str, wanted: Option<&str>) {
            let Err(Refusal::NoNumber { meant, .. }) = read(name, text) else { panic!("{text}") };
            assert_eq!(meant.as_deref(), wanted, "{text}");
        }
        check("work_mem", "16 mb", Some("16MB"));
        check("work_mem", "16M", Some("16MB"));
        check("work_mem", "1 g", Some("1GB"));
        check("statement_timeout", "1m", Some("1min"));
        check("statement_timeout", "2 hrs", Some("2h"));
        check("statement_timeout", "1 MS", Some("1ms"));
        check("work_mem", "lots", None);
        // The unit of a time is no size in another case.
        check("work_mem", "1MS", None);
        check("max_connections", "400x", None);
    }

    #[test]
    fn numbers_are_the_same_however_they_are_typed() {
        for text in ["400", "0400", "4e2", "400.0", "+400", "0x190"] {
            check("max_connections", text, "400");
        }
        for text in ["1.1", "1.10", "01.1", "11e-1"] {
            check("random_page_cost", text, "1.1");
        }
        check("random_page_cost", "4.0", "4");
        check("autovacuum_vacuum_scale_factor", ".02", "0.02");
        check("my_extension.number", "007", "7");
        check("my_extension.list", "a , b", "a,b");
        // A text stays what it is, whatever it looks like.
        check("application_name", "007", "007");
        check("cron.database_name", "1e3", "1e3");
    }

    #[test]
    fn names_are_the_same_in_any_case() {
        let typed =
            [("TimeZone", "UTC"), ("Max_Connections", "0400"), ("random_page_cost", "1.10")];
        let read: Vec<(String, String)> = canonical_all(typed).into_iter().collect();
        let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
        let wanted = [
            pair("max_connections", "400"),
            pair("random_page_cost", "1.1"),
            pair("timezone", "UTC"),
        ];
        assert_eq!(read, wanted);
    }

    #[test]
    fn switches_are_on_or_off() {
        for yes in ["on", "true", "YES", "1", "On", "t", "Tru", "y", "ye", " on "] {
            check("log_lock_waits", yes, "1");
        }
        for no in ["off", "false", "no", "0", "OF", "f", "fals", "N"] {
            check("rds.force_ssl", no, "0");
        }
        // `o` begins two words, and PostgreSQL reads no other numbers here.
        for text in ["2", "o", "maybe", "-1", "01", "1.0", "onn", "trues"] {
            let says = format!("`log_lock_waits` is on or off, not `{text}`");
            check_refused("log_lock_waits", text, &says);
        }
    }

    #[test]
    fn words_are_taken_in_any_case_and_kept_in_postgresqls() {
        check("log_statement", "ALL", "all");
        check("ssl_min_protocol_version", "tlsv1.2", "TLSv1.2");
        check("default_transaction_isolation", "Repeatable Read", "repeatable read");
        check("synchronous_commit", "ON", "1");
        check("synchronous_commit", "Remote_Apply", "remote_apply");
        check("wal_compression", "false", "0");
        check("log_destination", "STDERR, csvlog", "stderr,csvlog");
        // Words that can be cut short are those of switches.
        for (name, text) in [("huge_pages", "t"), ("synchronous_commit", "of")] {
            check_refused(name, text, &format!("`{name}` cannot be `{text}`"));
        }
        check_refused("log_statement", "some", "`log_statement` cannot be `some`");
        check_refused("log_statement", "on", "`log_statement` cannot be `on`");
        check_refused("log_destination", "stderr,syslog", "`log_destination` cannot be `syslog`");
        check("log_line_prefix", "%t:%r:%u@%d:[%p]:", "%t:%r:%u@%d:[%p]:");
        check_refused("log_line_prefix", "%m [%p] ", "`log_line_prefix` cannot be `%m [%p]`");
    }

    #[test]
    fn nothing_is_no_value() {
        for text in ["", "  ", ",", " , "] {
            check_refused("shared_preload_libraries", text, "`shared_preload_libraries` is empty");
            assert!(read("my_extension.text", text).is_err());
        }
    }

    #[test]
    fn a_list_has_no_empty_elements() {
        for text in ["pg_stat_statements,", "a,,b", " , a", "a, "] {
            let says = "`shared_preload_libraries` has an empty element";
            check_refused("shared_preload_libraries", text, says);
        }
        check_refused("log_destination", "stderr,", "`log_destination` has an empty element");
        check("search_path", "\"$user\", public", "\"$user\",public");
        check("datestyle", "ISO, MDY", "ISO,MDY");
        // Commas of what is no list are its own affair.
        check("application_name", "a,, b", "a,, b");
    }

    /// <https://www.postgresql.org/docs/current/runtime-config-resource.html>.
    #[test]
    fn a_number_in_range_may_be_none_that_postgresql_takes() {
        let limit = |text: &str, wanted| check("vacuum_buffer_usage_limit", text, wanted);
        limit("0", "0");
        limit("128kB", "128");
        limit("16GB", "16777216");
        for text in ["100kB", "1", "127"] {
            let says =
                format!("`vacuum_buffer_usage_limit` cannot be {}", text.trim_end_matches("kB"));
            check_refused("vacuum_buffer_usage_limit", text, &says);
        }
        let says = "`vacuum_buffer_usage_limit` is out of range";
        check_refused("vacuum_buffer_usage_limit", "17GB", says);
        check("transaction_buffers", "0", "0");
        check("transaction_buffers", "256kB", "32");
        check_refused("transaction_buffers", "20", "`transaction_buffers` cannot be 20");
        check_refused("notify_buffers", "17", "`notify_buffers` cannot be 17");
    }

    /// Off, without a limit or as another parameter says
    /// (<https://www.postgresql.org/docs/current/runtime-config.html>,
    /// <https://www.postgresql.org/docs/current/auto-explain.html>).
    #[test]
    fn minus_one_has_a_meaning_of_its_own_where_nothing_lower_has() {
        let names = [
            "auto_explain.log_min_duration",
            "auto_explain.log_parameter_max_length",
            "autovacuum_vacuum_cost_delay",
            "autovacuum_vacuum_cost_limit",
            "autovacuum_vacuum_insert_threshold",
            "autovacuum_vacuum_max_threshold",
            "autovacuum_work_mem",
            "io_max_concurrency",
            "jit_above_cost",
            "jit_inline_above_cost",
            "jit_optimize_above_cost",
            "log_autovacuum_min_duration",
            "log_min_duration_sample",
            "log_min_duration_statement",
            "log_parameter_max_length",
            "log_parameter_max_length_on_error",
            "log_temp_files",
            "max_slot_wal_keep_size",
            "max_standby_archive_delay",
            "max_standby_streaming_delay",
            "old_snapshot_threshold",
            "temp_file_limit",
            "wal_buffers",
        ];
        for name in names {
            check(name, "-1", "-1");
            check_refused(name, "-2", &format!("`{name}` is out of range"));
        }
    }

    /// <https://www.postgresql.org/docs/current/runtime-config-client.html>,
    /// <https://www.postgresql.org/docs/current/runtime-config-locks.html>.
    #[test]
    fn digits_can_be_taken_away_and_locks_be_a_share() {
        check("extra_float_digits", "-15", "-15");
        check_refused("extra_float_digits", "-16", "`extra_float_digits` is out of range");
        check("max_pred_locks_per_relation", "-2", "-2");
    }

    #[test]
    fn what_has_no_upper_bound_is_not_shown_with_one() {
        #[track_caller]
        fn check(name: &str, text: &str, bounds: (&str, Option<&str>)) {
            let Err(Refusal::Range { least, most, .. }) = read(name, text) else {
                panic!("{text}")
            };
            assert_eq!((least.as_str(), most.as_deref()), bounds);
        }
        check("seq_page_cost", "-1", ("0", None));
        check("autovacuum_vacuum_scale_factor", "101", ("0", Some("100")));
    }

    #[test]
    fn formulas_stand_for_numbers_and_switches() {
        check(
            "shared_buffers",
            "{ DBInstanceClassMemory / 32768 }",
            "{DBInstanceClassMemory/32768}",
        );
        check("wal_compression", "{DBInstanceVCPU}=>2", "{DBInstanceVCPU} >= 2");
        let says = "`{dbinstanceclassmemory/2}` is no formula: there is no variable `dbinstanceclassmemory`";
        check_refused("work_mem", "{dbinstanceclassmemory/2}", says);
        let large = Machine::of_class("db.r6g.large");
        let connections = |value: &str| number("max_connections", value, &large);
        assert_eq!(connections("{DBInstanceClassMemory/9531392}"), Some(1802));
        assert_eq!(connections("0400"), Some(400));
        assert_eq!(connections("{AllocatedStorage/4}"), None);
    }

    #[test]
    fn a_formula_is_out_of_range_where_its_number_surely_is() {
        #[track_caller]
        fn check(name: &str, formula: &str, wanted: Option<i128>) {
            let large = Machine::of_class("db.r6g.large");
            let found = out_of_range(name, formula, &large).and_then(|(value, _)| value);
            assert_eq!(found, wanted, "{name} = {formula}");
        }
        check("max_connections", "{DBInstanceClassMemory/4096}", Some(4_194_304));
        check("max_connections", "{DBInstanceClassMemory/9531392}", None);
        check("max_connections", "{DBInstanceVCPU}", Some(2));
        // 16 GiB are 262144 times 65536, and RDS leaves less.
        check("max_connections", "{DBInstanceClassMemory/65536}", None);
        check("max_connections", "200", None);
        check("max_connections", "{AllocatedStorage/4}", None);
        check("work_mem", "{DBInstanceVCPU*4}", Some(8));
        check("max_connections", "{DBInstanceVCPU} > 1", Some(1));
        // With all 16 GiB these are just within 6 to 262143, with less of them just outside.
        check("max_connections", "{DBInstanceClassMemory/2863311530}", None);
        check("max_connections", "{4503582447501312/DBInstanceClassMemory}", None);
        // And these the other way round: 5 or 6, and 2 or 1.
        check("max_connections", "{94489280512/DBInstanceClassMemory}", None);
        check("log_lock_waits", "{DBInstanceClassMemory/8589934592}", None);
        // The number may be larger than any that RDS keeps.
        check("work_mem", "{DBInstanceClassMemory*1000000000}", Some(17_179_869_184_000_000_000));
        check("cpu_tuple_cost", "{DBInstanceVCPU*-1}", Some(-2));
        check("autovacuum_vacuum_scale_factor", "{DBInstanceClassMemory}", Some(17_179_869_184));
        check("seq_page_cost", "{DBInstanceClassMemory}", None);
        check("log_lock_waits", "{DBInstanceVCPU}", Some(2));
        check("log_lock_waits", "{DBInstanceVCPU} >= 2", None);
        check("log_lock_waits", "{TrueIfReplica}", None);
        check("wal_compression", "{DBInstanceVCPU*2}", Some(4));
        let large = Machine::of_class("db.r6g.large");
        let nothing = out_of_range("work_mem", "{log(DBInstanceVCPU*-1)*8}", &large);
        assert!(matches!(nothing, Some((None, Refusal::Range { .. }))), "{nothing:?}");
    }

    #[test]
    fn formulas_stand_for_nothing_else() {
        check_refused(
            "log_statement",
            "{DBInstanceVCPU}",
            "`log_statement` cannot be `{DBInstanceVCPU}`",
        );
        check("application_name", "{DBInstanceVCPU}", "{DBInstanceVCPU}");
        let says = "`{DBInstanceClassMemory/0}` is no formula: it divides by 0";
        check_refused("shared_buffers", "{DBInstanceClassMemory/0}", says);
    }
}
