//! A drawing in Mermaid, which GitHub and GitLab show inside Markdown.

use std::fmt::Write as _;

use pgha_resource::Address;

use crate::render::graph::Graph;
use crate::render::graph::Group;
use crate::render::graph::label;

/// How every drawing begins.
pub(super) const BEGINS: &str = "flowchart LR\n  subgraph ";

/// A flow chart in which arrows lead from what is needed to what needs it.
pub fn mermaid(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    for group in Group::ALL {
        let members = graph.needs.keys().filter(|address| Group::of(address.kind) == group);
        let members: Vec<&Address> = members.collect();
        if members.is_empty() {
            continue;
        }
        let _ = writeln!(text, "  subgraph {0}[\"{0}\"]", group.title());
        for address in members {
            let label = escape(&label(address, "\n")).replace('\n', "<br/>");
            let _ =
                writeln!(text, "    {}[\"{label}\"]:::{}Node", id(graph, address), group.title());
        }
        text.push_str("  end\n");
    }
    for (address, needs) in &graph.needs {
        for need in needs {
            let _ = writeln!(text, "  {} --> {}", id(graph, need), id(graph, address));
        }
    }
    for group in Group::ALL {
        let _ =
            writeln!(text, "  classDef {}Node fill:{},color:#111", group.title(), group.colour());
    }
    text
}

/// Mermaid takes letters and digits for names, so nodes are numbered in the order of their
/// addresses.
fn id(graph: &Graph, address: &Address) -> String {
    let number = graph.needs.keys().take_while(|other| *other < address).count();
    format!("n{number}")
}

/// Mermaid's own entities: a quote ends a label, and `#` begins an entity.
fn escape(text: &str) -> String {
    text.replace('#', "#35;").replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;")
}
