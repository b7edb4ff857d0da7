//! The fuzzer's seeds: an AWS that answers anything at all.

#[path = "../../../fuzz/checks/answers.rs"]
mod checks;

#[test]
fn whatever_aws_answers_is_survived() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/answers");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        checks::check(&std::fs::read(path).unwrap());
    }
}
