"""How often a number is right, by how sure it was said to be.

`python benchmarks/calibration.py [GAMES]`: games of one minute as tables (three if not given), each
with and without cuts and appearance vectors. Prints for each band of `number_score` how many
sightings of players lie in it and which share is right, drawn or not; and what different values of
`identity.number` would draw.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from courtside.identity.case import Given
from courtside.identity.settle import settle_game
from courtside.settings import IdentitySettings
from courtside.sport import BASKETBALL

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from identity_games import NUMBERS, PLAYERS, Recipe, play

BANDS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0001)
RECIPES = (Recipe(), Recipe(cut=15), Recipe(looks=False))


def told(recipe: Recipe, seed: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return for each sighting of a player how sure the number is (0 for none), and if right."""
    game = play(recipe, seed)
    given = Given(frames=game.frames)
    settled = settle_game(game.rows, BASKETBALL, IdentitySettings(number=0.0), given)
    players = game.who < PLAYERS
    score = np.nan_to_num(settled.rows["number_score"][players])
    right = settled.rows["number"][players] == np.array([*NUMBERS], object)[game.who[players]]
    return score.astype(np.float64), np.asarray(right, np.bool_)


def main() -> None:
    games = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    found = [told(recipe, seed) for recipe in RECIPES for seed in range(games)]
    score = np.concatenate([scores for scores, _ in found])
    right = np.concatenate([rights for _, rights in found])
    print("| said | sightings | mean said | right |\n|---|---|---|---|")
    for low, high in pairwise(BANDS):
        inside = (score >= low) & (score < high) & (score > 0)
        if inside.any():
            band = f"{low:g} to {min(high, 1):g}"
            shares = f"{score[inside].mean():.3f} | {right[inside].mean():.3f}"
            print(f"| {band} | {inside.sum()} | {shares} |")
    print("\n| identity.number | precision | coverage |\n|---|---|---|")
    for least in (0.5, 0.7, 0.8, 0.9, 0.95, 0.98):
        drawn = score >= least
        print(f"| {least:g} | {right[drawn].mean():.4f} | {(right & drawn).mean():.3f} |")


if __name__ == "__main__":
    main()
