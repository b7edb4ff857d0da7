//! `pgha man`: the manual pages.

use std::fs;
use std::path::Path;

use clap::CommandFactory;

use crate::args::Cli;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;

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
            clap_mangen::generate_to(Cli::command(), dir).map_err(cannot)?;
        }
    }
    Ok(Exit::Ok)
}
