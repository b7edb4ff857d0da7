//! `[proxy]` to a proxy with its role, pool, target and endpoints.
//!
//! The order is that of docs/aws/proxies.md#order: secret, role, proxy, pool, target, endpoints.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::kind::ClientPassword;
use pgha_resource::kind::DbProxy;
use pgha_resource::kind::DbProxyEndpoint;
use pgha_resource::kind::DbProxyTarget;
use pgha_resource::kind::DbProxyTargetGroup;
use pgha_resource::kind::IamAuth;
use pgha_resource::kind::IamRole;
use pgha_resource::kind::ProxyAuth;
use pgha_resource::kind::ProxyScheme;
use pgha_resource::kind::ProxyTarget;
use pgha_resource::kind::TargetRole;
use pgha_resource::reference::Subnets;

use super::Build;
use super::arn_of;
use super::credentials;
use super::iam;
use super::iam::Writer;
use super::name_of;
use super::network;
use crate::section::Spec;
use crate::section::network::SubnetChoice;
use crate::section::proxy;
use crate::section::proxy::Auth;
use crate::section::proxy::Endpoint;
use crate::section::proxy::Proxy;
use crate::spanned::Sp;
use crate::spanned::or;

/// AWS's default for idle clients, in seconds (docs/aws/proxies.md#idle-clients).
const IDLE_TIMEOUT: u32 = 1800;
/// AWS's default for waiting clients, in seconds (docs/aws/proxies.md#pool).
const BORROW_TIMEOUT: u32 = 120;
/// Leaves room for clients that connect to the database itself (docs/aws/proxies.md#headroom).
pub(crate) const MAX_CONNECTIONS: u32 = 90;

pub(super) fn expand(build: &mut Build<'_>) {
    let Some(proxy) = &build.spec.proxy else { return };
    role(build, proxy);
    the_proxy(build, proxy);
    target_group(build, proxy);
    target(build, proxy);
    for endpoint in &proxy.endpoint {
        extra_endpoint(build, endpoint);
    }
}

fn address(build: &Build<'_>) -> Address {
    build.address(Kind::DbProxy, "proxy", &build.home)
}

/// A pool has the name of its proxy.
fn pool(build: &Build<'_>) -> Address {
    Address::home(Kind::DbProxyTargetGroup, address(build).name)
}

fn role_address(build: &Build<'_>) -> Address {
    build.address(Kind::IamRole, &iam::with_region("proxy", build), &build.home)
}

/// The secrets that the proxy knows. With tokens end to end the master's is not needed.
fn secrets(build: &Build<'_>, proxy: &Proxy) -> BTreeSet<Ref> {
    let mut secrets: BTreeSet<Ref> = proxy
        .secrets
        .iter()
        .flat_map(|list| list.iter())
        .map(|arn| Ref::known(arn.as_str()))
        .collect();
    if Spec::proxy_auth(proxy) != Auth::IamEndToEnd {
        secrets.extend(credentials::secret_arn(build));
    }
    secrets
}

fn role(build: &mut Build<'_>, proxy: &Sp<Proxy>) {
    let mut inline = BTreeMap::new();
    let statements = statements(build, proxy);
    if !statements.0.is_empty() {
        inline.insert("secrets".to_string(), statements.0.document());
    }
    if !statements.1.is_empty() {
        inline.insert("connect".to_string(), statements.1.document());
    }
    let role = IamRole {
        description: Some(format!("the proxy of {}", build.spec.cluster.name.as_str())),
        // RDS Proxy knows no global condition keys (docs/aws/proxies.md#condition-keys): no
        // condition here.
        trust: Some(iam::trust("rds.amazonaws.com", None)),
        attached: Some(BTreeSet::new()),
        inline: Some(inline),
    };
    let address = role_address(build);
    build.add(address, proxy.span(), role).from("inline", &proxy.secrets);
}

/// Statements of one policy.
#[derive(Default)]
struct Statements(Vec<Statement>);

struct Statement {
    actions: &'static str,
    resources: Vec<(String, Ref, String)>,
    condition: String,
}

