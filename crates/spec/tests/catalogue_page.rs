//! `docs/lints.md` is the catalogue as a page.

use pgha_spec::catalogue_markdown;

/// `UPDATE_DOCS=1` writes the page again.
#[test]
fn the_page_of_findings_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/lints.md");
    let page = catalogue_markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert!(written == page, "docs/lints.md differs from the catalogue: run with UPDATE_DOCS=1");
}

/// What is hidden of endpoints hides nothing of the pages that the catalogue cites.
#[test]
fn sources_are_shown_whole() {
    for entry in pgha_spec::entries() {
        assert_eq!(pgha_resource::endpoint::masked(entry.source), entry.source, "{}", entry.code);
    }
}
