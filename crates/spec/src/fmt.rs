//! `pgha fmt`: one way to lay a spec out. Comments, order and values stay as they are.
//!
//! One blank line before each section, no two in a row, the `=` of neighbouring keys below
//! each other, one space inside braces. Only white space outside of values is touched; a
//! byte-order mark goes.

use similar::TextDiff;
use toml_edit::Array;
use toml_edit::ArrayOfTables;
use toml_edit::Decor;
use toml_edit::DocumentMut;
use toml_edit::InlineTable;
use toml_edit::Item;
use toml_edit::RawString;
use toml_edit::Table;
use toml_edit::Value;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::SpecErrors;
use crate::limits;
use crate::load::refuse;

/// Longer keys have no neighbours: padding everything to the longest would make a text of a
/// few pages too large to be read.
const LONGEST: usize = 40;

/// Lays a spec out; it only has to be TOML, not a sound spec.
pub fn format(text: &str) -> Result<String, SpecErrors> {
    let found = limits::check(text);
    if !found.is_empty() {
        return Err(refuse("", text, found));
    }
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        let message = error.message().lines().next().unwrap_or("this is not TOML");
        let span = error.span().unwrap_or(0..0);
        refuse("", text, vec![Diagnostic::new("PGHA100", span, message).label("here")])
    })?;
    if let Some(at) = moved(text, &document.to_string()) {
        let message = "the dotted keys of one table stand apart, and would change places";
        let help = "write them next to each other, or as a section of their own";
        let span = at..at + text[at..].chars().next().map_or(0, char::len_utf8);
        let found = Diagnostic::new("PGHA100", span, message).label("here").help(help);
        return Err(refuse("", text, vec![found]));
    }
    let is_key = |item: &Item| item.is_value() || item.as_table().is_some_and(Table::is_dotted);
    let has_keys = document.as_table().iter().any(|(_, item)| is_key(item));
    table(document.as_table_mut(), &mut !has_keys, true);
    let trailing = lines(document.trailing());
    document.set_trailing(trailing.trim_end_matches('\n').to_string());
    let text = document.to_string();
    Ok(format!("{}\n", text.trim_start_matches('\n').trim_end()))
}

/// Where a document as it was read is written in another order, white space aside: the parser
/// brings dotted keys of one table together.
fn moved(text: &str, written: &str) -> Option<usize> {
    let visible = |(_, c): &(usize, char)| !c.is_whitespace() && *c != '\u{feff}';
    let mut written = written.char_indices().filter(visible).map(|(_, c)| c);
    let mut read = text.char_indices().filter(visible);
    read.find(|(_, c)| written.next() != Some(*c)).map(|(at, _)| at)
}

/// The difference between two texts, as `diff -u` writes it; empty for none.
pub fn diff(before: &str, after: &str) -> String {
    TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .header("before", "after")
        .to_string()
}

/// Lays out the keys of a table and the tables in it. `first` is true until a header was
/// met: nothing is above the first. `top` says that nothing of its section is above the table.
fn table(table: &mut Table, first: &mut bool, top: bool) {
    keys(table, top);
    for (index, (_, item)) in table.iter_mut().enumerate() {
        match item {
            Item::Table(inner) => {
                if !inner.is_dotted() && !inner.is_implicit() {
                    header(inner.decor_mut(), first);
                }
                let top = !inner.is_dotted() || (top && index == 0);
                self::table(inner, first, top);
            }
            Item::ArrayOfTables(array) => tables(array, first),
            Item::Value(_) | Item::None => {}
        }
    }
}

fn tables(array: &mut ArrayOfTables, first: &mut bool) {
    for inner in array.iter_mut() {
        header(inner.decor_mut(), first);
        table(inner, first, true);
    }
}

fn header(decor: &mut Decor, first: &mut bool) {
    let above = decor.prefix().map(lines).unwrap_or_default();
    let above = match *first {
        true => above.trim_start_matches('\n').to_string(),
        false => format!("\n{}", above.trim_start_matches('\n')),
    };
    *first = false;
    decor.set_prefix(above);
    trim_suffix(decor);
}

