//! What was seen in the account, with absent, unread and present kept apart.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use crate::address::Address;
use crate::address::Region;
use crate::kind::Kind;
use crate::kind::Resource;
use crate::offer::Offers;
use crate::scope::Scope;
use crate::status::Status;
use crate::window::Moment;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// The tag key that says which cluster owns a resource.
pub const OWNER_TAG: &str = "pgha:cluster";

/// The tag key that names the cluster's home region: the same name in another region is another
/// cluster, and IAM, which has no regions, keeps the two apart by nothing else.
pub const HOME_TAG: &str = "pgha:home";

/// The tag key that names the tagged resource itself, by its address. AWS copies tags to what is
/// restored, to green environments and to snapshots, and a rename takes them along (RDS guide,
/// "Tagging Amazon RDS resources"), so that carrying a cluster's tags proves nothing by itself.
pub const RESOURCE_TAG: &str = "pgha:resource";

/// The tag key that records what was last applied; see [`crate::digest`].
pub const DIGEST_TAG: &str = "pgha:applied";

/// The tag key under which the cluster's database remembers the regions that the cluster
/// reaches into, separated by blanks: what is left there is found when the spec names such a
/// region no more.
pub const REGIONS_TAG: &str = "pgha:regions";

/// The tag key on a secret that was made beside a database that was there: the password in it
/// is not the database's, until somebody sees to it and takes the tag off.
pub const PASSWORD_TAG: &str = "pgha:password";

/// Why something could not be read. The class decides, the text informs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadError {
    /// The API call that failed.
    pub call: String,
    /// What kind of failure it was.
    pub class: ErrorClass,
    /// AWS's words, without anything secret.
    pub message: String,
}

/// What an error means for what to do next (docs/aws/errors.md#codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorClass {
    /// Asked too often: wait and ask again.
    Throttled,
    /// Busy, or not there yet: re-read, then try again.
    NotReady,
    /// Something still uses it: wait for the user to go.
    InUse,
    /// A role, policy, key or topic policy has not propagated yet: try again for minutes.
    Propagating,
    /// It may be too new to be seen everywhere, or wrong for good: try again, but not for long.
    Doubtful,
    /// The outcome is unknown: the answer never came.
    Unknown,
    /// It exists already.
    Exists,
    /// It does not exist.
    Gone,
    /// The caller may not.
    Denied,
    /// The credentials are missing, wrong or expired.
    Credentials,
    /// AWS will never accept it as it is.
    Invalid,
    /// A quota or capacity is used up.
    Quota,
    /// Nothing answered at the endpoint.
    Unreachable,
}

impl ErrorClass {
    /// Whether the same call may succeed later without anyone changing anything.
    pub fn may_pass(self) -> bool {
        matches!(
            self,
            Self::Throttled
                | Self::NotReady
                | Self::InUse
                | Self::Propagating
                | Self::Doubtful
                | Self::Unknown
        )
    }
}

/// What the last look at an address found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// It was looked for and is not there.
    Absent,
    /// It could not be read, so nothing is known: never a reason to create.
    Unread(ReadError),
    /// It is there.
    Present(Box<LiveResource>),
}

impl Seen {
    /// The resource where it is there.
    pub fn present(&self) -> Option<&LiveResource> {
        match self {
            Self::Present(live) => Some(live),
            Self::Absent | Self::Unread(_) => None,
        }
    }
}

/// The identifiers AWS chose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ids {
    /// `sg-…`, `prx-…` and the like.
    pub id: Option<String>,
    /// The ARN.
    pub arn: Option<String>,
    /// `db-…` or `cluster-…`.
    pub resource_id: Option<String>,
    /// The secret that RDS keeps for the master user.
    pub master_secret: Option<String>,
    /// The host name that a database answers at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The VPC that a subnet group is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc: Option<String>,
}

/// Changes that AWS accepted and has not made yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The fields that wait.
    pub fields: BTreeSet<String>,
    /// The resource as it will be.
    pub after: Box<Resource>,
}

