//! The JSON Schema of `cluster.toml`, for editors.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::section::Spec;

/// The schema, draft-07: the newest draft that TOML editors read. Descriptions are the doc
/// comments of the sections.
pub fn schema() -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Spec>();
    let mut schema = schema.to_value();
    tidy(&mut schema);
    schema
}

/// TOML has no null, and JSON Schema has no `uint32`.
fn tidy(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(map) => {
            map.values_mut().for_each(tidy);
            let foreign = map.get("format").and_then(Value::as_str).is_some_and(|format| {
                format.contains("int") || matches!(format, "double" | "float")
            });
            if foreign {
                map.remove("format");
            }
            if map.get("default").is_some_and(Value::is_null) {
                map.remove("default");
            }
            for key in ["type", "anyOf", "enum"] {
                if let Some(Value::Array(items)) = map.get_mut(key) {
                    items.retain(|item| !is_null(item));
                }
            }
            let single = match map.get("type") {
                Some(Value::Array(items)) if items.len() == 1 => items.first().cloned(),
                _ => None,
            };
            if let Some(single) = single {
                map.insert("type".into(), single);
            }
            if let Some(Value::Array(items)) = map.get("anyOf")
                && items.len() == 1
            {
                let items = map.remove("anyOf").unwrap_or_default();
                map.insert("allOf".into(), items);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_null(item: &Value) -> bool {
    item.is_null() || item == "null" || item.get("type").is_some_and(|kind| kind == "null")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_speaks_toml_and_describes_every_key() {
        let schema = schema();
        let text = schema.to_string();
        assert!(!text.contains("null"), "TOML has no null");
        assert!(!text.contains("uint"), "JSON Schema has no uint32");
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        for (name, definition) in schema["definitions"].as_object().unwrap() {
            let Some(properties) = definition["properties"].as_object() else { continue };
            for (key, property) in properties {
                assert!(property["description"].is_string(), "{name}.{key} is not described");
            }
            assert_eq!(definition["additionalProperties"], false, "{name} takes anything");
        }
    }
}
