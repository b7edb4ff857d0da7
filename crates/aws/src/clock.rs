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

/// The latest date that any answer had, in seconds since 1970.
static LATEST: AtomicI64 = AtomicI64::new(i64::MIN);

/// Differences up to this many seconds are in rounding, and are left alone.
const SLACK: i64 = 30;

/// Takes note of the date of an answer to a question that was sent at a time of this machine.
/// What is no date says nothing.
pub(crate) fn note(date: &str, sent: Timestamp) {
    let Ok(told) = rfc2822::parse(date) else { return };
    if !is_plausible(date) {
        return;
    }
    let told = told.timestamp().as_second();
    // An answer may have waited in the socket while others came.
    if LATEST.fetch_max(told, Ordering::Relaxed) > told {
        return;
    }
    let before = BEHIND.load(Ordering::Relaxed);
    let after = behind(before, told, sent.as_second(), Timestamp::now().as_second());
    BEHIND.store(after, Ordering::Relaxed);
}

/// Whether a date can be the time of anybody's answer. A machine's own clock may be years off,
/// which an answer is there to tell.
pub(crate) fn is_plausible(date: &str) -> bool {
    let years = 2020..2200;
    rfc2822::parse(date).is_ok_and(|told| years.contains(&told.year()))
}

/// How far the clock is behind after an answer, in seconds. It was given after the question was
/// sent and before it was read, so that a process which stood still in between learns little:
/// what is known stays where the answer does not contradict it.
fn behind(known: i64, told: i64, sent: i64, read: i64) -> i64 {
    let (least, most) = (told - read, told - sent);
    if (least - SLACK..=most + SLACK).contains(&known) {
        return known;
    }
    known.clamp(least.min(most), most)
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

    #[track_caller]
    fn check(known: i64, told: i64, sent: i64, read: i64, behind_then: i64) {
        assert_eq!(behind(known, told, sent, read), behind_then);
    }

    #[test]
    fn a_clock_that_is_wrong_is_set_by_the_answers() {
        // Twenty minutes ahead, one behind, and as good as right.
        check(0, 1000, 2200, 2201, -1200);
        check(0, 1060, 1000, 1000, 60);
        check(0, 1015, 1000, 1001, 0);
        // What is known and fits stays, also where nothing known would fit as well.
        check(-1200, 1000, 2200, 2201, -1200);
        check(-1200, 1000, 1000, 2300, -1200);
        // Somebody set the clock right.
        check(-1200, 3000, 3000, 3001, -1);
    }

    #[test]
    fn an_answer_that_waited_in_the_socket_sets_no_clock_back() {
        check(0, 1000, 1000, 2200, 0);
        check(60, 1060, 1000, 2200, 60);
        // It still tells that the clock is wrong by more than the wait explains.
        check(0, 1000, 5000, 6200, -4000);
    }

    #[test]
    fn what_is_no_date_and_what_is_old_says_nothing() {
        let now = Timestamp::now();
        let end = "Fri, 31 Dec 9999 23:59:59 GMT";
        for nonsense in ["", "yesterday", "2026-11-28", end, "Thu, 01 Jan 1970 00:00:00 GMT"] {
            assert!(!is_plausible(nonsense), "{nonsense}");
            note(nonsense, now);
        }
        assert_eq!(BEHIND.load(Ordering::Relaxed), 0);
        note("Fri, 01 Jan 2100 00:00:00 GMT", now);
        let known = BEHIND.load(Ordering::Relaxed);
        assert!(known > 0);
        note("Sat, 28 Nov 2026 12:00:00 GMT", now);
        assert_eq!(BEHIND.load(Ordering::Relaxed), known);
        BEHIND.store(0, Ordering::Relaxed);
    }
}
