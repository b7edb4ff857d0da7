"""How often a volume may change."""

from collections import defaultdict

from moto.rds.models import RDSBackend, rds_backends

import patches.modifications  # noqa: F401  its patch of the same call comes first
from patches.control import on_post
from patches.stock import fault, replaces

A_DAY = 4
STORAGE = {
    "allocated_storage": int,
    "storage_type": str,
    "iops": int,
    "storage_throughput": int,
}
_changes = defaultdict(int)


def _is_change(instance, request):
    return any(
        request.get(name) is not None and kind(request[name]) != getattr(instance, name, None)
        for name, kind in STORAGE.items()
    )


# 73. A volume changes four times within 24 hours and no more (RDS User Guide, Settings for
# DB instances, Allocated storage; the code is a guess). There is no clock:
# `POST /emulator/next-day/ACCOUNT` forgets what was. Stock: as often as anybody likes.
@replaces(RDSBackend, "modify_db_instance")
def modify_db_instance(stock, self, db_instance_identifier, db_kwargs):
    instance = self.describe_db_instances(db_instance_identifier)[0]
    changes = _is_change(instance, db_kwargs)
    if changes and _changes[instance.dbi_resource_id] >= A_DAY:
        raise fault(
            "InvalidParameterCombination",
            "You can't modify the storage of this DB instance: it was modified four times in "
            "the last 24 hours.",
        )
    answer = stock(self, db_instance_identifier, db_kwargs)
    if changes:
        _changes[instance.dbi_resource_id] += 1
    return answer


@on_post("next-day")
def next_day(account):
    for backend in list(rds_backends[account].values()):
        for instance in backend.databases.values():
            _changes.pop(getattr(instance, "dbi_resource_id", None), None)
