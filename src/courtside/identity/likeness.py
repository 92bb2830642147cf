"""How much looks and heights speak for one person, learned from the video itself.

Neighbouring seconds, and halves, of one track nearly always show one person; two people of one team
seen at once never do. How far the cosine similarity of their appearance vectors, or the difference
of their heights, lies apart in the two cases tells what it is worth in this video; where it tells
nothing, it counts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
# Pairs of either kind, below which nothing is learned.
LEAST_PAIRS = 12
# How much farther apart the medians of the two kinds must lie for similarity to say anything.
LEAST_APART = 0.02
# How alike one person looks from second to second is much the same in all videos, how alike team
# mates are is not. Log odds for each unit of similarity, and how far below a person's own usual
# similarity, as a share of the way to that of two at most, it begins to speak for two: logistic
# regression over pairs of pieces of 0.2 to 3 s in simulated games, up to 6 s apart.
SLOPE, BELOW, SHARE_BELOW = 30.0, 0.07, 0.6
# Heights: of two people they must lie so many times farther apart than of one to say anything;
# halves of one track are measured so much more alike than a person later; differences are not
# believed to be smaller, metres; and so often something is wrong with a height.
LEAST_RATIO, LATER, LEAST_HEIGHT_SPREAD, MISTAKEN = 1.5, 1.3, 0.04, 0.1
# Log odds count no more than this either way: looks alone can err in the same way again.
LIMIT = 4.5


@dataclass(frozen=True)
class Line:
    """Straight line from similarity to log odds of one person.

    Attributes:
        slope: log odds for each unit of similarity.
        middle: similarity that speaks neither way.
    """

    slope: float
    middle: float

    def log_odds(self, similarity: ArrayLike) -> Floats:
        """Return log odds of one person for similarities; 0 for NaN."""
        odds = self.slope * (np.asarray(similarity, np.float64) - self.middle)
        return np.where(np.isnan(odds), 0.0, odds.clip(-LIMIT, LIMIT))


@dataclass(frozen=True)
class Spread:
    """How far the measured heights of one person lie apart, and those of two.

    Attributes:
        one: standard deviation, metres.
        two: likewise; where it is not larger by far, heights say nothing.
    """

    one: float
    two: float

    def log_odds(self, difference: ArrayLike) -> Floats:
        """Return log odds of one person for differences in metres; 0 for NaN."""
        apart = np.asarray(difference, np.float64)
        if self.two < LEAST_RATIO * self.one:
            return np.zeros(apart.shape)
        steeper = (1 / self.one**2 - 1 / self.two**2) / 2
        lift = self.two / self.one * np.exp(-steeper * apart**2)
        odds = np.log(MISTAKEN + (1 - MISTAKEN) * lift)
        return np.where(np.isnan(odds), 0.0, odds)


SILENT, NO_SPREAD = Line(0.0, 0.0), Spread(1.0, 1.0)


@dataclass(frozen=True)
class Likeness:
    """What it is worth in a video that two look alike.

    Attributes:
        look: by the similarity of appearance vectors.
        height: by how much their heights differ.
    """

    look: Line = SILENT
    height: Spread = NO_SPREAD


# Says nothing of anybody.
UNKNOWN = Likeness()


def learn_line(same: Iterable[float], different: Iterable[float]) -> Line:
    """Return what similarity is worth.

    Args:
        same: similarities of pairs that show one person.
        different: of pairs that show two people.
    """
    one, two = _finite(same), _finite(different)
    if min(len(one), len(two)) < LEAST_PAIRS:
        return SILENT
    # Medians: some tracks do go over from one person to another.
    usual = float(np.median(one))
    apart = usual - float(np.median(two))
    if apart < LEAST_APART:
        return SILENT
    return Line(SLOPE, usual - min(BELOW, SHARE_BELOW * apart))


def learn_spread(same: Iterable[float], different: Iterable[float]) -> Spread:
    """Return what differences of height are worth.

    Args:
        same: differences between two measurements of one person, metres.
        different: between two people.
    """
    one, two = _finite(same), _finite(different)
    if min(len(one), len(two)) < LEAST_PAIRS:
        return NO_SPREAD
    # A quarter of normal differences lies within 0.319 of their deviation, half within 0.674; the
    # quarter, because many a track does go over from one person to another.
    usual = float(np.quantile(np.abs(one), 0.25)) / 0.319
    return Spread(LATER * max(usual, LEAST_HEIGHT_SPREAD), float(np.median(np.abs(two))) / 0.674)


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
