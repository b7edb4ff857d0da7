//! What a file that pgha is to write may be in place of: one of its own kind, or nothing.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::CommandError;

/// A file of another kind is in the way. What is no regular file, such as `/dev/stdout`, keeps
/// nothing that could be lost, and an empty one was made for this.
pub fn in_the_way(path: &Path, is_one: impl Fn(&str) -> bool, largest: u64) -> bool {
    if !path.is_file() {
        return false;
    }
    !bounded(path, largest).is_ok_and(|text| text.is_empty() || is_one(&text))
}

/// What to say then: `what` is what is written, `kind` what the file is not.
pub fn refused(path: &Path, what: &str, kind: &str) -> CommandError {
    let name = path.display();
    CommandError::failed(format!(
        "cannot write {what} to {name}: there is a file of that name, which is no {kind}"
    ))
    .hint("name another file, or move that one out of the way")
}

/// The text of a file that may be anything, also a pipe without an end.
pub fn bounded(path: &Path, largest: u64) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(largest + 1).read_to_string(&mut text)?;
    match text.len() as u64 > largest {
        true => Err(io::Error::other(format!("it has more than {largest} bytes"))),
        false => Ok(text),
    }
}

/// The first bytes of a file, as far as they are text.
pub fn beginning(path: &Path, length: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(length).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
