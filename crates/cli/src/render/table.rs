//! Texts in aligned columns.

use anstyle::Style;

use crate::render::Page;
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

/// A text that begins in column `indent` and goes on there, where there is a terminal of some
/// width. A command in backticks that fits into a line is not broken: it is there to be copied.
pub fn hanging(text: &str, indent: usize, width: Option<usize>) -> String {
    let Some(room) = width.map(|width| width.saturating_sub(indent).max(20)) else {
        return text.to_string();
    };
    let wrapped = |line: &str| {
        let glued = glued(line, room);
        let lines = wrap(&glued, room).join(&format!("\n{}", " ".repeat(indent)));
        lines.replace(GLUE, " ")
    };
    // What has lines of its own, as a spec to be copied, keeps them.
    match text.split_once('\n') {
        Some((first, rest)) => format!("{}\n{rest}", wrapped(first)),
        None => wrapped(text),
    }
}

/// Stands for a space at which no line ends.
const GLUE: char = '\u{a0}';

/// The text with the commands in it glued together, where each fits into a line.
fn glued(text: &str, room: usize) -> String {
    let parts = text.split('`').enumerate().map(|(at, part)| match at % 2 {
        1 if width(part) + 2 <= room => part.replace(' ', &GLUE.to_string()),
        _ => part.to_string(),
    });
    parts.collect::<Vec<_>>().join("`")
}

/// The text with no line wider than the terminal that it goes to, a longer word aside. Where nobody
/// looks at a terminal it stays as it is.
pub fn within(text: &str, page: Page) -> String {
    match page.cuts {
        true => {
            text.split('\n').map(|line| narrowed(line, page.width)).collect::<Vec<_>>().join("\n")
        }
        false => text.to_string(),
    }
}

/// A line that is too wide gives up its place in the columns first, and goes on below then: column
/// by column, and word by word where one is wider than a line.
fn narrowed(line: &str, width: usize) -> String {
    if shown(line) <= width {
        return line.to_string();
    }
    let indent = line.len() - line.trim_start_matches(' ').len();
    // Under a headline is where its fields begin; under a field, where the rest of it does.
    let below = if indent == 2 { 7 } else { indent + 2 };
    let mut lines = vec![line[..indent].to_string()];
    for (gap, column) in columns(&line[indent..]) {
        let words: Vec<&str> = match below + shown(column) <= width {
            true => vec![column],
            false => column.split(' ').collect(),
        };
        for (at, word) in words.into_iter().enumerate() {
            let gap = if at == 0 { gap } else { 1 };
            let last = lines.last().map_or(0, |last| shown(last));
            // A symbol is on the line of what it is about.
            let is_first = lines.len() == 1 && last <= indent + 1;
            match is_first || last + gap + shown(word) <= width {
                true => push(&mut lines, gap, word),
                false => lines.push(" ".repeat(below) + word),
            }
        }
    }
    lines.join("\n")
}

/// The columns that a text takes. Colours take none.
fn shown(text: &str) -> usize {
    width(&anstream::adapter::strip_str(text).to_string())
}

fn push(lines: &mut [String], gap: usize, text: &str) {
    if let Some(last) = lines.last_mut() {
        last.push_str(&" ".repeat(gap));
        last.push_str(text);
    }
}

/// What stands more than a space apart, or behind a dot, with the spaces before it.
fn columns(line: &str) -> Vec<(usize, &str)> {
    let mut columns = Vec::new();
    for (at, column) in line.split("  ").map(|part| part.trim_matches(' ')).enumerate() {
        let mut gap = if at == 0 { 0 } else { 2 };
        let mut rest = column;
        while let Some(dot) = rest.find(" · ") {
            columns.push((gap, &rest[..dot]));
            (gap, rest) = (1, &rest[dot + 1..]);
        }
        columns.push((gap, rest));
    }
    columns.retain(|(_, text)| !text.is_empty());
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_within(line: &str, expected: &str) {
        let page = Page { width: 24, verbose: false, cuts: true, simulated: false };
        assert_eq!(within(line, page), expected);
        assert_eq!(within(line, Page { cuts: false, ..page }), line);
    }

    #[test]
    fn no_line_is_wider_than_its_terminal() {
        check_within("  ~  a/b    fits it is\n", "  ~  a/b    fits it is\n");
        check_within("  ~  a/b          fits so", "  ~  a/b  fits so");
        check_within("  ~  a/b  is one column", "  ~  a/b  is one column");
        check_within("  ~  a/b  is another of it", "  ~  a/b\n       is another of it");
        check_within("  ~  a/b  is wider than a line", "  ~  a/b  is wider than\n       a line");
        check_within("       name  one two three", "       name\n         one two three");
        check_within("no indent, and too many words", "no indent, and too many\n  words");
        let word = "a-word-that-is-wider-than-that";
        check_within(&format!("  ~  {word}  x"), &format!("  ~  {word}\n       x"));
        check_within("a column · and another of it", "a column\n  · and another of it");
        let red = "\u{1b}[31mred\u{1b}[0m";
        check_within(&format!("  {red}  and 16 more cols"), &format!("  {red}  and 16 more cols"));
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_within_the_cap() {
        let row = |texts: [&str; 3]| texts.map(Cell::plain).to_vec();
        let rows = [row(["a", "1", "x"]), row(["bbb", "22", ""]), row(["much-too-wide", "3", "y"])];
        assert_eq!(align(&rows, 2, 5), ["  a    1   x", "  bbb  22", "  much-too-wide  3   y"]);
    }

    #[test]
    fn a_text_goes_on_where_it_began_and_breaks_no_command() {
        let text = "once: `pgha apply --yes` or another way";
        assert_eq!(hanging(text, 2, None), text);
        assert_eq!(hanging(text, 2, Some(25)), "once:\n  `pgha apply --yes` or\n  another way");
        let long = "once: `pgha apply --yes --now a` or another";
        assert_eq!(hanging(long, 0, Some(20)), "once: `pgha apply\n--yes --now a` or\nanother");
        let spec = "write:\n\n[cluster]\nname = \"a name that is longer than a line\"";
        assert_eq!(hanging(spec, 2, Some(24)), spec);
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
