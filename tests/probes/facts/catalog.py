"""What an account says of itself before anything is made; free."""

from botocore.exceptions import ClientError, EndpointConnectionError

from kit.account import code_of
from kit.probe import Probe, Seen, Undecidable

API = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/"
GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"
# RDS for PostgreSQL release calendar, August 2026.
CREATABLE = ("14.24", "15.19", "16.15", "17.11", "18.6")
WITHDRAWN = ("16.1", "16.3", "16.12", "17.8", "18.2")


def _all(client, operation, member, **request):
    pages = client.get_paginator(operation).paginate(**request)
    return [item for page in pages for item in page[member]]


class EngineVersions(Probe):
    id = "engine-versions"
    fact = "DescribeDBEngineVersions lists the minor versions that can be created, and no other"
    source = API + "API_DescribeDBEngineVersions.html"
    believed = "as in the release calendar"
    otherwise = (
        "a version that AWS does not offer is refused and nothing is made; the table "
        "that `check` uses says its date"
    )

    def run(self, stage):
        versions = _all(
            stage.rds, "describe_db_engine_versions", "DBEngineVersions", Engine="postgres"
        )
        offered = {v["EngineVersion"] for v in versions if v.get("Status") != "deprecated"}
        missing = [version for version in CREATABLE if version not in offered]
        extra = [version for version in WITHDRAWN if version in offered]
        if not missing and not extra:
            return Seen(self.believed, f"{len(offered)} versions")
        return Seen("other", f"not offered: {missing}; offered although withdrawn: {extra}")


class UpgradeTargets(Probe):
    id = "upgrade-targets"
    fact = "each version names the versions that it can be upgraded to, majors included"
    source = API + "API_UpgradeTarget.html"
    believed = "minors and majors"
    otherwise = "AWS refuses the upgrade, and the database stays on its version"

    def run(self, stage):
        shown = stage.rds.describe_db_engine_versions(Engine="postgres", EngineVersion="16.14")
        targets = [t for v in shown["DBEngineVersions"] for t in v["ValidUpgradeTarget"]]
        majors = sorted({t["EngineVersion"] for t in targets if t["IsMajorVersionUpgrade"]})
        minors = sorted({t["EngineVersion"] for t in targets if not t["IsMajorVersionUpgrade"]})
        seen = " and ".join(
            word for word, found in (("minors", minors), ("majors", majors)) if found
        )
        return Seen(seen or "none", f"16.14 to {', '.join(minors + majors)}")


class OrderableOptions(Probe):
    id = "orderable-options"
    fact = "DescribeOrderableDBInstanceOptions says a class's storage types and sizes"
    source = API + "API_DescribeOrderableDBInstanceOptions.html"
    believed = "types and sizes"
    otherwise = "AWS refuses what cannot be had when the plan is applied; nothing is lost"

    def run(self, stage):
        options = _all(
            stage.rds,
            "describe_orderable_db_instance_options",
            "OrderableDBInstanceOptions",
            Engine="postgres",
            DBInstanceClass="db.m6g.large",
        )
        sized = [o for o in options if o.get("MinStorageSize") and o.get("MaxStorageSize")]
        types = sorted({option["StorageType"] for option in sized})
        answer = "types and sizes" if {"gp3", "io1"} <= set(types) else "other"
        clusters = any(option.get("SupportsClusters") for option in options)
        return Seen(answer, f"{', '.join(types)}; SupportsClusters of any: {clusters}")


class Certificates(Probe):
    id = "certificates"
    fact = "DescribeCertificates lists the certificate authorities that pgha knows"
    source = API + "API_DescribeCertificates.html"
    believed = "all three"
    otherwise = "AWS refuses a certificate that it does not have, and nothing changes"

    def run(self, stage):
        shown = {
            c["CertificateIdentifier"] for c in stage.rds.describe_certificates()["Certificates"]
        }
        known = {"rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"}
        return Seen("all three" if known <= shown else "other", ", ".join(sorted(shown)))


