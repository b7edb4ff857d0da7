//! The master password on its way from Secrets Manager to RDS: never printed, never kept.

use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::Region;
use serde::Deserialize;

use crate::connect::Clients;
use crate::connect::Regional;
use crate::receipt::refused;
use crate::receipt::unable;

/// RDS refuses these in a master password (docs/aws/instances.md#master-password), and so does a
/// connection URL.
const REFUSED: &str = "/\"@' ";

/// Within what RDS takes for instances (8 to 128) and clusters (8 to 41).
const LENGTH: i64 = 32;

/// A password. It has no `Debug` and no `Display` on purpose.
pub(crate) struct Password(String);

#[derive(Deserialize)]
struct Stored {
    password: String,
}

impl Password {
    /// The text, for the request that needs it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// An error that repeats nothing of the password, should AWS ever quote it.
    pub(crate) fn without(&self, mut error: CallError) -> CallError {
        if !self.0.is_empty() {
            error.message = error.message.replace(&self.0, "(password)");
        }
        error
    }

    /// The password that Secrets Manager keeps in the secret with this ARN.
    pub(crate) async fn stored(
        clients: &Clients,
        at: &Regional,
        call: &Call,
        arn: &str,
    ) -> Result<Self, CallError> {
        let region = arn.split(':').nth(3).unwrap_or_default();
        let near = clients.at(&Region::new(region));
        let secrets = &near.unwrap_or(at).secrets.client;
        let answer = secrets.get_secret_value().secret_id(arn).send().await;
        let answer = answer.map_err(|error| refused(&error))?;
        // The parser's own words may quote what it read.
        serde_json::from_str(answer.secret_string().unwrap_or_default())
            .map(|stored: Stored| Self(stored.password))
            .map_err(|_| unable(call, "the secret is no JSON with a `password` in it"))
    }

    /// A new one, made by Secrets Manager.
    pub(crate) async fn generate(at: &Regional, call: &Call) -> Result<Self, CallError> {
        let request = at
            .secrets
            .client
            .get_random_password()
            .password_length(LENGTH)
            .exclude_characters(REFUSED)
            .exclude_punctuation(true)
            .require_each_included_type(true);
        let answer = request.send().await.map_err(|error| refused(&error))?;
        match answer.random_password() {
            Some(password) => Ok(Self(password.to_string())),
            None => Err(unable(call, "Secrets Manager returned no password")),
        }
    }
}
