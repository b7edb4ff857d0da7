//! AWS's rules for names (aws-facts §13).

use crate::kind::Kind;

/// Why AWS would refuse a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Too long.
    #[error("`{name}` has {length} characters, {kind} takes at most {most}")]
    TooLong {
        /// The kind.
        kind: Kind,
        /// The name.
        name: String,
        /// How long it is.
        length: usize,
        /// How long it may be.
        most: usize,
    },
    /// A character or a place for one that AWS refuses.
    #[error("`{name}` is no name for {kind}: {rule}")]
    Shape {
        /// The kind.
        kind: Kind,
        /// The name.
        name: String,
        /// The rule it breaks.
        rule: &'static str,
    },
}

/// The longest name a kind takes, in characters.
pub fn longest(kind: Kind) -> usize {
    match kind {
        Kind::DbInstance | Kind::DbProxy | Kind::DbProxyEndpoint | Kind::DbProxyTargetGroup => 63,
        Kind::DbCluster => 52,
        Kind::IamRole => 64,
        Kind::IamPolicy => 128,
        Kind::SnsTopic => 256,
        Kind::Secret => 512,
        Kind::DbProxyTarget => 127,
        Kind::SnsSubscription => 2048,
        Kind::SecurityGroup
        | Kind::DbSubnetGroup
        | Kind::DbParameterGroup
        | Kind::DbClusterParameterGroup
        | Kind::BackupReplication
        | Kind::DbSnapshot
        | Kind::DbClusterSnapshot
        | Kind::Alarm
        | Kind::EventSubscription => 255,
    }
}

/// Checks a name against the rules of its kind.
pub fn check(kind: Kind, name: &str) -> Result<(), NameError> {
    let length = name.chars().count();
    if length > longest(kind) {
        let most = longest(kind);
        return Err(NameError::TooLong { kind, name: name.into(), length, most });
    }
    match broken_rule(kind, name) {
        Some(rule) => Err(NameError::Shape { kind, name: name.into(), rule }),
        None => Ok(()),
    }
}

fn broken_rule(kind: Kind, name: &str) -> Option<&'static str> {
    let only = |allowed: fn(char) -> bool| name.chars().all(allowed);
    match kind {
        Kind::DbInstance
        | Kind::DbCluster
        | Kind::DbParameterGroup
        | Kind::DbClusterParameterGroup
        | Kind::DbSnapshot
        | Kind::DbClusterSnapshot
        | Kind::DbProxy
        | Kind::DbProxyEndpoint
        | Kind::EventSubscription
        | Kind::DbSubnetGroup => (!is_identifier(name)).then_some(
            "use lower-case letters, digits and single hyphens, a letter first and no hyphen last",
        ),
        Kind::SecurityGroup if name.starts_with("sg-") => Some("it may not begin with `sg-`"),
        Kind::SnsTopic => (!only(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')))
            .then_some("use letters, digits, `_` and `-`"),
        Kind::IamRole | Kind::IamPolicy => {
            (!only(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)))
                .then_some("use letters, digits and `_+=,.@-`")
        }
        Kind::Secret => (!only(|c| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c)))
            .then_some("use letters, digits and `/_+=.@-`"),
        Kind::SecurityGroup
        | Kind::SnsSubscription
        | Kind::BackupReplication
        | Kind::Alarm
        | Kind::DbProxyTargetGroup
        | Kind::DbProxyTarget => name.is_empty().then_some("it is empty"),
    }
}

/// Whether a text is what RDS takes for the names of most of its resources. pgha writes
/// lower case only, which is how RDS stores them.
pub fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !name.contains("--")
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_held_to_awss_rules() {
        assert_eq!(check(Kind::DbInstance, "orders-primary"), Ok(()));
        for bad in ["Orders", "1orders", "orders--a", "orders-", "", "or_ders"] {
            assert!(check(Kind::DbInstance, bad).is_err(), "{bad}");
        }
        assert!(matches!(
            check(Kind::DbCluster, &"a".repeat(53)),
            Err(NameError::TooLong { most: 52, .. })
        ));
    }
}
