//! Who logs in with an IAM token to a database that stays, may do so for as long as the database
//! takes tokens: its policy follows once the database has gone, or takes none any more.
//!
//! A policy names users of databases by the database's resource id (IAM guide for RDS,
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html>).

use std::collections::BTreeSet;

use pgha_resource::document::{Document, Piece};
use pgha_resource::{Address, Kind, Resource};

use crate::cause::Record;
use crate::classify::{Action, Item, Items};
use crate::compare::compare_again;
use crate::intent::Intent;
use crate::plan::{Blocked, Verb};

const FIELD: &str = "document";

/// A database user whom a policy lets log in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Login {
    /// The whole ARN.
    arn: String,
    /// The database's resource id, or the proxy's id.
    target: String,
    /// The user.
    pub(crate) user: String,
}

impl Login {
    /// Of `arn:aws:rds-db:us-east-1:123456789012:dbuser:db-ABC/app_user`.
    fn parse(arn: &str) -> Option<Self> {
        let (service, name) = arn.split_once(":dbuser:")?;
        let (target, user) = name.split_once('/')?;
        let login = || Self { arn: arn.into(), target: target.into(), user: user.into() };
        service.contains(":rds-db:").then(login)
    }
}

/// All whom a document lets log in.
pub(crate) fn logins(document: &Document) -> BTreeSet<Login> {
    let text = document.text();
    // No name in such an ARN has a quotation mark in it.
    text.split('"').filter_map(Login::parse).collect()
}

/// Keeps the logins to databases that stay although the spec lets them go, or that take tokens
/// until the window opens.
pub(crate) fn keep(items: &mut Items, intent: &Intent) {
    let policies = items.iter().filter(|(address, _)| address.kind == Kind::IamPolicy);
    let remains = policies.clone().any(|(_, item)| item.desired.is_some());
    let mut widened = Vec::new();
    let mut kept = Vec::new();
    for (address, item) in policies {
        let Some(before) = item.live.and_then(|live| document(&live.resource)) else { continue };
        let old = logins(before);
        if let Some(document) = item.resolved.as_ref().and_then(document).filter(|_| item.stays()) {
            let left = left_out(&old, &logins(document), items);
            if !left.is_empty() {
                widened.push((address.clone(), with(document, &left)));
            }
        } else if item.goes_only() && remains && !intent.may_delete(address) {
            let database = old.iter().find_map(|login| taken_by(&login.target, items));
            kept.extend(database.map(|database| (address.clone(), database.clone())));
        }
    }
    for (address, document) in widened {
        if let Some(item) = items.get_mut(&address) {
            set(item, document);
        }
    }
    for (address, with) in kept {
        if let Some(item) = items.get_mut(&address) {
            item.action = Action::Blocked(Verb::Delete, Blocked::StaysWith { address: with });
        }
    }
}

fn document(resource: &Resource) -> Option<&Document> {
    match resource {
        Resource::IamPolicy(policy) => policy.document.as_ref(),
        _ => None,
    }
}

/// The logins that go with a database which the new document does not name, although it takes
/// them. A user who leaves the spec leaves every database.
fn left_out(old: &BTreeSet<Login>, new: &BTreeSet<Login>, items: &Items) -> Vec<Login> {
    let is_named = |login: &Login| new.iter().any(|other| other.target == login.target);
    let is_user = |login: &Login| new.iter().any(|other| other.user == login.user);
    let left = old.iter().filter(|login| !is_named(login) && is_user(login));
    left.filter(|login| taken_by(&login.target, items).is_some()).cloned().collect()
}

/// The database of that resource id, if it is there for longer than this plan and takes tokens.
fn taken_by<'a>(target: &str, items: &'a Items) -> Option<&'a Address> {
    let takes = |item: &Item| {
        let Some(live) = item.live.filter(|_| !item.goes()) else { return false };
        let iam = match &live.resource {
            Resource::DbInstance(instance) => instance.iam_auth,
            Resource::DbCluster(cluster) => cluster.iam_auth,
            _ => None,
        };
        let ends_now = item.changes("iam_auth") && !item.found.queues;
        live.ids.resource_id.as_deref() == Some(target) && iam == Some(true) && !ends_now
    };
    items.iter().find(|(_, item)| takes(item)).map(|(address, _)| address)
}

/// The document with more logins in its list. The spec writes such a document with one list.
fn with(document: &Document, logins: &[Login]) -> Document {
    let mut pieces = document.0.clone();
    let opens =
        |piece: &Piece| matches!(piece, Piece::Text(text) if text.trim_end().ends_with('['));
    if let Some(at) = pieces.iter().position(opens) {
        let list: String = logins.iter().map(|login| format!("\"{}\",", login.arn)).collect();
        pieces.insert(at + 1, Piece::Text(list));
    }
    Document(pieces)
}

/// The spec's own document is still to come, so that it is not recorded as applied.
fn set(item: &mut Item, document: Document) {
    if let Some(Resource::IamPolicy(policy)) = &mut item.resolved {
        policy.document = Some(document);
    }
    item.found.follows.insert(FIELD);
    compare_again(item, FIELD, |live, wanted| Record::new(Some(live), wanted).of_field(FIELD));
}
