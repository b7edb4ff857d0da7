"""Secrets Manager: error codes and rotation."""

from moto.secretsmanager import exceptions
from moto.secretsmanager.exceptions import InvalidRequestException
from moto.secretsmanager.models import SecretsManagerBackend
from moto.secretsmanager.responses import SecretsManagerResponse

from patches.stock import replaces


# 24. ResourceNotFoundException is HTTP 400 (Secrets Manager API, Common Errors). Stock:
# 404.
@replaces(exceptions.SecretNotFoundException, "__init__")
def not_found(stock, self):
    stock(self)
    self.code = 400


# 25. The name of a secret that waits for its deletion is blocked: InvalidRequestException
# (Secrets Manager API, CreateSecret). Stock: ResourceExistsException, so a caller would
# adopt a secret that is about to vanish.
@replaces(SecretsManagerBackend, "create_secret")
def create_secret(stock, self, name, *args, **kwargs):
    secret = self.secrets.get(name)
    if secret is not None and secret.is_deleted():
        raise InvalidRequestException(
            "You can't create this secret because a secret with this name is already "
            "scheduled for deletion."
        )
    return stock(self, name, *args, **kwargs)


# 59. RotateSecret sets rotation up; it needs a function, sent or set before (Secrets
# Manager API, RotateSecret). The function is taken to exist and is not run. Stock: runs
# it in Docker, or without one replaces the value by nothing.
@replaces(SecretsManagerResponse, "rotate_secret")
def rotate_secret(_stock, self):
    name = self._get_param("SecretId")
    if not self.backend._is_valid_identifier(name):
        raise exceptions.SecretNotFoundException()
    secret = self.backend.secrets[name]
    function = self._get_param("RotationLambdaARN") or secret.rotation_lambda_arn
    if not function:
        raise InvalidRequestException(
            "No Lambda rotation function ARN is associated with this secret."
        )
    rules = self._get_param("RotationRules") or {}
    secret.rotation_requested = secret.rotation_enabled = True
    secret.rotation_lambda_arn = function
    if "AutomaticallyAfterDays" in rules:
        secret.auto_rotate_after_days = rules["AutomaticallyAfterDays"]
    return secret.to_short_dict()
