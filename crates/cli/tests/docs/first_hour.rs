//! The first hour of a new user.

use crate::page;

pub const PAGE: &str = "docs/first-hour.md";

/// What a user has in `cluster.toml` who wrote the pieces of the page one after the other.
pub fn written() -> String {
    let pieces: Vec<String> =
        page::blocks_in(PAGE, "toml").into_iter().map(|block| block.text).collect();
    pieces.join("\n")
}

#[test]
fn the_pieces_of_the_first_hour_are_the_spec_of_the_shop() {
    let example: toml::Table = toml::from_str(&page::read("specs/shop.toml")).unwrap();
    assert_eq!(toml::from_str::<toml::Table>(&written()).unwrap(), example);
}
