//! KMS keys: every one an ARN, each in the region where it is used.

use std::ops::Range;

use pgha_resource::Region;
use pgha_resource::scope::partition;

use super::cluster;
use crate::diagnostic::Diagnostic;
use crate::section::Spec;
use crate::section::monitoring::Monitoring;
use crate::spanned::Maybe;
use crate::spanned::Sp;

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let home = spec.home();
    let mut at_home: Vec<&Maybe<String>> = Vec::new();
    at_home.extend(spec.storage.as_ref().map(|section| &section.kms_key));
    at_home.extend(spec.credentials.as_ref().map(|section| &section.kms_key));
    at_home.extend(spec.alerting.as_ref().map(|section| &section.kms_key));
    for key in at_home.into_iter().flatten() {
        one(key, &home, found);
    }
    if let Some(keys) = spec.proxy.as_ref().and_then(|proxy| proxy.secrets_kms_keys.as_ref()) {
        keys.iter().for_each(|key| one(key, &home, found));
    }
    insights(spec.monitoring.as_deref(), &home, found);
    let copy = spec.backup.as_ref().and_then(|backup| backup.replicate_to.as_ref());
    if let Some((key, to)) = copy.and_then(|to| Some((to.kms_key.as_ref()?, to))) {
        one(key, &Region::new(to.region.as_str()), found);
    }
    for replica in &spec.replica {
        let region = spec.region_of(replica);
        if let Some(key) = &replica.kms_key {
            one(key, &region, found);
        }
        insights(replica.monitoring.as_deref(), &region, found);
    }
    for (name, region) in spec.alerting.iter().flat_map(|section| &section.regions) {
        if let Some(key) = &region.kms_key {
            one(key, &Region::new(name.as_str()), found);
        }
    }
}

fn insights(monitoring: Option<&Monitoring>, region: &Region, found: &mut Vec<Diagnostic>) {
    let insights = monitoring.and_then(|monitoring| monitoring.insights.as_ref());
    if let Some(key) = insights.and_then(|insights| insights.kms_key.as_ref()) {
        one(key, region, found);
    }
}

/// Whether a text is the ARN of a service's resource in a region and an account, whose last part
/// begins as given (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
pub(super) fn is_arn(text: &str, service: &str, resource: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, of, region, account, last] = parts.as_slice() else { return false };
    partition.starts_with("aws")
        && *of == service
        && !region.is_empty()
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && last.strip_prefix(resource).is_some_and(|id| !id.is_empty())
        && !text.contains(char::is_whitespace)
}

/// Whether a text is a name of letters, digits, `_` and `-`.
fn is_name(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// The last part of an ARN.
fn last(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or_default()
}

/// Whether a text is the ARN of an SNS topic, FIFO or not; that of a subscription has one part more
/// (<https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>).
pub(super) fn is_topic(text: &str) -> bool {
    let name = last(text);
    is_arn(text, "sns", "") && is_name(name.strip_suffix(".fifo").unwrap_or(name), 256)
}

/// Whether a text is the ARN of an SQS queue, FIFO or not
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>).
pub(super) fn is_queue(text: &str) -> bool {
    let name = last(text);
    is_arn(text, "sqs", "") && is_name(name.strip_suffix(".fifo").unwrap_or(name), 80)
}

/// Whether a text is the ARN of a Lambda function, perhaps with a version or an alias
/// (<https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>).
pub(super) fn is_function(text: &str) -> bool {
    let name = last(text).strip_prefix("function:").unwrap_or_default();
    let (name, qualifier) = match name.split_once(':') {
        Some((name, qualifier)) => (name, qualifier),
        None => (name, "$LATEST"),
    };
    let is_version = qualifier == "$LATEST" || is_name(qualifier, 128);
    is_arn(text, "lambda", "function:") && is_name(name, 64) && is_version
}

/// Whether a text is the whole ARN of a secret, with the six characters that Secrets Manager
/// appends to its name
/// (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html>).
pub(super) fn is_secret(text: &str) -> bool {
    let ends = text.rsplit_once('-').is_some_and(|(_, random)| {
        random.len() == 6 && random.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    is_arn(text, "secretsmanager", "secret:") && ends
}

/// Whether a text is the id of a KMS key: five groups of digits, or `mrk-` and 32 of them for a
/// key of several regions
/// (<https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html>, `KeyId`).
fn is_key_id(id: &str) -> bool {
    let digits = |text: &str, count: usize| {
        text.len() == count && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    if let Some(id) = id.strip_prefix("mrk-") {
        return digits(id, 32);
    }
    let groups: Vec<&str> = id.split('-').collect();
    groups.len() == 5 && groups.iter().zip([8, 4, 4, 4, 12]).all(|(group, n)| digits(group, n))
}

fn one(key: &Sp<String>, region: &Region, found: &mut Vec<Diagnostic>) {
    let is_key = key.split_once(":key/").is_some_and(|(_, id)| is_key_id(id));
    if !is_arn(key, "kms", "key/") || !is_key {
        return found.push(
            Diagnostic::new("PGHA113", key.span(), "a KMS key is named by its ARN")
                .label("not the ARN of a key")
                .note("AWS answers with ARNs, so an alias or an id would look like a difference in every plan")
                .help(format!("write \"arn:{}:kms:{region}:123456789012:key/…\"", partition(region))),
        );
    }
    elsewhere("PGHA041", "key", key, region, key.span(), found);
}

/// Finds an ARN of another region than the one where it is used, or of a partition that its
/// region does not belong to.
pub(super) fn elsewhere(
    code: &'static str,
    what: &str,
    arn: &str,
    region: &Region,
    span: Range<usize>,
    found: &mut Vec<Diagnostic>,
) {
    let of = arn.split(':').nth(3).unwrap_or_default();
    if of == region.as_str() {
        return of_its_partition(code, what, arn, region, span, found);
    }
    // That the region is misspelt is said of the region.
    if cluster::is_meant(region.as_str(), of) {
        return;
    }
    found.push(
        Diagnostic::new(code, span, format!("this {what} is in {of}, but used in {region}"))
            .label(format!("must be a {what} of {region}"))
            .help(format!("write the ARN of a {what} of {region}")),
    );
}

fn of_its_partition(
    code: &'static str,
    what: &str,
    arn: &str,
    region: &Region,
    span: Range<usize>,
    found: &mut Vec<Diagnostic>,
) {
    let (written, belongs) = (arn.split(':').nth(1).unwrap_or_default(), partition(region));
    if written == belongs {
        return;
    }
    let right = arn.replacen(&format!("arn:{written}:"), &format!("arn:{belongs}:"), 1);
    found.push(
        Diagnostic::new(code, span, format!("no {what} of {region} is in `{written}`"))
            .label(format!("{region} belongs to the partition `{belongs}`"))
            .help(format!("write \"{right}\""))
            .fix(format!("\"{right}\"")),
    );
}
