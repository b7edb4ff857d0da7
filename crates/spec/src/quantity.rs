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

/// Splits `200 GiB` into the number and the unit.
pub(crate) fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = text[..end].parse().ok()?;
    Some((number, text[end..].trim()))
}

/// Reads a number with one of the units, each with its size in the base unit.
fn measure(text: &str, units: &[(&str, u64)], expected: &str) -> Result<u32, String> {
    if text.trim().eq_ignore_ascii_case("off") {
        return Ok(0);
    }
    let wrong = || format!("`{text}` is not {expected}");
    let (number, unit) = split(text).ok_or_else(wrong)?;
    let factor = units
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit))
        .map(|(_, factor)| *factor)
        .ok_or_else(wrong)?;
    number.checked_mul(factor).and_then(|n| u32::try_from(n).ok()).ok_or_else(wrong)
}

impl FromStr for Gib {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit = split(text).map_or("", |(_, unit)| unit);
        if let Some(whole) = fraction(text) {
            return Err(format!("RDS counts in whole GiB: write \"{whole} GiB\""));
        }
        match unit.to_ascii_lowercase().as_str() {
            "gb" | "g" => Err(format!("RDS counts in GiB: write {}", text_in(text, "GiB"))),
            "tb" | "t" => Err(format!("RDS counts in GiB: write {}", text_in(text, "TiB"))),
            "mib" | "mb" | "m" => Err(format!("RDS counts in whole GiB, `{text}` is not {SIZE}")),
            _ => measure(text, &[("", 1), ("gib", 1), ("tib", 1024)], SIZE).map(Self),
        }
    }
}

/// The whole number of GiB that a fraction of a TiB is, such as 1536 for `1.5 TiB`.
fn fraction(text: &str) -> Option<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let (whole, places) = lower.strip_suffix("tib")?.trim_end().split_once('.')?;
    let above = u64::from_str(&format!("{whole}{places}")).ok()?.checked_mul(1024)?;
    let below = 10_u64.checked_pow(u32::try_from(places.len()).ok()?)?;
    (!whole.is_empty() && above % below == 0).then_some(above / below)
}

fn text_in(text: &str, unit: &str) -> String {
    split(text).map_or_else(String::new, |(number, _)| format!("\"{number} {unit}\""))
}

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let units = [
            ("", 1),
            ("s", 1),
            ("sec", 1),
            ("seconds", 1),
            ("m", 60),
            ("min", 60),
            ("minutes", 60),
            ("h", 3600),
            ("hours", 3600),
        ];
        measure(text, &units, DURATION).map(Self)
    }
}

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let units = [("", 1), ("d", 1), ("day", 1), ("days", 1), ("weeks", 7), ("week", 7)];
        measure(text, &units, DAYS).map(Self)
    }
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        measure(text, &[("", 1), ("%", 1), ("percent", 1)], SHARE).map(Self)
    }
}

fn number_or_text<'de, D, T>(
    deserializer: D,
    expected: &'static str,
    new: fn(u32) -> T,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = String>,
{
    UntaggedEnumVisitor::new()
        .expecting(expected)
        .i64(|number| {
            u32::try_from(number).map(new).map_err(|_| {
                serde_untagged::de::Error::custom(format!("`{number}` is not {expected}"))
            })
        })
        .string(|text| text.parse().map_err(serde_untagged::de::Error::custom))
        .deserialize(deserializer)
}

impl<'de> Deserialize<'de> for Gib {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_or_text(deserializer, SIZE, Self)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_or_text(deserializer, DURATION, Self)
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_or_text(deserializer, DAYS, Self)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_or_text(deserializer, SHARE, Self)
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

    #[test]
    fn wrong_units_say_what_to_write() {
        let error = "200 GB".parse::<Gib>().unwrap_err();
        assert_eq!(error, "RDS counts in GiB: write \"200 GiB\"");
        let error = "1 TB".parse::<Gib>().unwrap_err();
        assert_eq!(error, "RDS counts in GiB: write \"1 TiB\"");
        let error = "200 MiB".parse::<Gib>().unwrap_err();
        assert!(error.starts_with("RDS counts in whole GiB"), "{error}");
        let error = "1.5 TiB".parse::<Gib>().unwrap_err();
        assert_eq!(error, "RDS counts in whole GiB: write \"1536 GiB\"");
        assert!("1.3 TiB".parse::<Gib>().unwrap_err().contains("is not a size"));
        assert!("1.TiB".parse::<Gib>().is_err() && ".5 TiB".parse::<Gib>().is_err());
        assert!("200 parsecs".parse::<Gib>().unwrap_err().contains("is not a size"));
        assert!("99999999999999999999".parse::<Seconds>().is_err());
        assert!("18446744073709551615 TiB".parse::<Gib>().is_err());
        assert!("".parse::<Percent>().is_err());
        // 4 TiB of bytes fit a number of 32 bits; GiB are counted.
        check("4194303 TiB", Gib(4_294_966_272));
        assert!("4194304 TiB".parse::<Gib>().is_err());
    }
}
