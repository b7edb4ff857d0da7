//! Backup and maintenance windows, in UTC as RDS writes them
//! (docs/aws/instances.md#maintenance-window).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use pgha_resource::window::clock;
use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;

const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
/// RDS refuses shorter windows.
pub(crate) const SHORTEST: u32 = 30;

/// A daily window such as `03:00-04:00`, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Daily {
    /// Minutes since midnight.
    start: u32,
    /// How many minutes it lasts.
    pub(crate) minutes: u32,
}

/// A weekly window such as `sun:04:00-sun:05:00`, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Weekly {
    /// Minutes since the beginning of Monday.
    start: u32,
    /// How many minutes it lasts.
    pub(crate) minutes: u32,
}

impl Daily {
    /// 03:00 to 04:00, before the default maintenance window.
    pub(crate) const DEFAULT: Self = Self { start: 3 * 60, minutes: 60 };
}

impl Weekly {
    /// Sunday 04:00 to 05:00.
    pub(crate) const DEFAULT: Self = Self { start: 6 * DAY + 4 * 60, minutes: 60 };

    /// The same hours some days earlier.
    pub(crate) fn days_earlier(self, days: u32) -> Self {
        let start = (self.start + WEEK - (days % 7) * DAY) % WEEK;
        Self { start, minutes: self.minutes }
    }

    /// Whether the two share a minute in any week.
    pub(crate) fn overlaps(self, daily: Daily) -> bool {
        (0..7).any(|day| meet(self.start, self.minutes, day * DAY + daily.start, daily.minutes))
    }
}

/// Whether two stretches of the week share a minute, also across its end.
fn meet(one: u32, minutes: u32, other: u32, other_minutes: u32) -> bool {
    let from_one = (other + WEEK - one) % WEEK;
    let from_other = (one + WEEK - other) % WEEK;
    from_one < minutes || from_other < other_minutes
}

fn stretch(text: &str) -> Option<(u32, u32)> {
    let (start, end) = text.split_once('-')?;
    let (start, end) = (clock(start.trim())?, clock(end.trim())?);
    Some((start, (end + DAY - start) % DAY))
}

impl FromStr for Daily {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        stretch(text).map(|(start, minutes)| Self { start, minutes }).ok_or_else(|| {
            let refused = format!("`{text}` is not a daily window in UTC such as \"03:00-04:00\"");
            offering(refused, loosely(text).and_then(|ends| Self::meant(&ends)))
        })
    }
}

/// What is said of a text that is no window, with the window that it was meant as.
fn offering(refused: String, meant: Option<String>) -> String {
    match meant {
        Some(meant) => format!("{refused}: write \"{meant}\""),
        None => refused,
    }
}

/// A day of the week, if one is named, and a minute of the day.
type Moment = (Option<u32>, u32);

/// The two ends of a window in other words: `Sunday 4:00 to 5:30 UTC`, `10pm - 11pm`.
fn loosely(text: &str) -> Option<[Moment; 2]> {
    let mut plain = text.to_ascii_lowercase().replace(['–', '—'], "-");
    for (word, instead) in [(" to ", "-"), (" until ", "-"), ("utc", " "), ("gmt", " ")] {
        plain = plain.replace(word, instead);
    }
    let (start, end) = plain.split_once('-')?;
    Some([moment(start)?, moment(end)?])
}

fn moment(text: &str) -> Option<Moment> {
    let mut day = None;
    let mut numbers = Vec::new();
    let mut noon = None;
    for word in text.split([' ', ':', ',', '.', 'z']).filter(|word| !word.is_empty()) {
        let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
        let (digits, rest) = word.split_at(end);
        if !digits.is_empty() {
            numbers.push(digits.parse::<u32>().ok()?);
        }
        match rest {
            "" | "h" => {}
            "am" => noon = Some(0),
            "pm" => noon = Some(12),
            name if digits.is_empty() && day.is_none() && numbers.is_empty() => {
                let is_it = |full: &&str| name.len() >= 3 && full.starts_with(name);
                day = Some(DAYS.iter().position(is_it)?);
            }
            _ => return None,
        }
    }
    let (hours, minutes) = match numbers[..] {
        [hours] => (hours, 0),
        [hours, minutes] | [hours, minutes, 0] => (hours, minutes),
        _ => return None,
    };
    let hours = match noon {
        Some(noon) if (1..=12).contains(&hours) => hours % 12 + noon,
        Some(_) => return None,
        // The end of a day is the beginning of the next.
        None => hours,
    };
    let is_time = minutes < 60 && (hours < 24 || (hours == 24 && minutes == 0));
    let day = day.and_then(|day| u32::try_from(day).ok());
    is_time.then_some((day, hours * 60 + minutes))
}