/// Aligns the `=` of neighbouring keys; a comment or a blank line parts neighbours.
fn keys(table: &mut Table, top: bool) {
    let widths = widths(table);
    for (index, ((mut key, item), width)) in table.iter_mut().zip(widths).enumerate() {
        let top = top && index == 0;
        let Item::Value(value) = item else { continue };
        let decor = key.leaf_decor_mut();
        let above = decor.prefix().map(lines).unwrap_or_default();
        let above = if top { above.trim_start_matches('\n') } else { above.as_str() };
        let above = above.to_string();
        decor.set_prefix(above);
        decor.set_suffix(" ".repeat(width + 1));
        value.decor_mut().set_prefix(" ");
        trim_suffix(value.decor_mut());
        inside(value);
    }
}

/// How much each key is padded to end where the longest of its neighbours ends.
fn widths(table: &Table) -> Vec<usize> {
    let mut widths: Vec<usize> = Vec::new();
    let mut run: Vec<(usize, usize)> = Vec::new();
    let close = |run: &mut Vec<(usize, usize)>, widths: &mut Vec<usize>| {
        let longest = run.iter().map(|(_, length)| *length).max().unwrap_or_default();
        for (index, length) in run.drain(..) {
            widths[index] = longest - length;
        }
    };
    for (index, (name, item)) in table.iter().enumerate() {
        widths.push(0);
        let Some(key) = table.key(name).filter(|_| item.is_value()) else {
            close(&mut run, &mut widths);
            continue;
        };
        let above = key.leaf_decor().prefix().and_then(RawString::as_str).unwrap_or_default();
        if above.contains('\n') || above.contains('#') {
            close(&mut run, &mut widths);
        }
        let length = key.display_repr().chars().count();
        match length {
            0..=LONGEST => run.push((index, length)),
            _ => close(&mut run, &mut widths),
        }
    }
    close(&mut run, &mut widths);
    widths
}

fn inside(value: &mut Value) {
    match value {
        Value::Array(array) => one_line(array),
        Value::InlineTable(table) => braces(table),
        _ => {}
    }
}

/// An array on one line gets one space after each comma; one over several lines is laid out
/// by hand and stays.
fn one_line(array: &mut Array) {
    let text = array.to_string();
    let by_hand = text.contains('\n') || text.contains('#');
    if !by_hand {
        array.set_trailing("");
        array.set_trailing_comma(false);
        for (index, value) in array.iter_mut().enumerate() {
            let before = if index == 0 { "" } else { " " };
            value.decor_mut().set_prefix(before);
            value.decor_mut().set_suffix("");
        }
    }
    array.iter_mut().for_each(inside);
}

fn braces(table: &mut InlineTable) {
    let last = table.len().saturating_sub(1);
    let by_hand = table.to_string().contains('\n');
    if by_hand {
        return;
    }
    for (index, (mut key, value)) in table.iter_mut().enumerate() {
        key.leaf_decor_mut().set_prefix(" ");
        key.leaf_decor_mut().set_suffix(" ");
        value.decor_mut().set_prefix(" ");
        value.decor_mut().set_suffix(if index == last { " " } else { "" });
        inside(value);
    }
}

/// What follows a value or a header on its line: nothing, or a comment after one space.
fn trim_suffix(decor: &mut Decor) {
    let suffix = decor.suffix().and_then(RawString::as_str).unwrap_or_default().trim().to_string();
    decor.set_suffix(if suffix.is_empty() { suffix } else { format!(" {suffix}") });
}

