//! Texts in aligned columns.

use anstyle::Style;

use crate::render::style;

/// A text with its style; the width is that of the text alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// One line.
    pub text: String,
    /// How it looks.
    pub style: Style,
}

impl Cell {
    /// A cell in a style.
    pub fn new(style: Style, text: impl Into<String>) -> Self {
        Self { text: text.into(), style }
    }

    /// A cell without a style.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(style::PLAIN, text)
    }
}

/// The columns that a text takes, counted in characters.
pub fn width(text: &str) -> usize {
    text.chars().count()
}

/// One line a row, columns two spaces apart, behind `indent` spaces. A cell that is wider
/// than `cap` pushes the rest of its own row and does not widen the column.
pub fn align(rows: &[Vec<Cell>], indent: usize, cap: usize) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| width(&cell.text)).filter(|w| *w <= cap).max().unwrap_or(0)
        })
        .collect();
    rows.iter().map(|row| line(row, &widths, indent)).collect()
}

/// Whether a line of these rows would not fit into `width` columns.
pub fn is_wider(rows: &[Vec<Cell>], indent: usize, cap: usize, width: usize) -> bool {
    let plain = |row: &Vec<Cell>| row.iter().map(|cell| Cell::plain(&cell.text)).collect();
    let plain: Vec<Vec<Cell>> = rows.iter().map(plain).collect();
    align(&plain, indent, cap).iter().any(|line| self::width(line) > width)
}

fn line(row: &[Cell], widths: &[usize], indent: usize) -> String {
    let mut line = " ".repeat(indent);
    let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
    for (cell, column) in row.iter().zip(widths).take(last + 1) {
        line.push_str(&style::paint(cell.style, &cell.text));
        let gap = column.saturating_sub(width(&cell.text)) + 2;
        line.push_str(&" ".repeat(gap));
    }
    line.trim_end_matches(' ').to_string()
}

/// The text, or as much of it as fits with an ellipsis.
pub fn cut(text: &str, width: usize) -> String {
    if self::width(text) <= width {
        return text.to_string();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Breaks a text at spaces so that no line is wider than `width`, a longer word aside.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is a line from the start");
        let taken = self::width(last);
        if taken > 0 && taken + 1 + self::width(word) > width {
            lines.push(word.to_string());
        } else {
            if taken > 0 {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_within_the_cap() {
        let row = |texts: [&str; 3]| texts.map(Cell::plain).to_vec();
        let rows = [row(["a", "1", "x"]), row(["bbb", "22", ""]), row(["much-too-wide", "3", "y"])];
        assert_eq!(align(&rows, 2, 5), ["  a    1   x", "  bbb  22", "  much-too-wide  3   y"]);
    }

    #[test]
    fn long_texts_are_cut_visibly() {
        assert_eq!(cut("one two", 7), "one two");
        assert_eq!(cut("one two", 5), "one…");
    }

    #[test]
    fn long_texts_break_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("incomprehensible", 4), ["incomprehensible"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
