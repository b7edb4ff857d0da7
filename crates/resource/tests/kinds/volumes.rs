//! What may become of the volume of an instance.

use pgha_resource::Disruption;
use pgha_resource::Effect;
use pgha_resource::field::Match;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::Noun;

use crate::databases::check_effect;
use crate::databases::check_match;
use crate::databases::check_never;

fn volume(gib: u32) -> DbInstance {
    DbInstance { storage: Some(gib), ..DbInstance::default() }
}

/// A smaller step is rounded up, or refused (docs/aws/storage.md#growth).
#[test]
fn storage_grows_by_a_tenth_at_least() {
    let grows = Effect::in_window(Disruption::Degraded);
    check_effect("storage", volume(100), volume(110), grows.clone());
    check_effect("storage", volume(100), volume(1000), grows);
    check_never("storage", volume(100), volume(109), "write size = \"110 GiB\" or more");
    check_never("storage", volume(100), volume(101), "write size = \"110 GiB\" or more");
    // A tenth of 101 is more than ten.
    check_never("storage", volume(101), volume(111), "write size = \"112 GiB\" or more");
    check_effect("storage", volume(101), volume(112), Effect::in_window(Disruption::Degraded));
}

#[test]
fn storage_that_shrinks_is_refused_with_the_size_to_write() {
    check_never("storage", volume(100), volume(99), "cannot shrink in place from 100 to 99 GiB");
    check_never("storage", volume(100), volume(20), "write size = \"100 GiB\"");
}

#[test]
fn a_size_that_nobody_knows_costs_what_growing_does() {
    let grows = Effect::in_window(Disruption::Degraded);
    check_effect("storage", DbInstance::default(), volume(20), grows);
}

#[test]
fn only_growth_with_autoscaling_on_is_awss_own_doing() {
    #[track_caller]
    fn check(desired: (u32, Option<u32>), live: (u32, Option<u32>), expected: Match) {
        let with = |(storage, max_storage)| DbInstance { max_storage, ..volume(storage) };
        check_match("storage", with(live), with(desired), expected);
    }
    let grew = "storage grew by itself from 100 to 101 GiB, as max_size allows";
    check((100, Some(101)), (101, None), Match::ByAws(grew.into()));
    // AWS never grows a volume beyond the limit: somebody did.
    check((100, Some(100)), (101, None), Match::Differs);
    check((100, Some(200)), (201, Some(300)), Match::Differs);
    // Where the spec does not say, the live limit counts.
    check((100, None), (101, Some(200)), Match::ByAws(grew.into()));
    check((100, None), (101, None), Match::Differs);
    check((100, Some(0)), (101, Some(200)), Match::Differs);
    check((100, Some(200)), (100, Some(200)), Match::Same);
    check((100, Some(200)), (99, Some(200)), Match::Differs);
}

