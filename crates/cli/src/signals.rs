//! What happens on Ctrl-C, SIGTERM and SIGHUP while an apply runs, from the moment on in which it
//! asks for the lock: a pipeline is cancelled, a terminal is closed.
//!
//! A thread of its own waits for them: a run that computes, or whose output nobody takes, hears
//! nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pgha_apply::Stop;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;

/// Signals are waited for until this is dropped; then one ends the process, as it would have
/// before.
pub struct Watched {
    over: Arc<AtomicBool>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
    }
}

/// The first signal asks the apply to stop and ends its wait, the second ends the process at once.
/// No signal that comes after this has returned is missed.
pub fn watch(stop: &Stop, hurry: Arc<Notify>) -> Result<Watched, CommandError> {
    let failed = |error| CommandError::failed(format!("cannot wait for signals: {error}"));
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let entered = runtime.enter();
    let signals = Signals::new().map_err(failed)?;
    drop(entered);
    let over = Arc::new(AtomicBool::new(false));
    let (stop, is_over) = (stop.clone(), over.clone());
    let wait = move || end_by_signal(&runtime, signals, &stop, &hurry, &is_over);
    std::thread::Builder::new().name("signals".into()).spawn(wait).map_err(failed)?;
    Ok(Watched { over })
}

fn end_by_signal(
    runtime: &Runtime,
    mut signals: Signals,
    stop: &Stop,
    hurry: &Notify,
    over: &AtomicBool,
) {
    let first = runtime.block_on(signals.next());
    if over.load(Ordering::SeqCst) {
        std::process::exit(first.code().into());
    }
    stop.ask();
    hurry.notify_one();
    // Beside the next wait: nobody may be reading, and the second signal counts all the same.
    runtime.spawn_blocking(|| {
        output::remark(
            "stopping: no further call is made; AWS goes on by itself with what it accepted\n\
             (once more to end at once)\n",
        );
    });
    let second = runtime.block_on(signals.next());
    std::process::exit(second.code().into());
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
            _ = self.hangup.recv() => Exit::HungUp,
        }
    }
}
