//! Lookups, subnet groups and security groups, at home and elsewhere.

use pgha_resource::Region;
use pgha_resource::desired::SubnetQuery;
use pgha_resource::desired::VpcQuery;

use super::check_addresses;
use super::check_fields;
use super::check_values;
use super::desired;
use super::text_of;

const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001";

/// A replica in another region, after `[network]`.
fn with_replica(network: &str) -> String {
    let replica = format!("[[replica]]\nname = \"r\"\nregion = \"us-west-2\"\nkms_key = \"{KEY}\"");
    text_of("", &format!("{network}{replica}\n"))
}

fn tagged(key: &str, value: &str) -> std::collections::BTreeMap<String, String> {
    [(key.to_string(), value.to_string())].into()
}

/// Checks what is looked up in a region, and the line it comes from.
#[track_caller]
fn check_lookup(text: &str, region: &str, vpc: VpcQuery, subnets: SubnetQuery, line: &str) {
    let query = desired(text).networks.remove(&Region::new(region)).unwrap();
    assert_eq!((query.vpc, query.subnets), (vpc, subnets));
    assert_eq!(text.lines().nth(query.origin.line as usize - 1), Some(line));
}

#[test]
fn a_lookup_asks_for_what_the_network_says() {
    let all = || (VpcQuery::Default, SubnetQuery::All);
    let (vpc, subnets) = all();
    check_lookup(&text_of("", ""), "us-east-1", vpc, subnets, "[cluster]");
    let (vpc, subnets) = all();
    let words = "[network]\nvpc = \"default\"\nsubnets = \"all\"\n";
    check_lookup(&text_of("", words), "us-east-1", vpc, subnets, "[network]");
    check_lookup(
        &text_of(
            "",
            "[network]\nvpc = \"vpc-00000001\"\nsubnets = [\"subnet-00000001\", \"subnet-00000002\"]\n",
        ),
        "us-east-1",
        VpcQuery::Id("vpc-00000001".into()),
        SubnetQuery::Ids(["subnet-00000001".to_string(), "subnet-00000002".to_string()].into()),
        "[network]",
    );
    check_lookup(
        &text_of(
            "",
            "[network]\nvpc = { tag = { a = \"b\" } }\nsubnets = { tag = { c = \"d\" } }\n",
        ),
        "us-east-1",
        VpcQuery::Tagged(tagged("a", "b")),
        SubnetQuery::Tagged(tagged("c", "d")),
        "[network]",
    );
}

#[test]
fn another_region_inherits_tags_but_no_ids() {
    let tags = "[network]\nvpc = { tag = { a = \"b\" } }\nsubnets = { tag = { c = \"d\" } }\n";
    check_lookup(
        &with_replica(tags),
        "us-west-2",
        VpcQuery::Tagged(tagged("a", "b")),
        SubnetQuery::Tagged(tagged("c", "d")),
        "[network]",
    );
    let ids = "[network]\nsubnets = [\"subnet-00000001\", \"subnet-00000002\"]\n";
    let (vpc, subnets) = (VpcQuery::Default, SubnetQuery::All);
    check_lookup(&with_replica(ids), "us-west-2", vpc, subnets, "[network]");
    let own = "[network]\nvpc = \"vpc-00000001\"\n[network.regions.us-west-2]\nvpc = \"vpc-00000002\"\nsubnets = { tag = { e = \"f\" } }\n";
    check_lookup(
        &with_replica(own),
        "us-west-2",
        VpcQuery::Id("vpc-00000002".into()),
        SubnetQuery::Tagged(tagged("e", "f")),
        "[network.regions.us-west-2]",
    );
    check_lookup(
        &with_replica(own),
        "us-east-1",
        VpcQuery::Id("vpc-00000001".into()),
        SubnetQuery::All,
        "[network]",
    );
}

