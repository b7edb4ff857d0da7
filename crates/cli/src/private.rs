//! Files that are nobody else's business: journals, sandboxes, saved plans. They name
//! accounts, people and their e-mail addresses.
//!
//! They are made for their owner alone. A symbolic link or a second name in the place of one
//! could make pgha write into somebody else's file, so both are refused, and so is what is no
//! regular file.

use std::fs;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Read and written by its owner.
const FILE: u32 = 0o600;
/// Listed and entered by its owner.
const FOLDER: u32 = 0o700;
/// A file that is older was not moved over its name because its process is dead.
const LEFT: Duration = Duration::from_secs(60);
/// Where pgha keeps things unless told otherwise.
const OURS: &str = ".pgha";

/// Opens a file to be read and appended to; makes it, and the folders above it, where they are
/// not there. What others could read or write is closed to them.
pub fn append(path: &Path) -> io::Result<File> {
    folder(path)?;
    check_name(path)?;
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(FILE);
    // The name may have become a link, or a pipe that nobody reads, since it was checked.
    let file = options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    check_found(&file.metadata()?)?;
    tighten(&file)?;
    Ok(file)
}

/// Replaces a file as a whole, or makes it; it is for its owner alone.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    check_name(path)?;
    // Moved over the name instead of written through it.
    pgha_sim::replace(path, bytes, FILE)
}

/// Removes what a kill left of `replace` beside a file that nobody else changes meanwhile, and
/// whatever else is half-written in pgha's own folder.
fn tidy(path: &Path) {
    for left in pgha_sim::left_of(path) {
        // The next run tries again.
        let _ = fs::remove_file(left);
    }
    let folder = path.parent().filter(|folder| folder.ends_with(OURS));
    let Some(entries) = folder.and_then(|folder| fs::read_dir(folder).ok()) else { return };
    for entry in entries.flatten() {
        let is_left = entry.file_name().to_str().is_some_and(|name| {
            name.starts_with(".tmp") || (name.starts_with('.') && name.ends_with(pgha_sim::ENDING))
        });
        let found = entry.metadata().ok().filter(|found| is_left && found.is_file());
        let age = found.and_then(|found| found.modified().ok()?.elapsed().ok());
        if age.is_some_and(|age| age >= LEFT) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Keeps others from changing a file until it is dropped, or the process ends.
#[derive(Debug)]
pub struct Held {
    file: File,
    /// The lock, if it was made for this: somebody else may have a file of that name.
    made: Option<PathBuf>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(made) = &self.made {
            // It is still held: who opened it meanwhile finds that it has no name any more.
            let _ = fs::remove_file(made);
        }
    }
}

impl Held {
    /// Whether the lock is what has its name by now.
    fn is_at(&self, name: &Path) -> io::Result<bool> {
        let held = self.file.metadata()?;
        let there = fs::symlink_metadata(name);
        Ok(there.is_ok_and(|there| (there.dev(), there.ino()) == (held.dev(), held.ino())))
    }
}

/// Keeps others from changing a file; `None` where somebody else does already. The lock is a
/// file beside it, because the file itself is replaced as a whole.
pub fn exclusive(path: &Path) -> io::Result<Option<Held>> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    loop {
        let is_new = fs::symlink_metadata(&name).is_err();
        let file = append(&name)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Ok(None),
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
        let mut held = Held { file, made: None };
        // Who had it before may have removed it after it was opened here.
        if held.is_at(&name)? {
            held.made = is_new.then_some(name);
            tidy(path);
            return Ok(Some(held));
        }
    }
}

/// Readies a name for a file that somebody else reads and replaces: its folder is there, it is
/// no link, and an existing file is for its owner alone where that can be had.
pub fn prepare(path: &Path) -> io::Result<()> {
    check(path)?;
    if let Ok(file) = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(path) {
        check_found(&file.metadata()?)?;
        // A file of another owner, or on a medium that cannot be written, is only read.
        let _ = tighten(&file);
    }
    Ok(())
}

/// Refuses what is no file of its own under a name, and opens nothing.
pub fn check(path: &Path) -> io::Result<()> {
    check_folder(path)?;
    check_name(path)
}

/// Makes the folders above a file that are not there.
pub fn folder(path: &Path) -> io::Result<()> {
    check_folder(path)?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => DirBuilder::new().recursive(true).mode(FOLDER).create(folder),
        None => Ok(()),
    }
}

/// pgha's own folder is no link; one that the user named may be reached through any.
fn check_folder(path: &Path) -> io::Result<()> {
    let ours = path.ancestors().skip(1).find(|folder| folder.ends_with(OURS));
    match ours.map(fs::symlink_metadata) {
        Some(Ok(found)) if !found.is_dir() => {
            Err(io::Error::other(format!("{OURS} is no folder of its own, but a link or a file")))
        }
        _ => Ok(()),
    }
}

