//! Who can no longer connect after a change that breaks no connection by itself.
//!
//! A removed rule leaves open connections alone (EC2 guide, "Security group connection tracking",
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html>),
//! and another way to log in asks only who comes next: an application fails at its next connection.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use ipnet::IpNet;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::kind::ClientPassword;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::DbProxy;
use pgha_resource::kind::IamAuth;
use pgha_resource::kind::IamPolicy;
use pgha_resource::kind::MasterPassword;
use pgha_resource::kind::Peer;
use pgha_resource::kind::ProxyAuth;
use pgha_resource::kind::ProxyScheme;
use pgha_resource::kind::Rule;
use pgha_resource::kind::SecurityGroup;

use crate::access::logins;

/// Whom the change of a field shuts out, as the object of "shuts out …". A parameter's field is
/// `parameters.NAME`.
pub(crate) fn of(field: &str, from: &Resource, to: &Resource) -> Option<String> {
    let who = match (from, to) {
        (Resource::DbProxy(from), Resource::DbProxy(to)) => of_proxy(field, from, to),
        (Resource::DbInstance(from), Resource::DbInstance(to)) => of_instance(field, from, to),
        (Resource::DbCluster(from), Resource::DbCluster(to)) => of_cluster(field, from, to),
        (Resource::SecurityGroup(from), Resource::SecurityGroup(to)) => of_rules(field, from, to),
        (Resource::IamPolicy(from), Resource::IamPolicy(to)) => of_policy(field, from, to),
        (Resource::DbParameterGroup(old), Resource::DbParameterGroup(new)) => {
            let family = new.family.as_deref();
            of_parameter(field, old.parameters.as_ref(), new.parameters.as_ref(), family)
        }
        (Resource::DbClusterParameterGroup(old), Resource::DbClusterParameterGroup(new)) => {
            let family = new.family.as_deref();
            of_parameter(field, old.parameters.as_ref(), new.parameters.as_ref(), family)
        }
        _ => Vec::new(),
    };
    (!who.is_empty()).then(|| who.join(", "))
}

