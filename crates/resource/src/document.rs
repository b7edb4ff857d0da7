//! Texts with references in them, and the JSON policies made of them.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::address::Address;
use crate::reference::Ref;
use crate::reference::Resolve;
use crate::value::Shown;
use crate::value::Value;

/// A piece of a [`Document`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Piece {
    /// Text as it stands.
    Text(String),
    /// An identifier to be filled in.
    Ref(Ref),
}

/// A JSON document, such as an IAM policy, that may mention identifiers AWS chooses.
///
/// Two resolved documents are equal when their JSON is, whatever the white space
/// and the order of the keys: IAM and SNS reformat what they are given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document(pub Vec<Piece>);

impl Document {
    /// A document that AWS returned.
    pub fn known(text: impl Into<String>) -> Self {
        Self(vec![Piece::Text(text.into())])
    }

    /// The whole text, with `${…}` where a reference has no answer yet.
    pub fn text(&self) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Ref(reference) => {
                    reference.as_known().map_or_else(|| format!("${{{reference}}}"), str::to_string)
                }
            })
            .collect()
    }

    /// The document as one canonical JSON value, or its text where it is none.
    fn canonical(&self) -> serde_json::Value {
        let text = self.text();
        serde_json::from_str(&text).map_or(serde_json::Value::String(text), canonical)
    }
}

/// IAM writes a list of one as a plain string, and sets in any order: both forms mean the
/// same (IAM user guide, JSON policy elements).
fn canonical(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Json::Array(items) => {
            let mut items: Vec<_> = items.into_iter().map(canonical).collect();
            if items.iter().all(Json::is_string) {
                items.sort_by_key(|item| item.to_string());
            }
            match items.len() {
                1 => items.remove(0),
                _ => Json::Array(items),
            }
        }
        Json::Object(map) => {
            // Sorted by hand: a dependency may switch serde_json to insertion order.
            let sorted: std::collections::BTreeMap<_, _> =
                map.into_iter().map(|(k, v)| (k, canonical(v))).collect();
            Json::Object(sorted.into_iter().collect())
        }
        other => other,
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for Document {}

impl PartialOrd for Document {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Document {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.canonical().to_string().cmp(&other.canonical().to_string())
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Value for Document {
    fn show(&self) -> Shown {
        let document =
            serde_json::to_string_pretty(&self.canonical()).unwrap_or_else(|_| self.text());
        Shown::Document { document }
    }

    fn addresses(&self, into: &mut Vec<Address>) {
        for piece in &self.0 {
            if let Piece::Ref(reference) = piece {
                reference.addresses(into);
            }
        }
    }

    fn resolve(&mut self, with: &dyn Resolve) {
        for piece in &mut self.0 {
            if let Piece::Ref(reference) = piece {
                reference.resolve(with);
            }
        }
    }

    fn is_resolved(&self) -> bool {
        self.0.iter().all(|piece| match piece {
            Piece::Text(_) => true,
            Piece::Ref(reference) => reference.is_resolved(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_compared_by_meaning() {
        let ours = Document::known(r#"{"Action": ["sts:AssumeRole"], "Effect": "Allow"}"#);
        let theirs = Document::known(r#"{"Effect":"Allow","Action":"sts:AssumeRole"}"#);
        assert_eq!(ours, theirs);
        assert_ne!(ours, Document::known(r#"{"Effect":"Deny","Action":"sts:AssumeRole"}"#));
    }

    #[test]
    fn an_unanswered_reference_is_visible_in_the_text() {
        let address: Address = "secret/orders-master".parse().unwrap();
        let document = Document(vec![
            Piece::Text("[\"".into()),
            Piece::Ref(Ref::Of(address, crate::Attr::Arn)),
            Piece::Text("\"]".into()),
        ]);
        assert_eq!(document.text(), "[\"${secret/orders-master}\"]");
        assert!(!document.is_resolved());
    }

    #[track_caller]
    fn check_same(one: &str, other: &str, same: bool) {
        assert_eq!(Document::known(one) == Document::known(other), same);
    }

    /// IAM user guide, JSON policy elements.
    #[test]
    fn lists_of_words_have_no_order_and_one_is_as_good_as_a_list() {
        check_same(r#"{"Action": ["a", "b"]}"#, r#"{"Action": ["b", "a"]}"#, true);
        check_same(r#"{"Action": ["a"]}"#, r#"{"Action": "a"}"#, true);
        check_same(r#"{"Action": ["a", "b"]}"#, r#"{"Action": "a"}"#, false);
        check_same(r#"{"Action": []}"#, r#"{"Action": "a"}"#, false);
        check_same(r#"{"Statement": [{"Sid": "x"}]}"#, r#"{"Statement": {"Sid": "x"}}"#, true);
        // Statements are no set of words: their order stays.
        check_same(r#"[{"Sid": "x"}, {"Sid": "y"}]"#, r#"[{"Sid": "y"}, {"Sid": "x"}]"#, false);
        check_same("[1, 2]", "[2, 1]", false);
    }

    #[test]
    fn keys_have_no_order_at_any_depth() {
        check_same(
            r#"{"a": {"x": 1, "y": 2}, "b": 3}"#,
            r#"{"b": 3, "a": {"y": 2, "x": 1}}"#,
            true,
        );
        check_same(r#"{"a": {"x": 1, "y": 2}}"#, r#"{"a": {"x": 2, "y": 1}}"#, false);
    }

    #[test]
    fn what_is_no_json_is_compared_as_text() {
        check_same("hello", "hello", true);
        check_same("hello", "hello ", false);
        check_same("hello", "\"hello\"", true);
    }

    #[test]
    fn documents_are_ordered_as_they_are_compared() {
        use std::cmp::Ordering;
        let (one, two) = (Document::known(r#"["a", "b"]"#), Document::known(r#"["b", "c"]"#));
        assert_eq!(one.partial_cmp(&two), Some(Ordering::Less));
        assert_eq!(two.cmp(&one), Ordering::Greater);
        assert_eq!(one.cmp(&Document::known(r#"[ "b", "a" ]"#)), Ordering::Equal);
    }

    struct Answers;

    impl Resolve for Answers {
        fn reference(&self, _: &Ref) -> Option<String> {
            Some("arn:master".into())
        }

        fn subnets(&self, _: &crate::Region) -> Option<std::collections::BTreeSet<String>> {
            None
        }
    }

    #[test]
    fn a_documents_references_are_found_and_answered() {
        let address: Address = "secret/orders-master".parse().unwrap();
        let mut document = Document(vec![
            Piece::Text("[\"".into()),
            Piece::Ref(Ref::Of(address.clone(), crate::Attr::Arn)),
            Piece::Text("\"]".into()),
        ]);
        let mut into = Vec::new();
        document.addresses(&mut into);
        assert_eq!(into, [address]);
        assert_eq!(document.to_string(), "[\"${secret/orders-master}\"]");
        document.resolve(&Answers);
        assert!(document.is_resolved());
        assert_eq!(document.to_string(), "[\"arn:master\"]");
        assert_eq!(document, Document::known("\"arn:master\""));
    }

    #[test]
    fn a_document_is_shown_in_its_canonical_form() {
        let shown = Document::known(r#"{"b":["y","x"],"a":["z"]}"#).show().to_string();
        assert_eq!(shown, "{\n  \"a\": \"z\",\n  \"b\": [\n    \"x\",\n    \"y\"\n  ]\n}");
    }
}