impl Daily {
    fn meant(ends: &[Moment; 2]) -> Option<String> {
        let [(None, start), (None, end)] = *ends else { return None };
        Some(Self { start, minutes: (end + DAY - start % DAY) % DAY }.to_string())
    }
}

impl Weekly {
    fn meant(ends: &[Moment; 2]) -> Option<String> {
        let [(Some(day), start), (end_day, end)] = *ends else { return None };
        let end_day = end_day.unwrap_or(if end < start { day + 1 } else { day });
        let (start, end) = (day * DAY + start, end_day * DAY + end);
        let minutes = (end + WEEK - start % WEEK) % WEEK;
        Some(Self { start: start % WEEK, minutes }.to_string())
    }
}

impl FromStr for Weekly {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let window: pgha_resource::Weekly = text.parse().map_err(|refused| {
            offering(refused, loosely(text).and_then(|ends| Self::meant(&ends)))
        })?;
        Ok(Self { start: window.start, minutes: window.minutes })
    }
}

impl TryFrom<String> for Daily {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for Weekly {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Daily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = (self.start + self.minutes) % DAY;
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            self.start / 60 % 24,
            self.start % 60,
            end / 60,
            end % 60
        )
    }
}

impl From<Weekly> for pgha_resource::Weekly {
    fn from(window: Weekly) -> Self {
        Self { start: window.start, minutes: window.minutes }
    }
}

impl fmt::Display for Weekly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&pgha_resource::Weekly::from(*self), f)
    }
}

impl JsonSchema for Daily {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "DailyWindow".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^\s*[0-2][0-9]:[0-5][0-9]\s*-\s*[0-2][0-9]:[0-5][0-9]\s*$",
            "examples": ["03:00-04:00", "13:00-13:30"],
        })
    }
}

