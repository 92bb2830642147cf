"""How tall people look over a track: a box of another height has its feet elsewhere.

Boxes of people who are half hidden end at the feet of who stands before them, or at the knees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.court.model import Floats, Size, project, sound

# Metres, about a player's: pixels of so much above a place tell those of a metre there.
BODY = 1.8
# Rows of a track from which on those that show all of somebody tell the height alone.
ENOUGH = 5
# By this share heights differ as people bend and stretch, and so much of what is beyond it is the
# feet's: the rest is the head's, or a deeper bend. Referees stand upright: those who look shorter
# than they mostly are at their tallest lack their feet.
BENDS, FEET_SHARE, USUAL = 0.05, 0.3, 0.5
BENDS_UPRIGHT, FEET_SHARE_UPRIGHT, TALLEST = 0.03, 1.0, 0.85


@dataclass(frozen=True)
class Stature:
    """How tall a person is.

    Attributes:
        tall: metres; NaN where nothing tells it.
        bends: by which share of it the person looks taller or smaller, as a standard deviation.
        doubt: (n,) by which share of it feet may be off in the rows of the track.
    """

    tall: float
    bends: float
    doubt: Floats


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


def stature(tall: Floats, whole: NDArray[np.bool_], upright: bool) -> Stature:
    """Return how tall the person of one track is, and in which rows the feet are doubted.

    Args:
        tall: (n,) heights in metres; NaN where unknown.
        whole: (n,) bool, rows that show all of the person.
        upright: whether the person always stands upright, as referees do.
    """
    bends, share, quantile = BENDS, FEET_SHARE, USUAL
    if upright:
        bends, share, quantile = BENDS_UPRIGHT, FEET_SHARE_UPRIGHT, TALLEST
    known = sound(tall[:, None])
    told = known & whole if (known & whole).sum() >= ENOUGH else known
    if not told.any():
        return Stature(np.nan, bends, np.zeros(len(tall)))
    usual = float(np.quantile(tall[told], quantile))
    beyond = np.nan_to_num(np.abs(tall / usual - 1) - bends)
    return Stature(usual, bends, np.asarray(share * np.maximum(beyond, 0.0), np.float64))
