//! Moments, and the weekly stretch of time in which a cluster may be disrupted.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// 1970 began on a Thursday.
const FIRST_DAY: u32 = 3;

/// A moment: seconds since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment(pub i64);

impl Moment {
    /// Minutes since the beginning of Monday, UTC.
    fn minute_of_week(self) -> u32 {
        let minutes = self.0.div_euclid(60) + i64::from(FIRST_DAY * DAY);
        u32::try_from(minutes.rem_euclid(i64::from(WEEK))).unwrap_or_default()
    }

    /// Seconds from an earlier moment to this one.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A weekly stretch such as `sun:04:00-sun:05:00`, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Weekly {
    /// Minutes since the beginning of Monday, less than a week.
    pub start: u32,
    /// How many minutes it lasts.
    pub minutes: u32,
}

impl Weekly {
    /// Whether a moment is in it.
    pub fn contains(self, moment: Moment) -> bool {
        self.contains_minute(moment.minute_of_week())
    }

    /// Whether some moment is in both.
    pub fn overlaps(self, other: Self) -> bool {
        self.contains_minute(other.start) || other.contains_minute(self.start)
    }

    /// Whether some moment is in it and in a daily window such as `23:45-00:15`; never for what is
    /// no such window.
    pub fn meets_daily(self, daily: &str) -> bool {
        let Some((start, end)) = daily.split_once('-') else { return false };
        let (Some(start), Some(end)) = (clock(start.trim()), clock(end.trim())) else {
            return false;
        };
        let minutes = (end + DAY - start) % DAY;
        let mut days = (0..WEEK / DAY).map(|day| Self { start: day * DAY + start, minutes });
        days.any(|day| day.overlaps(self))
    }

    /// Minutes until it begins next, 1 to a whole week: one that has begun begins in a week.
    pub fn next_start(self, after: Moment) -> u32 {
        let minutes = (self.start + WEEK - after.minute_of_week()) % WEEK;
        if minutes == 0 { WEEK } else { minutes }
    }

    fn contains_minute(self, minute: u32) -> bool {
        (minute + WEEK - self.start) % WEEK < self.minutes
    }
}

impl fmt::Display for Weekly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = |at: u32| {
            let at = at % WEEK;
            let day = DAYS.get((at / DAY) as usize).copied().unwrap_or("sun");
            format!("{day}:{:02}:{:02}", at % DAY / 60, at % 60)
        };
        write!(f, "{}-{}", moment(self.start), moment(self.start + self.minutes))
    }
}

/// Minutes since midnight, of a time such as `04:00`.
pub fn clock(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !two(hours) || !two(minutes) {
        return None;
    }
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn day_and_clock(text: &str) -> Option<u32> {
    let (day, time) = text.trim().split_once(':')?;
    let day = DAYS.iter().position(|name| *name == day)?;
    Some(u32::try_from(day).ok()? * DAY + clock(time)?)
}

impl FromStr for Weekly {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is not a weekly window in UTC such as \"sun:04:00-sun:05:00\"");
        let lower = text.to_ascii_lowercase();
        let (start, end) = lower.split_once('-').ok_or_else(wrong)?;
        let minute = |text: &str| day_and_clock(text).ok_or_else(wrong);
        let (start, end) = (minute(start)?, minute(end)?);
        Ok(Self { start, minutes: (end + WEEK - start) % WEEK })
    }
}

impl TryFrom<String> for Weekly {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Weekly> for String {
    fn from(window: Weekly) -> Self {
        window.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_overlap_where_they_share_a_minute() {
        let overlap = |one: &str, other: &str| {
            let windows: [Weekly; 2] = [one.parse().unwrap(), other.parse().unwrap()];
            let [one, other] = windows;
            assert_eq!(one.overlaps(other), other.overlaps(one));
            one.overlaps(other)
        };
        assert!(overlap("sun:04:00-sun:05:00", "sun:04:30-sun:05:30"));
        assert!(overlap("sun:04:00-sun:06:00", "sun:04:30-sun:05:00"));
        assert!(overlap("sun:23:30-mon:00:30", "mon:00:00-mon:01:00"));
        assert!(!overlap("sun:04:00-sun:05:00", "sun:05:00-sun:06:00"));
        assert!(!overlap("sun:04:00-sun:05:00", "mon:04:00-mon:05:00"));
    }

    #[test]
    fn a_weekly_window_meets_a_daily_one_on_its_day() {
        let meets = |weekly: &str, daily: &str| {
            let weekly: Weekly = weekly.parse().unwrap();
            weekly.meets_daily(daily)
        };
        assert!(meets("sun:04:00-sun:05:00", "04:30-05:30"));
        assert!(meets("sun:04:00-sun:05:00", "03:30-04:01"));
        assert!(!meets("sun:04:00-sun:05:00", "05:00-05:30"));
        assert!(!meets("sun:04:00-sun:05:00", "03:30-04:00"));
        assert!(meets("sun:23:30-mon:00:30", "00:00-00:30"));
        assert!(meets("mon:00:00-mon:00:30", "23:45-00:15"));
        assert!(!meets("mon:00:00-mon:00:30", "never"));
        assert!(!meets("mon:00:00-mon:00:30", "25:00-26:00"));
    }

    /// 2026-11-29 was a Sunday.
    const SUNDAY: i64 = 1_795_910_400;

    #[track_caller]
    fn check(window: &str, minutes_into_sunday: i64, expected: bool) {
        let window: Weekly = window.parse().unwrap();
        let moment = Moment(SUNDAY + minutes_into_sunday * 60);
        assert_eq!(window.contains(moment), expected, "{window} at {moment:?}");
    }

    #[test]
    fn a_window_holds_its_first_minute_and_not_the_one_after_its_last() {
        let window = "sun:04:00-sun:05:00";
        check(window, 4 * 60 - 1, false);
        check(window, 4 * 60, true);
        check(window, 5 * 60 - 1, true);
        check(window, 5 * 60, false);
    }

    #[test]
    fn a_window_may_lie_across_the_end_of_the_week() {
        let window = "sun:23:45-mon:00:15";
        check(window, 23 * 60 + 50, true);
        check(window, 24 * 60 + 14, true);
        check(window, 24 * 60 + 15, false);
        check(window, 0, false);
    }

    #[test]
    fn moments_before_1970_are_moments_too() {
        let wednesday: Weekly = "wed:00:00-thu:00:00".parse().unwrap();
        assert!(wednesday.contains(Moment(-1)));
    }

    #[test]
    fn a_window_is_written_as_it_is_read() {
        let window: Weekly = " SUN:23:45 - mon:00:15 ".parse().unwrap();
        assert_eq!(String::from(window), "sun:23:45-mon:00:15");
        for wrong in ["sun:24:00-mon:00:15", "sun-mon", "04:00-05:00", "day:04:00-sun:05:00"] {
            assert!(wrong.parse::<Weekly>().is_err(), "{wrong}");
        }
    }

    /// RDS API, ModifyDBInstance, PreferredMaintenanceWindow: `ddd:hh24:mi-ddd:hh24:mi`
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html>).
    #[test]
    fn a_time_has_two_digits_of_hours_and_two_of_minutes() {
        assert_eq!((clock("00:00"), clock("23:59")), (Some(0), Some(24 * 60 - 1)));
        for wrong in ["4:00", "04:0", "004:00", "+4:00", "04:+5", "04:60", "24:00", "0400"] {
            assert_eq!(clock(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn time_passes_forward() {
        let (earlier, later) = (Moment(-30), Moment(60));
        assert_eq!((later.since(earlier), earlier.since(later)), (90, -90));
    }
}
