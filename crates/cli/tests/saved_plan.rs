//! The fuzzer's seeds: saved plans and journals that nobody should trust.

#[path = "../../../fuzz/checks/saved_plan.rs"]
mod checks;

#[test]
fn whatever_is_in_the_file_is_read_or_refused() {
    for folder in ["saved_plan", "spec", "format"] {
        let folder = format!("{}/../../fuzz/seeds/{folder}", env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            checks::check(&std::fs::read(path).unwrap());
        }
    }
}
