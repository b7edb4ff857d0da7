//! A Markdown page as its fenced blocks.

use std::path::Path;
use std::path::PathBuf;

/// A fenced block.
#[derive(Debug)]
pub struct Block {
    /// What stands behind the fence, such as `console`.
    pub language: String,
    /// The line of its fence, from 1.
    pub line: usize,
    pub text: String,
}

/// The folder that all pages are named in.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// `README.md` and everything under `docs`, by name.
pub fn all() -> Vec<String> {
    let mut names = vec!["README.md".to_string()];
    for folder in ["docs", "docs/decisions"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                names.push(format!("{folder}/{name}"));
            }
        }
    }
    names.sort();
    names
}

pub fn read(page: &str) -> String {
    std::fs::read_to_string(root().join(page)).unwrap()
}

/// The blocks of a page, in order. A fence that is indented belongs to a list, and counts as well.
pub fn blocks(page: &str) -> Vec<Block> {
    let text = read(page);
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(language) = line.trim_start().strip_prefix("```") else { continue };
        let body: Vec<&str> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| line.trim_start() != "```")
            .collect();
        let text = body.iter().map(|line| format!("{line}\n")).collect();
        blocks.push(Block { language: language.trim().to_string(), line: at + 1, text });
    }
    blocks
}

/// The blocks of a page in one language.
pub fn blocks_in(page: &str, language: &str) -> Vec<Block> {
    blocks(page).into_iter().filter(|block| block.language == language).collect()
}

/// The specs of a page, one after the other with an empty line between them.
pub fn typed_spec(page: &str) -> String {
    let pieces: Vec<String> = blocks_in(page, "toml").into_iter().map(|block| block.text).collect();
    pieces.join("\n")
}
