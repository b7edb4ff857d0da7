//! Names, chains and regions of replicas, and the keys that their regions need.

use super::check;
use super::check_advice;
use super::check_limits;
use super::check_text;
use super::found;
use super::text_of;

const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001";
const R: &str = "[[replica]]\nname = \"r\"\n";

fn away(name: &str, more: &str) -> String {
    format!("[[replica]]\nname = \"{name}\"\nregion = \"us-west-2\"\nkms_key = \"{KEY}\"\n{more}")
}

/// Replicas `r1`, `r2`, …, each with the source that a function says.
fn replicas(count: usize, source: impl Fn(usize) -> Option<usize>) -> String {
    (1..=count)
        .map(|n| {
            let source = source(n).map_or_else(String::new, |s| format!("source = \"r{s}\"\n"));
            format!("[[replica]]\nname = \"r{n}\"\n{source}")
        })
        .collect()
}

#[test]
fn names_of_replicas_are_free_and_follow_the_clusters() {
    let name = "[[replica]]\nname = \"{}\"\n";
    check_limits("", name, "PGHA095", &["r", "r-1"], &["R", "1", "r-", "r--1"]);
    check_limits("", name, "PGHA106", &[], &["primary", "cluster", "app", "proxy", "db"]);
    check(&format!("{R}{R}"), &[("PGHA106", "name = \"r\"")]);
}

#[test]
fn a_zone_is_one_of_the_region() {
    let zone = format!("{R}zone = \"{{}}\"\n");
    let right = ["us-east-1a", "us-east-1f", "us-east-1-atl-1a"];
    let wrong = [
        "us-west-2a",
        "us-east-1",
        "us-east-11",
        "us-east-1ab",
        "us-east-1A",
        "us-east-1-",
        "a",
        "",
    ];
    check_limits("", &zone, "PGHA109", &right, &wrong);
    let placed = format!("{R}zone = \"us-east-1a\"\nmulti_az = {{}}\n");
    check_limits("", &placed, "PGHA034", &["false"], &[]);
    let both = placed.replace("{}", "true");
    check(&both, &[("PGHA034", "zone = \"us-east-1a\"")]);
    check(&away("w", "zone = \"us-west-2a\"\n"), &[]);
    check(&away("w", "zone = \"us-east-1a\"\n"), &[("PGHA109", "zone = \"us-east-1a\"")]);
}

#[test]
fn a_replica_is_in_the_partition_of_the_primary() {
    let replica = |region: &str, partition: &str| {
        let key =
            KEY.replace("us-west-2", region).replace("arn:aws:", &format!("arn:{partition}:"));
        format!("{R}region = \"{region}\"\nkms_key = \"{key}\"\n")
    };
    check(&replica("us-west-2", "aws"), &[]);
    for (region, partition) in [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")] {
        let line = format!("region = \"{region}\"");
        check(&replica(region, partition), &[("PGHA150", &line)]);
    }
    // A region, or the home region, that is wrong is said once, wherever it stands.
    let there = replica("cn-north-1", "aws-cn");
    let two = format!("{there}{}", there.replace("\"r\"", "\"s\""));
    check(&two, &[("PGHA150", "region = \"cn-north-1\"")]);
    let found = found(&text_of("", &two));
    let across = found.iter().find(|found| found.code == "PGHA150").unwrap();
    assert_eq!(across.secondary.len(), 2, "the home region and the second replica");
    let china = text_of("", &replica("cn-northwest-1", "aws-cn"));
    let within = [("PGHA161", "region = \"cn-northwest-1\"")];
    super::check_text(&china.replace("us-east-1", "cn-north-1"), &within);
}

/// RDS wants a presigned URL between regions of China or of GovCloud.
#[test]
fn some_copies_are_made_by_hand() {
    let key =
        |region: &str| KEY.replace("arn:aws:", "arn:aws-us-gov:").replace("us-west-2", region);
    let gov = |rest: &str| text_of("", rest).replace("us-east-1", "us-gov-east-1");
    let (west, line) = (key("us-gov-west-1"), "region = \"us-gov-west-1\"");
    let far = format!("{R}{line}\nkms_key = \"{west}\"\n");
    check_text(&gov(&far), &[("PGHA161", line)]);
    // Who replicates from it there needs none.
    let near = format!("{far}[[replica]]\nname = \"near\"\nsource = \"r\"\n{line}\n");
    check_text(&gov(&near), &[("PGHA161", line)]);
    check_text(&gov(&format!("{R}region = \"us-gov-east-1\"\n")), &[]);
    let copy = format!("[backup.replicate_to]\n{line}\nkms_key = \"{west}\"\n");
    check_text(&gov(&copy), &[("PGHA161", line)]);
}

