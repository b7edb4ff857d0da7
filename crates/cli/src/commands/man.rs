//! `pgha man`: the manual pages.

use std::fs;
use std::path::Path;

use clap::CommandFactory;

use crate::args::Cli;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::kept;
use crate::output;

/// More than any page takes.
const LARGEST: u64 = 1024 * 1024;

/// Prints the page of pgha, or writes the pages of all commands.
pub fn run(dir: Option<&Path>) -> Result<Exit, CommandError> {
    match dir {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page)?;
            output::print_raw(&page)?;
        }
        Some(dir) => {
            let cannot =
                |error| CommandError::failed(format!("cannot write {}: {error}", dir.display()));
            fs::create_dir_all(dir).map_err(cannot)?;
            let pages = fs::read_dir(dir).map_err(cannot)?.flatten().filter(is_page);
            let is_ours = |text: &str| text.contains("\n.TH pgha");
            if let Some(other) =
                pages.map(|page| page.path()).find(|path| kept::in_the_way(path, is_ours, LARGEST))
            {
                return Err(kept::refused(&other, "the page", "page of pgha's"));
            }
            clap_mangen::generate_to(Cli::command(), dir).map_err(cannot)?;
            let first = dir.join("pgha.1");
            let more = fs::read_dir(dir).map_err(cannot)?.flatten().filter(is_page).count();
            let (first, more) = (first.display(), more.saturating_sub(1));
            output::print(&format!(
                "wrote {first} and {more} more beside it; to read it: man -l {first}\n"
            ))?;
        }
    }
    Ok(Exit::Ok)
}

/// Whether it is one of the pages: there may be others' files beside them.
fn is_page(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    name.starts_with("pgha") && name.ends_with(".1")
}
