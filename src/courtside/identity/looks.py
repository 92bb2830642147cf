"""Appearance vectors of rows at length 1, and their means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.sightings import Sightings

Floats = NDArray[np.float64]


def unit_looks(rows: Sightings) -> Floats:
    """Return the appearance vectors at length 1, shape (n, d), NaN for none; d may be 0."""
    if "embedding" not in rows:
        return np.zeros((len(rows), 0))
    looks = rows["embedding"].astype(np.float64)
    length = np.linalg.norm(looks, axis=1, keepdims=True)
    return np.asarray(looks / np.where(length > 0, length, np.nan), np.float64)


def mean_look(rows: Sightings) -> tuple[Floats, int]:
    """Return the mean of the appearance vectors at length 1, shape (d,), and of how many.

    NaN where there are none.
    """
    looks = unit_looks(rows)
    known = np.isfinite(looks).all(axis=1)
    if not known.any() or not looks.shape[1]:
        return np.full(looks.shape[1], np.nan), 0
    return np.asarray(looks[known].mean(axis=0), np.float64), int(known.sum())
