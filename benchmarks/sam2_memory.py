"""Memory of following 12 objects with SAM 2.1 through a long film: it must not grow.

    PYTHONPATH=src python benchmarks/sam2_memory.py --frames 2000

Every 100 frames one object goes and another comes. The model is small, with random weights: what
is kept of a frame depends on neither.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import psutil

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from courtside.masks.sam2 import Options, Sam2State
from sam2_fakes import film, place, small_model

OBJECTS = 12
EVERY = 100
SIZE = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=2000)
    given = parser.parse_args()
    pictures = film(20, SIZE)
    state = Sam2State(small_model(size=SIZE), Options(mode="game", capacity=OBJECTS))
    for number in range(OBJECTS):
        state.add(number, place(number, SIZE))
    for frame in range(given.frames):
        if frame and frame % EVERY == 0:
            oldest = state.object_ids[0]
            state.remove(oldest)
            state.add(oldest + OBJECTS, place(oldest, SIZE))
            resident = psutil.Process().memory_info().rss / 2**20
            held = state.nbytes / 2**20
            print(f"frame {frame}: {resident:.0f} MiB resident, state {held:.2f} MiB", flush=True)
        state.step(pictures[frame % len(pictures)])


if __name__ == "__main__":
    main()
