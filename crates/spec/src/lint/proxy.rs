//! `[proxy]` and `[iam]` (docs/aws/proxies.md, docs/aws/iam.md#connect).

use std::ops::Range;

use super::keys;
use super::network;
use super::place_or;
use super::replicas;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::expand::MAX_CONNECTIONS;
use crate::reserved;
use crate::section::Spec;
use crate::section::network::SubnetChoice;
use crate::section::proxy::Auth;
use crate::section::proxy::Endpoint;
use crate::section::proxy::Proxy;
use crate::section::proxy::Role;
use crate::spanned::Sp;

/// Regions without RDS Proxy for PostgreSQL (docs/aws/proxies.md#regions).
const PROXYLESS: [&str; 2] = ["ap-east-2", "ap-southeast-6"];
/// The day of that table.
const PROXYLESS_AS_OF: &str = "2026-11-30";
/// Endpoints beside the default one.
const MOST_ENDPOINTS: usize = 20;

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    users(spec, found);
    let Some(proxy) = &spec.proxy else { return };
    offered(spec, proxy, found);
    ranges(proxy, found);
    auth(spec, proxy, found);
    risks(proxy, found);
    secrets(spec, proxy, found);
    replicas::unique("endpoint", proxy.endpoint.iter().map(|endpoint| &endpoint.name), found);
    for (index, endpoint) in proxy.endpoint.iter().enumerate() {
        one_endpoint(spec, index, endpoint, found);
    }
}

/// AWS opens its services in more regions over time, so that it is a warning.
fn offered(spec: &Spec, proxy: &Sp<Proxy>, found: &mut Vec<Diagnostic>) {
    let region = &spec.cluster.region;
    if PROXYLESS.contains(&region.as_str()) {
        found.push(
            Diagnostic::new("PGHA157", proxy.span(), format!("RDS Proxy is not in {}", **region))
                .label(format!("not offered as of {PROXYLESS_AS_OF}"))
                .also(region.span(), "the home region")
                .help("delete [proxy], or accept this in [guard] if AWS has it there by now"),
        );
    }
}

fn ranges(proxy: &Proxy, found: &mut Vec<Diagnostic>) {
    let mut refuse = |name: &str, value: u32, span: Range<usize>, least: u32, most: u32| {
        if !(least..=most).contains(&value) {
            found.push(
                Diagnostic::new("PGHA085", span, format!("`{name}` cannot be {value}"))
                    .label(format!("{least} to {most}"))
                    .help(format!("write a value from {least} to {most}")),
            );
        }
    };
    let most = proxy.max_connections.as_ref().map_or(MAX_CONNECTIONS, |share| share.0);
    if let Some(share) = &proxy.max_connections {
        refuse("max_connections", share.0, share.span(), 1, 100);
    }
    if let Some(share) = &proxy.max_idle {
        refuse("max_idle", share.0, share.span(), 0, most);
    }
    if let Some(time) = &proxy.borrow_timeout {
        refuse("borrow_timeout", time.0, time.span(), 0, 300);
    }
    if let Some(time) = &proxy.idle_timeout {
        refuse("idle_timeout", time.0, time.span(), 1, 28_800);
    }
}

fn auth(spec: &Spec, proxy: &Sp<Proxy>, found: &mut Vec<Diagnostic>) {
    let span = place_or(&proxy.auth, proxy.span());
    match (Spec::proxy_auth(proxy), spec.iam_auth()) {
        (Auth::IamEndToEnd, false) => found.push(
            Diagnostic::new(
                "PGHA111",
                span,
                "the proxy would log in with tokens that the database does not take",
            )
            .label("needs IAM authentication")
            .help("write `iam_auth = true` in [engine]"),
        ),
        (Auth::Secrets, true) => found.push(
            Diagnostic::new("PGHA112", span, "clients of this proxy cannot log in with passwords")
                .label("the database takes IAM tokens, so the proxy's clients must use them")
                .help("write \"iam\", or `iam_auth = false` in [engine]"),
        ),
        _ => {}
    }
    if let Some(filters) = &proxy.session_pinning_filters {
        found.push(
            Diagnostic::new(
                "PGHA084",
                filters.span(),
                "RDS Proxy has no pinning filters for PostgreSQL",
            )
            .label("MySQL only")
            .help("delete this line; avoid SET, PREPARE and temporary tables in the application"),
        );
    }
}

