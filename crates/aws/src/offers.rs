//! What RDS offers at the moment: all questions at once, each with its answer or its failure.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_rds::types::{DbEngineVersion, OrderableDbInstanceOption, UpgradeTarget};
use futures_util::future::{join_all, join3};
use pgha_resource::Region;
use pgha_resource::live::ReadError;
use pgha_resource::offer::{ClassOffer, ClassQuestion, Offers, Questions, VersionOffer};

use crate::look::Look;
use crate::mapping::{count, text};

/// The storage types that PostgreSQL on RDS knows
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>).
const STORAGE_TYPES: &[&str] = &["gp2", "gp3", "io1", "io2", "standard"];

/// The most options of one page
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeOrderableDBInstanceOptions.html>).
const OPTIONS_A_PAGE: i32 = 1000;

/// Asks everything at once.
pub(crate) async fn ask(look: &Look<'_>, questions: &Questions) -> Offers {
    let Questions { versions, classes, certificates: authorities } = questions;
    let of_majors = join_all(versions.iter().map(async |(region, major)| {
        ((region.clone(), *major), of_major(look, region, *major).await)
    }));
    let of_classes = join_all(
        classes.iter().map(async |question| (question.clone(), of_class(look, question).await)),
    );
    let of_regions = join_all(
        authorities.iter().map(async |region| (region.clone(), certificates(look, region).await)),
    );
    let (versions, classes, certificates) = join3(of_majors, of_classes, of_regions).await;
    Offers {
        versions: versions.into_iter().collect(),
        classes: classes.into_iter().collect(),
        certificates: certificates.into_iter().collect(),
        calls: look.calls(),
    }
}

/// `IncludeAll` brings the versions that new databases cannot have any more: a live database
/// may have one, and its upgrade targets are wanted.
async fn of_major(
    look: &Look<'_>,
    region: &Region,
    major: u32,
) -> Result<BTreeMap<String, VersionOffer>, ReadError> {
    let at = look.at(region)?;
    let ask = |marker| {
        let request = at.rds.client.describe_db_engine_versions().engine("postgres");
        let request = request.db_parameter_group_family(format!("postgres{major}"));
        request.include_all(true).set_marker(marker).send()
    };
    let call = "DescribeDBEngineVersions";
    let pages = look.pages(&at.rds, call, ask, |page| page.marker()).await?;
    Ok(pages.iter().flat_map(|page| page.db_engine_versions()).filter_map(version).collect())
}

fn version(sdk: &DbEngineVersion) -> Option<(String, VersionOffer)> {
    let version = text(sdk.engine_version())?;
    let is_postgres = |target: &&UpgradeTarget| target.engine().is_none_or(|e| e == "postgres");
    let targets = sdk.valid_upgrade_target().iter().filter(is_postgres);
    let targets = targets.filter_map(|target| text(target.engine_version())).collect();
    // RDS says `available` or `deprecated`; saying nothing is no refusal.
    let creatable = sdk.status().is_none_or(|status| status == "available");
    Some((version, VersionOffer { creatable, targets }))
}

/// Every way in which a class can be had, of every version: there are hundreds.
async fn of_class(look: &Look<'_>, question: &ClassQuestion) -> Result<Vec<ClassOffer>, ReadError> {
    let at = look.at(&question.region)?;
    let ask = |marker| {
        let request = at.rds.client.describe_orderable_db_instance_options().engine("postgres");
        let request = request.db_instance_class(&question.class).vpc(true);
        request.max_records(OPTIONS_A_PAGE).set_marker(marker).send()
    };
    let call = "DescribeOrderableDBInstanceOptions";
    let pages = look.pages(&at.rds, call, ask, |page| page.marker()).await?;
    let options = pages.iter().flat_map(|page| page.orderable_db_instance_options());
    Ok(options.filter_map(|option| offer(option, &question.class)).collect())
}

