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


def regret(payoffs, mixes):
    """The largest regret of a player, from the payoffs by all profiles."""
    regrets = []
    for player, table in enumerate(payoffs):
        values = np.moveaxis(np.array(table).reshape([len(mix) for mix in mixes]), player, 0)
        for mix in [mix for other, mix in enumerate(mixes) if other != player][::-1]:
            values = values @ np.array(mix)
        regrets.append(values.max() - values @ np.array(mixes[player]))
    return max(regrets)


print("| game | ours | Gambit | in both | largest regret of ours |\n| --- | --- | --- | --- | --- |")
lacking, worst = 0, 0.0
for game in games:
    ours = [list(itertools.chain(*mixes)) for mixes in game["equilibria"]]
    theirs = gambit(game["sizes"], game["payoffs"])
    both = sum(contains(ours, np.array(mixes)) for mixes in theirs)
    lacking += len(theirs) - both
    largest = max(regret(game["payoffs"], mixes) for mixes in game["equilibria"])
    worst = max(worst, largest)
    name = " x ".join(str(size) for size in game["sizes"])
    print(f"| {name} | {len(ours)} | {len(theirs)} | {both} | {largest:.1e} |")
print(f"\nGambit finds {lacking} equilibria that we do not")
sys.exit(1 if lacking or worst > 1e-3 else 0)
