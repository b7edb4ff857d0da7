//! A record of every mutating call, written before the call is made and after it ended.
//!
//! One JSON object a line, appended: after a kill, a call with a beginning and no end is what
//! the run was doing. A call whose beginning cannot be written is not made.

use std::cell::Cell;

use jiff::Timestamp;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Live;
use pgha_resource::Operation;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Identity;
use pgha_resource::live::ReadError;
use pgha_resource::offer::{Offers, Questions};
use serde::Deserialize;
use serde::Serialize;

use crate::port::CallError;
use crate::port::Clock;
use crate::port::Execute;
use crate::port::Observe;
use crate::port::Receipt;
use crate::port::Wanted;

/// Where lines go. A line is safe once `append` has returned.
pub trait Lines {
    /// Appends one line, which has no line break in it.
    fn append(&self, line: &str) -> std::io::Result<()>;
}

/// What happened to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum What {
    /// It is about to be made.
    Calling,
    /// AWS accepted it.
    Accepted {
        /// AWS's request id.
        request_id: Option<String>,
    },
    /// It failed, or nobody knows.
    Failed {
        /// What kind of failure it was.
        class: ErrorClass,
        /// AWS's code.
        code: String,
        /// AWS's request id.
        request_id: Option<String>,
    },
}

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, on the account's clock.
    pub at: Timestamp,
    /// Which run: all of its lines carry the same text.
    pub run: String,
    /// The number of the call within the run, from 1.
    pub call: u32,
    /// Whom it changes.
    pub address: Address,
    /// The API call.
    pub operation: Operation,
    /// What happened to it.
    #[serde(flatten)]
    pub what: What,
}

/// The calls of the last run that began and never ended.
pub fn unfinished(journal: &str) -> Vec<Entry> {
    // A line that was cut off by a crash is no line.
    let entries: Vec<Entry> =
        journal.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let Some(last) = entries.last().map(|entry| entry.run.clone()) else { return Vec::new() };
    let run: Vec<Entry> = entries.into_iter().filter(|entry| entry.run == last).collect();
    let ended = |call| run.iter().any(|entry| entry.call == call && entry.what != What::Calling);
    run.iter().filter(|entry| !ended(entry.call)).cloned().collect()
}

/// An account whose every change is written down.
pub struct Journaled<'a, A> {
    account: &'a A,
    lines: &'a dyn Lines,
    run: String,
    calls: Cell<u32>,
}

impl<'a, A: Execute + Clock> Journaled<'a, A> {
    /// Writes the calls made through it to `lines`, under the name `run`.
    pub fn new(account: &'a A, lines: &'a dyn Lines, run: String) -> Self {
        Self { account, lines, run, calls: Cell::new(0) }
    }

    fn write(&self, call: &Call, number: u32, what: What) -> Result<(), CallError> {
        let entry = Entry {
            at: self.account.now(),
            run: self.run.clone(),
            call: number,
            address: call.address.clone(),
            operation: call.operation,
            what,
        };
        let line = serde_json::to_string(&entry)
            .map_err(std::io::Error::other)
            .and_then(|line| self.lines.append(&line));
        line.map_err(|error| CallError {
            class: ErrorClass::Invalid,
            code: "JournalNotWritten".into(),
            message: format!("the call was not made: the journal cannot be written: {error}"),
            request_id: None,
        })
    }
}

impl<A: Observe> Observe for Journaled<'_, A> {
    async fn identity(&self) -> Result<Identity, ReadError> {
        self.account.identity().await
    }

    async fn observe(&self, wanted: &Wanted) -> Live {
        self.account.observe(wanted).await
    }

    async fn ask(&self, questions: &Questions) -> Offers {
        self.account.ask(questions).await
    }
}

impl<A: Execute + Clock> Execute for Journaled<'_, A> {
    async fn execute(&self, call: &Call) -> Result<Receipt, CallError> {
        let number = self.calls.get() + 1;
        self.calls.set(number);
        self.write(call, number, What::Calling)?;
        let answer = self.account.execute(call).await;
        let what = match &answer {
            Ok(receipt) => What::Accepted { request_id: receipt.request_id.clone() },
            Err(error) => What::Failed {
                class: error.class,
                code: error.code.clone(),
                request_id: error.request_id.clone(),
            },
        };
        // The call was made: its answer counts even if it cannot be written down.
        let _ = self.write(call, number, what);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(run: &str, call: u32, what: What) -> String {
        let entry = Entry {
            at: Timestamp::UNIX_EPOCH,
            run: run.into(),
            call,
            address: "db-instance/orders-primary".parse().unwrap(),
            operation: Operation::ModifyDBInstance,
            what,
        };
        serde_json::to_string(&entry).unwrap() + "\n"
    }

    #[test]
    fn what_the_last_run_was_doing_is_what_began_and_never_ended() {
        let accepted = What::Accepted { request_id: None };
        let journal = line("a", 1, What::Calling)
            + &line("b", 1, What::Calling)
            + &line("b", 1, accepted)
            + &line("b", 2, What::Calling)
            + "{\"at\": \"cut o";
        let calls: Vec<u32> = unfinished(&journal).iter().map(|entry| entry.call).collect();
        assert_eq!(calls, [2]);
        assert!(unfinished("").is_empty());
    }
}
