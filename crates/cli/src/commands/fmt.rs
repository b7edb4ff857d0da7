//! `pgha fmt`: the spec in its usual form. Offline.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use pgha_spec::SpecErrors;

use crate::args;
use crate::args::Global;
use crate::cluster;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;
use crate::typed::Typed;

/// Formats the spec in place, or says whether and how it would.
pub fn run(global: &Global, args: &args::Fmt) -> Result<Exit, CommandError> {
    let file = args.path.as_deref().unwrap_or(&global.file);
    let (name, text) = cluster::read(file)?;
    let formatted = pgha_spec::format(&text)
        .map_err(|errors| cluster::explained(&SpecErrors { file: name.clone(), ..errors }))?;
    let changed = formatted != text;
    if args.diff && changed {
        output::print(&pgha_spec::diff(&shown(&name, &text), &shown(&name, &formatted)))?;
    }
    match (args.check, args.diff) {
        (true, _) if changed => {
            let again = Typed::offline("fmt", global);
            let again = args.path.iter().fold(again, |again, path| again.word(path));
            output::remark(&format!("{name} is not formatted: run {again}\n"));
            return Ok(Exit::Changes);
        }
        (false, false) if file == "-" => output::print_raw(formatted.as_bytes())?,
        (false, false) if changed => {
            write(Path::new(file), &formatted)
                .map_err(|error| CommandError::failed(format!("cannot write {file}: {error}")))?;
            output::remark(&format!("formatted {name}\n"));
        }
        _ => {}
    }
    Ok(Exit::Ok)
}

/// A spec as it may be shown, sound or not: what only those who write it may know is in stars.
fn shown(name: &str, text: &str) -> String {
    match pgha_spec::load(name, text) {
        Ok(loaded) => loaded.text,
        Err(errors) => errors.text,
    }
}

/// Replaces the file as a whole or not at all, and keeps its permissions.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    // A device would become a file.
    if !path.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mode = std::fs::metadata(&path)?.permissions().mode();
    pgha_sim::replace(&path, text.as_bytes(), mode & 0o7777)
}
