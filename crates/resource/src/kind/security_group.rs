//! An EC2 security group with all of its rules.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::address::Address;
use crate::effect::Effect;
use crate::field::Via;
use crate::field::create;
use crate::fields;
use crate::kind::Noun;
use crate::kind::Tagging;
use crate::operation::Operation;
use crate::reference::Ref;
use crate::reference::Resolve;
use crate::value::Shown;
use crate::value::Value;

/// Who is at the other end of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Peer {
    /// An address range, IPv4 or IPv6.
    Cidr(String),
    /// Members of another security group.
    Group(Ref),
    /// Members of this very group.
    Itself,
}

/// A TCP rule over a range of ports; `-1` to `-1` is every protocol and port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rule {
    /// The first port.
    pub from_port: i32,
    /// The last port.
    pub to_port: i32,
    /// Who is allowed.
    pub peer: Peer,
}

impl Rule {
    /// A rule for one TCP port.
    pub fn tcp(port: u16, peer: Peer) -> Self {
        Self { from_port: port.into(), to_port: port.into(), peer }
    }

    /// Every protocol and port, such as the egress rule that EC2 gives a new group.
    pub fn everything(peer: Peer) -> Self {
        Self { from_port: -1, to_port: -1, peer }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from_port, self.to_port) {
            (-1, _) => f.write_str("all traffic")?,
            (from, to) if from == to => write!(f, "tcp/{from}")?,
            (from, to) => write!(f, "tcp/{from}-{to}")?,
        }
        match &self.peer {
            Peer::Cidr(cidr) => write!(f, " {cidr}"),
            Peer::Group(group) => write!(f, " {group}"),
            Peer::Itself => f.write_str(" self"),
        }
    }
}

impl Value for Rule {
    fn show(&self) -> Shown {
        Shown::Text(self.to_string())
    }

    fn addresses(&self, into: &mut Vec<Address>) {
        if let Peer::Group(group) = &self.peer {
            group.addresses(into);
        }
    }

    fn resolve(&mut self, with: &dyn Resolve) {
        if let Peer::Group(group) = &mut self.peer {
            group.resolve(with);
        }
    }

    fn is_resolved(&self) -> bool {
        match &self.peer {
            Peer::Group(group) => group.is_resolved(),
            Peer::Cidr(_) | Peer::Itself => true,
        }
    }
}

/// A security group; its name is the group name, unique in its VPC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// The description, up to 255 characters.
    pub description: Option<String>,
    /// The VPC.
    pub vpc: Option<Ref>,
    /// Who may come in.
    pub ingress: Option<BTreeSet<Rule>>,
    /// Where members may go; EC2 allows everything unless told otherwise.
    pub egress: Option<BTreeSet<Rule>>,
}

/// Rules of a group are edited together; EC2 allows 60 a direction by default.
const RULES_A_CALL: usize = 60;

fields! { SecurityGroup {
    description: Via::Fixed, create::yes,
        |_, _| Effect::Never("a group's description cannot change, and a group in use cannot be replaced: keep the old text".into()),
        "EC2 API, CreateSecurityGroup; docs/aws/networks.md#security-groups";
    vpc: Via::Fixed, create::yes,
        |_, _| Effect::Never("a group cannot move to another VPC: give the cluster another name, or move the database by hand".into()),
        "EC2 API, CreateSecurityGroup; docs/aws/networks.md#security-groups";
    ingress: Via::Each {
            add: Operation::AuthorizeSecurityGroupIngress,
            remove: Operation::RevokeSecurityGroupIngress,
            batch: RULES_A_CALL,
        }, create::no, |_, _| Effect::NOW,
        "EC2 API, AuthorizeSecurityGroupIngress";
    egress: Via::Each {
            add: Operation::AuthorizeSecurityGroupEgress,
            remove: Operation::RevokeSecurityGroupEgress,
            batch: RULES_A_CALL,
        }, create::no, |_, _| Effect::NOW,
        "EC2 API, AuthorizeSecurityGroupEgress";
} }

impl Noun for SecurityGroup {
    const TAGGING: Tagging =
        Tagging::By { set: Operation::CreateTags, remove: Operation::DeleteTags };
    const DELETE: Operation = Operation::DeleteSecurityGroup;

    fn create(&self) -> Operation {
        Operation::CreateSecurityGroup
    }

    /// EC2 lets a new group go everywhere (EC2 API, CreateSecurityGroup).
    fn born(self) -> Self {
        let anywhere = Rule::everything(Peer::Cidr("0.0.0.0/0".into()));
        Self { ingress: Some(BTreeSet::new()), egress: Some([anywhere].into()), ..self }
    }
}