/// Things about a live resource that are not desired state but that a plan must know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notice {
    /// Parameters of this group wait for a reboot (`pending-reboot`).
    PendingReboot(String),
    /// A group's parameters are being applied, or failed to be.
    Parameters(String),
    /// The new size is being spread over the volume: no storage change until it is done.
    StorageBusy(String),
    /// AWS wants to do maintenance.
    Maintenance(String),
    /// A person has to confirm it: an e-mail subscription.
    Unconfirmed,
    /// How a replica is doing, in RDS's words.
    Replication(String),
    /// How a proxy's target is doing, in RDS's words.
    Target(String),
    /// A replica of this resource, by its address-like name or ARN.
    Replica(String),
    /// The ARN of a copy that is kept of its automated backups in another region (RDS API,
    /// DBInstance.DBInstanceAutomatedBackupsReplications,
    /// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html>).
    BackupsCopied(String),
    /// Another engine than PostgreSQL: DescribeDBInstances answers with every engine's instances,
    /// also with members of Aurora clusters (RDS API, DBInstance.Engine).
    Engine(String),
    /// AWS Backup keeps its automated backups: retention and window are not RDS's to set (RDS
    /// guide, "Using AWS Backup to manage automated backups"; DBInstance.AwsBackupRecoveryPointArn).
    AwsBackup(String),
    /// A secret's last rotation did not end, or goes on: until it has, Secrets Manager sets up no
    /// other (RotateSecret: "If the AWSPENDING staging label is present but not attached to the same
    /// version as AWSCURRENT, then any later invocation of RotateSecret assumes that a previous
    /// rotation request is still in progress and returns an error",
    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html>).
    RotationOpen,
    /// When it was created (RDS API, DBInstance.InstanceCreateTime and
    /// DBCluster.ClusterCreateTime).
    Created(Moment),
    /// Where it runs.
    Zones(String),
    /// Its endpoint.
    Endpoint(String),
    /// Where the readers of a Multi-AZ DB cluster answer (RDS API, DBCluster.ReaderEndpoint).
    ReaderEndpoint(String),
}

/// A resource as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveResource {
    /// Its fields; `None` in an optional field means that the server did not return it.
    pub resource: Resource,
    /// Its status.
    pub status: Status,
    /// What waits for the window.
    pub pending: Option<Pending>,
    /// Its tags; `None` where they could not be read or the kind has none.
    pub tags: Option<Tags>,
    /// The identifiers AWS chose.
    pub ids: Ids,
    /// What else a plan must know.
    pub notices: BTreeSet<Notice>,
}

impl LiveResource {
    /// A settled resource with neither tags nor pending changes.
    pub fn new(resource: Resource, status: Status) -> Self {
        Self {
            resource,
            status,
            pending: None,
            tags: None,
            ids: Ids::default(),
            notices: BTreeSet::new(),
        }
    }

    /// The resource as it will be once everything accepted has happened.
    pub fn overlaid(&self) -> &Resource {
        self.pending.as_ref().map_or(&self.resource, |pending| &pending.after)
    }

    /// The regions that it remembers.
    pub fn regions(&self) -> BTreeSet<Region> {
        let text = self.tags.as_ref().and_then(|tags| tags.get(REGIONS_TAG));
        text.into_iter().flat_map(|text| text.split_whitespace()).map(Region::new).collect()
    }

    /// The cluster named in the ownership tag.
    pub fn owner(&self) -> Option<&str> {
        self.tag(OWNER_TAG)
    }

    fn tag(&self, key: &str) -> Option<&str> {
        self.tags.as_ref()?.get(key).map(String::as_str)
    }

    /// Whose it is, by its tags, where it was found at this address.
    pub fn standing(&self, address: &Address, scope: &Scope) -> Standing<'_> {
        let Some(owner) = self.owner() else { return Standing::Nobodys };
        if owner != scope.cluster {
            return Standing::Theirs(owner);
        }
        match (self.tag(HOME_TAG), self.tag(RESOURCE_TAG)) {
            (Some(home), _) if home != scope.home.as_str() => Standing::Elsewhere(home),
            (_, Some(named)) if named != address.to_string() => Standing::Copy(named),
            (Some(_), Some(_)) => Standing::Ours,
            _ => Standing::Marked,
        }
    }
}

/// Whose a live resource is, by the record in its tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// The record names this cluster, its home region and this very resource.
    Ours,
    /// The record names this cluster and does not say all of that: the tag was set by hand, or
    /// part of the record was taken off.
    Marked,
    /// The record is another resource's, whose address this is: the tags were copied.
    Copy(&'a str),
    /// It belongs to the cluster of this name in another home region.
    Elsewhere(&'a str),
    /// It belongs to another cluster.
    Theirs(&'a str),
    /// It carries no ownership tag.
    Nobodys,
}

impl Standing<'_> {
    /// Whether a plan may change it where the spec names it.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Ours | Self::Marked)
    }
}

/// What is left of a database that is not there, and holds its data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Remains {
    /// What it is.
    pub kind: RemainsKind,
    /// Its identifier or, for a retained backup, its ARN.
    pub id: String,
    /// The latest moment that it can bring back, as AWS writes it; `None` where AWS does not say.
    pub until: Option<String>,
}

/// The kinds of [`Remains`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemainsKind {
    /// A snapshot, taken by hand or by RDS.
    Snapshot,
    /// Automated backups that outlive the database they are of, with status `retained`, or their
    /// copies in another region.
    AutomatedBackup,
}

