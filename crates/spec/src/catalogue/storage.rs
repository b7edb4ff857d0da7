//! Storage: types, sizes, IOPS, growth, encryption.

use super::Entry;
use crate::diagnostic::Severity;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "PGHA001",
        severity: Severity::Error,
        title: "gp3 below 400 GiB takes no IOPS",
        what: "`iops` or `throughput` is set for a gp3 volume below 400 GiB.",
        why: "Such a volume has a fixed 3000 IOPS and 125 MiB/s, and RDS rejects a call that names them.",
        fix: "Delete the key, or make the volume 400 GiB or larger.",
        example: r#"[storage]
size = "400 GiB"
iops = 12000"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>",
    },
    Entry {
        code: "PGHA002",
        severity: Severity::Error,
        title: "IOPS or throughput out of range",
        what: "The value is outside of what the volume type offers: 12000 to 64000 IOPS and 500 to 4000 MiB/s for gp3 from 400 GiB on; no throughput for gp2, io1 and io2, no IOPS for gp2.",
        why: "RDS rejects the call. Of a new gp2 volume with IOPS it makes one of io1, which is another type in every plan.",
        fix: "Write a value in the range, or delete the key for the baseline.",
        example: r#"[storage]
size = "500 GiB"
iops = 16000"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>; <https://github.com/hashicorp/terraform-provider-aws/issues/9667>; <https://github.com/hashicorp/terraform-provider-aws/issues/41894>",
    },
    Entry {
        code: "PGHA003",
        severity: Severity::Error,
        title: "IOPS and throughput do not fit each other",
        what: "gp3 gives a quarter of a MiB/s for each of its IOPS.",
        why: "RDS rejects the call.",
        fix: "Raise the IOPS, or lower the throughput.",
        example: r"[storage]
iops = 16000
throughput = 4000",
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>",
    },
    Entry {
        code: "PGHA004",
        severity: Severity::Error,
        title: "IOPS do not fit the size",
        what: "io1 has 0.5 to 50 IOPS for each GiB, io2 up to 1000; both need `iops`. The least holds for `max_size`, too, which is twice the size where nobody wrote it.",
        why: "RDS rejects the call.",
        fix: "Change the size or the IOPS.",
        example: r#"[storage]
type = "io2"
size = "200 GiB"
iops = 10000"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>",
    },
    Entry {
        code: "PGHA005",
        severity: Severity::Error,
        title: "Magnetic storage is gone",
        what: r#"`type = "standard"`."#,
        why: "AWS has removed magnetic volumes.",
        fix: "Write gp3.",
        example: r#"[storage]
type = "gp3""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>",
    },
    Entry {
        code: "PGHA006",
        severity: Severity::Warning,
        title: "gp2 is the previous generation",
        what: r#"`type = "gp2"`."#,
        why: "Its IOPS depend on its size and on burst credits; gp3 costs less and has a baseline.",
        fix: "Write gp3: the change causes no downtime.",
        example: r#"[storage]
type = "gp3""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>",
    },
    Entry {
        code: "PGHA007",
        severity: Severity::Error,
        title: "Storage cannot shrink",
        what: "The size in the spec is below what the database has.",
        why: "RDS volumes only grow.",
        fix: "Write the present size, or move to a smaller volume with a blue/green deployment.",
        example: r#"[storage]
size = "300 GiB""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.ModifyingExisting.html>",
    },
    Entry {
        code: "PGHA008",
        severity: Severity::Error,
        title: "Growth is too small a step",
        what: "The size grows by less than 10 %.",
        why: "By the API reference RDS rounds it up for an instance, so that the volume is larger than the spec says for good; by the user guide it refuses it. It refuses it for a replica.",
        fix: "Grow by 10 % at least, which is right under both.",
        example: r#"[storage]
size = "220 GiB""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.ModifyingExisting.ScalingUp.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html>",
    },
    Entry {
        code: "PGHA009",
        severity: Severity::Warning,
        title: "Growth crosses 400 GiB",
        what: "A volume grows from below 400 GiB to 400 GiB or more, because the spec says so or because a replica keeps up with its source. `check` knows no live volume: a plan says it beside the change.",
        why: "RDS moves the data to a stripe of four volumes: hours in `modifying`, with high latency, and no other change meanwhile.",
        fix: "Do it in a quiet week, or begin at 400 GiB.",
        example: r#"[storage]
size = "400 GiB""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>",
    },
    Entry {
        code: "PGHA010",
        severity: Severity::Error,
        title: "Too many changes to the volume",
        what: "The volume is still being optimised, which a plan blocks; or it was changed four times in 24 hours. RDS does not tell how many changes there were, so that a plan says it beside every change of a volume.",
        why: "RDS refuses the next change. Its pages differ: four changes within 24 hours by all that count them, and by some versions of those on scaling also none within six hours of the last.",
        fix: "Apply again once the optimisation is over; if RDS still refuses, six hours after the last change, and a day after the first of four.",
        example: "",
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.gp3.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.ModifyingExisting.ScalingUp.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html>",
    },
    Entry {
        code: "PGHA011",
        severity: Severity::Error,
        title: "No room for automatic growth",
        what: "`max_size` is not off, and less than 110 % of the size.",
        why: "RDS refuses a limit that leaves no room for one step.",
        fix: r#"Write 126 % of the size or more, or "off"."#,
        example: r#"[storage]
size = "100 GiB"
max_size = "200 GiB""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html>",
    },
    Entry {
        code: "PGHA012",
        severity: Severity::Warning,
        title: "Little room for automatic growth",
        what: "`max_size` is less than 126 % of the size.",
        why: "RDS warns early and often that the limit is near.",
        fix: "Write 126 % of the size or more.",
        example: r#"[storage]
size = "100 GiB"
max_size = "130 GiB""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html>",
    },
    Entry {
        code: "PGHA013",
        severity: Severity::Warning,
        title: "The volume does not grow",
        what: "`max_size` is off.",
        why: "A full volume stops the database.",
        fix: "Write twice the size.",
        example: r#"[storage]
max_size = "200 GiB""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html>",
    },
    Entry {
        code: "PGHA015",
        severity: Severity::Error,
        title: "A log volume needs provisioned IOPS",
        what: "`dedicated_log_volume` with gp2 or gp3.",
        why: "Only io1 and io2 volumes have one.",
        fix: "Delete the key, or take io2.",
        example: r#"[storage]
type = "io2"
iops = 3000
dedicated_log_volume = true"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.dlv.html>",
    },
    Entry {
        code: "PGHA056",
        severity: Severity::Error,
        title: "Not encrypted",
        what: "`encrypted = false`. It can be accepted in [guard].",
        why: "It cannot be changed later without moving the data.",
        fix: "Delete the key.",
        example: r"[storage]
encrypted = true",
        source: "Security Hub RDS.3: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>; CIS AWS v5.0.0 2.2.1: <https://docs.aws.amazon.com/securityhub/latest/userguide/cis-aws-foundations-benchmark.html>",
    },
    Entry {
        code: "PGHA057",
        severity: Severity::Advice,
        title: "No key of your own",
        what: "The spec names no key: a new database is encrypted with the account's `aws/rds` key. One that exists keeps the key that it has, and is not compared.",
        why: "A snapshot encrypted with `aws/rds` cannot be shared with another account, and nobody can manage, rotate or delete the key. A key that the spec does not name is not missed if the database is restored with another.",
        fix: "Name a key before the first apply; it cannot change later. For a database that exists, write the key that it has.",
        example: r#"[storage]
kms_key = "arn:aws:kms:us-east-1:123456789012:key/…""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html>",
    },
    Entry {
        code: "PGHA127",
        severity: Severity::Error,
        title: "A replica smaller than its source",
        what: "The replica's volume is smaller than that of the primary, or of the replica that it replicates from.",
        why: "A replica holds all of its source's data.",
        fix: "Write the source's size, or delete the key.",
        example: r#"[[replica]]
name = "read"
storage = { size = "200 GiB" }"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstanceReadReplica.html>",
    },
    Entry {
        code: "PGHA159",
        severity: Severity::Warning,
        title: "A Multi-AZ DB cluster may not take it",
        what: "AWS's API has less for a Multi-AZ DB cluster than its guide has for the storage and the users of RDS: 0.5 to 50 IOPS for each GiB, whatever the type (gp3 has 3000 of them below 400 GiB, so that 60 GiB are the least); and a master user of letters and numbers, without `_`.",
        why: "RDS may refuse the call, and both stay: neither the name nor a volume that is too large can be changed back.",
        fix: "Stay within both; or accept the finding in [guard] where RDS has taken it.",
        example: r#"[storage]
size = "100 GiB"
iops = 3000"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>",
    },
];
