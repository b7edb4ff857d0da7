//! The wall clock.

use std::time::Duration;

use jiff::Timestamp;
use pgha_apply::port::Clock;

/// The time of the machine that pgha runs on.
#[derive(Debug, Clone, Copy, Default)]
pub struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
