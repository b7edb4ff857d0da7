//! `[credentials]` to the master user's secret.

use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::kind::MasterPassword;
use pgha_resource::kind::Rotation;
use pgha_resource::kind::Secret;

use super::Build;
use super::arn_of;
use crate::section::credentials::Credentials;
use crate::section::credentials::Manage;

pub(super) fn expand(build: &mut Build<'_>) {
    if build.spec.manage() != Manage::Pgha {
        return;
    }
    let none = Credentials::default();
    let section = build.spec.credentials.as_ref();
    let credentials = section.map_or(&none, |section| &**section);
    let rotation = credentials.rotation.as_ref().map(|rotation| Rotation::Every {
        days: rotation.days.0,
        function: rotation.function.to_string(),
    });
    let secret = Secret {
        description: Some(format!("master user of {}", build.spec.cluster.name.as_str())),
        kms_key: credentials.kms_key.as_ref().map(|key| key.to_string()),
        username: Some(build.spec.username().into()),
        host: Some(Ref::Of(build.primary(), Attr::Host)),
        port: Some(build.spec.port()),
        dbname: Some(
            build.spec.engine.database.as_ref().map_or("postgres".into(), |name| name.to_string()),
        ),
        rotation: Some(rotation.unwrap_or(Rotation::Off)),
    };
    let at = section.map_or_else(|| build.spec.cluster.span(), |section| section.span());
    let address = secret_address(build);
    build
        .add(address, at, secret)
        .from("kms_key", &credentials.kms_key)
        .from("username", &credentials.username)
        .from("rotation", &credentials.rotation);
}

fn secret_address(build: &Build<'_>) -> Address {
    build.address(Kind::Secret, "master", &build.home)
}

/// Where the primary finds its password.
pub(super) fn password(build: &Build<'_>) -> Option<MasterPassword> {
    let key = build.spec.credentials.as_ref().and_then(|section| section.kms_key.as_ref());
    match build.spec.manage() {
        Manage::Pgha => Some(MasterPassword::Secret(arn_of(&secret_address(build)))),
        Manage::Rds => Some(MasterPassword::Rds { kms_key: key.map(|key| key.to_string()) }),
        Manage::Given => None,
    }
}

/// The ARN of the secret, where somebody says it.
pub(super) fn secret_arn(build: &Build<'_>) -> Option<Ref> {
    match build.spec.manage() {
        Manage::Pgha => Some(arn_of(&secret_address(build))),
        Manage::Rds => Some(Ref::Of(build.primary(), Attr::MasterSecret)),
        Manage::Given => {
            let written = build.spec.credentials.as_ref()?.secret_arn.as_ref()?;
            Some(Ref::known(written.as_str()))
        }
    }
}
