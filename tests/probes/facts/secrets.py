"""Secrets and their rotation: cents."""

from kit.account import attempt
from kit.probe import Probe, Seen
from kit.stage import password

API = "https://docs.aws.amazon.com/secretsmanager/latest/apireference/"


def _secret(stage, what):
    """A secret of its own, with a password that opens nothing."""
    name = stage.name(what)
    secrets = stage.account.client("secretsmanager")
    stage.make(
        "secret",
        name,
        secrets.create_secret,
        Name=name,
        SecretString=password(),
        Tags=stage.tags(),
    )
    return secrets, name


class NameBlocked(Probe):
    id = "secret-name-blocked"
    fact = "the name of a deleted secret is blocked, and RestoreSecret brings it back"
    source = API + "API_DeleteSecret.html"
    believed = "blocked, then back"
    otherwise = "without the block a second secret would be made; its content is checked anyway"
    usd = 0.01

    def run(self, stage):
        secrets, name = _secret(stage, "blocked")
        secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)
        answer, words = attempt(
            secrets.create_secret, Name=name, SecretString=password(), Tags=stage.tags()
        )
        secrets.restore_secret(SecretId=name)
        there = "DeletedDate" not in secrets.describe_secret(SecretId=name)
        blocked = answer == "refused" and words.startswith("InvalidRequestException")
        seen = f"{'blocked' if blocked else answer}, then {'back' if there else 'gone'}"
        return Seen(seen, words if answer == "refused" else "")


class RotationRefused(Probe):
    id = "rotation-refused"
    fact = "rotation by a function that is not there is refused and leaves nothing set up"
    source = API + "API_RotateSecret.html"
    believed = "refused, and off"
    otherwise = "pgha reads whether rotation is set up before it plans to do so"
    usd = 0.01

    def run(self, stage):
        secrets, name = _secret(stage, "rotated")
        answer, words = attempt(
            secrets.rotate_secret,
            SecretId=name,
            RotationLambdaARN=stage.account.arn("lambda", "function:pgha-probe-missing"),
            RotationRules={"AutomaticallyAfterDays": 30},
            RotateImmediately=False,
        )
        shown = secrets.describe_secret(SecretId=name)
        stages = sorted({s for v in shown["VersionIdsToStages"].values() for s in v})
        on = "on" if shown.get("RotationEnabled") else "off"
        return Seen(f"{answer}, and {on}", f"{', '.join(stages)}; {words}")


PROBES = [NameBlocked(), RotationRefused()]
