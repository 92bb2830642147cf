"""How long settling takes and how much memory, by the length of the game.

`python benchmarks/settle.py [MINUTES ...]`: 5, 15 and 60 if none are given. Tables of 13 people at
ten samples a second, with kits, appearance vectors and number reads, tracks that break about every
eight seconds and a cut every fifteen; each length in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from multiprocessing import Process
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np

from courtside.identity.case import Given
from courtside.identity.settle import settle_game
from courtside.settings import IdentitySettings
from courtside.sport import BASKETBALL
from courtside.store.table import read_frames, read_sightings, write_frames, write_sightings

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from identity_games import NUMBERS, PLAYERS, Recipe, play

TABLE, VECTORS, FRAMES = "sightings.parquet", "vectors.parquet", "frames.parquet"


def write(folder: Path, minutes: float) -> None:
    """Write the tables of a game, and who each row shows."""
    game = play(Recipe(seconds=60 * minutes, cut=15))
    write_sightings(game.rows, folder / TABLE, (720, 1280), folder / VECTORS)
    write_frames(game.frames, folder / FRAMES, Fraction(1, 10))
    np.save(folder / "who.npy", game.who)


def measure(folder: Path) -> dict[str, float]:
    """Return seconds, peak memory in MiB and what was decided; reading the tables counts."""
    begun, worked = perf_counter(), process_time()
    rows = read_sightings(folder / TABLE, folder / VECTORS)
    given = Given(frames=read_frames(folder / FRAMES))
    settled = settle_game(rows, BASKETBALL, IdentitySettings(), given)
    seconds, work = perf_counter() - begun, process_time() - worked
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    who = np.load(folder / "who.npy")
    drawn = np.array([number is not None for number in settled.rows["number"]])
    right = (settled.rows["number"] == np.array([*NUMBERS], object)[who]) & (who < PLAYERS)
    return {
        "rows": len(rows),
        "tracks": len(np.unique(rows["track"])),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(work, 1),
        "peak_mib": round(peak),
        "players": len(settled.players),
        "precision": round(float(right[drawn].mean()), 4),
        "coverage": round(float(right[who < PLAYERS].mean()), 3),
    }


def main() -> None:
    if len(sys.argv) == 3 and sys.argv[1] == "measure":
        print(json.dumps(measure(Path(sys.argv[2]))))
        return
    for minutes in [float(text) for text in sys.argv[1:]] or [5.0, 15.0, 60.0]:
        with TemporaryDirectory() as folder:
            # Made in a process of its own: its memory is not settling's.
            maker = Process(target=write, args=(Path(folder), minutes))
            maker.start()
            maker.join()
            command = [sys.executable, __file__, "measure", folder]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        print(minutes, done.stdout.strip(), flush=True)


if __name__ == "__main__":
    main()
