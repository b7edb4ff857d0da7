//! Whoever hears of alerts goes when whoever takes over has confirmed.

use pgha_planner::{Allow, Blocked, Goal, Intent, Plan};
use pgha_resource::endpoint::masked;
use pgha_resource::kind::SnsSubscription;
use pgha_resource::live::Notice;
use pgha_resource::{Attr, Desired, Live, Operation, Ref, Seen};

use crate::world::{add, at, blocked, converged, desired, edit_live, operations, planned, sketch};

const OLD: (&str, &str) = ("https", "https://pager.example/T0/old");
const NEW: (&str, &str) = ("https", "https://pager.example/T0/new");
const MAIL: (&str, &str) = ("email", "team@example.com");
const QUEUE: (&str, &str) = ("sqs", "arn:aws:sqs:eu-central-1:123456789012:alerts");

fn address((protocol, endpoint): (&str, &str)) -> String {
    format!("sns-subscription/orders-alerts:{protocol}:{endpoint}")
}

/// The spec that tells these.
fn telling(told: &[(&str, &str)]) -> Desired {
    let mut wanted = desired();
    for (protocol, endpoint) in told {
        let topic = Ref::Of(at("sns-topic/orders-alerts"), Attr::Arn);
        let (protocol, endpoint) = (protocol.to_string(), endpoint.to_string());
        let one = SnsSubscription { topic, protocol, endpoint };
        add(&mut wanted, &address((&one.protocol, &one.endpoint)), one.clone());
    }
    wanted
}

/// What an account that tells some, and was told of others since, has of the latter.
#[derive(Clone, Copy)]
enum State {
    Absent,
    Unconfirmed,
    Confirmed,
}

fn account(before: &[(&str, &str)], after: &[(&str, &str)], state: State) -> Live {
    let all: Vec<(&str, &str)> = before.iter().chain(after).copied().collect();
    let mut live = converged(&telling(&all));
    for new in after.iter().filter(|new| !before.contains(new)) {
        match state {
            State::Absent => {
                live.resources.insert(at(&address(*new)), Seen::Absent);
            }
            State::Unconfirmed => edit_live(&mut live, &address(*new), |seen| {
                seen.notices.insert(Notice::Unconfirmed);
            }),
            State::Confirmed => {}
        }
    }
    live
}

fn plan(before: &[(&str, &str)], after: &[(&str, &str)], state: State) -> Plan {
    planned(&telling(after), &account(before, after, state), &Intent::default())
}

#[track_caller]
fn check_waits(plan: &Plan, old: (&str, &str), new: (&str, &str)) {
    let allow = format!("delete:{}", address(old));
    let waits = Blocked::Unconfirmed { address: at(&address(new)), allow };
    assert_eq!(blocked(plan, &address(old)), [waits], "{}", sketch(plan));
    assert_eq!(operations(plan, &address(old)), [], "{}", sketch(plan));
}

#[track_caller]
fn check_goes(plan: &Plan, old: (&str, &str)) {
    assert_eq!(operations(plan, &address(old)), [Operation::Unsubscribe], "{}", sketch(plan));
}

#[test]
fn an_endpoint_is_told_until_the_next_one_has_confirmed() {
    let first = plan(&[OLD], &[NEW], State::Absent);
    assert_eq!(operations(&first, &address(NEW)), [Operation::Subscribe]);
    check_waits(&first, OLD, NEW);
    check_waits(&plan(&[OLD], &[NEW], State::Unconfirmed), OLD, NEW);
    check_goes(&plan(&[OLD], &[NEW], State::Confirmed), OLD);
}

#[test]
fn where_others_hear_only_the_same_protocol_takes_over() {
    check_goes(&plan(&[OLD, QUEUE], &[MAIL, QUEUE], State::Absent), OLD);
    check_waits(&plan(&[OLD, QUEUE], &[NEW, QUEUE], State::Absent), OLD, NEW);
}

#[test]
fn the_last_one_who_hears_stays_until_anybody_new_has_confirmed() {
    check_waits(&plan(&[OLD], &[MAIL], State::Absent), OLD, MAIL);
    check_waits(&plan(&[OLD], &[MAIL], State::Unconfirmed), OLD, MAIL);
    check_goes(&plan(&[OLD], &[MAIL], State::Confirmed), OLD);
}

#[test]
fn the_same_protocol_is_named_before_others() {
    check_waits(&plan(&[OLD], &[MAIL, NEW], State::Unconfirmed), OLD, NEW);
}

#[test]
fn a_queue_confirms_by_itself() {
    check_goes(&plan(&[MAIL], &[QUEUE], State::Absent), MAIL);
}

#[test]
fn nobody_takes_over_from_one_that_merely_goes() {
    check_goes(&plan(&[OLD], &[], State::Absent), OLD);
    check_goes(&plan(&[OLD, MAIL], &[MAIL], State::Absent), OLD);
}

#[test]
fn one_that_never_confirmed_is_not_kept() {
    let mut live = account(&[OLD], &[NEW], State::Absent);
    edit_live(&mut live, &address(OLD), |seen| {
        seen.notices.insert(Notice::Unconfirmed);
    });
    let plan = planned(&telling(&[NEW]), &live, &Intent::default());
    assert_eq!(blocked(&plan, &address(OLD)), [], "{}", sketch(&plan));
}

#[test]
fn a_destruction_waits_for_nobody() {
    let live = account(&[OLD], &[NEW], State::Unconfirmed);
    let goal = Goal::Destroy { final_snapshot: true };
    let plan = planned(&telling(&[NEW]), &live, &Intent { goal, ..Intent::default() });
    assert_eq!(blocked(&plan, &address(OLD)), [], "{}", sketch(&plan));
}

/// The plan with this word.
fn allowing(word: &str) -> Plan {
    let allow = [word.parse::<Allow>().unwrap()].into();
    let live = account(&[OLD], &[NEW], State::Unconfirmed);
    planned(&telling(&[NEW]), &live, &Intent { allow, ..Intent::default() })
}

#[test]
fn the_masked_address_of_a_plan_is_a_word_for_it() {
    let whole = format!("delete:{}", address(OLD));
    let shown = masked(&whole).into_owned();
    assert!(shown.contains("****"), "{shown}");
    check_goes(&allowing(&whole), OLD);
    check_goes(&allowing(&shown), OLD);
    let other = shown.replace("****#", "****#0");
    check_waits(&allowing(&other), OLD, NEW);
}
