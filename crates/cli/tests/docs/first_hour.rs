//! The first hour of a new user.

use crate::page;

/// What the page tells to write, piece by piece, is the example that the other tests have.
#[test]
fn the_pieces_of_the_first_hour_are_the_spec_of_the_shop() {
    let pieces = page::blocks_in("docs/first-hour.md", "toml");
    let written: String = pieces.iter().map(|block| block.text.clone()).collect();
    let parsed: toml::Table = toml::from_str(&written).unwrap();
    let example: toml::Table = toml::from_str(&page::read("specs/shop.toml")).unwrap();
    assert_eq!(parsed, example);
}