fn offer(sdk: &OrderableDbInstanceOption, class: &str) -> Option<ClassOffer> {
    let storage_type = text(sdk.storage_type())?;
    let asked_for = sdk.db_instance_class().is_none_or(|seen| seen == class)
        && sdk.engine().is_none_or(|engine| engine == "postgres")
        && STORAGE_TYPES.contains(&storage_type.as_str());
    let zones = sdk.availability_zones().iter().filter_map(|zone| text(zone.name()));
    asked_for.then(|| ClassOffer {
        version: sdk.engine_version().unwrap_or_default().into(),
        storage_type,
        zones: zones.collect(),
        storage: (count(sdk.min_storage_size()), count(sdk.max_storage_size())),
        iops: (count(sdk.min_iops_per_db_instance()), count(sdk.max_iops_per_db_instance())),
        throughput: (
            count(sdk.min_storage_throughput_per_db_instance()),
            count(sdk.max_storage_throughput_per_db_instance()),
        ),
        multi_az: sdk.multi_az_capable().unwrap_or_default(),
        clusters: sdk.supports_clusters().unwrap_or_default(),
    })
}

async fn certificates(look: &Look<'_>, region: &Region) -> Result<BTreeSet<String>, ReadError> {
    let at = look.at(region)?;
    let ask = |marker| at.rds.client.describe_certificates().set_marker(marker).send();
    let call = "DescribeCertificates";
    let pages = look.pages(&at.rds, call, ask, |page| page.marker()).await?;
    let certificates = pages.iter().flat_map(|page| page.certificates());
    Ok(certificates.filter_map(|one| text(one.certificate_identifier())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Answer, Wire, rds_error};
    use pgha_apply::port::Observe;
    use pgha_resource::live::ErrorClass;

    fn home() -> Region {
        Region::new("us-east-1")
    }

    fn class(class: &str) -> ClassQuestion {
        ClassQuestion { region: home(), class: class.into() }
    }

    fn answer(call: &str, result: &str) -> Answer {
        let body =
            format!("<{call}Response><{call}Result>{result}</{call}Result></{call}Response>");
        Answer::Body(200, body)
    }

    fn options(members: &str, marker: &str) -> Answer {
        let list =
            format!("<OrderableDBInstanceOptions>{members}</OrderableDBInstanceOptions>{marker}");
        answer("DescribeOrderableDBInstanceOptions", &list)
    }

    fn option(version: &str, storage: &str) -> String {
        format!(
            "<OrderableDBInstanceOption><Engine>postgres</Engine><EngineVersion>{version}</EngineVersion>\
             <DBInstanceClass>db.r6g.large</DBInstanceClass><StorageType>{storage}</StorageType>\
             <AvailabilityZones><AvailabilityZone><Name>us-east-1a</Name></AvailabilityZone></AvailabilityZones>\
             <MultiAZCapable>true</MultiAZCapable><SupportsClusters>false</SupportsClusters>\
             <MinStorageSize>20</MinStorageSize><MaxStorageSize>65536</MaxStorageSize>\
             <MinIopsPerDbInstance>3000</MinIopsPerDbInstance></OrderableDBInstanceOption>"
        )
    }

    #[tokio::test]
    async fn the_versions_of_a_major_come_with_their_targets() {
        let target = |engine: &str, version: &str| {
            format!(
                "<UpgradeTarget><Engine>{engine}</Engine><EngineVersion>{version}</EngineVersion></UpgradeTarget>"
            )
        };
        let member = |version: &str, status: &str, targets: &str| {
            format!(
                "<DBEngineVersion><EngineVersion>{version}</EngineVersion><Status>{status}</Status><ValidUpgradeTarget>{targets}</ValidUpgradeTarget></DBEngineVersion>"
            )
        };
        let targets = target("postgres", "16.15") + &target("aurora-postgresql", "17.4");
        let members = member("16.4", "deprecated", &targets) + &member("16.15", "available", "");
        let list = format!("<DBEngineVersions>{members}</DBEngineVersions>");
        let wire = Wire::answering([answer("DescribeDBEngineVersions", &list)]);
        let versions = [(home(), 16)].into();
        let questions = Questions { versions, ..Questions::default() };
        let offers = wire.account().ask(&questions).await;
        let found = offers.versions[&(home(), 16)].clone().unwrap();
        let old = VersionOffer { creatable: false, targets: ["16.15".to_string()].into() };
        let new = VersionOffer { creatable: true, targets: BTreeSet::new() };
        assert_eq!(found, [("16.4".to_string(), old), ("16.15".to_string(), new)].into());
        assert_eq!(offers.calls, 1);
        let asked = &wire.asked()[0];
        for member in ["Engine=postgres", "DBParameterGroupFamily=postgres16", "IncludeAll=true"] {
            assert!(asked.contains(member), "{asked}");
        }
    }

    #[tokio::test]
    async fn every_page_of_a_class_is_read_and_other_storage_is_left_out() {
        let first = option("16.15", "gp3") + &option("16.15", "aurora");
        let answers =
            [options(&first, "<Marker>next</Marker>"), options(&option("17.4", "io2"), "")];
        let wire = Wire::answering(answers);
        let classes = [class("db.r6g.large")].into();
        let offers = wire.account().ask(&Questions { classes, ..Questions::default() }).await;
        let found = offers.classes[&class("db.r6g.large")].clone().unwrap();
        let expected = ClassOffer {
            version: "16.15".into(),
            storage_type: "gp3".into(),
            zones: ["us-east-1a".to_string()].into(),
            storage: (Some(20), Some(65_536)),
            iops: (Some(3_000), None),
            throughput: (None, None),
            multi_az: true,
            clusters: false,
        };
        assert_eq!(found[0], expected);
        assert_eq!((found.len(), found[1].storage_type.as_str()), (2, "io2"));
        assert_eq!(offers.calls, 2);
        assert!(wire.asked()[0].contains("Vpc=true"), "{:?}", wire.asked());
    }

    #[tokio::test]
    async fn a_class_that_nobody_can_order_and_one_that_could_not_be_asked_differ() {
        let wire = Wire::answering([options("", ""), rds_error(403, "AccessDenied", "no")]);
        let classes = [class("db.a.large"), class("db.b.large")].into();
        let offers = wire.account().ask(&Questions { classes, ..Questions::default() }).await;
        assert_eq!(offers.classes[&class("db.a.large")], Ok(Vec::new()));
        let error = offers.classes[&class("db.b.large")].clone().unwrap_err();
        assert_eq!(error.class, ErrorClass::Denied);
    }

    #[tokio::test]
    async fn certificate_authorities_are_asked_for_by_region() {
        let member = |id: &str| {
            format!(
                "<Certificate><CertificateIdentifier>{id}</CertificateIdentifier></Certificate>"
            )
        };
        let list = member("rds-ca-rsa2048-g1") + &member("rds-ca-ecc384-g1");
        let list = format!("<Certificates>{list}</Certificates>");
        let wire = Wire::answering([answer("DescribeCertificates", &list)]);
        let certificates = [home()].into();
        let offers = wire.account().ask(&Questions { certificates, ..Questions::default() }).await;
        let expected = ["rds-ca-ecc384-g1", "rds-ca-rsa2048-g1"].map(String::from);
        assert_eq!(offers.certificates[&home()], Ok(expected.into()));
    }

    #[tokio::test]
    async fn a_region_without_clients_is_a_failed_answer() {
        let nowhere = Region::new("xx-nowhere-1");
        let certificates = [nowhere.clone()].into();
        let questions = Questions { certificates, ..Questions::default() };
        let offers = Wire::answering([]).account().ask(&questions).await;
        assert!(offers.certificates[&nowhere].is_err());
    }
}
