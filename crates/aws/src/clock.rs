//! The time, as AWS tells it.
//!
//! A lock in the account ends at a time, and a window opens at one: a machine whose clock is wrong
//! must not take a living lock for a dead one. Every answer has the server's time in its header
//! `Date` (<https://www.rfc-editor.org/rfc/rfc9110#name-date>).

use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use pgha_apply::port::Clock;

/// How far the machine's clock is behind AWS's, in seconds: one process works on one account.
static BEHIND: AtomicI64 = AtomicI64::new(0);

/// Differences up to this many seconds are on the way and in rounding, and are left alone.
const SLACK: i64 = 30;

/// Takes note of the date of an answer. What is no date says nothing.
pub(crate) fn note(date: &str) {
    if let Some(behind) = behind(date, Timestamp::now()) {
        BEHIND.store(behind, Ordering::Relaxed);
    }
}

fn behind(date: &str, now: Timestamp) -> Option<i64> {
    let told = rfc2822::parse(date).ok()?.timestamp();
    let behind = told.as_second() - now.as_second();
    Some(if behind.abs() <= SLACK { 0 } else { behind })
}

/// The time of AWS, which is the machine's as long as the two agree.
#[derive(Debug, Clone, Copy, Default)]
pub struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        let behind = SignedDuration::from_secs(BEHIND.load(Ordering::Relaxed));
        now.checked_add(behind).unwrap_or(now)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_is_set_by_the_answers() {
        let now: Timestamp = "2026-11-28T12:20:00Z".parse().unwrap();
        assert_eq!(behind("Sat, 28 Nov 2026 12:00:00 GMT", now), Some(-1200));
        assert_eq!(behind("Sat, 28 Nov 2026 12:19:45 GMT", now), Some(0));
        assert_eq!(behind("Sat, 28 Nov 2026 12:21:00 GMT", now), Some(60));
        for nonsense in ["", "yesterday", "2026-11-28"] {
            assert_eq!(behind(nonsense, now), None, "{nonsense}");
        }
    }
}
