//! The shape of the house: which crate may know which.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::process::Command;

use pgha_tests::root;

/// Our crates and what each may depend on among our own and among the packages that mark
/// a layer (docs/ARCHITECTURE.md).
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("pgha-resource", &[]),
    ("pgha-spec", &["pgha-resource"]),
    ("pgha-planner", &["pgha-resource", "petgraph"]),
    ("pgha-apply", &["pgha-resource", "pgha-planner"]),
    ("pgha-import", &["pgha-resource", "pgha-spec", "pgha-planner", "pgha-apply"]),
    ("pgha-sim", &["pgha-resource", "pgha-planner", "pgha-apply"]),
    ("pgha-aws", &["pgha-resource", "pgha-planner", "pgha-apply", "tokio", "aws-"]),
    (
        "pgha",
        &[
            "pgha-resource",
            "pgha-spec",
            "pgha-planner",
            "pgha-apply",
            "pgha-import",
            "pgha-aws",
            "pgha-sim",
            "tokio",
        ],
    ),
];

/// Packages that mark a layer: whoever may use them is listed above.
fn marks_a_layer(package: &str) -> bool {
    package.starts_with("pgha")
        || package.starts_with("aws-")
        || matches!(package, "petgraph" | "tokio" | "rand" | "chrono")
}

/// The normal dependencies of each of our crates, by name.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let normal = |package: &serde_json::Value| {
        let all = package["dependencies"].as_array().unwrap();
        let normal = all.iter().filter(|dependency| dependency["kind"].is_null());
        normal.map(|dependency| dependency["name"].as_str().unwrap().to_string()).collect()
    };
    packages.iter().map(|p| (p["name"].as_str().unwrap().to_string(), normal(p))).collect()
}

#[test]
fn crates_know_only_those_above_them() {
    let dependencies = dependencies();
    for (name, allowed) in MAY_KNOW {
        for dependency in &dependencies[*name] {
            let known = allowed.iter().any(|allowed| {
                dependency == allowed || (allowed.ends_with('-') && dependency.starts_with(allowed))
            });
            assert!(
                known || !marks_a_layer(dependency),
                "{name} depends on {dependency}: see docs/ARCHITECTURE.md for the direction"
            );
        }
    }
}

#[test]
fn only_the_aws_crate_names_the_sdk() {
    for entry in sources("crates") {
        if entry.starts_with(root().join("crates/aws")) {
            continue;
        }

        let text = std::fs::read_to_string(&entry).unwrap();
        assert!(!text.contains("aws_sdk_"), "{} names the SDK", entry.display());
    }
}

#[test]
fn a_kind_is_two_files_of_the_same_name() {
    let names = |folder: &str| -> BTreeSet<String> {
        let files = std::fs::read_dir(root().join(folder)).unwrap();
        files
            .map(|file| file.unwrap().path())
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect()
    };
    let meaning = names("crates/resource/src/kind");
    let wire = names("crates/aws/src/kind");
    let missing: Vec<_> = meaning.difference(&wire).collect();
    assert!(missing.is_empty(), "kinds without a wire half: {missing:?}");
}

#[test]
fn the_house_is_explained_in_under_300_lines() {
    let text = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    assert!(text.lines().count() < 300);
    for (name, _) in MAY_KNOW {
        assert!(text.contains(name), "docs/ARCHITECTURE.md does not mention {name}");
    }
}

#[test]
fn pure_crates_use_no_clock_files_or_environment() {
    let forbidden = [
        "std::fs",
        "std::env",
        "std::net::Tcp",
        "std::process",
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "async fn",
        "HashMap",
        "HashSet",
        "thread::sleep",
    ];
    for name in ["resource", "spec", "planner"] {
        for entry in sources(&format!("crates/{name}/src")) {
            let text = std::fs::read_to_string(&entry).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in forbidden {
                assert!(!code.contains(word), "{} uses {word}", entry.display());
            }
        }
    }
}

fn sources(folder: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty());
    found
}
