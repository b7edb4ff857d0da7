//! Statuses: AWS's word and the phase it means for a reconciler.

use serde::Deserialize;
use serde::Serialize;

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

    /// Whether a database is in the middle of something that its users may notice, unlike one
    /// that is only being created, backed up or read from its backup (aws-facts §10.1).
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

    /// A DB instance's status (RDS guide, "Viewing DB instance status"; aws-facts §10.1).
    ///
    /// An unknown status is taken for a transient one: AWS adds values without notice.
    pub fn db_instance(text: &str) -> Self {
        let phase = match text {
            "available" | "storage-optimization" | "storage-initialization" => Phase::Ready,
            "deleting" | "delete-precheck" => Phase::Deleting,
            "stopped" => Phase::Stopped,
            // Growing the storage and fixing the parameters are the ways out of these.
            "storage-full" | "incompatible-parameters" | "incompatible-option-group" => {
                Phase::Impaired
            }
            "failed"
            | "incompatible-network"
            | "incompatible-create"
            | "incompatible-restore"
            | "incompatible-credentials"
            | "restore-error"
            | "insufficient-capacity"
            | "upgrade-failed"
            | "inaccessible-encryption-credentials"
            | "inaccessible-encryption-credentials-recoverable" => Phase::Broken,
            _ => Phase::Busy,
        };
        Self { phase, text: text.into() }
    }

    /// A Multi-AZ DB cluster's status.
    pub fn db_cluster(text: &str) -> Self {
        Self::db_instance(text)
    }

    /// A proxy's or proxy endpoint's status (RDS API, DBProxy.Status; aws-facts §4.3).
    pub fn proxy(text: &str) -> Self {
        let phase = match text {
            "available" => Phase::Ready,
            "deleting" => Phase::Deleting,
            "incompatible-network"
            | "insufficient-resource-limits"
            | "suspended"
            | "suspending" => Phase::Broken,
            _ => Phase::Busy,
        };
        Self { phase, text: text.into() }
    }

    /// A proxy target's health (RDS API, TargetHealth; aws-facts §4.3): a target that the
    /// proxy cannot reach is broken only in the network or the credentials, which other
    /// steps may be about to mend, so it counts as settled and is reported as a notice.
    pub fn proxy_target(state: &str, reason: &str) -> Self {
        let phase = match (state, reason) {
            ("REGISTERING", _) | (_, "PENDING_PROXY_CAPACITY") => Phase::Busy,
            _ => Phase::Ready,
        };
        Self { phase, text: state.to_lowercase() }
    }

    /// An event subscription's status (RDS API, EventSubscription.Status; aws-facts §6).
    pub fn event_subscription(text: &str) -> Self {
        let phase = match text {
            "active" => Phase::Ready,
            "deleting" => Phase::Deleting,
            "no-permission" | "topic-not-exist" => Phase::Broken,
            _ => Phase::Busy,
        };
        Self { phase, text: text.into() }
    }

    /// A snapshot's status.
    pub fn snapshot(text: &str) -> Self {
        let phase = match text {
            "available" => Phase::Ready,
            "deleting" => Phase::Deleting,
            "failed" => Phase::Broken,
            _ => Phase::Busy,
        };
        Self { phase, text: text.into() }
    }

    /// A replicated automated backup's status (aws-facts §5).
    pub fn backup_replication(text: &str) -> Self {
        let phase = match text {
            "replicating" | "active" => Phase::Ready,
            "deleting" => Phase::Deleting,
            "retained" | "failed" => Phase::Broken,
            _ => Phase::Busy,
        };
        Self { phase, text: text.into() }
    }
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

    /// aws-facts §10.1.
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

    /// RDS API, DBProxy.Status; aws-facts §4.3.
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

    /// RDS API, TargetHealth; aws-facts §4.3.
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

    /// RDS API, EventSubscription.Status; aws-facts §6.
    #[test]
    fn a_subscription_without_its_topic_is_broken() {
        check_phases(
            Status::event_subscription,
            &[
                (Phase::Ready, &["active"]),
                (Phase::Deleting, &["deleting"]),
                (Phase::Broken, &["no-permission", "topic-not-exist"]),
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

    /// aws-facts §5: a retained backup is what a stopped replication leaves.
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
