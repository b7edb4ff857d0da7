"""RebootDBInstance: parameters come into use, a failover changes the zones."""

from moto.core.responses import ActionResult
from moto.rds.exceptions import InvalidParameterCombination
from moto.rds.models import Event, RDSBackend
from moto.rds.responses import RDSResponse

from patches.modifications import AT_REBOOT, apply_values, show_pending
from patches.parameters import is_noticed
from patches.statuses import need_available
from patches.stock import is_true, replaces
from patches.transitions import begin

# RDS User Guide, Amazon RDS event categories and event messages: RDS-EVENT-0006, 0013,
# 0015.
Event.EVENT_MAP.update(
    RESTARTED={"Categories": ["availability"], "Message": "DB instance restarted"},
    FAILOVER_STARTED={
        "Categories": ["failover"],
        "Message": "Multi-AZ instance failover started.",
    },
    FAILOVER_COMPLETED={
        "Categories": ["failover"],
        "Message": "Multi-AZ instance failover completed",
    },
)


def restart(instance):
    """What waited for a reboot is in use afterwards."""
    at_reboot = {n: instance.pending.pop(n) for n in AT_REBOOT if n in instance.pending}
    apply_values(instance, at_reboot)
    show_pending(instance)
    instance.pending_reboot = instance.pending_reboot and not is_noticed(instance)
    begin(instance, "rebooting")


# 12b. A reboot is visible, needs `available`, and with ForceFailover swaps the zones of
# a Multi-AZ instance and leaves events (RDS API, RebootDBInstance). Stock: nothing
# happens.
@replaces(RDSBackend, "reboot_db_instance")
def reboot_db_instance(_stock, self, db_instance_identifier, force_failover=False):
    instance = self.describe_db_instances(db_instance_identifier)[0]
    need_available(instance)
    if force_failover:
        if not instance.multi_az:
            raise InvalidParameterCombination(
                "ForceFailover cannot be specified since the instance is not configured "
                "for MultiAZ."
            )
        instance.availability_zone, instance.secondary_availability_zone = (
            instance.secondary_availability_zone,
            instance.availability_zone,
        )
    failover = ("FAILOVER_STARTED", "RESTARTED", "FAILOVER_COMPLETED")
    for event in failover if force_failover else ("RESTARTED",):
        instance.add_event(event)
    restart(instance)
    return instance


@replaces(RDSResponse, "reboot_db_instance")
def answer_reboot(_stock, self):
    instance = self.backend.reboot_db_instance(
        self.params.get("DBInstanceIdentifier"), is_true(self.params.get("ForceFailover"))
    )
    return ActionResult({"DBInstance": instance})
