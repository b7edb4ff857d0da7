//! The account in a file: versioned JSON, replaced as a whole or not at all.

use std::fs;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use crate::account::Account;

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

/// Whether a file begins as [`print`] does.
pub(crate) fn is_one(path: &Path) -> bool {
    let mut start = [0; 64];
    let read = fs::File::open(path).and_then(|mut file| file.read(&mut start));
    let start = String::from_utf8_lossy(&start[..read.unwrap_or(0)]).into_owned();
    let Some(rest) = start.strip_prefix("{\n  \"version\": ") else { return false };
    rest.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(",\n  \"account\": {")
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
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    let text = print(account, path)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}
