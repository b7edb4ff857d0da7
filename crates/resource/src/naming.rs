//! AWS's rules for names (docs/aws/names.md#rules).

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

    #[track_caller]
    fn check_names(kind: Kind, good: &[&str], bad: &[&str]) {
        for name in good {
            assert_eq!(check(kind, name), Ok(()));
        }
        for name in bad {
            let found = check(kind, name);
            assert!(matches!(found, Err(NameError::Shape { .. })), "{kind} {name:?}: {found:?}");
        }
    }

    #[test]
    fn names_of_databases_are_rdss_identifiers() {
        let bad = ["", "-a", "1a", "A", "aB", "a b", "a_b", "a.b", "a--b", "a-", "é", "aé"];
        check_names(Kind::DbInstance, &["a", "a1", "a-1", "orders-primary-2"], &bad);
        check_names(Kind::DbSubnetGroup, &["orders"], &["or.ders"]);
    }

    /// docs/aws/names.md#rules.
    #[test]
    fn other_services_have_characters_of_their_own() {
        check_names(Kind::SecurityGroup, &["orders db", "a-sg-1"], &["sg-orders", ""]);
        check_names(Kind::SnsTopic, &["Orders_1-a"], &["orders.fifo", "orders alerts", "é"]);
        check_names(Kind::IamRole, &["Orders_+=,.@-1"], &["orders/a", "orders a", "é"]);
        check_names(Kind::IamPolicy, &["orders.connect"], &["orders:connect"]);
        check_names(Kind::Secret, &["orders/master_+=.@-1"], &["orders,master", "a b", "é"]);
    }

    #[test]
    fn names_that_pgha_puts_together_only_have_to_be_there() {
        for kind in [Kind::Alarm, Kind::DbProxyTarget, Kind::SnsSubscription] {
            check_names(kind, &["orders: Anything at all"], &[""]);
        }
    }

    /// docs/aws/names.md#rules.
    #[test]
    fn names_are_as_long_as_their_kind_takes() {
        #[track_caller]
        fn check_length(kind: Kind, most: usize) {
            assert_eq!(check(kind, &"a".repeat(most)), Ok(()));
            let name = "a".repeat(most + 1);
            let error = NameError::TooLong { kind, name: name.clone(), length: most + 1, most };
            assert_eq!(check(kind, &name), Err(error));
        }
        check_length(Kind::DbInstance, 63);
        check_length(Kind::DbProxy, 63);
        check_length(Kind::DbCluster, 52);
        check_length(Kind::IamRole, 64);
        check_length(Kind::IamPolicy, 128);
        check_length(Kind::SecurityGroup, 255);
        check_length(Kind::SnsTopic, 256);
        check_length(Kind::Secret, 512);
        // A proxy, a colon, a database.
        check_length(Kind::DbProxyTarget, 63 + 1 + 63);
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert_eq!(check(Kind::Alarm, &"é".repeat(255)), Ok(()));
    }

    #[test]
    fn a_refusal_says_the_rule() {
        let said = check(Kind::DbInstance, "Orders").unwrap_err().to_string();
        assert!(said.starts_with("`Orders` is no name for db-instance: use lower-case"), "{said}");
        let said = check(Kind::SecurityGroup, "sg-a").unwrap_err().to_string();
        assert_eq!(said, "`sg-a` is no name for security-group: it may not begin with `sg-`");
    }
}
