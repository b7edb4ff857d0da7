//! What happens on Ctrl-C, SIGTERM and SIGHUP while an apply runs, from the moment on in which it
//! asks for the lock: a pipeline is cancelled, a terminal is closed.

use std::convert::Infallible;
use std::future::pending;

use pgha_apply::Stop;
use tokio::signal::unix::Signal;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

use crate::account::Account;
use crate::exit::Exit;
use crate::output;

/// The first signal asks the apply to stop, the second ends the process at once.
pub async fn watch(stop: &Stop, account: &Account) -> Infallible {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [Ok(interrupt), Ok(terminate), Ok(hangup)] = kinds.map(signal) else {
        return pending().await;
    };
    let mut signals = Signals { interrupt, terminate, hangup };
    signals.next().await;
    stop.ask();
    account.hurry();
    output::remark(
        "stopping: no further call is made; AWS goes on by itself with what it accepted\n\
         (once more to end at once)\n",
    );
    let exit = signals.next().await;
    std::process::exit(exit.code().into());
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
            _ = self.hangup.recv() => Exit::HungUp,
        }
    }
}
