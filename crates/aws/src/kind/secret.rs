//! Secrets Manager secrets. Reading never asks for a value.

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::Filter;
use aws_sdk_secretsmanager::types::FilterNameStringType;
use aws_sdk_secretsmanager::types::RotationRulesType;
use aws_sdk_secretsmanager::types::SecretListEntry;
use aws_sdk_secretsmanager::types::Tag;
use futures_util::future::join;
use futures_util::future::join_all;
use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::kind;
use pgha_resource::kind::Rotation;
use pgha_resource::live::Notice;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::ReadError;
use pgha_resource::live::Tags;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::look::Look;
use crate::look::found;
use crate::mapping::text;
use crate::owned::Item;
use crate::owned::Listed;
use crate::owned::settle;
use crate::password::Password;
use crate::receipt::Outcome;
use crate::receipt::arn;
use crate::receipt::done;
use crate::receipt::mismatch;
use crate::receipt::receipt;
use crate::receipt::refused;
use crate::receipt::unable;
use crate::tagging::secret_list;

/// How long a deleted secret can be restored: the least that Secrets Manager takes.
const RECOVERY_DAYS: i64 = 7;

/// Wanted secrets by name, and for a sweep those with the ownership tag; tags are inline.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let wanted = batch.names().into_iter().map(async |name| {
        let secret = one(look, at, &name).await;
        (name, secret)
    });
    let (wanted, tagged) = join(join_all(wanted), tagged(look, at, batch)).await;
    let mut findings = settle(batch, tagged);
    // The list lags behind: the look at each secret decides.
    for (name, found) in wanted {
        let address = batch.address(&name);
        let there = found.map(|found| match found {
            Found::There(secret) => Some(secret),
            Found::Deleted(secret) => {
                findings.restorable.insert(address.clone(), secret);
                None
            }
            Found::Nothing => None,
        });
        findings.insert(address, there);
    }
    findings
}

/// What a look at a name finds.
#[derive(Debug, PartialEq)]
enum Found {
    There(LiveResource),
    /// It is scheduled for deletion: it cannot be read or changed, only restored, and its name is
    /// taken until it is gone (docs/aws/secrets.md#recovery-window). Were its tags not among what
    /// is returned of it, which no document says, it would count as a stranger's.
    Deleted(LiveResource),
    Nothing,
}

async fn one(look: &Look<'_>, at: &Regional, name: &str) -> Result<Found, ReadError> {
    let request = at.secrets.client.describe_secret().secret_id(name).send();
    let answer = found(look.call(&at.secrets, "DescribeSecret", request).await)?;
    Ok(answer.map_or(Found::Nothing, |answer| from_sdk(&answer)))
}

