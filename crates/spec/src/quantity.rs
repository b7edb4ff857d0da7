//! Sizes, durations and shares: numbers with a unit, or bare numbers in the documented one.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error as _;
use serde_untagged::UntaggedEnumVisitor;

/// A size in GiB: `"200 GiB"`, `"1 TiB"` or `200`; 0 and `"off"` are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Gib(pub(crate) u32);

/// A duration in seconds: `"60s"`, `"5 min"`, `"1 h"` or `60`; 0 and `"off"` are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seconds(pub(crate) u32);

/// A number of days: `"35 days"` or `35`; 0 and `"off"` are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Days(pub(crate) u32);

/// A share: `"90%"` or `90`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Percent(pub(crate) u32);

const SIZE: &str = "a size such as \"200 GiB\"";
const DURATION: &str = "a duration such as \"60s\" or \"5 min\"";
const DAYS: &str = "a number of days such as \"35 days\"";
const SHARE: &str = "a share such as \"90%\"";

/// A kind of quantity: its units, and what people type instead of them.
struct Kind {
    expected: &'static str,
    /// Units with their sizes in the base unit.
    units: &'static [(&'static str, u64)],
    /// What is not taken, and how it is offered: so many of the first are so many of another unit.
    others: &'static [(&'static [&'static str], u64, u64, &'static str)],
}

const SIZES: Kind = Kind {
    expected: SIZE,
    units: &[("", 1), ("gib", 1), ("tib", 1024)],
    others: &[
        (
            &["g", "gb", "gi", "gig", "gigs", "gigabyte", "gigabytes", "gibibyte", "gibibytes"],
            1,
            1,
            " GiB",
        ),
        (&["t", "tb", "ti", "terabyte", "terabytes", "tebibyte", "tebibytes"], 1, 1, " TiB"),
        (
            &["m", "mb", "mi", "mib", "megabyte", "megabytes", "mebibyte", "mebibytes"],
            1,
            1024,
            " GiB",
        ),
        (&["", "gib"], 1, 1, " GiB"),
        (&["tib"], 1024, 1, " GiB"),
    ],
};

const DURATIONS: Kind = Kind {
    expected: DURATION,
    units: &[
        ("", 1),
        ("s", 1),
        ("sec", 1),
        ("seconds", 1),
        ("m", 60),
        ("min", 60),
        ("minutes", 60),
        ("h", 3600),
        ("hours", 3600),
    ],
    others: &[
        (&["second", "secs"], 1, 1, "s"),
        (&["minute", "mins"], 1, 1, " min"),
        (&["hour", "hr", "hrs"], 1, 1, " h"),
        (&["d", "day", "days"], 24, 1, " h"),
        (&["ms", "msec", "millisecond", "milliseconds"], 1, 1000, "s"),
        (&["", "s", "sec", "seconds"], 1, 1, "s"),
        (&["m", "min", "minutes"], 60, 1, "s"),
        (&["h", "hours"], 60, 1, " min"),
    ],
};

const DAYS_OF: Kind = Kind {
    expected: DAYS,
    units: &[("", 1), ("d", 1), ("day", 1), ("days", 1), ("weeks", 7), ("week", 7)],
    others: &[
        (&["w", "wk", "wks"], 7, 1, " days"),
        (&["h", "hr", "hrs", "hour", "hours"], 1, 24, " days"),
        (&["mo", "month", "months"], 30, 1, " days"),
        (&["y", "yr", "year", "years"], 365, 1, " days"),
        (&["", "d", "day", "days"], 1, 1, " days"),
    ],
};

const SHARES: Kind = Kind {
    expected: SHARE,
    units: &[("", 1), ("%", 1), ("percent", 1)],
    others: &[
        (&["pct", "per cent", "p"], 1, 1, "%"),
        (&["%", "percent"], 1, 1, "%"),
        (&[""], 100, 1, "%"),
    ],
};

/// Words for nothing.
const NEVER: [&str; 7] = ["none", "never", "no", "false", "disabled", "disable", "null"];

/// Splits `200 GiB` into the number and the unit.
pub(crate) fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = text[..end].parse().ok()?;
    Some((number, text[end..].trim()))
}

impl Kind {
    /// Reads a number with one of the units.
    fn read(&self, text: &str) -> Result<u32, String> {
        if text.trim().eq_ignore_ascii_case("off") {
            return Ok(0);
        }
        self.number(text).ok_or_else(|| self.refusal(text))
    }

    /// A number with one of the units in the base unit.
    fn number(&self, text: &str) -> Option<u32> {
        let (number, unit) = split(text)?;
        let is_it = |(name, _): &&(&str, u64)| name.eq_ignore_ascii_case(unit);
        let (_, size) = self.units.iter().find(is_it)?;
        number.checked_mul(*size).and_then(|n| u32::try_from(n).ok())
    }

