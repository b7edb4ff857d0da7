//! Values for keys that nobody can read: what could stand there, by the JSON Schema.

use std::sync::LazyLock;

use serde_json::Value;
use toml::Spanned;
use toml::de::DeArray;
use toml::de::DeTable;
use toml::de::DeValue;

use crate::document::Path;
use crate::document::Step;
use crate::document::below;
use crate::document::nowhere;
use crate::schema;

static SCHEMA: LazyLock<Value> = LazyLock::new(schema::schema);

/// Numbers on both sides of most limits.
const NUMBERS: [&str; 6] = ["0", "1", "60", "465", "20000", "300000"];
const FRACTIONS: [&str; 3] = ["0", "300", "1.5e9"];
/// Texts that some keys take and others do not.
const WORDS: [&str; 9] = [
    "us-east-1",
    "eu-west-3",
    "16",
    "12.1",
    "db.r6g.large",
    "db.t4g.micro",
    "x",
    "vpc-0123456789abcdef0",
    "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000001",
];
/// More texts for one key than tell anything new.
const MOST: usize = 12;

/// What could stand at a path; some of it for each round.
pub(crate) struct StandIns {
    words: Vec<String>,
}

/// A value with which the document can be read.
pub(crate) fn first(path: &[Step]) -> Option<DeValue<'static>> {
    StandIns::new(Vec::new()).values(path).into_iter().next()
}

impl StandIns {
    /// With these texts beside the usual ones, which come first.
    pub(crate) fn new(words: Vec<String>) -> Self {
        Self { words }
    }

