"""The clean-up removes what a run made and nothing else."""

import unittest

from emulated import ProbeTest
from kit.cleanup import TAG, clean_up, owner_of
from kit.ledger import Header, Thing


class Ownership(unittest.TestCase):
    def check(self, name, tags, reason):
        header = Header("abc123", "pgha-probe", "000000000001", "us-east-1", None)
        thing = Thing("db-instance", "us-east-1", name)
        self.assertEqual(owner_of(header, thing, tags), reason)

    def test_name_and_tag(self):
        self.check("pgha-probe-abc123-db", {TAG: "abc123"}, None)

    def test_the_name_alone(self):
        untagged = "it has no tag pgha-probe=abc123"
        self.check("pgha-probe-abc123-db", {}, untagged)
        self.check("pgha-probe-abc123-db", None, untagged)
        self.check("pgha-probe-abc123-db", {TAG: "abc124"}, untagged)

    def test_the_tag_alone(self):
        misnamed = "its name does not begin with pgha-probe-abc123-"
        self.check("orders-primary", {TAG: "abc123"}, misnamed)
        self.check("pgha-probe-abc124-db", {TAG: "abc123"}, misnamed)
        self.check("pgha-probe-abc1234", {TAG: "abc123"}, misnamed)


class OnTheEmulator(ProbeTest):
    """Things of every kind beside each other: with the name, the tag, both and neither."""

    STEM = "pgha-probe-abc123-"

    def setUp(self):
        super().setUp()
        self.header = Header("abc123", "pgha-probe", self.id, "us-east-1", self.url)
        self.rds = self.account.client("rds")

    def group(self, name, tagged):
        self.rds.create_db_parameter_group(
            DBParameterGroupName=name,
            DBParameterGroupFamily="postgres17",
            Description="test",
            Tags=[{"Key": TAG, "Value": "abc123"}] if tagged else [],
        )
        return Thing("parameter-group", "us-east-1", name)

    def instance(self, name, tagged):
        self.rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t4g.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="probe",
            MasterUserPassword="emulated-password",
            Tags=[{"Key": TAG, "Value": "abc123"}] if tagged else [],
        )
        return Thing("db-instance", "us-east-1", name)

    def left(self, things):
        left = clean_up(self.account, self.header, things, lambda _: None)
        return sorted((thing.name, reason) for thing, reason in left)

    def test_only_what_has_both(self):
        things = [self.group(self.STEM + "mine", True), self.instance(self.STEM + "db", True)]
        for make in (self.group, self.instance):
            kind = make.__name__
            things.append(make(self.STEM + "untagged-" + kind, False))
            things.append(make("copied-" + kind, True))
            make("somebodys-" + kind, False)
        reasons = [reason for _, reason in self.left(things)]
        self.assertEqual(len(reasons), 4)
        self.assertEqual(
            self.inventory(),
            [
                "us-east-1 db-instance copied-instance",
                "us-east-1 db-instance pgha-probe-abc123-untagged-instance",
                "us-east-1 db-instance somebodys-instance",
                "us-east-1 db-parameter-group copied-group",
                "us-east-1 db-parameter-group pgha-probe-abc123-untagged-group",
                "us-east-1 db-parameter-group somebodys-group",
            ],
        )

    def test_what_the_ledger_forgot_is_found_by_its_tag(self):
        self.instance(self.STEM + "db", True)
        self.assertEqual(self.left([]), [])
        self.assertEqual(self.inventory(), [])

    def test_a_tag_that_somebody_took_away(self):
        thing = self.instance(self.STEM + "db", True)
        self.rds.remove_tags_from_resource(
            ResourceName=self.account.arn("rds", f"db:{thing.name}"), TagKeys=[TAG]
        )
        reason = "it has no tag pgha-probe=abc123"
        self.assertEqual(self.left([thing]), [(thing.name, reason)])

    def test_a_run_with_a_longer_name(self):
        self.group("pgha-probe-abc123x-mine", True)
        self.assertEqual(len(self.left([])), 1)
        self.assertEqual(len(self.inventory()), 1)


if __name__ == "__main__":
    unittest.main()
