//! Backup windows (daily) and maintenance windows (weekly), in UTC
//! (docs/aws/instances.md#maintenance-window).

use std::time::Duration;

use jiff::Timestamp;

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The shortest window RDS takes, in minutes.
const SHORTEST: u32 = 30;

/// A stretch of minutes that comes again every `cycle` minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    start: u32,
    length: u32,
    cycle: u32,
}

impl Window {
    /// `sun:04:00-sun:05:00`, at least half an hour and less than a day long.
    pub fn weekly(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let window = Self::between(weekly_minute(from)?, weekly_minute(to)?, WEEK);
        (window.length >= SHORTEST && window.length < DAY).then_some(window)
    }

    /// `03:00-04:00`, at least half an hour long.
    pub fn daily(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let window = Self::between(minute(from)?, minute(to)?, DAY);
        (window.length >= SHORTEST).then_some(window)
    }

    fn between(start: u32, end: u32, cycle: u32) -> Self {
        Self { start, length: (end + cycle - start) % cycle, cycle }
    }

    /// Whether this weekly window and a daily one have a minute in common.
    pub fn overlaps(self, daily: Self) -> bool {
        (0..7).any(|day| {
            let other = daily.start + day * DAY;
            let (ahead, behind) =
                ((other + WEEK - self.start) % WEEK, (self.start + WEEK - other) % WEEK);
            ahead < self.length || behind < daily.length
        })
    }

    /// Whether a moment lies in the window with so many minutes to spare.
    pub fn contains(self, moment: Timestamp, spare: u32) -> bool {
        let into = (minute_of_week(moment) % self.cycle + self.cycle - self.start) % self.cycle;
        into + spare <= self.length && into < self.length
    }

    /// When the window opens next, after a moment.
    pub fn next_start(self, after: Timestamp) -> Timestamp {
        let now = minute_of_week(after) % self.cycle;
        let wait = match (self.start + self.cycle - now) % self.cycle {
            0 => self.cycle,
            minutes => minutes,
        };
        let whole_minute = after.as_second().rem_euclid(60).unsigned_abs();
        let wait = Duration::from_secs(u64::from(wait) * 60 - whole_minute);
        after.checked_add(wait).unwrap_or(Timestamp::MAX)
    }
}

fn minute(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn weekly_minute(text: &str) -> Option<u32> {
    let (day, time) = text.split_once(':')?;
    let day = DAYS.iter().position(|d| *d == day)?;
    Some(u32::try_from(day).ok()? * DAY + minute(time)?)
}

/// Minutes since the last Monday began; the epoch was a Thursday.
fn minute_of_week(moment: Timestamp) -> u32 {
    let minutes = moment.as_second().div_euclid(60) + i64::from(3 * DAY);
    u32::try_from(minutes.rem_euclid(i64::from(WEEK))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Saturday.
    fn noon() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    #[track_caller]
    fn check_overlap(weekly: &str, daily: &str, expected: bool) {
        let (weekly, daily) = (Window::weekly(weekly).unwrap(), Window::daily(daily).unwrap());
        assert_eq!(weekly.overlaps(daily), expected);
    }

    #[test]
    fn windows_are_half_an_hour_at_least() {
        assert!(Window::weekly("sun:04:00-sun:05:00").is_some());
        assert!(Window::weekly("sun:23:45-mon:00:15").is_some());
        for bad in
            ["sun:04:00-sun:04:29", "04:00-05:00", "xxx:04:00-sun:05:00", "sun:25:00-sun:26:00"]
        {
            assert_eq!(Window::weekly(bad), None, "{bad}");
        }
        assert_eq!(Window::daily("03:00-03:20"), None);
    }

    #[test]
    fn overlaps_are_found_across_midnight_and_week_end() {
        check_overlap("sun:04:00-sun:05:00", "03:00-04:00", false);
        check_overlap("sun:04:00-sun:05:00", "04:30-05:30", true);
        check_overlap("sun:23:30-mon:00:30", "00:00-01:00", true);
        check_overlap("mon:02:00-mon:03:00", "23:30-00:30", false);
        check_overlap("mon:00:00-mon:01:00", "23:30-00:30", true);
    }

    #[test]
    fn the_next_window_is_after_now() {
        let window = Window::weekly("sun:04:00-sun:05:00").unwrap();
        assert_eq!(window.next_start(noon()).to_string(), "2026-11-22T04:00:00Z");
        let open: Timestamp = "2026-11-22T04:10:00Z".parse().unwrap();
        assert!(window.contains(open, 30));
        assert!(!window.contains(open, 55));
        assert_eq!(window.next_start(open).to_string(), "2026-11-29T04:00:00Z");
    }
}
