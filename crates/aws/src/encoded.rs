//! IAM returns policy documents URL-encoded (IAM API, GetRole; RFC 3986).

use pgha_resource::document::Document;

/// The document behind an encoded text; one that is not encoded stays as it is.
pub(crate) fn document(encoded: &str) -> Document {
    Document::known(decode(encoded))
}

fn decode(encoded: &str) -> String {
    let bytes = encoded.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match escaped(&bytes[at..]) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The byte that a `%XX` at the beginning stands for.
fn escaped(bytes: &[u8]) -> Option<u8> {
    let digits = bytes.strip_prefix(b"%")?.get(..2)?;
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(digits[0])? * 16 + digit(digits[1])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(encoded: &str, decoded: &str) {
        assert_eq!(decode(encoded), decoded);
    }

    #[test]
    fn escapes_are_resolved_and_everything_else_stays() {
        check("%7B%22Version%22%3A%222012-10-17%22%7D", r#"{"Version":"2012-10-17"}"#);
        check(r#"{"a":"b+c"}"#, r#"{"a":"b+c"}"#);
        check("100%", "100%");
        check("%zz%4", "%zz%4");
        check("%C3%A9", "é");
    }
}
