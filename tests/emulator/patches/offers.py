"""What RDS for PostgreSQL offers: versions, classes, certificates.

71. DescribeDBEngineVersions, DescribeOrderableDBInstanceOptions and DescribeCertificates
answer for PostgreSQL from the tables below, of August 2026 (RDS for PostgreSQL release
calendar; RDS User Guide, DB instance classes, Amazon RDS DB instance storage, Using
SSL/TLS). The API refuses what they lack only where a test switches `offers` on.
`POST /emulator/release/ACCOUNT/VERSION` is the day on which AWS offers a newer version than
they have. Stock: not implemented, or empty.
"""

from collections import defaultdict

from moto.core.responses import ActionResult
from moto.rds.responses import RDSResponse

from patches import checks
from patches.control import is_on, on_post
from patches.stock import adds, fault, replaces

# One row a release of the community; the second one was withdrawn.
RELEASES = (
    ("14.20", "15.15", "16.11", "17.7", "18.1"),
    ("14.21", "15.16", "16.12", "17.8", "18.2"),
    ("14.22", "15.17", "16.13", "17.9", "18.3"),
    ("14.23", "15.18", "16.14", "17.10", "18.4"),
    ("14.24", "15.19", "16.15", "17.11", "18.6"),
)
WITHDRAWN = set(RELEASES[1])
# Past their end: listed with IncludeAll, because databases may live on them.
OLD = {"14": range(1, 20), "15": range(2, 15), "16": range(1, 11), "17": range(1, 7)}
EXTENDED = ("11.22-rds.20260224", "12.22-rds.20260224", "13.23-rds.20260224")

GENERAL = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
BURSTABLE = ("micro", "small", "medium", "large", "xlarge", "2xlarge")
SIZES = {
    **dict.fromkeys(("t3", "t4g"), BURSTABLE),
    **dict.fromkeys(("m5", "m5d", "r5", "r5d", "m6i", "r6i"), GENERAL + ("24xlarge",)),
    **dict.fromkeys(("m6g", "m6gd", "r6g", "r6gd", "m7g", "r7g"), GENERAL),
    **dict.fromkeys(("m8g", "m8gd", "r8g", "r8gd"), GENERAL + ("24xlarge", "48xlarge")),
    **dict.fromkeys(("m6id", "m6idn", "r6id", "r6idn"), GENERAL + ("24xlarge", "32xlarge")),
    "c6gd": ("medium",) + GENERAL,
    "x2iedn": ("xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge", "24xlarge", "32xlarge"),
}
# RDS User Guide, Multi-AZ DB clusters, instance class availability.
OF_CLUSTERS = {
    *("c6gd", "m5d", "m6gd", "m6id", "m6idn", "m8gd"),
    *("r5d", "r6gd", "r6id", "r6idn", "r8gd", "x2iedn"),
}
# GiB, IOPS and MiB/s, least and most.
STORAGE = {
    "gp2": ((20, 65_536), None, None),
    "gp3": ((20, 65_536), (3000, 64_000), (125, 4000)),
    "io1": ((100, 65_536), (1000, 256_000), None),
    "io2": ((100, 65_536), (1000, 256_000), None),
}
SMALL = {"micro": 6144, "small": 16_384, "medium": 32_768}
CERTIFICATES = ("rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1")
PAGE = 100


def _numbers(version):
    return [int(part) for part in version.split("-")[0].split(".")]


# What came out after the tables, by account.
_later = defaultdict(list)


@on_post("release")
def release(account, version):
    _later[account].append(version)


def _released(account, version):
    """The row in which a version came out, -1 for older ones."""
    rows = enumerate([*RELEASES, _later[account]])
    return next((row for row, versions in rows if version in versions), -1)


def _creatable(account):
    offered = [v for row in RELEASES for v in row if v not in WITHDRAWN]
    return offered + list(EXTENDED) + _later[account]


def _deprecated():
    old = [f"{major}.{minor}" for major, minors in OLD.items() for minor in minors]
    return old + sorted(WITHDRAWN)


def _targets(account, version):
    """Newer minors of the major, and other majors' minors that are no older."""
    major, _ = _numbers(version)
    for target in sorted(_creatable(account), key=_numbers):
        if target in EXTENDED:
            continue
        same = _numbers(target)[0] == major
        newer = _numbers(target) > _numbers(version)
        later = _released(account, target) >= _released(account, version)
        if newer and (same or later):
            yield {
                "Engine": "postgres",
                "EngineVersion": target,
                "Description": f"PostgreSQL {target}",
                "AutoUpgrade": same and target == checks.DEFAULT_MINORS.get(str(major)),
                "IsMajorVersionUpgrade": not same,
            }


