//! `[engine]`: version, class, names, and what there is not for a Multi-AZ DB cluster.

mod class;
mod version;

use pgha_resource::catalog::{AUTHORITIES, CLUSTER_FAMILIES};
use pgha_resource::naming::is_identifier;

pub(super) use class::check as class;

use super::unless_written;
use crate::diagnostic::Diagnostic;
use crate::reserved;
use crate::reserved::Name;
use crate::section::Spec;
use crate::section::network::NetworkType;
use crate::section::storage::VolumeType;
use crate::spanned::Sp;
use crate::suggest;

/// Regions without Multi-AZ DB clusters (docs/aws/clusters.md#regions).
const CLUSTERLESS: [&str; 6] = [
    "us-west-1",
    "ap-east-2",
    "ap-southeast-6",
    "ap-southeast-7",
    "us-gov-east-1",
    "us-gov-west-1",
];
/// The only family of whose `medium` there are such clusters
/// (docs/aws/clusters.md#instance-classes).
const MEDIUM: &str = "c6gd";

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    version::check(spec, found);
    class(&spec.engine.class, found);
    let engine = &spec.engine;
    if let Some(port) = &engine.port {
        super::range(found, "port", (u32::from(**port), port.span()), (1150, 65535), "");
    }
    if let Some(authority) = &engine.ca_certificate {
        certificate(authority, found);
    }
    if !spec.iam_auth() && !spec.is_cluster() {
        let plain = Diagnostic::new(
            "PGHA063",
            super::place_or(&engine.iam_auth, engine.span()),
            "users log in with passwords only",
        )
        .label("no IAM tokens")
        .help("write `iam_auth = true`, and grant `rds_iam` to the users that shall use tokens");
        found.push(unless_written(plain, &engine.iam_auth));
    }
    if let Some(name) = &engine.database {
        database(name, found);
    }
    if spec.is_cluster() {
        cluster(spec, found);
    }
}

/// Authorities come and go: what is no known one in another spelling may be new.
fn certificate(written: &Sp<String>, found: &mut Vec<Diagnostic>) {
    if AUTHORITIES.contains(&written.as_str()) {
        return;
    }
    if !is_identifier(written) {
        return found.push(misspelled(written));
    }
    let (title, label) = match **written == "rds-ca-2019" {
        true => ("this certificate authority has expired", "clients that verify will not connect"),
        false => ("this pgha does not know this certificate authority", "RDS may not have it"),
    };
    let diagnostic = Diagnostic::new("PGHA065", written.span(), title).label(label);
    found.push(match suggest::closest(written, AUTHORITIES) {
        // Close by its letters, the expired one is none of today's.
        Some(close) if label == "RDS may not have it" => {
            diagnostic.help(format!("did you mean \"{close}\"?")).fix(format!("\"{close}\""))
        }
        _ => diagnostic.help("write \"rds-ca-rsa2048-g1\"").fix("\"rds-ca-rsa2048-g1\""),
    });
}

/// RDS answers in lower case and with hyphens, so that another spelling would be a difference in
/// every plan, if RDS took it.
fn misspelled(written: &Sp<String>) -> Diagnostic {
    let title = format!("`{}` is not a certificate authority", **written);
    let diagnostic =
        Diagnostic::new("PGHA142", written.span(), title).label("RDS has no such name");
    let tidy = written.trim().to_ascii_lowercase().replace(['_', ' '], "-");
    match AUTHORITIES.iter().find(|known| **known == tidy) {
        Some(known) => diagnostic.help(format!("write \"{known}\"")).fix(format!("\"{known}\"")),
        None => diagnostic.help(format!(
            "write one of: {}, or delete this line for AWS's choice",
            suggest::list(AUTHORITIES)
        )),
    }
}

/// What RDS takes for the name of a PostgreSQL database
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>,
/// `DBName`).
fn is_database_name(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn database(name: &Sp<String>, found: &mut Vec<Diagnostic>) {
    let taken = reserved::name(name);
    if is_database_name(name) && taken != Name::Reserved {
        return super::doubtful("database", name, taken, found);
    }
    let reserved = taken == Name::Reserved;
    let help = match reserved {
        true => format!("write another name, such as \"{}_db\"", name.to_ascii_lowercase()),
        false => "use a letter, then letters, digits and `_`, 63 characters at most".to_string(),
    };
    found.push(
        Diagnostic::new("PGHA121", name.span(), format!("`{}` cannot name a database", **name))
            .label(if reserved { "reserved: RDS refuses it" } else { "RDS refuses it" })
            .help(help),
    );
}

/// What a Multi-AZ DB cluster cannot have, or pgha does not set for one
/// (docs/aws/clusters.md#not-available).
fn cluster(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let mut refuse = |span: std::ops::Range<usize>, title: String, help: &str| {
        let diagnostic = Diagnostic::new("PGHA050", span, title)
            .label("not with this topology")
            .help(help.to_string());
        found.push(diagnostic.also(
            super::place_or(&spec.cluster.topology, spec.cluster.span()),
            "because of this topology",
        ));
    };
    let region = &spec.cluster.region;
    if CLUSTERLESS.contains(&region.as_str()) {
        let title = format!("there are no Multi-AZ DB clusters in {}", **region);
        refuse(region.span(), title, "choose another region, or write \"multi-az-instance\"");
    }
    let mut parts = spec.engine.class.split('.').skip(1);
    let (family, size) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if !CLUSTER_FAMILIES.contains(&family) || (size == "medium" && family != MEDIUM) {
        let title = format!("a Multi-AZ DB cluster does not run on `{}`", *spec.engine.class);
        refuse(
            spec.engine.class.span(),
            title,
            "take a class with local disks, such as \"db.r6gd.large\"",
        );
    }
    // AWS takes it: CreateDBCluster and ModifyDBCluster have `CACertificateIdentifier`
    // (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>).
    if let Some(key) = &spec.engine.ca_certificate {
        refuse(
            key.span(),
            "pgha does not set the certificate authority of a Multi-AZ DB cluster".into(),
            "delete this line; AWS chooses, or you set it with `aws rds modify-db-cluster \
             --ca-certificate-identifier`, and pgha leaves it",
        );
    }
    let dual = spec.network.as_ref().and_then(|network| network.network_type.as_ref());
    if let Some(key) = dual.filter(|key| ***key == NetworkType::Dual) {
        refuse(
            key.span(),
            "a Multi-AZ DB cluster has IPv4 addresses only".into(),
            "delete this line",
        );
    }
    let Some(storage) = &spec.storage else { return };
    if let Some(key) = storage.kind.as_ref().filter(|kind| ***kind == VolumeType::Gp2) {
        refuse(
            key.span(),
            "a Multi-AZ DB cluster has no gp2 volumes".into(),
            "write \"gp3\", \"io1\" or \"io2\"",
        );
    }
    if let Some(key) = storage.max_size.as_ref().filter(|size| size.0 > 0) {
        refuse(
            key.span(),
            "the storage of a Multi-AZ DB cluster does not grow by itself".into(),
            "delete this line",
        );
    }
    if let Some(key) = &storage.throughput {
        refuse(
            key.span(),
            "the throughput of a Multi-AZ DB cluster follows from its IOPS".into(),
            "delete this line",
        );
    }
    if let Some(key) = storage.dedicated_log_volume.as_ref().filter(|on| ***on) {
        refuse(
            key.span(),
            "a Multi-AZ DB cluster has no dedicated log volumes".into(),
            "delete this line",
        );
    }
}