class EventCategories(Probe):
    id = "event-categories"
    fact = "the event categories of each source type are those of the user guide's tables"
    source = GUIDE + "USER_Events.Messages.html"
    believed = "as in the guide"
    otherwise = "an unknown category is refused at the subscription's creation and changes nothing"

    IN_THE_GUIDE = {
        "db-instance": {
            *("availability", "backup", "configuration change", "creation", "deletion"),
            *("failover", "failure", "low storage", "maintenance", "notification"),
            *("read replica", "recovery", "restoration", "security", "security patching"),
        },
        "db-cluster": {
            *("configuration change", "creation", "failover", "failure", "maintenance"),
            *("notification", "read replica"),
        },
        "db-proxy": {"configuration change", "creation", "deletion", "failure"},
        "db-parameter-group": {"configuration change"},
    }

    def run(self, stage):
        shown = stage.rds.describe_event_categories()["EventCategoriesMapList"]
        live = {entry["SourceType"]: set(entry["EventCategories"]) for entry in shown}
        gaps = {
            source: sorted(categories - live.get(source, set()))
            for source, categories in self.IN_THE_GUIDE.items()
            if not categories <= live.get(source, set())
        }
        more = {s: sorted(live.get(s, set()) - c) for s, c in self.IN_THE_GUIDE.items()}
        return Seen(f"missing {gaps}" if gaps else self.believed, f"beyond the guide: {more}")


class EmptyFilter(Probe):
    id = "filter-of-nothing"
    fact = "DescribeDBInstances with a filter for an unknown name is an empty list, not an error"
    source = API + "API_DescribeDBInstances.html"
    believed = "an empty list"
    otherwise = "the read fails and is reported; a failed read is never taken for absence"

    def run(self, stage):
        filters = [{"Name": "db-instance-id", "Values": [stage.name("nobody")]}]
        shown = stage.rds.describe_db_instances(Filters=filters)["DBInstances"]
        return Seen("other" if shown else "an empty list")


class RateQuotas(Probe):
    id = "rate-quotas"
    fact = "Service Quotas does not publish how many RDS calls a second are allowed"
    source = GUIDE + "CHAP_Limits.html"
    believed = "not published"
    otherwise = "calls are paced and throttling is waited out either way"

    def run(self, stage):
        quotas = stage.account.client("service-quotas")
        try:
            found = _all(quotas, "list_service_quotas", "Quotas", ServiceCode="rds")
        except (ClientError, EndpointConnectionError) as error:
            if isinstance(error, ClientError) and code_of(error) == "AccessDeniedException":
                raise Undecidable("these credentials cannot read Service Quotas") from error
            if stage.account.emulated:
                raise Undecidable("the emulator has no quotas of RDS") from error
            raise
        if not found:
            raise Undecidable("Service Quotas lists nothing for RDS")
        rates = [q["QuotaName"] for q in found if "rate" in q["QuotaName"].lower().split()]
        return Seen("published" if rates else "not published", ", ".join(rates))


class BackupManaged(Probe):
    id = "backup-managed"
    fact = "a database that AWS Backup keeps shows AwsBackupRecoveryPointArn"
    source = API + "API_DBInstance.html"
    believed = "shown with its retention"
    otherwise = (
        "without that member AWS Backup's retention and window look like drift; "
        "`plan` shows the change before it is made"
    )

    def run(self, stage):
        instances = _all(stage.rds, "describe_db_instances", "DBInstances")
        kept = [i for i in instances if i.get("AwsBackupRecoveryPointArn")]
        if not kept:
            raise Undecidable(
                "no database here is kept by AWS Backup with a continuous rule, and a plan "
                "takes up to a day to take one over; only looked at, never changed"
            )
        days = sorted({i["BackupRetentionPeriod"] for i in kept})
        return Seen(self.believed, f"{len(kept)} of them, retention {days}")


PROBES = [
    EngineVersions(),
    UpgradeTargets(),
    OrderableOptions(),
    Certificates(),
    EventCategories(),
    EmptyFilter(),
    RateQuotas(),
    BackupManaged(),
]