def _shown_version(account, version, status):
    return {
        "Engine": "postgres",
        "EngineVersion": version,
        "MajorEngineVersion": version.split(".")[0],
        "DBParameterGroupFamily": checks.family_of(version),
        "DBEngineDescription": "PostgreSQL",
        "DBEngineVersionDescription": f"PostgreSQL {version}",
        "Status": status,
        "ValidUpgradeTarget": list(_targets(account, version)),
        "SupportsReadReplica": True,
        "SupportsCertificateRotationWithoutRestart": True,
        "ExportableLogTypes": ["postgresql", "upgrade", "iam-db-auth-error"],
    }


def _paged(params, shown):
    """One page, and the marker of the next one."""
    size = min(int(params.get("MaxRecords") or PAGE), PAGE)
    start = int(params.get("Marker") or 0)
    marker = str(start + size) if start + size < len(shown) else None
    return shown[start : start + size], marker


@adds(RDSResponse)
def describe_db_engine_versions(self):
    params, account = self.params, self.backend.account_id
    status = dict.fromkeys(_creatable(account), "available")
    if params.get("IncludeAll") or params.get("EngineVersion"):
        status |= dict.fromkeys(_deprecated(), "deprecated")
    if params.get("Engine") not in (None, "postgres"):
        status = {}
    wanted, family = params.get("EngineVersion"), params.get("DBParameterGroupFamily")
    shown = [
        _shown_version(account, version, status[version])
        for version in sorted(status, key=_numbers)
        if (not wanted or version == wanted or version.split(".")[0] == wanted)
        and (not family or checks.family_of(version) == family)
    ]
    page, marker = _paged(params, shown)
    return ActionResult({"DBEngineVersions": page, "Marker": marker})


def _classes():
    return [f"db.{family}.{size}" for family, sizes in SIZES.items() for size in sizes]


def _option(region, version, name, storage_type):
    (least, most), iops, throughput = STORAGE[storage_type]
    _, family, size = name.split(".")
    option = {
        "Engine": "postgres",
        "EngineVersion": version,
        "DBInstanceClass": name,
        "LicenseModel": "postgresql-license",
        "StorageType": storage_type,
        "AvailabilityZones": [{"Name": f"{region}{letter}"} for letter in "abc"],
        "MultiAZCapable": True,
        "ReadReplicaCapable": True,
        "SupportsClusters": family in OF_CLUSTERS and storage_type != "gp2",
        "SupportsStorageEncryption": True,
        "SupportsStorageAutoscaling": True,
        "SupportsDedicatedLogVolume": storage_type in ("io1", "io2"),
        "MinStorageSize": least,
        "MaxStorageSize": min(most, SMALL.get(size, most)),
    }
    if iops:
        option |= {"MinIopsPerDbInstance": iops[0], "MaxIopsPerDbInstance": iops[1]}
    if throughput:
        names = ("MinStorageThroughputPerDbInstance", "MaxStorageThroughputPerDbInstance")
        option |= dict(zip(names, throughput, strict=True))
    return option


@replaces(RDSResponse, "describe_orderable_db_instance_options")
def describe_orderable_db_instance_options(stock, self):
    params = self.params
    if params.get("Engine") != "postgres":
        return stock(self)
    wanted, version = params.get("DBInstanceClass"), params.get("EngineVersion")
    shown = [
        _option(self.backend.region_name, v, name, storage_type)
        for v in sorted(_creatable(self.backend.account_id), key=_numbers)
        for name in _classes()
        for storage_type in STORAGE
        if wanted in (None, name) and (not version or version in (v, v.split(".")[0]))
    ]
    page, marker = _paged(params, shown)
    return ActionResult({"OrderableDBInstanceOptions": page, "Marker": marker})


@adds(RDSResponse)
def describe_certificates(self):
    wanted = self.params.get("CertificateIdentifier")
    shown = [
        {
            "CertificateIdentifier": name,
            "CertificateType": "CA",
            "CertificateArn": f"arn:aws:rds:{self.backend.region_name}::cert:{name}",
        }
        for name in CERTIFICATES
        if wanted in (None, name)
    ]
    if wanted and not shown:
        raise fault("CertificateNotFound", f"Certificate {wanted} not found.")
    return ActionResult(
        {"Certificates": shown, "DefaultCertificateForNewLaunches": CERTIFICATES[0]}
    )


def _check_offered(backend, name, version):
    if not is_on(backend.account_id, "offers"):
        return
    if checks.full_version(version) not in _creatable(backend.account_id):
        raise fault("InvalidParameterCombination", f"Cannot find version {version} for postgres")
    if name not in _classes():
        raise fault("InvalidParameterValue", f"Invalid DB Instance class: {name}")


@replaces(RDSResponse, "create_db_instance")
def create_db_instance(stock, self):
    if self.params.get("Engine") == "postgres":
        version = self.params.get("EngineVersion")
        _check_offered(self.backend, self.params.get("DBInstanceClass"), version)
    return stock(self)


@replaces(RDSResponse, "create_db_cluster")
def create_db_cluster(stock, self):
    if self.params.get("Engine") == "postgres":
        version = self.params.get("EngineVersion")
        _check_offered(self.backend, self.params.get("DBClusterInstanceClass"), version)
    return stock(self)
