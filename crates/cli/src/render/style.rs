//! Colours. They only repeat what a symbol or a word says already.

use anstyle::AnsiColor;
use anstyle::Style;

/// Something appears.
pub const ADD: Style = AnsiColor::Green.on_default();
/// Something changes in place.
pub const CHANGE: Style = AnsiColor::Yellow.on_default();
/// Something goes.
pub const REMOVE: Style = AnsiColor::Red.on_default();
/// Someone changed AWS.
pub const DRIFT: Style = AnsiColor::Magenta.on_default();
/// Something is not done, or needs a person.
pub const BLOCKED: Style = AnsiColor::Red.on_default().bold();
/// Something waits.
pub const QUEUED: Style = AnsiColor::Cyan.on_default();
/// What is said first.
pub const STRONG: Style = Style::new().bold();
/// What may be overlooked.
pub const DIM: Style = Style::new().dimmed();
/// The word before an error.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The word before a warning.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// The word before a hint.
pub const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// No style.
pub const PLAIN: Style = Style::new();

/// The text in a style; the output decides later whether the style stays.
pub fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
