//! Did you mean: the closest of the known names.

/// More names than a mistyped one is compared with, each of thousands with each of thousands.
const MOST_COMPARED: usize = 200;
/// More names than anyone reads.
const MOST_LISTED: usize = 50;

/// The known name that a mistyped one is closest to, if it is close at all.
pub(crate) fn closest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    if known.len() > MOST_COMPARED {
        return None;
    }
    let normal = |name: &str| name.to_ascii_lowercase().replace('-', "_");
    let written = normal(written);
    known
        .iter()
        .map(|name| (strsim::jaro_winkler(&written, &normal(name)), *name))
        .filter(|(likeness, _)| *likeness > 0.84)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

/// Names for a sentence.
pub(crate) fn list(names: &[&str]) -> String {
    let listed: Vec<_> = names.iter().take(MOST_LISTED).map(|name| format!("`{name}`")).collect();
    match names.len() - listed.len() {
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes_are_recognised_and_nonsense_is_not() {
        let known = ["retention", "window", "replicate_to", "copy_tags"];
        assert_eq!(closest("retension", &known), Some("retention"));
        assert_eq!(closest("copy-tags", &known), Some("copy_tags"));
        assert_eq!(closest("banana", &known), None);
        // The closest wins, not the first or the last that is close.
        let near = ["us-west-1", "us-west-2", "us-east-2"];
        assert_eq!(closest("us-wst-2", &near), Some("us-west-2"));
        assert_eq!(list(&["a", "b"]), "`a`, `b`");
        let list = list(&["a"; MOST_LISTED + 2]);
        assert!(list.ends_with("`a`, `a` and 2 more"), "{list}");
    }
}
