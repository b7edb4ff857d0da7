//! Files that are replaced as a whole: written beside, and moved over the name.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

/// How the name of a file ends that is to replace another one.
pub const ENDING: &str = ".pgha-new";

/// Names have an end: what is taken of a longer one tells it from most others.
const LONGEST: usize = 200;

/// Replaces a file or makes it, with the permissions of `mode`. An error is about the file that
/// the caller knows, and names no other.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut open = fs::OpenOptions::new();
    open.write(true).create_new(true).mode(0o600);
    let mut file = tempfile::Builder::new()
        .prefix(&beginning(path))
        .suffix(ENDING)
        .make_in(folder(path), |path| open.open(path))?;
    file.as_file_mut().write_all(bytes)?;
    if mode != 0o600 {
        file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// What a killed process left of [`replace`]. One that is alive may be about to use it.
pub fn left_of(path: &Path) -> Vec<PathBuf> {
    let (beginning, entries) = (beginning(path), fs::read_dir(folder(path)));
    let is_left = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let rest = name.as_bytes().strip_prefix(beginning.as_bytes());
        let random = rest.and_then(|rest| rest.strip_suffix(ENDING.as_bytes()));
        random.is_some_and(|random| random.iter().all(u8::is_ascii_alphanumeric))
            && entry.file_type().is_ok_and(|kind| kind.is_file())
    };
    let entries = entries.into_iter().flatten().flatten();
    entries.filter(is_left).map(|entry| entry.path()).collect()
}

fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Hidden, and named after the file.
fn beginning(path: &Path) -> OsString {
    let name = path.file_name().unwrap_or_default().as_bytes();
    let mut beginning = OsString::from(".");
    beginning.push(OsStr::from_bytes(&name[..name.len().min(LONGEST)]));
    beginning.push(".");
    beginning
}
