"""Values each deal between a cloud and a lab in three arms (equity, commitment, channel) and writes docs/deals.md.

    cargo build
    python3 notebooks/deals_table.py [REPLICATIONS]

For each deal, `tollway compare --attribute` compares the baseline with a scenario without the deal and attributes the
difference to the three arms by Shapley values, on common random numbers.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOLLWAY = ROOT / "target" / "debug" / "tollway"
ENTERPRISES = 1000

# Deal: title, scenario without it, cloud, lab, and the edits of each arm.
DEALS = [
    ("AWS and OpenAI", "no-openai-deal", ("AWS", "aws"), ("OpenAI", "openai"), {
        "equity": "equity.aws-in-openai,tranche.aws-openai-contingent",
        "commitment": "commitment.openai-aws-38,commitment.openai-aws-100",
        "channel": "exclusivity.aws-openai-stateful,channel.openai-aws,channel.openai-aws-stateful,lab.openai.hosts",
    }),
    ("AWS and Anthropic", "no-anthropic-deal", ("AWS", "aws"), ("Anthropic", "anthropic"), {
        "equity": "equity.aws-in-anthropic",
        "channel": "channel.anthropic-aws,channel.anthropic-aws-stateful,lab.anthropic.hosts",
    }),
    ("Microsoft and OpenAI", "no-microsoft-openai-deal", ("Azure", "azure"), ("OpenAI", "openai"), {
        "equity": "equity.azure-in-openai",
        "commitment": "commitment.openai-azure-250",
        "channel": "exclusivity.azure-openai-api,channel.openai-azure,channel.openai-azure-stateful,"
                   "channel_share.openai-azure-all,lab.openai.hosts",
    }),
    ("Google and Anthropic", "no-google-anthropic-deal", ("Google Cloud", "google"), ("Anthropic", "anthropic"), {
        "equity": "equity.google-in-anthropic",
        "commitment": "commitment.anthropic-google-50",
        "channel": "channel.anthropic-google,lab.anthropic.hosts",
    }),
]

HEAD = """# What each deal is worth, and which part of it

`python3 notebooks/deals_table.py` makes this page with `tollway compare --attribute`: {replications} paired replications
of {enterprises} enterprises, seed 1. Each deal is compared with a scenario without it. A deal has up to three arms:

- **equity**: the stake, and tranches promised;
- **commitment**: the lab's take-or-pay commitments to the cloud;
- **channel**: the cloud sells the lab's models, exclusive rights, shares of revenue, and hosting of the lab's compute.

The value of an arm is its Shapley value: its mean contribution over all orders in which the arms can be added. *Alone* is
its value without the others, *last* its value on top of them. Intervals are at 95 %. Gross profit does not contain the
value of a stake; it stands in a line of its own. Where a deal has no commitment in the data, the arm is missing.

A cloud without a channel also loses the customers that would have bought other models there. Rivals do not answer the
loss with deals of their own.
"""


def values(deal, metrics, replications, folder):
    _, scenario, _, _, arms = deal
    command = [TOLLWAY, "compare", "scenarios/baseline.toml", f"scenarios/{scenario}.toml", "--attribute", "--json"]
    command += ["--replications", str(replications), "--enterprises", str(ENTERPRISES), "--out", folder, "--force"]
    for arm, edits in arms.items():
        command += ["--group", f"{arm}={edits}"]
    for metric in metrics:
        command += ["--metric", metric]
    command += ["--progress", "never"]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    found = json.loads(ran.stdout)
    half = {row["measure"]: row["half_width"] for row in found["metrics"]}
    return [(one, half[one["metric"]]) for one in found["attribution"]]


def billions(value, half=None):
    text = f"{value / 1e9:+.1f}"
    return text if half is None else f"{text} ± {half / 1e9:.1f}"


def main():
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    out = HEAD.format(replications=replications, enterprises=ENTERPRISES)
    with tempfile.TemporaryDirectory() as folder:
        for deal in DEALS:
            title, scenario, (cloud, cloud_id), (lab, lab_id), arms = deal
            metrics = [
                (f"{cloud}: gross profit over 36 months", f"sum(clouds.{cloud_id}.gross_profit_usd[1..36])"),
                (f"{cloud}: value of stakes in labs, month 36", f"holders.{cloud_id}.stakes_value_usd[36]"),
                (f"{lab}: cash in month 36", f"labs.{lab_id}.cash_usd[36]"),
            ]
            found = values(deal, [metric for _, metric in metrics], replications, folder)
            out += f"\n## {title}\n\nUSD bn; `scenarios/{scenario}.toml`.\n"
            for (name, metric), (one, half) in zip(metrics, found):
                assert one["metric"] == metric, (one["metric"], metric)
                out += f"\n**{name}**: the whole deal {billions(-one['total'], half)}.\n\n"
                out += "| arm | Shapley value | alone | last |\n| --- | --- | --- | --- |\n"
                rows = zip(one["edits"], one["values"], one["errors"], one["alone"], one["last"])
                # Taking the arm away changes the metric by the negative of what the arm is worth.
                for edit, value, error, alone, last in rows:
                    # Taken away first is what the arm adds last, and the other way round.
                    out += f"| {edit} | {billions(-value, 1.96 * error)} | {billions(-last)} | {billions(-alone)} |\n"
    (ROOT / "docs" / "deals.md").write_text(out)


if __name__ == "__main__":
    main()
