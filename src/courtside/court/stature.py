"""How tall people look over a track: a box of another height has its feet elsewhere.

Boxes of people who are half hidden end at the feet of who stands before them, or at the knees.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.court.model import Floats, Size, project, sound

# Metres, about a player's: pixels of so much above a place tell those of a metre there.
BODY = 1.8
# Rows of a track from which on those that show all of somebody tell the height alone.
ENOUGH = 5
# By this share heights differ as people bend and stretch, and so much of what is beyond it is the
# feet's: the head errs as well.
BENDS, FEET_SHARE = 0.05, 0.5


def heights(cameras: Floats, places: Floats, boxes: Floats, feet: Floats, size: Size) -> Floats:
    """Return how tall people are who stand there, (n,) metres.

    Args:
        cameras: (n, 8).
        places: (n, 2) metres.
        boxes: (n, 4) x1 y1 x2 y2, pixels.
        feet: (n,) the level of the feet, pixels.
        size: height and width of the picture in pixels.
    """
    ends = np.zeros((len(places), 2, 3))
    ends[..., :2], ends[:, 1, 2] = places[:, None], BODY
    low, high = project(cameras, ends, size)[..., 1].T
    return np.asarray(BODY * (feet - boxes[:, 1]) / (low - high), np.float64)


def feet_doubt(tall: Floats, whole: NDArray[np.bool_]) -> Floats:
    """Return by which share of the height feet may be off in the rows of one track, (n,).

    Args:
        tall: (n,) heights in metres; NaN where unknown.
        whole: (n,) bool, rows that show all of the person.
    """
    known = sound(tall[:, None])
    told = known & whole if (known & whole).sum() >= ENOUGH else known
    if not told.any():
        return np.zeros(len(tall))
    beyond = np.abs(tall / np.median(tall[told]) - 1) - BENDS
    return np.asarray(FEET_SHARE * np.maximum(np.nan_to_num(beyond), 0.0), np.float64)