impl JsonSchema for Weekly {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "WeeklyWindow".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^\s*[A-Za-z]{3}:[0-2][0-9]:[0-5][0-9]\s*-\s*[A-Za-z]{3}:[0-2][0-9]:[0-5][0-9]\s*$",
            "examples": ["sun:04:00-sun:05:00", "wed:16:00-wed:16:30"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_overlap(weekly: &str, daily: &str, overlap: bool) {
        let weekly: Weekly = weekly.parse().unwrap();
        assert_eq!(weekly.overlaps(daily.parse().unwrap()), overlap);
    }

    #[test]
    fn windows_in_other_words_lead_to_the_right_ones() {
        let offer =
            |error: String| error.split_once(": write ").map(|(_, offer)| offer.to_string());
        for (text, wanted) in [
            ("3:00-4:00", "03:00-04:00"),
            ("03:00 to 04:00", "03:00-04:00"),
            ("03:00–04:00 UTC", "03:00-04:00"),
            ("03:00Z-04:00Z", "03:00-04:00"),
            ("10pm-11:30pm", "22:00-23:30"),
            ("12am - 1am", "00:00-01:00"),
            ("23:00-24:00", "23:00-00:00"),
            ("3-4", "03:00-04:00"),
        ] {
            let found = offer(text.parse::<Daily>().unwrap_err());
            assert_eq!(found.as_deref(), Some(&*format!("\"{wanted}\"")), "{text}");
            assert!(wanted.parse::<Daily>().is_ok());
        }
        for (text, wanted) in [
            ("sun:4:00-sun:5:00", "sun:04:00-sun:05:00"),
            ("Sunday 04:00-05:00", "sun:04:00-sun:05:00"),
            ("Sunday:04:00-Sunday:05:00", "sun:04:00-sun:05:00"),
            ("sat 11pm to 1am", "sat:23:00-sun:01:00"),
            ("sun:23:30-00:30", "sun:23:30-mon:00:30"),
            ("mon:23:00-mon:24:00", "mon:23:00-tue:00:00"),
        ] {
            let found = offer(text.parse::<Weekly>().unwrap_err());
            assert_eq!(found.as_deref(), Some(&*format!("\"{wanted}\"")), "{text}");
            assert!(wanted.parse::<Weekly>().is_ok());
        }
        for text in ["04:00-05:00", "sunday 4am", "su:04:00-su:05:00", "sun:25:00-sun:26:00", "-"] {
            assert_eq!(offer(text.parse::<Weekly>().unwrap_err()), None, "{text}");
        }
        for text in ["sun:04:00-sun:05:00", "3am-13pm", "3:61-4:00", "3:00:01-4", "daily", ""] {
            assert_eq!(offer(text.parse::<Daily>().unwrap_err()), None, "{text}");
        }
    }

    #[test]
    fn windows_print_as_rds_writes_them() {
        for text in ["sun:04:00-sun:05:00", "sun:23:30-mon:00:30"] {
            assert_eq!(text.parse::<Weekly>().unwrap().to_string(), text);
        }
        assert_eq!("Sun:04:00-Sun:05:00".parse::<Weekly>().unwrap(), Weekly::DEFAULT);
        assert_eq!("23:30-00:30".parse::<Daily>().unwrap().to_string(), "23:30-00:30");
        assert!("4:00-5:00".parse::<Daily>().is_err());
        assert!("25:00-26:00".parse::<Daily>().is_err());
        assert_eq!("00:00-23:59".parse::<Daily>().unwrap().to_string(), "00:00-23:59");
        for text in ["24:00-01:00", "03:60-05:00", "003:00-04:00", "+3:00-04:00", "03:0-04:00"] {
            assert!(text.parse::<Daily>().is_err(), "{text}");
        }
        assert!("xyz:04:00-sun:05:00".parse::<Weekly>().is_err());
    }

    #[test]
    fn overlaps_are_found_across_midnight_and_the_end_of_the_week() {
        check_overlap("sun:04:00-sun:05:00", "03:00-04:00", false);
        check_overlap("sun:04:00-sun:05:00", "03:00-04:01", true);
        check_overlap("sun:23:30-mon:00:30", "00:00-00:30", true);
        check_overlap("mon:00:00-mon:00:30", "23:45-00:15", true);
        check_overlap("mon:00:30-mon:01:00", "23:45-00:15", false);
        check_overlap("sun:04:00-sun:05:00", "05:00-06:00", false);
        check_overlap("sun:04:00-sun:05:00", "04:59-06:00", true);
        check_overlap("sun:23:00-mon:00:00", "00:00-01:00", false);
        check_overlap("wed:04:00-wed:05:00", "04:15-04:45", true);
        check_overlap("wed:04:15-wed:04:45", "04:00-05:00", true);
    }

    #[test]
    fn shifting_keeps_the_hours() {
        assert_eq!(Weekly::DEFAULT.days_earlier(1).to_string(), "sat:04:00-sat:05:00");
        assert_eq!(Weekly::DEFAULT.days_earlier(6).to_string(), "mon:04:00-mon:05:00");
        assert_eq!(Weekly::DEFAULT.days_earlier(7), Weekly::DEFAULT);
        let monday: Weekly = "mon:00:00-mon:00:30".parse().unwrap();
        assert_eq!(monday.days_earlier(1).to_string(), "sun:00:00-sun:00:30");
    }

    #[test]
    fn the_defaults_are_the_documented_ones() {
        assert_eq!(Daily::DEFAULT, "03:00-04:00".parse().unwrap());
        assert_eq!(Weekly::DEFAULT, "sun:04:00-sun:05:00".parse().unwrap());
    }

    #[test]
    fn the_length_is_counted_across_midnight_and_the_end_of_the_week() {
        let daily = |text: &str| text.parse::<Daily>().unwrap().minutes;
        assert_eq!((daily("03:00-04:30"), daily("23:30-00:15")), (90, 45));
        let weekly = |text: &str| text.parse::<Weekly>().unwrap().minutes;
        assert_eq!(weekly("mon:04:00-tue:04:00"), 24 * 60);
        assert_eq!(weekly("sun:23:30-mon:00:15"), 45);
    }
}
