//! A spec in the making: keys and values by section, in the order in which a person reads them.

use std::collections::BTreeMap;
use std::fmt::Write;

use toml_edit::{Array, InlineTable, Value};

/// The sections that are tables, in the order of the text.
const BEFORE_REPLICAS: [&str; 10] = [
    "cluster",
    "engine",
    "names",
    "network",
    "storage",
    "credentials",
    "backup",
    "maintenance",
    "parameters",
    "monitoring",
];
const AFTER_REPLICAS: [&str; 2] = ["proxy", "guard"];

/// The keys that lead their section, the most telling first; the others follow by name.
const LEADING: [&str; 12] = [
    "name", "region", "account", "topology", "version", "class", "vpc", "subnets", "type", "size",
    "username", "manage",
];

type Keys = BTreeMap<String, Value>;

/// A spec in the making.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    sections: BTreeMap<String, Keys>,
    replicas: Vec<Keys>,
    endpoints: Vec<Keys>,
    /// What is said above a section or, behind a dot, above a key of it.
    remarks: BTreeMap<String, &'static str>,
    /// What the text says below everything, line by line.
    pub(crate) end: Vec<String>,
}

/// Where a key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// A section.
    Section(&'a str),
    /// The replica of this number.
    Replica(usize),
}

impl Draft {
    /// Writes a key. Says whether that changed anything.
    pub(crate) fn set(&mut self, place: Place<'_>, key: &str, value: impl Into<Value>) -> bool {
        let value = value.into();
        let keys = match place {
            Place::Section(name) => self.sections.entry(name.into()).or_default(),
            Place::Replica(number) => {
                while self.replicas.len() <= number {
                    self.replicas.push(Keys::new());
                }
                &mut self.replicas[number]
            }
        };
        let text = value.to_string();
        keys.insert(key.into(), value).is_none_or(|before| before.to_string() != text)
    }

    /// Writes a key of the inline table behind another key.
    pub(crate) fn set_in(
        &mut self,
        place: Place<'_>,
        table: &str,
        key: &str,
        value: impl Into<Value>,
    ) -> bool {
        let written = match place {
            Place::Section(name) => self.sections.get(name).and_then(|keys| keys.get(table)),
            Place::Replica(number) => self.replicas.get(number).and_then(|keys| keys.get(table)),
        };
        let mut inner = written.and_then(Value::as_inline_table).cloned().unwrap_or_default();
        inner.insert(key, value.into());
        self.set(place, table, inner)
    }

    /// Adds a section without keys: it being there says something.
    pub(crate) fn open(&mut self, section: &str) {
        self.sections.entry(section.into()).or_default();
    }

    /// Says something above a section or, as `section.key`, above a key.
    pub(crate) fn remark(&mut self, place: &str, text: &'static str) {
        self.remarks.insert(place.into(), text);
    }

    /// Adds an endpoint of the proxy.
    pub(crate) fn endpoint(&mut self, keys: impl IntoIterator<Item = (&'static str, Value)>) {
        self.endpoints.push(keys.into_iter().map(|(key, value)| (key.into(), value)).collect());
    }

    /// The text, as `pgha fmt` lays it out.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for name in BEFORE_REPLICAS {
            self.section(&mut text, name);
        }
        for replica in &self.replicas {
            text.push('\n');
            table_of(&mut text, "[[replica]]", replica, |_| None);
        }
        for name in AFTER_REPLICAS {
            self.section(&mut text, name);
            if name == "proxy" {
                for endpoint in &self.endpoints {
                    text.push('\n');
                    table_of(&mut text, "[[proxy.endpoint]]", endpoint, |_| None);
                }
            }
        }
        if !self.end.is_empty() {
            text.push('\n');
        }
        self.end.iter().for_each(|line| comment(&mut text, line));
        pgha_spec::format(&text).unwrap_or(text)
    }

    fn section(&self, text: &mut String, name: &str) {
        let Some(keys) = self.sections.get(name) else { return };
        let (places, own): (Keys, Keys) =
            keys.clone().into_iter().partition(|(key, _)| key == "regions");
        text.push('\n');
        if let Some(remark) = self.remarks.get(name) {
            comment(text, remark);
        }
        table_of(text, &format!("[{name}]"), &own, |key| {
            self.remarks.get(&format!("{name}.{key}")).copied()
        });
        for (region, keys) in places.values().filter_map(Value::as_inline_table).flatten() {
            let keys = keys.as_inline_table().into_iter().flatten();
            let keys: Keys = keys.map(|(key, value)| (key.into(), value.clone())).collect();
            table_of(text, &format!("\n[{name}.regions.{region}]"), &keys, |_| None);
        }
    }
}

fn comment(text: &mut String, line: &str) {
    let _ = match line.is_empty() {
        true => writeln!(text, "#"),
        false => writeln!(text, "# {line}"),
    };
}

fn table_of(
    text: &mut String,
    header: &str,
    keys: &Keys,
    remark: impl Fn(&str) -> Option<&'static str>,
) {
    let _ = writeln!(text, "{header}");
    let rank =
        |key: &str| LEADING.iter().position(|leading| *leading == key).unwrap_or(LEADING.len());
    let mut ordered: Vec<(&String, &Value)> = keys.iter().collect();
    ordered.sort_by_key(|(key, _)| rank(key));
    for (key, value) in ordered {
        if let Some(remark) = remark(key) {
            comment(text, remark);
        }
        let key = toml_edit::Key::new(key.as_str());
        let _ = writeln!(text, "{} = {}", key, value.to_string().trim());
    }
}

/// A list of texts.
pub(crate) fn list(texts: impl IntoIterator<Item = String>) -> Value {
    texts.into_iter().collect::<Array>().into()
}

/// An inline table.
pub(crate) fn table(keys: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let mut table = InlineTable::new();
    for (key, value) in keys {
        table.insert(key, value);
    }
    table.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_keys_come_in_the_order_of_a_reader() {
        let mut draft = Draft::default();
        let cluster = Place::Section("cluster");
        draft.end = vec!["left out:".into(), String::new(), "  twice".into()];
        draft.remark("cluster", "whose");
        draft.remark("network.vpc", "where");
        let west = table([("vpc", "vpc-2".into())]);
        draft.set(Place::Section("network"), "vpc", "vpc-1");
        draft.set_in(Place::Section("network"), "regions", "us-west-2", west);
        draft.open("proxy");
        draft.endpoint([("name", "reports".into())]);
        assert!(draft.set(Place::Replica(0), "name", "read-1"));
        assert!(draft.set(cluster, "deletion_protection", false));
        assert!(draft.set(cluster, "region", "us-east-1"));
        assert!(draft.set(cluster, "name", "orders"));
        assert!(draft.set_in(Place::Replica(0), "storage", "size", "20 GiB"));
        assert!(draft.set_in(Place::Replica(0), "storage", "max_size", "off"));
        // The same again is no change.
        assert!(!draft.set(cluster, "name", "orders"));
        assert!(!draft.set_in(Place::Replica(0), "storage", "size", "20 GiB"));
        let expected = r#"# whose
[cluster]
name                = "orders"
region              = "us-east-1"
deletion_protection = false

[network]
# where
vpc = "vpc-1"

[network.regions.us-west-2]
vpc = "vpc-2"

[[replica]]
name    = "read-1"
storage = { size = "20 GiB", max_size = "off" }

[proxy]

[[proxy.endpoint]]
name = "reports"

# left out:
#
#   twice
"#;
        assert_eq!(draft.text(), expected);
    }
}
