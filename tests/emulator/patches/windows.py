"""Backup and maintenance windows."""

from moto.rds import utils

from patches.stock import replaces


# 1. Windows that touch do not overlap: 03:00-04:00 and sun:04:00-sun:05:00 are fine
# (RDS API, CreateDBInstance.PreferredBackupWindow: "must not conflict"). Stock: the
# comparison is `>= 0`, so touching counts as an overlap.
@replaces(utils, "get_overlap_between_two_date_ranges")
def get_overlap_between_two_date_ranges(stock, *ranges):
    overlap = stock(*ranges)
    return -1 if overlap == 0 else overlap
