//! `pgha import --all`: a spec for every database of a region.

use std::path::Path;

use pgha_import::{ImportError, Imported};
use pgha_resource::Region;

use crate::account::Account;
use crate::args;
use crate::args::Global;
use crate::commands::import::{self, Days, next, open, refused};
use crate::commands::session;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;
use crate::progress::Looking;
use crate::render::imported::{self, Became, Row};

/// Imports what there is, database by database. One that cannot be imported holds no other back.
pub fn run(global: &Global, args: &args::Import, dir: &Path) -> Result<Exit, CommandError> {
    made(dir)?;
    let (region, rows) = session::block_on(async {
        let region = import::region(global, args).await?;
        let account = open(global, &region).await?;
        let rows = every(global, &account, &region, dir).await?;
        Ok((region, rows))
    })?;

    let simulated = global.sandbox.is_some();
    output::print(&imported::of_region(&region, &rows, simulated, output::terminal_width()))?;
    Ok(exit(&rows))
}

async fn every(
    global: &Global,
    account: &Account,
    region: &Region,
    dir: &Path,
) -> Result<Vec<Row>, CommandError> {
    let survey = pgha_import::survey(account, region).await.map_err(|e| refused(e, global))?;
    let days = Days::of(account);
    let mut looking = Looking::new(survey.primaries.len());
    let mut rows = Vec::new();
    for (address, cluster) in &survey.primaries {
        looking.at(&address.to_string());
        let path = dir.join(format!("{cluster}.toml"));
        let file = path.to_string_lossy();
        let identifier = address.to_string();
        let request = days.request(&identifier, region, Some(cluster), &file);
        let became = match pgha_import::import(account, &request).await {
            Ok(found) => kept(global, &path, found)?,
            // Nothing else could be read either.
            Err(ImportError::Unread(error)) => {
                return Err(refused(ImportError::Unread(error), global));
            }
            Err(error) => Became::Refused(refused(error, global)),
        };
        rows.push(Row { address: address.clone(), path: Some(path), became });
    }
    let others = survey.others.into_iter();
    rows.extend(others.map(|(address, why)| Row {
        address,
        path: None,
        became: Became::Elsewhere(why),
    }));
    Ok(rows)
}

/// Writes the spec, unless it is there.
fn kept(global: &Global, path: &Path, found: Imported) -> Result<Became, CommandError> {
    let next = next(global, Some(path));
    let is_there = path.symlink_metadata().is_ok();
    if !is_there {
        import::write(path, &found.text)?;
        return Ok(Became::Imported(Box::new(found), next));
    }
    match std::fs::read(path) {
        Ok(text) if text == found.text.as_bytes() => Ok(Became::AsBefore(Box::new(found), next)),
        _ => Ok(Became::Taken),
    }
}

/// The directory is made, before anybody waits for what could not be written into it.
fn made(dir: &Path) -> Result<(), CommandError> {
    std::fs::create_dir_all(dir).map_err(|error| {
        CommandError::failed(format!("cannot make the directory {}: {error}", dir.display()))
            .hint("name another one with `--out-dir`")
    })
}

/// As an import of each alone ends: what could not be read first, then what needs a decision. What
/// no import is for is no failure.
fn exit(rows: &[Row]) -> Exit {
    let found = |row: &Row| match &row.became {
        Became::Imported(found, _) | Became::AsBefore(found, _) => import::exit(found),
        Became::Elsewhere(_) => Exit::Ok,
        Became::Refused(_) | Became::Taken => Exit::Partial,
    };
    let exits: Vec<Exit> = rows.iter().map(found).collect();
    [Exit::Error, Exit::Partial].into_iter().find(|exit| exits.contains(exit)).unwrap_or(Exit::Ok)
}
