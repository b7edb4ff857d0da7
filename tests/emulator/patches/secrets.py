"""Secrets Manager: error codes."""

from moto.secretsmanager import exceptions
from moto.secretsmanager.exceptions import InvalidRequestException
from moto.secretsmanager.models import SecretsManagerBackend

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
