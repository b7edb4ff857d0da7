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
    account.keep_showing(LOCK);
    released(&account, &one);
    check_taken(&account, "two 2");
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
