//! `[names]`: which resources have names of their own, and which are only used.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::desired::Mode;

use crate::diagnostic::Diagnostic;
use crate::section::Spec;
use crate::section::names::Name;
use crate::spanned::Sp;
use crate::suggest;

/// The names of a spec while its graph grows.
pub(super) struct Names<'a> {
    /// By the address that a resource has without them.
    by_default: BTreeMap<Address, (&'a Sp<String>, &'a Sp<Name>)>,
    /// What somebody asked for: the addresses that the spec makes.
    asked: RefCell<BTreeSet<Address>>,
}

impl<'a> Names<'a> {
    pub(super) fn of(spec: &'a Spec) -> Self {
        let written = spec.names.iter().flat_map(|names| names.iter());
        let home = spec.home();
        let by_default = written.filter_map(|(key, name)| {
            let address: Address = key.parse().ok()?;
            // `@` and the home region is another way to write the address.
            let region = address.region.clone().unwrap_or_else(|| home.clone());
            Some((Address::within(address.kind, address.name, &region, &home), (key, name)))
        });
        Self { by_default: by_default.collect(), asked: RefCell::default() }
    }

    /// The address of what would have this one.
    pub(super) fn rename(&self, address: Address) -> Address {
        let renamed = self.by_default.get(&address);
        let name = renamed.map(|(_, name)| name.as_str().to_string());
        self.asked.borrow_mut().insert(address.clone());
        Address { name: name.unwrap_or(address.name), ..address }
    }

    /// What the names that lead to this address say of it.
    pub(super) fn mode(&self, address: &Address) -> Mode {
        let leads = self.by_default.iter().filter(|(default, (_, name))| {
            (default.kind, &default.region, name.as_str())
                == (address.kind, &address.region, &address.name)
        });
        let modes = leads.map(|(_, (_, name))| match ***name {
            Name::Named(_) => Mode::Named,
            Name::Given(_) => Mode::Given,
        });
        modes.max().unwrap_or_default()
    }

    /// What is wrong with them, once the graph is whole.
    pub(super) fn check(&self, spec: &Spec) -> Vec<Diagnostic> {
        let written = spec.names.iter().flat_map(|names| names.iter());
        written.filter_map(|(key, name)| self.wrong(key, name)).collect()
    }

    fn wrong(&self, key: &Sp<String>, name: &Sp<Name>) -> Option<Diagnostic> {
        let asked = self.asked.borrow();
        let address = self.by_default.iter().find(|(_, (of, _))| std::ptr::eq(*of, key));
        let Some((address, _)) = address.filter(|(address, _)| asked.contains(address)) else {
            let known: Vec<String> =
                asked.iter().filter(|a| takes_name(a.kind)).map(Address::to_string).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let help = match suggest::closest(key, &known) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("it makes {}", suggest::list(&known)),
            };
            let title = format!("the spec makes no `{}`", **key);
            return Some(
                Diagnostic::new("PGHA162", key.span(), title)
                    .label("there is nothing to name")
                    .help(help),
            );
        };
        if !takes_name(address.kind) {
            let title = format!("`{}` has the name of what it is a part of", **key);
            return Some(
                Diagnostic::new("PGHA162", key.span(), title)
                    .label("it cannot be named by itself")
                    .help("name that instead"),
            );
        }
        if matches!(**name, Name::Given(_)) && !can_be_given(address.kind) {
            let title = format!("`{}` can be named, and not given", **key);
            return Some(
                Diagnostic::new("PGHA163", name.span(), title)
                    .label("pgha would never change it")
                    .help(instead_of_given(address.kind, name.as_str())),
            );
        }
        None
    }
}

/// Kinds whose name is not that of something else.
fn takes_name(kind: Kind) -> bool {
    use Kind as K;
    !matches!(
        kind,
        K::DbProxyTarget | K::DbProxyTargetGroup | K::BackupReplication | K::SnsSubscription
    )
}

/// Kinds of which nothing but the name or the ARN is needed.
fn can_be_given(kind: Kind) -> bool {
    use Kind as K;
    matches!(kind, K::DbSubnetGroup | K::DbParameterGroup | K::DbClusterParameterGroup | K::IamRole)
}

fn instead_of_given(kind: Kind, name: &str) -> String {
    match kind {
        Kind::SecurityGroup => "write `security_groups = \"given\"` and `extra_security_groups` into [network], and `security_groups` into [proxy]".into(),
        Kind::Secret => "write `manage = \"given\"` and `secret_arn` into [credentials]".into(),
        Kind::SnsTopic => "write its ARN as `topic` into [alerting]".into(),
        _ => format!("write \"{name}\""),
    }
}