#[track_caller]
fn check_refusals(live: DbInstance, desired: DbInstance, expected: &[(&str, &str)]) {
    let found = desired.refusals(&live);
    let names = |list: &[(&'static str, Effect)]| list.iter().map(|r| r.0).collect::<Vec<_>>();
    assert_eq!(names(&found), expected.iter().map(|e| e.0).collect::<Vec<_>>());
    for ((_, effect), (_, says)) in found.iter().zip(expected) {
        let (Effect::Never(why) | Effect::Later(why)) = effect else { panic!("{effect:?}") };
        assert!(why.contains(says), "{why}");
    }
}

#[test]
fn autoscaling_has_room_for_a_tenth() {
    let upto = |max_storage, gib| DbInstance { max_storage: Some(max_storage), ..volume(gib) };
    let refusal = [("max_storage", "write max_size = \"110 GiB\" or more, or \"off\"")];
    check_refusals(volume(100), upto(109, 100), &refusal);
    check_refusals(volume(100), upto(1, 100), &refusal);
    check_refusals(volume(100), upto(110, 100), &[]);
    check_refusals(volume(100), upto(111, 100), &[]);
    check_refusals(volume(101), upto(111, 101), &[("max_storage", "112 GiB")]);
    // Off, or not said.
    check_refusals(volume(100), upto(0, 100), &[]);
    check_refusals(volume(100), volume(100), &[]);
}

#[test]
fn limits_are_held_against_the_larger_of_the_two_sizes() {
    let desired = DbInstance { max_storage: Some(200), ..volume(100) };
    check_refusals(volume(190), desired.clone(), &[("max_storage", "the volume has 190 GiB")]);
    check_refusals(volume(50), desired.clone(), &[]);
    check_refusals(DbInstance::default(), DbInstance { storage: None, ..desired }, &[]);
}

fn rated(kind: &str, gib: u32, iops: Option<u32>, throughput: Option<u32>) -> DbInstance {
    DbInstance { storage_type: Some(kind.into()), iops, throughput, ..volume(gib) }
}

#[track_caller]
fn check_rates(desired: DbInstance, says: Option<&str>) {
    let expected: Vec<_> = says
        .into_iter()
        .flat_map(|says| ["storage_type", "iops", "throughput"].map(|field| (field, says)))
        .collect();
    check_refusals(DbInstance::default(), desired, &expected);
}

/// Below that, naming either fails (docs/aws/storage.md#gp3-below-400-gib).
#[test]
fn gp3_takes_rates_from_400_gib_on() {
    let early = Some("RDS takes iops and throughput of gp3 from 400 GiB on");
    check_rates(rated("gp3", 399, Some(12000), None), early);
    check_rates(rated("gp3", 399, None, Some(500)), early);
    check_rates(rated("gp3", 399, Some(12000), Some(500)), early);
    check_rates(rated("gp3", 399, None, None), None);
    check_rates(rated("gp3", 400, Some(12000), Some(500)), None);
    check_rates(rated("gp3", 401, Some(12000), None), None);
    check_rates(rated("io1", 399, Some(12000), None), None);
}

/// The ratios of IOPS to GiB (docs/aws/storage.md#ratios).
#[test]
fn iops_fit_the_size_of_the_volume() {
    let iops = |kind, gib, iops| rated(kind, gib, Some(iops), None);
    check_rates(iops("gp3", 400, 200_000), None);
    check_rates(iops("gp3", 400, 200_001), Some("0 to 200000 iops of gp3, and not 200001"));
    check_rates(iops("io1", 101, 50), Some("51 to 5050 iops of io1, and not 50"));
    check_rates(iops("io1", 101, 51), None);
    check_rates(iops("io1", 101, 5050), None);
    check_rates(iops("io1", 101, 5051), Some("51 to 5050 iops of io1"));
    check_rates(iops("io2", 101, 50), Some("51 to 101000 iops of io2"));
    check_rates(iops("io2", 101, 51), None);
    check_rates(iops("io2", 101, 101_000), None);
    check_rates(iops("io2", 101, 101_001), Some("101001"));
    // RDS takes no rates of gp2 that could be wrong.
    check_rates(iops("gp2", 100, 1), None);
    check_rates(rated("io1", 100, None, None), None);
}

#[test]
fn rates_are_held_against_the_live_type_where_the_spec_names_none() {
    let desired = DbInstance { storage_type: None, ..rated("", 100, Some(5001), None) };
    let live = rated("io1", 100, None, None);
    check_refusals(
        live,
        desired.clone(),
        &[("storage_type", "io1"), ("iops", "50 to 5000"), ("throughput", "not 5001")],
    );
    check_refusals(DbInstance::default(), desired, &[]);
}

#[test]
fn every_broken_limit_is_reported() {
    let desired = DbInstance { max_storage: Some(100), ..rated("io1", 100, Some(1), None) };
    check_refusals(
        DbInstance::default(),
        desired,
        &[
            ("storage_type", "io1"),
            ("iops", "io1"),
            ("throughput", "io1"),
            ("max_storage", "110 GiB"),
        ],
    );
}

#[test]
fn a_dedicated_log_volume_goes_before_the_type_that_has_it() {
    let with_log =
        |kind, log| DbInstance { dedicated_log_volume: Some(log), ..rated(kind, 400, None, None) };
    let volume = ["storage", "storage_type", "iops", "throughput"];
    let first = volume.map(|field| (field, "goes first"));
    check_refusals(with_log("io1", true), with_log("gp3", false), &first);
    let refused = with_log("gp3", false).refusals(&with_log("io1", true));
    assert!(refused.iter().all(|(_, effect)| matches!(effect, Effect::Later(_))), "{refused:?}");
    check_refusals(with_log("io1", false), with_log("gp3", false), &[]);
    check_refusals(with_log("io1", true), with_log("io2", true), &[]);
    check_refusals(with_log("io1", true), with_log("io1", false), &[]);
}
