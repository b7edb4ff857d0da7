//! Volumes (docs/aws/storage.md).

use super::check;
use super::check_advice;
use super::check_limits;
use super::found;
use super::text_of;

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000001";

#[test]
fn a_volume_has_the_sizes_that_its_type_has() {
    check_limits("", "[storage]\nsize = {}\n", "PGHA120", &["20", "32768"], &["19"]);
    check("[storage]\nsize = 65537\nmax_size = \"off\"\n", &[("PGHA120", "size = 65537")]);
    // The largest volume cannot grow, so that nobody is told to let it.
    check("[storage]\nsize = 65536\nmax_size = \"off\"\n", &[]);
    let gp2 = ("PGHA006", "type = \"gp2\"");
    check("[storage]\ntype = \"gp2\"\nsize = 20\n", &[gp2]);
    check("[storage]\ntype = \"gp2\"\nsize = 19\n", &[gp2, ("PGHA120", "size = 19")]);
    let io1 = "[storage]\ntype = \"io1\"\niops = 2000\nsize = {}\n";
    check_limits("", io1, "PGHA120", &["100"], &["99"]);
}

#[test]
fn gp3_takes_its_speed_within_the_limits_from_400_gib_on() {
    let small = "[storage]\nsize = 399\niops = 12000\nthroughput = 500\n";
    check(small, &[("PGHA001", "iops = 12000"), ("PGHA001", "throughput = 500")]);
    let iops = "[storage]\nsize = 400\niops = {}\n";
    check_limits("", iops, "PGHA002", &["12000", "64000"], &["11999", "64001"]);
    let throughput = "[storage]\nsize = 400\niops = 16000\nthroughput = {}\n";
    check_limits("", throughput, "PGHA002", &["500", "4000"], &["499", "4001"]);
}

#[test]
fn throughput_needs_four_iops_for_each_mib() {
    let written = "[storage]\nsize = 400\niops = 14000\nthroughput = {}\n";
    check_limits("", written, "PGHA003", &["3500"], &["3501"]);
    // Without a word there are 12000 IOPS.
    let baseline = "[storage]\nsize = 400\nthroughput = {}\n";
    check_limits("", baseline, "PGHA003", &["3000"], &["3001"]);
}

#[test]
fn provisioned_iops_fit_the_size() {
    let io = |kind: &str, size: u32| {
        format!("[storage]\ntype = \"{kind}\"\nsize = {size}\niops = {{}}\n")
    };
    check_limits("", &io("io1", 100), "PGHA004", &["1000", "5000"], &["999", "5001"]);
    // That it grows is another question.
    let fixed = |iops: u32| {
        let still = ("PGHA013", "max_size = \"off\"");
        (io("io1", 3001).replace("{}", &iops.to_string()) + "max_size = \"off\"\n", still)
    };
    let (text, still) = fixed(1501);
    check(&text, &[still]);
    let (text, still) = fixed(1500);
    check(&text, &[("PGHA004", "iops = 1500"), still]);
    check_limits("", &io("io1", 6000), "PGHA004", &["256000"], &["256001"]);
    check_limits("", &io("io2", 100), "PGHA004", &["100000"], &["100001"]);
    let throughput = "[storage]\ntype = \"io2\"\niops = 3000\nthroughput = 500\n";
    check(throughput, &[("PGHA002", "throughput = 500")]);
}

/// gp2 has the IOPS of its size, and only gp3 is told its throughput.
#[test]
fn a_type_is_told_only_what_it_takes() {
    let of = |kind: &str, keys: &str| format!("[storage]\ntype = \"{kind}\"\nsize = 400\n{keys}");
    let (iops, throughput) = (("PGHA002", "iops = 12000"), ("PGHA002", "throughput = 500"));
    let both = "iops = 12000\nthroughput = 500\n";
    let old = ("PGHA006", "type = \"gp2\"");
    check(&of("gp2", ""), &[old]);
    check(&of("gp2", both), &[old, iops, throughput]);
    check(&of("gp2", "throughput = 500\n"), &[old, throughput]);
    check(&of("gp3", both), &[]);
    for kind in ["io1", "io2"] {
        check(&of(kind, both), &[throughput]);
        let line = format!("type = \"{kind}\"");
        check(&of(kind, "throughput = 500\n"), &[("PGHA004", &line), throughput]);
    }
    // What a replica of another type has from the primary cannot be left out there.
    let own = "storage = { type = \"gp2\" }";
    let replica = format!("{}[[replica]]\nname = \"r\"\n{own}\n", of("gp3", both));
    check(&replica, &[("PGHA002", own), ("PGHA002", own), ("PGHA006", own)]);
    let found = found(&text_of("", &replica));
    let help = found.iter().find(|found| found.code == "PGHA002").unwrap().help.as_deref();
    assert_eq!(help, Some("the primary has `iops`: write \"gp3\" here, too"));
}

