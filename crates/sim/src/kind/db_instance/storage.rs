//! Storage: shapes, ratios, growth and the waits in between (docs/aws/storage.md).

use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Resource;
use pgha_resource::kind::DbInstance;

use crate::account::Account;
use crate::account::Database;
use crate::offers;
use crate::pending;
use crate::refusal::bad_combination;
use crate::refusal::bad_value;
use crate::timeline::Happening;

/// From this size on a gp3 volume is striped over four and its speed can be chosen.
const STRIPED: u32 = 400;

/// Storage changes in a day.
const MOST_CHANGES: usize = 4;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How long a new size is being spread over the volume; it may take more than a day.
const OPTIMIZING: Duration = Duration::from_secs(30 * 60);

/// How long it has to be nearly full before it grows by itself.
const NEARLY_FULL: Duration = Duration::from_secs(5 * 60);

/// The fields that count as a storage change.
pub(crate) const FIELDS: [&str; 4] = ["storage", "storage_type", "iops", "throughput"];

/// The speed that the server reports for a volume whose speed nobody chose.
pub(crate) fn fill(instance: &mut DbInstance) {
    let size = instance.storage.unwrap_or(0);
    match instance.storage_type.as_deref() {
        Some("gp3") => {
            let (iops, throughput) = if size < STRIPED { (3000, 125) } else { (12_000, 500) };
            instance.iops.get_or_insert(iops);
            instance.throughput.get_or_insert(throughput);
        }
        Some("gp2") => (instance.iops, instance.throughput) = (None, None),
        _ => instance.throughput = None,
    }
}

/// What decides which speeds a volume can have: its type, and whether it is striped.
pub(crate) fn shape(instance: &DbInstance) -> (Option<&str>, bool) {
    (instance.storage_type.as_deref(), instance.storage.unwrap_or(0) >= STRIPED)
}

/// Checks size, speed and their ratios.
pub(crate) fn check(instance: &DbInstance) -> Result<(), CallError> {
    let size = instance.storage.unwrap_or(0);
    let (iops, throughput) = (instance.iops, instance.throughput);
    let smallest = match instance.storage_type.as_deref() {
        Some("gp3" | "gp2") => 20,
        Some("io1" | "io2") => 100,
        other => {
            return Err(bad_value(format!("invalid storage type: {}", other.unwrap_or("none"))));
        }
    };
    let largest = offers::largest_volume(instance.class.as_deref().unwrap_or_default());
    if !(smallest..=largest).contains(&size) {
        let text = format!("invalid storage size for engine name postgres: {size}");
        return Err(bad_combination(text));
    }
    match instance.storage_type.as_deref() {
        Some("gp3") => check_gp3(size, iops, throughput)?,
        Some("io1") => check_provisioned(size, iops, 50)?,
        Some("io2") => check_provisioned(size, iops, 1000)?,
        _ => {}
    }
    if instance.dedicated_log_volume == Some(true)
        && !matches!(instance.storage_type.as_deref(), Some("io1" | "io2"))
    {
        return Err(bad_combination("a dedicated log volume needs io1 or io2"));
    }
    let most = instance.max_storage.unwrap_or(0);
    // Equal means off; anything else has to leave a tenth (docs/aws/storage.md#autoscaling).
    let leaves_room = u64::from(most) * 10 >= u64::from(size) * 11;
    match most == 0 || most == size || leaves_room {
        true => Ok(()),
        false => Err(bad_combination(format!(
            "MaxAllocatedStorage {most} has to be at least 10 % more than AllocatedStorage {size}"
        ))),
    }
}

fn check_gp3(size: u32, iops: Option<u32>, throughput: Option<u32>) -> Result<(), CallError> {
    let (iops, throughput) = (iops.unwrap_or(0), throughput.unwrap_or(0));
    if size < STRIPED {
        return match (iops, throughput) {
            (3000, 125) => Ok(()),
            _ => Err(fixed_speed()),
        };
    }
    let in_range = (12_000..=64_000).contains(&iops) && (500..=4_000).contains(&throughput);
    let in_ratio = throughput.saturating_mul(4) <= iops && iops <= size.saturating_mul(500);
    match in_range && in_ratio {
        true => Ok(()),
        false => Err(bad_combination(format!(
            "{iops} IOPS and {throughput} MiB/s are out of range for {size} GiB of gp3"
        ))),
    }
}