impl std::fmt::Display for Remains {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            RemainsKind::Snapshot => "snapshot",
            RemainsKind::AutomatedBackup => "automated backups",
        };
        write!(f, "{kind} {}", self.id)?;
        match &self.until {
            Some(until) => write!(f, " (to {until})"),
            None => Ok(()),
        }
    }
}

/// A subnet that a lookup found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subnet {
    /// Its id.
    pub id: String,
    /// Its availability zone, `us-east-1a`: another place in every account.
    pub zone: String,
    /// The zone's id, `use1-az3`: the same place in every account (EC2 API,
    /// Subnet.AvailabilityZoneId).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_id: Option<String>,
    /// Whether its route table leads to an internet gateway; `None` where that was not read.
    pub public: Option<bool>,
    /// Whether it has an IPv6 range (EC2 API, Subnet.Ipv6CidrBlockAssociationSet); `None` where
    /// that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<bool>,
}

/// What a region's network lookup found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The VPC.
    pub vpc: String,
    /// Its address ranges.
    pub cidrs: BTreeSet<String>,
    /// The subnets the query selects.
    pub subnets: BTreeSet<Subnet>,
}

/// The outcome of a region's network lookup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkSeen {
    /// There it is.
    Found(Network),
    /// Nothing, or more than one thing, matches; the text says which.
    NotFound(String),
    /// The lookup failed.
    Unread(ReadError),
}

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The 12-digit account id.
    pub account: String,
    /// The caller's ARN.
    pub arn: String,
}

/// Everything one sweep over the account saw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// The wanted addresses and, after a full sweep, everything else that carries the
    /// cluster's ownership tag.
    pub resources: BTreeMap<Address, Seen>,
    /// Wanted addresses that are absent, with what was deleted there, keeps the name and can
    /// be restored (docs/aws/secrets.md#recovery-window).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub restorable: BTreeMap<Address, LiveResource>,
    /// Wanted databases that are absent, with what holds data of one of that name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub remains: BTreeMap<Address, BTreeSet<Remains>>,
    /// Other clusters of pgha in the swept regions, whose databases the look came across.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub neighbours: BTreeSet<String>,
    /// What RDS said of the classes and versions that the plan is about.
    #[serde(skip)]
    pub offers: Offers,
    /// The network lookups.
    pub networks: BTreeMap<Region, NetworkSeen>,
    /// Parts of the search for orphans that failed: there may be orphans unseen.
    pub unswept: Vec<ReadError>,
    /// How many API calls it took.
    pub calls: u32,
}

impl Live {
    /// What is at an address, where it is there.
    pub fn present(&self, address: &Address) -> Option<&LiveResource> {
        self.resources.get(address).and_then(Seen::present)
    }