    /// What could stand at a path: nothing, where that is a table of any keys.
    pub(crate) fn values(&self, path: &[Step]) -> Vec<DeValue<'static>> {
        node_at(path).map_or_else(Vec::new, |node| self.of(node))
    }

    /// The texts that there are.
    fn texts(&self) -> Vec<&str> {
        let own = self.words.iter().map(String::as_str);
        own.chain(WORDS).collect()
    }

    fn of(&self, node: &'static Value) -> Vec<DeValue<'static>> {
        let node = resolved(node);
        let mut values = match (node.get("const"), node.get("examples")) {
            (Some(word), _) => vec![literal(word)],
            (None, Some(examples)) => {
                let examples = examples.as_array().into_iter().flatten().map(literal);
                examples.chain(self.choices(node).filter(|value| !value.is_str())).collect()
            }
            (None, None) => self.choices(node).collect(),
        };
        values.extend(self.typed(node));
        values
    }

    fn choices(&self, node: &'static Value) -> impl Iterator<Item = DeValue<'static>> {
        let lists = ["anyOf", "oneOf"].into_iter().filter_map(|key| node.get(key)?.as_array());
        lists.flatten().flat_map(|choice| self.of(choice))
    }

    /// Values of the types of a node that says no more.
    fn typed(&self, node: &'static Value) -> Vec<DeValue<'static>> {
        let says_more = ["const", "examples"].into_iter().any(|key| node.get(key).is_some());
        let types: Vec<&str> = match node.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let of = |name: &str| match name {
            _ if says_more => Vec::new(),
            "boolean" => vec![DeValue::Boolean(false), DeValue::Boolean(true)],
            "integer" => NUMBERS.into_iter().filter(|n| fits(node, n)).filter_map(parsed).collect(),
            "number" => FRACTIONS.into_iter().filter_map(parsed).collect(),
            "string" => self.strings(node),
            "array" => self.lists(node),
            "object" => self.tables(node),
            _ => Vec::new(),
        };
        types.into_iter().flat_map(of).collect()
    }

    /// Texts that begin as the pattern of a node does.
    fn strings(&self, node: &'static Value) -> Vec<DeValue<'static>> {
        let pattern = node.get("pattern").and_then(Value::as_str).unwrap_or_default();
        let pattern = pattern.trim_start_matches('^');
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let start = &pattern[..pattern.find(|c| !plain(c)).unwrap_or(pattern.len())];
        let texts = self.texts().into_iter().filter(|text| text.starts_with(start));
        texts.take(MOST).map(text).collect()
    }

    fn lists(&self, node: &'static Value) -> Vec<DeValue<'static>> {
        let items = node.get("items").map(|items| self.of(items)).unwrap_or_default();
        let some: Vec<_> = items.iter().take(1).cloned().collect();
        [Vec::new(), some, items].into_iter().map(list).collect()
    }

    /// A table with the keys that it has to have, and tables with all keys.
    fn tables(&self, node: &'static Value) -> Vec<DeValue<'static>> {
        if let Some(entries) = node.get("additionalProperties").filter(|more| more.is_object()) {
            let full = |value: DeValue<'static>| {
                let keys = self.words.iter().map(String::as_str).chain(["x", "us-west-2"]);
                table(keys.map(|key| (key, value.clone())))
            };
            // A parameter that is a text is as good as none.
            let (texts, others): (Vec<_>, Vec<_>) =
                self.of(entries).into_iter().partition(DeValue::is_str);
            let full = others.into_iter().take(3).chain(texts.into_iter().take(1)).map(full);
            let needs_some = node.get("minProperties").is_some();
            return (!needs_some).then(|| table([])).into_iter().chain(full).collect();
        }
        let Some(properties) = node.get("properties").and_then(Value::as_object) else {
            return Vec::new();
        };
        let values: Vec<(&str, Vec<_>)> =
            properties.iter().map(|(key, node)| (key.as_str(), self.of(node))).collect();
        let most = values.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
        let is_required = |key: &str| is_required(node, key);
        let round = |round: usize, wanted: &dyn Fn(&str) -> bool| {
            let entries =
                values.iter().filter(|(key, _)| wanted(key)).filter_map(|(key, values)| {
                    Some((*key, values.get(round % values.len().max(1))?.clone()))
                });
            table(entries)
        };
        let least = [round(0, &is_required)].into_iter();
        least.chain((0..most.min(MOST)).map(|number| round(number, &|_| true))).collect()
    }
}

/// The keys of a table that has keys of its own.
pub(crate) fn keys_of(path: &[Step]) -> Vec<Path> {
    names_of(path).into_iter().map(|key| below(path, key)).collect()
}

/// Their names; those of the table among others, where a table is one of several things that may
/// stand there.
pub(crate) fn names_of(path: &[Step]) -> Vec<&'static str> {
    let node = if path.is_empty() { Some(resolved(&SCHEMA)) } else { node_at(path) };
    let own = node.and_then(|node| node.get("properties")?.as_object());
    own.into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

/// The tables, and lists of tables, that have one of some keys, or any where there are none.
pub(crate) fn tables_with(path: &[Step], keys: &[&str]) -> Vec<Path> {
    let has = |path: &Path| {
        let Some(node) = node_at(path).and_then(table_in) else { return false };
        let Some(own) = node.get("properties").and_then(Value::as_object) else { return true };
        keys.is_empty() || keys.iter().any(|key| own.contains_key(*key))
    };
    keys_of(path).into_iter().filter(has).collect()
}

/// The table that a node is, or lists, or has among others.
fn table_in(node: &'static Value) -> Option<&'static Value> {
    let node = resolved(node);
    if node.get("type").is_some_and(|kind| kind == "object") {
        return Some(node);
    }
    let choices = node.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    node.get("items").into_iter().chain(choices).find_map(table_in)
}

/// The keys of a table that could be meant to have a value.
pub(crate) fn keys_for(path: &[Step], value: &DeValue<'_>) -> Vec<Path> {
    let table = match value {
        DeValue::Table(table) => Some(table),
        DeValue::Array(items) => items.iter().find_map(|item| item.get_ref().as_table()),
        _ => None,
    };
    match table {
        Some(table) => {
            let keys: Vec<&str> = table.keys().map(|key| key.get_ref().as_ref()).collect();
            tables_with(path, &keys)
        }
        None => {
            let takes = |path: &Path| node_at(path).is_some_and(|node| takes(node, value));
            keys_of(path).into_iter().filter(takes).collect()
        }
    }
}

/// Every key and every word of the language.
pub(crate) fn words() -> Vec<&'static str> {
    fn collect(node: &'static Value, into: &mut Vec<&'static str>) {
        match node {
            Value::Object(map) => {
                into.extend(map.get("const").and_then(Value::as_str));
                let keys = map.get("properties").and_then(Value::as_object);
                into.extend(keys.into_iter().flatten().map(|(key, _)| key.as_str()));
                map.values().for_each(|inner| collect(inner, into));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
            _ => {}
        }
    }
    let mut words = vec!["default", "true", "false"];
    collect(&SCHEMA, &mut words);
    words
}

/// Whether a node has a place for a value that is no table.
fn takes(node: &'static Value, value: &DeValue<'_>) -> bool {
    let node = resolved(node);
    if let Some(word) = node.get("const") {
        return value.as_str().is_some_and(|text| word == text);
    }
    let choices = ["anyOf", "oneOf"].into_iter().filter_map(|key| node.get(key)?.as_array());
    let is_one = |kind: &Value| {
        let written = value.type_str();
        kind == written || (kind == "number" && matches!(written, "integer" | "float"))
    };
    let is_typed = match node.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(is_one),
        Some(kind) => is_one(kind),
        None => false,
    };
    is_typed || choices.flatten().any(|choice| takes(choice, value))
}

/// Whether a table stands at a path.
pub(crate) fn is_table(path: &[Step]) -> bool {
    let is_table = |node: &Value| node.get("type").is_some_and(|kind| kind == "object");
    path.is_empty() || node_at(path).is_some_and(is_table)
}

/// Whether a table may stand at a path, among others.
pub(crate) fn takes_table(path: &[Step]) -> bool {
    !is_list(path) && node_at(path).and_then(table_in).is_some()
}

/// Whether a list stands at a path, of whatever.
pub(crate) fn is_list(path: &[Step]) -> bool {
    node_at(path).is_some_and(|node| node.get("items").is_some())
}

/// Whether a list of tables stands at a path.
pub(crate) fn lists_tables(path: &[Step]) -> bool {
    let items = node_at(path).and_then(|node| node.get("items")).map(resolved);
    !path.is_empty() && items.is_some_and(|node| node.get("properties").is_some())
}

/// Whether a key may be left out.
pub(crate) fn is_optional(path: &[Step]) -> bool {
    match path.split_last() {
        Some((Step::Key(key), parent)) => {
            let node = if parent.is_empty() { Some(resolved(&SCHEMA)) } else { node_at(parent) };
            node.is_some_and(|node| !is_required(node, key))
        }
        _ => false,
    }
}

/// Whether the schema has a path.
pub(crate) fn is_known(path: &[Step]) -> bool {
    path.is_empty() || node_at(path).is_some()
}

fn is_required(node: &Value, key: &str) -> bool {
    let required = node.get("required").and_then(Value::as_array);
    required.is_some_and(|keys| keys.iter().any(|required| required == key))
}

/// What the schema says of a path.
pub(crate) fn node_at(path: &[Step]) -> Option<&'static Value> {
    let mut node = resolved(&SCHEMA);
    for step in path {
        let next = match step {
            Step::Item(_) => node.get("items")?,
            Step::Key(key) => match node.get("properties").and_then(|keys| keys.get(key)) {
                Some(next) => next,
                None => node.get("additionalProperties").filter(|more| more.is_object())?,
            },
        };
        node = resolved(next);
    }
    Some(node)
}

/// What a node refers to.
pub(crate) fn resolved(node: &'static Value) -> &'static Value {
    let mut node = node;
    loop {
        let inner = node.get("allOf").and_then(|all| all.get(0)).unwrap_or(node);
        let name = inner.get("$ref").and_then(Value::as_str);
        let name = name.and_then(|name| name.strip_prefix("#/definitions/"));
        match name.and_then(|name| SCHEMA.get("definitions")?.get(name)) {
            Some(next) => node = next,
            None => return inner,
        }
    }
}

fn fits(node: &Value, number: &str) -> bool {
    let Ok(number) = number.parse::<f64>() else { return false };
    let limit = |key: &str| node.get(key).and_then(Value::as_f64);
    limit("minimum").is_none_or(|least| number >= least)
        && limit("maximum").is_none_or(|most| number <= most)
}

fn parsed(number: &'static str) -> Option<DeValue<'static>> {
    Some(DeValue::parse(number).ok()?.into_inner())
}

fn literal(value: &Value) -> DeValue<'static> {
    text(value.as_str().unwrap_or_default())
}

fn text(text: &str) -> DeValue<'static> {
    DeValue::String(text.to_string().into())
}

fn list(items: Vec<DeValue<'static>>) -> DeValue<'static> {
    DeValue::Array(items.into_iter().map(nowhere).collect::<DeArray<'_>>())
}

fn table<'a>(entries: impl IntoIterator<Item = (&'a str, DeValue<'static>)>) -> DeValue<'static> {
    let entry =
        |(key, value): (&str, _)| (Spanned::new(0..0, key.to_string().into()), nowhere(value));
    DeValue::Table(entries.into_iter().map(entry).collect::<DeTable<'_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::document::Step;

    const LEAST: &str = "[cluster]\nname = \"x\"\nregion = \"us-east-1\"\n[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"\n";

    /// What cannot be read tells nothing.
    #[test]
    fn every_stand_in_for_a_section_can_be_read() {
        let stand_ins = StandIns::new(vec!["PGHA001".into(), "a b".into()]);
        for path in keys_of(&[]) {
            let values = stand_ins.values(&path);
            assert!(values.len() > 1, "{path:?}");
            for value in values {
                let root = DeTable::parse(LEAST).unwrap().into_inner();
                let mut document = Document::new(root, LEAST.len(), &|span| span);
                document.put(&path, nowhere(value.clone()));
                let read = document.read();
                assert!(read.is_ok(), "{path:?} {value:?}: {:?}", read.err());
            }
        }
    }

    #[test]
    fn what_a_value_could_be_meant_for_follows_from_its_kind() {
        let engine = [Step::Key("engine".into())];
        let names = |value: &'static str| -> Vec<String> {
            let paths = keys_for(&engine, DeValue::parse(value).unwrap().get_ref());
            paths.iter().map(|path| crate::document::keys(path)[1].clone()).collect()
        };
        assert_eq!(names("true"), ["iam_auth", "lifecycle_support"]);
        assert_eq!(names("5432"), ["port"]);
        assert_eq!(names("\"x\""), ["ca_certificate", "class", "database", "version"]);
        assert_eq!(names("[1]"), Vec::<String>::new());
    }
}
