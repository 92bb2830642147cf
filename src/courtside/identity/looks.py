"""Appearance vectors of rows at length 1 and heights, each piece's as one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.identity.pieces import Pieces, sums
from courtside.sightings import Sightings

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
# People bend: of all heights measured this share is below the one they have.
UPRIGHT = 0.7


def unit_looks(rows: Sightings) -> Floats:
    """Return the appearance vectors at length 1, shape (n, d), NaN for none; d may be 0."""
    if "embedding" not in rows:
        return np.zeros((len(rows), 0))
    looks = rows["embedding"].astype(np.float64)
    length = np.linalg.norm(looks, axis=1, keepdims=True)
    return np.asarray(looks / np.where(length > 0, length, np.nan), np.float64)


def mean_looks(pieces: Pieces) -> tuple[Floats, Counts]:
    """Return the mean of each piece's appearance vectors at length 1 (p, d), and of how many (p,).

    NaN where there are none.
    """
    looks = unit_looks(pieces.rows)
    known = np.asarray(np.isfinite(looks).all(axis=1) & (looks.shape[1] > 0), np.bool_)
    counts = np.add.reduceat(known, pieces.begins, dtype=np.int64)
    total = sums(np.where(known[:, None], looks, 0.0), pieces.begins)
    return total / np.where(counts > 0, counts, np.nan)[:, None], counts


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
