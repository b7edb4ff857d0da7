//! RDS Proxies.

use std::collections::BTreeSet;

use aws_sdk_rds::types::AuthScheme;
use aws_sdk_rds::types::ClientPasswordAuthType;
use aws_sdk_rds::types::DbProxy as SdkProxy;
use aws_sdk_rds::types::DefaultAuthScheme;
use aws_sdk_rds::types::EngineFamily;
use aws_sdk_rds::types::IamAuthMode;
use aws_sdk_rds::types::UserAuthConfig;
use aws_sdk_rds::types::UserAuthConfigInfo;
use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::kind::ClientPassword;
use pgha_resource::kind::DbProxy;
use pgha_resource::kind::IamAuth;
use pgha_resource::kind::ProxyAuth;
use pgha_resource::kind::ProxyScheme;
use pgha_resource::live::Ids;
use pgha_resource::live::Notice;
use pgha_resource::live::Tags;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::database::some;
use crate::look::Look;
use crate::mapping::count;
use crate::mapping::int;
use crate::mapping::name_of_arn;
use crate::mapping::reference;
use crate::mapping::references;
use crate::mapping::subnets;
use crate::owned::Item;
use crate::owned::Listed;
use crate::owned::list;
use crate::owned::settle_tagged;
use crate::receipt::Outcome;
use crate::receipt::done;
use crate::receipt::known;
use crate::receipt::known_all;
use crate::receipt::known_opt;
use crate::receipt::known_subnets;
use crate::receipt::mismatch;
use crate::receipt::receipt;
use crate::tagging;
use crate::tagging::rds_list;

/// All proxies of the region for a sweep, else one call a name. A proxy's ARN holds an id
/// that AWS chose, so its tags take a second round.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let pages = async |name| pages(look, at, name).await;
    let tags = async |arn| tagging::of_rds(look, at, arn).await;
    settle_tagged(batch, list(batch, pages), tags).await
}

async fn pages(look: &Look<'_>, at: &Regional, name: Option<String>) -> Listed {
    let ask = |marker| {
        let request = at.rds.client.describe_db_proxies();
        request.set_db_proxy_name(name.clone()).set_marker(marker).send()
    };
    let pages = look.pages(&at.rds, "DescribeDBProxies", ask, |page| page.marker()).await?;
    Ok(pages.iter().flat_map(|page| page.db_proxies()).filter_map(from_sdk).collect())
}

fn from_sdk(sdk: &SdkProxy) -> Option<Item> {
    let name = sdk.db_proxy_name()?.to_string();
    let proxy = DbProxy {
        // Proxies from before end-to-end IAM say nothing and use their secrets.
        scheme: Some(match sdk.default_auth_scheme() {
            Some("IAM_AUTH") => ProxyScheme::Iam,
            _ => ProxyScheme::Secrets,
        }),
        auth: Some(sdk.auth().iter().filter_map(auth_from_sdk).collect()),
        role: reference(sdk.role_arn()),
        subnets: Some(subnets(sdk.vpc_subnet_ids().iter().map(String::as_str))),
        security_groups: Some(references(sdk.vpc_security_group_ids().iter().map(String::as_str))),
        require_tls: sdk.require_tls(),
        idle_timeout: count(sdk.idle_client_timeout()),
        debug_logging: sdk.debug_logging(),
    };
    let status = sdk.status().map_or("unknown", |status| status.as_str());
    let mut live = LiveResource::new(proxy.into(), Status::proxy(status));
    live.ids = ids(sdk);
    live.notices =
        sdk.endpoint().map(|e| Notice::Endpoint(format!("{e}:5432"))).into_iter().collect();
    Some((name, live))
}

/// The id `prx-…` is the last part of the ARN (docs/aws/iam.md#connect).
fn ids(sdk: &SdkProxy) -> Ids {
    let arn = sdk.db_proxy_arn().map(str::to_string);
    let id = arn.as_deref().map(|arn| name_of_arn(arn).to_string());
    Ids { resource_id: id.clone(), id, arn, ..Ids::default() }
}

fn auth_from_sdk(sdk: &UserAuthConfigInfo) -> Option<ProxyAuth> {
    Some(ProxyAuth {
        secret: reference(sdk.secret_arn())?,
        iam: match sdk.iam_auth() {
            Some(IamAuthMode::Required) => IamAuth::Required,
            _ => IamAuth::Disabled,
        },
        client_password: match sdk.client_password_auth_type() {
            Some(ClientPasswordAuthType::PostgresMd5) => ClientPassword::Md5,
            _ => ClientPassword::Scram,
        },
    })
}

/// Makes a call on a proxy.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    let (rds, name) = (&at.rds.client, &call.address.name);
    match (call.operation, &call.action) {
        (Operation::CreateDBProxy, Action::Create { to, tags }) => match &**to {
            Resource::DbProxy(to) => create(at, call, to, tags).await,
            _ => Err(mismatch(call)),
        },
        (Operation::ModifyDBProxy, Action::Update { to, fields, .. }) => match &**to {
            Resource::DbProxy(to) => modify(at, call, to, fields).await,
            _ => Err(mismatch(call)),
        },
        (Operation::DeleteDBProxy, Action::Delete { .. }) => {
            done(rds.delete_db_proxy().db_proxy_name(name).send().await)
        }
        _ => Err(mismatch(call)),
    }
}

