//! `[credentials]`: the master user and its secret.

use pgha_resource::scope::partition;

use super::keys;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::reserved;
use crate::reserved::Name;
use crate::section::Spec;
use crate::section::credentials::Manage;
use crate::spanned::Sp;

/// Names that everybody tries first (Security Hub RDS.24, RDS.25). `admin` is not among them:
/// RDS for PostgreSQL refuses it.
const GUESSABLE: [&str; 4] = ["postgres", "administrator", "root", "master"];

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    username(spec, found);
    managed_by_rds(spec, found);
    let section = spec.credentials.as_ref();
    let Some(rotation) = section.and_then(|section| section.rotation.as_ref()) else {
        return not_rotated(spec, found);
    };
    if spec.manage() == Manage::Rds {
        found.push(
            Diagnostic::new(
                "PGHA124",
                rotation.span(),
                "RDS rotates its secret itself, every seven days",
            )
            .label("has no effect")
            .help("delete `rotation`"),
        );
    }
    super::range(found, "days", (rotation.days.0, rotation.days.span()), (1, 1000), "days");
    rotating(spec, &rotation.function, found);
}

/// Secrets Manager finds functions of the secret's region only
/// (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-lambda-function-customizing.html>).
fn rotating(spec: &Spec, function: &Sp<String>, found: &mut Vec<Diagnostic>) {
    let home = spec.home();
    if keys::is_function(function) {
        return keys::elsewhere("PGHA129", "function", function, &home, function.span(), found);
    }
    found.push(
        Diagnostic::new("PGHA113", function.span(), "the rotating function is named by its ARN")
            .label("not the ARN of a Lambda function")
            .help(format!("write \"arn:{}:lambda:{home}:…:function:…\"", partition(&home))),
    );
}

fn username(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let written = spec.credentials.as_ref().and_then(|section| section.username.as_ref());
    let Some(name) = written else { return };
    let fits = name.len() <= 16
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let taken = reserved::name(name);
    let reserved = taken == Name::Reserved;
    if !fits || reserved {
        found.push(
            Diagnostic::new(
                "PGHA121",
                name.span(),
                format!("`{}` cannot be the master user", **name),
            )
            .label(if reserved { "reserved: RDS refuses it" } else { "RDS refuses it" })
            .help("use 1 to 16 letters, digits and `_`, a letter first, such as \"dbadmin\""),
        );
    } else if GUESSABLE.contains(&name.to_ascii_lowercase().as_str()) {
        found.push(
            Diagnostic::new(
                "PGHA062",
                name.span(),
                format!("`{}` is the first name an intruder tries", **name),
            )
            .label("guessable, and cannot change later")
            .help("take another name before the first apply"),
        );
    } else if spec.is_cluster() && name.contains('_') {
        found.push(underscore(name));
    } else {
        super::doubtful("master user", name, taken, found);
    }
}

/// The API has letters and numbers for a cluster, and also underscores for an instance
/// (docs/aws/names.md#rules).
fn underscore(name: &Sp<String>) -> Diagnostic {
    let title = format!("`{}` may not be the master user of a Multi-AZ DB cluster", **name);
    Diagnostic::new("PGHA159", name.span(), title)
        .label("AWS documents letters and numbers only")
        .help("take a name without `_` before the first apply; one that exists can stay, with this accepted in [guard]")
}

/// RDS cannot make replicas of an instance whose password it manages
/// (docs/aws/secrets.md#no-replicas).
fn managed_by_rds(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let manage = spec.credentials.as_ref().and_then(|section| section.manage.as_ref());
    let (Some(manage), Some(replica)) = (manage, spec.replica.first()) else { return };
    if **manage == Manage::Rds {
        found.push(
            Diagnostic::new(
                "PGHA037",
                manage.span(),
                "RDS makes no replicas of a database whose password it manages",
            )
            .label("excludes replicas")
            .also(replica.span(), "this replica")
            .help("write \"pgha\", which keeps the password in a secret of its own")
            .fix("\"pgha\""),
        );
    }
}

fn not_rotated(spec: &Spec, found: &mut Vec<Diagnostic>) {
    if spec.manage() != Manage::Pgha {
        return;
    }
    let section = spec.credentials.as_ref();
    let header = section.map_or_else(|| spec.cluster.span(), |section| section.span());
    found.push(
        Diagnostic::new("PGHA068", header, "the master password is never changed")
            .label("no rotation")
            .help("add `rotation = { days = 30, function = \"arn:aws:lambda:…\" }`")
            .severity(Severity::Advice),
    );
}
