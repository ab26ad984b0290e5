"""What the notebooks share: run the program, read its tables, draw a fan."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import polars as pl

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "output" / "notebooks"
# Okabe and Ito's colours, which colour-blind readers tell apart too.
COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8a8a", "#332288"]
plt.rcParams.update({"figure.figsize": (9, 4), "figure.dpi": 80, "axes.spines.top": False, "axes.spines.right": False})
pl.Config.set_tbl_width_chars(140).set_fmt_str_lengths(60).set_tbl_hide_column_data_types(True)
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=COLOURS)


def program():
    """The tollway program: installed, or built in this project by `cargo build`."""
    built = ROOT / "target" / "debug" / "tollway"
    found = str(built) if built.exists() else shutil.which("tollway")
    if found is None:
        raise FileNotFoundError("no tollway yet: run `cargo build` in the project's folder")
    return found


def tollway(*words, out=OUT):
    """Runs a command such as tollway("run", "scenarios/classroom.toml"); gives what it printed and the folder it wrote."""
    done = subprocess.run([program(), *map(str, words), "--out", str(out), "--force", "--progress", "never"],
                          cwd=ROOT, text=True, capture_output=True, env={**os.environ, "NO_COLOR": "1"})
    if done.returncode != 0:
        raise RuntimeError(done.stderr or done.stdout)
    written = [line for line in done.stdout.splitlines() if "Written to " in line][-1]
    return done.stdout, Path(written.split("Written to ")[1].removesuffix(":"))


def once(*words):
    """Runs a command into a folder of its own that nobody keeps, and gives the summary: for sliders."""
    with tempfile.TemporaryDirectory() as folder:
        _, run = tollway(*words, out=folder)
        return pl.read_csv(run / "summary.csv", schema_overrides={"mean": pl.Float64, "sd": pl.Float64})


def table(run, name):
    """A table of a run: clouds, labs, market, flows ... (docs/outputs.md lists all)."""
    return pl.read_parquet(run / f"{name}.parquet")


def quantiles(frame, measure, by):
    """Median and bands of a measure over replications, for each value of `by` (a list of columns)."""
    column = pl.col(measure)
    bands = [column.quantile(q, "linear").alias(name) for q, name in [(0.05, "p05"), (0.25, "p25"), (0.5, "p50"), (0.75, "p75"), (0.95, "p95")]]
    return frame.group_by(by, maintain_order=True).agg(bands)


def fan(axes, frame, scale=1.0, colour=COLOURS[0], label=None):
    """Draws p05 to p95, p25 to p75 and the median by month."""
    months = frame["month"].to_list()
    at = range(len(months))
    values = {name: frame[name] * scale for name in ["p05", "p25", "p50", "p75", "p95"]}
    axes.fill_between(at, values["p05"], values["p95"], color=colour, alpha=0.18, linewidth=0)
    axes.fill_between(at, values["p25"], values["p75"], color=colour, alpha=0.30, linewidth=0)
    axes.plot(at, values["p50"], color=colour, linewidth=2, label=label)
    ticks = list(at)[::12]
    axes.set_xticks(ticks, [months[tick] for tick in ticks])
    axes.set_ylim(bottom=0)