/// RDS guide, "Connecting to a database through RDS Proxy",
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-connecting.html>; RDS API,
/// UserAuthConfig.
fn of_proxy(field: &str, from: &DbProxy, to: &DbProxy) -> Vec<String> {
    let turns_on = |from: Option<bool>, to: Option<bool>| from != Some(true) && to == Some(true);
    match field {
        "require_tls" if turns_on(from.require_tls, to.require_tls) => {
            vec!["clients without TLS".into()]
        }
        "scheme" if to.scheme == Some(ProxyScheme::Iam) => {
            vec!["clients that log in with a password".into()]
        }
        // End to end, whoever the database knows logs in; with secrets, only whom those name.
        "scheme" => {
            let tokens = |auth: &ProxyAuth| auth.iam != IamAuth::Disabled;
            vec![match to.auth.iter().flatten().any(tokens) {
                true => "users without a secret, who log in with IAM tokens".into(),
                false => "clients that log in with an IAM token".into(),
            }]
        }
        "security_groups" => of_groups(from.security_groups.as_ref(), to.security_groups.as_ref()),
        "auth" => {
            let (Some(old), Some(new)) = (&from.auth, &to.auth) else { return Vec::new() };
            let who: BTreeSet<String> = old.iter().flat_map(|old| of_user(old, new)).collect();
            who.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Users who are in a policy's document no more, for any database or proxy.
fn of_policy(field: &str, from: &IamPolicy, to: &IamPolicy) -> Vec<String> {
    let (Some(from), Some(to)) = (&from.document, &to.document) else { return Vec::new() };
    let users = |document| -> BTreeSet<String> {
        logins(document).into_iter().map(|login| login.user).collect()
    };
    if field != "document" {
        return Vec::new();
    }
    let gone: Vec<String> = users(from).difference(&users(to)).cloned().collect();
    gone.into_iter().map(|user| format!("{user}, who logs in with IAM tokens")).collect()
}

/// One that the proxy knew.
fn of_user(old: &ProxyAuth, all: &BTreeSet<ProxyAuth>) -> Vec<String> {
    let Some(new) = all.iter().find(|new| new.secret == old.secret) else {
        return vec![format!("the user of {}", old.secret)];
    };
    let iam = match (old.iam, new.iam) {
        (IamAuth::Disabled, IamAuth::Required) => Some("clients that log in with a password"),
        (IamAuth::Required, IamAuth::Disabled) => Some("clients that log in with an IAM token"),
        _ => None,
    };
    let scram =
        old.client_password == ClientPassword::Md5 && new.client_password == ClientPassword::Scram;
    iam.into_iter().chain(scram.then_some("clients without SCRAM")).map(str::to_string).collect()
}

fn of_instance(field: &str, from: &DbInstance, to: &DbInstance) -> Vec<String> {
    match field {
        "iam_auth" => without_iam(to.iam_auth),
        "security_groups" => of_groups(from.security_groups.as_ref(), to.security_groups.as_ref()),
        "password" => of_password(from.password.as_ref(), to.password.as_ref()),
        // RDS guide, "Working with a DB instance in a VPC": the name resolves to a private address,
        // <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html>.
        "public" if to.public == Some(false) => vec!["clients outside of the VPC".into()],
        "port" => from
            .port
            .map(|port| format!("clients that still use port {port}"))
            .into_iter()
            .collect(),
        "network_type" if to.network_type.as_deref() == Some("IPV4") => {
            vec!["clients that come over IPv6".into()]
        }
        // RDS guide, "Rotating your SSL/TLS certificate": trust stores are updated first,
        // <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL-certificate-rotation.html>.
        "ca_certificate" => to
            .ca_certificate
            .as_ref()
            .map(|ca| format!("clients that check certificates and do not trust {ca}"))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

fn of_cluster(field: &str, from: &DbCluster, to: &DbCluster) -> Vec<String> {
    match field {
        "iam_auth" => without_iam(to.iam_auth),
        "security_groups" => of_groups(from.security_groups.as_ref(), to.security_groups.as_ref()),
        "password" => of_password(from.password.as_ref(), to.password.as_ref()),
        _ => Vec::new(),
    }
}

fn without_iam(to: Option<bool>) -> Vec<String> {
    match to {
        Some(false) => vec!["clients that log in with an IAM token".into()],
        _ => Vec::new(),
    }
}

/// Where a password is kept elsewhere from now on, it is another one (RDS guide, "Password
/// management with Amazon RDS and AWS Secrets Manager",
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html>).
fn of_password(from: Option<&MasterPassword>, to: Option<&MasterPassword>) -> Vec<String> {
    let by_rds = |password| matches!(password, Some(&MasterPassword::Rds { .. }));
    match by_rds(from) == by_rds(to) {
        true => Vec::new(),
        false => vec!["whoever has the present master password, which changes".into()],
    }
}

/// Groups that come off.
fn of_groups(from: Option<&BTreeSet<Ref>>, to: Option<&BTreeSet<Ref>>) -> Vec<String> {
    let (Some(from), Some(to)) = (from, to) else { return Vec::new() };
    // One that takes over may have a name that nobody knows yet.
    if !to.iter().all(|group| group.as_known().is_some()) {
        return Vec::new();
    }
    from.difference(to).map(|group| format!("whom only {group} lets in")).collect()
}

/// Rules that go.
fn of_rules(field: &str, from: &SecurityGroup, to: &SecurityGroup) -> Vec<String> {
    let (from, to) = match field {
        "ingress" => (&from.ingress, &to.ingress),
        "egress" => (&from.egress, &to.egress),
        _ => return Vec::new(),
    };
    let (Some(from), Some(to)) = (from, to) else { return Vec::new() };
    let gone = from.iter().filter(|old| !to.iter().any(|new| covers(new, old)));
    gone.map(|rule| format!("new connections by {rule}")).collect()
}

/// Whether a rule lets in all that another one does.
fn covers(new: &Rule, old: &Rule) -> bool {
    let everything = |rule: &Rule| rule.from_port == -1;
    let ports = everything(new)
        || (!everything(old) && new.from_port <= old.from_port && new.to_port >= old.to_port);
    let peer = match (&new.peer, &old.peer) {
        (Peer::Cidr(new), Peer::Cidr(old)) => {
            let nets = (new.parse::<IpNet>(), old.parse::<IpNet>());
            matches!(nets, (Ok(new), Ok(old)) if new.contains(&old))
        }
        (new, old) => new == old,
    };
    ports && peer
}

/// The parameters that decide who may log in (PostgreSQL, "Connections and Authentication",
/// <https://www.postgresql.org/docs/current/runtime-config-connection.html>; RDS guide, "Using SSL
/// with a PostgreSQL DB instance",
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html>, and
/// "Using SCRAM for PostgreSQL password encryption",
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL_Password_Encryption_configuration.html>).
fn of_parameter(
    field: &str,
    from: Option<&BTreeMap<String, String>>,
    to: Option<&BTreeMap<String, String>>,
    family: Option<&str>,
) -> Vec<String> {
    let Some(name) = field.strip_prefix("parameters.") else { return Vec::new() };
    let value = |of: Option<&BTreeMap<String, String>>| of.and_then(|of| of.get(name)).cloned();
    let (old, new) = (value(from), value(to));
    let who = match name {
        "rds.force_ssl" => {
            let default = if forces_tls(family) { "1" } else { "0" };
            let is_on = |value: &Option<String>| is_on(value.as_deref().unwrap_or(default));
            (!is_on(&old) && is_on(&new)).then(|| "clients without TLS".to_string())
        }
        "rds.accepted_password_auth_method" => {
            let scram = |value: &Option<String>| value.as_deref() == Some("scram");
            (!scram(&old) && scram(&new)).then(|| "users whose password is kept as MD5".into())
        }
        "ssl_min_protocol_version" => {
            // The versions sort as they read, and PostgreSQL's own default is TLSv1.2.
            let least = |value: &Option<String>| value.clone().unwrap_or_else(|| "TLSv1.2".into());
            let (old, new) = (least(&old), least(&new));
            (old < new).then(|| format!("clients that speak nothing newer than {old}"))
        }
        "ssl_ciphers" => Some("clients that know none of the new ciphers".into()),
        "max_connections" => {
            let number = |value: &Option<String>| value.as_ref()?.parse::<u64>().ok();
            match (number(&old), number(&new)) {
                (Some(old), Some(new)) if new < old => {
                    Some(format!("connections beyond {new}, of {old}"))
                }
                _ => None,
            }
        }
        _ => None,
    };
    who.into_iter().collect()
}

/// From PostgreSQL 15 on RDS demands TLS unless told otherwise.
fn forces_tls(family: Option<&str>) -> bool {
    let major = family.and_then(|family| family.strip_prefix("postgres")?.parse::<u32>().ok());
    major.is_none_or(|major| major >= 15)
}

fn is_on(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "1" | "on" | "true" | "yes")
}

#[cfg(test)]
mod tests {
    use pgha_resource::Attr;
    use pgha_resource::kind::{DbClusterParameterGroup, DbParameterGroup};

    use super::*;

    #[track_caller]
    fn check(field: &str, from: impl Into<Resource>, to: impl Into<Resource>, who: Option<&str>) {
        assert_eq!(of(field, &from.into(), &to.into()).as_deref(), who);
    }

    fn group(parameters: &[(&str, &str)], family: &str) -> DbParameterGroup {
        let text = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        DbParameterGroup {
            family: Some(family.into()),
            parameters: Some(parameters.iter().map(text).collect()),
            ..DbParameterGroup::default()
        }
    }

    /// From an old value to a new one; nothing where it is not set.
    #[track_caller]
    fn check_parameter(name: &str, old: &str, new: &str, who: Option<&str>) {
        let set = |value: &str| match value {
            "" => group(&[], "postgres16"),
            value => group(&[(name, value)], "postgres16"),
        };
        check(&format!("parameters.{name}"), set(old), set(new), who);
    }

    #[test]
    fn parameters_that_say_who_may_log_in() {
        let tls = Some("clients without TLS");
        check_parameter("rds.force_ssl", "0", "1", tls);
        check_parameter("rds.force_ssl", "0", "", tls);
        check_parameter("rds.force_ssl", "0", "ON", tls);
        check_parameter("rds.force_ssl", "off", "true", tls);
        check_parameter("rds.force_ssl", "no", "Yes", tls);
        check_parameter("rds.force_ssl", "", "1", None);
        check_parameter("rds.force_ssl", "1", "0", None);
        let old = |value: &[(&str, &str)]| group(value, "postgres14");
        check("parameters.rds.force_ssl", old(&[]), old(&[("rds.force_ssl", "1")]), tls);
        let new = |value: &[(&str, &str)]| group(value, "postgres15");
        check("parameters.rds.force_ssl", new(&[("rds.force_ssl", "0")]), new(&[]), tls);
        let md5 = Some("users whose password is kept as MD5");
        check_parameter("rds.accepted_password_auth_method", "md5+scram", "scram", md5);
        check_parameter("rds.accepted_password_auth_method", "scram", "md5+scram", None);
        let old = Some("clients that speak nothing newer than TLSv1.2");
        check_parameter("ssl_min_protocol_version", "", "TLSv1.3", old);
        check_parameter("ssl_min_protocol_version", "TLSv1.3", "TLSv1.2", None);
        let ciphers = Some("clients that know none of the new ciphers");
        check_parameter("ssl_ciphers", "", "ECDHE-RSA-AES256-GCM-SHA384", ciphers);
        let fewer = Some("connections beyond 100, of 200");
        check_parameter("max_connections", "200", "100", fewer);
        check_parameter("max_connections", "100", "200", None);
        check_parameter("max_connections", "0100", "100", None);
        check_parameter("max_connections", "200", "{DBInstanceClassMemory/9531392}", None);
        check_parameter("work_mem", "4096", "8192", None);
    }

    /// RDS keeps those of a Multi-AZ DB cluster in a group of another kind.
    #[test]
    fn parameters_of_a_cluster_say_who_may_log_in_as_well() {
        let of_cluster = |value: &str| DbClusterParameterGroup {
            family: Some("postgres16".into()),
            description: None,
            parameters: Some([("rds.force_ssl".to_string(), value.to_string())].into()),
        };
        let tls = Some("clients without TLS");
        check("parameters.rds.force_ssl", of_cluster("0"), of_cluster("1"), tls);
        check("parameters.rds.force_ssl", of_cluster("1"), of_cluster("0"), None);
    }

    fn knows(iam: IamAuth, client_password: ClientPassword) -> DbProxy {
        let secret = Ref::Known("arn:s".into());
        let auth = ProxyAuth { secret, iam, client_password };
        DbProxy { auth: Some([auth].into()), ..DbProxy::default() }
    }

    #[test]
    fn ways_to_log_in_to_a_proxy() {
        use ClientPassword::{Md5, Scram};
        use IamAuth::{Disabled, Required};
        let check = |from, to, who: Option<&str>| check("auth", from, to, who);
        let by_password = "clients that log in with a password";
        check(knows(Disabled, Scram), knows(Required, Scram), Some(by_password));
        let by_token = "clients that log in with an IAM token";
        check(knows(Required, Scram), knows(Disabled, Scram), Some(by_token));
        check(knows(Disabled, Md5), knows(Disabled, Scram), Some("clients without SCRAM"));
        check(knows(Disabled, Scram), knows(Disabled, Md5), None);
        let nobody = DbProxy { auth: Some(BTreeSet::new()), ..DbProxy::default() };
        check(knows(Disabled, Scram), nobody.clone(), Some("the user of arn:s"));
        check(nobody, knows(Disabled, Scram), None);
        // Everybody that is shut out is named, and nobody that is not.
        let of = |secret: &str, iam| {
            let secret = Ref::Known(secret.into());
            ProxyAuth { secret, iam, client_password: Scram }
        };
        let all = |all: [ProxyAuth; 2]| DbProxy { auth: Some(all.into()), ..DbProxy::default() };
        let (app, reports) = (of("arn:app", Disabled), of("arn:reports", Required));
        let before = all([app.clone(), reports.clone()]);
        check(before.clone(), before.clone(), None);
        let after = all([of("arn:app", Required), of("arn:reports", Disabled)]);
        check(before.clone(), after, Some(&format!("{by_password}, {by_token}")));
        let other = all([app, of("arn:other", Required)]);
        check(before, other, Some("the user of arn:reports"));
        let tls = |require| DbProxy { require_tls: Some(require), ..DbProxy::default() };
        self::check("require_tls", tls(false), tls(true), Some("clients without TLS"));
        self::check("require_tls", tls(true), tls(false), None);
        let scheme = |scheme| DbProxy { scheme: Some(scheme), ..DbProxy::default() };
        let (secrets, iam) = (scheme(ProxyScheme::Secrets), scheme(ProxyScheme::Iam));
        self::check("scheme", secrets.clone(), iam.clone(), Some(by_password));
        self::check("scheme", iam.clone(), secrets, Some(by_token));
        let with = |iam| DbProxy { scheme: Some(ProxyScheme::Secrets), ..knows(iam, Scram) };
        self::check("scheme", iam.clone(), with(Disabled), Some(by_token));
        let unnamed = "users without a secret, who log in with IAM tokens";
        self::check("scheme", iam, with(Required), Some(unnamed));
    }

    #[test]
    fn ways_to_a_database() {
        let with = |edit: fn(&mut DbInstance)| {
            let mut instance = DbInstance::default();
            edit(&mut instance);
            instance
        };
        let iam = [true, false].map(|iam| DbInstance { iam_auth: Some(iam), ..with(|_| ()) });
        let [on, off] = iam;
        let by_token = "clients that log in with an IAM token";
        check("iam_auth", on.clone(), off.clone(), Some(by_token));
        check("iam_auth", off, on, None);
        let groups = |ids: &[&str]| {
            let ids = ids.iter().map(|id| Ref::Known((*id).into())).collect();
            DbInstance { security_groups: Some(ids), ..DbInstance::default() }
        };
        let one = groups(&["sg-1"]);
        let only = Some("whom only sg-2 lets in");
        check("security_groups", groups(&["sg-1", "sg-2"]), one.clone(), only);
        check("security_groups", one, groups(&["sg-1", "sg-2"]), None);
        let rds = with(|i| i.password = Some(MasterPassword::Rds { kms_key: None }));
        let own = with(|i| i.password = Some(MasterPassword::Secret(Ref::Known("s".into()))));
        let another = Some("whoever has the present master password, which changes");
        check("password", own.clone(), rds.clone(), another);
        check("password", rds.clone(), own.clone(), another);
        check("password", rds.clone(), rds, None);
        check("password", with(|i| i.password = Some(MasterPassword::Elsewhere)), own, None);
        let (public, private) = (with(|i| i.public = Some(true)), with(|i| i.public = Some(false)));
        check("public", public.clone(), private.clone(), Some("clients outside of the VPC"));
        check("public", private, public, None);
        let ports = [5432, 5433].map(|port| DbInstance { port: Some(port), ..with(|_| ()) });
        let [old, new] = ports;
        check("port", old, new, Some("clients that still use port 5432"));
        let dual = with(|i| i.network_type = Some("DUAL".into()));
        let ipv4 = with(|i| i.network_type = Some("IPV4".into()));
        check("network_type", dual.clone(), ipv4.clone(), Some("clients that come over IPv6"));
        check("network_type", ipv4, dual, None);
        let trusts = with(|i| i.ca_certificate = Some("rds-ca-ecc384-g1".into()));
        let who = "clients that check certificates and do not trust rds-ca-ecc384-g1";
        check("ca_certificate", with(|_| ()), trusts, Some(who));
        check("class", with(|_| ()), with(|i| i.class = Some("db.t4g.micro".into())), None);
    }

    fn ids(ids: &[&str]) -> Option<BTreeSet<Ref>> {
        Some(ids.iter().map(|id| Ref::known(*id)).collect())
    }

    #[test]
    fn ways_to_a_cluster_and_to_a_proxy() {
        let cluster = |edit: fn(&mut DbCluster)| {
            let mut cluster = DbCluster::default();
            edit(&mut cluster);
            cluster
        };
        let (on, off) =
            (cluster(|c| c.iam_auth = Some(true)), cluster(|c| c.iam_auth = Some(false)));
        check("iam_auth", on.clone(), off.clone(), Some("clients that log in with an IAM token"));
        check("iam_auth", off, on, None);
        let (two, one) = (ids(&["sg-1", "sg-2"]), ids(&["sg-1"]));
        let only = Some("whom only sg-2 lets in");
        let in_groups = |groups: &Option<BTreeSet<Ref>>| DbCluster {
            security_groups: groups.clone(),
            ..DbCluster::default()
        };
        check("security_groups", in_groups(&two), in_groups(&one), only);
        check("security_groups", in_groups(&one), in_groups(&two), None);
        let rds = cluster(|c| c.password = Some(MasterPassword::Rds { kms_key: None }));
        let own = cluster(|c| c.password = Some(MasterPassword::Secret(Ref::known("s"))));
        let another = Some("whoever has the present master password, which changes");
        check("password", own, rds, another);
        check("class", cluster(|_| ()), cluster(|c| c.class = Some("db.r6gd.large".into())), None);
        let in_groups = |groups: &Option<BTreeSet<Ref>>| DbProxy {
            security_groups: groups.clone(),
            ..DbProxy::default()
        };
        check("security_groups", in_groups(&two), in_groups(&one), only);
        check("idle_timeout", in_groups(&two), in_groups(&one), None);
    }

    /// The group that takes over is made by the same plan, so that nobody knows yet whether it is
    /// the old one under another name.
    #[test]
    fn of_groups_that_are_still_to_be_made_nothing_is_said() {
        let mut to = ids(&["sg-1"]);
        let new = "security-group/orders-new".parse().unwrap();
        to.as_mut().unwrap().insert(Ref::Of(new, Attr::Id));
        assert_eq!(of_groups(ids(&["sg-1", "sg-2"]).as_ref(), to.as_ref()), [""; 0]);
    }

    #[test]
    fn rules_that_go_and_are_not_covered_by_others() {
        let cidr = |text: &str| Rule::tcp(5432, Peer::Cidr(text.into()));
        let open = |rules: &[&Rule]| SecurityGroup {
            ingress: Some(rules.iter().copied().cloned().collect()),
            egress: Some(rules.iter().copied().cloned().collect()),
            ..SecurityGroup::default()
        };
        let (one, other) = (cidr("10.0.0.0/16"), cidr("10.1.0.0/16"));
        let who = Some("new connections by tcp/5432 10.1.0.0/16");
        for field in ["ingress", "egress"] {
            check(field, open(&[&one, &other]), open(&[&one]), who);
            check(field, open(&[&one]), open(&[&one, &other]), None);
        }
        let range = Rule { from_port: 5000, to_port: 6000, ..other.clone() };
        check("ingress", open(&[&other]), open(&[&range]), None);
        check(
            "ingress",
            open(&[&range]),
            open(&[&other]),
            Some("new connections by tcp/5000-6000 10.1.0.0/16"),
        );
        check("ingress", open(&[&other]), open(&[&cidr("10.0.0.0/8")]), None);
        let all = Rule::everything(other.peer.clone());
        check("ingress", open(&[&other]), open(&[&all]), None);
        check(
            "ingress",
            open(&[&all]),
            open(&[&other]),
            Some("new connections by all traffic 10.1.0.0/16"),
        );
        check("description", open(&[&one]), open(&[]), None);
        // A range that only overlaps lets in less.
        for (from_port, to_port) in [(5000, 5432), (5432, 6000)] {
            let part = Rule { from_port, to_port, ..other.clone() };
            let gone = Some("new connections by tcp/5000-6000 10.1.0.0/16");
            check("ingress", open(&[&range]), open(&[&part]), gone);
        }
        let group = |id: &str| Rule::tcp(5432, Peer::Group(Ref::known(id)));
        check("ingress", open(&[&group("sg-1")]), open(&[&group("sg-1")]), None);
        let gone = Some("new connections by tcp/5432 sg-1");
        check("ingress", open(&[&group("sg-1")]), open(&[&group("sg-2")]), gone);
    }
}
