//! One look at the account: its calls are queued, counted and classified here.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use aws_sdk_rds::config::http::HttpResponse;
use aws_sdk_rds::error::ProvideErrorMetadata;
use aws_sdk_rds::error::SdkError;
use pgha_resource::Address;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Scope;
use pgha_resource::desired::NetworkQuery;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::NetworkSeen;
use pgha_resource::live::ReadError;
use tokio::sync::OnceCell;

use crate::connect::Aws;
use crate::connect::Lane;
use crate::connect::Regional;
use crate::errors::Failure;

/// More pages than this means that the server repeats itself.
const MOST_PAGES: usize = 1000;

/// A look in progress.
pub(crate) struct Look<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) scope: &'a Scope,
    networks: BTreeMap<&'a Region, (&'a NetworkQuery, OnceCell<NetworkSeen>)>,
    calls: AtomicU32,
}

impl<'a> Look<'a> {
    pub(crate) fn new(
        aws: &'a Aws,
        scope: &'a Scope,
        networks: &'a BTreeMap<Region, NetworkQuery>,
    ) -> Self {
        let networks =
            networks.iter().map(|(region, query)| (region, (query, OnceCell::new()))).collect();
        Self { aws, scope, networks, calls: AtomicU32::new(0) }
    }

    /// How many calls were made so far.
    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    /// The clients of a region.
    pub(crate) fn at(&self, region: &Region) -> Result<&'a Regional, ReadError> {
        self.aws.reads.at(region).ok_or_else(|| {
            let words = format!("pgha was not connected to {region}");
            Failure::ours("NotConnected", words).reading("connect")
        })
    }

    /// The regions whose network was asked for.
    pub(crate) fn network_regions(&self) -> impl Iterator<Item = &'a Region> {
        self.networks.keys().copied()
    }

    /// The outcome of a region's network lookup, made once however many ask.
    pub(crate) async fn network(&self, region: &Region) -> Option<&NetworkSeen> {
        let (query, cell) = self.networks.get(region)?;
        Some(cell.get_or_init(|| crate::network::read(self, region, query)).await)
    }

    /// Makes one call.
    pub(crate) async fn call<C, T, E>(
        &self,
        lane: &Lane<C>,
        name: &str,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, ReadError>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let _permit = lane.permits.acquire().await.expect("the permits are never closed");
        self.calls.fetch_add(1, Ordering::Relaxed);
        let (patience, waits) = (self.aws.patience, self.aws.waits);
        let answer = Box::pin(lane.server.answer(patience, waits, name, request)).await;
        let outcome = answer.as_ref().map_or_else(|failure| failure.code.as_str(), |_| "ok");
        self.aws.say(lane.service, &lane.region, name, outcome);
        answer.map_err(|failure| failure.reading(name))
    }

    /// Makes one call a page, until `next` finds no further page.
    pub(crate) async fn pages<C, T, E, Answer>(
        &self,
        lane: &Lane<C>,
        name: &str,
        ask: impl Fn(Option<String>) -> Answer,
        next: impl Fn(&T) -> Option<&str>,
    ) -> Result<Vec<T>, ReadError>
    where
        E: ProvideErrorMetadata + Error + 'static,
        Answer: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let mut pages: Vec<T> = Vec::new();
        let mut marker = None;
        loop {
            let page = self.call(lane, name, ask(marker.clone())).await?;
            let following = next(&page).filter(|m| !m.is_empty()).map(str::to_string);
            pages.push(page);
            if following.is_none() {
                return Ok(pages);
            }
            if following == marker || pages.len() == MOST_PAGES {
                let words = "the list does not end: the same page is offered again";
                return Err(Failure::ours("EndlessList", words).reading(name));
            }
            marker = following;
        }
    }

    /// The identifier behind a reference, where it is known before anything is read.
    pub(crate) fn known(&self, reference: &Ref) -> Option<String> {
        match reference {
            Ref::Known(id) => Some(id.clone()),
            Ref::Of(address, attr) => self.scope.deterministic(address, *attr),
            Ref::Vpc(_) => None,
        }
    }

    /// The ARN of an address, or why it is not known.
    pub(crate) fn arn(&self, address: &Address) -> Result<String, ReadError> {
        self.scope.arn(address).ok_or_else(|| {
            Failure::ours("NoAccount", "the account is not known").reading("GetCallerIdentity")
        })
    }
}

/// Turns "it does not exist" into nothing.
pub(crate) fn found<T>(answer: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.class == ErrorClass::Gone => Ok(None),
        Err(error) => Err(error),
    }
}