#[test]
fn a_source_is_another_replica() {
    let text = format!("{R}[[replica]]\nname = \"child\"\nsource = \"{{}}\"\n");
    check_limits("", &text, "PGHA107", &["r"], &["primary", "childd", "nobody"]);
    for (source, wanted) in [
        ("primary", "delete `source`: the primary is the default"),
        ("chlid", "did you mean \"child\"?"),
        ("nobody", "write the name of another replica, or delete `source`"),
    ] {
        let found = found(&text_of("", &text.replace("{}", source)));
        let help = found.iter().find(|found| found.code == "PGHA107").unwrap().help.as_deref();
        assert_eq!(help, Some(wanted));
    }
}

#[test]
fn chains_are_three_replicas_deep_and_no_circles() {
    let before = |n: usize| (n > 1).then(|| n - 1);
    check(&replicas(3, before), &[]);
    check(&replicas(4, before), &[("PGHA038", "source = \"r3\"")]);
    // A chain is too deep once, and a circle is one.
    check(&replicas(6, before), &[("PGHA038", "source = \"r3\"")]);
    let two = |n: usize| (n > 1).then_some(if n == 5 { 3 } else { n - 1 });
    check(&replicas(5, two), &[("PGHA038", "source = \"r3\""), ("PGHA038", "source = \"r3\"")]);
    check(&replicas(1, |_| Some(1)), &[("PGHA118", "source = \"r1\"")]);
    check(&replicas(2, |n| Some(3 - n)), &[("PGHA118", "source = \"r2\"")]);
    // What hangs on a circle is not in it.
    let hanging = replicas(4, |n| Some(if n == 1 { 2 } else { n % 3 + 1 }));
    let found = found(&text_of("", &hanging));
    let circle: Vec<_> = found.iter().filter(|found| found.code == "PGHA118").collect();
    assert_eq!(circle.len(), 1);
    assert_eq!(circle[0].title, "the replicas `r1`, `r2`, `r3` replicate from each other");
    assert_eq!(circle[0].secondary.len(), 2);
}

/// The GiB of a replica are those of the nearest above it that writes some.
#[test]
fn a_size_comes_down_the_chain() {
    let text = |size: u32| {
        format!(
            "[storage]\nmax_size = \"400 GiB\"\n{R}storage.size = \"200 GiB\"\n[[replica]]\nname = \"b\"\nsource = \"r\"\n[[replica]]\nname = \"c\"\nsource = \"b\"\nstorage = {{ size = \"{size} GiB\" }}\n"
        )
    };
    check(&text(200), &[]);
    check(&text(199), &[("PGHA127", "storage = { size = \"199 GiB\" }")]);
}

#[test]
fn replicas_of_replicas_came_with_postgresql_14() {
    let text = |version: &str| {
        text_of("", &replicas(2, |n| (n == 2).then_some(1)))
            .replace("version = \"16\"", &format!("version = \"{version}\""))
    };
    let old = |version: &str| {
        let found = found(&text(version));
        found.iter().any(|found| found.code == "PGHA038" && found.label == "too old")
    };
    assert!(old("13"));
    assert!(!old("14"));
    assert!(!old("x"), "of a version that cannot be read nothing is said");
}

#[test]
fn a_source_feeds_fifteen_replicas_or_five_if_it_is_one() {
    check(&replicas(15, |_| None), &[]);
    check(&replicas(16, |_| None), &[("PGHA038", "[[replica]]")]);
    let of_one = |n: usize| (n > 1).then_some(1);
    check(&replicas(6, of_one), &[]);
    check(&replicas(7, of_one), &[("PGHA038", "[[replica]]")]);
}

#[test]
fn five_replicas_are_guaranteed_in_other_regions() {
    let of = |count: usize| (1..=count).map(|n| away(&format!("w{n}"), "")).collect::<String>();
    check(&of(5), &[]);
    check(&of(6), &[("PGHA039", "[[replica]]")]);
    check(&format!("{}{R}", of(5)), &[]);
}

