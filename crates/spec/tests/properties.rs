//! What holds for every text: nothing panics, and the formatter changes white space only.
//! The fuzz targets check the same.

#[path = "../../../fuzz/checks/format.rs"]
mod checks_of_format;
#[path = "../../../fuzz/checks/spec.rs"]
mod checks_of_spec;

use checks_of_format::check as check_format;
use checks_of_spec::check as check_survives;
use pgha_spec::entries;
use pgha_spec::explain;
use pgha_spec::format;
use pgha_spec::load;
use pgha_spec::position;
use proptest::prelude::any;
use proptest::prop_assert_eq;
use proptest::proptest;
use proptest::strategy::Strategy;

fn examples() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "toml"))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    files
}

/// A sound spec with a piece cut out and another text put in.
fn mutated() -> impl Strategy<Value = String> {
    let texts: Vec<String> = examples().into_iter().map(|(_, text)| text).collect();
    let pieces = "(\\[|\\]|\\{|\\}|=|,|\"|'|#|\n|[a-z_]{1,8}|[0-9]{1,5}|\"\"\"|-|\\.|é){0,6}";
    (any::<proptest::sample::Index>(), any::<proptest::sample::Index>(), 0..20_usize, pieces)
        .prop_map(move |(which, place, cut, piece)| {
            let mut text: Vec<char> = which.get(&texts).chars().collect();
            let start = place.index(text.len());
            let end = (start + cut).min(text.len());
            text.splice(start..end, piece.chars());
            text.into_iter().collect()
        })
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_text_never_panics(text in any::<String>()) {
        check_survives(&text);
        check_format(&text);
    }

    #[test]
    fn damaged_specs_never_panic(text in mutated()) {
        check_survives(&text);
        check_format(&text);
    }

    #[test]
    fn positions_and_offsets_agree(text in any::<String>(), offset in 0..400_usize) {
        let (line, column) = position(&text, offset);
        let line_text = text.split('\n').nth(line as usize - 1).unwrap_or_default();
        prop_assert_eq!(column as usize <= line_text.chars().count() + 1, true);
    }
}

#[test]
fn the_examples_are_formatted() {
    for (name, text) in examples() {
        check_format(&text);
        let formatted = format(&text).unwrap();
        assert_eq!(formatted, text, "{name}:\n{}", pgha_spec::diff(&text, &formatted));
    }
}

#[test]
fn the_seeds_of_the_fuzzer_keep_the_promises() {
    for folder in ["spec", "format"] {
        let folder = format!("{}/../../fuzz/seeds/{folder}", env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            let text = std::fs::read_to_string(&path).unwrap();
            check_survives(&text);
            check_format(&text);
        }
    }
}

#[test]
fn the_formatter_tidies_and_keeps_comments() {
    let text = "#:schema x\n\n\n[cluster]   # ours\nname=\"a\" # why\nregion   =   'b'\n# above\ntags={a=\"1\",  b = \"2\"}\n[engine]\n\n\n\nlist=[ 1,2 ,3,]\n  [a.b]\nmany = [\n    1, # one\n  2,\n]\n# the end";
    insta::assert_snapshot!(format(text).unwrap());
}

#[test]
fn a_long_key_is_nobodys_neighbour() {
    let key = "k".repeat(41);
    let text = format!("a=1\nbcd=2\n{key}=3\n");
    assert_eq!(format(&text).unwrap(), format!("a   = 1\nbcd = 2\n{key} = 3\n"));
}

#[test]
fn monsters_are_refused_quickly() {
    for text in [
        "[".repeat(10_000_000),
        "a.".repeat(400_000),
        "=".repeat(1_000_000),
        "a=1\n".repeat(200_000),
        "[[a]]\n".repeat(150_000),
        "\"".repeat(1_000_000),
        format!("a=[{}", "[\n[1]\n,".repeat(50_000)),
        format!("[storage]\n{}", "x.y = 1\n".repeat(50_000)),
        (0..40_000).map(|n| format!("k{n} = 1\n")).collect(),
        "password = [\n".repeat(40_000),
        "password = \"x\", secret_arn = \"x\", ".repeat(15_000),
    ] {
        let before = std::time::Instant::now();
        assert!(load("t.toml", &text).is_err());
        assert!(before.elapsed().as_secs() < 20, "too slow for {}…", &text[..10]);
    }
}

/// `specs/cluster.schema.json` is what editors read; `UPDATE_SCHEMA=1` writes it again.
#[test]
fn the_schema_file_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/cluster.schema.json");
    let schema = pgha_spec::schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, format!("{schema:#}\n")).unwrap();
    }
    let written: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(written, schema, "run with UPDATE_SCHEMA=1");
}

/// Every code in the sources is in the catalogue.
#[test]
fn every_code_is_in_the_catalogue() {
    fn walk(folder: &std::path::Path, codes: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, codes);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let found = text.match_indices("\"PGHA").filter_map(|(at, _)| text.get(at + 1..at + 8));
            codes.extend(found.map(str::to_string));
        }
    }
    let mut codes = Vec::new();
    walk(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut codes);
    for code in codes.iter().filter(|code| *code != "PGHA999") {
        assert!(explain(code).is_some(), "{code} is not in the catalogue");
    }
    assert!(entries().len() > 90);
}
