//! Which tags AWS takes, and which it refuses.
//!
//! RDS guide, "Tagging Amazon RDS resources"
//! (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html>): keys of 1 to 128
//! and values of up to 256 Unicode characters, from a set of characters, up to fifty a resource.
//! What AWS itself put on a resource (`aws:cloudformation:stack-name`) counts for nobody, and
//! nobody else may set it.

use pgha_apply::port::CallError;
use pgha_resource::Kind;
use pgha_resource::live::Tags;

use crate::kind::deleting;
use crate::refusal::bad_value;

/// The most tags a resource has, AWS's own left out.
const MOST: usize = 50;

const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// Checks the tags that a call sets.
pub(crate) fn check(kind: Kind, tags: &Tags) -> Result<(), CallError> {
    let is_rds = deleting(kind).service() == "rds";
    for (key, value) in tags {
        let lengths = (1..=LONGEST_KEY).contains(&key.chars().count())
            && value.chars().count() <= LONGEST_VALUE;
        let reserved = has_prefix(key, "aws:") || (is_rds && has_prefix(key, "rds:"));
        let written = !is_rds || key.chars().chain(value.chars()).all(is_allowed);
        if !lengths || reserved || !written {
            return Err(bad_value(format!("the tag `{key}` is not valid")));
        }
    }
    check_count(tags)
}

/// Checks how many tags a resource has in the end.
pub(crate) fn check_count(tags: &Tags) -> Result<(), CallError> {
    let of_people = tags.keys().filter(|key| !has_prefix(key, "aws:")).count();
    match of_people > MOST {
        true => Err(bad_value("a resource has at most 50 tags")),
        false => Ok(()),
    }
}

/// Prefixes are reserved in any case: `AWS:` is refused like `aws:`.
fn has_prefix(key: &str, prefix: &str) -> bool {
    key.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// The guide's `[\p{L}\p{Z}\p{N}_.:/=+\-@]`.
fn is_allowed(c: char) -> bool {
    c.is_alphanumeric()
        || c == ' '
        || (c.is_whitespace() && !c.is_control())
        || "_.:/=+-@".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_set(kind: Kind, key: &str, value: &str, taken: bool) {
        let tags = Tags::from([(key.to_string(), value.to_string())]);
        assert_eq!(check(kind, &tags).is_ok(), taken, "{key} = {value}");
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        check_set(Kind::DbInstance, "team", &"é".repeat(256), true);
        check_set(Kind::DbInstance, "team", &"é".repeat(257), false);
        check_set(Kind::DbInstance, &"ü".repeat(128), "", true);
        check_set(Kind::DbInstance, &"ü".repeat(129), "", false);
        check_set(Kind::DbInstance, "", "x", false);
    }

    #[test]
    fn prefixes_of_aws_are_refused_in_any_case() {
        for key in ["aws:x", "AWS:x", "Aws:x", "rds:x", "RDS:x"] {
            check_set(Kind::DbInstance, key, "1", false);
        }
        check_set(Kind::IamRole, "rds:x", "1", true);
        check_set(Kind::IamRole, "aWs:x", "1", false);
        check_set(Kind::DbInstance, "awsome", "1", true);
        check_set(Kind::DbInstance, "rds", "1", true);
    }

    #[test]
    fn rds_takes_letters_digits_blanks_and_a_few_signs() {
        check_set(Kind::DbInstance, "cost centre", "a_b.c:d/e=f+g-h@i", true);
        for value in ["a,b", "50%", "(x)", "a\tb", "<x>"] {
            check_set(Kind::DbInstance, "team", value, false);
        }
        check_set(Kind::SecurityGroup, "team", "a,b", true);
    }

    #[test]
    fn tags_of_aws_do_not_count() {
        let fifty = (0..50).map(|n| (format!("t{n}"), String::new()));
        let mut tags: Tags = fifty.collect();
        tags.insert("aws:cloudformation:stack-name".into(), "foo".into());
        assert!(check_count(&tags).is_ok());
        tags.insert("one-more".into(), String::new());
        assert!(check_count(&tags).is_err());
    }
}
