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

/// A value as canonical JSON, the input of every digest.
pub fn canonical<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("field values have string keys and no failing serializer")
}

/// The hexadecimal SHA-256 of a text.
pub fn sha256_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What was last applied to a resource: one short digest a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDigests(String);

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

const WIDTH: usize = 3;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

impl FieldDigests {
    /// The digests of a desired resource, from its values as the spec gives them
    /// (references unresolved, so that they are known before anything exists).
    pub fn of(resource: &Resource) -> Self {
        let mut text = short(&resource.field_names().join(","));
        for (_, value) in resource.canonical_fields() {
            text.push_str(&value.map_or_else(|| ".".repeat(WIDTH), |value| short(&value)));
        }
        Self(text)
    }

    /// Reads a tag's value back.
    pub fn parse(tag: &str) -> Self {
        Self(tag.to_string())
    }

    /// The tag's value.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares field number `index` with that of `desired`.
    ///
    /// A tag written by another version of the table is unknown as a whole.
    pub fn recorded(&self, desired: &Self, index: usize) -> Recorded {
        let at = |text: &str, n: usize| text.get(n * WIDTH..(n + 1) * WIDTH).map(str::to_string);
        if self.0.len() != desired.0.len() || at(&self.0, 0) != at(&desired.0, 0) {
            return Recorded::Unknown;
        }
        match at(&self.0, index + 1) == at(&desired.0, index + 1) {
            true => Recorded::Same,
            false => Recorded::Other,
        }
    }
}

fn short(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let bits = u32::from_be_bytes([0, hash[0], hash[1], hash[2]]);
    (0..WIDTH).map(|i| char::from(ALPHABET[((bits >> (6 * i)) & 63) as usize])).collect()
}