    /// What is said of a text that is none, with what was meant, where that can be told.
    fn refusal(&self, text: &str) -> String {
        let refused = format!("`{text}` is not {}", self.expected);
        match self.meant(text) {
            // What is offered has to be taken, too.
            Some(meant) if meant == "off" || self.number(&meant).is_some() => {
                format!("{refused}: write \"{meant}\"")
            }
            _ => refused,
        }
    }

    fn meant(&self, text: &str) -> Option<String> {
        let lower = text.trim().to_ascii_lowercase();
        if NEVER.contains(&lower.as_str()) && self.expected != SHARE {
            return Some("off".into());
        }
        // ISO 8601, as CloudFormation and others write durations.
        let lower = lower.strip_prefix('p').unwrap_or(&lower).trim_start_matches('t');
        let (whole, places, unit) = decimal(lower)?;
        let other = self.others.iter().find(|(names, ..)| names.contains(&unit));
        let Some((_, times, over, name)) = other else { return self.sum(lower) };
        let below = 10_u64.checked_pow(places)?.checked_mul(*over)?;
        // A share of one, unless it is more than all.
        let is_share = self.expected == SHARE && unit.is_empty();
        let times = if is_share && whole > 10_u64.checked_pow(places)? { 1 } else { *times };
        let above = whole.checked_mul(times)?;
        (above % below == 0).then(|| format!("{}{name}", above / below))
    }

    /// Several numbers with units one behind the other, such as `1h30m`.
    fn sum(&self, text: &str) -> Option<String> {
        let mut rest = text.trim();
        let (mut all, mut parts) = (0_u64, 0);
        while !rest.is_empty() {
            let (number, behind) = split(rest)?;
            let end = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
            let unit = behind[..end].trim();
            let is_it = |(name, _): &&(&str, u64)| !name.is_empty() && *name == unit;
            let (_, size) = self.units.iter().find(is_it)?;
            all = all.checked_add(number.checked_mul(*size)?)?;
            (rest, parts) = (behind[end..].trim(), parts + 1);
        }
        let (_, _, _, base) = self.others.iter().find(|(_, times, over, _)| times == over)?;
        (parts > 1).then(|| format!("{all}{base}"))
    }
}

/// A number with or without places, all its digits as one number, how many of them are places,
/// and the unit behind it: `1.5 tib` is 15, 1 and `tib`.
fn decimal(text: &str) -> Option<(u64, u32, &str)> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '_');
    let end = text.find(|c: char| !is_part(c)).unwrap_or(text.len());
    let number = text[..end].replace('_', "");
    // A comma before three digits is one of thousands.
    let number = match number.rsplit_once(',') {
        Some((_, last)) if last.len() == 3 => number.replace(',', ""),
        Some(_) => number.replace(',', "."),
        None => number,
    };
    let (whole, places) = number.split_once('.').unwrap_or((&number, ""));
    if whole.is_empty() {
        return None;
    }
    let digits = format!("{whole}{places}").parse().ok()?;
    Some((digits, u32::try_from(places.len()).ok()?, text[end..].trim()))
}

impl FromStr for Gib {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        SIZES.read(text).map(Self)
    }
}

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        DURATIONS.read(text).map(Self)
    }
}

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        DAYS_OF.read(text).map(Self)
    }
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        SHARES.read(text).map(Self)
    }
}

fn number_or_text<'de, D, T>(
    deserializer: D,
    kind: &'static Kind,
    new: fn(u32) -> T,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    let refused = |text: &str| serde_untagged::de::Error::custom(kind.refusal(text));
    UntaggedEnumVisitor::new()
        .expecting(kind.expected)
        .i64(move |number| {
            let small = u32::try_from(number).map(new);
            small.map_err(|_| refused(&number.to_string()))
        })
        .f64(move |number| Err(refused(&format!("{number:?}"))))
        .bool(move |on| Err(refused(if on { "true" } else { "false" })))
        .string(move |text| kind.read(text).map(new).map_err(serde_untagged::de::Error::custom))
        .deserialize(deserializer)
}

impl<'de> Deserialize<'de> for Gib {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_or_text(deserializer, &SIZES, Self)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_or_text(deserializer, &DURATIONS, Self)
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_or_text(deserializer, &DAYS_OF, Self)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_or_text(deserializer, &SHARES, Self)
    }
}

fn schema(pattern: &str, example: &str) -> Schema {
    json_schema!({
        "anyOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string", "pattern": pattern },
        ],
        "examples": [example],
    })
}

impl JsonSchema for Gib {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema(r"^\s*(off|[0-9]+\s*([Gg][Ii][Bb]|[Tt][Ii][Bb])?)\s*$", "200 GiB")
    }
}

impl JsonSchema for Seconds {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema(r"^\s*(off|[0-9]+\s*(s|sec|seconds|m|min|minutes|h|hours)?)\s*$", "60s")
    }
}

