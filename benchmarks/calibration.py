"""How often a number is right, by how sure it was said to be.

`python benchmarks/calibration.py [GAMES]`: games of one minute as tables (three if not given), each
with and without cuts and appearance vectors. `python benchmarks/calibration.py CACHE`: simulated
clips of a folder that `courtside bench sim --cache` filled, settled again from their runs; also
draws docs/calibration.svg. Prints for each band of `number_score` how many sightings of players lie
in it and which share is right, drawn or not; and what different values of `identity.number` would
draw.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from courtside.bench.clips import CLIPS
from courtside.evaluate.matching import asked_people, match
from courtside.evaluate.truth import load_truth
from courtside.identity.case import Given
from courtside.identity.report import leave_out_of_game
from courtside.identity.settle import settle_game
from courtside.settings import IdentitySettings
from courtside.settling import EVIDENCE
from courtside.sport import BASKETBALL
from courtside.store.opened import open_run
from courtside.store.table import read_sightings

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from identity_games import NUMBERS, PLAYERS, Recipe, play

BANDS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0001)
PLOT = Path(__file__).parents[1] / "docs" / "calibration.svg"
UNDRAWN = IdentitySettings(number=0.0)
Told = tuple[NDArray[np.float64], NDArray[np.bool_]]
RECIPES = (Recipe(), Recipe(cut=15), Recipe(looks=False))


def told(recipe: Recipe, seed: int) -> Told:
    """Return for each sighting of a player how sure the number is (0 for none), and if right."""
    game = play(recipe, seed)
    given = Given(frames=game.frames)
    settled = settle_game(game.rows, BASKETBALL, UNDRAWN, given)
    players = game.who < PLAYERS
    score = np.nan_to_num(settled.rows["number_score"][players])
    right = settled.rows["number"][players] == np.array([*NUMBERS], object)[game.who[players]]
    return score.astype(np.float64), np.asarray(right, np.bool_)


def told_of_clip(run: Path, truth: Path) -> Told:
    """Return the same for each person of a rendered clip that its run found; NaN counts as 0."""
    opened, right = open_run(run), load_truth(truth)
    rows = read_sightings(run / "sightings.parquet", run / "vectors.parquet", EVIDENCE)
    rows = leave_out_of_game(rows, opened.game.segments)
    rows = settle_game(rows, BASKETBALL, UNDRAWN, Given(frames=opened.frames)).rows
    asked = right.rows.select(asked_people(right) & (right.rows["role"] == "player"))
    asked = asked.select(np.array([number is not None for number in asked["number"]], np.bool_))
    first, second = match(asked, rows.select(rows["player"] >= 0), 0.5).T
    found = rows.select(rows["player"] >= 0).select(second)
    score = np.nan_to_num(found["number_score"]).astype(np.float64)
    return score, np.asarray(found["number"] == asked["number"][first], np.bool_)


def main() -> None:
    given = sys.argv[1] if len(sys.argv) > 1 else "3"
    if given.isdigit():
        found = [told(recipe, seed) for recipe in RECIPES for seed in range(int(given))]
    else:
        cache = Path(given)
        found = [told_of_clip(cache / f"{c.name}.run", cache / c.folder) for c in CLIPS]
    score = np.concatenate([scores for scores, _ in found])
    right = np.concatenate([rights for _, rights in found])
    tables(score, right)
    if not given.isdigit():
        plot(score, right)


def bands(score: NDArray[np.float64]) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return each band that holds anything, as told, and who lies in it (n,)."""
    inside = [(score >= low) & (score < high) & (score > 0) for low, high in pairwise(BANDS)]
    names = [f"{low:g} to {min(high, 1):g}" for low, high in pairwise(BANDS)]
    return [(name, own) for name, own in zip(names, inside, strict=True) if own.any()]


def tables(score: NDArray[np.float64], right: NDArray[np.bool_]) -> None:
    print("| said | sightings | mean said | right |\n|---|---|---|---|")
    for name, inside in bands(score):
        shares = f"{score[inside].mean():.3f} | {right[inside].mean():.3f}"
        print(f"| {name} | {inside.sum()} | {shares} |")
    print("\n| identity.number | precision | coverage |\n|---|---|---|")
    for least in (0.5, 0.7, 0.8, 0.9, 0.95, 0.98):
        drawn = score >= least
        print(f"| {least:g} | {right[drawn].mean():.4f} | {(right & drawn).mean():.3f} |")


def plot(score: NDArray[np.float64], right: NDArray[np.bool_]) -> None:
    """Draw the share that is right over what was said; dots as large as what lies in the band."""
    import matplotlib.pyplot as plt

    own = [inside for _, inside in bands(score)]
    said, share = ([float(v[i].mean()) for i in own] for v in (score, right))
    figure, axes = plt.subplots(figsize=(4.5, 4.5))
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1, label="as said")
    axes.scatter(said, share, [10 + i.sum() / 20 for i in own], alpha=0.7, label="measured")
    axes.set(xlabel="probability said", ylabel="share right", xlim=(0, 1.03), ylim=(0, 1.03))
    axes.legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(PLOT, metadata={"Date": None})


if __name__ == "__main__":
    main()
