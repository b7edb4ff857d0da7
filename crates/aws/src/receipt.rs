//! What a mutating call comes back with, and what it needs of a [`Call`].

use std::error::Error;

use aws_sdk_rds::config::http::HttpResponse;
use aws_sdk_rds::error::ProvideErrorMetadata;
use aws_sdk_rds::error::SdkError;
use aws_sdk_rds::operation::RequestId;
use pgha_apply::port::CallError;
use pgha_apply::port::Receipt;
use pgha_resource::Call;
use pgha_resource::Ref;
use pgha_resource::live::Ids;
use pgha_resource::reference::Subnets;

use crate::errors::Failure;
use crate::errors::Intent;
use crate::errors::failure;

/// The outcome of a mutating call.
pub(crate) type Outcome = Result<Receipt, CallError>;

/// Turns an answer into a receipt that names no identifiers.
pub(crate) fn done<T, E>(answer: Result<T, SdkError<E, HttpResponse>>) -> Outcome
where
    T: RequestId,
    E: ProvideErrorMetadata + Error + 'static,
{
    receipt(answer, |_| Ids::default())
}

/// Turns an answer into a receipt with the identifiers in it.
pub(crate) fn receipt<T, E>(
    answer: Result<T, SdkError<E, HttpResponse>>,
    ids: impl FnOnce(&T) -> Ids,
) -> Outcome
where
    T: RequestId,
    E: ProvideErrorMetadata + Error + 'static,
{
    let answer = answer.map_err(|error| refused(&error))?;
    let request_id = answer.request_id().map(str::to_string);
    Ok(Receipt { ids: ids(&answer), request_id })
}

/// A failed mutating call.
pub(crate) fn refused<E>(error: &SdkError<E, HttpResponse>) -> CallError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    failure(error, Intent::Change).into()
}

/// An ARN and nothing else.
pub(crate) fn arn(arn: Option<&str>) -> Ids {
    Ids { arn: arn.map(str::to_string), ..Ids::default() }
}

/// A call that this crate cannot make; nothing was sent.
pub(crate) fn unable(call: &Call, why: &str) -> CallError {
    let words = format!("{} on {}: {why}", call.operation, call.address);
    Failure::ours("NotSent", words).into()
}

/// The combination of kind, operation and action is none that exists.
pub(crate) fn mismatch(call: &Call) -> CallError {
    unable(call, "this kind has no such call")
}

/// The identifier behind a resolved reference.
pub(crate) fn known(call: &Call, reference: &Ref) -> Result<String, CallError> {
    reference
        .as_known()
        .map(str::to_string)
        .ok_or_else(|| unable(call, &format!("{reference} is not known yet")))
}

/// The identifier behind a resolved reference that may be missing.
pub(crate) fn known_opt(call: &Call, reference: Option<&Ref>) -> Result<Option<String>, CallError> {
    reference.map(|reference| known(call, reference)).transpose()
}

/// The identifiers behind resolved references.
pub(crate) fn known_all<'a>(
    call: &Call,
    references: impl IntoIterator<Item = &'a Ref>,
) -> Result<Vec<String>, CallError> {
    references.into_iter().map(|reference| known(call, reference)).collect()
}

/// Resolved subnets.
pub(crate) fn known_subnets(call: &Call, subnets: &Subnets) -> Result<Vec<String>, CallError> {
    match subnets {
        Subnets::Known(ids) => Ok(ids.iter().cloned().collect()),
        Subnets::Of(region) => {
            Err(unable(call, &format!("the subnets in {region} are not known yet")))
        }
    }
}

/// The target's id.
pub(crate) fn id(call: &Call) -> Result<&str, CallError> {
    call.id.as_deref().ok_or_else(|| unable(call, "its id is not known"))
}

/// The target's ARN.
pub(crate) fn arn_of(call: &Call) -> Result<&str, CallError> {
    call.arn.as_deref().ok_or_else(|| unable(call, "its ARN is not known"))
}