fn check_name(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) => check_found(&found),
        Err(_) => Ok(()),
    }
}

fn check_found(found: &fs::Metadata) -> io::Result<()> {
    let why = match found.file_type() {
        kind if kind.is_symlink() => "it is a symbolic link, which pgha does not follow here",
        kind if !kind.is_file() => "it is no regular file",
        _ if found.nlink() > 1 => "it has a second name (a hard link)",
        _ => return Ok(()),
    };
    Err(io::Error::other(why))
}

fn tighten(file: &File) -> io::Result<()> {
    let others = file.metadata()?.permissions().mode() & 0o077;
    if others == 0 {
        return Ok(());
    }
    file.set_permissions(Permissions::from_mode(FILE)).map_err(|error| {
        io::Error::new(error.kind(), "others may read or write it, and it belongs to somebody else")
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[track_caller]
    fn check_refused(path: &Path, why: &str) {
        for error in [append(path).err(), replace(path, b"x").err(), prepare(path).err()] {
            let error = error.expect("nothing was refused").to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn files_and_folders_are_for_their_owner_alone() {
        let at = tempfile::tempdir().unwrap();
        let path = at.path().join(".pgha/deeper/orders.jsonl");
        append(&path).unwrap().write_all(b"a\n").unwrap();
        assert_eq!((mode(&path), mode(&at.path().join(".pgha"))), (0o600, 0o700));
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        append(&path).unwrap().write_all(b"b\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a\nb\n");
        replace(&path, b"c").unwrap();
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap()), (0o600, "c".into()));
    }

    #[test]
    fn what_a_kill_left_goes_and_nothing_else() {
        let at = tempfile::tempdir().unwrap();
        let ours = at.path().join(".pgha");
        fs::create_dir(&ours).unwrap();
        let old = std::time::SystemTime::now() - 2 * LEFT;
        let make = |path: &Path, is_old: bool| {
            let file = File::create(path).unwrap();
            if is_old {
                file.set_modified(old).unwrap();
            }
        };
        make(&ours.join(".tmpAbCdEf"), true);
        let kept =
            [ours.join(".tmpYoung1"), ours.join("sandbox.json"), at.path().join(".tmpOther")];
        make(&kept[0], false);
        make(&kept[1], true);
        make(&kept[2], true);
        tidy(&ours.join("sandbox.json"));
        tidy(&at.path().join("box.json"));
        assert!(!ours.join(".tmpAbCdEf").exists());
        assert!(kept.iter().all(|path| path.exists()));
    }

    #[test]
    fn one_at_a_time_changes_a_file() {
        let at = tempfile::tempdir().unwrap();
        let path = at.path().join(".pgha/sandbox.json");
        let lock = at.path().join(".pgha/sandbox.json.lock");
        let first = exclusive(&path).unwrap();
        assert!(first.is_some());
        assert!(exclusive(&path).unwrap().is_none());
        assert!(lock.exists());
        drop(first);
        assert!(!lock.exists());
        // One that was there before stays.
        fs::write(&lock, "mine").unwrap();
        assert!(exclusive(&path).unwrap().is_some());
        assert_eq!(fs::read_to_string(&lock).unwrap(), "mine");
        assert!(!path.exists());
    }

    #[test]
    fn a_lock_that_comes_and_goes_is_held_by_one_at_a_time() {
        let at = tempfile::tempdir().unwrap();
        let path = at.path().join("box.json");
        let inside = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        let Some(held) = exclusive(&path).unwrap() else { continue };
                        let before = inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        assert_eq!(before, 0);
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        drop(held);
                    }
                });
            }
        });
    }

    #[test]
    fn what_others_could_read_is_closed_to_them() {
        let at = tempfile::tempdir().unwrap();
        let path = at.path().join("journal");
        let widen = || {
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        };
        widen();
        append(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        widen();
        prepare(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        widen();
        replace(&path, b"").unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn links_and_what_is_no_file_are_refused() {
        let at = tempfile::tempdir().unwrap();
        let (target, link) = (at.path().join("target"), at.path().join("link"));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        check_refused(&link, "symbolic link");
        assert!(!target.exists());
        fs::write(&target, "precious").unwrap();
        check_refused(&link, "symbolic link");
        fs::remove_file(&link).unwrap();
        fs::hard_link(&target, &link).unwrap();
        check_refused(&link, "second name");
        assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
        check_refused(at.path(), "no regular file");
        check_refused(Path::new("/dev/null"), "no regular file");
    }

    #[test]
    fn our_own_folder_is_no_link() {
        let (at, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(elsewhere.path(), at.path().join(".pgha")).unwrap();
        let path = at.path().join(".pgha/orders.jsonl");
        assert!(append(&path).is_err() && prepare(&path).is_err());
        assert!(!elsewhere.path().join("orders.jsonl").exists());
    }
}
