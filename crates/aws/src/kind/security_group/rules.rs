//! Rules of security groups.
//!
//! A [`Rule`] is TCP or everything. A rule of another protocol, which a person made, keeps
//! the protocol in front of its peer (`udp 10.0.0.0/8`): so it is never taken for a TCP rule
//! over the same ports, it is seen in the plan, and it can be revoked exactly as it is. A
//! prefix list stands where an address range would.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::IpPermission;
use aws_sdk_ec2::types::IpRange;
use aws_sdk_ec2::types::Ipv6Range;
use aws_sdk_ec2::types::PrefixListId;
use aws_sdk_ec2::types::UserIdGroupPair;
use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::Ref;
use pgha_resource::kind::Peer;
use pgha_resource::kind::Rule;

use crate::receipt::known;

const TCP: &str = "tcp";
const EVERYTHING: &str = "-1";

/// One rule a peer; `own` is the group that has the rules.
pub(super) fn from_sdk(permissions: &[IpPermission], own: &str) -> BTreeSet<Rule> {
    permissions.iter().flat_map(|permission| rules(permission, own)).collect()
}

fn rules(permission: &IpPermission, own: &str) -> Vec<Rule> {
    let protocol = permission.ip_protocol().unwrap_or(EVERYTHING);
    let cidrs = permission
        .ip_ranges()
        .iter()
        .filter_map(|range| range.cidr_ip())
        .chain(permission.ipv6_ranges().iter().filter_map(|range| range.cidr_ipv6()))
        .chain(permission.prefix_list_ids().iter().filter_map(|list| list.prefix_list_id()))
        .map(|cidr| Peer::Cidr(marked(protocol, cidr)));
    let groups =
        permission.user_id_group_pairs().iter().filter_map(|pair| pair.group_id()).map(|group| {
            match group == own && is_plain(protocol) {
                true => Peer::Itself,
                false => Peer::Group(Ref::Known(marked(protocol, group))),
            }
        });
    let ports = match protocol {
        EVERYTHING => (-1, -1),
        _ => (permission.from_port().unwrap_or(-1), permission.to_port().unwrap_or(-1)),
    };
    cidrs.chain(groups).map(|peer| Rule { from_port: ports.0, to_port: ports.1, peer }).collect()
}

fn is_plain(protocol: &str) -> bool {
    matches!(protocol, TCP | EVERYTHING)
}

fn marked(protocol: &str, peer: &str) -> String {
    match is_plain(protocol) {
        true => peer.to_string(),
        false => format!("{protocol} {peer}"),
    }
}

/// A rule as the API takes it; `own` is the group that has it.
pub(super) fn to_sdk(call: &Call, rule: &Rule, own: &str) -> Result<IpPermission, CallError> {
    let peer = match &rule.peer {
        Peer::Cidr(cidr) => cidr.clone(),
        Peer::Group(group) => known(call, group)?,
        Peer::Itself => own.to_string(),
    };
    let plain = if rule.from_port == -1 { EVERYTHING } else { TCP };
    let (protocol, id) = peer.split_once(' ').unwrap_or((plain, &peer));
    let permission = IpPermission::builder().ip_protocol(protocol);
    let permission = match protocol {
        EVERYTHING => permission,
        _ => permission.from_port(rule.from_port).to_port(rule.to_port),
    };
    Ok(match &rule.peer {
        Peer::Group(_) | Peer::Itself => {
            permission.user_id_group_pairs(UserIdGroupPair::builder().group_id(id).build())
        }
        Peer::Cidr(_) if id.starts_with("pl-") => {
            permission.prefix_list_ids(PrefixListId::builder().prefix_list_id(id).build())
        }
        Peer::Cidr(_) if id.contains(':') => {
            permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(id).build())
        }
        Peer::Cidr(_) => permission.ip_ranges(IpRange::builder().cidr_ip(id).build()),
    }
    .build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgha_resource::Operation;
    use pgha_resource::call::Action;
    use pgha_resource::kind::SecurityGroup;

    const OWN: &str = "sg-own";

    fn call() -> Call {
        let group = SecurityGroup { description: None, vpc: None, ingress: None, egress: None };
        Call {
            address: "security-group/orders-db".parse().unwrap(),
            operation: Operation::AuthorizeSecurityGroupIngress,
            action: Action::Reboot { of: Box::new(group.into()) },
            id: None,
            arn: None,
            resource_id: None,
        }
    }

    #[track_caller]
    fn check_both_ways(rule: Rule) {
        let sdk = to_sdk(&call(), &rule, OWN).unwrap();
        assert_eq!(from_sdk(&[sdk], OWN), BTreeSet::from([rule]));
    }

    #[test]
    fn rules_survive_the_way_to_ec2_and_back() {
        check_both_ways(Rule::tcp(5432, Peer::Cidr("10.0.0.0/16".into())));
        check_both_ways(Rule::tcp(5432, Peer::Cidr("2001:db8::/32".into())));
        check_both_ways(Rule::tcp(5432, Peer::Cidr("pl-1".into())));
        check_both_ways(Rule::tcp(5432, Peer::Group(Ref::known("sg-other"))));
        check_both_ways(Rule::tcp(5432, Peer::Itself));
        check_both_ways(Rule::everything(Peer::Cidr("0.0.0.0/0".into())));
        check_both_ways(Rule::tcp(53, Peer::Cidr("udp 10.0.0.0/16".into())));
        check_both_ways(Rule::tcp(53, Peer::Group(Ref::known("udp sg-other"))));
    }

    #[test]
    fn another_protocol_is_never_taken_for_tcp() {
        let udp = IpPermission::builder()
            .ip_protocol("udp")
            .from_port(5432)
            .to_port(5432)
            .ip_ranges(IpRange::builder().cidr_ip("10.0.0.0/16").build())
            .build();
        let tcp = Rule::tcp(5432, Peer::Cidr("10.0.0.0/16".into()));
        assert!(!from_sdk(&[udp], OWN).contains(&tcp));
    }
}
