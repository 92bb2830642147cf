"""How much two looks speak for one person, learned from the video itself.

Two halves of one track nearly always show one person; two people of one team seen at once never
do. How far the cosine similarity of their appearance vectors lies apart in the two cases tells
what it is worth in this video; where it tells nothing, it counts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Pairs of either kind, below which nothing is learned.
LEAST_PAIRS = 12
# Distance of the two means in standard deviations, below which likeness says nothing.
LEAST_DISTANCE = 0.7
# Halves of one track are near in time and so more alike than a person is to himself later: the
# mean similarity of one person is moved towards that of two by this share.
OPTIMISM = 0.25
# Standard deviations of similarity are not believed to be smaller.
LEAST_SPREAD = 0.02
# Log odds count no more than this either way: looks alone can err in the same way again.
LIMIT = 4.5


@dataclass(frozen=True)
class Likeness:
    """Straight line from similarity to log odds of one person.

    Attributes:
        slope: log odds for each unit of similarity.
        middle: similarity that speaks neither way.
    """

    slope: float
    middle: float

    def log_odds(self, similarity: Floats) -> Floats:
        """Return log odds of one person for cosine similarities; 0 for NaN."""
        odds = self.slope * (np.asarray(similarity, np.float64) - self.middle)
        return np.where(np.isnan(odds), 0.0, odds.clip(-LIMIT, LIMIT))


# Says nothing of anybody.
UNKNOWN = Likeness(0.0, 0.0)


def learn_likeness(same: Iterable[float], different: Iterable[float]) -> Likeness:
    """Return what similarity is worth, as Fisher's linear discriminant tells two kinds apart.

    Args:
        same: cosine similarities of pairs that show one person.
        different: of pairs that show two people.
    """
    one, two = _finite(same), _finite(different)
    if min(len(one), len(two)) < LEAST_PAIRS:
        return UNKNOWN
    # Medians: some tracks do go over from one person to another.
    means = float(np.median(one)), float(np.median(two))
    spread = max(np.hypot(_spread(one), _spread(two)) / np.sqrt(2), LEAST_SPREAD)
    usual = means[0] - OPTIMISM * (means[0] - means[1])
    if usual - means[1] < LEAST_DISTANCE * spread:
        return UNKNOWN
    return Likeness(float((usual - means[1]) / spread**2), (usual + means[1]) / 2)


def similarity(first: Floats, second: Floats) -> Floats:
    """Return the mean cosine similarity between the looks of two groups, NaN for unknown ones.

    Args:
        first: means of looks at length 1, along the last axis. Unlike that of normalised means,
            their product does not hang on how many looks were averaged.
        second: likewise.
    """
    if not first.shape[-1] or first.shape[-1] != second.shape[-1]:
        return np.full(np.broadcast_shapes(first.shape[:-1], second.shape[:-1]), np.nan)
    return np.asarray((first * second).sum(axis=-1), np.float64)


def _finite(values: Iterable[float]) -> Floats:
    array = np.array([*values], np.float64)
    return np.asarray(array[np.isfinite(array)], np.float64)


def _spread(values: Floats) -> float:
    """Return a standard deviation that strays do not move: 1.48 times the median deviation."""
    return float(1.4826 * np.median(np.abs(values - np.median(values))))
