//! True time, which passes for all machines at once: whoever sleeps is woken in turn.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use jiff::Timestamp;
use pgha_sim::Sim;

/// The account's clock and everybody who waits for it.
pub(super) struct Time<'a> {
    sim: &'a Sim,
    sleepers: RefCell<Vec<(Timestamp, Waker)>>,
}

impl<'a> Time<'a> {
    pub(super) fn new(sim: &'a Sim) -> Self {
        Self { sim, sleepers: RefCell::default() }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.sim.now()
    }

    /// So long after now.
    pub(super) fn after(&self, duration: Duration) -> Timestamp {
        self.now().checked_add(duration).unwrap_or(Timestamp::MAX)
    }

    /// Comes back when so much time has passed.
    pub(super) fn sleep(&self, duration: Duration) -> Sleep<'_, 'a> {
        Sleep { time: self, until: self.after(duration) }
    }

    /// Lets time pass until the next sleeper wakes; `false` if nobody sleeps.
    pub(super) fn pass(&self) -> bool {
        let mut sleepers = self.sleepers.borrow_mut();
        let Some(next) = sleepers.iter().map(|(until, _)| *until).min() else { return false };
        let wait = Duration::try_from(next.duration_since(self.now())).unwrap_or_default();
        self.sim.advance(wait);
        let now = self.now();
        sleepers.extract_if(.., |(until, _)| *until <= now).for_each(|(_, waker)| waker.wake());
        true
    }
}

/// A sleep that ends by itself.
pub(super) struct Sleep<'t, 'a> {
    time: &'t Time<'a>,
    until: Timestamp,
}

impl Future for Sleep<'_, '_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.time.now() >= self.until {
            return Poll::Ready(());
        }
        self.time.sleepers.borrow_mut().push((self.until, context.waker().clone()));
        Poll::Pending
    }
}
