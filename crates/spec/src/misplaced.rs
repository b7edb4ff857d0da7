//! A section written as a value, and a value written as a section.

use toml::de::DeValue;

use crate::diagnostic::Diagnostic;
use crate::document::Entry;
use crate::document::Path;
use crate::document::Step;
use crate::document::keys;
use crate::foreign;
use crate::stand_in;
use crate::suggest;

/// What is said of an entry of another shape than its key has: words about its value would say
/// nothing of the header that is wrong or missing. `wanted` is what the key takes instead.
pub(crate) fn found(path: &Path, entry: &Entry<'_>, wanted: &str) -> Option<Diagnostic> {
    let value = entry.value.get_ref();
    let is_table = value.is_table();
    let are_tables = is_table || is_list_of_tables(value);
    if stand_in::is_table(path) {
        return (!is_table).then(|| of_a_table(path, entry));
    }
    if stand_in::lists_tables(path) {
        return (!is_list_of_tables(value)).then(|| of_several(path, entry));
    }
    let is_value = stand_in::is_known(path) && !stand_in::takes_table(path);
    let is_wrong = is_table || (are_tables && !stand_in::is_list(path));
    (is_value && is_wrong).then(|| of_a_value(path, entry, wanted))
}

fn is_list_of_tables(value: &DeValue<'_>) -> bool {
    value.as_array().is_some_and(|items| {
        !items.is_empty() && items.iter().all(|item| item.get_ref().is_table())
    })
}

/// Whether the key stands at the top, where tables are sections.
fn is_section(path: &Path) -> bool {
    path.len() == 1
}

fn of_a_table(path: &Path, entry: &Entry<'_>) -> Diagnostic {
    let key = &entry.key;
    let inside = known(path);
    let noun = if is_section(path) { "section" } else { "table" };
    let said = said(entry, format!("`{key}` is a {noun}, not {}", kind(entry.value.get_ref())));
    if !is_section(path) {
        return offering(said, path, entry, &inside, "{ key = value }");
    }
    let below = match inside.is_empty() {
        true => "`name = value` lines below it".to_string(),
        false => format!("its keys below it: {inside}"),
    };
    said.help(format!("write [{key}] on a line of its own, and {below}"))
}

/// With the table that is meant, or an example of one.
fn offering(
    said: Diagnostic,
    path: &Path,
    entry: &Entry<'_>,
    inside: &str,
    form: &str,
) -> Diagnostic {
    let keys = if inside.is_empty() { String::new() } else { format!("; its keys are {inside}") };
    match foreign::table(path, entry.value.get_ref()) {
        Some((meant, true)) => {
            said.help(format!("write `{} = {meant}`{keys}", entry.key)).fix(meant)
        }
        Some((example, false)) => {
            said.help(format!("write something like `{} = {example}`{keys}", entry.key))
        }
        None => said.help(format!("write `{} = {form}`{keys}", entry.key)),
    }
}

fn of_several(path: &Path, entry: &Entry<'_>) -> Diagnostic {
    let (key, inside) = (&entry.key, known(path));
    let written = kind(entry.value.get_ref());
    match is_section(path) {
        true => said(entry, format!("each `{key}` is a section of its own, not {written}")).help(
            format!(
                "write [[{key}]] on a line of its own for each, and its keys below it: {inside}"
            ),
        ),
        false => {
            let said = said(entry, format!("`{key}` is a list of tables, not {written}"));
            offering(said, path, entry, &inside, "[{ key = value }]")
        }
    }
}

fn of_a_value(path: &Path, entry: &Entry<'_>, wanted: &str) -> Diagnostic {
    let key = &entry.key;
    let above = path.split_last().map(|(_, above)| keys(above).join(".")).unwrap_or_default();
    let place = match above.is_empty() {
        true => String::new(),
        false => format!(" below [{above}]"),
    };
    said(entry, format!("`{key}` is a key with a value, not a section or a table"))
        .help(format!("write `{key} = …`{place}, with {wanted}"))
}

fn said(entry: &Entry<'_>, title: String) -> Diagnostic {
    Diagnostic::new("PGHA103", entry.value.span(), title).label("this value")
}

/// The keys of a table, or of each of a list of tables.
fn known(path: &Path) -> String {
    let inner = match stand_in::lists_tables(path) {
        true => [&path[..], &[Step::Item(0)]].concat(),
        false => path.clone(),
    };
    let names: Vec<String> =
        stand_in::keys_of(&inner).iter().filter_map(|path| keys(path).pop()).collect();
    suggest::list(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What kind of value somebody wrote, in everybody's words.
pub(crate) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "a switch",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) if is_list_of_tables(value) => "a list of tables",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
