"""How a person looks: colours of the upper and the lower body, as histograms in CIE Lab."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.masks.ownership import Territory
from courtside.masks.state import LOOK_BINS

# Bin edges of 8-bit Lab: five steps of lightness; kits differ little in a and b, so the bins
# about neutral (128) are narrow.
_LIGHT = np.array([50, 95, 140, 190])
_TINT = np.array([112, 123, 133, 146])
_STEPS = 5
# Only cells that surely belong to the person say how it looks; fewer than this tell nothing.
_SURE, _LEAST_CELLS = 0.6, 6


def colour_bins(image: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the colour bins (0 to 124) of a picture, four samples in each of (h, w) cells.

    Args:
        image: BGR picture of any size that covers the map from its top left corner.
        shape: height and width of the map that the picture covers, in cells.
    """
    height, width = shape
    # Colours of a body vary less than its light: samples will do, without means over areas.
    small = cv2.resize(image, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    parts = cv2.LUT(cv2.cvtColor(small, cv2.COLOR_BGR2LAB), _BINS)
    bins = np.asarray(parts[..., 0] + parts[..., 1] + parts[..., 2], np.uint8)
    return bins.reshape(height, 2, width, 2).transpose(0, 2, 1, 3).reshape(height, width, 4)


def looks(bins: NDArray[np.uint8], territory: Territory) -> NDArray[np.float32]:
    """Return the look of each person, (n, LOOK_BINS): square roots of two histograms.

    A dot product of two looks is their Bhattacharyya coefficient. Zero where too few cells are
    sure.

    Args:
        bins: of `colour_bins`, (h, w, 4); the map may reach beyond it.
        territory: what each person owns.
    """
    counts = np.zeros((len(territory.boxes), LOOK_BINS), np.int64)
    for person, (window, share) in enumerate(zip(territory.windows, territory.shares, strict=True)):
        colours = bins[window]
        sure = share[: colours.shape[0], : colours.shape[1]] > _SURE
        middle = territory.boxes[person, [1, 3]].mean() / territory.scale[1]
        split = max(round(float(middle)) - window[0].start, 0)
        if np.count_nonzero(sure) >= _LEAST_CELLS:
            upper, lower = (
                np.bincount(colours[rows][sure[rows]].ravel(), minlength=LOOK_BINS // 2)
                for rows in (slice(0, split), slice(split, None))
            )
            counts[person] = np.concatenate([upper, lower])
    return _as_looks(counts)


def difference(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 1 - Bhattacharyya coefficient of every pair of looks, NaN where one is unknown."""
    apart = 1 - first @ second.T
    unknown = ~np.any(first, axis=1)[:, None] | ~np.any(second, axis=1)[None]
    return np.where(unknown, np.float32(np.nan), apart).astype(np.float32)


def remembered(
    memory: NDArray[np.float32], seen: NDArray[np.float32], rate: float
) -> NDArray[np.float32]:
    """Return memories (n, LOOK_BINS) drawn towards what was seen now; a first look is taken whole.

    The mean is over squared looks, the histograms themselves.
    """
    rates = np.where(np.any(memory, axis=1), rate, 1.0)[:, None] * np.any(seen, axis=1)[:, None]
    return np.asarray(np.sqrt((1 - rates) * memory**2 + rates * seen**2), np.float32)


def _as_looks(counts: NDArray[np.int64]) -> NDArray[np.float32]:
    smooth = counts.reshape(len(counts), 2, LOOK_BINS // 2) @ _SMOOTH
    total = smooth.sum(axis=2, keepdims=True)
    # A half that is not seen (feet under a banner) leaves the whole weight to the other.
    halves = np.maximum((total > 0).sum(axis=1, keepdims=True), 1)
    shares = smooth / np.maximum(total, 1) / halves
    return np.asarray(np.sqrt(shares).reshape(len(counts), LOOK_BINS), np.float32)


def _smoothing() -> NDArray[np.float64]:
    # Light and noise push colours over bin edges: some goes to each neighbouring bin.
    step = np.eye(_STEPS) + 0.15 * (np.eye(_STEPS, k=1) + np.eye(_STEPS, k=-1))
    step /= step.sum(axis=1, keepdims=True)
    return np.kron(np.kron(step, step), step)


def _bin_table() -> NDArray[np.uint8]:
    """Return what each value of L, a and b adds to the number of the bin, (256, 1, 3)."""
    values = np.arange(256)
    light, tint = np.digitize(values, _LIGHT), np.digitize(values, _TINT)
    parts = np.stack([light * _STEPS**2, tint * _STEPS, tint], axis=1)
    return parts[:, None].astype(np.uint8)


_SMOOTH = _smoothing()
_BINS = _bin_table()
