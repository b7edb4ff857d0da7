//! Somebody in the console: values that change behind pgha's back.
//!
//! A value is read the way the field wants it: the first of a few readings of the text that
//! makes a resource of the same kind wins.

use std::collections::BTreeMap;
use std::net::IpAddr;

use pgha_resource::Address;
use pgha_resource::Resource;
use pgha_resource::live::Tags;
use pgha_resource::value::Shown;
use serde_json::Value;
use serde_json::json;

use crate::account::Account;
use crate::kind::db_cluster;
use crate::kind::db_instance;
use crate::kind::db_parameter_group;

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TamperError {
    /// There is nothing of that name.
    #[error("there is no {0} in the simulated account")]
    Missing(String),
    /// It has no such field.
    #[error("{kind} has no field `{field}`; its fields are {known}")]
    Field {
        /// The kind.
        kind: String,
        /// What was asked for.
        field: String,
        /// All fields, and `tags.KEY`.
        known: String,
    },
    /// The field cannot hold that.
    #[error("`{field}` cannot be `{value}`")]
    Value {
        /// The field.
        field: String,
        /// The value.
        value: String,
    },
    /// The account refused.
    #[error("{0}")]
    Refused(String),
}

/// Changes a live value; returns what it was and what it is.
pub(crate) fn tamper(
    account: &mut Account,
    key: &Address,
    field: &str,
    value: &str,
) -> Result<String, TamperError> {
    let missing = || TamperError::Missing(account.address(key).to_string());
    let thing = account.get(key).ok_or_else(missing)?;
    if let Some(name) = field.strip_prefix("tags.") {
        let mut tags = thing.tags.clone();
        let before = tags.get(name).cloned().unwrap_or_else(|| "(unset)".into());
        set_or_remove(&mut tags, name, value);
        return Ok(put_tags(account, key, tags, &before, value));
    }
    let (name, part) = field.split_once('.').map_or((field, None), |(f, part)| (f, Some(part)));
    let before = thing.resource.clone();
    if !before.field_names().contains(&name) {
        return Err(unknown_field(&before, field));
    }
    let after = read(&before, name, part, value)
        .ok_or_else(|| TamperError::Value { field: field.into(), value: value.into() })?;
    let shown = |resource: &Resource| {
        let fields = resource.shown_fields();
        fields.into_iter().find(|(n, _)| *n == name).map(|(_, shown)| shown.to_string())
    };
    let text =
        format!("{} -> {}", shown(&before).unwrap_or_default(), shown(&after).unwrap_or_default());
    put(account, key, name, after);
    account.log(key, format!("changed in the console: {field} {text}"));
    Ok(text)
}

fn put_tags(account: &mut Account, key: &Address, tags: Tags, from: &str, to: &str) -> String {
    if let Some(thing) = account.get_mut(key) {
        thing.tags = tags;
    }
    let text = format!("{from} -> {}", if to.is_empty() { "(unset)" } else { to });
    account.log(key, format!("tags changed in the console: {text}"));
    text
}

/// An empty value takes the entry away.
fn set_or_remove(map: &mut BTreeMap<String, String>, name: &str, value: &str) {
    match value.is_empty() {
        true => drop(map.remove(name)),
        false => drop(map.insert(name.into(), value.into())),
    }
}

fn unknown_field(resource: &Resource, field: &str) -> TamperError {
    let mut known: Vec<String> = resource.field_names().iter().map(|f| f.to_string()).collect();
    known.push("tags.KEY".into());
    TamperError::Field {
        kind: resource.kind().to_string(),
        field: field.into(),
        known: known.join(", "),
    }
}

/// Puts the changed resource into the account, with what a change in the console does.
fn put(account: &mut Account, key: &Address, field: &str, after: Resource) {
    match (&after, field) {
        (Resource::DbParameterGroup(group), "parameters") => {
            return db_parameter_group::edit(
                account,
                key,
                group.parameters.clone().unwrap_or_default(),
            );
        }
        (Resource::DbClusterParameterGroup(group), "parameters") => {
            return db_parameter_group::edit(
                account,
                key,
                group.parameters.clone().unwrap_or_default(),
            );
        }
        _ => {}
    }
    account.merge(key, &[field], &after);
    match account.get_mut(key).map(|thing| &mut thing.resource) {
        Some(Resource::DbInstance(instance)) => db_instance::tidy(instance),
        Some(Resource::DbCluster(cluster)) => db_cluster::tidy(cluster),
        _ => {}
    }
    if field == "parameter_group"
        && let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut())
    {
        database.reboot_needed = true;
    }
}

