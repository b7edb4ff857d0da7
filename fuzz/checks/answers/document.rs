//! The body of an answer in its protocol, and what edits do to it.

use serde_json::Map;
use serde_json::Value;

/// A body that can still be edited.
#[derive(Debug, Clone)]
pub enum Document {
    /// The Query protocols'.
    Xml(String),
    /// JSON 1.1.
    Json(Value),
    /// RPC v2 CBOR, until it is sent.
    Cbor(Value),
}

impl Document {
    /// Gives fields a value. `path` is a name, or names from a field that is missing down to
    /// what is put there.
    pub fn set(&mut self, path: &str, number: Option<usize>, value: &str) {
        let name = path.rsplit('/').next().unwrap_or(path);
        match self {
            Self::Xml(text) => {
                let written = escaped(value);
                let field = |inner: &str| inner.to_string() + &written;
                if !edit_elements(text, name, number, |open, _, close| field(open) + close) {
                    add_element(text, path, &written);
                }
            }
            Self::Json(root) | Self::Cbor(root) => {
                let typed = serde_json::from_str(value).unwrap_or_else(|_| value.into());
                let mut left = number;
                if !set_key(root, name, &mut left, &typed) {
                    add_key(root, path, typed);
                }
            }
        }
    }

    /// Takes fields of that name out.
    pub fn without(&mut self, name: &str) {
        match self {
            Self::Xml(text) => {
                edit_elements(text, name, None, |_, _, _| String::new());
            }
            Self::Json(root) | Self::Cbor(root) => each_map(root, &mut |map| {
                map.remove(name);
            }),
        }
    }

    /// Says fields of that name twice; in JSON, the members of a list.
    pub fn twice(&mut self, name: &str) {
        match self {
            Self::Xml(text) => {
                edit_elements(text, name, None, |open, inner, close| {
                    format!("{open}{inner}{close}").repeat(2)
                });
            }
            Self::Json(root) | Self::Cbor(root) => each_map(root, &mut |map| {
                if let Some(Value::Array(items)) = map.get_mut(name) {
                    items.extend(items.clone());
                }
            }),
        }
    }

    /// The bytes on the wire.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Xml(text) => text.clone().into_bytes(),
            Self::Json(root) => root.to_string().into_bytes(),
            Self::Cbor(root) => {
                let mut bytes = Vec::new();
                write_cbor(root, &mut bytes);
                bytes
            }
        }
    }
}

/// Text as XML takes it.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Replaces elements by what `edit` makes of their opening tag, content and closing tag;
/// `false` if there are none of that name.
fn edit_elements(
    text: &mut String,
    name: &str,
    number: Option<usize>,
    edit: impl Fn(&str, &str, &str) -> String,
) -> bool {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let (mut done, mut rest, mut met) = (String::new(), text.as_str(), 0);
    while let Some((start, inner, end)) = element(rest, &open, &close) {
        done += &rest[..start];
        match number.is_none_or(|number| number == met) {
            true => done += &edit(&open, inner, &close),
            false => done += &rest[start..end],
        }
        rest = &rest[end..];
        met += 1;
    }
    let done = done + rest;
    *text = done;
    met > 0
}

/// The first element: where it starts, its content, where it ends.
fn element<'a>(text: &'a str, open: &str, close: &str) -> Option<(usize, &'a str, usize)> {
    let start = text.find(open)?;
    let inner = start + open.len();
    let end = inner + text[inner..].find(close)?;
    Some((start, &text[inner..end], end + close.len()))
}

/// Puts an element at the end of the result, inside those that the path names.
fn add_element(text: &mut String, path: &str, written: &str) {
    let names: Vec<&str> = path.split('/').collect();
    let open: String = names.iter().map(|name| format!("<{name}>")).collect();
    let close: String = names.iter().rev().map(|name| format!("</{name}>")).collect();
    let end = text.rfind("Result>").and_then(|at| text[..at].rfind("</"));
    let end = end.or_else(|| text.rfind("</")).unwrap_or(text.len());
    text.insert_str(end, &format!("{open}{written}{close}"));
}

fn each_map(value: &mut Value, edit: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            edit(map);
            map.values_mut().for_each(|value| each_map(value, edit));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_map(item, edit)),
        _ => {}
    }
}

fn set_key(root: &mut Value, name: &str, left: &mut Option<usize>, value: &Value) -> bool {
    let mut met = false;
    each_map(root, &mut |map| {
        let Some(field) = map.get_mut(name) else { return };
        met = true;
        match left {
            Some(0) | None => *field = value.clone(),
            Some(_) => {}
        }
        // Counted down to the one that is meant, and then past it.
        *left = left.map(|left| left.checked_sub(1).unwrap_or(usize::MAX));
    });
    met
}

fn add_key(root: &mut Value, path: &str, value: Value) {
    let nested = path
        .rsplit('/')
        .fold(value, |inner, name| Value::Object(Map::from_iter([(name.to_string(), inner)])));
    if let (Value::Object(root), Value::Object(more)) = (root, nested) {
        root.extend(more);
    }
}

/// RFC 8949, as far as JSON goes.
fn write_cbor(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Null => bytes.push(0xf6),
        Value::Bool(false) => bytes.push(0xf4),
        Value::Bool(true) => bytes.push(0xf5),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => write_head(0, number, bytes),
            (None, Some(number)) => write_head(1, !number.cast_unsigned(), bytes),
            (None, None) => {
                bytes.push(0xfb);
                bytes.extend(number.as_f64().unwrap_or(f64::NAN).to_be_bytes());
            }
        },
        Value::String(text) => {
            write_head(3, text.len() as u64, bytes);
            bytes.extend(text.as_bytes());
        }
        Value::Array(items) => {
            write_head(4, items.len() as u64, bytes);
            items.iter().for_each(|item| write_cbor(item, bytes));
        }
        Value::Object(map) => {
            write_head(5, map.len() as u64, bytes);
            for (key, value) in map {
                write_head(3, key.len() as u64, bytes);
                bytes.extend(key.as_bytes());
                write_cbor(value, bytes);
            }
        }
    }
}

fn write_head(major: u8, number: u64, bytes: &mut Vec<u8>) {
    let major = major << 5;
    match number {
        0..24 => bytes.push(major | number as u8),
        _ => {
            bytes.push(major | 27);
            bytes.extend(number.to_be_bytes());
        }
    }
}
