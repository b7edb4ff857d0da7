//! Credentials as they came: what a request cannot carry is said, and never sent.

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;

use crate::errors::chain;

/// The same configuration, with credentials that are looked at before they are used: the SDK
/// panics on those that no header takes, such as a key with a line end behind it.
pub(crate) fn plain(config: &SdkConfig) -> SdkConfig {
    match config.credentials_provider() {
        Some(inner) => {
            let plain = SharedCredentialsProvider::new(Plain(inner));
            config.to_builder().credentials_provider(plain).build()
        }
        None => config.clone(),
    }
}

#[derive(Debug)]
struct Plain(SharedCredentialsProvider);

impl ProvideCredentials for Plain {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let found = self.0.provide_credentials().await.map_err(unprinted)?;
            match unfit(&found) {
                None => Ok(found),
                Some(what) => Err(CredentialsError::invalid_configuration(format!(
                    "the {what} has a space or a control character in it, as a line end at its end"
                ))),
            }
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.0.fallback_on_interrupt().filter(|found| unfit(found).is_none())
    }
}

/// The SDK puts all that a `credential_process` printed into its error, which may be the secret
/// itself, in whatever form.
fn unprinted(error: CredentialsError) -> CredentialsError {
    let words = chain(&error);
    let said = words.iter().find_map(|words| {
        let at = words.find("external process")?;
        Some(words[at..].split("Stderr:").next().unwrap_or_default().trim_end().to_string())
    });
    match said {
        None => error,
        Some(said) => CredentialsError::provider_error(format!(
            "credential_process: {said} (what it printed is not shown; run it by hand)"
        )),
    }
}

/// Which part cannot be sent. What is in it is nobody's business.
fn unfit(found: &Credentials) -> Option<&'static str> {
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_graphic());
    let parts = [
        ("access key id", Some(found.access_key_id())),
        ("secret access key", Some(found.secret_access_key())),
        ("session token", found.session_token()),
    ];
    let unfit = |(_, text): &(&str, Option<&str>)| text.is_some_and(|text| !plain(text));
    parts.into_iter().find(unfit).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn what_a_credential_process_printed_is_not_shown() {
        let printed = "Error retrieving credentials: external process exited with code exit status: 1. Stderr: s3cret";
        let said = unprinted(CredentialsError::provider_error(printed));
        let words = format!("{said} {:?}", said.source().map(ToString::to_string));
        assert!(words.contains("external process exited with code exit status: 1."), "{words}");
        assert!(!words.contains("s3cret"), "{words}");
        let other = unprinted(CredentialsError::provider_error("no"));
        assert_eq!(other.source().map(ToString::to_string), Some("no".into()));
    }

    #[test]
    fn what_no_header_takes_is_named_and_not_shown() {
        let of = |id, secret, token: Option<&str>| {
            unfit(&Credentials::new(id, secret, token.map(str::to_string), None, "test"))
        };
        assert_eq!(of("AKIA", "a/b+c=", Some("t")), None);
        assert_eq!(of("AKIA\n", "s", None), Some("access key id"));
        assert_eq!(of("AKIA", "s \u{1b}", None), Some("secret access key"));
        assert_eq!(of("AKIA", "s", Some("t\r\n")), Some("session token"));
        assert_eq!(of("AKI\u{c4}", "s", None), Some("access key id"));
    }
}
