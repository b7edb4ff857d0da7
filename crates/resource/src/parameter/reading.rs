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
        /// The most.
        most: String,
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
    let free = matches!(takes, Some(Takes::Text | Takes::Exactly(_)) | None);
    if formula::is_formula(text) && !free {
        return match Formula::parse(text) {
            Ok(formula) => Ok(formula.to_string()),
            Err(why) => Err(Refusal::Formula { text: text.into(), why }),
        };
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
        Some(Takes::Text) => Ok(list(text).collect::<Vec<_>>().join(",")),
        None => Ok(of_unknown(text)),
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

/// Why the number that a formula comes to on a machine is refused: it is out of range whatever
/// RDS keeps of the memory for itself.
pub fn out_of_range(name: &str, value: &str, machine: &Machine) -> Option<(i64, Refusal)> {
    let Takes::Whole { unit, least, most } = known::takes(name)? else { return None };
    let formula = formula::is_formula(value).then(|| Formula::parse(value).ok())??;
    let (high, low) = (formula.value(machine)?, formula.value(&machine.at_least())?);
    let beyond = (high > most && low > most) || (high < least && low < least);
    beyond.then(|| (high, range(name, unit, least, most)))
}

fn range(name: &str, unit: Option<Unit>, least: impl ToString, most: impl ToString) -> Refusal {
    let (least, most) = (least.to_string(), most.to_string());
    Refusal::Range { name: name.into(), least, most, unit }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.trim().split(',').map(str::trim)
}

/// `1` or `0` for a switch, as RDS returns them.
fn switch(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Some("1"),
        "off" | "false" | "no" | "0" => Some("0"),
        _ => None,
    }
}

/// A word as PostgreSQL spells it. Where `on` and `off` are among the words they are kept as a
/// switch is.
fn word(text: &str, words: &[&str]) -> Option<String> {
    if words.contains(&"on")
        && let Some(switch) = switch(text)
    {
        return Some(switch.into());
    }
    words.iter().find(|word| word.eq_ignore_ascii_case(text)).map(ToString::to_string)
}

/// A value of a parameter that the table does not have.
fn of_unknown(text: &str) -> String {
    if let Some(switch) = switch(text) {
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
        let meant = unit::miswritten(rest);
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
    match (i128::from(least)..=i128::from(most)).contains(&value) {
        true => Ok(value.to_string()),
        false => Err(range(name, unit, least, most)),
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
        None => Err(range(name, unit, least, most)),
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
        let Err(Refusal::NoNumber { meant, .. }) = read("work_mem", "16 mb") else { panic!() };
        assert_eq!(meant.as_deref(), Some("16MB"));
        let Err(Refusal::NoNumber { meant, .. }) = read("work_mem", "lots") else { panic!() };
        assert_eq!(meant, None);
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
        for yes in ["on", "true", "YES", "1", "On"] {
            check("log_lock_waits", yes, "1");
        }
        for no in ["off", "false", "no", "0"] {
            check("rds.force_ssl", no, "0");
        }
        for text in ["2", "t", "of", "maybe", "-1"] {
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
        fn check(name: &str, formula: &str, wanted: Option<i64>) {
            let large = Machine::of_class("db.r6g.large");
            assert_eq!(out_of_range(name, formula, &large).map(|(value, _)| value), wanted);
        }
        check("max_connections", "{DBInstanceClassMemory/4096}", Some(4_194_304));
        check("max_connections", "{DBInstanceClassMemory/9531392}", None);
        check("max_connections", "{DBInstanceVCPU}", Some(2));
        // 16 GiB are 262144 times 65536, and RDS leaves less.
        check("max_connections", "{DBInstanceClassMemory/65536}", None);
        check("max_connections", "200", None);
        check("max_connections", "{AllocatedStorage/4}", None);
        check("work_mem", "{DBInstanceVCPU*4}", Some(8));
    }
}
