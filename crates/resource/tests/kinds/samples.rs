//! Two resources of every kind in which every field has a value, and no field the same.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::document::Document;
use pgha_resource::document::Piece;
use pgha_resource::kind;
use pgha_resource::reference::Resolve;
use pgha_resource::reference::Subnets;

/// The first of the two, or the second.
#[derive(Clone, Copy)]
pub(crate) struct Sample(pub bool);

impl Sample {
    fn pick<T>(self, one: T, other: T) -> Option<T> {
        Some(if self.0 { one } else { other })
    }

    fn flag(self) -> Option<bool> {
        Some(self.0)
    }

    fn number<T: From<u16>>(self) -> Option<T> {
        self.pick(T::from(500), T::from(600))
    }

    fn text(self) -> Option<String> {
        self.pick("one".into(), "other".into())
    }

    /// An open reference, to be answered by [`Answers`].
    fn of(self) -> Ref {
        let name = if self.0 { "one" } else { "other" };
        Ref::Of(Address::home(Kind::SecurityGroup, name), Attr::Id)
    }

    fn refs(self) -> Option<BTreeSet<Ref>> {
        Some(BTreeSet::from([self.of(), Ref::known("known")]))
    }

    fn texts(self) -> Option<BTreeSet<String>> {
        self.pick(BTreeSet::from(["a".into(), "b".into()]), BTreeSet::from(["b".into()]))
    }

    fn parameters(self) -> Option<BTreeMap<String, String>> {
        let of = |entries: [(&str, &str); 2]| {
            entries.map(|(name, value)| (name.to_string(), value.to_string())).into()
        };
        self.pick(of([("a", "1"), ("b", "1")]), of([("b", "2"), ("c", "1")]))
    }

    fn document(self) -> Option<Document> {
        let quote = || Piece::Text("\"".into());
        Some(Document(vec![quote(), Piece::Ref(self.of()), quote()]))
    }

    fn subnets(self) -> Option<Subnets> {
        self.pick(Subnets::Of(Region::new("us-east-1")), Subnets::Of(Region::new("us-west-2")))
    }

    fn password(self) -> Option<kind::MasterPassword> {
        self.pick(
            kind::MasterPassword::Secret(self.of()),
            kind::MasterPassword::Rds { kms_key: None },
        )
    }
}

/// Answers every reference.
pub(crate) struct Answers;

impl Resolve for Answers {
    fn reference(&self, reference: &Ref) -> Option<String> {
        Some(format!("id of {reference}"))
    }

    fn subnets(&self, region: &Region) -> Option<BTreeSet<String>> {
        Some(BTreeSet::from([format!("subnet in {region}")]))
    }
}

/// A resource of the kind with a value in every field.
pub(crate) fn full(kind: Kind, s: Sample) -> Resource {
    match kind {
        Kind::DbInstance => instance(s).into(),
        Kind::DbCluster => cluster(s).into(),
        Kind::Alarm => alarm(s).into(),
        Kind::DbProxy | Kind::DbProxyEndpoint | Kind::DbProxyTarget | Kind::DbProxyTargetGroup => {
            of_proxy(kind, s)
        }
        _ => small(kind, s),
    }
}

fn small(kind: Kind, s: Sample) -> Resource {
    match kind {
        Kind::SecurityGroup => kind::SecurityGroup {
            description: s.text(),
            vpc: s.pick(Ref::Vpc(Region::new("us-east-1")), s.of()),
            ingress: rules(s),
            egress: rules(s),
        }
        .into(),
        Kind::DbSubnetGroup => {
            kind::DbSubnetGroup { description: s.text(), subnets: s.subnets() }.into()
        }
        Kind::DbParameterGroup => kind::DbParameterGroup {
            family: s.text(),
            description: s.text(),
            parameters: s.parameters(),
        }
        .into(),
        Kind::DbClusterParameterGroup => kind::DbClusterParameterGroup {
            family: s.text(),
            description: s.text(),
            parameters: s.parameters(),
        }
        .into(),
        Kind::SnsTopic => {
            kind::SnsTopic { display_name: s.text(), policy: s.document(), kms_key: s.text() }
                .into()
        }
        Kind::SnsSubscription => kind::SnsSubscription {
            topic: s.of(),
            protocol: s.text().unwrap(),
            endpoint: s.text().unwrap(),
        }
        .into(),
        Kind::IamRole => kind::IamRole {
            description: s.text(),
            trust: s.document(),
            attached: s.texts(),
            inline: s.document().map(|d| BTreeMap::from([("inline".into(), d)])),
        }
        .into(),
        Kind::IamPolicy => kind::IamPolicy { description: s.text(), document: s.document() }.into(),
        Kind::Secret => kind::Secret {
            description: s.text(),
            kms_key: s.text(),
            username: s.text(),
            host: Some(s.of()),
            port: s.number(),
            dbname: s.text(),
            rotation: s.pick(
                kind::Rotation::Off,
                kind::Rotation::Every { days: 30, function: "arn:function".into() },
            ),
        }
        .into(),
        Kind::BackupReplication => kind::BackupReplication {
            source: Some(s.of()),
            retention: s.number(),
            kms_key: s.text(),
        }
        .into(),
        Kind::DbSnapshot => kind::DbSnapshot { source: Some(s.of()) }.into(),
        Kind::DbClusterSnapshot => kind::DbClusterSnapshot { source: Some(s.of()) }.into(),
        Kind::EventSubscription => kind::EventSubscription {
            topic: Some(s.of()),
            source_type: s.pick(kind::EventSource::DbInstance, kind::EventSource::DbProxy),
            sources: s.refs(),
            categories: s.texts(),
            enabled: s.flag(),
        }
        .into(),
        other => unreachable!("{other} has a function of its own"),
    }
}

