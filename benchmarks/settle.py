"""How long settling takes and how much memory, by the length of the game.

`python benchmarks/settle.py [MINUTES ...]`: 5, 15 and 60 if none are given. Tables of 13 people at
ten samples a second, with kits, appearance vectors and number reads, tracks that break about every
eight seconds and a cut every fifteen; each length in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from courtside.identity.settle import Given, settle_game
from courtside.settings import IdentitySettings
from courtside.sport import BASKETBALL
from identity_games import NUMBERS, PLAYERS, Recipe, play


def measure(minutes: float) -> dict[str, float]:
    """Return seconds, peak memory in MiB and what was decided for one game."""
    game = play(Recipe(seconds=60 * minutes, cut=15))
    before = getrusage(RUSAGE_SELF).ru_maxrss
    begun, worked = perf_counter(), process_time()
    settled = settle_game(game.rows, BASKETBALL, IdentitySettings(), Given(frames=game.frames))
    seconds, work = perf_counter() - begun, process_time() - worked
    drawn = np.array([number is not None for number in settled.rows["number"]])
    worn = np.array([*NUMBERS], object)[game.who]
    right = (settled.rows["number"] == worn) & (game.who < PLAYERS)
    return {
        "minutes": minutes,
        "rows": len(game.rows),
        "tracks": len(np.unique(game.rows["track"])),
        "seconds": seconds,
        "cpu_seconds": work,
        "peak_mib": getrusage(RUSAGE_SELF).ru_maxrss / 1024,
        "table_mib": before / 1024,
        "players": len(settled.players),
        "precision": float(right[drawn].mean()),
        "coverage": float(right[game.who < PLAYERS].mean()),
    }


def main() -> None:
    lengths = [float(text) for text in sys.argv[1:]] or [5.0, 15.0, 60.0]
    if len(lengths) == 1:
        print(json.dumps(measure(lengths[0])))
        return
    for minutes in lengths:
        command = [sys.executable, __file__, str(minutes)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        print(done.stdout.strip(), flush=True)


if __name__ == "__main__":
    main()
