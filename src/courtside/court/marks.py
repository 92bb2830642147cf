"""Marks: points of the court that were found in a picture, right ones and wrong ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtside.court.model import Floats, Size, project, sound
from courtside.court.shapes import HALF_TURN, LANDMARKS, Court, landmarks
from courtside.errors import InputError

# Standard deviation of a net's point, pixels at 720 lines: half a cell of its map.
NOISE = 2.5
# Candidates below this score are noise; more than this many of one landmark help nobody.
LEAST_SCORE, MOST_CANDIDATES = 0.1, 3
# A point a person set by hand is good to this many pixels at 720 lines and never an outlier.
SET_NOISE = 3.0


@dataclass(frozen=True)
class Marks:
    """Points found in one picture.

    Attributes:
        landmark: (n,) int, index into `LANDMARKS`; several rows may claim the same one.
        points: (n, 3) where they lie on the court, metres.
        pixels: (n, 2) where they were found.
        noise: (n,) standard deviation in pixels, of a right one.
        score: (n,) 0 to 1, how sure the finder was.
    """

    landmark: NDArray[np.int64]
    points: Floats
    pixels: Floats
    noise: Floats
    score: Floats

    def __len__(self) -> int:
        return len(self.landmark)

    def select(self, rows: ArrayLike) -> Marks:
        """Return the marks picked by a boolean mask or by indices."""
        index = np.asarray(rows)
        return Marks(
            self.landmark[index],
            self.points[index],
            self.pixels[index],
            self.noise[index],
            self.score[index],
        )

    @property
    def on_floor(self) -> NDArray[np.bool_]:
        """Which of them lie on the floor, (n,)."""
        return np.asarray(self.points[:, 2] == 0, np.bool_)


def together(groups: Sequence[Marks]) -> Marks:
    """Return b groups of marks with an axis more, (b, n, ...), filled up with marks of no score."""
    count = max(len(marks) for marks in groups)

    def column(name: str, filling: float) -> NDArray[Any]:
        arrays = [getattr(marks, name) for marks in groups]
        shape = (len(groups), count, *arrays[0].shape[1:])
        filled = np.full(shape, filling, arrays[0].dtype)
        for row, values in zip(filled, arrays, strict=True):
            row[: len(values)] = values
        return filled

    columns = {"landmark": -1, "points": 0.0, "pixels": np.nan, "noise": 1.0, "score": 0.0}
    return Marks(**{name: column(name, filling) for name, filling in columns.items()})


@lru_cache(maxsize=32)
def _places(court: Court) -> Floats:
    return landmarks(court)


def marks_from(found: ArrayLike, court: Court, size: Size) -> Marks:
    """Return the marks of a net's points on a court; those the court lacks are left out.

    Args:
        found: (k, 4) landmark index, x, y in pixels of the picture, score 0 to 1; several
            candidates of one landmark are allowed.
        court: whose points they are taken for.
        size: height and width of the picture in pixels.

    Raises:
        InputError: when the array has another shape or an index is unknown.
    """
    rows = np.asarray(found, np.float64)
    if rows.ndim != 2 or rows.shape[1] != 4:
        raise InputError(f"court points must have shape (k, 4); got {rows.shape}")
    rows = rows[sound(rows) & np.asarray(rows[:, 3] >= LEAST_SCORE)]
    index = rows[:, 0].astype(np.int64)
    if len(index) and not 0 <= index.min() <= index.max() < len(LANDMARKS):
        raise InputError(f"court points must name landmarks 0 to {len(LANDMARKS) - 1}")
    order = np.lexsort((-rows[:, 3], index))
    rows, index = rows[order], index[order]
    rank = np.arange(len(index)) - np.searchsorted(index, index)
    points = _places(court)[index]
    kept = (rank < MOST_CANDIDATES) & np.isfinite(points[:, 0])
    rows, index, points = rows[kept], index[kept], points[kept]
    noise = np.full(len(index), NOISE * size[0] / 720)
    return Marks(index, points, rows[:, 1:3], noise, rows[:, 3])


def turned(found: ArrayLike) -> Floats:
    """Return a net's points (k, 4) named for the court turned by 180 degrees."""
    rows = np.array(found, np.float64).reshape(-1, 4)
    rows[:, 0] = np.array(HALF_TURN)[rows[:, 0].astype(np.int64)]
    return rows


def seen_landmarks(camera: Floats, court: Court, size: Size) -> Floats:
    """Return (n, 2) pixels of all landmarks; NaN outside the picture and where there is none."""
    pixels = project(camera, _places(court), size)
    beyond = (pixels < 0) | (pixels >= [size[1], size[0]])
    return np.where(beyond.any(axis=1, keepdims=True), np.nan, pixels)