impl JsonSchema for Days {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Days".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema(r"^\s*(off|[0-9]+\s*(d|days?|weeks?)?)\s*$", "35 days")
    }
}

impl JsonSchema for Percent {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Percent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema(r"^\s*[0-9]+\s*(%|percent)?\s*$", "90%")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: FromStr<Err = String> + PartialEq + std::fmt::Debug>(text: &str, wanted: T) {
        assert_eq!(text.parse::<T>(), Ok(wanted));
    }

    #[test]
    fn units_are_understood() {
        check("200 GiB", Gib(200));
        check("1 TiB", Gib(1024));
        check("200gib", Gib(200));
        check("off", Gib(0));
        check("60s", Seconds(60));
        check("5 min", Seconds(300));
        check("1 h", Seconds(3600));
        check("35 days", Days(35));
        check("1 week", Days(7));
        check("90%", Percent(90));
        check("200", Gib(200));
        check(" 2 tib ", Gib(2048));
        check("Off", Days(0));
        check("7 sec", Seconds(7));
        check("7 seconds", Seconds(7));
        check("2m", Seconds(120));
        check("2 minutes", Seconds(120));
        check("2 hours", Seconds(7200));
        check("3d", Days(3));
        check("1 day", Days(1));
        check("2 weeks", Days(14));
        check("90 percent", Percent(90));
    }

    /// Checks what is offered instead of a text, if anything is.
    #[track_caller]
    fn offers<T: FromStr<Err = String> + std::fmt::Debug>(text: &str, wanted: Option<&str>) {
        let error = text.parse::<T>().unwrap_err();
        let offer = error.split_once(": write ").map(|(_, offer)| offer.trim_matches('"'));
        assert_eq!(offer, wanted, "{error}");
        assert!(offer.is_none_or(|offer| offer.parse::<T>().is_ok()), "{error}");
        assert!(error.starts_with(&format!("`{text}` is not ")), "{error}");
    }

    #[test]
    fn other_units_lead_to_the_right_ones() {
        for (text, offer) in [
            ("200 GB", "200 GiB"),
            ("200GB", "200 GiB"),
            ("100Gi", "100 GiB"),
            ("100G", "100 GiB"),
            ("100 gigabytes", "100 GiB"),
            ("1 TB", "1 TiB"),
            ("1.5 TiB", "1536 GiB"),
            ("0.5 TiB", "512 GiB"),
            ("100.0 GiB", "100 GiB"),
            ("100.0", "100 GiB"),
            ("2048 MiB", "2 GiB"),
            ("1,000 GB", "1000 GiB"),
            ("1_000 GB", "1000 GiB"),
            ("none", "off"),
            ("false", "off"),
        ] {
            offers::<Gib>(text, Some(offer));
        }
        for (text, offer) in [
            ("1 minute", "1 min"),
            ("30 mins", "30 min"),
            ("1 hour", "1 h"),
            ("2 hrs", "2 h"),
            ("1 d", "24 h"),
            ("1.5 h", "90 min"),
            ("1h30m", "5400s"),
            ("1 h 30 min", "5400s"),
            ("PT5M", "300s"),
            ("5000 ms", "5s"),
            ("60.0", "60s"),
            ("Never", "off"),
        ] {
            offers::<Seconds>(text, Some(offer));
        }
        for (text, offer) in [
            ("168 h", "7 days"),
            ("1 month", "30 days"),
            ("1 year", "365 days"),
            ("2w", "14 days"),
            ("P7D", "7 days"),
            ("7.0", "7 days"),
            ("disabled", "off"),
        ] {
            offers::<Days>(text, Some(offer));
        }
        for (text, offer) in [
            ("0.9", "90%"),
            ("90 pct", "90%"),
            ("90.0 %", "90%"),
            ("90.0", "90%"),
            ("90 per cent", "90%"),
        ] {
            offers::<Percent>(text, Some(offer));
        }
    }

    #[test]
    fn what_nobody_can_tell_is_offered_nothing() {
        for text in ["200 MiB", "1.3 TiB", "1.TiB1", ".5 TiB", "200 parsecs", "-5", "", "many"] {
            offers::<Gib>(text, None);
        }
        for text in ["99999999999999999999", "5 fortnights", "1h30", "250 ms", "true"] {
            offers::<Seconds>(text, None);
        }
        offers::<Days>("12 h", None);
        offers::<Percent>("none", None);
        assert!("18446744073709551615 TiB".parse::<Gib>().is_err());
        assert!("".parse::<Percent>().is_err());
        // 4 TiB of bytes fit a number of 32 bits; GiB are counted.
        check("4194303 TiB", Gib(4_294_966_272));
        assert!("4194304 TiB".parse::<Gib>().is_err());
    }
}
