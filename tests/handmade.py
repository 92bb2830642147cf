"""A run folder made by hand: a short film in which three people stand still."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from courtside import rle
from courtside.sightings import FrameTable, Sightings
from courtside.store.run import write_json
from courtside.store.table import write_frames, write_sightings
from film import picture, write_film

SIZE = (96, 160)
FRAMES = 4
BOXES = {0: (20, 20, 40, 80), 1: (60, 20, 80, 80), 2: (110, 20, 130, 80)}


def three_people(frames: int = FRAMES) -> Sightings:
    """Two players and a referee, each with a mask that fills the box, at 30 frames a second."""
    frame, who = (grid.ravel() for grid in np.mgrid[0:frames, 0:3])
    box = np.array([BOXES[int(w)] for w in who], float)
    return Sightings(
        {
            "frame": frame,
            "time": frame / 30,
            "segment": 0 * frame,
            "kind": [("player", "player", "referee")[w] for w in who],
            "role": [("player", "player", "referee")[w] for w in who],
            "track": who,
            "player": who,
            "team": [("light", "dark", None)[w] for w in who],
            "number": [("4", "10", None)[w] for w in who],
            "mask": [rle.encode(filled(int(w))) for w in who],
            **{name: box[:, i] for i, name in enumerate(("x1", "y1", "x2", "y2"))},
        }
    )


def filled(who: int) -> rle.Mask:
    x1, y1, x2, y2 = BOXES[who]
    mask = np.zeros(SIZE, np.bool_)
    mask[y1:y2, x1:x2] = True
    return mask


def write_game(folder: Path, frames: int = FRAMES) -> Path:
    """Write the film, return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "video.mp4"
    write_film(path, [picture(i, SIZE[1], SIZE[0]) for i in range(frames)])
    return path


def write_run(folder: Path, video: Path, rows: Sightings, frames: int = FRAMES) -> Path:
    """Write a complete run folder of the film, return it."""
    folder.mkdir(parents=True, exist_ok=True)
    index = np.arange(frames)
    table = {"frame": index, "pts": index, "time": index / 30, "segment": 0 * index}
    write_frames(FrameTable(table), folder / "frames.parquet", Fraction(1, 30))
    write_sightings(rows, folder / "sightings.parquet", SIZE, folder / "vectors.parquet")
    teams = [{"name": "light", "colour": [240, 240, 240]}, {"name": "dark", "colour": [20, 30, 90]}]
    write_json(folder / "players.json", {"teams": teams, "players": []})
    facts = {"name": video.name, "path": str(video), "segments": [], "court": {"league": None}}
    write_json(folder / "video.json", facts)
    write_json(folder / "manifest.json", {"video": video.name})
    return folder
