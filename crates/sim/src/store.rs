//! The account in a file: versioned JSON, replaced as a whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;
use serde::de::IgnoredAny;

use crate::account::Account;
use crate::replace::replace;

/// The layout of the file; another number is another layout.
const VERSION: u32 = 2;

/// Why an account could not be loaded or saved.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The account was never opened from a file.
    #[error("this account has no file")]
    NoFile,
    /// The file system refused.
    #[error("cannot {verb} {}", path.display())]
    Io {
        /// `read` or `write`.
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{} is not a simulated account", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The file never held one.
    #[error("{} is not a simulated account: {why}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What tells it apart.
        why: String,
    },
    /// The file is of another version of pgha.
    #[error("{} has layout {found}, this pgha reads layout {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its layout.
        found: u32,
    },
}

#[derive(Deserialize)]
struct Header {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct File<A> {
    version: u32,
    account: A,
}

/// Loads an account; a file that is not there is a fresh account.
pub(crate) fn load(path: &Path) -> Result<Account, StoreError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Account::fresh()),
        Err(source) => return Err(StoreError::Io { verb: "read", path: path.into(), source }),
    };
    parse(&text, path)
}

/// No account that a person tries things out in is larger.
const LARGEST: u64 = 256 * 1024 * 1024;

/// As much of a file as says whether it begins as [`print`] does, also with blanks between.
const BEGINNING: u64 = 4096;

/// What [`print`] begins with, around a number and without blanks.
const BEGINS: (&str, &str) = ("{\"version\":", ",\"account\":{");

/// Refuses a file that is no account, whatever its layout and version. One that begins as
/// [`print`] does is one, although it may break off.
///
/// Any file can be named by mistake. What this lets through is written over and deleted.
pub(crate) fn check(path: &Path) -> Result<(), StoreError> {
    let io = |source| StoreError::Io { verb: "read", path: path.into(), source };
    let foreign = |why: String| StoreError::Foreign { path: path.into(), why };
    // A pipe would be waited for.
    if !fs::metadata(path).map_err(io)?.is_file() {
        return Err(foreign("it is no regular file".into()));
    }
    if begins(&first(path, BEGINNING).map_err(io)?) {
        return Ok(());
    }
    let bytes = first(path, LARGEST).map_err(io)?;
    // The parser's words have places and no values: the file may be full of secrets.
    serde_json::from_slice::<IgnoredAny>(&bytes).map_err(|error| foreign(error.to_string()))?;
    match serde_json::from_slice::<Outline>(&bytes) {
        Ok(_) => Ok(()),
        Err(_) => Err(foreign("it is JSON of another kind".into())),
    }
}

/// Whether a file is too short to be anything but the beginning of an account.
pub(crate) fn is_broken_off(path: &Path) -> bool {
    let is_file = fs::metadata(path).is_ok_and(|found| found.is_file());
    let Some(bytes) = is_file.then(|| first(path, BEGINNING).ok()).flatten() else {
        return false;
    };
    let (text, (before, after)) = (without_blanks(&bytes), BEGINS);
    match text.strip_prefix(before) {
        None => before.starts_with(&text),
        Some(rest) => after.starts_with(rest.trim_start_matches(|c: char| c.is_ascii_digit())),
    }
}

fn first(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn begins(bytes: &[u8]) -> bool {
    let text = without_blanks(bytes);
    let Some(rest) = text.strip_prefix(BEGINS.0) else { return false };
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    after.len() < rest.len() && after.starts_with(BEGINS.1)
}

fn without_blanks(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\n' | '\r')).collect()
}

/// What every version of the file has, in any order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outline {
    #[serde(rename = "version")]
    _version: u32,
    #[serde(rename = "account")]
    _account: BTreeMap<String, IgnoredAny>,
}

/// Reads an account from the text of a file.
pub(crate) fn parse(text: &str, path: &Path) -> Result<Account, StoreError> {
    let shape = |source| StoreError::Shape { path: path.into(), source };
    let header: Header = serde_json::from_str(text).map_err(shape)?;
    if header.version != VERSION {
        return Err(StoreError::Version { path: path.into(), found: header.version });
    }
    let file: File<Account> = serde_json::from_str(text).map_err(shape)?;
    Ok(file.account)
}

/// Writes an account as the text of a file.
pub(crate) fn print(account: &Account, path: &Path) -> Result<String, StoreError> {
    serde_json::to_string_pretty(&File { version: VERSION, account })
        .map_err(|source| StoreError::Shape { path: path.into(), source })
}

/// Saves an account beside its file and moves it into place.
pub(crate) fn save(path: &Path, account: &Account) -> Result<(), StoreError> {
    let io = |source| StoreError::Io { verb: "write", path: path.into(), source };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(io)?;
    let text = print(account, path)?;
    replace(path, text.as_bytes(), 0o600).map_err(io)
}
