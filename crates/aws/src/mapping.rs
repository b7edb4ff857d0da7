//! Conversions that many kinds need between the SDK's types and ours.

use std::collections::BTreeSet;

use pgha_resource::Ref;
use pgha_resource::live::Tags;
use pgha_resource::reference::Subnets;

/// A count; AWS has no negative ones.
pub(crate) fn count(number: Option<i32>) -> Option<u32> {
    number.and_then(|number| u32::try_from(number).ok())
}

/// A count as the API takes it.
pub(crate) fn int(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A text that was returned; an empty one was not set.
pub(crate) fn text(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_string)
}

/// A window: RDS returns days in lower case, whatever it was given
/// (docs/aws/errors.md#normal-forms).
pub(crate) fn window(window: Option<&str>) -> Option<String> {
    text(window).map(|window| window.to_lowercase())
}

/// A reference to something that was seen.
pub(crate) fn reference(id: Option<&str>) -> Option<Ref> {
    text(id).map(Ref::Known)
}

/// References to everything in a list.
pub(crate) fn references<'a>(ids: impl IntoIterator<Item = &'a str>) -> BTreeSet<Ref> {
    ids.into_iter().map(Ref::known).collect()
}

/// Subnets that were seen.
pub(crate) fn subnets<'a>(ids: impl IntoIterator<Item = &'a str>) -> Subnets {
    Subnets::Known(ids.into_iter().map(str::to_string).collect())
}

/// Tags of RDS.
pub(crate) fn rds_tags(tags: &[aws_sdk_rds::types::Tag]) -> Tags {
    tags.iter()
        .filter_map(|tag| Some((tag.key()?.into(), tag.value().unwrap_or_default().into())))
        .collect()
}

/// Tags of EC2.
pub(crate) fn ec2_tags(tags: &[aws_sdk_ec2::types::Tag]) -> Tags {
    tags.iter()
        .filter_map(|tag| Some((tag.key()?.into(), tag.value().unwrap_or_default().into())))
        .collect()
}

/// The last part of an ARN of RDS, or the name itself.
pub(crate) fn name_of_arn(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}
