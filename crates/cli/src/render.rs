//! Values to text, for people and for programs. Nothing here reads or decides anything.

pub mod change;
pub mod deletion;
pub mod diagnostic;
pub mod drift;
pub mod fields;
pub mod fold;
pub mod graph;
pub mod imported;
pub mod json;
pub mod plan;
pub mod report;
pub mod status;
pub mod style;
pub mod summary;
pub mod table;
#[cfg(test)]
pub(crate) mod testing;
pub mod words;

/// What a text may take and how much it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Columns.
    pub width: usize,
    /// Also what is usually left out.
    pub verbose: bool,
    /// Whether a summary may end early: somebody looks at a terminal of that width.
    pub cuts: bool,
    /// Whether the account is a simulated one.
    pub simulated: bool,
}