/// Comments and blank lines: no white space at the ends, never two blank lines in a row, and
/// nothing but line ends before what follows.
fn lines(raw: &RawString) -> String {
    let mut text = String::new();
    let mut blank = false;
    let raw = raw.as_str().unwrap_or_default().replace('\r', "");
    for line in raw.split_inclusive('\n') {
        let is_last = !line.ends_with('\n');
        let line = line.trim();
        if is_last && line.is_empty() {
            break;
        }
        if line.is_empty() && blank {
            continue;
        }
        blank = line.is_empty();
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &str) {
        assert_eq!(format(text).unwrap(), wanted);
    }

    #[test]
    fn blank_lines_around_dotted_keys_stay_except_at_the_top() {
        check(
            "[s]\nx = 1\n\na.b = 1\na.c = 2\n\nd = 3\n",
            "[s]\nx = 1\n\na.b = 1\na.c = 2\n\nd = 3\n",
        );
        check("[s]\n\na.b = 1\n\nd = 3\n", "[s]\na.b = 1\n\nd = 3\n");
        check("\na.b.c = 1\n\na.d = 3\n", "a.b.c = 1\n\na.d = 3\n");
    }

    #[test]
    fn dotted_keys_that_stand_apart_are_refused_and_stay() {
        let apart = "[b]\ny.z = 1\nyz = 1\ny.k = 2\n";
        let refused = format(apart).unwrap_err();
        assert!(refused.to_string().contains("stand apart"), "{refused}");
        assert_eq!(refused.diagnostics[0].span, 13..14);
        assert!(format("[b]\ny.z = 1\ny.k = 2\nyz = 1\n").is_ok());
    }

    #[test]
    fn sections_that_repeat_are_laid_out_like_others() {
        check(
            "[[a]]\nx=1\nlonger=2\n[[a]]\ny=1\n[[a.b]]\nz=1",
            "[[a]]\nx      = 1\nlonger = 2\n\n[[a]]\ny = 1\n\n[[a.b]]\nz = 1\n",
        );
    }

    #[test]
    fn a_mark_of_the_byte_order_is_dropped() {
        check("\u{feff}a=1\n", "a = 1\n");
    }

    /// A blank line or a comment between two keys says that they are about different things.
    #[test]
    fn neighbours_are_parted_by_blank_lines_and_comments() {
        check("a=1\n\nlonger=2\n", "a = 1\n\nlonger = 2\n");
        check("a=1\n# why\nlonger=2\n", "a = 1\n# why\nlonger = 2\n");
        check("a=1 # why\nlonger=2\n", "a      = 1 # why\nlonger = 2\n");
    }

    /// A table that only its parts mention has no header of its own.
    #[test]
    fn tables_without_a_header_get_no_blank_line() {
        check("# top\n[a.b]\nx=1\n[a.c]\ny=1", "# top\n[a.b]\nx = 1\n\n[a.c]\ny = 1\n");
        check("[s]\na.b=1\nc=2\n[t]\n", "[s]\na.b = 1\nc = 2\n\n[t]\n");
    }

    #[test]
    fn a_header_below_dotted_keys_is_not_the_first_thing() {
        check("a.b=1\n[x]", "a.b = 1\n\n[x]\n");
        check("# top\na.b.c=1\n# of x\n[x]\ny=1", "# top\na.b.c = 1\n\n# of x\n[x]\ny = 1\n");
        check("a.b=1\n\n\n[[x]]", "a.b = 1\n\n[[x]]\n");
    }

    #[test]
    fn blank_lines_are_single_and_none_is_at_the_ends() {
        check(
            "\n\n# top\n\n\n# two\n[a]\n\n\nx=1\n\n\n\ny=2\n",
            "# top\n\n# two\n[a]\nx = 1\n\ny = 2\n",
        );
        check("a=1\n\n\n# end\n\n\n# of it\n\n\n", "a = 1\n\n# end\n\n# of it\n");
        check("a=1\n  # end", "a = 1\n# end\n");
        check("", "\n");
    }

    #[test]
    fn braces_and_brackets_are_spaced_unless_laid_out_by_hand() {
        check("a={b=1,c=[1,{d=2}]}", "a = { b = 1, c = [1, { d = 2 }] }\n");
        check("a={ }\nb=[ ]", "a = { }\nb = []\n");
        check("a=[\n1, {b=1}]", "a = [\n1, { b = 1 }]\n");
    }

    #[test]
    fn a_difference_shows_three_lines_around_it() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let diff = diff(before, &before.replace('5', "five"));
        assert!(diff.contains("-5\n+five\n"), "{diff}");
        assert!(diff.contains(" 2\n") && !diff.contains(" 1\n"), "{diff}");
    }
}
