//! Statuses: AWS's word and the phase it means for a reconciler.

mod words;

use serde::Deserialize;
use serde::Serialize;

use crate::kind::Kind;
use crate::status::words::Word;

/// What a status means for what may be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Settled: changes are accepted.
    Ready,
    /// It accepts changes, which may be its cure, but it does not work as it is.
    Impaired,
    /// On its way: wait.
    Busy,
    /// On its way out: wait until it is gone.
    Deleting,
    /// Stopped by someone; it does not start by itself.
    Stopped,
    /// Broken: a person has to look.
    Broken,
}

/// A status as AWS says it, with its phase.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Status {
    /// The phase.
    pub phase: Phase,
    /// AWS's word.
    pub text: String,
}

impl Status {
    /// Settled, for kinds that have no status of their own.
    pub fn ready() -> Self {
        Self { phase: Phase::Ready, text: "available".into() }
    }

    /// Whether a database is in the middle of something that its users may notice, unlike one that
    /// is only being created, backed up or read from its backup (docs/aws/instances.md#statuses).
    pub fn disturbs(&self) -> bool {
        let quiet = [
            "creating",
            "backing-up",
            "configuring-enhanced-monitoring",
            "configuring-log-exports",
            "configuring-iam-database-auth",
        ];
        self.phase == Phase::Busy && !quiet.contains(&self.text.as_str())
    }

    /// Whether changes are accepted.
    pub fn is_ready(&self) -> bool {
        self.phase == Phase::Ready
    }

    /// What a person does about this word, in one sentence without an identifier; nothing where
    /// it rests or passes by itself.
    pub fn mends(&self, kind: Kind) -> Option<&'static str> {
        self.word(kind)?.mends
    }

    /// Whether this pgha knows the word. AWS adds some without notice, and then nobody knows
    /// whether they pass: what says so is waited for, but not for long.
    pub fn is_known(&self, kind: Kind) -> bool {
        self.word(kind).is_some()
    }

    fn word(&self, kind: Kind) -> Option<&'static Word> {
        find(kind, &self.text)
    }

    /// A DB instance's status.
    pub fn db_instance(text: &str) -> Self {
        Self::of(Kind::DbInstance, text)
    }

    /// A Multi-AZ DB cluster's status.
    pub fn db_cluster(text: &str) -> Self {
        Self::of(Kind::DbCluster, text)
    }

    /// A proxy's or proxy endpoint's status.
    pub fn proxy(text: &str) -> Self {
        Self::of(Kind::DbProxy, text)
    }

    /// A proxy target's health (RDS API, TargetHealth; docs/aws/proxies.md#target-health): a target
    /// that the proxy cannot reach is broken only in the network or the credentials, which other
    /// steps may be about to mend, so it counts as settled and is reported as a notice.
    pub fn proxy_target(state: &str, reason: &str) -> Self {
        let status = Self::of(Kind::DbProxyTarget, &state.to_lowercase());
        let phase = match reason {
            "PENDING_PROXY_CAPACITY" => Phase::Busy,
            _ if !status.is_known(Kind::DbProxyTarget) => Phase::Ready,
            _ => status.phase,
        };
        Self { phase, ..status }
    }

    /// An event subscription's status.
    pub fn event_subscription(text: &str) -> Self {
        Self::of(Kind::EventSubscription, text)
    }

    /// A snapshot's status.
    pub fn snapshot(text: &str) -> Self {
        Self::of(Kind::DbSnapshot, text)
    }

    /// A replicated automated backup's status.
    pub fn backup_replication(text: &str) -> Self {
        Self::of(Kind::BackupReplication, text)
    }

    /// A word as its kind's table has it. An unknown one is taken for one that passes, because
    /// most do; see [`Status::is_known`].
    fn of(kind: Kind, text: &str) -> Self {
        let phase = find(kind, text).map_or(Phase::Busy, |word| word.phase);
        Self { phase, text: text.into() }
    }
}

