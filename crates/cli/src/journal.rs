//! The file in which every change is written down before it is made.

use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use pgha_apply::journal::Entry;
use pgha_apply::journal::Lines;
use pgha_apply::journal::unfinished;

use crate::args::Global;
use crate::error::CommandError;
use crate::masked::masked;
use crate::private;

/// An open journal; each line is on the disk before the next call is made.
pub struct Journal {
    file: File,
    /// Calls of the last run that began and never ended.
    pub unfinished: Vec<Entry>,
}

impl Journal {
    /// Opens the journal of a cluster, beside the sandbox or under `.pgha/` unless `path` says
    /// otherwise.
    pub fn open(path: Option<&Path>, global: &Global, cluster: &str) -> Result<Self, CommandError> {
        let path = match (path, &global.sandbox) {
            (Some(path), _) => path.to_path_buf(),
            (None, Some(sandbox)) => sandbox.with_extension("journal.jsonl"),
            (None, None) => PathBuf::from(format!(".pgha/{cluster}.journal.jsonl")),
        };
        let failed = |error: std::io::Error| {
            CommandError::failed(format!("cannot open the journal {}: {error}", path.display()))
                .hint("nothing was changed; to write it elsewhere: --journal FILE")
        };
        let mut file = private::append(&path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let before = String::from_utf8_lossy(&bytes);
        // A line that a crash cut off must not swallow the next one.
        if !before.is_empty() && !before.ends_with('\n') {
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(Self { file, unfinished: unfinished(&before) })
    }

    /// What the last run was doing when it was cut off, for a person.
    pub fn last_words(&self) -> Option<String> {
        let first = self.unfinished.first()?;
        let calls: Vec<String> = self
            .unfinished
            .iter()
            .map(|entry| format!("{} {}", entry.operation, entry.address))
            .collect();
        Some(format!(
            "the last run, of {}, was cut off during {}: this plan has looked at what became of it",
            first.run,
            calls.join(", ")
        ))
    }
}

impl Lines for Journal {
    fn append(&self, line: &str) -> std::io::Result<()> {
        (&self.file).write_all(format!("{}\n", masked(line)).as_bytes())?;
        self.file.sync_data()
    }
}
