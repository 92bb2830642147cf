"""Appearance vectors of rows at length 1 and heights, each piece's as one.

A look counts by how much of the person is seen: half hidden, it shows others too. What a piece's
looks have in common is their mean divided by how alike they are among themselves: of short pieces
and of people who look different from frame to frame, means are shorter, and would be unlike all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtside.identity.pieces import Pieces, sums
from courtside.sightings import Sightings

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
# How alike single looks of one person are (simulated games): a mean of few is longer than one of
# many.
ALIKE = 0.88
# As many whole looks tell half of what many do.
FEW_LOOKS = 2.0
# Of somebody hardly seen a look counts so much, beside others.
LEAST_WEIGHT, LEAST_ALIKE = 0.01, 0.2
# People bend: of all heights measured this share is below the one they have.
UPRIGHT = 0.7


def unit_looks(rows: Sightings) -> Floats:
    """Return the appearance vectors at length 1, shape (n, d), NaN for none; d may be 0."""
    if "embedding" not in rows:
        return np.zeros((len(rows), 0))
    looks = rows["embedding"].astype(np.float64)
    length = np.linalg.norm(looks, axis=1, keepdims=True)
    return np.asarray(looks / np.where(length > 0, length, np.nan), np.float64)


def weighted_looks(rows: Sightings) -> tuple[Floats, Floats]:
    """Return appearance vectors at length 1 times their weights (n, d), and those (n,).

    The weight is the square of the visible share, where that is known; 0 without a look.
    """
    looks = unit_looks(rows)
    known = np.isfinite(looks).all(axis=1) & (looks.shape[1] > 0)
    visible = rows["visibility"] if "visibility" in rows else np.ones(len(rows))
    seen = np.nan_to_num(visible.astype(np.float64), nan=1.0).clip(0, 1)
    weights = np.where(known, np.maximum(seen**2, LEAST_WEIGHT), 0.0)
    return np.where(known[:, None], looks, 0.0) * weights[:, None], weights


def mean_looks(pieces: Pieces) -> tuple[Floats, Floats]:
    """Return the mean of each piece's looks (p, d), and how many whole ones it is worth (p,).

    NaN where there are none.
    """
    looks, weights = weighted_looks(pieces.rows)
    counts = np.add.reduceat(weights, pieces.begins)
    return sums(looks, pieces.begins) / np.where(counts > 0, counts, np.nan)[:, None], counts


def told_by(counts: ArrayLike) -> Floats:
    """Return how much of what looks can tell so many whole ones do tell, 0 to 1."""
    least = np.asarray(counts, np.float64)
    return least / (least + FEW_LOOKS)


def in_common(looks: Floats, counts: Floats) -> Floats:
    """Return what the looks of people have in common, to compare (p, d): about length 1.

    Args:
        looks: mean looks (p, d), NaN for none.
        counts: how many each is worth (p,).
    """
    alike = (looks**2).sum(axis=-1) - (1 - ALIKE) / np.maximum(counts, 1)
    return np.asarray(looks / np.sqrt(np.maximum(alike, LEAST_ALIKE))[..., None], np.float64)


def upright_heights(pieces: Pieces) -> tuple[Floats, Counts]:
    """Return the height of who is in each piece (p,), metres, and of how many rows it is (p,).

    NaN where there are none.
    """
    count = len(pieces.begins)
    if "height" not in pieces.rows:
        return np.full(count, np.nan), np.zeros(count, np.int64)
    heights = pieces.rows["height"].astype(np.float64)
    known = np.isfinite(heights)
    counts = np.add.reduceat(known, pieces.begins, dtype=np.int64)
    piece = np.repeat(np.arange(count), pieces.counts)
    # By piece and then by height, unknown ones last.
    ordered = heights[np.lexsort((heights, piece))]
    place = pieces.begins + np.round(UPRIGHT * np.maximum(counts - 1, 0)).astype(np.intp)
    return np.asarray(ordered[place], np.float64), counts
