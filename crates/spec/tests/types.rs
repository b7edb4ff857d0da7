//! A value of each wrong type under each key of the language: said in words of those who write
//! specs, at the place where it stands.

use pgha_spec::Diagnostic;
use pgha_spec::Severity;
use pgha_spec::load;
use serde_json::Value;

const CLUSTER: &str = "[cluster]\nname = \"t\"\nregion = \"us-east-1\"\n";
const ENGINE: &str = "[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"\n";

/// A value of each type of TOML, the type in the words of the JSON Schema.
const VALUES: [(&str, &str); 8] = [
    ("integer", "7"),
    ("integer", "-7"),
    ("number", "7.5"),
    ("boolean", "true"),
    ("date", "2027-01-31"),
    ("array", "[[7]]"),
    ("object", "{ \"7\" = 7 }"),
    ("string", "\"seven words\""),
];

/// What is a matter of Rust, of serde, or of the parser.
const FORBIDDEN: [&str; 30] = [
    "u8",
    "u16",
    "u32",
    "u64",
    "i64",
    "f64",
    "usize",
    "bool",
    "boolean",
    "struct",
    "enum",
    "variant",
    "Option",
    "untagged",
    "sequence",
    "seq",
    "map",
    "unit",
    "newtype",
    "invalid type",
    "invalid value",
    "invalid length",
    "floating",
    "integer",
    "field",
    "datetime",
    "string",
    "deserialize",
    "array",
    "unexpected",
];

fn errors(text: &str) -> Vec<Diagnostic> {
    let found = load("t.toml", text).err().map(|errors| errors.diagnostics).unwrap_or_default();
    found.into_iter().filter(|finding| finding.severity == Severity::Error).collect()
}

/// A key: its section, the header of that, the keys below it in the order in which they are
/// written, and its node of the schema.
struct Key<'s> {
    section: &'s str,
    is_list: bool,
    path: Vec<String>,
    node: &'s Value,
}

fn resolved<'s>(schema: &'s Value, node: &'s Value) -> &'s Value {
    let inner = node.get("allOf").and_then(|all| all.get(0)).unwrap_or(node);
    match inner["$ref"].as_str().and_then(|name| name.strip_prefix("#/definitions/")) {
        Some(name) => resolved(schema, &schema["definitions"][name]),
        None => inner,
    }
}

fn collect<'s>(
    schema: &'s Value,
    section: &'s str,
    is_list: bool,
    path: &[String],
    node: &'s Value,
    into: &mut Vec<Key<'s>>,
) {
    let node = resolved(schema, node);
    if !path.is_empty() {
        into.push(Key { section, is_list, path: path.to_vec(), node });
    }
    let names = node["properties"].as_object().into_iter().flatten();
    for (name, inner) in names {
        collect(
            schema,
            section,
            is_list,
            &[path, std::slice::from_ref(name)].concat(),
            inner,
            into,
        );
    }
    if let Some(inner) = node.get("additionalProperties").filter(|inner| inner.is_object()) {
        let name = if path.ends_with(&["alarms".to_string()]) { "cpu" } else { "us-west-2" };
        collect(schema, section, is_list, &[path, &[name.to_string()]].concat(), inner, into);
    }
}

fn keys(schema: &Value) -> Vec<Key<'_>> {
    let mut all = Vec::new();
    for (section, node) in schema["properties"].as_object().unwrap() {
        let node = resolved(schema, node);
        let is_list = node.get("items").is_some();
        let table = node.get("items").unwrap_or(node);
        collect(schema, section, is_list, &[], table, &mut all);
    }
    all
}

/// Whether a node takes a value of a type.
fn takes(schema: &Value, node: &Value, kind: &str) -> bool {
    let node = resolved(schema, node);
    let is_one = |name: &Value| name == kind || (name == "number" && kind == "integer");
    let is_typed = match &node["type"] {
        Value::Array(kinds) => kinds.iter().any(is_one),
        name => is_one(name),
    };
    let choices = ["anyOf", "oneOf"].into_iter().filter_map(|key| node[key].as_array());
    is_typed
        || (node.get("const").is_some() && kind == "string")
        || choices.flatten().any(|choice| takes(schema, choice, kind))
}

