//! The connection pool of a proxy: its only target group, `default`.

use serde::Deserialize;
use serde::Serialize;

use crate::address::Address;
use crate::effect::Effect;
use crate::field::Via;
use crate::field::create;
use crate::fields;
use crate::kind::Kind;
use crate::kind::Noun;
use crate::kind::Tagging;
use crate::kind::parent_address;
use crate::operation::Operation;
use crate::reference::Ref;

/// Pool settings; the address carries the proxy's name. It comes and goes with the proxy,
/// so it is never created or deleted by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbProxyTargetGroup {
    /// The proxy's name.
    pub proxy: Ref,
    /// Connections to the database, in percent of its `max_connections`, 1 to 100.
    pub max_connections: Option<u32>,
    /// Connections kept while idle, in the same percent, at most `max_connections`.
    pub max_idle_connections: Option<u32>,
    /// Seconds a client waits for a connection, 0 to 300.
    pub borrow_timeout: Option<u32>,
    /// SQL run on every new connection; readable by anyone who may describe the group.
    /// Empty for none.
    pub init_query: Option<String>,
}

const MODIFY: Via = Via::One(Operation::ModifyDBProxyTargetGroup);

fields! { DbProxyTargetGroup {
    proxy: Via::Fixed, create::yes, |_, _| Effect::Replace, "docs/aws/proxies.md#target-group";
    max_connections: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ConnectionPoolConfiguration; docs/aws/proxies.md#pool";
    max_idle_connections: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ConnectionPoolConfiguration; docs/aws/proxies.md#pool";
    borrow_timeout: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ConnectionPoolConfiguration; docs/aws/proxies.md#pool";
    init_query: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ConnectionPoolConfiguration; docs/aws/proxies.md#pool";
} }

impl Noun for DbProxyTargetGroup {
    const TAGGING: Tagging = Tagging::WithParent;
    /// It goes with the proxy; see [`Noun::parent`].
    const DELETE: Operation = Operation::DeleteDBProxy;

    fn create(&self) -> Operation {
        Operation::ModifyDBProxyTargetGroup
    }

    fn parent(&self, own: &Address) -> Option<Address> {
        parent_address(Kind::DbProxy, &self.proxy, own)
    }
}
