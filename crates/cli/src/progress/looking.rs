//! How far a long look is, on a terminal.

use indicatif::ProgressBar;

use crate::output;
use crate::progress::drawn::FRAME;

/// A line that moves on stderr until it is dropped, where somebody sees it.
pub struct Looking {
    bar: Option<ProgressBar>,
    done: usize,
    total: usize,
}

impl Looking {
    /// Before the first of so many.
    pub fn new(total: usize) -> Self {
        let bar = output::draws_progress().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(FRAME);
            bar
        });
        Self { bar, done: 0, total }
    }

    /// The next one.
    pub fn at(&mut self, what: &str) {
        self.done += 1;
        let Some(bar) = &self.bar else { return };
        let text = format!("looking at {what} ({} of {})", self.done, self.total);
        bar.set_message(output::harmless(&text).into_owned());
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