    /// The regions that databases remember. Snapshots carry copies of their tags, which nobody
    /// keeps right. A database that lost its owner's tag is asked as well: it costs a look.
    pub fn remembered_regions(&self) -> BTreeSet<Region> {
        let is_database =
            |address: &Address| matches!(address.kind, Kind::DbInstance | Kind::DbCluster);
        self.resources
            .iter()
            .filter(|(address, _)| is_database(address))
            .filter_map(|(_, seen)| seen.present())
            .flat_map(LiveResource::regions)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::DbInstance;

    fn instance(class: &str) -> Resource {
        DbInstance { class: Some(class.into()), ..DbInstance::default() }.into()
    }

    fn live(class: &str) -> LiveResource {
        LiveResource::new(instance(class), Status::ready())
    }

    fn unread() -> Seen {
        let (call, message) = ("DescribeDBInstances".into(), "slow down".into());
        Seen::Unread(ReadError { call, class: ErrorClass::Throttled, message })
    }

    #[test]
    fn what_could_not_be_read_is_not_present() {
        assert_eq!(Seen::Absent.present(), None);
        assert_eq!(unread().present(), None);
        let seen = Seen::Present(Box::new(live("small")));
        assert_eq!(seen.present(), Some(&live("small")));
    }

    #[test]
    fn a_sweep_answers_for_the_address_it_is_asked_about() {
        let [a, b, c] = ["a", "b", "c"].map(|n| Address::home(crate::Kind::DbInstance, n));
        let seen = Seen::Present(Box::new(live("small")));
        let sweep = Live {
            resources: BTreeMap::from([(a.clone(), seen), (b.clone(), unread())]),
            ..Live::default()
        };
        assert_eq!(sweep.present(&a), Some(&live("small")));
        assert_eq!(sweep.present(&b), None);
        assert_eq!(sweep.present(&c), None);
    }

    #[test]
    fn what_waits_for_the_window_counts_as_done() {
        let mut resource = live("small");
        assert_eq!(resource.overlaid(), &instance("small"));
        let fields = BTreeSet::from(["class".to_string()]);
        resource.pending = Some(Pending { fields, after: Box::new(instance("large")) });
        assert_eq!(resource.overlaid(), &instance("large"));
        assert_eq!(resource.resource, instance("small"));
    }

    #[test]
    fn only_databases_remember_regions() {
        let remembers = |regions: &str| {
            let tags = Some([(REGIONS_TAG.to_string(), regions.to_string())].into());
            Seen::Present(Box::new(LiveResource { tags, ..live("small") }))
        };
        let [instance, cluster] = [crate::Kind::DbInstance, crate::Kind::DbCluster];
        let snapshot = crate::Kind::DbSnapshot;
        let seen = Live {
            resources: BTreeMap::from([
                (Address::home(instance, "a"), remembers("us-west-2 eu-west-1")),
                (Address::home(cluster, "b"), remembers("ap-south-1")),
                (Address::home(snapshot, "c"), remembers("sa-east-1")),
                (Address::home(instance, "d"), unread()),
            ]),
            ..Live::default()
        };
        let regions = ["ap-south-1", "eu-west-1", "us-west-2"].map(Region::new);
        assert_eq!(seen.remembered_regions(), regions.into());
        assert_eq!(live("small").regions(), BTreeSet::new());
    }

    #[test]
    fn the_owner_is_the_cluster_of_the_tag_where_tags_were_read() {
        let tagged = |tags: Option<&[(&str, &str)]>| LiveResource {
            tags: tags.map(|t| t.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()),
            ..live("small")
        };
        assert_eq!(tagged(None).owner(), None);
        assert_eq!(tagged(Some(&[("team", "orders")])).owner(), None);
        assert_eq!(tagged(Some(&[("pgha:cluster", "orders")])).owner(), Some("orders"));
    }

    #[test]
    fn a_record_says_whose_a_resource_is_and_which_one() {
        #[track_caller]
        fn check(tags: &[(&str, &str)], expected: Standing) {
            let tags = tags.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
            let live = LiveResource { tags: Some(tags), ..live("small") };
            let (cluster, home) = ("orders".into(), Region::new("us-east-1"));
            let scope = Scope { cluster, account: None, home };
            let address = Address::home(crate::Kind::DbInstance, "orders-primary");
            assert_eq!(live.standing(&address, &scope), expected);
        }
        let owner = ("pgha:cluster", "orders");
        let home = ("pgha:home", "us-east-1");
        let this = ("pgha:resource", "db-instance/orders-primary");
        check(&[owner, home, this], Standing::Ours);
        check(&[owner], Standing::Marked);
        check(&[owner, home], Standing::Marked);
        check(&[owner, this], Standing::Marked);
        check(&[], Standing::Nobodys);
        check(&[home, this], Standing::Nobodys);
        check(&[("pgha:cluster", "billing"), home, this], Standing::Theirs("billing"));
        check(&[owner, ("pgha:home", "eu-west-1"), this], Standing::Elsewhere("eu-west-1"));
        let other = ("pgha:resource", "db-instance/orders-primary@us-west-2");
        check(&[owner, home, other], Standing::Copy("db-instance/orders-primary@us-west-2"));
        check(&[owner, other], Standing::Copy("db-instance/orders-primary@us-west-2"));
    }

    #[test]
    fn only_what_bears_the_clusters_own_record_may_be_changed() {
        assert!(Standing::Ours.is_ours() && Standing::Marked.is_ours());
        let others = [
            Standing::Copy("db-instance/orders-old"),
            Standing::Elsewhere("eu-west-1"),
            Standing::Theirs("billing"),
            Standing::Nobodys,
        ];
        for other in others {
            assert!(!other.is_ours(), "{other:?}");
        }
    }

    /// RDS API, DescribeDBInstanceAutomatedBackups: a retained backup has a window that it can
    /// restore, where a snapshot is of one moment.
    #[test]
    fn remains_are_shown_with_the_latest_moment_they_bring_back() {
        let until = Some("2026-11-28T23:55:00Z".into());
        let backup = Remains { kind: RemainsKind::AutomatedBackup, id: "ab-1".into(), until };
        assert_eq!(backup.to_string(), "automated backups ab-1 (to 2026-11-28T23:55:00Z)");
        let (kind, id) = (RemainsKind::Snapshot, "orders-final".into());
        assert_eq!(Remains { kind, id, until: None }.to_string(), "snapshot orders-final");
    }

    /// docs/aws/errors.md#codes.
    #[test]
    fn errors_of_the_moment_pass_and_others_need_someone() {
        type E = ErrorClass;
        let passing =
            [E::Throttled, E::NotReady, E::InUse, E::Propagating, E::Doubtful, E::Unknown];
        for class in passing {
            assert!(class.may_pass(), "{class:?}");
        }
        let lasting = [E::Exists, E::Gone, E::Denied, E::Credentials, E::Invalid, E::Quota];
        for class in lasting.into_iter().chain([E::Unreachable]) {
            assert!(!class.may_pass(), "{class:?}");
        }
    }
}
