"""Rotations that run, fail and are only set up (patch 69)."""

import json

from harness import EmulatorTest


class Rotation(EmulatorTest):
    def setUp(self):
        super().setUp()
        self.secrets = self.client("secretsmanager")

    def secret(self, **content):
        """A secret that a database of the account shares, unless the content says otherwise."""
        host = self.instance()["Endpoint"]["Address"]
        content = {
            "engine": "postgres",
            "host": host,
            "username": "app",
            "password": "emulated-password",
            **content,
        }
        kept = {member: value for member, value in content.items() if value is not None}
        self.secrets.create_secret(Name="db", SecretString=json.dumps(kept))

    def rotate(self, function="rotate", **request):
        self.secrets.rotate_secret(
            SecretId="db",
            RotationLambdaARN=f"arn:aws:lambda:us-east-1:{self.account}:function:{function}",
            RotationRules={"AutomaticallyAfterDays": 30},
            **request,
        )

    def password(self, **request):
        value = self.secrets.get_secret_value(SecretId="db", **request)["SecretString"]
        return json.loads(value)["password"]

    def stages(self):
        shown = self.secrets.describe_secret(SecretId="db")["VersionIdsToStages"]
        return sorted(",".join(sorted(stages)) for stages in shown.values())

    def check_failed(self):
        self.assertEqual(self.password(), "emulated-password")
        self.assertEqual(self.stages(), ["AWSCURRENT", "AWSPENDING"])
        self.assertNotEqual(self.password(VersionStage="AWSPENDING"), "emulated-password")
        self.check_refused("InvalidRequestException", self.rotate)

    def test_runs_at_once(self):
        self.secret()
        self.rotate()
        self.assertTrue(self.password().startswith("rotated-"))
        self.assertEqual(self.password(VersionStage="AWSPREVIOUS"), "emulated-password")
        self.assertEqual(self.stages(), ["AWSCURRENT,AWSPENDING", "AWSPREVIOUS"])
        self.rotate()

    def test_only_tested(self):
        self.secret()
        self.rotate(RotateImmediately=False)
        self.assertEqual(self.password(), "emulated-password")
        self.assertEqual(self.stages(), ["AWSCURRENT"])
        shown = self.secrets.describe_secret(SecretId="db")
        self.check_members(shown, RotationEnabled=True, LastRotatedDate=None)

    def test_when_it_is_due(self):
        self.secret()
        self.rotate(RotateImmediately=False)
        self.tell("rotate", self.account)
        self.assertTrue(self.password().startswith("rotated-"))

    def test_a_secret_without_a_host(self):
        self.secret(host=None)
        self.rotate()
        self.check_failed()

    def test_a_secret_of_no_database(self):
        self.secret(host="nowhere.example.com")
        self.rotate()
        self.check_failed()

    def test_another_password_than_the_database_has(self):
        self.secret(password="emulated-password-2")
        self.rotate()
        self.assertEqual(self.stages(), ["AWSCURRENT", "AWSPENDING"])

    def test_a_function_that_fails(self):
        self.secret()
        self.rotate("failing")
        self.check_failed()

    def test_a_function_that_does_not_exist(self):
        self.secret()
        with self.assertRaises(self.secrets.exceptions.ResourceNotFoundException):
            self.rotate("missing")
        self.assertNotIn("RotationEnabled", self.secrets.describe_secret(SecretId="db"))

    def test_the_next_value_of_ones_own(self):
        self.secret()
        self.secrets.put_secret_value(SecretId="db", SecretString='{"password": "mine"}')
        self.assertEqual(self.password(), "mine")
        self.assertEqual(self.stages(), ["AWSCURRENT", "AWSPREVIOUS"])
