//! The file in which every change is written down before it is made.

use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use pgha_apply::journal::Entry;
use pgha_apply::journal::Lines;
use pgha_apply::journal::unfinished;

use crate::args::Global;
use crate::error::CommandError;
use crate::kept;
use crate::private;
use pgha_resource::endpoint::masked;

/// An open journal; each line is on the disk before the next call is made.
pub struct Journal {
    file: File,
    /// Calls of the last run that began and never ended.
    pub unfinished: Vec<Entry>,
}

impl Journal {
    fn path(path: Option<&Path>, global: &Global, cluster: &str) -> PathBuf {
        match (path, &global.sandbox) {
            (Some(path), _) => path.to_path_buf(),
            (None, Some(sandbox)) => sandbox.with_extension("journal.jsonl"),
            (None, None) => PathBuf::from(format!(".pgha/{cluster}.journal.jsonl")),
        }
    }

    /// Refuses a name that stands for a file of another kind, before anything is done.
    pub fn check(path: Option<&Path>, global: &Global, cluster: &str) -> Result<(), CommandError> {
        let path = Self::path(path, global, cluster);
        let is_other = |text: &String| !text.is_empty() && !is_journal(text);
        match path.is_file() && kept::beginning(&path, LINE).ok().as_ref().is_some_and(is_other) {
            true => Err(kept::refused(&path, "the journal", "journal")
                .hint("nothing was changed; to write it elsewhere: --journal FILE")),
            false => Ok(()),
        }
    }

    /// Opens the journal of a cluster, beside the sandbox or under `.pgha/` unless `path` says
    /// otherwise.
    pub fn open(path: Option<&Path>, global: &Global, cluster: &str) -> Result<Self, CommandError> {
        Self::check(path, global, cluster)?;
        let path = Self::path(path, global, cluster);
        let failed = |error: std::io::Error| {
            CommandError::failed(format!("cannot open the journal {}: {error}", path.display()))
                .hint("nothing was changed; to write it elsewhere: --journal FILE")
        };
        let mut file = private::append(&path).map_err(failed)?;
        let bytes = tail(&mut file).map_err(failed)?;
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

/// No line of a journal is longer.
const LINE: u64 = 64 * 1024;

/// Whether a text is the beginning of a journal: its first line may be all that a crash left.
fn is_journal(text: &str) -> bool {
    match text.split_once('\n') {
        Some((line, _)) => serde_json::from_str::<Entry>(line).is_ok() || is_cut_off(line),
        None => serde_json::from_str::<Entry>(text).is_ok() || is_cut_off(text),
    }
}

/// Whether a line can be the beginning of an entry, which says the time first. A brace alone
/// begins any JSON on many lines.
fn is_cut_off(line: &str) -> bool {
    let begins = "{\"at\":\"";
    line.starts_with(begins) || (line.len() > 1 && begins.starts_with(line))
}

/// How much of a journal is read: the calls of a run and more. It is appended to for years.
const TAIL: u64 = 1024 * 1024;

/// The end of a file, from the beginning of a line on.
fn tail(file: &mut File) -> io::Result<Vec<u8>> {
    let length = file.seek(SeekFrom::End(0))?;
    let start = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    let cut = start > 0;
    let line = bytes.iter().position(|byte| *byte == b'\n').filter(|_| cut);
    Ok(bytes.split_off(line.map_or(0, |at| at + 1)))
}

impl Lines for Journal {
    fn append(&self, line: &str) -> std::io::Result<()> {
        (&self.file).write_all(format!("{}\n", masked(line)).as_bytes())?;
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_told_from_any_other_file_by_how_it_begins() {
        let entry = r#"{"at":"2026-11-21T12:00:00Z","run":"a","call":1,"address":"sns-topic/a","operation":"CreateTopic","what":"calling"}"#;
        for journal in [entry, &entry[..40], "{\"a"] {
            assert!(
                is_journal(journal) && is_journal(&format!("{journal}\n{entry}\n")),
                "{journal}"
            );
        }
        for other in ["[cluster]\nname = 1\n", "{\n  \"version\": 2,\n", "\n", "{\"format\": 1}"] {
            assert!(!is_journal(other), "{other}");
        }
    }

    #[test]
    fn a_long_journal_is_read_from_a_line_near_its_end() {
        let mut file = tempfile::tempfile().unwrap();
        for line in 0..200_000 {
            writeln!(file, "line {line:06}").unwrap();
        }
        let read = String::from_utf8(tail(&mut file).unwrap()).unwrap();
        assert!(read.starts_with("line ") && read.ends_with("line 199999\n"), "{}", &read[..20]);
        assert!(read.len() as u64 <= TAIL && read.len() as u64 > TAIL - 20);
        let mut short = tempfile::tempfile().unwrap();
        short.write_all(b"one\ntwo").unwrap();
        assert_eq!(tail(&mut short).unwrap(), b"one\ntwo");
    }
}
