"""What the follower remembers between frames: plain arrays, one row a track.

Everything is a number, a text or an array, so that a saved state goes on exactly. Arrays are never
changed in place: a step returns new ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtside.geometry import Boxes

PEOPLE = ("player", "referee", "person")
# A silhouette is remembered on this grid of rows x columns over its (grown) box.
SHAPE_GRID = (16, 8)
# Numbers of the net's own description of a person.
LOOK = 64
# Colour bins of the upper and of the lower half of a body; see `appearance`.
LOOK_BINS = 250


@dataclass(frozen=True)
class Tracks:
    """People being followed, n rows, all in pixels of the last frame and seconds.

    Attributes:
        number: track number, -1 while tentative (seen once).
        kind: index into `PEOPLE` of what the detector last saw.
        centre: box centre x y, (n, 2).
        size: box width and height, (n, 2).
        velocity: of the centre in the picture beside the camera's motion, px/s, (n, 2).
        spread: variance of a coordinate of the centre (px²), its covariance with the velocity
            (px²/s) and the variance of the velocity (px²/s²), (n, 3).
        seen: time of the last detection.
        played: time when last taken for a player or a referee, -inf if never.
        hits: detections so far.
        look: colours of the clearly seen body, (n, LOOK_BINS), zero while never clearly seen.
        shape: silhouette over the box, 0 to 1, (n, *SHAPE_GRID).
    """

    number: NDArray[np.int32]
    kind: NDArray[np.int8]
    centre: NDArray[np.float64]
    size: NDArray[np.float64]
    velocity: NDArray[np.float64]
    spread: NDArray[np.float64]
    seen: NDArray[np.float64]
    played: NDArray[np.float64]
    hits: NDArray[np.int32]
    look: NDArray[np.float32]
    shape: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.number)

    @property
    def boxes(self) -> Boxes:
        """Boxes x1 y1 x2 y2 in pixels, (n, 4)."""
        half = self.size / 2
        return np.hstack([self.centre - half, self.centre + half]).astype(np.float32)

    def select(self, rows: ArrayLike) -> Self:
        """Return the tracks picked by a boolean mask or by indices."""
        index = np.asarray(rows)
        index = index if index.size else index.astype(np.intp)
        return replace(
            self, **{item.name: getattr(self, item.name)[index] for item in fields(self)}
        )

    @classmethod
    def concat(cls, first: Tracks, second: Tracks) -> Tracks:
        """Return the tracks of both."""
        names = [item.name for item in fields(cls)]
        return cls(*(np.concatenate([getattr(first, n), getattr(second, n)]) for n in names))


def no_tracks() -> Tracks:
    """Return tracks without a row."""
    return Tracks(
        number=np.zeros(0, np.int32),
        kind=np.zeros(0, np.int8),
        centre=np.zeros((0, 2)),
        size=np.zeros((0, 2)),
        velocity=np.zeros((0, 2)),
        spread=np.zeros((0, 3)),
        seen=np.zeros(0),
        played=np.zeros(0),
        hits=np.zeros(0, np.int32),
        look=np.zeros((0, LOOK_BINS), np.float32),
        shape=np.zeros((0, *SHAPE_GRID), np.float32),
    )


@dataclass(frozen=True)
class FollowerState:
    """All that the follower carries from frame to frame.

    Attributes:
        segment: stretch between cuts the tracks belong to, -1 before the first frame.
        begun: time of the segment's first frame, seconds.
        time: time of the last frame, seconds.
        next_number: the next unused track number; numbers are never used again.
        tracks: people being followed.
    """

    segment: int = -1
    begun: float = 0.0
    time: float = 0.0
    next_number: int = 0
    tracks: Tracks = field(default_factory=no_tracks)
