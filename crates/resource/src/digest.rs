//! Short digests of field values: what the digest tag on a live resource records.
//!
//! The tag lets a plan tell "the spec changed" from "someone changed AWS" without a
//! state file. It holds three base64 characters (18 bits) a field, so that the widest
//! kind stays within the 256 characters of a tag value. A collision only makes a
//! plan name the wrong cause; it never hides a difference.

use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::kind::Resource;
use crate::live::Tags;

/// A value as canonical JSON, the input of every digest.
pub fn canonical<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("field values have string keys and no failing serializer")
}

/// The hexadecimal SHA-256 of a text.
pub fn sha256_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What was last applied to a resource: a short digest a field, one of all the user's tags,
/// and one of each of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The creating call was made, and calls that complete the creation are still to come.
    unfinished: bool,
    fields: String,
    tags: String,
}

/// What a digest tag says about one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// The desired value is the one last applied.
    Same,
    /// Another value was last applied, so the spec changed since.
    Other,
    /// There is no (readable) record.
    Unknown,
}

/// Characters a digest.
const WIDTH: usize = 3;
/// Stands before the record of a creation that is not complete.
const UNFINISHED: &str = "+";
/// Stands for a field that was not applied.
const NOTHING: &str = "...";
/// The longest value of a tag (RDS API, Tag).
const TAG_VALUE: usize = 256;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

impl Applied {
    /// The digests of a desired resource, from its values as the spec gives them
    /// (references unresolved, so that they are known before anything exists).
    pub fn of(resource: &Resource, user_tags: &Tags) -> Self {
        let mut fields = short(&resource.field_names().join(","));
        for (_, value) in resource.canonical_fields() {
            fields.push_str(&value.map_or_else(|| NOTHING.to_string(), |value| short(&value)));
        }
        let keys: String = user_tags.keys().map(|key| short(key)).collect();
        Self { unfinished: false, fields, tags: short(&canonical(user_tags)) + &keys }
    }

    /// The same record, of a creation that is not complete.
    pub fn unfinished(self) -> Self {
        Self { unfinished: true, ..self }
    }

    /// Whether the creation that made the record was never completed.
    pub fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// The same record, with these fields as `before` recorded them: they were not applied.
    pub fn without(mut self, fields: &[usize], before: Option<&Self>) -> Self {
        for index in fields {
            let at = (index + 1) * WIDTH..(index + 2) * WIDTH;
            let kept = before.and_then(|before| chunk(&before.fields, index + 1));
            if self.fields.get(at.clone()).is_some() {
                self.fields.replace_range(at, kept.unwrap_or(NOTHING));
            }
        }
        self
    }

    /// Reads a tag's value back; whatever it is, it only ever makes causes unknown.
    pub fn parse(tag: &str) -> Self {
        let (unfinished, tag) = match tag.strip_prefix(UNFINISHED) {
            Some(rest) => (true, rest),
            None => (false, tag),
        };
        let (fields, tags) = tag.split_once(':').unwrap_or((tag, ""));
        Self { unfinished, fields: fields.into(), tags: tags.into() }
    }

    /// The tag's value, at most 256 characters.
    ///
    /// Keys that do not fit are left out: such a tag is then left alone when it goes from
    /// the spec.
    pub fn to_tag(&self) -> String {
        let mark = if self.unfinished { UNFINISHED } else { "" };
        let head = format!("{mark}{}:", self.fields);
        let room = TAG_VALUE.saturating_sub(head.len()) / WIDTH * WIDTH;
        let tags = self.tags.get(..room).unwrap_or(&self.tags);
        head + tags
    }

    /// Compares field number `index` with that of `desired`.
    ///
    /// A tag written by another version of the table is unknown as a whole.
    pub fn field(&self, desired: &Self, index: usize) -> Recorded {
        let same_table = self.fields.len() == desired.fields.len()
            && chunk(&self.fields, 0) == chunk(&desired.fields, 0);
        match same_table {
            true => compare(chunk(&self.fields, index + 1), chunk(&desired.fields, index + 1)),
            false => Recorded::Unknown,
        }
    }

    /// Compares the user's tags as a whole.
    pub fn user_tags(&self, desired: &Self) -> Recorded {
        compare(chunk(&self.tags, 0), chunk(&desired.tags, 0))
    }