fn risks(proxy: &Proxy, found: &mut Vec<Diagnostic>) {
    if let Some(tls) = proxy.require_tls.as_ref().filter(|on| !***on) {
        found.push(
            Diagnostic::new("PGHA086", tls.span(), "clients may connect to the proxy without TLS")
                .label("passwords in the clear")
                .help("delete this line, or write true")
                .fix("true"),
        );
    }
    if let Some(debug) = proxy.debug_logging.as_ref().filter(|on| ***on) {
        found.push(
            Diagnostic::new("PGHA087", debug.span(), "the proxy logs every statement")
                .label("AWS turns it off after 24 hours")
                .help("delete this line when you are done")
                .fix("false"),
        );
    }
    let share =
        proxy.max_connections.as_ref().filter(|share| share.0 > MAX_CONNECTIONS && share.0 <= 100);
    if let Some(share) = share {
        found.push(
            Diagnostic::new(
                "PGHA091",
                share.span(),
                "the proxy may take every connection of the database",
            )
            .label("nobody else gets in, not even to look")
            .help("write \"90%\" or less")
            .fix("\"90%\""),
        );
    }
    let leaks = |query: &str| {
        let query = query.to_ascii_lowercase();
        ["password", "secret", "token"].iter().any(|word| query.contains(word))
    };
    if let Some(query) = proxy.init_query.as_ref().filter(|query| leaks(query)) {
        found.push(
            Diagnostic::new(
                "PGHA088",
                query.span(),
                "the initialisation query seems to hold a secret",
            )
            .label("anyone who may describe the proxy can read it")
            .help("keep secrets out of it"),
        );
    }
}

fn secrets(spec: &Spec, proxy: &Proxy, found: &mut Vec<Diagnostic>) {
    for secret in proxy.secrets.iter().flat_map(|list| list.iter()) {
        if keys::is_secret(secret) {
            keys::elsewhere("PGHA129", "secret", secret, &spec.home(), secret.span(), found);
            continue;
        }
        found.push(
            Diagnostic::new("PGHA113", secret.span(), "a secret is named by its ARN")
                .label("not the ARN of a secret")
                .help("write \"arn:aws:secretsmanager:…:secret:…\", with the six characters at its end"),
        );
    }
}

fn one_endpoint(spec: &Spec, index: usize, endpoint: &Sp<Endpoint>, found: &mut Vec<Diagnostic>) {
    replicas::name("endpoint", &endpoint.name, found);
    if index == MOST_ENDPOINTS {
        found.push(
            Diagnostic::new("PGHA120", endpoint.span(), "a proxy has 20 further endpoints at most")
                .label("one too many")
                .help("delete some"),
        );
    }
    let readers = endpoint.role.as_ref().filter(|role| ***role == Role::ReadOnly);
    if let Some(role) = readers.filter(|_| !spec.is_cluster()) {
        found.push(
            Diagnostic::new("PGHA083", role.span(), "a proxy before an instance has no readers")
                .label("only for a Multi-AZ DB cluster")
                .help(
                    "connect to the replicas directly, or write `topology = \"multi-az-cluster\"`",
                ),
        );
    }
    let Some(subnets) = &endpoint.subnets else { return };
    match &**subnets {
        SubnetChoice::All => {}
        SubnetChoice::Ids(ids) => {
            network::no_subnets(ids, found);
            if ids.is_empty() {
                found.push(
                    Diagnostic::new("PGHA033", subnets.span(), "an endpoint has no subnets")
                        .label("an empty list")
                        .help("list subnets in two zones, or delete this line for the network's"),
                );
            }
        }
        SubnetChoice::Tagged(_) => found.push(
            Diagnostic::new("PGHA103", subnets.span(), "an endpoint's subnets are listed by id")
                .label("tags are looked up for [network] only")
                .help("write [\"subnet-…\", …], or delete this line for the network's subnets"),
        ),
    }
}

fn users(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let Some(users) = spec.iam.as_ref().and_then(|iam| iam.users.as_ref()) else { return };
    let by_proxy =
        spec.proxy.as_ref().is_some_and(|proxy| Spec::proxy_auth(proxy) != Auth::Secrets);
    if !users.is_empty() && !spec.iam_auth() && !by_proxy {
        found.push(
            Diagnostic::new("PGHA110", users.span(), "nothing takes the tokens of these users")
                .label("IAM authentication is off")
                .help("write `iam_auth = true` in [engine], or `auth = \"iam\"` in [proxy]"),
        );
    }
    for user in users.iter() {
        if reserved::is_rdss_own(user) {
            found.push(
                Diagnostic::new(
                    "PGHA121",
                    user.span(),
                    format!("`{}` is no user of yours", **user),
                )
                .label("RDS and PostgreSQL keep it to themselves")
                .help("name a user that was made with `CREATE USER`"),
            );
            continue;
        }
        let fits = !user.is_empty()
            && user.len() <= 63
            && user.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
        if !fits {
            let everyone = user.contains('*');
            let code = if everyone { "PGHA093" } else { "PGHA121" };
            found.push(
                Diagnostic::new(
                    code,
                    user.span(),
                    format!("`{}` is not the name of one user", **user),
                )
                .label(if everyone {
                    "would let them connect as anybody"
                } else {
                    "not a user name"
                })
                .help("name each database user")
                .severity(Severity::Error),
            );
        }
    }
}
