"""The table of what tuning brought."""

from ..schedules.records import Records, kind_of

AIM = 1.3


def report(records: Records, keys: list[str], relaxed: bool) -> str:
    """Workloads by how much faster their tiles are than those used without records."""
    measured = records.measured[kind_of(relaxed)]
    rows = sorted(((measured[key], key) for key in keys if key in measured), key=lambda row: (-row[0].ratio, row[1]))
    lines = [f"{'workload':48} {'default':>8} {'tuned':>8} {'times':>6}  quartiles"]
    for found, key in rows:
        speeds = f"{found.default_gflops:8.1f} {found.gflops:8.1f} {found.ratio:6.2f}"
        lines.append(f"{key:48} {speeds}  {found.quartiles[0]:.2f} to {found.quartiles[1]:.2f}")
    reached = sum(found.ratio >= AIM for found, _ in rows)
    return "\n".join([*lines, f"GFLOP/s; {reached} of {len(rows)} workloads are at least {AIM} times as fast"])