/// Keys never leave their region, and what is open stays open.
#[test]
fn a_key_is_needed_where_encrypted_data_cross_a_border() {
    let keyless = |more: &str| format!("[[replica]]\nname = \"w\"\nregion = \"us-west-2\"\n{more}");
    check(R, &[]);
    check(&keyless(""), &[("PGHA040", "[[replica]]")]);
    check(&away("w", ""), &[]);
    // A source in the same region has a key already.
    check(&format!("{}{}", away("heir", ""), keyless("source = \"heir\"\n")), &[]);
    let open = "[storage]\nencrypted = false\n";
    let refused = ("PGHA056", "encrypted = false");
    check(&format!("{open}{}", keyless("")), &[refused]);
    let key = format!("kms_key = \"{KEY}\"");
    check(&format!("{open}{}", away("w", "")), &[refused, ("PGHA040", &key)]);
    let back = format!("{}[[replica]]\nname = \"r\"\nsource = \"heir\"\n", away("heir", ""));
    check(&back, &[("PGHA040", "[[replica]]")]);
}

#[test]
fn a_replica_is_as_large_as_the_primary() {
    let class = format!("{R}class = \"{{}}\"\n");
    let right = ["db.r6gd.large", "db.r6gd.xlarge", "db.r6g.large"];
    // `db.x2g.medium` has as much memory and one CPU less.
    let wrong = ["db.r6gd.medium", "db.m6gd.large", "db.x2g.medium"];
    check_limits("", &class, "PGHA029", &right, &wrong);
    // 32 GiB and 4 CPUs are not as much as 16 and 8.
    let text = text_of("", &class.replace("{}", "db.r6g.xlarge"));
    let text = text.replace("class = \"db.r6gd.large\"", "class = \"db.c6gd.2xlarge\"");
    check_text(&text, &[("PGHA029", "class = \"db.r6g.xlarge\"")]);
    check_limits("", &class, "PGHA016", &[], &["large"]);
}

/// RDS's default of `max_connections` follows the memory, whatever the families are.
#[test]
fn a_smaller_replica_takes_fewer_connections_by_default() {
    #[track_caller]
    fn check_default(parameters: &str, own: &str, class: &str, wanted: Option<&str>) {
        let replica = format!("{R}class = \"{class}\"\n{own}");
        let found = found(&text_of("", &format!("{parameters}{replica}")));
        let smaller = found.iter().find(|found| found.code == "PGHA029").unwrap();
        assert_eq!(smaller.severity, pgha_spec::Severity::Warning);
        let said = smaller.notes.iter().find(|note| note.contains("max_connections"));
        assert_eq!(said.map(String::as_str), wanted, "{class}");
        let primary = "the primary's db.r6gd.large has 16 GiB and 2 vCPUs";
        assert!(smaller.label.ends_with(primary), "{}", smaller.label);
    }
    let note = "RDS's default of `max_connections` is some 450 here and 1802 on the primary: \
                replay pauses where a standby has less, unless RDS overrides it";
    check_default("", "", "db.t4g.medium", Some(note));
    // As much memory is as many connections.
    check_default("", "", "db.x2g.medium", None);
    // What is written is the same on both, or compared as it is written.
    check_default("[parameters]\nmax_connections = 200\n", "", "db.t4g.medium", None);
    let own = "parameters = { max_connections = 2000 }\n";
    check_default("", own, "db.t4g.medium", None);
}

/// RDS gives a replica its own settings, whatever its source has.
#[test]
fn a_replica_may_differ_where_rds_lets_it() {
    let public = format!("{R}public = {{}}\n");
    check_limits("", &public, "PGHA058", &["false"], &["true"]);
    let field = |keys: &str, field: &str| {
        let loaded = pgha_spec::load("cluster.toml", &text_of("", &format!("{R}{keys}"))).unwrap();
        let replica = loaded.desired.resources.iter().find(|(a, _)| a.name == "t-r").unwrap().1;
        let fields = replica.resource.shown_fields();
        fields.into_iter().find(|(name, _)| *name == field).unwrap().1.to_string()
    };
    for (key, name, default) in [
        ("iam_auth", "iam_auth", "false"),
        ("public", "public", "false"),
        ("copy_tags", "copy_tags", "true"),
        ("auto_minor", "auto_minor_upgrade", "true"),
    ] {
        assert_eq!(field("", name), default, "{key}");
        if key != "public" {
            assert_eq!(field(&format!("{key} = true\n"), name), "true", "{key}");
        }
        assert_eq!(field(&format!("{key} = false\n"), name), "false", "{key}");
    }
}

#[test]
fn a_replica_is_protected_and_backed_up_if_others_need_it() {
    let protection = format!("{R}deletion_protection = {{}}\n");
    check_limits("", &protection, "PGHA064", &["true"], &["false"]);
    let backups = format!("{R}backup_retention = {{}}\n");
    check_limits("", &backups, "PGHA120", &["0", "35"], &["36"]);
    let source = format!("{backups}[[replica]]\nname = \"child\"\nsource = \"r\"\n");
    check_limits("", &source, "PGHA120", &["1", "35"], &["0", "36"]);
}

