//! What RDS is asked before a plan promises it: only about databases that would be made, or get
//! another class, version or certificate.

use pgha_resource::offer::{ClassQuestion, Questions};
use pgha_resource::{Desired, Live, Region, Resource, Seen};

use crate::compare::major_of;

/// The questions that these differences raise.
#[must_use]
pub fn questions(desired: &Desired, live: &Live) -> Questions {
    let mut all = Questions::default();
    for (address, wanted) in &desired.resources {
        let region = desired.scope.region_of(address);
        match live.resources.get(address) {
            Some(Seen::Absent) => of_new(&wanted.resource, region, &mut all),
            Some(Seen::Present(seen)) => {
                of_changed(&wanted.resource, seen.overlaid(), region, &mut all);
            }
            Some(Seen::Unread(_)) | None => {}
        }
    }
    all
}

fn of_new(wanted: &Resource, region: &Region, all: &mut Questions) {
    all.versions.extend(major_of(wanted).map(|major| (region.clone(), major)));
    all.classes.extend(class_of(wanted).map(|class| question(region, class)));
    if certificate_of(wanted).is_some() {
        all.certificates.insert(region.clone());
    }
}

fn of_changed(wanted: &Resource, live: &Resource, region: &Region, all: &mut Questions) {
    let differs = |field: &str| {
        wanted.compare_field(field, live) == Some(pgha_resource::field::Match::Differs)
    };
    if differs("engine_version") {
        let majors = [major_of(live), major_of(wanted)];
        all.versions.extend(majors.into_iter().flatten().map(|major| (region.clone(), major)));
    }
    let volume = ["class", "storage", "storage_type", "iops", "throughput", "multi_az"];
    if volume.iter().any(|field| differs(field)) {
        let classes = [class_of(wanted), class_of(live)];
        all.classes.extend(classes.into_iter().flatten().take(1).map(|c| question(region, c)));
    }
    if differs("ca_certificate") {
        all.certificates.insert(region.clone());
    }
}

fn question(region: &Region, class: &str) -> ClassQuestion {
    ClassQuestion { region: region.clone(), class: class.into() }
}

pub(crate) fn class_of(resource: &Resource) -> Option<&str> {
    match resource {
        Resource::DbInstance(instance) => instance.class.as_deref(),
        Resource::DbCluster(cluster) => cluster.class.as_deref(),
        _ => None,
    }
}

pub(crate) fn certificate_of(resource: &Resource) -> Option<&str> {
    match resource {
        Resource::DbInstance(instance) => instance.ca_certificate.as_deref(),
        _ => None,
    }
}
