"""Refusals that instances and clusters share."""

from patches.stock import fault

MONITORING_INTERVALS = {0, 1, 5, 10, 15, 30, 60}
INSIGHTS_RETENTION = {7, 731, *(31 * months for months in range(1, 24))}
ADVANCED_INSIGHTS_RETENTION = 465
# The default minor version of each major (RDS for PostgreSQL release calendar, August
# 2026).
DEFAULT_MINORS = {"14": "14.24", "15": "15.19", "16": "16.15", "17": "17.11", "18": "18.6"}
DEFAULT_MAJOR = "17"
DEFAULT_CERTIFICATE = "rds-ca-rsa2048-g1"


def full_version(version):
    """A major version alone means its default minor (RDS API, CreateDBInstance)."""
    version = version or DEFAULT_MAJOR
    return DEFAULT_MINORS.get(version, version)


def family_of(version):
    """The parameter group family of a version: postgres16 for 16.15."""
    return f"postgres{version.split('.')[0]}"


def check_family(group_name, family, version):
    """A parameter group is of the family of the engine's major version."""
    wanted = family_of(version)
    if family != wanted:
        raise fault(
            "InvalidParameterCombination",
            f"The parameter group {group_name} with DBParameterGroupFamily {family} can't "
            f"be used for this instance. Please use a parameter group with "
            f"DBParameterGroupFamily {wanted}",
        )


def check_retention(days, lowest=0):
    """Automated backups are kept for up to 35 days; clusters cannot turn them off."""
    if days is not None and not lowest <= int(days) <= 35:
        raise fault(
            "InvalidParameterValue",
            f"Invalid backup retention period: {days}. Must be {lowest}..35",
        )


def check_monitoring(interval, role):
    """Enhanced Monitoring needs a role exactly when it is on."""
    if interval not in MONITORING_INTERVALS:
        raise fault("InvalidParameterValue", f"Invalid monitoring interval: {interval}")
    if interval and not role:
        raise fault(
            "InvalidParameterCombination",
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval "
            "value other than 0.",
        )


def check_insights(enabled, mode, retention):
    """Advanced Database Insights builds on Performance Insights and its long retention."""
    if retention is not None and retention not in INSIGHTS_RETENTION:
        raise fault(
            "InvalidParameterValue",
            f"Invalid Performance Insights retention period: {retention}",
        )
    if mode == "advanced" and not (enabled and (retention or 0) >= ADVANCED_INSIGHTS_RETENTION):
        raise fault(
            "InvalidParameterCombination",
            "To enable the Advanced mode of Database Insights, enable Performance Insights "
            "and set its retention period to at least "
            f"{ADVANCED_INSIGHTS_RETENTION} days.",
        )


# 82. Stock: neither a key nor a mode is looked at.
def check_insights_change(request, enabled, live_key, key_of):
    """What a change of Performance Insights has to say besides.

    A call without a key asks for the default one, and the key never changes
    (https://github.com/hashicorp/terraform-provider-aws/issues/44046 and 42981); a key
    comes with EnablePerformanceInsights only (the same, 3015); the end of collection comes
    with the standard mode (RDS User Guide, Turning Performance Insights on and off).
    """
    switch = request.get("enable_performance_insights")
    key = request.get("performance_insights_kms_key_id")
    mode = request.get("database_insights_mode")
    retention = request.get("performance_insights_retention_period")
    if key is not None and switch is None:
        raise fault(
            "InvalidParameterCombination",
            "Can not set PerformanceInsightsKMSKeyId without EnablePerformanceInsights",
        )
    if enabled and switch is False and mode != "standard":
        raise fault(
            "InvalidParameterCombination",
            "To turn off Performance Insights, set DatabaseInsightsMode to standard.",
        )
    if (switch, mode, retention) == (None, None, None) or live_key is None:
        return
    if key_of(key) != live_key:
        raise fault(
            "InvalidParameterCombination",
            "You can't change your Performance Insights KMS key.",
        )


def check_cluster_password(password):
    """RDS API, ModifyDBCluster.MasterUserPassword: 8 to 41 characters."""
    if password and not 8 <= len(password) <= 41:
        raise fault("InvalidParameterValue", "The master password has 8 to 41 characters.")


def check_no_shrink(size, wanted):
    """Storage never shrinks in place."""
    if wanted is not None and int(wanted) < size:
        raise fault(
            "InvalidParameterCombination",
            "Invalid storage size for engine name postgres and storage type: storage "
            "cannot be reduced",
        )


def changed_logs(enabled, export):
    """The log types that are exported after CloudwatchLogsExportConfiguration."""
    disable = set(export.get("DisableLogTypes") or [])
    enable = [log for log in export.get("EnableLogTypes") or [] if log not in enabled]
    return [log for log in enabled if log not in disable] + enable
