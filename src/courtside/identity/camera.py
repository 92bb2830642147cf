"""Where a place in one frame lies in another: the camera's own motion, added up over frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.sightings import FrameTable

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """Motion from the first frame of each unbroken stretch to every frame.

    Attributes:
        frames: indices of the sampled frames, ascending (n,).
        motion: 3x3 homography from the first frame of the stretch to each frame (n, 3, 3).
        back: its inverse (n, 3, 3).
        stretch: counts the stretches within which motion is known (n,).
    """

    frames: NDArray[np.int64]
    motion: Floats
    back: Floats
    stretch: NDArray[np.int64]

    def carry(self, points: Floats, of: NDArray[np.int64], to: int | NDArray[np.int64]) -> Floats:
        """Return where points (n, 2) of frames `of` (n,) lie in frame `to`, in its pixels.

        `to` is one frame or one for each point (n,). Points stay where they are where the motion
        between is not known.
        """
        if not len(self.frames):
            return points
        own, there = self._places(of)
        target, here = self._places(to)
        known = there & here & (self.stretch[own] == self.stretch[target])
        lifted = np.concatenate([points, np.ones((len(points), 1))], axis=1)[:, :, None]
        moved = (self.motion[target] @ (self.back[own] @ lifted))[:, :, 0]
        return np.where(known[:, None], moved[:, :2] / moved[:, 2:], points)

    def _places(
        self, frames: int | NDArray[np.int64]
    ) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return the rows of frames, and which of them are there."""
        place = np.searchsorted(self.frames, frames).clip(max=len(self.frames) - 1)
        return place, np.asarray(self.frames[place] == frames)


def camera_of(frames: FrameTable | None) -> Camera:
    """Return the camera of a frames table; one that never moves where motion was not measured."""
    if frames is None or "motion" not in frames or not len(frames):
        none = np.zeros((0, 3, 3))
        return Camera(np.zeros(0, np.int64), none, none, np.zeros(0, np.int64))
    steps = frames["motion"].reshape(-1, 3, 3).astype(np.float64)
    broken = np.asarray(~np.isfinite(steps).all(axis=(1, 2)))
    broken[1:] |= np.diff(frames["segment"]) != 0
    broken[0] = True
    motion = np.empty_like(steps)
    for index, step in enumerate(steps):
        whole = np.eye(3) if broken[index] else step @ motion[index - 1]
        motion[index] = whole / whole[2, 2]
    back = np.asarray(np.linalg.inv(motion), np.float64)
    return Camera(frames["frame"].astype(np.int64), motion, back, np.cumsum(broken))
