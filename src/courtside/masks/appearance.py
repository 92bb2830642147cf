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


def samples(image: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return colours of a picture, four samples in each of (h, w) cells: BGR (h, w, 2, 2, 3).

    Args:
        image: BGR picture of any size that covers the map from its top left corner.
        shape: height and width of the map that the picture covers, in cells.
    """
    height, width = shape
    # Colours of a body vary less than its light: samples will do, without means over areas.
    small = cv2.resize(image, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(small.reshape(height, 2, width, 2, 3).swapaxes(1, 2), np.uint8)


def looks(colours: NDArray[np.uint8], territory: Territory) -> NDArray[np.float32]:
    """Return the look of each person, (n, LOOK_BINS): square roots of two histograms.

    A dot product of two looks is their Bhattacharyya coefficient. Zero where too few cells are
    sure.

    Args:
        colours: of `samples`, (h, w, 2, 2, 3); the map may reach beyond it.
        territory: what each person owns.
    """
    people, half = len(territory.boxes), LOOK_BINS // 2
    owner = _sure_owners(territory)[: colours.shape[0], : colours.shape[1]]
    row, column = np.nonzero(owner >= 0)
    person = owner[row, column]
    middles = np.round(territory.boxes[:, [1, 3]].mean(axis=1) / territory.scale[1])
    part = 2 * person + (row >= middles[person])
    bins = part[:, None] * half + _colour_bins(colours[row, column])
    counts = np.bincount(bins.ravel(), minlength=people * LOOK_BINS).reshape(people, LOOK_BINS)
    counts[np.bincount(person, minlength=people) < _LEAST_CELLS] = 0
    return _as_looks(counts)


def _sure_owners(territory: Territory) -> NDArray[np.intp]:
    """Return who surely owns each cell of the map (h, w), -1 for nobody; shares add up to 1."""
    owner = np.full(territory.shape, -1, np.intp)
    for person, (window, share) in enumerate(zip(territory.windows, territory.shares, strict=True)):
        owner[window][share > _SURE] = person
    return owner


def _colour_bins(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the bins (0 to 124) of the four BGR colours of each of n cells, (n, 4)."""
    if not len(colours):
        return np.zeros((0, 4), np.uint8)
    lab = cv2.cvtColor(colours.reshape(-1, 4, 3), cv2.COLOR_BGR2LAB)
    parts = cv2.LUT(lab, _BINS)
    return np.asarray(parts[..., 0] + parts[..., 1] + parts[..., 2], np.uint8)


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