/// The speed of a small gp3 volume cannot be chosen, not even at its own value.
fn fixed_speed() -> CallError {
    bad_combination(
        "You can't specify IOPS or storage throughput for engine postgres and a storage size less than 400.",
    )
}

/// Checks that a change carries a speed together with a size where speeds are bought
/// (docs/aws/instances.md#changes-that-go-together).
pub(crate) fn check_resize(after: &DbInstance, sent: &[&str]) -> Result<(), CallError> {
    let provisioned = matches!(after.storage_type.as_deref(), Some("io1" | "io2"));
    match provisioned && sent.contains(&"storage") && !sent.contains(&"iops") {
        true => Err(no_iops()),
        false => Ok(()),
    }
}

/// Checks that a call does not carry a speed for a small gp3 volume.
pub(crate) fn check_sent(
    after: &DbInstance,
    sends: impl Fn(&str) -> bool,
) -> Result<(), CallError> {
    let small = after.storage.unwrap_or(0) < STRIPED;
    match small
        && after.storage_type.as_deref() == Some("gp3")
        && (sends("iops") || sends("throughput"))
    {
        true => Err(fixed_speed()),
        false => Ok(()),
    }
}

fn no_iops() -> CallError {
    bad_combination("Iops must be provided for provisioned storage")
}

fn check_provisioned(size: u32, iops: Option<u32>, most: u32) -> Result<(), CallError> {
    let Some(iops) = iops else {
        return Err(no_iops());
    };
    let enough = iops >= 1000 && u64::from(iops) * 2 >= u64::from(size);
    match enough && iops <= size.saturating_mul(most) && iops <= 256_000 {
        true => Ok(()),
        false => Err(bad_combination(format!("{iops} IOPS are out of range for {size} GiB"))),
    }
}

/// Checks a storage change of an existing instance and rounds its size as RDS does.
pub(crate) fn check_change(
    database: &Database,
    now: Timestamp,
    live: &DbInstance,
    after: &mut DbInstance,
) -> Result<(), CallError> {
    if database.optimizing_until.is_some_and(|until| until > now) {
        return Err(bad_combination(
            "You can't currently modify the storage of this DB instance because the previous storage change is being optimized.",
        ));
    }
    if changes_of_a_day(database, now) >= MOST_CHANGES {
        return Err(bad_combination(
            "You can't currently modify the storage of this DB instance: four storage modifications were made within 24 hours.",
        ));
    }
    let (old, new) = (live.storage.unwrap_or(0), after.storage.unwrap_or(0));
    if new < old {
        return Err(bad_combination(format!("cannot shrink the storage from {old} to {new} GiB")));
    }
    let least = old.saturating_add(old.div_ceil(10));
    if new > old && new < least {
        if live.source.is_some() {
            let text = format!("the storage of a replica grows by 10 % at least, to {least} GiB");
            return Err(bad_combination(text));
        }
        after.storage = Some(least);
    }
    Ok(())
}

fn changes_of_a_day(database: &Database, now: Timestamp) -> usize {
    database.storage_changes.iter().filter(|at| now.duration_since(**at) < DAY).count()
}

/// How long a storage change keeps the instance `modifying`: hours where one volume becomes
/// four, a moment otherwise.
pub(crate) fn takes(from: &DbInstance, to: &DbInstance) -> Duration {
    let small = |instance: &DbInstance| instance.storage.unwrap_or(0) < STRIPED;
    match small(from) && !small(to) {
        true => Duration::from_secs(3 * 3600),
        false => Duration::from_secs(2 * 60),
    }
}

