"""Runs every question scenario against its reference on the same luck and writes docs/mechanisms.md.

    cargo build
    python3 notebooks/mechanisms_table.py [REPLICATIONS]

Differences are paired by replication: the scenario less its reference, mean and 95 % interval. Rows, and what each
mechanism is shown with, are in notebooks/mechanisms.csv.
"""

import csv
import math
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOLLWAY = ROOT / "target" / "debug" / "tollway"
HEADLINES = [
    ("clouds/aws/gross_profit_usd", "AWS gross profit, last month"),
    ("market/market/months_to_leave_cloud", "months of spend to leave a cloud"),
]
# Quantile 0.975 of Student's t at 30 degrees of freedom and more: 2.04 falling to 1.96.
T = 1.98


def run(name, replications, folder):
    """Runs a scenario; returns its tables' rows of the last month by (table, entity, replication)."""
    out = folder / name
    command = [TOLLWAY, "run", ROOT / "scenarios" / f"{name}.toml", "--replications", str(replications)]
    command += ["--format", "csv", "--out", out, "--progress", "never"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (result,) = out.iterdir()
    rows = {}
    for table, key in [("clouds", "cloud"), ("labs", "lab"), ("routers", "router"), ("segments", "segment"),
                       ("market", "market"), ("vendors", "vendor"), ("integrators", "integrator"),
                       ("regulators", "regulator"), ("holders", "holder")]:
        with open(result / f"{table}.csv", newline="") as file:
            lines = list(csv.DictReader(file))
        last = max(line["month"] for line in lines)
        for line in lines:
            if line["month"] == last:
                rows[table, line.get(key, "market"), int(line["replication"])] = line
    return rows


def values(ran, path, replications):
    table, entity, measure = path.split("/")
    return [float(ran[table, entity, index][measure]) for index in range(replications)]


def paired(arm, reference, path, replications):
    """Mean difference, half-width of its 95 % interval, and the reference's mean."""
    left, right = values(arm, path, replications), values(reference, path, replications)
    gaps = [a - b for a, b in zip(left, right)]
    mean = sum(gaps) / len(gaps)
    sd = math.sqrt(sum((g - mean) ** 2 for g in gaps) / (len(gaps) - 1))
    return mean, T * sd / math.sqrt(len(gaps)), sum(right) / len(right)


def effect(difference):
    """A difference in words: in per cent of the reference where it has one, else as it is."""
    mean, half, base = difference
    if mean == 0 and half == 0:
        return "0 exactly"
    if abs(base) > 1e-9:
        mean, half, unit = 100 * mean / abs(base), 100 * half / abs(base), " %"
    else:
        unit = ""
    digits = 2 if half < 1 else 1 if half < 10 else 0
    if unit == "" and abs(mean) >= 1e5:
        return f"{mean / 1e9:+.3g} ± {half / 1e9:.2g} bn"
    if unit == "" and abs(mean) < 0.05:
        return f"{mean:+.2g} ± {half:.1g}"
    if abs(mean) > 1000:
        return f"{mean:+.0f} ± {half:.0f}{unit}"
    return f"{mean:+.{digits}f} ± {half:.{digits}f}{unit}"


def main():
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with open(ROOT / "notebooks" / "mechanisms.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    text = (ROOT / "notebooks" / "mechanisms_head.md").read_text().replace("REPLICATIONS", str(replications))
    for kind in ("acts", "formula", "input"):
        text = text.replace(f"N{kind.upper()}", str(sum(row["kind"] == kind for row in rows)))
    done = {}
    with tempfile.TemporaryDirectory() as folder:
        wanted = {r["overlay"] for r in rows} | {r["reference"] or "baseline" for r in rows}
        for name in sorted(wanted):
            print(name, file=sys.stderr, flush=True)
            done[name] = run(name, replications, Path(folder) / name)
        lines = ["| | mechanism or actor | kind | where | parameter | scenario | test | " +
                 " | ".join(label for _, label in HEADLINES) + " | its own measure |",
                 "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
        for row in rows:
            arm, reference = done[row["overlay"]], done[row["reference"] or "baseline"]
            effects = [effect(paired(arm, reference, path, replications)) for path, _ in HEADLINES]
            own = effect(paired(arm, reference, row["measure"], replications))
            against = f" against {row['reference']}" if row["reference"] else ""
            lines.append(f"| {row['id']} | {row['name']} | {row['kind']} | `{row['where']}` | `{row['parameter']}` | "
                         f"`{row['overlay']}`{against} | `{row['test']}` | " + " | ".join(effects) +
                         f" | `{row['measure']}` {own} |")
    (ROOT / "docs" / "mechanisms.md").write_text(text.rstrip() + "\n\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
