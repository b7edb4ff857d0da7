"""The result: a table for people, and the same for programs."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Row:
    """One probe's outcome."""

    id: str
    fact: str
    source: str
    expected: str
    seen: str
    note: str
    # confirmed, refuted, not decidable here, error; `emulator` for an emulator's answer,
    # which checks our own belief and not AWS.
    verdict: str
    agrees: bool | None


@dataclass(frozen=True)
class About:
    """When and where the rows were seen."""

    date: str
    region: str
    endpoint: str
    botocore: str
    run: str

    @classmethod
    def of(cls, account, run):
        """The account's part of it, now."""
        return cls(
            datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            account.region,
            account.endpoint_url or "AWS",
            account.botocore,
            run,
        )


def _cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def markdown(about, rows):
    """The table as Markdown."""
    lines = [
        f"Probes of {about.date}, {about.region}, {about.endpoint}, botocore {about.botocore}",
        "",
        "| id | fact | expected | seen | verdict |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        seen = f"{row.seen} ({row.note})" if row.note else row.seen
        cells = (row.id, row.fact, row.expected, seen, row.verdict)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def as_json(about, rows):
    """The table for programs."""
    return json.dumps({**asdict(about), "probes": [asdict(row) for row in rows]}, indent=2) + "\n"


def facts(probes):
    """The doubtful facts, as docs/limits.md lists them."""
    lines = ["| id | fact | source | if it is not so |", "|---|---|---|---|"]
    for probe in probes:
        cells = (f"`{probe.id}`", probe.fact, f"[source]({probe.source})", probe.otherwise)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"
