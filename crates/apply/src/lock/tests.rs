//! Who gets the lock, whatever EC2 shows at that moment.

use super::*;
use crate::testing::Fake;
use crate::testing::block_on;
use crate::testing::desired;
use crate::testing::refusal;

const LOCK: &str = "security-group/orders-lock";

fn spec() -> Desired {
    desired(Vec::new())
}

fn taken(account: &Fake, name: &str) -> Result<Holder, LockError> {
    block_on(take(&spec(), account, name))
}

#[track_caller]
fn check_held(account: &Fake, name: &str, by: &str) {
    match taken(account, name) {
        Err(LockError::Held(holder)) => assert_eq!(holder.name, by),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check_taken(account: &Fake, name: &str) -> Holder {
    let holder = taken(account, name).unwrap();
    assert_eq!(holder.name, name);
    assert!(holder.id.is_some());
    holder
}

fn released(account: &Fake, holder: &Holder) {
    assert!(block_on(remove(holder, &spec(), account)).unwrap());
}

#[test]
fn one_run_holds_the_lock_until_it_gives_it_back() {
    let account = Fake::default();
    let one = check_taken(&account, "one 1");
    check_held(&account, "two 2", "one 1");
    released(&account, &one);
    check_taken(&account, "two 2");
}

#[test]
fn a_lock_that_ran_out_is_removed() {
    let account = Fake::default();
    check_taken(&account, "one 1");
    account.pass(15);
    check_held(&account, "two 2", "one 1");
    account.pass(1);
    check_taken(&account, "two 2");
}

#[test]
fn what_was_created_is_held_although_nothing_shows_it() {
    let account = Fake::default();
    account.hide(999);
    check_taken(&account, "one 1");
    assert!(account.minutes() <= 1);
}

#[test]
fn what_was_created_is_held_although_the_one_before_still_shows() {
    let account = Fake::default();
    let one = check_taken(&account, "one 1");
    account.keep_showing(LOCK, 99);
    released(&account, &one);
    check_taken(&account, "two 2");
}

/// A look of the run that has just taken it may show the one before, or none.
#[test]
fn what_was_created_is_kept_although_the_one_before_still_shows() {
    let (account, spec) = (Fake::default(), spec());
    let one = check_taken(&account, "one 1");
    account.keep_showing(LOCK, 5);
    released(&account, &one);
    let locked = Locked::new(&account, &spec, check_taken(&account, "two 2"));
    look(&locked, &spec);
    assert!(block_on(locked.execute(&tag(&spec))).is_ok());
    assert!(account.minutes() <= 1);
}

#[test]
fn a_lost_answer_is_looked_up_until_it_shows() {
    let lost = || refusal(ErrorClass::Unknown, "NoAnswer");
    let create = Operation::CreateSecurityGroup;
    for looks in [0, 1, 4] {
        let account = Fake::default().refuse(create, lost(), 1);
        account.hide(looks);
        check_taken(&account, "one 1");
    }
}

/// What is shown at first is the lock that the one before has given back.
#[test]
fn after_a_lost_answer_what_was_there_before_keeps_nobody_out() {
    let lost = refusal(ErrorClass::Unknown, "NoAnswer");
    let account = Fake::default();
    let one = check_taken(&account, "one 1");
    account.keep_showing(LOCK, 5);
    released(&account, &one);
    let account = account.refuse(Operation::CreateSecurityGroup, lost, 1);
    check_taken(&account, "two 2");
}

#[test]
fn a_lock_that_was_refused_for_minutes_holds_from_its_creation() {
    for class in [ErrorClass::Throttled, ErrorClass::Unreachable] {
        let account = Fake::default();
        let refused = refusal(class, "no");
        let account = account.refuse(Operation::CreateSecurityGroup, refused, 9);
        let mine = check_taken(&account, "one 1");
        assert!(account.minutes() >= 5);
        assert!(mine.until.unwrap().duration_since(account.now()) > HOLDS - MARGIN);
    }
}

/// EC2 says of a group that was created a moment ago that there is none.
#[test]
fn a_new_lock_is_given_back_although_it_is_said_to_be_gone() {
    let gone = refusal(ErrorClass::Gone, "InvalidGroup.NotFound");
    let account = Fake::default().refuse(Operation::DeleteSecurityGroup, gone, 4);
    let mine = check_taken(&account, "one 1");
    released(&account, &mine);
    assert!(account.minutes() <= 1);
    // The process may have stood still between writing its tags and creating it.
    let gone = refusal(ErrorClass::Gone, "InvalidGroup.NotFound");
    let account = account.refuse(Operation::DeleteSecurityGroup, gone, 4);
    account.takes(Operation::CreateSecurityGroup, 5);
    released(&account, &check_taken(&account, "one 1"));
    account.takes(Operation::CreateSecurityGroup, 0);
    // One that is not new and is said to be gone is.
    let mine = check_taken(&account, "one 1");
    account.pass(2);
    released(&account, &mine);
    assert!(!block_on(remove(&mine, &spec(), &account)).unwrap());
    assert!(account.minutes() <= 8);
}

/// The group shows, and its tags do not yet.
#[test]
fn a_lock_whose_tags_do_not_show_yet_is_waited_for() {
    let account = Fake::default();
    let one = check_taken(&account, "one 1");
    account.edit(LOCK, |live| live.tags = Some(Tags::new()));
    account.keep_showing(LOCK, 5);
    account.edit(LOCK, |live| live.tags = Some(tags(&spec(), &one)));
    check_held(&account, "two 2", "one 1");
    assert_eq!(account.minutes(), 0);
}

/// The first one in a look is not always the older one.
#[test]
fn a_lock_in_another_vpc_is_met_in_whichever_order_they_show() {
    for (first, second) in [("vpc-1", "vpc-2"), ("vpc-2", "vpc-1")] {
        let account = Fake::default();
        account.in_vpc(first);
        check_taken(&account, "one 1");
        account.in_vpc(second);
        check_held(&account, "two 2", &format!("one 1, for a spec with the VPC {first},"));
    }
}

/// Neither saw the other when it looked.
#[test]
fn of_two_locks_in_two_vpcs_the_later_one_in_a_look_gives_way() {
    let (account, spec) = (Fake::default(), spec());
    account.in_vpc("vpc-2");
    let two = Locked::new(&account, &spec, check_taken(&account, "two 2"));
    look(&two, &spec);
    account.hide(1);
    account.in_vpc("vpc-1");
    let one = Locked::new(&account, &spec, check_taken(&account, "one 1"));
    look(&one, &spec);
    look(&two, &spec);
    assert!(block_on(one.execute(&tag(&spec))).is_ok());
    assert_eq!(block_on(two.execute(&tag(&spec))).unwrap_err().code, "LockLost");
}

#[test]
fn a_spec_with_another_vpc_meets_the_same_lock() {
    let account = Fake::default();
    let one = check_taken(&account, "one 1");
    account.in_vpc("vpc-2");
    check_held(&account, "two 2", "one 1, for a spec with the VPC vpc-1,");
    // It gave back what it had taken in vain.
    assert_eq!(block_on(holder(&spec(), &account)).unwrap().unwrap().name, "one 1");
    released(&account, &one);
    assert_eq!(block_on(holder(&spec(), &account)).unwrap(), None);
    check_taken(&account, "two 2");
}

#[test]
fn a_lock_of_another_vpc_that_ran_out_is_removed_too() {
    let account = Fake::default();
    check_taken(&account, "one 1");
    account.in_vpc("vpc-2");
    account.pass(16);
    let two = check_taken(&account, "two 2");
    released(&account, &two);
    assert_eq!(block_on(holder(&spec(), &account)).unwrap(), None);
}

#[test]
fn a_group_that_is_no_lock_is_named() {
    let account = Fake::default();
    check_taken(&account, "one 1");
    account.edit(LOCK, |live| live.tags = Some(Tags::new()));
    let error = taken(&account, "two 2").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the lock needs the name orders-lock, which the security group id-1 has, and that is no lock of this cluster"
    );
    assert_eq!(block_on(holder(&spec(), &account)).unwrap(), None);
}

#[test]
fn a_lock_that_may_not_be_taken_is_said_at_once() {
    let account = Fake::default();
    let denied = refusal(ErrorClass::Denied, "UnauthorizedOperation");
    let account = account.refuse(Operation::CreateSecurityGroup, denied, 1);
    assert!(matches!(taken(&account, "one 1"), Err(LockError::Call(_))));
    assert_eq!(account.minutes(), 0);
}

#[test]
fn a_run_whose_lock_was_removed_changes_nothing_more() {
    let (account, spec) = (Fake::default(), spec());
    let mine = check_taken(&account, "one 1");
    let locked = Locked::new(&account, &spec, mine.clone());
    let look = || block_on(locked.observe(&Wanted::only(&spec.scope, BTreeMap::new())));
    let group = || call(&spec, Operation::DeleteSecurityGroup, delete(&spec), None);
    account.pass(6);
    look();
    assert!(locked.holds());
    released(&account, &mine);
    account.pass(6);
    look();
    assert_eq!(block_on(locked.execute(&group())).unwrap_err().code, "LockLost");
}

/// A look of the run that holds a lock.
fn look(locked: &Locked<'_, Fake>, desired: &Desired) {
    block_on(locked.observe(&Wanted::only(&desired.scope, BTreeMap::new())));
}

/// The process stood still between its look and its call.
#[test]
fn a_call_does_not_rely_on_a_look_of_minutes_ago() {
    let (account, spec) = (Fake::default(), spec());
    let mine = check_taken(&account, "one 1");
    let locked = Locked::new(&account, &spec, mine.clone());
    look(&locked, &spec);
    account.pass(3);
    assert!(block_on(locked.execute(&tag(&spec))).is_ok());
    assert_eq!(account.minutes(), 3, "it is looked at once and not waited for");
    account.pass(3);
    released(&account, &mine);
    assert_eq!(block_on(locked.execute(&tag(&spec))).unwrap_err().code, "LockLost");
}

#[test]
fn a_lock_that_never_shows_is_lost_after_a_minute() {
    let (account, spec) = (Fake::default(), spec());
    let locked = Locked::new(&account, &spec, check_taken(&account, "one 1"));
    account.hide(999);
    look(&locked, &spec);
    assert!(block_on(locked.execute(&tag(&spec))).is_ok());
    account.pass(1);
    look(&locked, &spec);
    assert_eq!(block_on(locked.execute(&tag(&spec))).unwrap_err().code, "LockLost");
}

/// Who found the lock run out may have removed it, and may not have yet.
#[test]
fn a_renewal_that_was_answered_after_the_end_renews_nothing() {
    let (account, spec) = (Fake::default(), spec());
    let locked = Locked::new(&account, &spec, check_taken(&account, "one 1"));
    account.pass(6);
    account.takes(Operation::CreateTags, 9);
    look(&locked, &spec);
    account.takes(Operation::CreateTags, 0);
    assert_eq!(block_on(locked.execute(&tag(&spec))).unwrap_err().code, "LockLost");
}

/// The clock of the machine stood still for a while, and is set by the next answer.
#[test]
fn a_lock_that_ran_out_stays_lost_when_the_clock_is_set_back() {
    let (account, spec) = (Fake::default(), spec());
    let locked = Locked::new(&account, &spec, check_taken(&account, "one 1"));
    account.pass(20);
    assert!(!locked.holds());
    account.pass(-20);
    assert!(!locked.holds());
}

/// The process stood still between the creation and its answer.
#[test]
fn a_lock_is_renewed_by_its_own_time() {
    let (account, spec) = (Fake::default(), spec());
    account.takes(Operation::CreateSecurityGroup, 11);
    // EC2 says of a group that was created a moment ago that there is none.
    let unknown = refusal(ErrorClass::Doubtful, "InvalidGroup.NotFound");
    let account = account.refuse(Operation::CreateTags, unknown, 1);
    let locked = Locked::new(&account, &spec, check_taken(&account, "one 1"));
    look(&locked, &spec);
    look(&locked, &spec);
    account.pass(10);
    assert!(block_on(locked.execute(&tag(&spec))).is_ok());
}

/// Until then, what somebody else's run does and what this one does meet.
#[test]
fn a_lock_that_was_removed_is_missed_before_the_next_call() {
    let (account, spec) = (Fake::default(), spec());
    let locked = Locked::new(&account, &spec, check_taken(&account, "one 1"));
    let look = || block_on(locked.observe(&Wanted::only(&spec.scope, BTreeMap::new())));
    // What is new may not show yet.
    account.hide(2);
    look();
    assert!(locked.holds());
    look();
    assert_eq!(look().resources.len(), 0, "the lock is nobody's business");
    // A look may be older than the one before.
    account.hide(3);
    look();
    assert!(block_on(locked.execute(&tag(&spec))).is_ok());
    assert_eq!(account.minutes(), 0);
}

/// A call that changes nothing that the lock is about.
fn tag(desired: &Desired) -> Call {
    let of = Box::new(group(desired, None));
    let (set, over) = (Tags::from([("team".into(), "payments".into())]), Tags::new());
    let action = Action::Tag { of, set, remove: Vec::new(), over };
    call(desired, Operation::CreateTags, action, None)
}

#[test]
fn a_lock_that_is_gone_or_another_s_is_lost_at_the_next_call() {
    for taken_by_another in [false, true] {
        let (account, spec) = (Fake::default(), spec());
        let mine = check_taken(&account, "one 1");
        let locked = Locked::new(&account, &spec, mine.clone());
        let look = || block_on(locked.observe(&Wanted::only(&spec.scope, BTreeMap::new())));
        look();
        released(&account, &mine);
        if taken_by_another {
            check_taken(&account, "two 2");
        }
        look();
        let group = call(&spec, Operation::DeleteSecurityGroup, delete(&spec), None);
        assert_eq!(block_on(locked.execute(&group)).unwrap_err().code, "LockLost");
        assert!(account.minutes() <= 1);
        // The other's lock is left alone.
        assert_eq!(block_on(holder(&spec, &account)).unwrap().is_some(), taken_by_another);
    }
}

fn delete(desired: &Desired) -> Action {
    Action::Delete { from: Box::new(group(desired, None)), final_snapshot: None }
}