async fn tagged(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Listed {
    if !batch.sweep {
        return Ok(Vec::new());
    }
    let filter = |key, value: &str| Filter::builder().key(key).values(value).build();
    let filters = vec![
        filter(FilterNameStringType::TagKey, OWNER_TAG),
        filter(FilterNameStringType::TagValue, &batch.scope.cluster),
    ];
    let ask = |token| {
        let request = at.secrets.client.list_secrets().max_results(100);
        request.set_filters(Some(filters.clone())).set_next_token(token).send()
    };
    let pages = look.pages(&at.secrets, "ListSecrets", ask, |page| page.next_token()).await?;
    Ok(pages.iter().flat_map(|page| page.secret_list()).filter_map(from_entry).collect())
}

fn from_sdk(sdk: &DescribeSecretOutput) -> Found {
    let secret = kind::Secret {
        description: text(sdk.description()),
        kms_key: text(sdk.kms_key_id()),
        username: None,
        host: None,
        port: None,
        dbname: None,
        rotation: rotation(sdk.rotation_enabled(), sdk.rotation_lambda_arn(), sdk.rotation_rules()),
    };
    let secret = live(secret, sdk.arn(), sdk.tags());
    let labels = sdk.version_ids_to_stages().into_iter().flat_map(|stages| stages.values());
    let secret = with_rotation(secret, labels);
    match sdk.deleted_date() {
        Some(_) => Found::Deleted(secret),
        None => Found::There(secret),
    }
}

/// Nothing for a secret that is scheduled for deletion.
fn from_entry(sdk: &SecretListEntry) -> Option<Item> {
    if sdk.deleted_date().is_some() {
        return None;
    }
    let secret = kind::Secret {
        description: text(sdk.description()),
        kms_key: text(sdk.kms_key_id()),
        username: None,
        host: None,
        port: None,
        dbname: None,
        rotation: rotation(sdk.rotation_enabled(), sdk.rotation_lambda_arn(), sdk.rotation_rules()),
    };
    let labels = sdk.secret_versions_to_stages().into_iter().flat_map(|stages| stages.values());
    let secret = with_rotation(live(secret, sdk.arn(), sdk.tags()), labels);
    Some((sdk.name()?.to_string(), secret))
}

fn live(secret: kind::Secret, id: Option<&str>, tags: &[Tag]) -> LiveResource {
    let mut live = LiveResource::new(secret.into(), Status::ready());
    let tags = tags
        .iter()
        .filter_map(|tag| Some((tag.key()?.into(), tag.value().unwrap_or_default().into())));
    live.tags = Some(tags.collect());
    live.ids = arn(id);
    live
}

/// Says whether some version waits to be the current one, by the labels of each.
fn with_rotation<'a>(
    mut live: LiveResource,
    labels: impl IntoIterator<Item = &'a Vec<String>>,
) -> LiveResource {
    let has = |labels: &[String], label| labels.iter().any(|has| has == label);
    let waits = |labels: &&Vec<String>| has(labels, "AWSPENDING") && !has(labels, "AWSCURRENT");
    live.notices.extend(labels.into_iter().find(waits).map(|_| Notice::RotationOpen));
    live
}

/// A schedule that is not a number of days cannot be said in a spec and is unreadable.
fn rotation(
    enabled: Option<bool>,
    function: Option<&str>,
    rules: Option<&RotationRulesType>,
) -> Option<Rotation> {
    if enabled != Some(true) {
        return Some(Rotation::Off);
    }
    let rules = rules?;
    let days = rules.automatically_after_days().or_else(|| {
        let rate = rules.schedule_expression()?.strip_prefix("rate(")?;
        let (number, unit) = rate.strip_suffix(')')?.split_once(' ')?;
        unit.starts_with("day").then(|| number.parse().ok()).flatten()
    })?;
    Some(Rotation::Every {
        days: u32::try_from(days).ok()?,
        function: function.unwrap_or_default().to_string(),
    })
}

/// Makes a call on a secret.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    let (secrets, name) = (&at.secrets.client, &call.address.name);
    match (call.operation, &call.action) {
        (Operation::CreateSecret, Action::Create { to, tags }) => {
            let Resource::Secret(to) = &**to else { return Err(mismatch(call)) };
            create(at, call, to, tags).await
        }
        (Operation::RestoreSecret, Action::Create { .. }) => {
            // By name it could be another one by now.
            let id = call.arn.as_deref().unwrap_or(name);
            let restored = secrets.restore_secret().secret_id(id).send().await;
            receipt(restored, |answer| arn(answer.arn()))
        }
        (Operation::UpdateSecret, Action::Update { to, fields, .. }) => {
            let Resource::Secret(to) = &**to else { return Err(mismatch(call)) };
            let has = |name: &str| fields.iter().any(|field| field == name);
            let request = secrets
                .update_secret()
                .secret_id(name)
                .set_description(to.description.clone().filter(|_| has("description")))
                .set_kms_key_id(to.kms_key.clone().filter(|_| has("kms_key")));
            done(request.send().await)
        }
        (Operation::PutSecretValue, Action::Update { to, fields, .. }) => {
            let Resource::Secret(to) = &**to else { return Err(mismatch(call)) };
            put(at, call, to, fields).await
        }
        (Operation::RotateSecret | Operation::CancelRotateSecret, Action::Update { to, .. }) => {
            let Resource::Secret(to) = &**to else { return Err(mismatch(call)) };
            rotate(at, call, to).await
        }
        (Operation::DeleteSecret, _) => {
            let request = secrets.delete_secret().secret_id(name);
            done(request.recovery_window_in_days(RECOVERY_DAYS).send().await)
        }
        _ => Err(mismatch(call)),
    }
}

