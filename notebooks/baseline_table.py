"""Month 1 of a baseline run against the calibration data: prints the table of docs/baseline.md.

    python3 notebooks/baseline_table.py output/baseline-<hash>-s1

Data are those of vintage 2026-03-31: parameter, value, low, high. Model values are means over replications.
"""

import csv
import sys
import tomllib
from collections import defaultdict

RUN = sys.argv[1]
rows = defaultdict(dict)
with open(f"{RUN}/summary.csv", newline="") as file:
    for row in csv.DictReader(file):
        rows[row["table"], row["entity"], row["measure"]][row["month"]] = float(row["mean"])
with open(f"{RUN}/scenario.toml", "rb") as file:
    scenario = tomllib.load(file)
months = sorted(next(iter(rows.values())))


def at(table, entity, measure, month=0):
    return rows[table, entity, measure][months[month]]


def year(measure):
    return sum(at("market", "market", measure, month) for month in range(12)) / 12


def annual(month=0):
    """From a month's money to a yearly rate, by the days of the month."""
    days = {"04": 30, "05": 31}[months[month][-2:]]
    return 365.25 / days


def minutes(month=0):
    return 365.25 / annual(month) * 24 * 60


def cloud_ai(cloud):
    """AI revenue, rent from demand outside the model and seats, USD bn a year."""
    parts = ("ai_revenue_usd", "outside_ai_usd", "seats_usd")
    return sum(at("clouds", cloud, part) for part in parts) * annual() * 1e-9


def blended(tier):
    """List price of a tier at 3 input to 1 output, weighted by the labs' shares of enterprise spend."""
    share = {lab["name"]: at("labs", lab["name"], "usage_usd") for lab in scenario["lab"]}
    models = [m for m in scenario["model"] if m["tier"] == tier]
    price = sum(share[m["lab"]] * (m["price_in"]["value"] * 0.75 + m["price_out"]["value"] * 0.25) for m in models)
    return price / sum(share[m["lab"]] for m in models)


run_rate = {lab: [at("labs", lab, "run_rate_usd", month) * 1e-9 for month in (0, 1)] for lab in ("openai", "anthropic")}
both = [run_rate["openai"][month] + run_rate["anthropic"][month] for month in (0, 1)]
usage = at("labs", "anthropic", "usage_usd")
spend = at("market", "market", "spend_usd")
routed = {r["name"]: at("routers", r["name"], "routed_usd") for r in scenario["router"]}
hosting = sum(at("clouds", c["name"], "open_hosting_usd") for c in scenario["cloud"])

TABLE = [
    ("Run rate of OpenAI and Anthropic, USD bn a year", both[0], 43, 38, 55),
    ("Its growth a month, month 1 to 2", both[1] / both[0] - 1, 0.134, 0.10, 0.16),
    ("Run rate of OpenAI, USD bn a year", run_rate["openai"][0], 24, 24, 25),
    ("Run rate of Anthropic, USD bn a year", run_rate["anthropic"][0], 19, 14, 30),
    ("Share of OpenAI in enterprise spend", at("labs", "openai", "usage_share"), 0.27, 0.25, 0.56),
    ("Share of Anthropic in enterprise spend", at("labs", "anthropic", "usage_share"), 0.40, 0.18, 0.48),
    ("Share of open weights in enterprise spend", at("market", "market", "open_weight_share"), 0.11, 0.05, 0.15),
    ("Share of stateful platforms in spend", at("market", "market", "stateful_share"), 0.10, 0.05, 0.15),
    ("Enterprises that use three labs or more", at("market", "market", "multi_lab_share"), 0.81, 0.68, 0.85),
    ("Tokens of OpenAI, billion a minute", at("labs", "openai", "mtok") * 1e-3 / minutes(), 15, 6, 15),
    ("AWS home share (cloud market share)", next(c for c in scenario["cloud"] if c["name"] == "aws")["home_share"]["value"], 0.28, 0.27, 0.29),
    ("Azure home share (cloud market share)", next(c for c in scenario["cloud"] if c["name"] == "azure")["home_share"]["value"], 0.21, 0.20, 0.22),
    ("Google home share (cloud market share)", next(c for c in scenario["cloud"] if c["name"] == "google")["home_share"]["value"], 0.14, 0.13, 0.15),
    ("AWS AI revenue and rent from outside, USD bn a year", cloud_ai("aws"), 15, 15, 18),
    ("Azure AI revenue, rent from outside and seats, USD bn a year", cloud_ai("azure"), 37, 37, 37),
    ("Hosted open weights, USD bn a year", hosting * annual() * 1e-9, 1.5, 0.8, 2.2),
    ("Independent routers' share of spend", routed["independent"] / spend, 0.037, 0.024, 0.056),
    ("Independent routers' take rate", at("routers", "independent", "take_rate"), 0.0525, 0.0, 0.055),
    ("Hyperscaler routing fee", at("routers", "aws-router", "take_rate"), 0.0, 0.0, 0.08),
    ("Flagship list price, 3:1 blend, USD per Mtok", blended("flagship"), 7.8, 5.6, 10.0),
    ("Mid list price", blended("mid"), 5.0, 3.4, 6.0),
    ("Small list price", blended("small"), 0.8, 0.14, 2.0),
    ("Open-weight list price", blended("open-weight"), 0.48, 0.2, 1.1),
    ("Contract rent, USD per H100e-h (AWS)", at("clouds", "aws", "rent_contract_usd_per_h"), 1.31, 1.15, 1.5),
    ("Spot rent, USD per H100e-h (AWS)", at("clouds", "aws", "rent_spot_usd_per_h"), 2.35, 1.9, 2.8),
    ("Moves to another lab's model a year, first year", year("model_switch_rate"), 0.11, 0.05, 0.25),
    ("Moves to another cloud a year, first year", year("cloud_switch_rate"), 0.008, 0.002, 0.01),
    ("Price elasticity of usage (model: mode of its range)", scenario["demand"]["price_elasticity"]["mode"], -1.11, -1.5, -0.5),
]

# Numbers of the scenario that the first month only repeats.
INPUT = ("home share", "routing fee", "take rate", "list price", "elasticity")

print("| what | model | data | low | high | difference | |\n| --- | --- | --- | --- | --- | --- | --- |")
for what, model, data, low, high in TABLE:
    verdict = "" if low - 1e-9 <= model <= high + 1e-9 else "**miss**"
    if not verdict and any(word in what.lower() for word in INPUT):
        verdict = "input"
    difference = f"{model / data - 1:+.0%}" if data else f"{model:+.3g}"
    bounds = f"{low:g} | {high:g}" if low < high else "- | -"
    print(f"| {what} | {model:.3g} | {data:g} | {bounds} | {difference} | {verdict} |")
