//! A drawing as SVG, laid out without any other program.

use std::collections::BTreeMap;

use layout::backends::svg::SVGWriter;
use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::geometry::Point;
use layout::core::style::StyleAttr;
use layout::std_shapes::shapes::Arrow;
use layout::std_shapes::shapes::Element;
use layout::std_shapes::shapes::ShapeKind;
use layout::topo::layout::VisualGraph;
use pgha_resource::Address;

use crate::render::graph::Graph;
use crate::render::graph::Group;
use crate::render::graph::label;

/// How every drawing of the library begins.
pub(super) const BEGINS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?><svg "#;
/// What no other program names so.
pub(super) const OWN: &str = r#"<marker id="startarrow""#;

// The library keeps fonts in hash order: only one size, that of its own empty labels, gives
// the same picture every time.
const FONT: usize = 15;
/// The width of a character at that size, on the generous side.
const CHARACTER: f64 = 9.0;
const HEIGHT: f64 = 46.0;

/// A layered drawing in which arrows lead from what is needed to what needs it.
pub fn svg(graph: &Graph) -> String {
    let mut drawing = VisualGraph::new(Orientation::LeftToRight);
    let nodes: BTreeMap<&Address, _> =
        graph.needs.keys().map(|address| (address, drawing.add_node(node(address)))).collect();
    for (address, needs) in &graph.needs {
        for need in needs {
            drawing.add_edge(Arrow::simple(""), nodes[need], nodes[address]);
        }
    }
    let mut writer = SVGWriter::new();
    drawing.do_it(false, false, false, &mut writer);
    writer.finalize()
}

fn node(address: &Address) -> Element {
    let label = label(address, "\n");
    let longest = label.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let colour = u32::from_str_radix(&Group::of(address.kind).colour()[1..], 16)
        .expect("the colours of the groups are hexadecimal");
    // The drawing library wants the colour with its opacity in the last byte.
    let fill = Color::new(colour << 8 | 0xff);
    let style = StyleAttr::new(Color::fast("black"), 1, Some(fill), 6, FONT);
    let size = Point::new(longest as f64 * CHARACTER + 16.0, HEIGHT);
    Element::create(ShapeKind::new_box(&label), style, Orientation::LeftToRight, size)
}
