"""Rotations that run, and how they end.

59, 69. RotateSecret needs a function, sent or set before (Secrets Manager API,
RotateSecret). Nothing is run in Docker: the function's name says how it ends. One called `missing`
does not exist, one called `failing` fails, and any other does what AWS's template for
PostgreSQL does: it wants `engine`, `host`, `username` and `password` in the secret,
logs in to the database at `host`, changes the password and makes the new version
`AWSCURRENT` (Secrets Manager User Guide, Secret structure; Rotation by Lambda function).
A rotation that fails leaves the new version as `AWSPENDING`, and the next one is an error
until it is over (Secrets Manager API, RotateSecret). Without `RotateImmediately` it runs
at once; `false` only tests the function, and leaves nothing behind.
`POST /emulator/rotate/ACCOUNT` is the day on which every rotation that is set up is due.
Stock: runs the function in Docker, or without one replaces the value by nothing.
"""

import json
import time
import uuid

from moto.rds.models import rds_backends
from moto.secretsmanager import exceptions
from moto.secretsmanager.exceptions import InvalidRequestException
from moto.secretsmanager.models import secretsmanager_backends
from moto.secretsmanager.responses import SecretsManagerResponse

from patches.control import on_post
from patches.stock import replaces

NEEDED = ("engine", "host", "username", "password")


def _version(secret, stage):
    return next((v for v in secret.versions.values() if stage in v["version_stages"]), None)


def _is_pending(secret):
    pending = _version(secret, "AWSPENDING")
    return pending is not None and "AWSCURRENT" not in pending["version_stages"]


def _database_at(account, host):
    for backend in list(rds_backends[account].values()):
        for database in backend.databases.values():
            if database.endpoint.get("Address") == host:
                return database
        for cluster in backend.clusters.values():
            if cluster.endpoint == host:
                return cluster
    return None


def _logs_in(secret, content):
    """Whether the template's function could log in with what the secret holds."""
    if any(not content.get(member) for member in NEEDED):
        return None
    database = _database_at(secret.account_id, content["host"])
    if database is None or database._master_user_password != content["password"]:
        return None
    return database


def _content(version):
    try:
        content = json.loads(version.get("secret_string") or "")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _add_version(secret, text):
    version = str(uuid.uuid4())
    secret.versions[version] = {
        "secret_string": text,
        "createdate": int(time.time()),
        "version_id": version,
        "version_stages": ["AWSPENDING"],
    }
    return secret.versions[version]


def _finish(secret, pending):
    for version in secret.versions.values():
        stages = set(version["version_stages"])
        if "AWSCURRENT" in stages:
            version["version_stages"] = ["AWSPREVIOUS"]
        elif "AWSPREVIOUS" in stages:
            version["version_stages"] = []
    pending["version_stages"] = ["AWSCURRENT", "AWSPENDING"]
    secret.set_default_version_id(pending["version_id"])
    secret.secret_string = pending["secret_string"]
    secret.last_rotation_date = int(time.time())


def rotate(secret):
    """One rotation, to its good or bad end."""
    current = _version(secret, "AWSCURRENT")
    if current is None:
        return
    content = _content(current)
    changed = json.dumps({**content, "password": f"rotated-{uuid.uuid4().hex[:16]}"})
    pending = _add_version(secret, changed)
    database = _logs_in(secret, content)
    if secret.rotation_lambda_arn.endswith(":failing") or database is None:
        return
    database.master_user_password = json.loads(changed)["password"]
    _finish(secret, pending)


def _check_function(function):
    if not function:
        raise InvalidRequestException(
            "No Lambda rotation function ARN is associated with this secret."
        )
    if function.endswith((":missing", "-missing")):
        raise exceptions.ResourceNotFoundException(f"Lambda can't find the function {function}.")


@replaces(SecretsManagerResponse, "rotate_secret")
def rotate_secret(_stock, self):
    name = self._get_param("SecretId")
    if not self.backend._is_valid_identifier(name):
        raise exceptions.SecretNotFoundException()
    secret = self.backend.secrets[name]
    function = self._get_param("RotationLambdaARN") or secret.rotation_lambda_arn
    _check_function(function)
    if _is_pending(secret):
        raise InvalidRequestException(
            "A previous rotation isn't complete. That rotation will be reattempted."
        )
    rules = self._get_param("RotationRules") or {}
    secret.rotation_requested = secret.rotation_enabled = True
    secret.rotation_lambda_arn = function
    if "AutomaticallyAfterDays" in rules:
        secret.auto_rotate_after_days = rules["AutomaticallyAfterDays"]
    if self._get_param("RotateImmediately") is not False:
        rotate(secret)
    return secret.to_short_dict()


@on_post("rotate")
def rotate_all(account):
    """Every rotation that is set up."""
    for backend in list(secretsmanager_backends[account].values()):
        for secret in list(backend.secrets.values()):
            if getattr(secret, "rotation_enabled", False) and not _is_pending(secret):
                rotate(secret)