/// The password is made by Secrets Manager, put into the secret and forgotten.
async fn create(at: &Regional, call: &Call, to: &kind::Secret, tags: &Tags) -> Outcome {
    let username = to.username.as_deref().ok_or_else(|| unable(call, "it has no user name"))?;
    let password = Password::generate(at, call).await?;
    let value = serde_json::json!({
        "engine": "postgres",
        "username": username,
        "password": password.reveal(),
    });
    let request = at
        .secrets
        .client
        .create_secret()
        .name(&call.address.name)
        .set_description(to.description.clone())
        .set_kms_key_id(to.kms_key.clone())
        .secret_string(value.to_string())
        .set_tags(Some(secret_list(tags)));
    receipt(request.send().await, |answer| arn(answer.arn()))
        .map_err(|error| explained(call, password.without(error)))
}

/// Writes what is to be in the secret beside its password, which stays as it is.
async fn put(at: &Regional, call: &Call, to: &kind::Secret, fields: &[String]) -> Outcome {
    let (secrets, name) = (&at.secrets.client, &call.address.name);
    let id = call.arn.as_deref().unwrap_or(name);
    let current = secrets.get_secret_value().secret_id(id).send().await;
    let current = current.map_err(|error| refused(&error))?;
    let text = Stored(current.secret_string().unwrap_or_default().to_string());
    let next =
        content(&text, to, fields).ok_or_else(|| unable(call, "the secret is no JSON object"))?;
    let request = secrets.put_secret_value().secret_id(id).secret_string(next.0.clone());
    done(request.send().await).map_err(|error| next.without(error))
}

/// A secret's text. It has no `Debug` and no `Display` on purpose.
struct Stored(String);

impl Stored {
    /// An error that repeats nothing of the text, should AWS ever quote it.
    fn without(&self, mut error: CallError) -> CallError {
        error.message = error.message.replace(&self.0, "(the secret)");
        error
    }
}

/// The text with these fields as wanted, and everything else in it as it is.
fn content(text: &Stored, to: &kind::Secret, fields: &[String]) -> Option<Stored> {
    let mut value: serde_json::Value = serde_json::from_str(&text.0).ok()?;
    let object = value.as_object_mut()?;
    let kind::Secret { username, host, port, dbname, .. } = to;
    let host = host.as_ref().and_then(|host| host.as_known());
    let wanted = [
        ("username", username.as_deref().map(serde_json::Value::from)),
        ("host", host.map(serde_json::Value::from)),
        ("port", port.map(serde_json::Value::from)),
        ("dbname", dbname.as_deref().map(serde_json::Value::from)),
    ];
    for (key, value) in wanted.into_iter().filter(|(key, _)| fields.iter().any(|f| f == key)) {
        object.insert(key.into(), value?);
    }
    object.insert("engine".into(), "postgres".into());
    Some(Stored(value.to_string()))
}

/// A name that waits for its end is refused with words that do not say what to do.
fn explained(call: &Call, error: CallError) -> CallError {
    if !error.message.contains("scheduled for deletion") {
        return error;
    }
    let name = &call.address.name;
    let message = format!(
        "a secret named {name} was deleted and keeps the name for {RECOVERY_DAYS} to 30 days: plan again, and pgha restores it if it was the cluster's"
    );
    CallError { message, ..error }
}