fn rules(s: Sample) -> Option<BTreeSet<kind::Rule>> {
    let everyone = kind::Rule::everything(kind::Peer::Cidr("0.0.0.0/0".into()));
    let group = kind::Rule::tcp(5432, kind::Peer::Group(s.of()));
    Some(BTreeSet::from([everyone, group]))
}

fn of_proxy(kind: Kind, s: Sample) -> Resource {
    match kind {
        Kind::DbProxy => kind::DbProxy {
            scheme: s.pick(kind::ProxyScheme::Secrets, kind::ProxyScheme::Iam),
            auth: Some(BTreeSet::from([kind::ProxyAuth {
                secret: s.of(),
                iam: kind::IamAuth::Required,
                client_password: kind::ClientPassword::Scram,
            }])),
            role: Some(s.of()),
            subnets: s.subnets(),
            security_groups: s.refs(),
            require_tls: s.flag(),
            idle_timeout: s.number(),
            debug_logging: s.flag(),
        }
        .into(),
        Kind::DbProxyEndpoint => kind::DbProxyEndpoint {
            proxy: s.of(),
            role: s.pick(kind::TargetRole::ReadWrite, kind::TargetRole::ReadOnly),
            subnets: s.subnets(),
            security_groups: s.refs(),
        }
        .into(),
        Kind::DbProxyTarget => kind::DbProxyTarget {
            proxy: s.of(),
            target: match s.0 {
                true => kind::ProxyTarget::Instance(s.of()),
                false => kind::ProxyTarget::Cluster(s.of()),
            },
        }
        .into(),
        _ => kind::DbProxyTargetGroup {
            proxy: s.of(),
            max_connections: s.number(),
            max_idle_connections: s.number(),
            borrow_timeout: s.number(),
            init_query: s.text(),
        }
        .into(),
    }
}

fn alarm(s: Sample) -> kind::Alarm {
    kind::Alarm {
        description: s.text(),
        namespace: s.text(),
        metric: s.text(),
        dimensions: Some(BTreeMap::from([("DBInstanceIdentifier".into(), s.of())])),
        statistic: s.text().map(kind::Statistic),
        period: s.number(),
        evaluation_periods: s.number(),
        datapoints: s.number(),
        threshold: s.pick(kind::Threshold(0.5), kind::Threshold(10.0)),
        comparison: s.pick(kind::Comparison::Above, kind::Comparison::Below),
        missing_data: s.pick(kind::MissingData::Missing, kind::MissingData::Ignore),
        alarm_actions: s.refs(),
        ok_actions: s.refs(),
        actions_enabled: s.flag(),
    }
}

fn instance(s: Sample) -> kind::DbInstance {
    kind::DbInstance {
        source: Some(s.of()),
        engine_version: s.pick(EngineVersion::seen("16.13"), EngineVersion::seen("16.14")),
        class: s.text(),
        multi_az: s.flag(),
        zone: s.text(),
        storage: s.number(),
        max_storage: s.pick(700, 800),
        storage_type: s.text(),
        iops: s.number(),
        throughput: s.number(),
        dedicated_log_volume: s.flag(),
        encrypted: s.flag(),
        kms_key: s.text(),
        database: s.text(),
        username: s.text(),
        password: s.password(),
        iam_auth: s.flag(),
        port: s.number(),
        subnet_group: Some(s.of()),
        security_groups: s.refs(),
        public: s.flag(),
        network_type: s.text(),
        ca_certificate: s.text(),
        parameter_group: Some(s.of()),
        backup_retention: s.number(),
        backup_window: s.text(),
        maintenance_window: s.text(),
        auto_minor_upgrade: s.flag(),
        extended_support: s.flag(),
        copy_tags: s.flag(),
        deletion_protection: s.flag(),
        monitoring_interval: s.number(),
        monitoring_role: Some(s.of()),
        insights: s.flag(),
        insights_retention: s.number(),
        insights_kms_key: s.text(),
        insights_mode: s.pick(kind::InsightsMode::Standard, kind::InsightsMode::Advanced),
        log_exports: s.texts(),
    }
}

fn cluster(s: Sample) -> kind::DbCluster {
    kind::DbCluster {
        engine_version: s.pick(EngineVersion::seen("16.13"), EngineVersion::seen("16.14")),
        class: s.text(),
        storage: s.number(),
        storage_type: s.text(),
        iops: s.number(),
        encrypted: s.flag(),
        kms_key: s.text(),
        database: s.text(),
        username: s.text(),
        password: s.password(),
        iam_auth: s.flag(),
        port: s.number(),
        subnet_group: Some(s.of()),
        security_groups: s.refs(),
        public: s.flag(),
        parameter_group: Some(s.of()),
        backup_retention: s.number(),
        backup_window: s.text(),
        maintenance_window: s.text(),
        auto_minor_upgrade: s.flag(),
        extended_support: s.flag(),
        copy_tags: s.flag(),
        deletion_protection: s.flag(),
        monitoring_interval: s.number(),
        monitoring_role: Some(s.of()),
        insights: s.flag(),
        insights_retention: s.number(),
        insights_kms_key: s.text(),
        insights_mode: s.pick(kind::InsightsMode::Standard, kind::InsightsMode::Advanced),
        log_exports: s.texts(),
    }
}
