"""Our equilibria and those of Gambit for the same games: see README.md."""

import itertools
import json
import sys

import numpy as np
import pygambit

lines = [line for line in open(sys.argv[1]) if line.startswith("{")]
games = json.loads(lines[0])["games"]


def gambit(sizes, payoffs):
    """Gambit's equilibria, each as one list of probabilities."""
    tables = [np.array(table).reshape(sizes).astype(int) for table in payoffs]
    game = pygambit.Game.from_arrays(*tables)
    solve = pygambit.nash.enummixed_solve if len(sizes) == 2 else pygambit.nash.enumpoly_solve
    found = []
    for profile in solve(game).equilibria:
        mixes = [profile[player] for player in game.players]
        found.append([float(mix[strategy]) for player, mix in zip(game.players, mixes) for strategy in player.strategies])
    return found


def contains(found, mixes):
    return any(np.max(np.abs(np.array(other) - mixes)) < 1e-4 for other in found)


print("| game | ours | Gambit | in both |\n| --- | --- | --- | --- |")
missing = 0
for game in games:
    ours = [list(itertools.chain(*mixes)) for mixes in game["equilibria"]]
    theirs = gambit(game["sizes"], game["payoffs"])
    both = sum(contains(theirs, np.array(mixes)) for mixes in ours)
    missing += len(ours) + len(theirs) - 2 * both
    name = " x ".join(str(size) for size in game["sizes"])
    print(f"| {name} | {len(ours)} | {len(theirs)} | {both} |")
print(f"\n{missing} equilibria are found by one of the two only")
sys.exit(1 if missing else 0)
