"""Our estimators and those of SALib and the EMA Workbench on the same samples: see README.md."""

import json
import sys

import numpy as np
import pandas as pd
from ema_workbench.analysis import prim
from SALib.analyze import sobol

lines = [line for line in open(sys.argv[1]) if line.startswith("{")]
ours = json.loads(lines[0])

# SALib wants, by base point: A, then AB_i for each input, then (without second order) B.
s = ours["sobol"]
a, b, mixed = np.array(s["a"]), np.array(s["b"]), np.array(s["mixed"])
y = np.column_stack([a, *mixed, b]).ravel()
problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[0, 1]] * 3}
peer = sobol.analyze(problem, y, calc_second_order=False, seed=1)
exact = {"first": [0.3139, 0.4424, 0.0], "total": [0.5576, 0.4424, 0.2437]}
print("| Ishigami, 4,096 base points | ours | SALib | exact |\n| --- | --- | --- | --- |")
for order, key in (("first", "S1"), ("total", "ST")):
    for i in range(3):
        print(f"| {order}, x{i + 1} | {s[order][i]:.4f} | {peer[key][i]:.4f} | {exact[order][i]:.4f} |")

p = ours["prim"]
x = pd.DataFrame(p["points"], columns=["x1", "x2", "x3", "x4"])
hits = np.array(p["hits"])
box = prim.Prim(x, hits, threshold=0.1, peel_alpha=0.05, mass_min=0.05, obj_function=prim.PRIMObjectiveFunctions.ORIGINAL).find_box()
theirs = box.peeling_trajectory
print("\n| PRIM, 1,000 points | coverage | density | mass |\n| --- | --- | --- | --- |")


def balanced(rows):
    return max(rows, key=lambda r: 2 * r[0] * r[1] / (r[0] + r[1]))


mine = balanced(p["trajectory"])
peer_best = balanced(theirs[["coverage", "density", "mass"]].to_numpy().tolist())
print("| best balanced box, ours | " + " | ".join(f"{v:.3f}" for v in mine) + " |")
print("| best balanced box, EMA Workbench | " + " | ".join(f"{v:.3f}" for v in peer_best) + " |")
inside = (x.x1 >= 0.7) & (x.x2 <= 0.5)
corner = [hits[inside].sum() / hits.sum(), hits[inside].mean(), inside.mean()]
print("| the planted corner, ours | " + " | ".join(f"{v:.3f}" for v in p["corner"]) + " |")
print("| the planted corner, counted here | " + " | ".join(f"{v:.3f}" for v in corner) + " |")