#[test]
fn ids_stand_in_the_groups_and_the_rest_is_looked_up() {
    let ids = "[network]\nvpc = \"vpc-00000001\"\nsubnets = [\"subnet-00000001\", \"subnet-00000002\"]\n[network.regions.us-west-2]\nvpc = \"default\"\n";
    check_fields(
        &with_replica(ids),
        "db-subnet-group/t-db",
        &[
            ("description", "t databases", "[network]"),
            (
                "subnets",
                "subnet-00000001, subnet-00000002",
                "subnets = [\"subnet-00000001\", \"subnet-00000002\"]",
            ),
        ],
    );
    check_fields(
        &with_replica(ids),
        "db-subnet-group/t-db@us-west-2",
        &[("subnets", "the subnets found in us-west-2", "[network.regions.us-west-2]")],
    );
    check_fields(
        &with_replica(ids),
        "security-group/t-db",
        &[("vpc", "vpc-00000001", "vpc = \"vpc-00000001\"")],
    );
    check_fields(
        &with_replica(ids),
        "security-group/t-db@us-west-2",
        &[("vpc", "the VPC in us-west-2", "vpc = \"default\"")],
    );
}

#[test]
fn without_a_word_only_members_of_the_group_may_connect() {
    let db = "security-group/t-db";
    check_addresses(&text_of("", ""), "security-group/", &[db]);
    check_fields(
        &text_of("", ""),
        db,
        &[
            ("description", "the database of t", "[cluster]"),
            ("ingress", "tcp/5432 self", "[cluster]"),
            ("vpc", "the VPC in us-east-1", "[cluster]"),
        ],
    );
}

/// They look alike when printed, but EC2 keeps them in different places.
#[test]
fn a_group_is_no_range() {
    use pgha_resource::Ref;
    use pgha_resource::Resource;
    use pgha_resource::kind::Peer;
    let desired = desired(&text_of("", "[network]\nallow = [\"10.0.0.0/16\", \"sg-00000001\"]\n"));
    let Resource::SecurityGroup(group) = &super::at(&desired, "security-group/t-db").resource
    else {
        panic!("not a security group");
    };
    let peers: Vec<_> = group.ingress.iter().flatten().map(|rule| rule.peer.clone()).collect();
    assert_eq!(peers, [Peer::Cidr("10.0.0.0/16".into()), Peer::Group(Ref::known("sg-00000001"))]);
}

/// The proxy listens on 5432 whatever the database's port is, and joins the same group.
#[test]
fn one_group_lets_the_proxy_and_its_clients_in() {
    let network = "port = 6432\n[network]\nallow = [\"10.0.0.0/16\", \"sg-00000001\"]\n";
    let db = "security-group/t-db";
    check_values(
        &text_of("", network),
        &[(db, "ingress", "tcp/6432 10.0.0.0/16, tcp/6432 sg-00000001")],
    );
    check_values(
        &text_of("", &format!("{network}[proxy]\n")),
        &[(
            db,
            "ingress",
            "tcp/5432 10.0.0.0/16, tcp/5432 sg-00000001, tcp/6432 10.0.0.0/16, tcp/6432 sg-00000001, tcp/6432 self",
        )],
    );
}

/// A proxy is at home only: elsewhere clients connect to the replicas themselves.
#[test]
fn a_group_away_from_the_proxy_lets_nobody_in_for_its_sake() {
    let text = with_replica("port = 6432\n[network]\nallow = [\"10.0.0.0/16\"]\n[proxy]\n");
    check_values(&text, &[("security-group/t-db@us-west-2", "ingress", "tcp/6432 10.0.0.0/16")]);
    let text = with_replica("[network]\nsecurity_groups = \"chain\"\nallow = [\"app\"]\n[proxy]\n");
    check_addresses(
        &text,
        "security-group/",
        &[
            "security-group/t-app",
            "security-group/t-app@us-west-2",
            "security-group/t-db",
            "security-group/t-db@us-west-2",
            "security-group/t-proxy",
        ],
    );
    check_values(
        &text,
        &[
            ("security-group/t-db@us-west-2", "ingress", "tcp/5432 security-group/t-app@us-west-2"),
            ("security-group/t-db", "ingress", "tcp/5432 security-group/t-proxy"),
        ],
    );
}

