//! `pgha graph`: a drawing of what the spec describes. Offline.

use crate::args;
use crate::args::Drawing;
use crate::args::Global;
use crate::cluster;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::kept;
use crate::output;
use crate::render::graph;
use crate::render::graph::Graph;
use pgha_resource::endpoint::masked;

/// More than the drawing of any spec takes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Draws the desired graph.
pub fn run(global: &Global, args: &args::Graph) -> Result<Exit, CommandError> {
    let cluster = cluster::load_or_explain(&global.file)?;
    let graph = Graph::of(&cluster.desired);
    let drawing = match args.format {
        Drawing::Mermaid => graph::mermaid(&graph),
        Drawing::Svg => graph::svg(&graph),
    };
    let drawing = masked(&drawing);
    match &args.output {
        Some(path) if kept::in_the_way(path, graph::is_drawing, LARGEST) => {
            return Err(kept::refused(path, "the drawing", "drawing of pgha's"));
        }
        Some(path) => std::fs::write(path, drawing.as_bytes()).map_err(|error| {
            CommandError::failed(format!("cannot write {}: {error}", path.display()))
        })?,
        None => output::print_raw(drawing.as_bytes())?,
    }
    Ok(Exit::Ok)
}
