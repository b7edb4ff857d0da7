//! `pgha schema`: the JSON Schema of the spec. Offline.

use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;
use crate::render::json;

/// Prints the schema.
pub fn run() -> Result<Exit, CommandError> {
    output::print(&json::document(&pgha_spec::schema()))?;
    Ok(Exit::Ok)
}
