//! What is cited of AWS can be followed: each `docs/aws/PAGE.md#ENTRY` leads to an entry, and
//! each entry to where it comes from.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

/// How a citation begins. Put together, so that this file cites nothing.
const FOLDER: &str = concat!("docs/", "aws/");

/// How citations began that nobody could follow.
const SHEET: &str = concat!("aws-", "facts");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every text of the project below a folder.
fn texts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_text = ["rs", "md", "toml", "snap", "sh", "py"]
            .iter()
            .any(|end| path.extension().is_some_and(|extension| extension == *end));
        match path.is_dir() {
            true if name != "target" && !name.starts_with('.') => texts(&path, found),
            false if is_text => found.push(path),
            _ => {}
        }
    }
}

fn project() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md")];
    for folder in ["crates", "docs", "fuzz", "specs", "tests", "tools"] {
        texts(&root().join(folder), &mut found);
    }
    found
}

/// What a heading is called in a link, as GitHub does it.
fn slug(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
    heading.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The entries of every page, each with its text.
fn pages() -> BTreeMap<String, Vec<(String, String)>> {
    let mut found = Vec::new();
    texts(&root().join(FOLDER), &mut found);
    let page = |path: PathBuf| {
        let text = read(&path);
        let entries = text.split("\n## ").skip(1).map(|entry| {
            let (heading, body) = entry.split_once('\n').unwrap_or((entry, ""));
            (slug(heading), body.to_string())
        });
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        (name.to_string(), entries.collect())
    };
    found.into_iter().map(page).collect()
}

/// What stands behind each `start` of a text: `page.md` or `page.md#entry`, with its line.
fn named<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    text.match_indices(start).map(move |(at, _)| {
        let rest = &text[at + start.len()..];
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_-#.".contains(c);
        let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        (text[..at].lines().count().max(1), name.trim_end_matches('.'))
    })
}

/// Why a citation leads nowhere.
fn broken(cited: &str, pages: &BTreeMap<String, Vec<(String, String)>>) -> Option<String> {
    let (page, entry) = match cited.split_once('#') {
        Some((page, entry)) => (page, Some(entry)),
        None => (cited, None),
    };
    let Some(entries) = pages.get(page) else { return Some(format!("there is no page {page}")) };
    let entry = entry.filter(|entry| entries.iter().all(|(name, _)| name != entry))?;
    Some(format!("{page} has no entry {entry}"))
}

#[test]
fn every_citation_leads_to_an_entry() {
    let pages = pages();
    let mut wrong = Vec::new();
    let mut cited = 0;
    for path in project() {
        let text = read(&path);
        let of_pages = path.parent().is_some_and(|folder| folder.ends_with(FOLDER));
        let page = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let citations =
            named(&text, FOLDER).filter(|(_, name)| !["", "PAGE.md#ENTRY"].contains(name));
        let citations = citations.map(|(line, name)| (line, name.to_string()));
        // A link between the pages names the page only, or the entry only.
        let links = named(&text, "](").filter_map(|(line, name)| match name {
            _ if !of_pages => None,
            _ if name.starts_with('#') => Some((line, format!("{page}{name}"))),
            _ => name.contains(".md").then(|| (line, name.to_string())),
        });
        for (line, name) in citations.chain(links) {
            cited += 1;
            if let Some(why) = broken(&name, &pages) {
                wrong.push(format!("{}:{line}: {why}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cited > 300, "only {cited} citations were found");
}

#[test]
fn nothing_is_cited_that_readers_cannot_open() {
    let mut wrong = Vec::new();
    for path in project() {
        let text = read(&path);
        for (number, line) in text.lines().enumerate() {
            let of_section = line
                .split('§')
                .skip(1)
                .any(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
            if line.contains(SHEET) || of_section {
                wrong.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "cite {FOLDER} instead:\n{}", wrong.join("\n"));
}

#[test]
fn every_entry_says_where_it_comes_from_and_when_somebody_looked() {
    let mut wrong = Vec::new();
    for (page, entries) in pages().iter().filter(|(page, _)| *page != "README.md") {
        let names: BTreeSet<_> = entries.iter().map(|(name, _)| name).collect();
        assert!(!entries.is_empty() && names.len() == entries.len(), "{page}: an entry twice");
        for (name, body) in entries {
            let source = body.trim().lines().last().unwrap_or_default();
            let has_link = source.starts_with("Source: [") && source.contains("](https://");
            let looked = source.rsplit_once(". Looked at ").map(|(_, day)| day);
            let has_day = looked.is_some_and(|day| day.len() == 11 && day.starts_with("20"));
            if !has_link || !has_day {
                wrong.push(format!("{page}#{name}: {source}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_index_names_every_page() {
    let index = read(&root().join(FOLDER).join("README.md"));
    for page in pages().keys().filter(|page| *page != "README.md") {
        assert!(index.contains(&format!("[{page}]({page})")), "{page} is not in the index");
    }
}

/// <https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links>
#[test]
fn headings_are_named_as_github_names_them() {
    assert_eq!(slug("Apply immediately"), "apply-immediately");
    assert_eq!(slug("gp3 below 400 GiB"), "gp3-below-400-gib");
    assert_eq!(slug("max_connections"), "max_connections");
    assert_eq!(slug("What's new, and why"), "whats-new-and-why");
}
