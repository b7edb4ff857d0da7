"""What RDS offers: versions, upgrade targets, classes, certificates (patch 71)."""

from harness import EmulatorTest


class Versions(EmulatorTest):
    def versions(self, **request):
        pages = self.rds.get_paginator("describe_db_engine_versions")
        answers = pages.paginate(Engine="postgres", **request)
        return {v["EngineVersion"]: v for page in answers for v in page["DBEngineVersions"]}

    def targets(self, version):
        shown = self.versions(EngineVersion=version)[version]["ValidUpgradeTarget"]
        return {t["EngineVersion"]: t["IsMajorVersionUpgrade"] for t in shown}

    def test_only_what_can_be_created(self):
        shown = self.versions()
        self.assertIn("16.15", shown)
        self.assertIn("13.23-rds.20260224", shown)
        self.assertNotIn("16.12", shown)
        self.assertEqual({v["Status"] for v in shown.values()}, {"available"})

    def test_withdrawn_ones_on_request(self):
        self.check_members(self.versions(IncludeAll=True)["16.12"], Status="deprecated")
        self.check_members(self.versions(EngineVersion="16.1")["16.1"], Status="deprecated")

    def test_of_a_family(self):
        shown = self.versions(DBParameterGroupFamily="postgres16", IncludeAll=True)
        self.assertEqual({version.split(".")[0] for version in shown}, {"16"})
        self.assertEqual(len(shown), 15)

    def test_targets(self):
        self.assertEqual(
            self.targets("16.14"),
            {"16.15": False, "17.10": True, "17.11": True, "18.4": True, "18.6": True},
        )
        # RDS User Guide, Major version upgrades: 16.15 has no way to an older 17.
        self.assertEqual(self.targets("16.15"), {"17.11": True, "18.6": True})
        self.assertEqual(self.targets("18.6"), {})

    def test_a_newer_one_than_the_tables_have(self):
        self.tell("release", self.account, "16.16")
        self.check_members(self.versions()["16.16"], Status="available")
        self.assertEqual(self.targets("16.15"), {"16.16": False, "17.11": True, "18.6": True})
        self.assertEqual(self.targets("16.16"), {})

    def test_pages(self):
        first = self.rds.describe_db_engine_versions(IncludeAll=True, MaxRecords=20)
        self.assertEqual(len(first["DBEngineVersions"]), 20)
        rest = self.rds.describe_db_engine_versions(
            IncludeAll=True, MaxRecords=20, Marker=first["Marker"]
        )
        self.assertNotEqual(first["DBEngineVersions"], rest["DBEngineVersions"])


class Classes(EmulatorTest):
    def options(self, name, **request):
        pages = self.rds.get_paginator("describe_orderable_db_instance_options")
        answers = pages.paginate(Engine="postgres", DBInstanceClass=name, **request)
        shown = [o for page in answers for o in page["OrderableDBInstanceOptions"]]
        return {o["StorageType"]: o for o in shown}

    def test_storage(self):
        shown = self.options("db.r6gd.large", EngineVersion="16.15")
        self.assertEqual(sorted(shown), ["gp2", "gp3", "io1", "io2"])
        self.check_members(
            shown["gp3"],
            MinStorageSize=20,
            MaxStorageSize=65536,
            MaxIopsPerDbInstance=64000,
            MaxStorageThroughputPerDbInstance=4000,
            MultiAZCapable=True,
            SupportsClusters=True,
        )
        self.check_members(shown["io2"], MinStorageSize=100, SupportsDedicatedLogVolume=True)

    def test_small_ones_hold_less(self):
        shown = self.options("db.t4g.micro", EngineVersion="16")
        self.check_members(shown["gp3"], MaxStorageSize=6144, SupportsClusters=False)

    def test_unknown(self):
        self.assertEqual(self.options("db.x9.huge"), {})

    def test_refused_where_it_is_switched_on(self):
        self.switch_on("offers")
        self.check_refused(
            "InvalidParameterCombination", self.instance, name="a", EngineVersion="16.12"
        )
        self.check_refused(
            "InvalidParameterValue", self.instance, name="b", DBInstanceClass="db.x9.l"
        )
        self.instance("c")


class Certificates(EmulatorTest):
    def test_list(self):
        shown = self.rds.describe_certificates()["Certificates"]
        names = [c["CertificateIdentifier"] for c in shown]
        self.assertEqual(names, ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"])

    def test_unknown(self):
        self.check_refused(
            "CertificateNotFound",
            self.rds.describe_certificates,
            CertificateIdentifier="rds-ca-2019",
        )