/// A storage change landed: the volume is being optimized from now on.
pub(crate) fn landed(account: &mut Account, key: &Address) {
    let now = account.now;
    let until = now.checked_add(OPTIMIZING).unwrap_or(now);
    let Some(thing) = account.get_mut(key) else { return };
    thing.status = "storage-optimization".into();
    if let Resource::DbInstance(instance) = &mut thing.resource {
        fill(instance);
    }
    if let Some(database) = thing.database.as_mut() {
        database.storage_changes.push(now);
        database.optimizing_until = Some(until);
    }
    account.at(key, until, Happening::Optimized);
}

/// The same data fills less of a larger volume.
pub(crate) fn spread_out(account: &mut Account, key: &Address, old: u32) {
    let new = account.instance(key).and_then(|instance| instance.storage).unwrap_or(old);
    if let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) {
        let used = u64::from(database.used_percent) * u64::from(old) / u64::from(new.max(1));
        database.used_percent = u32::try_from(used.min(100)).unwrap_or(100);
    }
}

/// How far the optimization is, as `StorageOperationStatus` and `StorageOperationPercentProgress`
/// say it together (RDS API, DBInstance); `None` where there is none.
pub(crate) fn progress(database: &Database, now: Timestamp) -> Option<String> {
    let left = database.optimizing_until?.duration_since(now).as_secs();
    let whole = i64::try_from(OPTIMIZING.as_secs()).unwrap_or(i64::MAX);
    (left > 0).then(|| format!("Optimizing {}%", 100 - (100 * left / whole).clamp(1, 100)))
}

/// The volume is as it should be again.
pub(crate) fn optimized(account: &mut Account, key: &Address) {
    let Some(thing) = account.get_mut(key) else { return };
    if thing.status == "storage-optimization" {
        thing.status = "available".into();
    }
    if let Some(database) = thing.database.as_mut() {
        database.optimizing_until = None;
    }
    account.log(key, "storage optimization finished");
}

/// Somebody fills the volume.
pub(crate) fn fill_up(account: &mut Account, key: &Address, percent: u32) -> String {
    if let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) {
        database.used_percent = percent.min(100);
    }
    if percent >= 90 {
        account.log(key, format!("storage is {} % full", percent.min(100)));
        account.later(key, NEARLY_FULL, Happening::Autoscale);
    }
    format!("storage is {} % full", percent.min(100))
}

/// Nearly full for five minutes: the volume grows by itself if it may, and the instance
/// stops taking writes if it may not and is full.
pub(crate) fn autoscale(account: &mut Account, key: &Address) {
    let now = account.now;
    let Some((thing, instance)) = account.get(key).zip(account.instance(key)) else { return };
    let Some(database) = &thing.database else { return };
    let (size, most) = (instance.storage.unwrap_or(0), instance.max_storage.unwrap_or(0));
    let may = most > size
        && database.optimizing_until.is_none()
        && changes_of_a_day(database, now) < MOST_CHANGES
        && matches!(thing.status.as_str(), "available" | "storage-full");
    if database.used_percent < 90 {
        return;
    }
    if !may {
        if database.used_percent >= 100 && thing.status == "available" {
            account.set_status(key, "storage-full");
            account.log(key, "storage-full");
        }
        return;
    }
    let bigger = size.saturating_add(size.div_ceil(10).max(10)).min(most);
    // The last stretch is taken at once: a maximum has to leave a tenth, or to be reached.
    let reaches = u64::from(most) * 10 < u64::from(bigger) * 11;
    let bigger = if reaches { most } else { bigger };
    let mut next = instance.clone();
    next.storage = Some(bigger);
    let same_shape = shape(instance) == shape(&next);
    account.log(key, format!("storage autoscaling: {size} to {bigger} GiB"));
    if same_shape {
        account.merge(key, &["storage"], &next.into());
        spread_out(account, key, size);
        return landed(account, key);
    }
    // One volume becomes four, as when somebody asks for the size: that is no elastic change, it
    // takes hours in `modifying`, and the new volumes have a speed of their own.
    (next.iops, next.throughput) = (None, None);
    fill(&mut next);
    pending::begin_by_itself(account, key, &FIELDS, &next.into());
}
