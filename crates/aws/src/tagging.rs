//! Tags: each service has its own pair of calls and its own type of tag.

use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::Operation;
use pgha_resource::live::ReadError;
use pgha_resource::live::Tags;

use crate::connect::Clients;
use crate::connect::Regional;
use crate::look::Look;
use crate::mapping::rds_tags;
use crate::receipt::Outcome;
use crate::receipt::arn_of;
use crate::receipt::done;
use crate::receipt::id;
use crate::receipt::mismatch;
use crate::receipt::unable;

/// Sets tags or removes keys, whichever the operation says.
pub(crate) async fn tag(
    clients: &Clients,
    at: &Regional,
    call: &Call,
    set: &Tags,
    remove: &[String],
) -> Outcome {
    match call.operation {
        Operation::AddTagsToResource | Operation::RemoveTagsFromResource => {
            tag_rds(at, call, set, remove).await
        }
        Operation::CreateTags | Operation::DeleteTags => tag_ec2(at, call, set, remove).await,
        Operation::TagRole
        | Operation::UntagRole
        | Operation::TagPolicy
        | Operation::UntagPolicy => tag_iam(clients, call, set, remove).await,
        Operation::TagResource | Operation::UntagResource => {
            tag_secret(at, call, set, remove).await
        }
        Operation::TagTopic | Operation::UntagTopic => tag_topic(at, call, set, remove).await,
        Operation::TagAlarm | Operation::UntagAlarm => tag_alarm(at, call, set, remove).await,
        _ => Err(mismatch(call)),
    }
}

async fn tag_rds(at: &Regional, call: &Call, set: &Tags, remove: &[String]) -> Outcome {
    let (rds, arn) = (&at.rds.client, arn_of(call)?);
    if call.operation == Operation::AddTagsToResource {
        let request = rds.add_tags_to_resource().resource_name(arn);
        return done(request.set_tags(Some(rds_list(set))).send().await);
    }
    let request = rds.remove_tags_from_resource().resource_name(arn);
    done(request.set_tag_keys(Some(remove.to_vec())).send().await)
}

async fn tag_ec2(at: &Regional, call: &Call, set: &Tags, remove: &[String]) -> Outcome {
    let (ec2, id) = (&at.ec2.client, id(call)?);
    if call.operation == Operation::CreateTags {
        let request = ec2.create_tags().resources(id);
        return done(request.set_tags(Some(ec2_list(set))).send().await);
    }
    let keys = remove.iter().map(|key| aws_sdk_ec2::types::Tag::builder().key(key).build());
    let request = ec2.delete_tags().resources(id);
    done(request.set_tags(Some(keys.collect())).send().await)
}

async fn tag_iam(clients: &Clients, call: &Call, set: &Tags, remove: &[String]) -> Outcome {
    let (iam, name) = (&clients.iam.client, &call.address.name);
    let keys = Some(remove.to_vec());
    match call.operation {
        Operation::TagRole => {
            let tags = Some(iam_list(call, set)?);
            done(iam.tag_role().role_name(name).set_tags(tags).send().await)
        }
        Operation::UntagRole => {
            done(iam.untag_role().role_name(name).set_tag_keys(keys).send().await)
        }
        Operation::TagPolicy => {
            let tags = Some(iam_list(call, set)?);
            let request = iam.tag_policy().policy_arn(arn_of(call)?);
            done(request.set_tags(tags).send().await)
        }
        _ => {
            let request = iam.untag_policy().policy_arn(arn_of(call)?);
            done(request.set_tag_keys(keys).send().await)
        }
    }
}

async fn tag_secret(at: &Regional, call: &Call, set: &Tags, remove: &[String]) -> Outcome {
    let (secrets, name) = (&at.secrets.client, &call.address.name);
    if call.operation == Operation::TagResource {
        let request = secrets.tag_resource().secret_id(name);
        return done(request.set_tags(Some(secret_list(set))).send().await);
    }
    let request = secrets.untag_resource().secret_id(name);
    done(request.set_tag_keys(Some(remove.to_vec())).send().await)
}

async fn tag_topic(at: &Regional, call: &Call, set: &Tags, remove: &[String]) -> Outcome {
    let (sns, arn) = (&at.sns.client, arn_of(call)?);
    if call.operation == Operation::TagTopic {
        let request = sns.tag_resource().resource_arn(arn);
        return done(request.set_tags(Some(sns_list(call, set)?)).send().await);
    }
    let request = sns.untag_resource().resource_arn(arn);
    done(request.set_tag_keys(Some(remove.to_vec())).send().await)
}

async fn tag_alarm(at: &Regional, call: &Call, set: &Tags, remove: &[String]) -> Outcome {
    let (cloudwatch, arn) = (&at.cloudwatch.client, arn_of(call)?);
    if call.operation == Operation::TagAlarm {
        let request = cloudwatch.tag_resource().resource_arn(arn);
        return done(request.set_tags(Some(alarm_list(set))).send().await);
    }
    let request = cloudwatch.untag_resource().resource_arn(arn);
    done(request.set_tag_keys(Some(remove.to_vec())).send().await)
}

/// The tags of an RDS resource that carries none inline.
pub(crate) async fn of_rds(look: &Look<'_>, at: &Regional, arn: String) -> Result<Tags, ReadError> {
    let request = at.rds.client.list_tags_for_resource().resource_name(arn).send();
    let answer = look.call(&at.rds, "ListTagsForResource", request).await?;
    Ok(rds_tags(answer.tag_list()))
}

/// Tags for RDS.
pub(crate) fn rds_list(tags: &Tags) -> Vec<aws_sdk_rds::types::Tag> {
    tags.iter()
        .map(|(key, value)| aws_sdk_rds::types::Tag::builder().key(key).value(value).build())
        .collect()
}

/// Tags for EC2.
pub(crate) fn ec2_list(tags: &Tags) -> Vec<aws_sdk_ec2::types::Tag> {
    tags.iter()
        .map(|(key, value)| aws_sdk_ec2::types::Tag::builder().key(key).value(value).build())
        .collect()
}

/// Tags for Secrets Manager.
pub(crate) fn secret_list(tags: &Tags) -> Vec<aws_sdk_secretsmanager::types::Tag> {
    let tag = aws_sdk_secretsmanager::types::Tag::builder;
    tags.iter().map(|(key, value)| tag().key(key).value(value).build()).collect()
}

/// Tags for CloudWatch.
pub(crate) fn alarm_list(tags: &Tags) -> Vec<aws_sdk_cloudwatch::types::Tag> {
    let tag = aws_sdk_cloudwatch::types::Tag::builder;
    tags.iter().map(|(key, value)| tag().key(key).value(value).build()).collect()
}

/// Tags for SNS.
pub(crate) fn sns_list(
    call: &Call,
    tags: &Tags,
) -> Result<Vec<aws_sdk_sns::types::Tag>, CallError> {
    let tag = aws_sdk_sns::types::Tag::builder;
    tags.iter()
        .map(|(key, value)| tag().key(key).value(value).build())
        .collect::<Result<_, _>>()
        .map_err(|error| unable(call, &error.to_string()))
}

/// Tags for IAM.
pub(crate) fn iam_list(
    call: &Call,
    tags: &Tags,
) -> Result<Vec<aws_sdk_iam::types::Tag>, CallError> {
    let tag = aws_sdk_iam::types::Tag::builder;
    tags.iter()
        .map(|(key, value)| tag().key(key).value(value).build())
        .collect::<Result<_, _>>()
        .map_err(|error| unable(call, &error.to_string()))
}
