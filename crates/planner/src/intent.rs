//! What the user wants of a plan, beyond what the spec says.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use pgha_resource::address::AddressError;
use pgha_resource::endpoint::masked;
use pgha_resource::{Address, Desired, Live, Moment, Standing};

/// Which way to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Goal {
    /// Make the account as the spec says.
    #[default]
    Converge,
    /// Delete everything that the cluster owns.
    Destroy {
        /// Take a last snapshot of each database first.
        final_snapshot: bool,
    },
    /// Let go of everything that the cluster owns: it stays as it is, and is nobody's.
    Disown,
}

/// The user's word for one address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Allow {
    /// It may go although it holds data.
    Delete(Address),
    /// It may be taken over although it does not carry our tag.
    Adopt(Address),
    /// All that the spec names and nobody owns may be taken over. What carries somebody's tag
    /// takes a word of its own.
    AdoptAll,
    /// It may be made, and empty, although there was a database of that name, or there is one
    /// beside it.
    Create(Address),
}

impl Allow {
    /// Whom it is about, if it is about one.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Delete(address) | Self::Adopt(address) | Self::Create(address) => Some(address),
            Self::AdoptAll => None,
        }
    }

    fn with(&self, address: Address) -> Self {
        match self {
            Self::Delete(_) => Self::Delete(address),
            Self::Adopt(_) => Self::Adopt(address),
            Self::AdoptAll => Self::AdoptAll,
            Self::Create(_) => Self::Create(address),
        }
    }
}

impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delete(address) => write!(f, "delete:{address}"),
            Self::Adopt(address) => write!(f, "adopt:{address}"),
            Self::AdoptAll => f.write_str("adopt"),
            Self::Create(address) => write!(f, "create:{address}"),
        }
    }
}

/// Why a text allows nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllowError {
    /// There is no known verb in front.
    #[error(
        "`{0}` allows nothing: write `delete:ADDRESS`, `adopt:ADDRESS` or `create:ADDRESS`, or `adopt` for all that nobody owns"
    )]
    Verb(String),
    /// What follows the verb is no address.
    #[error(transparent)]
    Address(#[from] AddressError),
}

impl FromStr for Allow {
    type Err = AllowError;

    fn from_str(text: &str) -> Result<Self, AllowError> {
        match text.split_once(':') {
            Some(("delete", address)) => Ok(Self::Delete(address.parse()?)),
            Some(("adopt", address)) => Ok(Self::Adopt(address.parse()?)),
            Some(("create", address)) => Ok(Self::Create(address.parse()?)),
            None if text == "adopt" => Ok(Self::AdoptAll),
            _ => Err(AllowError::Verb(text.into())),
        }
    }
}

/// The goal and what is allowed on the way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intent {
    /// Which way to go.
    pub goal: Goal,
    /// The user's word, address by address.
    pub allow: BTreeSet<Allow>,
    /// What may be disrupted now although changes wait for the window.
    pub now: BTreeSet<Address>,
    /// When this is; without it nothing is held.
    pub at: Option<Moment>,
}

impl Intent {
    /// The same words with whole addresses: a plan shows the endpoint of a subscription masked,
    /// and what it shows can be typed.
    pub(crate) fn unmasked(&self, desired: &Desired, live: &Live) -> Cow<'_, Self> {
        let whole = |address: &Address| {
            let found = || desired.resources.keys().chain(live.resources.keys());
            let shown = address.to_string();
            let means = |other: &&Address| masked(&other.to_string()) == shown;
            let candidates: BTreeSet<&Address> = match found().any(|other| other == address) {
                true => BTreeSet::new(),
                false => found().filter(means).collect(),
            };
            // Two that look alike are nobody's word for either.
            match candidates.len() {
                1 => candidates.into_iter().next().unwrap_or(address).clone(),
                _ => address.clone(),
            }
        };
        let hides = |address: &Address| address.name.contains("****");
        if !self.allow.iter().filter_map(Allow::address).chain(&self.now).any(hides) {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Self {
            allow: self
                .allow
                .iter()
                .map(|word| word.address().map_or(word.clone(), |of| word.with(whole(of))))
                .collect(),
            now: self.now.iter().map(whole).collect(),
            ..self.clone()
        })
    }

    pub(crate) fn may_delete(&self, address: &Address) -> bool {
        self.allow.contains(&Allow::Delete(address.clone()))
    }

    pub(crate) fn may_adopt(&self, address: &Address, standing: Standing) -> bool {
        let all = standing == Standing::Nobodys && self.allow.contains(&Allow::AdoptAll);
        all || self.allow.contains(&Allow::Adopt(address.clone()))
    }

    pub(crate) fn may_create(&self, address: &Address) -> bool {
        self.allow.contains(&Allow::Create(address.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plan_says_to_allow_is_what_allows_it() {
        for text in
            ["delete:db-instance/orders-read-1", "adopt:sns-topic/orders-alerts@us-west-2", "adopt"]
        {
            let word: Allow = text.parse().unwrap();
            assert_eq!(word.to_string(), text);
        }
    }

    #[test]
    fn a_word_without_a_verb_or_an_address_allows_nothing() {
        let read = |text: &str| text.parse::<Allow>();
        assert!(matches!(read("db-instance/orders-read-1"), Err(AllowError::Verb(_))));
        assert!(matches!(read("delete"), Err(AllowError::Verb(_))));
        assert!(matches!(read("keep:db-instance/orders-read-1"), Err(AllowError::Verb(_))));
        assert!(matches!(read("delete:orders-read-1"), Err(AllowError::Address(_))));
    }
}