#[test]
fn a_chain_leads_from_the_application_to_the_database() {
    let chain = "port = 6432\n[network]\nsecurity_groups = \"chain\"\nallow = [\"10.0.0.0/16\", \"self\"]\n";
    let (app, db) = ("security-group/t-app", "security-group/t-db");
    check_addresses(&text_of("", chain), "security-group/", &[app, db]);
    check_values(
        &text_of("", chain),
        &[
            (app, "ingress", "(none)"),
            (db, "ingress", "tcp/6432 10.0.0.0/16, tcp/6432 security-group/t-app, tcp/6432 self"),
        ],
    );
    // Members of the proxy's group are the proxy: it does not call itself.
    let proxied = text_of("", &format!("{chain}[proxy]\n"));
    check_values(
        &proxied,
        &[
            (
                "security-group/t-proxy",
                "ingress",
                "tcp/5432 10.0.0.0/16, tcp/5432 security-group/t-app",
            ),
            (db, "ingress", "tcp/6432 security-group/t-proxy"),
            ("db-proxy/t-proxy", "security_groups", "security-group/t-proxy"),
        ],
    );
    check_values(
        &text_of("", "[proxy]\n"),
        &[("db-proxy/t-proxy", "security_groups", "security-group/t-db")],
    );
}

/// A security group of the home region is none elsewhere.
#[test]
fn another_region_inherits_ranges_but_no_groups() {
    let network = "[network]\nallow = [\"10.0.0.0/16\", \"sg-00000001\"]\nextra_security_groups = [\"sg-00000002\"]\n";
    let (db, away) = ("security-group/t-db", "security-group/t-db@us-west-2");
    let replica = "db-instance/t-r@us-west-2";
    check_values(
        &with_replica(network),
        &[
            (db, "ingress", "tcp/5432 10.0.0.0/16, tcp/5432 sg-00000001"),
            (away, "ingress", "tcp/5432 10.0.0.0/16"),
            (replica, "security_groups", away),
            ("db-instance/t-primary", "security_groups", &format!("sg-00000002, {db}")),
        ],
    );
    let own = format!(
        "{network}[network.regions.us-west-2]\nallow = [\"sg-00000003\"]\nextra_security_groups = [\"sg-00000004\"]\n"
    );
    check_values(
        &with_replica(&own),
        &[
            (away, "ingress", "tcp/5432 sg-00000003"),
            (replica, "security_groups", &format!("sg-00000004, {away}")),
        ],
    );
    check_fields(
        &with_replica(&own),
        away,
        &[("ingress", "tcp/5432 sg-00000003", "allow = [\"sg-00000003\"]")],
    );
}

#[test]
fn a_replica_has_a_group_of_its_own_for_those_it_alone_lets_in() {
    let text = with_replica("port = 6432\n");
    let own = "allow = [\"10.9.0.0/16\", \"sg-00000007\", \"self\"]\nextra_security_groups = [\"sg-00000008\"]";
    let group = "security-group/t-r@us-west-2";
    check_addresses(
        &text,
        "security-group/",
        &["security-group/t-db", "security-group/t-db@us-west-2"],
    );
    check_fields(
        &format!("{text}{own}\n"),
        group,
        &[
            ("description", "t-r", "[[replica]]"),
            ("vpc", "the VPC in us-west-2", "[[replica]]"),
            (
                "ingress",
                "tcp/6432 10.9.0.0/16, tcp/6432 sg-00000007, tcp/6432 self",
                "allow = [\"10.9.0.0/16\", \"sg-00000007\", \"self\"]",
            ),
        ],
    );
    check_fields(
        &format!("{text}{own}\n"),
        "db-instance/t-r@us-west-2",
        &[(
            "security_groups",
            &format!("sg-00000008, security-group/t-db@us-west-2, {group}"),
            "extra_security_groups = [\"sg-00000008\"]",
        )],
    );
}