    /// Whether a tag of this key was ours when last applied.
    pub fn had_tag(&self, key: &str) -> bool {
        let key = short(key);
        (1..).map_while(|n| chunk(&self.tags, n)).any(|recorded| recorded == key)
    }
}

fn chunk(text: &str, n: usize) -> Option<&str> {
    text.get(n * WIDTH..(n + 1) * WIDTH)
}

fn compare(recorded: Option<&str>, desired: Option<&str>) -> Recorded {
    match recorded {
        None => Recorded::Unknown,
        Some(_) if recorded == desired => Recorded::Same,
        Some(_) => Recorded::Other,
    }
}

fn short(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let bits = u32::from_be_bytes([0, hash[0], hash[1], hash[2]]);
    (0..WIDTH).map(|i| char::from(ALPHABET[((bits >> (6 * i)) & 63) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::DbInstance;
    use crate::kind::DbSubnetGroup;

    fn applied(class: &str, tags: &[(&str, &str)]) -> Applied {
        let instance = DbInstance { class: Some(class.into()), ..DbInstance::default() };
        let tags = tags.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        Applied::of(&instance.into(), &tags)
    }

    #[test]
    fn a_record_survives_its_tag_and_tells_fields_apart() {
        let before = Applied::parse(&applied("db.r6g.large", &[("team", "a")]).to_tag());
        let after = applied("db.r6g.xlarge", &[("team", "b")]);
        let class = Resource::from(DbInstance::default())
            .field_names()
            .iter()
            .position(|name| *name == "class")
            .unwrap();
        assert_eq!(before.field(&after, class), Recorded::Other);
        assert_eq!(before.field(&after, class + 1), Recorded::Same);
        assert_eq!(before.user_tags(&after), Recorded::Other);
        assert!(before.had_tag("team") && !before.had_tag("owner"));
    }

    #[test]
    fn an_unfinished_creation_is_remembered() {
        let record = applied("db.r6g.large", &[("team", "a")]).unfinished();
        let read = Applied::parse(&record.to_tag());
        assert!(read.is_unfinished() && read == record);
        assert!(!Applied::parse(&applied("db.r6g.large", &[]).to_tag()).is_unfinished());
    }

    #[test]
    fn what_was_not_applied_keeps_its_record() {
        let (old, new) = (applied("db.r6g.large", &[]), applied("db.r6g.xlarge", &[]));
        let kept = new.clone().without(&[2], Some(&old));
        assert_eq!(kept.field(&old, 2), Recorded::Same);
        assert_eq!(kept.field(&new, 2), Recorded::Other);
        assert_eq!(new.clone().without(&[2], None).field(&new, 2), Recorded::Other);
        assert_eq!(new.clone().without(&[999], None), new);
    }

    #[test]
    fn a_record_of_another_table_says_nothing() {
        let group = DbSubnetGroup { description: None, subnets: None };
        let other = Applied::of(&group.into(), &Tags::new());
        assert_eq!(other.field(&applied("db.r6g.large", &[]), 0), Recorded::Unknown);
        assert_eq!(Applied::parse("x").field(&other, 0), Recorded::Unknown);
    }

    #[test]
    fn the_widest_kind_fits_into_a_tag() {
        let keys: Vec<String> = (0..48).map(|n| format!("key{n}")).collect();
        let tags: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "v")).collect();
        let tag = applied("db.r6g.large", &tags).to_tag();
        assert!(tag.len() <= 256, "{}", tag.len());
        assert!(Applied::parse(&tag).had_tag("key0"));
    }

    #[test]
    fn values_are_digested_as_json() {
        assert_eq!(canonical(&Some("a\"b")), r#""a\"b""#);
        assert_eq!(canonical(&Tags::from([("b".into(), "1".into())])), r#"{"b":"1"}"#);
    }

    /// FIPS 180-2, appendix B.1.
    #[test]
    fn the_long_digest_is_sha_256_in_hexadecimal() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex("abc"), expected);
    }

    /// Records lie on live resources: another encoding would make all of them unreadable.
    #[test]
    fn the_short_digest_is_three_characters_of_the_long_one() {
        // 0xba7816 is n, g and W from the top; the lowest six bits come first.
        assert_eq!(short("abc"), "Wgn");
        assert_eq!(short("").len(), WIDTH);
        assert_ne!(short("a"), short("b"));
    }

    fn record(fields: &str, tags: &str) -> Applied {
        Applied { unfinished: false, fields: fields.into(), tags: tags.into() }
    }

    #[test]
    fn fields_are_compared_one_by_one() {
        let before = record("tab000111222", "");
        let after = record("tab000xxx222", "");
        let found = [0, 1, 2, 3].map(|index| before.field(&after, index));
        type R = Recorded;
        assert_eq!(found, [R::Same, R::Other, R::Same, R::Unknown]);
    }

    #[test]
    fn records_of_two_tables_say_nothing_of_each_other() {
        let ours = record("tab000111", "");
        assert_eq!(ours.field(&record("TAB000111", ""), 0), Recorded::Unknown);
        assert_eq!(ours.field(&record("tab000", ""), 0), Recorded::Unknown);
        assert_eq!(ours.field(&record("tab000111222", ""), 0), Recorded::Unknown);
    }

    #[test]
    fn every_field_can_keep_its_record() {
        let (old, new) = (record("tab000111222", "t"), record("tabaaabbbccc", "u"));
        let without = |fields: &[usize]| new.clone().without(fields, Some(&old)).fields;
        assert_eq!(without(&[0]), "tab000bbbccc");
        assert_eq!(without(&[1]), "tabaaa111ccc");
        assert_eq!(without(&[2]), "tabaaabbb222");
        assert_eq!(without(&[3]), "tabaaabbbccc");
        assert_eq!(without(&[2, 0]), "tab000bbb222");
        assert_eq!(new.clone().without(&[1], None).fields, "tabaaa...ccc");
        // An old record that is too short says nothing of the field.
        assert_eq!(new.clone().without(&[1], Some(&record("tab000", ""))).fields, "tabaaa...ccc");
        assert_eq!(new.clone().without(&[1], Some(&old)).tags, "u");
    }

    #[test]
    fn a_fresh_record_keeps_a_place_for_every_field() {
        let group = |description: Option<&str>| {
            let description = description.map(Into::into);
            Applied::of(&DbSubnetGroup { description, subnets: None }.into(), &Tags::new())
        };
        let fields = group(Some("x")).fields;
        assert_eq!(fields, short("description,subnets") + &short("\"x\"") + NOTHING);
        assert_eq!(group(None).fields, short("description,subnets") + NOTHING + NOTHING);
    }

    #[test]
    fn tags_are_recorded_as_a_whole_and_key_by_key() {
        let tags = applied("db.r6g.large", &[("owner", "a"), ("team", "b")]).tags;
        let whole = short(r#"{"owner":"a","team":"b"}"#);
        assert_eq!(tags, whole + &short("owner") + &short("team"));
        let record = applied("db.r6g.large", &[("owner", "a"), ("team", "b")]);
        assert!(record.had_tag("owner") && record.had_tag("team"));
        assert!(!record.had_tag("cost-center") && !applied("db.r6g.large", &[]).had_tag("owner"));
        let other = applied("db.r6g.large", &[("owner", "b"), ("team", "b")]);
        assert_eq!(record.user_tags(&record), Recorded::Same);
        assert_eq!(record.user_tags(&other), Recorded::Other);
        assert_eq!(Applied::parse("x").user_tags(&other), Recorded::Unknown);
    }

    #[test]
    fn a_tag_holds_as_many_keys_as_there_is_room_for() {
        // Head and colon of 100, 101 and 102 characters, with and without the mark.
        for fields in 99..102 {
            for unfinished in [false, true] {
                let record =
                    Applied { unfinished, ..record(&"f".repeat(fields), &"abc".repeat(90)) };
                let tag = record.to_tag();
                assert!(tag.len() <= TAG_VALUE && tag.len() > TAG_VALUE - WIDTH, "{}", tag.len());
                let read = Applied::parse(&tag);
                assert_eq!((read.unfinished, read.fields), (unfinished, record.fields));
                // No key is cut in two.
                assert_eq!(read.tags.len() % WIDTH, 0);
                assert!(record.tags.starts_with(&read.tags));
            }
        }
        let small = record("tab000", "abcdef");
        assert_eq!(small.to_tag(), "tab000:abcdef");
    }
}
