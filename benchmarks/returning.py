"""How many players get their identity back when they come back after a cut or an exit.

`python benchmarks/returning.py CACHE`: a folder that `courtside bench sim --cache` filled, with the
run folder of each clip beside its truth as `NAME.run`. Somebody returns when seen again after
two seconds unseen, or after a cut. Prints for each clip how many returned, and how many of those
are one player of the run before and after; `drawn` counts only those whose number was drawn before.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from courtside.bench.clips import CLIPS
from courtside.evaluate.matching import asked_people, match
from courtside.evaluate.truth import Truth, load_truth
from courtside.sightings import Sightings
from courtside.store.opened import open_run

AWAY = 2.0  # seconds
NEAR = 1.0  # seconds of either side that tell which player it is


@dataclass(frozen=True)
class Seen:
    """Rows of the truth that a run saw too, one after another (n,)."""

    who: NDArray[np.int64]
    time: NDArray[np.float64]
    segment: NDArray[np.int64]
    player: NDArray[np.int64]
    numbered: NDArray[np.bool_]


def seen(run: Path, truth: Truth) -> Seen:
    """Return players of the truth with who the run took them for."""
    rows = Sightings.concat(open_run(run).iterate())
    rows = rows.select(rows["player"] >= 0)
    right = truth.rows.select(asked_people(truth))
    right = right.select(right["role"] == "player")
    first, second = match(right, rows, 0.5).T
    order = np.lexsort((right["frame"][first], right["player"][first]))
    first, second = first[order], second[order]
    drawn = np.array([number is not None for number in rows["number"][second]], np.bool_)
    return Seen(
        right["player"][first].astype(np.int64),
        right["time"][first].astype(np.float64),
        rows["segment"][second].astype(np.int64),
        rows["player"][second].astype(np.int64),
        drawn,
    )


def returns(game: Seen) -> list[tuple[bool, bool]]:
    """Return of each who came back: whether it is one player, and whether the number was drawn."""
    same = game.who[1:] == game.who[:-1]
    away = np.diff(game.time) >= AWAY
    back = np.flatnonzero(same & (away | (np.diff(game.segment) != 0))) + 1
    told = []
    for row in back.tolist():
        own = game.who == game.who[row]
        before = own & (game.time < game.time[row]) & (game.time >= game.time[row - 1] - NEAR)
        after = own & (game.time >= game.time[row]) & (game.time <= game.time[row] + NEAR)
        one = most(game.player[before]) == most(game.player[after])
        told.append((one, bool(game.numbered[own & (game.time < game.time[row])].any())))
    return told


def most(values: NDArray[np.int64]) -> int:
    """Return the value that is there most often."""
    names, counts = np.unique(values, return_counts=True)
    return int(names[np.argmax(counts)])


def line(name: str, told: list[tuple[bool, bool]]) -> str:
    one = np.array([pair[0] for pair in told], np.bool_)
    drawn = np.array([pair[1] for pair in told], np.bool_)
    share = [f"{kept.mean():.2f}" if len(kept) else "-" for kept in (one, one[drawn])]
    return f"| {name} | {len(one)} | {share[0]} | {int(drawn.sum())} | {share[1]} |"


def main() -> None:
    cache, found = Path(sys.argv[1]), []
    print("| clip | returned | one player | of those drawn before | one player |")
    print("|---|---|---|---|---|")
    for clip in CLIPS:
        told = returns(seen(cache / f"{clip.name}.run", load_truth(cache / clip.folder)))
        found += told
        print(line(clip.name, told))
    print(line("all", found))


if __name__ == "__main__":
    main()
