"""Parameter groups, tags and security groups: free."""

from facts.catalog import API, GUIDE
from kit.account import attempt
from kit.probe import Probe, Seen

EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"


def _set(stage, group, **values):
    """`accepted` or `refused`, and AWS's words."""
    parameters = [
        {"ParameterName": n, "ParameterValue": v, "ApplyMethod": "pending-reboot"}
        for n, v in values.items()
    ]
    return attempt(
        stage.rds.modify_db_parameter_group, DBParameterGroupName=group, Parameters=parameters
    )


def _values(stage, group):
    pages = stage.rds.get_paginator("describe_db_parameters").paginate(
        DBParameterGroupName=group, Source="user"
    )
    shown = [parameter for page in pages for parameter in page["Parameters"]]
    return {p["ParameterName"]: p.get("ParameterValue") for p in shown}


class GroupsAtOnce(Probe):
    id = "parameters-at-once"
    fact = "a parameter group takes at most 20 parameters a call"
    source = API + "API_ModifyDBParameterGroup.html"
    believed = "21 are refused"
    otherwise = "pgha sends 20 a call, which is right under any higher limit"

    NAMES = (
        *("deadlock_timeout", "default_statistics_target", "from_collapse_limit"),
        *("geqo_effort", "geqo_generations", "geqo_pool_size", "geqo_threshold"),
        *("idle_in_transaction_session_timeout", "join_collapse_limit", "lock_timeout"),
        *("log_autovacuum_min_duration", "log_min_duration_statement", "log_temp_files"),
        *("maintenance_work_mem", "statement_timeout", "temp_buffers", "work_mem"),
        *("vacuum_cost_limit", "vacuum_cost_page_dirty", "vacuum_cost_page_hit"),
        "vacuum_cost_page_miss",
    )

    def run(self, stage):
        group = stage.parameter_group("at-once")
        answer, words = _set(stage, group, **dict.fromkeys(self.NAMES, "1000"))
        return Seen(f"{len(self.NAMES)} are {answer}", words if answer == "refused" else "")


class WholeCall(Probe):
    id = "parameters-whole-call"
    fact = "a call with one impossible parameter value changes none of the others"
    source = API + "API_ModifyDBParameterGroup.html"
    believed = "refused whole"
    otherwise = "what was changed after all is read again before the next plan"

    def run(self, stage):
        group = stage.parameter_group("whole")
        answer, words = _set(stage, group, work_mem="8192", log_statement="pgha-probe")
        if answer == "accepted":
            return Seen("accepted")
        kept = _values(stage, group)
        return Seen("in part" if "work_mem" in kept else "refused whole", words)


class ParameterCase(Probe):
    id = "parameter-name-case"
    fact = "a parameter name in capitals comes back in small letters, or is refused"
    source = API + "API_ModifyDBParameterGroup.html"
    believed = "never in capitals"
    otherwise = "pgha sends small letters only, so AWS never sees others"

    def run(self, stage):
        group = stage.parameter_group("case")
        answer, words = _set(stage, group, Work_Mem="8192")
        if answer == "refused":
            return Seen("never in capitals", words)
        names = sorted(_values(stage, group))
        lowered = all(name == name.lower() for name in names)
        return Seen("never in capitals" if lowered else "in capitals", ", ".join(names))


class ParameterValue(Probe):
    id = "parameter-value-as-sent"
    fact = "a switch reads back as on, off, 1 or 0, and a formula as it was sent"
    source = GUIDE + "USER_ParamValuesRef.html"
    believed = "one of those, and as sent"
    otherwise = "another spelling of the same value would be shown as drift, and set again"

    FORMULA = "{DBInstanceClassMemory/19062784}"

    def run(self, stage):
        group = stage.parameter_group("values")
        answer, words = _set(stage, group, log_connections="on", max_connections=self.FORMULA)
        if answer == "refused":
            return Seen("refused", words)
        values = _values(stage, group)
        switch, formula = values.get("log_connections"), values.get("max_connections")
        right = switch in ("on", "off", "1", "0") and formula == self.FORMULA
        return Seen(self.believed if right else "other", f"{switch} and {formula}")


class TagPrefix(Probe):
    id = "tag-prefixes"
    fact = "tag keys that begin with aws: or rds: are refused in any case"
    source = API + "API_Tag.html"
    believed = "all refused"
    otherwise = "`check` refuses them in any case, so the account is never asked"

    def run(self, stage):
        arn = stage.account.arn("rds", f"pg:{stage.parameter_group('tags')}")
        answers = {
            key: attempt(
                stage.rds.add_tags_to_resource,
                ResourceName=arn,
                Tags=[{"Key": key, "Value": "probe"}],
            )
            for key in ("aws:probe", "AWS:probe", "rds:probe", "Rds:probe")
        }
        taken = [key for key, (answer, _) in answers.items() if answer == "accepted"]
        words = next((w for a, w in answers.values() if a == "refused"), "")
        return Seen(f"taken: {', '.join(taken)}" if taken else "all refused", words)


class OneGroupAName(Probe):
    id = "lock-by-name"
    fact = "of two security groups with one name in one VPC the second is refused"
    source = EC2 + "API_CreateSecurityGroup.html"
    believed = "refused: InvalidGroup.Duplicate"
    otherwise = "pgha's lock is such a group: without this rule two applies could run at once"

    def run(self, stage):
        stage.security_group("lock")
        answer, words = stage.try_to_make(
            "security-group",
            stage.name("lock"),
            stage.account.client("ec2").create_security_group,
            GroupName=stage.name("lock"),
            Description="pgha probe",
            VpcId=stage.vpc(),
            TagSpecifications=[{"ResourceType": "security-group", "Tags": stage.tags()}],
        )
        if answer == "accepted":
            return Seen("accepted")
        return Seen(f"refused: {words.split(':')[0]}")


PROBES = [
    GroupsAtOnce(),
    WholeCall(),
    ParameterCase(),
    ParameterValue(),
    TagPrefix(),
    OneGroupAName(),
]
