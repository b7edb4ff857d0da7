//! `pgha import`: the spec of what exists.

mod all;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pgha_apply::port::{Clock, Observe};
use pgha_import::{ImportError, Imported, Request};
use pgha_resource::catalog::REGIONS;
use pgha_resource::{Region, Scope};

use crate::account::{self, Account};
use crate::args;
use crate::args::Global;
use crate::cluster;
use crate::commands::session;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;
use crate::render::{imported, words};
use crate::typed::Typed;

/// After so many days what is accepted as it was found comes up again.
const GRACE: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Looks at the account and writes a spec for what is there.
pub fn run(global: &Global, args: &args::Import) -> Result<Exit, CommandError> {
    match (&args.identifier, &args.out_dir) {
        (_, Some(dir)) => all::run(global, args, dir),
        (Some(identifier), None) => one(global, args, identifier),
        (None, None) => Err(CommandError::failed("nothing is named to import")),
    }
}

fn one(global: &Global, args: &args::Import, identifier: &str) -> Result<Exit, CommandError> {
    if let Some(path) = &args.out {
        is_free(path)?;
    }
    let found = session::block_on(async {
        let region = region(global, args).await?;
        let account = open(global, &region).await?;
        let file = args.out.as_ref().map_or("cluster.toml".into(), |path| path.to_string_lossy());
        let cluster = args.cluster_name.as_deref();
        let days = Days::of(&account);
        let request = days.request(identifier, &region, cluster, &file);
        pgha_import::import(&account, &request).await.map_err(|error| refused(error, global))
    })?;
    match &args.out {
        Some(path) => write(path, &found.text)?,
        None => output::print_raw(found.text.as_bytes())?,
    }
    let next = next(global, args.out.as_deref());
    output::remark(&imported::render(&found, args.out.as_deref(), &next, output::remark_width()));
    Ok(exit(&found))
}

/// The account, whoever's databases are in it.
async fn open(global: &Global, region: &Region) -> Result<Account, CommandError> {
    let scope = Scope { cluster: String::new(), account: None, home: region.clone() };
    let account = Account::open_at(global, &scope, &[]).await?;
    account.identity().await.map_err(|error| account::unidentified(&error, global))?;
    Ok(account)
}

/// Today, and when what is accepted as it was found comes up again.
struct Days {
    today: String,
    until: String,
}

impl Days {
    fn of(account: &Account) -> Self {
        let now = account.now();
        let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date().to_string();
        Self { today: day(now), until: day(now + GRACE) }
    }

    fn request<'a>(
        &'a self,
        identifier: &'a str,
        region: &'a Region,
        cluster: Option<&'a str>,
        file: &'a str,
    ) -> Request<'a> {
        let (today, until) = (&*self.today, &*self.until);
        Request { identifier, region, cluster, file, today, until }
    }
}

/// Incomplete is what a spec cannot say, or what could not be read.
pub(super) fn exit(found: &Imported) -> Exit {
    match (found.unread.is_empty(), found.doubts.is_empty()) {
        (false, _) => Exit::Error,
        (true, false) => Exit::Partial,
        (true, true) => Exit::Ok,
    }
}

/// What to type next about the new spec, whichever one the environment names.
fn next(global: &Global, out: Option<&Path>) -> imported::Next {
    let out = out.map(|path| path.display().to_string());
    let other = out.filter(|out| *out != global.file);
    let about = |command| {
        let usual = Global { file: "cluster.toml".into(), ..global.clone() };
        let typed = Typed::new(command, if other.is_some() { &usual } else { global });
        let typed = other.iter().fold(typed, |typed, file| typed.value("--file", file));
        typed.value("--allow", "adopt")
    };
    imported::Next { plan: about("plan"), apply: about("apply") }
}