/// The resource with one field read from a text.
fn read(resource: &Resource, name: &str, part: Option<&str>, text: &str) -> Option<Resource> {
    let whole = serde_json::to_value(resource).ok()?;
    let now = field_of(&whole, name)?;
    let is_map = resource
        .shown_fields()
        .iter()
        .any(|(field, shown)| *field == name && matches!(shown, Shown::Map(_)));
    let readings = match part {
        // `Work_Mem` is `work_mem`, whoever typed it.
        Some(part) if name == "parameters" => parts(now, &part.to_ascii_lowercase(), text),
        Some(part) => parts(now, part, text),
        None if is_map => maps(text),
        None => readings(text),
    };
    readings.into_iter().find_map(|value| {
        let mut whole = whole.clone();
        *field_of_mut(&mut whole, name)? = value;
        serde_json::from_value(whole).ok()
    })
}

/// A resource is an object of one member, its kind, that holds the fields.
fn field_of<'a>(whole: &'a Value, name: &str) -> Option<&'a Value> {
    whole.as_object()?.values().next()?.get(name)
}

fn field_of_mut<'a>(whole: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    whole.as_object_mut()?.values_mut().next()?.get_mut(name)
}

/// A map with one entry set, or taken away by an empty text.
fn parts(now: &Value, part: &str, text: &str) -> Vec<Value> {
    let mut map = now.as_object().cloned().unwrap_or_default();
    if text.is_empty() {
        map.remove(part);
        return vec![Value::Object(map)];
    }
    let with = |value: Value| {
        let mut map = map.clone();
        map.insert(part.into(), value);
        Value::Object(map)
    };
    vec![with(json!(text)), with(json!({ "known": text })), with(json!([{ "text": text }]))]
}

/// What a text may mean, the plainest first.
fn readings(text: &str) -> Vec<Value> {
    let mut readings = Vec::new();
    if matches!(text, "" | "none" | "unset") {
        readings.extend([json!([]), json!(""), Value::Null]);
    }
    readings.extend(text.parse::<bool>().ok().map(|value| json!(value)));
    readings.extend(text.parse::<i64>().ok().map(|value| json!(value)));
    readings.extend(text.parse::<f64>().ok().map(|value| json!(value)));
    readings.push(json!(text));
    readings.push(json!({ "wanted": text }));
    readings.push(json!({ "known": text }));
    let items: Vec<&str> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
    let rules: Option<Vec<Value>> = items.iter().map(|item| rule(item)).collect();
    readings.extend(rules.map(Value::Array));
    // A list of texts also reads as a document's pieces, so the document comes first.
    readings.push(json!([{ "text": text }]));
    readings.push(json!(items));
    readings.push(Value::Array(items.iter().map(|item| json!({ "known": item })).collect()));
    readings.push(json!({ "known": items }));
    readings
}

/// `name=value, name=value` as a map of texts, of references or of documents; a value with
/// braces is a document, whose commas are its own.
fn maps(text: &str) -> Vec<Value> {
    if matches!(text, "" | "none" | "unset") {
        return vec![json!({})];
    }
    let entries: Vec<&str> = match text.contains('{') {
        true => vec![text],
        false => text.split(',').collect(),
    };
    let pairs: Option<Vec<(&str, &str)>> = entries.iter().map(|e| e.split_once('=')).collect();
    let Some(pairs) = pairs else { return Vec::new() };
    let map = |value: fn(&str) -> Value| {
        Value::Object(pairs.iter().map(|(k, v)| (k.trim().into(), value(v.trim()))).collect())
    };
    vec![
        map(|text| json!(text)),
        map(|text| json!({ "known": text })),
        map(|text| json!([{ "text": text }])),
    ]
}

/// `tcp/5432 10.0.0.0/16`, `tcp/5432-5433 sg-0123`, `all self`; a peer alone means all.
fn rule(text: &str) -> Option<Value> {
    let (ports, peer) = text.split_once(' ').unwrap_or(("all", text));
    let (from, to) = match ports.strip_prefix("tcp/") {
        Some(range) => {
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            (from.parse::<i32>().ok()?, to.parse::<i32>().ok()?)
        }
        None if ports == "all" => (-1, -1),
        None => return None,
    };
    let peer = match peer.trim() {
        "self" => json!("itself"),
        group if group.starts_with("sg-") => json!({ "group": { "known": group } }),
        cidr if is_range(cidr) => json!({ "cidr": cidr }),
        _ => return None,
    };
    Some(json!({ "from_port": from, "to_port": to, "peer": peer }))
}

/// `10.0.0.0/16`, `2001:db8::/32`: EC2 takes no peer that is neither that nor a group.
fn is_range(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}

/// Somebody deletes it in the console, having turned its protection off.
pub(crate) fn tamper_delete(account: &mut Account, key: &Address) -> Result<String, TamperError> {
    if account.get(key).is_none() {
        return Err(TamperError::Missing(account.address(key).to_string()));
    }
    let text = format!("deleting {} in the console", account.address(key));
    match account.get(key).map(|thing| &thing.resource) {
        Some(Resource::DbInstance(_)) => db_instance::delete::let_go(account, key),
        Some(Resource::DbCluster(_)) => db_cluster::let_go(account, key),
        _ => crate::kind::delete(account, key, None)
            .map_err(|error| TamperError::Refused(error.to_string()))?,
    }
    Ok(text)
}