/// A step of growth is a tenth of the volume, and the warning comes at a quarter.
#[test]
fn growth_has_room_for_a_step_and_a_warning() {
    let of = |size: u32| format!("[storage]\nsize = {size}\nmax_size = {{}}\n");
    check_limits("", &of(100), "PGHA011", &["126", "65536"], &["109", "65537"]);
    check_limits("", &of(100), "PGHA012", &[], &["110", "125"]);
    check_limits("", &of(101), "PGHA011", &["128"], &["111"]);
    check_limits("", &of(101), "PGHA012", &[], &["112", "127"]);
    check_limits("", &of(100), "PGHA013", &[], &["0", "\"off\""]);
}

#[test]
fn a_log_volume_comes_with_provisioned_iops_only() {
    let gp3 = "[storage]\ndedicated_log_volume = {}\n";
    check_limits("", gp3, "PGHA015", &["false"], &["true"]);
    check("[storage]\ntype = \"io1\"\niops = 3000\ndedicated_log_volume = true\n", &[]);
}

#[test]
fn a_replica_is_no_smaller_than_its_source() {
    let replica = "[[replica]]\nname = \"r\"\nstorage.max_size = 200\nstorage.size = {}\n";
    check_limits("", replica, "PGHA127", &["100", "101"], &["99"]);
}

/// The source is the replica that it names, with the size that this one has from its own.
#[test]
fn a_replica_of_a_replica_is_no_smaller_than_that_one() {
    let replica = |name: &str, source: &str, storage: &str| {
        let room = "storage.max_size = 1000\n";
        format!("[[replica]]\nname = \"{name}\"\n{source}{room}{storage}")
    };
    let first = replica("a", "", "storage.size = 300\n");
    let child = replica("b", "source = \"a\"\n", "storage.size = {}\n");
    let text = format!("{first}{child}");
    check_limits("", &text, "PGHA127", &["300", "301"], &["299", "100"]);
    let middle = replica("m", "source = \"a\"\n", "");
    let last = replica("b", "source = \"m\"\n", "storage.size = {}\n");
    let text = format!("{first}{middle}{last}");
    check_limits("", &text, "PGHA127", &["300"], &["299"]);
    let found = found(&text_of("", &text.replace("{}", "299")));
    let label = found.iter().find(|found| found.code == "PGHA127").map(|f| f.label.as_str());
    assert_eq!(label, Some("`m` has 300 GiB"));
}

/// What is inherited must fit as well as what is written.
#[test]
fn a_replica_grows_beyond_the_size_of_its_source() {
    let text = "[[replica]]\nname = \"a\"\nstorage = { size = 300, max_size = 600 }\n[[replica]]\nname = \"b\"\nsource = \"a\"\nstorage.max_size = {}\n";
    check_limits("", text, "PGHA011", &["378"], &["200", "329"]);
    // Without a word about its storage it has the primary's `max_size`.
    let child = |room: &str| {
        format!(
            "[storage]\nmax_size = {room}\n[[replica]]\nname = \"a\"\nstorage = {{ size = 300, max_size = 600 }}\n[[replica]]\nname = \"b\"\nsource = \"a\"\n"
        )
    };
    check(&child("378"), &[]);
    check(&child("329"), &[("PGHA011", "[[replica]]")]);
    check(&child("\"off\""), &[("PGHA013", "max_size = \"off\"")]);
    // As large as the primary, what is wrong with the two is said of the primary.
    let same = "[storage]\nmax_size = 120\n[[replica]]\nname = \"r\"\n";
    check(same, &[("PGHA012", "max_size = 120")]);
}

/// There is nothing to type over where a key is only inherited.
#[test]
fn what_is_inherited_is_added_and_not_typed_over() {
    let replica = |own: &str| {
        format!(
            "[storage]\nsize = 200\n[[replica]]\nname = \"r\"\nstorage = {{ size = 1000{own} }}\n"
        )
    };
    for (own, help, fix) in [
        ("", "give its `storage` a `max_size` of \"1260 GiB\" or more, or \"off\"", None),
        (", max_size = 400", "write \"1260 GiB\" or more, or \"off\"", Some("\"1260 GiB\"")),
    ] {
        let found = found(&text_of("", &replica(own)));
        let found = found.iter().find(|found| found.code == "PGHA011").unwrap();
        assert_eq!(found.help.as_deref(), Some(help));
        assert_eq!(found.fix.as_ref().map(|fix| fix.replacement.as_str()), fix);
    }
}

