"""KMS keys, and how RDS reports the key of a database."""

from moto.kms.models import KmsBackend

from patches.stock import fault, replaces


# 16. ScheduleKeyDeletion takes a key's ARN as well as its id (KMS API,
# ScheduleKeyDeletion.KeyId). Stock: an ARN is a KeyError, HTTP 500.
@replaces(KmsBackend, "schedule_key_deletion")
def schedule_key_deletion(stock, self, key_id, *args, **kwargs):
    return stock(self, key_id.split("/")[-1], *args, **kwargs)


def key_arn(backend, key_id):
    """What RDS answers as KmsKeyId: an ARN, whatever the request said.

    An ARN that KMS does not know is taken as it is: keys are not what pgha makes, and
    example specs name keys that no test could create with that id.
    """
    if key_id is None:
        return f"arn:aws:kms:{backend.region_name}:{backend.account_id}:key/aws-rds"
    if key_id.startswith("arn:") and ":key/" in key_id:
        if key_id.split(":")[3] != backend.region_name:
            raise fault(
                "KMSKeyNotAccessibleFault",
                f"KMS key {key_id} is not in {backend.region_name}",
            )
        return key_id
    return backend._validate_kms_key(key_id)
