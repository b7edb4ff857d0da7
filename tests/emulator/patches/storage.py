"""What RDS for PostgreSQL says of storage."""

from patches.stock import fault

# Below this size gp3 is one volume with fixed figures; from it on, four volumes
# striped (RDS User Guide, Amazon RDS DB instance storage).
GP3_STRIPED_FROM = 400
GP3_SMALL = (3000, 125)
GP3_STRIPED = (12000, 500)


def check_gp3(storage_type, size, iops, throughput):
    """Small gp3 volumes take neither IOPS nor throughput in a request."""
    if storage_type == "gp3" and size < GP3_STRIPED_FROM and (iops or throughput):
        raise fault(
            "InvalidParameterCombination",
            "You can't specify IOPS or storage throughput for engine postgres and a "
            f"storage size less than {GP3_STRIPED_FROM}.",
        )


def read_back(storage_type, size, iops, throughput):
    """The IOPS and throughput that a describing call shows."""
    if storage_type != "gp3":
        return iops, None
    if size < GP3_STRIPED_FROM:
        return GP3_SMALL
    return iops or GP3_STRIPED[0], throughput or GP3_STRIPED[1]