/// One volume's mistake does not hide another's.
#[test]
fn a_replica_is_judged_whatever_the_primary_is() {
    let text = "[storage]\nsize = 400\nthroughput = 499\n[[replica]]\nname = \"r\"\nstorage.throughput = 3001\n";
    check(text, &[("PGHA002", "throughput = 499"), ("PGHA003", "storage.throughput = 3001")]);
}

/// What is written once is said once, and help names the line that is there to be changed.
#[test]
fn what_a_replica_inherits_is_said_where_it_is_written() {
    let old = "[storage]\ntype = \"gp2\"\nsize = 100\n[[replica]]\nname = \"r\"\nstorage = { size = 110 }\n";
    check(old, &[("PGHA006", "type = \"gp2\"")]);
    let own = old.replace("size = 110", "type = \"gp2\"");
    let second = "storage = { type = \"gp2\" }";
    check(&own, &[("PGHA006", "type = \"gp2\""), ("PGHA006", second)]);
    let log = "[storage]\ntype = \"io2\"\niops = 3000\nsize = 400\ndedicated_log_volume = true\n\
               [[replica]]\nname = \"r\"\nstorage = { type = \"gp3\", iops = 12000 }\n";
    let found = found(&text_of("", log));
    let help = found.iter().find(|found| found.code == "PGHA015").unwrap().help.as_deref();
    assert!(help.unwrap().starts_with("add `dedicated_log_volume = false`"), "{help:?}");
}

#[test]
fn a_type_that_a_replica_inherits_is_said_once() {
    for (kind, code) in [("standard", "PGHA005"), ("gp2", "PGHA006")] {
        let text = format!(
            "[storage]\ntype = \"{kind}\"\n[[replica]]\nname = \"r\"\nstorage.max_size = 400\n"
        );
        let said = found(&text_of("", &text)).iter().filter(|found| found.code == code).count();
        assert_eq!(said, 1, "{kind}");
    }
}

/// The volume of a replica is judged with what it inherits.
#[test]
fn the_volumes_of_replicas_have_the_same_limits() {
    let base = "[storage]\nsize = 400\niops = 14000\n[[replica]]\nname = \"r\"\n";
    let throughput = format!("{base}storage.throughput = {{}}\n");
    check_limits("", &throughput, "PGHA003", &["3500"], &["3501"]);
    let log = format!("{base}storage.dedicated_log_volume = {{}}\n");
    check_limits("", &log, "PGHA015", &["false"], &["true"]);
    let room = format!("{base}storage.max_size = {{}}\n");
    check_limits("", &room, "PGHA011", &["504"], &["439"]);
    check_limits("", &room, "PGHA013", &[], &["0"]);
}

#[test]
fn data_are_encrypted_with_a_key_of_ones_own() {
    check_limits("", "[storage]\nencrypted = {}\n", "PGHA056", &["true"], &["false"]);
    check_advice(&text_of("", ""), "PGHA057", true);
    // What is said without a key holds of a database that exists, too.
    let said = super::found(&text_of("", "")).into_iter().find(|found| found.code == "PGHA057");
    let notes = said.map(|found| found.notes).unwrap_or_default();
    assert!(notes.iter().any(|note| note.contains("keeps the key that it has")), "{notes:?}");
    check_advice(&text_of("", &format!("[storage]\nkms_key = \"{KEY}\"\n")), "PGHA057", false);
    let open = text_of("", "[storage]\nencrypted = false\n");
    check_advice(&open, "PGHA057", false);
    let (off, key) = ("encrypted = false", format!("kms_key = \"{KEY}\""));
    check(&format!("[storage]\n{off}\n{key}\n"), &[("PGHA056", off), ("PGHA040", &key)]);
}