#[test]
fn windows_of_replicas_are_long_enough_and_apart() {
    let daily = format!("{R}backup_window = \"01:00-{{}}\"\n");
    check_limits("", &daily, "PGHA052", &["01:30", "01:31"], &["01:29"]);
    let weekly = format!("{R}maintenance_window = \"mon:06:00-{{}}\"\n");
    check_limits("", &weekly, "PGHA052", &["mon:06:30", "mon:06:31"], &["mon:06:29"]);
    let meeting =
        format!("{R}maintenance_window = \"mon:06:00-mon:07:00\"\nbackup_window = \"{{}}\"\n");
    check_limits("", &meeting, "PGHA052", &["05:30-06:00"], &["05:30-06:01"]);
    // Without a window of its own a replica is backed up in the primary's.
    let default = format!("{R}maintenance_window = \"mon:{{}}\"\n");
    let right = ["02:30-mon:03:00", "04:00-mon:04:30"];
    let wrong = ["02:30-mon:03:01", "03:15-mon:03:45", "03:59-mon:04:30"];
    check_limits("", &default, "PGHA052", &right, &wrong);
    let written = format!("[backup]\nwindow = \"07:00-08:00\"\n{default}");
    let wrong = ["06:30-mon:07:01", "07:59-mon:08:30"];
    check_limits("", &written, "PGHA052", &["03:15-mon:03:45", "08:00-mon:08:30"], &wrong);
    let left = format!("[backup]\nmanaged_by = \"aws-backup\"\n{default}");
    check_limits("", &left, "PGHA052", &["03:15-mon:03:45"], &[]);
    let same = format!("{R}maintenance_window = \"{{}}\"\n");
    let right = ["sat:04:00-sat:05:00", "sun:04:00-sun:06:00"];
    check_limits("", &same, "PGHA053", &right, &["sun:04:00-sun:05:00"]);
}

#[test]
fn keys_are_arns_of_the_region_that_uses_them() {
    let home = KEY.replace("us-west-2", "us-east-1");
    let alias = "arn:aws:kms:us-east-1:123456789012:alias/x";
    let bare = "00000000-0000-4000-8000-000000000001";
    let not_kms = home.replace(":kms:", ":s3:");
    for place in [
        "[storage]\nkms_key = \"{}\"\n",
        "[credentials]\nkms_key = \"{}\"\n",
        "[alerting]\nemails = [\"a@b.c\"]\nkms_key = \"{}\"\n",
        "[proxy]\nsecrets_kms_keys = [\"{}\"]\n",
        "[monitoring]\ninsights.kms_key = \"{}\"\n",
        "[[replica]]\nname = \"r\"\nmonitoring.insights.kms_key = \"{}\"\n",
    ] {
        check_limits("", place, "PGHA113", &[&home], &[alias, bare, &not_kms, "alias/x"]);
        check_limits("", place, "PGHA041", &[], &[KEY, &home.replace("arn:aws:", "arn:aws-cn:")]);
    }
    let wrong = [
        home.replace("123456789012", "1234"),
        home.replace("arn:aws:", "arn::"),
        home.replace("us-east-1", ""),
        "arn:aws:kms:us-east-1:123456789012:key/".to_string(),
        "arn:aws:kms:us-east-1:123456789012:key/x".to_string(),
        home.replace("0001", "001"),
        home.replace("0001", "000G"),
        home.replace("0001", "000A"),
        home.replace("-4000-", "4000"),
        format!("arn:aws:kms:us-east-1:123456789012:key/mrk-{}", "0".repeat(31)),
        format!("{home} "),
    ];
    let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
    let several = format!("arn:aws:kms:us-east-1:123456789012:key/mrk-{}", "0a".repeat(16));
    check_limits("", "[storage]\nkms_key = \"{}\"\n", "PGHA113", &[&several], &wrong);
    let there = [
        "[backup.replicate_to]\nregion = \"us-west-2\"\nkms_key = \"{}\"\n".to_string(),
        "[[replica]]\nname = \"r\"\nregion = \"us-west-2\"\nkms_key = \"{}\"\n".to_string(),
        format!(
            "{}[alerting]\nemails = [\"a@b.c\"]\n[alerting.regions.us-west-2]\nkms_key = \"{{}}\"\n",
            away("r", "")
        ),
        away("r", "monitoring.insights.kms_key = \"{}\"\n"),
    ];
    for place in there {
        check_limits("", &place, "PGHA041", &[KEY], &[&home]);
    }
}

