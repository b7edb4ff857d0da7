"""What a run costs, from published prices and not from a look-up.

On-demand prices of us-east-1 in USD, written down in November 2026 and rounded up. Other
regions and later months differ: this is what a person agrees to, not what AWS bills.
"""

AS_OF = "2026-11"
# A database counts for at least ten minutes each time it runs (RDS pricing page).
HOURLY = {
    # db.t4g.micro, PostgreSQL, one zone, with 20 GiB of gp3.
    "database": 0.02,
    "replica": 0.02,
    # The same with 400 GiB of gp3.
    "striped": 0.09,
    # Three db.c6gd.medium with 100 GiB each and 3000 IOPS.
    "cluster": 0.80,
    # Two vCPU, the least that a proxy is billed for, and one endpoint more.
    "proxy": 0.05,
}
# Minutes until a shared thing can be used.
SETUP = {"database": 12, "replica": 15, "striped": 12, "cluster": 20, "proxy": 10}
# Deleting everything, which is billed in part.
CLEANUP_MINUTES = 20


def minutes(probes):
    """How long a run of these probes takes, one after the other."""
    needs = {need for probe in probes for need in probe.needs}
    setup = sum(SETUP.get(need, 0) for need in needs)
    return setup + sum(probe.minutes for probe in probes) + (CLEANUP_MINUTES if needs else 1)


def usd(probes):
    """What the run costs at most: each shared thing lives from its first use to the end."""
    total, left, seen = 0.0, minutes(probes), set()
    for probe in probes:
        for need in probe.needs:
            if need not in seen:
                seen.add(need)
                total += HOURLY.get(need, 0.0) * left / 60
                left -= SETUP.get(need, 0)
        total += probe.usd
        left -= probe.minutes
    return round(total + 0.005, 2)
