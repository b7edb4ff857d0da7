//! `pgha iam-policy`: the permissions that pgha and the application need.

use std::collections::BTreeSet;

use pgha_apply::port::{Observe, Wanted};
use pgha_resource::kind::IamAuth;
use pgha_resource::{Desired, Kind, Live, Resource};
use serde_json::Value;

use crate::account::{self, Account};
use crate::args::{Global, IamPolicy, Whose};
use crate::cluster;
use crate::commands::session;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;
use crate::policy::{self, Client, Policy};
use crate::render::{json, words};

/// Prints the policy: one document, or a list of them where one would be too large.
pub fn run(global: &Global, args: &IamPolicy) -> Result<Exit, CommandError> {
    let cluster = cluster::load_or_explain(&global.file)?;
    let policy = match args.whose {
        Whose::Plan => policy::plan(),
        Whose::Apply => policy::apply(&cluster.desired),
        Whose::App => app(global, cluster.desired, args.user.as_deref())?,
    };
    print(&policy)
}

fn print(policy: &Policy) -> Result<Exit, CommandError> {
    let documents = policy.documents();
    let number = words::count(documents.len(), "managed policy document");
    match documents.as_slice() {
        [one] => output::print(&json::document(one))?,
        several => {
            output::remark(&format!(
                "{number}, a list: together they are more than the {} characters of one; attach all\n",
                policy::LARGEST
            ));
            output::print(&json::document(&Value::Array(several.to_vec())))?;
        }
    }
    Ok(Exit::Ok)
}

/// The application's policy names what only AWS knows: resource ids and the secret's ARN.
fn app(global: &Global, mut desired: Desired, user: Option<&str>) -> Result<Policy, CommandError> {
    let live = session::block_on(async {
        let account = Account::open(global, &desired).await?;
        pgha_apply::identify(&mut desired, &account)
            .await
            .map_err(|error| account::guarded(&error, global))?;
        let wanted = Wanted { sweep: Vec::new(), ..Wanted::everything(&desired) };
        Ok(account.observe(&wanted).await)
    })?;
    let client = client(&desired, &live, user);
    match client.hosts.is_empty() && client.secrets.is_empty() {
        false => Ok(policy::app(&desired, &client)),
        true => Err(CommandError::failed("nothing is there yet that an application could use")
            .hint("its policy names ids that AWS gives: apply first")),
    }
}

fn client(desired: &Desired, live: &Live, user: Option<&str>) -> Client {
    let mut client =
        Client { hosts: BTreeSet::new(), user: String::new(), secrets: BTreeSet::new() };
    for (address, wanted) in &desired.resources {
        let Some(seen) = live.present(address) else { continue };
        let (takes_tokens, id) = match &wanted.resource {
            Resource::DbInstance(i) => (i.iam_auth == Some(true), &seen.ids.resource_id),
            Resource::DbCluster(c) => (c.iam_auth == Some(true), &seen.ids.resource_id),
            Resource::DbProxy(p) => {
                let auth = p.auth.iter().flatten();
                (auth.into_iter().any(|auth| auth.iam == IamAuth::Required), &seen.ids.id)
            }
            _ => (false, &None),
        };
        let region = desired.scope.region_of(address);
        let id = id.clone().filter(|_| takes_tokens);
        client.hosts.extend(id.map(|id| (region.clone(), id)));
        if address.kind == Kind::Secret {
            client.secrets.extend(seen.ids.arn.clone());
        }
        client.secrets.extend(seen.ids.master_secret.clone());
        if let (Resource::Secret(secret), true) = (&wanted.resource, client.user.is_empty()) {
            client.user = secret.username.clone().unwrap_or_default();
        }
    }
    if let Some(user) = user {
        client.user = user.into();
    }
    if client.user.is_empty() {
        client.user = "USER".into();
    }
    client
}
