//! A new resource in a few words.

use pgha_planner::FieldChange;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::value::Shown;

use crate::render::words;

/// What a person wants to know of a resource that will be created; empty where its address
/// says it all.
pub fn of(address: &Address, fields: &[FieldChange]) -> String {
    let kind = address.kind;
    let fields = Wanted { address, fields };
    let parts = match kind {
        Kind::DbInstance => instance(&fields),
        Kind::DbCluster => {
            let mut parts = database(&fields);
            parts.push(Some("three members".into()));
            parts
        }
        Kind::DbParameterGroup | Kind::DbClusterParameterGroup => {
            let number = fields.elements("parameters");
            vec![fields.text("family"), Some(words::count(number, "parameter"))]
        }
        Kind::DbSubnetGroup => vec![fields.text("subnets")],
        Kind::SecurityGroup => vec![fields.text("ingress").map(|rules| format!("from {rules}"))],
        Kind::SnsTopic => vec![fields.text("display_name")],
        Kind::IamRole => vec![fields.text("attached")],
        Kind::IamPolicy | Kind::SnsSubscription => Vec::new(),
        Kind::Secret => vec![fields.text("username").map(|name| format!("for the user {name}"))],
        Kind::BackupReplication => {
            vec![fields.text("retention").map(|days| format!("kept {days}"))]
        }
        Kind::DbSnapshot | Kind::DbClusterSnapshot => {
            vec![fields.text("source").map(|source| format!("of {source}"))]
        }
        Kind::Alarm => vec![alarm(&fields)],
        Kind::EventSubscription => vec![fields.text("source_type"), fields.text("categories")],
        Kind::DbProxy => vec![fields.flag("require_tls", "TLS required")],
        Kind::DbProxyTargetGroup => {
            vec![fields.text("max_connections").map(|most| format!("{most} of the connections"))]
        }
        Kind::DbProxyTarget => Vec::new(),
        Kind::DbProxyEndpoint => vec![fields.text("role")],
    };
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

struct Wanted<'a> {
    address: &'a Address,
    fields: &'a [FieldChange],
}

impl Wanted<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let field = self.fields.iter().find(|field| field.name == name)?;
        match &field.to {
            Shown::Unset => None,
            Shown::List(items) if items.is_empty() => None,
            shown => Some(words::value(self.address, name, shown)),
        }
    }

    fn flag(&self, name: &str, words: &str) -> Option<String> {
        (self.text(name)? == "true").then(|| words.to_string())
    }

    /// How many elements a map has, whether it comes whole or element by element.
    fn elements(&self, name: &str) -> usize {
        let inside = format!("{name}.");
        let single = self.fields.iter().filter(|field| field.name.starts_with(&inside)).count();
        let whole = self.fields.iter().find(|field| field.name == name).map(|field| &field.to);
        match whole {
            Some(Shown::Map(map)) => map.len(),
            _ => single,
        }
    }
}

fn instance(fields: &Wanted) -> Vec<Option<String>> {
    match fields.text("source") {
        Some(source) => vec![
            Some(format!("replica of {}", source.rsplit(['/', ':']).next().unwrap_or(&source))),
            fields.text("class"),
            fields.text("zone"),
        ],
        None => {
            let mut parts = database(fields);
            parts.push(fields.flag("multi_az", "Multi-AZ"));
            parts
        }
    }
}

fn database(fields: &Wanted) -> Vec<Option<String>> {
    let storage = match (fields.text("storage"), fields.text("storage_type")) {
        (Some(size), Some(kind)) => Some(format!("{size} {kind}")),
        (size, kind) => size.or(kind),
    };
    vec![
        fields.text("engine_version").map(|version| format!("PostgreSQL {version}")),
        fields.text("class"),
        storage,
    ]
}

fn alarm(fields: &Wanted) -> Option<String> {
    let sign = match fields.text("comparison")?.as_str() {
        "GreaterThanThreshold" => ">",
        "GreaterThanOrEqualToThreshold" => ">=",
        "LessThanThreshold" => "<",
        _ => "<=",
    };
    Some(format!("{} {sign} {}", fields.text("metric")?, fields.text("threshold")?))
}