/// No hint names a size that RDS does not have.
#[test]
fn sizes_that_cannot_be_met_are_not_proposed() {
    #[track_caller]
    fn check_help(storage: &str, wanted: &[(&str, &str)]) {
        let found = super::found(&super::text_of("", &format!("[storage]\n{storage}\n")));
        let growth = found.iter().filter(|f| matches!(f.code, "PGHA011" | "PGHA012" | "PGHA013"));
        let said: Vec<_> = growth.map(|f| (f.code, f.help.as_deref().unwrap_or("-"))).collect();
        assert_eq!(said, wanted, "{storage}");
    }
    let off = "give its `storage` a `max_size` of \"off\"";
    check_help("size = \"64 TiB\"", &[("PGHA011", off)]);
    check_help("size = \"60 TiB\"", &[("PGHA011", off)]);
    check_help("size = 59579", &[("PGHA011", off)]);
    check_help("size = 59578", &[]);
    check_help("size = 60000\nmax_size = 65536", &[("PGHA011", "write \"off\"")]);
    check_help("size = 65536\nmax_size = \"off\"", &[]);
    check_help("size = 40000\nmax_size = \"off\"", &[("PGHA013", "write \"65536 GiB\"")]);
    check_help("size = 100\nmax_size = \"off\"", &[("PGHA013", "write \"200 GiB\"")]);
    let high = [("PGHA011", "write \"65536 GiB\"")];
    check_help("size = 59000\nmax_size = 70000", &high);
    check_help("size = 55000\nmax_size = 61000", &[("PGHA012", "write \"65536 GiB\"")]);
    check_help("size = \"1.5 TiB\"", &[]);
    check_help("size = \"65 TiB\"", &[]);
}

/// CreateDBCluster asks for the IOPS that a small gp3 volume has anyway.
#[test]
fn a_cluster_may_say_the_iops_that_are_fixed() {
    let cluster = "topology = \"multi-az-cluster\"";
    let text = "[storage]\nsize = {size}\niops = {}\n";
    let small = text.replace("{size}", "399");
    super::check_limits(cluster, &small, "PGHA001", &["3000"], &["3001", "12000"]);
    super::check_limits("", &small, "PGHA001", &[], &["3000"]);
    let large = text.replace("{size}", "400");
    super::check_limits(cluster, &large, "PGHA002", &["12000"], &["3000"]);
}

/// What the API says of a cluster is less than what the guide says of a type.
#[test]
fn a_cluster_may_have_no_more_than_fifty_iops_for_each_gib() {
    let cluster = "topology = \"multi-az-cluster\"";
    let io2 = "[storage]\ntype = \"io2\"\nsize = 100\niops = {}\n";
    super::check_limits(cluster, io2, "PGHA159", &["1000", "5000"], &["5001", "100000"]);
    super::check_limits(cluster, io2, "PGHA004", &[], &["999", "100001"]);
    let io1 = io2.replace("io2", "io1");
    super::check_limits(cluster, &io1, "PGHA004", &["5000"], &["5001"]);
    let gp3 = "[storage]\nsize = 1000\niops = {}\n";
    super::check_limits(cluster, gp3, "PGHA159", &["12000", "50000"], &["50001", "64000"]);
    super::check_limits("", gp3, "PGHA159", &["64000"], &[]);
    // Small volumes have 3000 that nobody wrote, and large ones 12000.
    let check_size = |size: u32, said: bool| {
        let text = super::text_of(cluster, &format!("[storage]\nsize = {size}\n"));
        let wanted: &[_] = if said { &[("PGHA159", "[storage]")] } else { &[] };
        super::check_text(&text, wanted);
    };
    check_size(59, true);
    check_size(60, false);
    check_size(24_000, false);
    check_size(24_001, true);
    // Whatever a replica or an instance has.
    check("[storage]\nsize = 59\n", &[]);
}

/// The ratio holds for the size up to which the volume may grow.
#[test]
fn a_provisioned_volume_grows_no_further_than_its_iops_reach() {
    let of = |kind: &str| format!("[storage]\ntype = \"{kind}\"\nsize = 1000\niops = 1000\n");
    for kind in ["io1", "io2"] {
        let text = format!("{}max_size = {{}}\n", of(kind));
        check_limits("", &text, "PGHA004", &["2000"], &["2001", "65536"]);
        check(&of(kind), &[]);
        // Twice the size, where nobody says how far.
        check(&of(kind).replace("1000\niops", "1001\niops"), &[("PGHA004", "iops = 1000")]);
    }
    let found = found(&text_of("", &of("io1").replace("1000\niops", "1001\niops")));
    let help = found.iter().find(|found| found.code == "PGHA004").unwrap().help.as_deref();
    assert_eq!(help, Some("write `iops = 1001` or more, or `max_size = \"2000 GiB\"`"));
    let replica = "[[replica]]\nname = \"r\"\nstorage.max_size = {}\n";
    let text = format!("{}{replica}", of("io2"));
    check_limits("", &text, "PGHA004", &["2000"], &["2001"]);
    // gp3 has no least.
    check("[storage]\nsize = 30000\nmax_size = 60000\n", &[]);
}