/// Where to look first: as the command says, as the identifier says, or as the SDK would decide.
async fn region(global: &Global, args: &args::Import) -> Result<Region, CommandError> {
    let of_identifier = args.identifier.as_deref().and_then(of_arn);
    let region = match (&args.region, of_identifier, &global.sandbox) {
        (Some(region), _, _) => Some(region.clone()),
        (None, Some(region), _) => Some(region),
        (None, None, Some(_)) => ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty())),
        (None, None, None) => {
            pgha_aws::configured_region(global.profile.as_deref()).await.map(|r| r.to_string())
        }
    };
    let Some(region) = region else {
        return Err(CommandError::failed("no region is known to look in")
            .hint("name it: `--region us-east-1`, or give the database's ARN"));
    };
    match is_region(&region) {
        true => Ok(Region::new(region)),
        false => {
            let close = REGIONS
                .iter()
                .max_by(|one, other| likeness(one, &region).total_cmp(&likeness(other, &region)));
            let hints = close.map(|close| format!("a region that is written like it: {close}"));
            let error = CommandError::failed(format!("there is no region `{region}`"));
            Err(hints.into_iter().fold(error, CommandError::hint))
        }
    }
}

fn likeness(one: &str, other: &str) -> f64 {
    strsim::jaro_winkler(one, other)
}

/// One that this version does not know yet has the form of the others.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let number = |part: &&str| part.len() == 1 && part.bytes().all(|b| b.is_ascii_digit());
    let is_formed = match parts.split_last() {
        Some((last, first)) => first.len() >= 2 && first.iter().all(letters) && number(last),
        None => false,
    };
    let mistyped = REGIONS.iter().any(|known| likeness(known, text) > 0.96);
    REGIONS.contains(&text) || (is_formed && !mistyped)
}

fn of_arn(identifier: &str) -> Option<String> {
    let mut parts = identifier.split(':');
    (parts.next() == Some("arn")).then(|| parts.nth(2).map(str::to_string))?
}

/// What somebody wrote is not written over.
fn is_free(path: &Path) -> Result<(), CommandError> {
    match path.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(_) => Err(CommandError::refused(format!("{} is there already", path.display())).hint(
            "name another file with `--out`, or compare: without `--out` the spec is printed",
        )),
    }
}

/// It names an account and its networks, as any spec does: readable as the user's other files are.
pub(super) fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o666)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written
        .map_err(|error| CommandError::failed(format!("cannot write {}: {error}", path.display())))
}

fn refused(error: ImportError, global: &Global) -> CommandError {
    let said = CommandError::failed(error.to_string());
    match error {
        ImportError::NotFound { similar, .. } => {
            let error = match similar.is_empty() {
                true => said,
                false => said.hint("is it one of those?"),
            };
            error
                .hint("to look in another region: `--region REGION`")
                .hint("the identifier is the one of an instance, a Multi-AZ cluster or a proxy")
        }
        ImportError::Unread(read) => account::unidentified(&read, global),
        ImportError::Refused(errors) => {
            let wrong = cluster::explained(&errors);
            let number = words::count(errors.diagnostics.len(), "finding");
            CommandError { message: format!("no spec can describe it as it is: {number}"), ..wrong }
                .hint("change it in AWS first, or write the spec by hand")
        }
        ImportError::OtherEngine { .. } | ImportError::OtherAccount { .. } => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_known_or_formed_like_one() {
        for region in ["us-east-1", "eu-central-2", "us-gov-west-1", "xx-north-9"] {
            assert!(is_region(region), "{region}");
        }
        for text in ["us-esat-1", "us-east", "useast1", "", "US-EAST-1", "us-east-1a"] {
            assert!(!is_region(text), "{text}");
        }
    }

    #[test]
    fn an_arn_says_its_region() {
        let arn = "arn:aws:rds:eu-west-1:123456789012:db:orders";
        assert_eq!(of_arn(arn).as_deref(), Some("eu-west-1"));
        assert_eq!(of_arn("orders"), None);
    }
}
