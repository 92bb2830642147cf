"""Where a place in one frame lies in another: the camera's own motion, added up over frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.geometry import transform_points
from courtside.sightings import FrameTable

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """Motion from the first frame of each unbroken stretch to every frame.

    Attributes:
        frames: indices of the sampled frames, ascending (n,).
        motion: 3x3 homography from the first frame of the stretch to each frame (n, 3, 3).
        stretch: counts the stretches within which motion is known (n,).
    """

    frames: NDArray[np.int64]
    motion: Floats
    stretch: NDArray[np.int64]

    def step(self, of: int, to: int) -> Floats | None:
        """Return the homography (3, 3) from one frame to another, null where it is not known."""
        first, second = self._place(of), self._place(to)
        if first < 0 or second < 0 or self.stretch[first] != self.stretch[second]:
            return None
        return np.asarray(self.motion[second] @ np.linalg.inv(self.motion[first]), np.float64)

    def carry(self, points: Floats, of: NDArray[np.int64], to: int) -> Floats:
        """Return where points (n, 2) of frames `of` (n,) lie in frame `to`, in its pixels.

        Points stay where they are where the motion between is not known.
        """
        carried = points.copy()
        for frame in {*of.tolist()} - {to}:
            step, own = self.step(frame, to), of == frame
            if step is not None:
                carried[own] = transform_points(step, points[own])
        return carried

    def _place(self, frame: int) -> int:
        place = int(np.searchsorted(self.frames, frame))
        known = place < len(self.frames) and self.frames[place] == frame
        return place if known else -1


def camera_of(frames: FrameTable | None) -> Camera:
    """Return the camera of a frames table; one that never moves where motion was not measured."""
    if frames is None or "motion" not in frames or not len(frames):
        return Camera(np.zeros(0, np.int64), np.zeros((0, 3, 3)), np.zeros(0, np.int64))
    steps = frames["motion"].reshape(-1, 3, 3).astype(np.float64)
    broken = np.asarray(~np.isfinite(steps).all(axis=(1, 2)))
    broken[1:] |= np.diff(frames["segment"]) != 0
    broken[0] = True
    motion = np.empty_like(steps)
    for index, step in enumerate(steps):
        whole = np.eye(3) if broken[index] else step @ motion[index - 1]
        motion[index] = whole / whole[2, 2]
    return Camera(frames["frame"].astype(np.int64), motion, np.cumsum(broken))
