//! IAM documents, and `[iam]` to the policies that let applications connect.

use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::document::Document;
use pgha_resource::document::Piece;
use pgha_resource::kind::IamPolicy;
use pgha_resource::scope::partition;

use super::Build;
use crate::section::Spec;
use crate::section::proxy::Auth;
use crate::spanned::Sp;

/// IAM is global: names carry the region where they serve one region.
pub(super) fn with_region(name: &str, build: &Build<'_>) -> String {
    format!("{name}-{}", build.home)
}

/// Who may assume a role: a service, on behalf of this account if the spec names it.
pub(super) fn trust(service: &str, account: Option<&str>) -> Document {
    let condition = account.map_or_else(String::new, |account| {
        format!(r#","Condition":{{"StringEquals":{{"aws:SourceAccount":"{account}"}}}}"#)
    });
    Document::known(format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"{condition}}}]}}"#
    ))
}

/// A JSON document that grows piece by piece.
pub(super) struct Writer(Vec<Piece>);

impl Writer {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(vec![Piece::Text(text.into())])
    }

    pub(super) fn text(&mut self, text: impl Into<String>) -> &mut Self {
        self.0.push(Piece::Text(text.into()));
        self
    }

    pub(super) fn reference(&mut self, reference: Ref) -> &mut Self {
        self.0.push(Piece::Ref(reference));
        self
    }

    pub(super) fn finish(self) -> Document {
        Document(self.0)
    }

    /// A list of resources, each a text before and after a reference.
    pub(super) fn resources(&mut self, resources: &[(String, Ref, String)]) -> &mut Self {
        self.text("[");
        for (index, (before, reference, after)) in resources.iter().enumerate() {
            self.text(if index == 0 { "\"" } else { ",\"" });
            self.text(before.clone()).reference(reference.clone()).text(format!("{after}\""));
        }
        self.text("]")
    }
}

/// The users of `[iam]`, in order.
pub(super) fn users(spec: &Spec) -> Vec<&str> {
    let users = spec.iam.as_ref().and_then(|iam| iam.users.as_ref());
    let mut users: Vec<&str> =
        users.into_iter().flat_map(|users| users.iter().map(|user| user.as_str())).collect();
    users.sort_unstable();
    users.dedup();
    users
}

/// `rds-db:connect` on databases or proxies in a region, for every user (docs/aws/iam.md#connect).
pub(super) fn connect(spec: &Spec, region: &Region, targets: &[Ref]) -> Vec<(String, Ref, String)> {
    let account = spec.account().unwrap_or("*");
    let before = format!("arn:{}:rds-db:{region}:{account}:dbuser:", partition(region));
    let users = users(spec);
    targets
        .iter()
        .flat_map(|target| {
            users.iter().map(|user| (before.clone(), target.clone(), format!("/{user}")))
        })
        .collect()
}

pub(super) fn expand(build: &mut Build<'_>) {
    for region in build.spec.regions() {
        policy(build, &region);
    }
}

fn policy(build: &mut Build<'_>, region: &Region) {
    let Some(iam) = &build.spec.iam else { return };
    let resources = connect(build.spec, region, &targets(build, region));
    if resources.is_empty() {
        return;
    }
    let mut document = Writer::new(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect","Resource":"#,
    );
    document.resources(&resources).text("}]}");
    let resource = IamPolicy {
        description: Some(format!(
            "lets applications connect to {} with IAM tokens",
            build.spec.cluster.name.as_str()
        )),
        document: Some(document.finish()),
    };
    let address = build.address(Kind::IamPolicy, &format!("connect-{region}"), region);
    build.add(address, iam.span(), resource).at("document", iam.users.as_ref().map(Sp::span));
}

/// What the users of a region may connect to: the proxy where it takes tokens, the databases
/// where they do.
fn targets(build: &Build<'_>, region: &Region) -> Vec<Ref> {
    let spec = build.spec;
    let mut targets = Vec::new();
    let proxy = spec.proxy.as_ref().filter(|_| *region == build.home);
    if proxy.is_some_and(|proxy| Spec::proxy_auth(proxy) != Auth::Secrets) {
        targets.push(Ref::Of(build.address(Kind::DbProxy, "proxy", region), Attr::Id));
    }
    if spec.iam_auth() {
        let kinds = [Kind::DbCluster, Kind::DbInstance];
        let databases = kinds.iter().flat_map(|kind| build.of_kind(*kind, region));
        targets.extend(databases.map(|database: Address| Ref::Of(database, Attr::ResourceId)));
    }
    targets
}