/// Where the region is misspelt, the key is where it should be.
#[test]
fn a_misspelt_region_is_not_said_of_the_key() {
    let misspelt = away("r", "").replace("region = \"us-west-2\"", "region = \"us-wst-2\"");
    check(&misspelt, &[("PGHA108", "region = \"us-wst-2\"")]);
    let other = misspelt.replace("kms:us-west-2", "kms:eu-west-1");
    let key = format!("kms_key = \"{}\"", KEY.replace("us-west-2", "eu-west-1"));
    check(&other, &[("PGHA108", "region = \"us-wst-2\""), ("PGHA041", &key)]);
}

/// Every partition has its own beginning of ARNs.
#[test]
fn arns_are_of_the_partition_of_their_region() {
    #[track_caller]
    fn check_partition(region: &str, right: &str) {
        let key = |partition: &str| {
            let id = "00000000-0000-4000-8000-000000000001";
            format!("kms_key = \"arn:{partition}:kms:{region}:123456789012:key/{id}\"")
        };
        let text = |partition: &str| {
            text_of("", &format!("[storage]\n{}\n", key(partition))).replacen(
                "us-east-1",
                region,
                1,
            )
        };
        check_text(&text(right), &[]);
        let wrong = if right == "aws" { "aws-us-gov" } else { "aws" };
        check_text(&text(wrong), &[("PGHA041", &key(wrong))]);
        let found = found(&text(wrong));
        let fix =
            found.iter().find_map(|found| found.fix.as_ref().filter(|_| found.code == "PGHA041"));
        let fix = fix.map(|fix| format!("kms_key = {}", fix.replacement));
        assert_eq!(fix, Some(key(right)));
    }
    check_partition("eu-west-1", "aws");
    check_partition("cn-north-1", "aws-cn");
    check_partition("us-gov-west-1", "aws-us-gov");
    check_partition("eusc-de-east-1", "aws-eusc");
    check_partition("us-iso-east-1", "aws-iso");
    check_partition("us-isob-east-1", "aws-iso-b");
    check_partition("eu-isoe-west-1", "aws-iso-e");
    check_partition("us-isof-south-1", "aws-iso-f");
}

#[test]
fn a_cluster_has_no_replicas() {
    let text =
        text_of("topology = \"multi-az-cluster\"", &format!("[storage]\ntype = \"gp3\"\n{R}"));
    check_text(&text, &[("PGHA117", "[[replica]]")]);
}

/// RDS takes a day; PostgreSQL would take more.
#[test]
fn a_replica_is_late_by_a_day_at_most() {
    let text = |value: &str| format!("{R}parameters = {{ recovery_min_apply_delay = {value} }}\n");
    for right in ["0", "1", "86400000", "\"24h\"", "\"1d\""] {
        check(&text(right), &[]);
        check_advice(&text_of("", &text(right)), "PGHA156", right != "0");
    }
    for wrong in ["86400001", "\"25h\"", "\"2d\"", "\"30d\"", "3000000000"] {
        let text = text(wrong);
        let line = text.lines().last().unwrap();
        check(&text, &[("PGHA021", line)]);
        let of_all = format!("[parameters]\nrecovery_min_apply_delay = {wrong}\n");
        check(&of_all, &[("PGHA021", of_all.lines().last().unwrap())]);
    }
}

/// What all replicas have none is meant by.
#[test]
fn a_delay_of_all_replicas_is_a_warning() {
    let line = "recovery_min_apply_delay = \"1h\"";
    let all = format!("[parameters]\n{line}\n");
    check(&format!("{all}{R}"), &[("PGHA156", line)]);
    check("[parameters]\nrecovery_min_apply_delay = 0\n", &[]);
    let title = |text: &str| {
        let found = found(&text_of("", text));
        found.into_iter().find(|found| found.code == "PGHA156").unwrap().title
    };
    assert_eq!(title(&all), "this delays nothing");
    assert_eq!(
        title(&format!("{all}{R}")),
        "every replica without a value of its own replays 1 h late"
    );
    let own = format!("{R}parameters = {{ recovery_min_apply_delay = 0 }}\n");
    assert_eq!(title(&format!("{all}{own}")), "this delays nothing");
    assert_eq!(title(&own.replace("= 0", "= 1500")), "`r` replays 1500 ms late");
}