fn find(kind: Kind, text: &str) -> Option<&'static Word> {
    words::of(kind).iter().copied().flatten().find(|word| word.text == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_phases(read: fn(&str) -> Status, expected: &[(Phase, &[&str])]) {
        for (phase, words) in expected {
            for word in *words {
                let status = read(word);
                assert_eq!((status.phase, status.text.as_str()), (*phase, *word));
            }
        }
    }

    /// docs/aws/instances.md#statuses.
    #[test]
    fn statuses_of_databases_mean_what_may_be_done_next() {
        for read in [Status::db_instance, Status::db_cluster] {
            check_phases(
                read,
                &[
                    (
                        Phase::Ready,
                        &["available", "storage-optimization", "storage-initialization"],
                    ),
                    (Phase::Deleting, &["deleting", "delete-precheck"]),
                    (Phase::Stopped, &["stopped"]),
                    (
                        Phase::Impaired,
                        &["storage-full", "incompatible-parameters", "incompatible-option-group"],
                    ),
                    (
                        Phase::Broken,
                        &[
                            "failed",
                            "incompatible-network",
                            "incompatible-create",
                            "incompatible-restore",
                            "incompatible-credentials",
                            "restore-error",
                            "insufficient-capacity",
                            "upgrade-failed",
                            "inaccessible-encryption-credentials",
                            "inaccessible-encryption-credentials-recoverable",
                        ],
                    ),
                    (Phase::Busy, &["modifying", "rebooting", "stopping", "backing-up"]),
                ],
            );
        }
    }

    /// RDS API, DBProxy.Status; docs/aws/proxies.md#statuses.
    #[test]
    fn a_suspended_proxy_needs_a_person() {
        check_phases(
            Status::proxy,
            &[
                (Phase::Ready, &["available"]),
                (Phase::Deleting, &["deleting"]),
                (
                    Phase::Broken,
                    &[
                        "incompatible-network",
                        "insufficient-resource-limits",
                        "suspended",
                        "suspending",
                    ],
                ),
                (Phase::Busy, &["creating", "modifying", "reactivating"]),
            ],
        );
    }

    /// RDS API, TargetHealth; docs/aws/proxies.md#target-health.
    #[test]
    fn a_target_that_cannot_be_reached_is_settled_all_the_same() {
        #[track_caller]
        fn check(state: &str, reason: &str, phase: Phase) {
            let status = Status::proxy_target(state, reason);
            assert_eq!((status.phase, status.text), (phase, state.to_lowercase()));
        }
        check("AVAILABLE", "", Phase::Ready);
        check("UNAVAILABLE", "AUTH_FAILURE", Phase::Ready);
        check("UNAVAILABLE", "PENDING_PROXY_CAPACITY", Phase::Busy);
        check("REGISTERING", "", Phase::Busy);
    }

    /// RDS API, EventSubscription.Status; ModifyEventSubscription is refused in none of these.
    #[test]
    fn a_subscription_that_delivers_nothing_takes_the_change_that_mends_it() {
        check_phases(
            Status::event_subscription,
            &[
                (Phase::Ready, &["active"]),
                (Phase::Deleting, &["deleting"]),
                (Phase::Impaired, &["all-sources-deleted", "no-permission", "topic-not-exist"]),
                (Phase::Busy, &["creating", "modifying"]),
            ],
        );
    }

    #[test]
    fn a_snapshot_is_made_once_and_may_fail() {
        check_phases(
            Status::snapshot,
            &[
                (Phase::Ready, &["available"]),
                (Phase::Deleting, &["deleting"]),
                (Phase::Broken, &["failed"]),
                (Phase::Busy, &["creating", "copying"]),
            ],
        );
    }

    /// docs/aws/backups.md#replication-changes: a retained backup is what a stopped replication
    /// leaves.
    #[test]
    fn a_retained_backup_replicates_no_more() {
        check_phases(
            Status::backup_replication,
            &[
                (Phase::Ready, &["replicating", "active"]),
                (Phase::Deleting, &["deleting"]),
                (Phase::Broken, &["retained", "failed"]),
                (Phase::Busy, &["pending", "creating"]),
            ],
        );
    }

    #[test]
    fn a_status_that_nobody_knows_is_taken_for_a_transient_one() {
        let readers: [fn(&str) -> Status; 6] = [
            Status::db_instance,
            Status::db_cluster,
            Status::proxy,
            Status::event_subscription,
            Status::snapshot,
            Status::backup_replication,
        ];
        for read in readers {
            check_phases(read, &[(Phase::Busy, &["validating-something-new", ""])]);
        }
    }

    #[track_caller]
    fn check_mends(status: Status, kind: Kind, part: &str) {
        let mends = status.mends(kind).unwrap_or_else(|| panic!("{}: nothing mends", status.text));
        assert!(mends.contains(part), "{}: {mends}", status.text);
    }

    #[test]
    fn what_needs_a_person_says_what_to_do() {
        let recoverable = "inaccessible-encryption-credentials-recoverable";
        check_mends(Status::db_instance("stopped"), Kind::DbInstance, "start-db-instance");
        check_mends(Status::db_instance(recoverable), Kind::DbInstance, "aws kms enable-key");
        check_mends(Status::db_instance("storage-full"), Kind::DbInstance, "`storage`");
        check_mends(Status::db_cluster("cloning-failed"), Kind::DbCluster, "delete-db-cluster");
        check_mends(Status::proxy("suspended"), Kind::DbProxy, "describe-events");
        check_mends(Status::proxy_target("UNAVAILABLE", ""), Kind::DbProxyTarget, "AUTH_FAILURE");
        let subscription = Kind::EventSubscription;
        let deleted = Status::event_subscription("all-sources-deleted");
        check_mends(deleted, subscription, "add-source-identifier-to-subscription");
        let lost = Status::event_subscription("topic-not-exist");
        check_mends(lost, subscription, "modify-event-subscription");
    }

    #[test]
    fn every_word_that_does_not_rest_or_pass_is_mended_by_something() {
        for kind in Kind::ALL.iter().copied() {
            for word in words::of(kind).iter().copied().flatten() {
                let alone = matches!(word.phase, Phase::Ready | Phase::Busy | Phase::Deleting);
                assert!(alone || word.mends.is_some(), "{kind}: {}", word.text);
            }
        }
    }

    #[test]
    fn what_mends_a_cluster_is_no_call_for_instances() {
        for word in words::of(Kind::DbCluster).iter().copied().flatten() {
            let status = Status::db_cluster(word.text);
            let mends = status.mends(Kind::DbCluster).unwrap_or_default();
            assert!(!mends.contains("-db-instance"), "{}: {mends}", word.text);
        }
    }

    #[test]
    fn words_are_known_by_their_kind() {
        assert!(Status::db_instance("modifying").is_known(Kind::DbInstance));
        assert!(Status::db_cluster("failing-over").is_known(Kind::DbCluster));
        assert!(!Status::db_instance("failing-over").is_known(Kind::DbInstance));
        assert!(!Status::event_subscription("available").is_known(Kind::EventSubscription));
        assert!(!Status::db_instance("unknown").is_known(Kind::DbInstance));
        assert!(Status::ready().is_known(Kind::Alarm));
        assert_eq!(Status::db_instance("something-new").mends(Kind::DbInstance), None);
    }

    /// A state of a target that is new does not hold up what follows: it is said as a notice.
    #[test]
    fn a_targets_new_state_is_settled() {
        assert_eq!(Status::proxy_target("DRAINING", "").phase, Phase::Ready);
    }

    #[test]
    fn only_what_users_may_notice_disturbs() {
        for loud in ["modifying", "rebooting", "upgrading", "something-new"] {
            assert!(Status::db_instance(loud).disturbs(), "{loud}");
        }
        for quiet in ["creating", "backing-up", "configuring-log-exports", "available", "deleting"]
        {
            assert!(!Status::db_instance(quiet).disturbs(), "{quiet}");
        }
        // Nothing is on its way in a database that is broken or stopped.
        for still in ["failed", "stopped", "storage-full"] {
            assert!(!Status::db_instance(still).disturbs(), "{still}");
        }
    }

    #[test]
    fn only_a_settled_resource_is_ready() {
        assert!(Status::ready().is_ready());
        assert_eq!(Status::ready(), Status::db_instance("available"));
        for word in ["modifying", "deleting", "stopped", "failed", "storage-full"] {
            assert!(!Status::db_instance(word).is_ready(), "{word}");
        }
    }
}