fn text_of(key: &Key<'_>, value: &str) -> String {
    let Key { section, is_list, path, .. } = key;
    let (open, close) = if *is_list { ("[[", "]]") } else { ("[", "]") };
    let line = format!("{} = {value}\n", path.join("."));
    match *section {
        "cluster" | "engine" => {
            let (own, other) =
                if *section == "cluster" { (CLUSTER, ENGINE) } else { (ENGINE, CLUSTER) };
            let rest = own.lines().filter(|l| !l.starts_with(&format!("{} ", path[0])));
            format!("{other}{}\n{line}", rest.collect::<Vec<_>>().join("\n"))
        }
        _ => format!("{CLUSTER}{ENGINE}{open}{section}{close}\n{line}"),
    }
}

#[test]
fn wrong_types_are_said_in_plain_words() {
    let schema = pgha_spec::schema();
    let mut wrong = Vec::new();
    for key in keys(&schema) {
        for (kind, value) in VALUES {
            let text = text_of(&key, value);
            let place = text.rfind(value).unwrap();
            let name = format!("{}.{} = {value}", key.section, key.path.join("."));
            let errors = errors(&text);
            let here: Vec<_> = errors.iter().filter(|f| f.span.start >= place).collect();
            if !takes(&schema, key.node, kind) && here.len() != 1 {
                wrong.push(format!("{name}: said {} times: {here:#?}", here.len()));
            }
            for finding in &errors {
                let said = [&finding.title, &finding.label].into_iter().chain(&finding.help);
                let said = said.map(String::as_str).collect::<Vec<_>>().join(" | ");
                let words = said.split(|c: char| !c.is_alphanumeric()).collect::<Vec<_>>();
                let is_said = |bad: &&&str| match bad.contains(' ') {
                    true => said.contains(**bad),
                    false => words.contains(*bad),
                };
                if let Some(bad) = FORBIDDEN.iter().find(is_said) {
                    wrong.push(format!("{name}: `{bad}` in: {said}"));
                }
                if finding.span.start >= place
                    && finding.code == "PGHA103"
                    && finding.help.is_none()
                {
                    wrong.push(format!("{name}: nothing to do: {said}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Whether a node takes numbers, with or without a unit, or a window.
fn is_measured(schema: &Value, node: &Value) -> bool {
    let is_pattern = node.get("examples").is_some();
    is_pattern
        || ["integer", "number"]
            .iter()
            .any(|kind| node["type"] == *kind && takes(schema, node, kind))
}

#[test]
fn the_unit_of_every_number_is_documented() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec.md");
    let page = std::fs::read_to_string(path).unwrap();
    let values = page.split("## Values").nth(1).unwrap().split("## Names").next().unwrap();
    let schema = pgha_spec::schema();
    for key in keys(&schema).iter().filter(|key| is_measured(&schema, key.node)) {
        let name =
            format!("`{}.{}`", key.section, key.path.join(".")).replace("alarms.cpu", "alarms.*");
        assert!(values.contains(&name), "{name} is not documented");
    }
}

/// The forms that the page promises.
#[test]
fn what_other_tools_write_leads_to_the_right_form() {
    for (section, key, value, right) in [
        ("storage", "size", "\"100 GB\"", "\"100 GiB\""),
        ("storage", "size", "\"100Gi\"", "\"100 GiB\""),
        ("storage", "max_size", "\"1.5 TiB\"", "\"1536 GiB\""),
        ("storage", "max_size", "false", "\"off\""),
        ("storage", "size", "100.0", "\"100 GiB\""),
        ("proxy", "idle_timeout", "\"1h30m\"", "\"5400s\""),
        ("proxy", "idle_timeout", "\"PT90M\"", "\"5400s\""),
        ("backup", "retention", "\"1 month\"", "\"30 days\""),
        ("proxy", "max_connections", "0.9", "\"90%\""),
        ("storage", "iops", "\"12000\"", "12000"),
        ("storage", "encrypted", "\"true\"", "true"),
        ("engine", "port", "\"5433\"", "5433"),
    ] {
        let key = Key { section, is_list: false, path: vec![key.into()], node: &Value::Null };
        let errors = errors(&text_of(&key, value));
        let fixes: Vec<_> =
            errors.iter().map(|f| f.fix.as_ref().map(|fix| &*fix.replacement)).collect();
        assert_eq!(fixes, [Some(right)], "{errors:#?}");
    }
    for (section, key, value) in
        [("storage", "size", "\"100GIB\""), ("backup", "retention", "\"7d\"")]
    {
        let key = Key { section, is_list: false, path: vec![key.into()], node: &Value::Null };
        assert!(errors(&text_of(&key, value)).is_empty(), "{value}");
    }
}
