"""A finished run folder from a table, as if its video had been looked at."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from courtside import rle
from courtside.game import Segment
from courtside.settings import Settings
from courtside.settling import settle
from courtside.sightings import FrameTable, Sightings
from courtside.store import run as store
from courtside.video.decode import Damage
from courtside.video.picture import Orientation
from courtside.video.probe import VideoFacts

SIZE = (720, 1280)
HASH = "ab" * 32
FACTS = VideoFacts(
    name="game.mp4", size_bytes=1, container="mov", codec="h264", width=SIZE[1], height=SIZE[0],
    coded_width=SIZE[1], coded_height=SIZE[0], orientation=Orientation(), pixel_aspect=Fraction(1),
    time_base=Fraction(1, 10), start_pts=0, frame_rate_from_header=Fraction(10),
    duration_from_header=None, frames_from_header=None, pixel_format="yuv420p", bit_depth=8,
    interlaced=False, audio=(),
)  # fmt: skip


def finished_run(folder: Path, rows: Sightings, frames: FrameTable, video: str = HASH) -> Path:
    """Write what looking would have left, settle it and mark the run as whole."""
    plan = store.Plan("1", "game.mp4", video, {}, Settings())
    store.prepare(folder, plan, force=False)
    mask = rle.encode(np.ones(SIZE, bool))
    indices = np.unique(frames["segment"])
    segments = tuple(Segment(int(i), int(np.argmax(frames["segment"] == i)), 0.0) for i in indices)
    looked = store.Checkpoint(None, {}, segments, Damage(), len(frames), {})
    middle = frames["frame"][len(frames) // 2]
    for chunk, early in enumerate((True, False)):  # in two chunks, as long videos are
        own = (rows["frame"] < middle) == early
        seen = rows.select(own).with_columns(mask=[mask] * int(own.sum()))
        part = frames.select((frames["frame"] < middle) == early)
        store.save_chunk(folder, chunk, seen, part, looked, FACTS)
    settle(folder, folder / "game.mp4", FACTS, plan, looked)
    store.complete(folder, plan, {})
    return folder