async fn create(at: &Regional, call: &Call, to: &DbProxy, tags: &Tags) -> Outcome {
    let subnets = to.subnets.as_ref().map(|s| known_subnets(call, s)).transpose()?;
    let request = at
        .rds
        .client
        .create_db_proxy()
        .db_proxy_name(&call.address.name)
        .engine_family(EngineFamily::Postgresql)
        .set_default_auth_scheme(scheme(to))
        .set_auth(some(auth(call, to.auth.as_ref())?))
        .set_role_arn(known_opt(call, to.role.as_ref())?)
        .set_vpc_subnet_ids(subnets)
        .set_vpc_security_group_ids(some(known_all(call, groups(to))?))
        .set_require_tls(to.require_tls)
        .set_idle_client_timeout(to.idle_timeout.map(int))
        .set_debug_logging(to.debug_logging)
        .set_tags(Some(rds_list(tags)));
    receipt(request.send().await, |answer| answer.db_proxy().map(ids).unwrap_or_default())
}

/// The security groups have another member name here than at creation
/// (docs/aws/proxies.md#changes).
async fn modify(at: &Regional, call: &Call, to: &DbProxy, fields: &[String]) -> Outcome {
    let has = |name: &str| fields.iter().any(|field| field == name);
    let mut request = at
        .rds
        .client
        .modify_db_proxy()
        .db_proxy_name(&call.address.name)
        .set_require_tls(to.require_tls.filter(|_| has("require_tls")))
        .set_idle_client_timeout(to.idle_timeout.filter(|_| has("idle_timeout")).map(int))
        .set_debug_logging(to.debug_logging.filter(|_| has("debug_logging")));
    if has("scheme") {
        request = request.set_default_auth_scheme(scheme(to));
    }
    if has("auth") {
        request = request.set_auth(Some(auth(call, to.auth.as_ref())?));
    }
    if has("role") {
        request = request.set_role_arn(known_opt(call, to.role.as_ref())?);
    }
    if has("security_groups") {
        request = request.set_security_groups(Some(known_all(call, groups(to))?));
    }
    done(request.send().await)
}

fn groups(to: &DbProxy) -> impl Iterator<Item = &Ref> {
    to.security_groups.iter().flatten()
}

/// `NONE` is the scheme of a proxy that uses its secrets.
fn scheme(to: &DbProxy) -> Option<DefaultAuthScheme> {
    to.scheme.map(|scheme| match scheme {
        ProxyScheme::Secrets => DefaultAuthScheme::None,
        ProxyScheme::Iam => DefaultAuthScheme::IamAuth,
    })
}

fn auth(
    call: &Call,
    secrets: Option<&BTreeSet<ProxyAuth>>,
) -> Result<Vec<UserAuthConfig>, CallError> {
    let one = |auth: &ProxyAuth| {
        let config = UserAuthConfig::builder()
            .auth_scheme(AuthScheme::Secrets)
            .secret_arn(known(call, &auth.secret)?)
            .iam_auth(match auth.iam {
                IamAuth::Disabled => IamAuthMode::Disabled,
                IamAuth::Required => IamAuthMode::Required,
            })
            .client_password_auth_type(match auth.client_password {
                ClientPassword::Scram => ClientPasswordAuthType::PostgresScramSha256,
                ClientPassword::Md5 => ClientPasswordAuthType::PostgresMd5,
            });
        Ok(config.build())
    };
    secrets.into_iter().flatten().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_rds::types::DbProxyStatus;

    #[test]
    fn a_proxy_is_read_with_its_secrets_and_its_id() {
        let auth = UserAuthConfigInfo::builder()
            .auth_scheme(AuthScheme::Secrets)
            .secret_arn("arn:s")
            .iam_auth(IamAuthMode::Required)
            .build();
        let sdk = SdkProxy::builder()
            .db_proxy_name("orders-proxy")
            .db_proxy_arn("arn:aws:rds:us-east-1:123456789012:db-proxy:prx-1")
            .status(DbProxyStatus::Creating)
            .auth(auth)
            .role_arn("arn:r")
            .vpc_subnet_ids("subnet-1")
            .vpc_security_group_ids("sg-1")
            .require_tls(true)
            .idle_client_timeout(1800)
            .debug_logging(false)
            .build();
        let (name, live) = from_sdk(&sdk).unwrap();
        let expected = DbProxy {
            scheme: Some(ProxyScheme::Secrets),
            auth: Some(BTreeSet::from([ProxyAuth {
                secret: Ref::known("arn:s"),
                iam: IamAuth::Required,
                client_password: ClientPassword::Scram,
            }])),
            role: Some(Ref::known("arn:r")),
            subnets: Some(subnets(["subnet-1"])),
            security_groups: Some(references(["sg-1"])),
            require_tls: Some(true),
            idle_timeout: Some(1800),
            debug_logging: Some(false),
        };
        assert_eq!((name.as_str(), live.resource), ("orders-proxy", expected.into()));
        assert_eq!(live.ids.id.as_deref(), Some("prx-1"));
        assert!(!live.status.is_ready());
    }
}
