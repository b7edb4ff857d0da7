//! What happens on Ctrl-C and SIGTERM while an apply runs.

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
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return pending().await;
    };
    either(&mut interrupt, &mut terminate).await;
    stop.ask();
    account.hurry();
    output::remark(
        "stopping: no further call is made; AWS goes on by itself with what it accepted\n\
         (once more to end at once)\n",
    );
    let exit = either(&mut interrupt, &mut terminate).await;
    std::process::exit(exit.code().into());
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) -> Exit {
    tokio::select! {
        _ = interrupt.recv() => Exit::Interrupted,
        _ = terminate.recv() => Exit::Terminated,
    }
}