impl Statements {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn document(self) -> pgha_resource::document::Document {
        let mut writer = Writer::new(r#"{"Version":"2012-10-17","Statement":["#);
        for (index, statement) in self.0.iter().enumerate() {
            let Statement { actions, resources, condition } = statement;
            let comma = if index == 0 { "" } else { "," };
            writer
                .text(format!(r#"{comma}{{"Effect":"Allow","Action":"{actions}","Resource":"#))
                .resources(resources)
                .text(format!("{condition}}}"));
        }
        writer.text("]}");
        writer.finish()
    }
}

/// What the proxy may do: read its secrets, decrypt them where they have keys of their own,
/// and connect with tokens where it does so (docs/aws/iam.md#proxy-role).
fn statements(build: &Build<'_>, proxy: &Proxy) -> (Statements, Statements) {
    let spec = build.spec;
    let plain = |reference: Ref| (String::new(), reference, String::new());
    let secrets: Vec<_> = secrets(build, proxy).into_iter().map(plain).collect();
    let keys: BTreeSet<&str> = own_keys(spec, proxy).collect();
    let (mut read, mut connect) = (Statements::default(), Statements::default());
    if !secrets.is_empty() {
        read.0.push(Statement {
            actions: "secretsmanager:GetSecretValue",
            resources: secrets,
            condition: String::new(),
        });
    }
    if !keys.is_empty() {
        let via = format!("secretsmanager.{}.amazonaws.com", build.home);
        read.0.push(Statement {
            actions: "kms:Decrypt",
            resources: keys.into_iter().map(|key| plain(Ref::known(key))).collect(),
            condition: format!(r#","Condition":{{"StringEquals":{{"kms:ViaService":"{via}"}}}}"#),
        });
    }
    let database = Ref::Of(build.primary(), Attr::ResourceId);
    let resources = iam::connect(spec, &build.home, &[database]);
    if Spec::proxy_auth(proxy) == Auth::IamEndToEnd && !resources.is_empty() {
        let condition = String::new();
        connect.0.push(Statement { actions: "rds-db:connect", resources, condition });
    }
    (read, connect)
}

/// Keys that encrypt the secrets and are not the account's own.
fn own_keys<'a>(spec: &'a Spec, proxy: &'a Proxy) -> impl Iterator<Item = &'a str> {
    let master = spec.credentials.as_ref().and_then(|section| section.kms_key.as_ref());
    let others = proxy.secrets_kms_keys.iter().flat_map(|keys| keys.iter());
    master.into_iter().chain(others).map(|key| key.as_str())
}

fn the_proxy(build: &mut Build<'_>, proxy: &Sp<Proxy>) {
    let auth = Spec::proxy_auth(proxy);
    let client_password = match or(&proxy.client_password, proxy::ClientPassword::Scram) {
        proxy::ClientPassword::Scram => ClientPassword::Scram,
        proxy::ClientPassword::Md5 => ClientPassword::Md5,
    };
    let iam = match auth {
        Auth::Secrets => IamAuth::Disabled,
        Auth::Iam | Auth::IamEndToEnd => IamAuth::Required,
    };
    let known = secrets(build, proxy).into_iter();
    let resource = DbProxy {
        scheme: Some(match auth {
            Auth::Secrets | Auth::Iam => ProxyScheme::Secrets,
            Auth::IamEndToEnd => ProxyScheme::Iam,
        }),
        auth: Some(known.map(|secret| ProxyAuth { secret, iam, client_password }).collect()),
        role: Some(arn_of(&role_address(build))),
        subnets: Some(network::subnets(build.spec, &build.home)),
        security_groups: Some(network::proxy_groups(build)),
        require_tls: Some(or(&proxy.require_tls, true)),
        idle_timeout: Some(proxy.idle_timeout.as_ref().map_or(IDLE_TIMEOUT, |t| t.0)),
        debug_logging: Some(or(&proxy.debug_logging, false)),
    };
    let address = address(build);
    build
        .add(address, proxy.span(), resource)
        .from("scheme", &proxy.auth)
        .from("auth", &proxy.auth)
        .from("auth", &proxy.secrets)
        .from("require_tls", &proxy.require_tls)
        .from("idle_timeout", &proxy.idle_timeout)
        .from("debug_logging", &proxy.debug_logging);
}

fn target_group(build: &mut Build<'_>, proxy: &Sp<Proxy>) {
    let most = proxy.max_connections.as_ref().map_or(MAX_CONNECTIONS, |share| share.0);
    let group = DbProxyTargetGroup {
        proxy: name_of(&address(build)),
        max_connections: Some(most),
        max_idle_connections: Some(proxy.max_idle.as_ref().map_or(most / 2, |share| share.0)),
        borrow_timeout: Some(proxy.borrow_timeout.as_ref().map_or(BORROW_TIMEOUT, |t| t.0)),
        init_query: Some(proxy.init_query.as_ref().map_or_else(String::new, |q| q.to_string())),
    };
    let address = pool(build);
    build
        .add(address, proxy.span(), group)
        .from("max_connections", &proxy.max_connections)
        .from("max_idle_connections", &proxy.max_connections)
        .from("max_idle_connections", &proxy.max_idle)
        .from("borrow_timeout", &proxy.borrow_timeout)
        .from("init_query", &proxy.init_query);
}

/// A target has the name of its proxy and that of its database.
fn target_address(build: &Build<'_>) -> Address {
    let proxy = address(build);
    Address::home(Kind::DbProxyTarget, format!("{}:{}", proxy.name, build.primary().name))
}

fn target(build: &mut Build<'_>, proxy: &Sp<Proxy>) {
    let (primary, pool) = (build.primary(), pool(build));
    let target = DbProxyTarget {
        proxy: name_of(&address(build)),
        target: match build.spec.is_cluster() {
            true => ProxyTarget::Cluster(name_of(&primary)),
            false => ProxyTarget::Instance(name_of(&primary)),
        },
    };
    let address = target_address(build);
    build.add(address, proxy.span(), target).after([pool]);
}

fn extra_endpoint(build: &mut Build<'_>, endpoint: &Sp<Endpoint>) {
    let resource = DbProxyEndpoint {
        proxy: name_of(&address(build)),
        role: Some(match or(&endpoint.role, proxy::Role::ReadWrite) {
            proxy::Role::ReadWrite => TargetRole::ReadWrite,
            proxy::Role::ReadOnly => TargetRole::ReadOnly,
        }),
        subnets: Some(match endpoint.subnets.as_deref() {
            Some(SubnetChoice::Ids(ids)) => {
                Subnets::Known(ids.iter().map(|id| id.to_string()).collect())
            }
            _ => network::subnets(build.spec, &build.home),
        }),
        security_groups: Some(network::proxy_groups(build)),
    };
    let name = format!("proxy-{}", *endpoint.name);
    let target = target_address(build);
    let address = build.address(Kind::DbProxyEndpoint, &name, &build.home);
    build
        .add(address, endpoint.span(), resource)
        .from("role", &endpoint.role)
        .from("subnets", &endpoint.subnets)
        .after([target]);
}
