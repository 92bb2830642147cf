"""When and where parts of tracks were seen, and how fast they went at either end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from courtside.identity.camera import Camera
from courtside.identity.pieces import Pieces, sums
from courtside.identity.rules import Point, Presence
from courtside.identity.stretches import Measures, Part
from courtside.sightings import Sightings

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
# Seconds at either end of a track that tell where it goes and how fast, and how many rows at least.
END, LEAST_ROWS = 0.5, 3


def presences(pieces: Pieces, parts: Sequence[Part], measures: Measures) -> list[Presence]:
    """Return when and where each of the parts was seen whose rows the pieces are."""
    rows, ends = pieces.rows, np.stack([pieces.begins, pieces.lasts], axis=1)
    first = rows.select(pieces.begins)
    speeds = np.stack([_speeds(pieces, ends[:, end], measures.camera) for end in (0, 1)], axis=1)
    told = zip(
        rows["frame"][ends].tolist(),
        rows["time"][ends].tolist(),
        first["segment"].tolist(),
        _feet(rows)[ends].tolist(),
        (rows["y2"] - rows["y1"])[ends].tolist(),
        speeds.tolist(),
        _courts(rows, ends),
        zip(first["track"].tolist(), (part.number for part in parts), strict=True),
        (part.stays for part in parts),
        strict=True,
    )
    return [
        Presence(
            (frames[0], frames[1]), (times[0], times[1]), segment, _points(feet),
            (heights[0], heights[1]), _points(speed), court, part, stays, measures.scenes[segment],
        )
        for frames, times, segment, feet, heights, speed, court, part, stays in told
    ]  # fmt: skip


def _courts(rows: Sightings, ends: Places) -> list[tuple[Point, Point] | None]:
    """Return each part's places on court at both ends, null where either is not known."""
    if not {"court_x", "court_y"} <= set(rows.names):
        return [None] * len(ends)
    places = np.stack([rows["court_x"][ends], rows["court_y"][ends]], axis=2)
    known = np.isfinite(places).all(axis=(1, 2)).tolist()
    return [
        _points(pair) if both else None for pair, both in zip(places.tolist(), known, strict=True)
    ]


def _speeds(pieces: Pieces, ends: Places, camera: Camera) -> Floats:
    """Return the feet's speed at one end of each part (p, 2): a straight line through its last."""
    rows, piece = pieces.rows, np.repeat(np.arange(len(ends)), pieces.counts)
    near = np.flatnonzero(np.abs(rows["time"] - rows["time"][ends][piece]) <= END)
    owner = piece[near]
    begins = np.searchsorted(owner, np.arange(len(ends)))
    count = np.bincount(owner)
    frames = rows["frame"].astype(np.int64)
    feet = camera.carry(_feet(rows)[near], frames[near], frames[ends][owner])
    along = np.column_stack([rows["time"][near], feet])
    along -= (sums(along, begins) / count[:, None])[owner]
    times = along[:, :1]
    speeds = sums(times * along[:, 1:], begins) / np.maximum(sums(times**2, begins), 1e-12)
    return np.where((count < LEAST_ROWS)[:, None], 0.0, speeds)


def _feet(rows: Sightings) -> Floats:
    return np.stack([(rows["x1"] + rows["x2"]) / 2, rows["y2"]], axis=1).astype(np.float64)


def _points(pair: list[list[float]]) -> tuple[Point, Point]:
    (x1, y1), (x2, y2) = pair
    return (x1, y1), (x2, y2)
