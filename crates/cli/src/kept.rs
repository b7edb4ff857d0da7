//! What a file that pgha is to write may be in place of: one of its own kind, or nothing.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use crate::error::CommandError;

/// A file of another kind is in the way. `/dev/stdout` and `/dev/null` keep nothing that could be
/// lost, and an empty file was made for this; a disk does, and a pipe may have no reader.
pub fn in_the_way(path: &Path, is_one: impl Fn(&str) -> bool, largest: u64) -> bool {
    let Ok(found) = path.metadata() else { return false };
    if !found.is_file() {
        let kind = found.file_type();
        return kind.is_block_device() || kind.is_fifo() && !is_of_shell(path);
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

/// Opens a file that ends. Nobody may ever write into a pipe with a name; those of a shell have
/// somebody who does.
pub fn open(path: &Path) -> io::Result<File> {
    let kind = std::fs::metadata(path)?.file_type();
    let is_endless = kind.is_fifo() || kind.is_char_device() || kind.is_block_device();
    match is_endless && !is_of_shell(path) {
        true => Err(io::Error::other("it is a pipe or a device")),
        false => File::open(path),
    }
}

/// Whether a name stands for what the shell has opened already.
fn is_of_shell(path: &Path) -> bool {
    let streams = ["/dev/stdin", "/dev/stdout", "/dev/stderr"];
    path.starts_with("/dev/fd") || streams.iter().any(|stream| path == Path::new(stream))
}

/// The text of a file that may be anything, also a pipe without an end.
pub fn bounded(path: &Path, largest: u64) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.take(largest + 1).read_to_string(&mut text)?;
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