/// Which of the two calls it takes follows from the rotation that is wanted.
async fn rotate(at: &Regional, call: &Call, to: &kind::Secret) -> Outcome {
    let (secrets, name) = (&at.secrets.client, &call.address.name);
    match &to.rotation {
        Some(Rotation::Every { days, function }) => {
            let rules = RotationRulesType::builder().automatically_after_days(i64::from(*days));
            // Another schedule must not change the password that applications are using: by
            // default Secrets Manager rotates at once (Secrets Manager API, RotateSecret).
            let request = secrets
                .rotate_secret()
                .secret_id(name)
                .rotation_rules(rules.build())
                .rotate_immediately(false);
            done(request.rotation_lambda_arn(function).send().await)
        }
        Some(Rotation::Off) | None => {
            done(secrets.cancel_rotate_secret().secret_id(name).send().await)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Answer;
    use crate::testing::Wire;
    use crate::testing::scope;
    use aws_smithy_types::DateTime;
    use pgha_apply::port::Execute;
    use pgha_apply::port::Observe;
    use pgha_apply::port::Wanted;
    use pgha_resource::Seen;
    use pgha_resource::live::ErrorClass;

    fn days(days: i64) -> RotationRulesType {
        RotationRulesType::builder().automatically_after_days(days).build()
    }

    /// Secrets Manager guide, "JSON structure of AWS Secrets Manager secrets".
    #[test]
    fn the_database_is_written_beside_the_password() {
        let to = kind::Secret {
            description: None,
            kms_key: None,
            username: Some("keeper".into()),
            host: Some(pgha_resource::Ref::known("orders.rds.amazonaws.com")),
            port: Some(5433),
            dbname: Some("orders".into()),
            rotation: None,
        };
        let fields = ["host", "port", "dbname"].map(str::to_string);
        let before = r#"{"engine":"postgres","password":"hidden","username":"old","note":"mine"}"#;
        let after = content(&Stored(before.into()), &to, &fields).unwrap().0;
        assert_eq!(
            after,
            r#"{"dbname":"orders","engine":"postgres","host":"orders.rds.amazonaws.com","note":"mine","password":"hidden","port":5433,"username":"old"}"#
        );
        let after = content(&Stored(before.into()), &to, &["username".to_string()]).unwrap().0;
        assert!(after.contains(r#""username":"keeper""#) && !after.contains("host"));
        for text in ["", "hidden", "[]"] {
            assert!(content(&Stored(text.into()), &to, &fields).is_none());
        }
    }

    #[test]
    fn a_secret_is_read_without_its_value() {
        let sdk = DescribeSecretOutput::builder()
            .arn("arn:s")
            .name("orders/master")
            .kms_key_id("arn:k")
            .rotation_enabled(true)
            .rotation_lambda_arn("arn:f")
            .rotation_rules(days(30))
            .tags(Tag::builder().key("pgha:cluster").value("orders").build());
        let Found::There(live) = from_sdk(&sdk.clone().build()) else { panic!() };
        let expected = kind::Secret {
            description: None,
            kms_key: Some("arn:k".into()),
            username: None,
            host: None,
            port: None,
            dbname: None,
            rotation: Some(Rotation::Every { days: 30, function: "arn:f".into() }),
        };
        assert_eq!(live.resource, expected.into());
        assert_eq!((live.owner(), live.ids.arn.as_deref()), (Some("orders"), Some("arn:s")));
        let deleted = from_sdk(&sdk.deleted_date(DateTime::from_secs(0)).build());
        assert_eq!(deleted, Found::Deleted(live));
    }

    #[test]
    fn a_rotation_is_open_while_another_version_than_the_current_one_is_pending() {
        let is_open = |old: &[&str], new: &[&str]| {
            let labels = |of: &[&str]| of.iter().map(ToString::to_string).collect::<Vec<_>>();
            let described = DescribeSecretOutput::builder()
                .version_ids_to_stages("old", labels(old))
                .version_ids_to_stages("new", labels(new));
            let Found::There(live) = from_sdk(&described.build()) else { panic!() };
            let listed = SecretListEntry::builder()
                .name("orders/master")
                .secret_versions_to_stages("old", labels(old))
                .secret_versions_to_stages("new", labels(new));
            let (_, item) = from_entry(&listed.build()).unwrap();
            let open = live.notices.contains(&Notice::RotationOpen);
            assert_eq!(item.notices.contains(&Notice::RotationOpen), open);
            open
        };
        assert!(is_open(&["AWSCURRENT"], &["AWSPENDING"]));
        assert!(!is_open(&["AWSPREVIOUS"], &["AWSCURRENT", "AWSPENDING"]));
        assert!(!is_open(&["AWSPREVIOUS"], &["AWSCURRENT"]));
    }

    #[test]
    fn schedules_in_days_are_read_and_others_are_unreadable() {
        let schedule = |text: &str| RotationRulesType::builder().schedule_expression(text).build();
        let every = |days| Some(Rotation::Every { days, function: "f".into() });
        assert_eq!(rotation(Some(true), Some("f"), Some(&schedule("rate(10 days)"))), every(10));
        assert_eq!(rotation(Some(true), Some("f"), Some(&schedule("cron(0 8 * * ? *)"))), None);
        assert_eq!(rotation(None, None, None), Some(Rotation::Off));
    }

    #[test]
    fn a_name_that_waits_for_its_end_is_explained() {
        let call = creation();
        let error = CallError {
            class: ErrorClass::Invalid,
            code: "InvalidRequestException".into(),
            message: "You can't create this secret because a secret with this name is already scheduled for deletion.".into(),
            request_id: None,
        };
        let words = explained(&call, error).message;
        assert!(words.contains("orders-master was deleted and keeps the name"), "{words}");
    }

    fn creation() -> Call {
        let resource = kind::Secret {
            description: None,
            kms_key: None,
            username: Some("dbadmin".into()),
            host: None,
            port: None,
            dbname: None,
            rotation: None,
        };
        Call {
            address: "secret/orders-master".parse().unwrap(),
            operation: Operation::CreateSecret,
            action: Action::Create { to: Box::new(resource.into()), tags: Tags::new() },
            id: None,
            arn: None,
            resource_id: None,
        }
    }

    #[tokio::test]
    async fn a_deleted_secret_is_absent_and_can_be_restored() {
        let deleted = r#"{"ARN":"arn:s","Name":"orders-master","DeletedDate":1.8e9,
            "Tags":[{"Key":"pgha:cluster","Value":"orders"}]}"#;
        let restored = r#"{"ARN":"arn:s","Name":"orders-master"}"#;
        let wire = Wire::answering([deleted, restored].map(|body| Answer::Body(200, body.into())));
        let (account, call) = (wire.account(), creation());
        let wanted = [(call.address.clone(), call.resource().clone())].into();
        let live = account.observe(&Wanted::only(&scope(), wanted)).await;
        assert_eq!(live.resources[&call.address], Seen::Absent);
        assert_eq!(live.restorable[&call.address].owner(), Some("orders"));
        let arn = live.restorable[&call.address].ids.arn.clone();
        let call = Call { operation: Operation::RestoreSecret, arn, ..call };
        let receipt = account.execute(&call).await.unwrap();
        assert_eq!(receipt.ids.arn.as_deref(), Some("arn:s"));
        assert_eq!(wire.asked()[1], r#"{"SecretId":"arn:s"}"#);
    }

    #[tokio::test]
    async fn the_password_goes_from_secrets_manager_to_secrets_manager_and_nowhere_else() {
        let password = || Answer::Body(200, r#"{"RandomPassword":"hunter2hunter2"}"#.into());
        let made = Answer::Body(200, r#"{"ARN":"arn:s","Name":"orders-master"}"#.into());
        let refusal = r#"{"__type":"InvalidParameterException","message":"no hunter2hunter2"}"#;
        let refusal = Answer::Body(400, refusal.into());
        let wire = Wire::answering([password(), made, password(), refusal]);
        let account = wire.account();
        let receipt = account.execute(&creation()).await.unwrap();
        assert_eq!(receipt.ids.arn.as_deref(), Some("arn:s"));
        let sent: serde_json::Value = serde_json::from_str(&wire.asked()[1]).unwrap();
        let value: serde_json::Value =
            serde_json::from_str(sent["SecretString"].as_str().unwrap()).unwrap();
        let expected = serde_json::json!({
            "engine": "postgres",
            "username": "dbadmin",
            "password": "hunter2hunter2",
        });
        assert_eq!(value, expected);
        assert!(!format!("{receipt:?}").contains("hunter2"));
        let error = account.execute(&creation()).await.unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}
