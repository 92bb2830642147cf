"""Outlines as signed distances: the one way everything is drawn.

A `Shape` is a small grey picture of the distance to an outline, positive inside. Outline, rim and
tint are then one look-up table over it (see `style.py`), antialiased at any size, and two shapes
are blended by blending their distances. Distances are counted in units: one unit is one pixel of
a 720p picture, so that 8K costs little more than 720p.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.rle import Size, decode_crop

Image = NDArray[np.uint8]
Shift = tuple[float, float]

# Grey level of the outline itself, and levels a unit: distances reach 8 units either way.
ZERO = 128
LEVELS = 16
REACH = 8
# Units outside of the outline that any pen draws on.
OUTSIDE = 3
# Units by which places without slope count as inside, and how far slopes are corrected at most.
FLAT_INSIDE, STEEPEST = 0.6, np.float32(0.25)


@dataclass(frozen=True)
class Shape:
    """Signed distances round one outline.

    Attributes:
        levels: (h, w) uint8, `ZERO + LEVELS * distance`, positive inside; 0 is far outside.
        x: left edge of the first column, in pixels of the picture.
        y: upper edge of the first row.
        scale: pixels of the picture per column and row.
        slope: levels from one column or row to the next across a straight outline.
    """

    levels: Image
    x: float
    y: float
    scale: float = 1.0
    slope: float = LEVELS


def from_mask(counts: bytes, size: Size, unit: float) -> Shape | None:
    """Return the smoothed shape of a mask, null when it is empty.

    Args:
        counts: COCO compressed counts.
        size: height and width of the picture in pixels.
        unit: pixels of the picture per unit.
    """
    crop = decode_crop(counts, size)
    if crop is None:
        return None
    mask, left, top = crop
    scale = max(1.0, unit)
    pad = REACH + 1
    padded = cv2.copyMakeBorder(_shrunk(mask, scale), pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    levels = _distances(np.asarray(padded, np.uint8), unit / scale)
    return Shape(levels, left - pad * scale, top - pad * scale, scale, LEVELS * scale / unit)


def blend(first: Shape, second: Shape, share: float, shifts: tuple[Shift, Shift]) -> Shape:
    """Return the shape between two, on whole pixels of the picture.

    Args:
        first: shape at the sampled frame before.
        second: shape at the sampled frame after.
        share: 0 at the first, 1 at the second.
        shifts: x y in pixels by which first and second are moved before blending.
    """
    if share == 0:
        return moved(first, shifts[0])
    one = _moved(first, shifts[0], _union(_extent(first, shifts[0]), _extent(second, shifts[1])))
    left, top, width, height = one.x, one.y, one.levels.shape[1], one.levels.shape[0]
    area = (left, top, left + width * one.scale, top + height * one.scale)
    two = _moved(second, shifts[1], area)
    mixed = cv2.addWeighted(one.levels, 1 - share, two.levels, share, 0)
    return replace(one, levels=np.asarray(mixed, np.uint8))


def moved(shape: Shape, shift: Shift) -> Shape:
    """Return a shape moved by x y pixels, on whole pixels of the picture, as far as it is drawn."""
    return _moved(shape, shift, _extent(shape, shift))


def finished(shape: Shape) -> Shape:
    """Return a moved or blended shape as it is stamped: true distances, one level per pixel."""
    levels = _steepened(shape.levels, shape.slope)
    if shape.scale == 1:
        return Shape(levels, shape.x, shape.y)
    first_x, first_y = floor(shape.x), floor(shape.y)
    # Pixel centres lie at +0.5; warpAffine counts centres from 0.
    half = 0.5 * shape.scale - 0.5
    matrix = np.array(
        [[shape.scale, 0, shape.x - first_x + half], [0, shape.scale, shape.y - first_y + half]]
    )
    height, width = (ceil(side * shape.scale) + 1 for side in levels.shape)
    large = cv2.warpAffine(levels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return Shape(np.asarray(large, np.uint8), first_x, first_y)


def ellipse(centre: tuple[float, float], radii: tuple[float, float], unit: float) -> Shape:
    """Return an ellipse by centre and half axes in pixels, to a quarter of a pixel."""
    quarters = [round(4 * value) for value in (*centre, *radii)]
    (left, x), (top, y) = (divmod(value, 4) for value in quarters[:2])
    shape = _ellipse(x, y, max(quarters[2], 1), max(quarters[3], 1), unit)
    return Shape(shape.levels, shape.x + left, shape.y + top)


@lru_cache(maxsize=4096)
def _ellipse(x: int, y: int, across: int, down: int, unit: float) -> Shape:
    """Return an ellipse by centre and half axes in quarters of a pixel.

    The distance is the first-order one, f over its gradient: good near the line, where it counts.
    """
    centre, radii = (x / 4, y / 4), (across / 4, down / 4)
    reach = OUTSIDE * unit + 1
    left, top = (floor(c - r - reach) for c, r in zip(centre, radii, strict=True))
    right, bottom = (ceil(c + r + reach) for c, r in zip(centre, radii, strict=True))
    columns = (np.arange(left, right, dtype=np.float32) + 0.5 - centre[0])[None]
    rows = (np.arange(top, bottom, dtype=np.float32) + 0.5 - centre[1])[:, None]
    a, b = radii
    root = np.sqrt((columns / a) ** 2 + (rows / b) ** 2)
    slope = np.sqrt((columns / a**2) ** 2 + (rows / b**2) ** 2)
    distance = (1 - root) * root / np.maximum(slope, 1e-6)
    return Shape(_as_levels(distance, unit), left, top)


def _shrunk(mask: Image, scale: float) -> Image:
    if scale == 1:
        return mask
    height, width = (int(np.ceil(side / scale)) for side in mask.shape)
    padded = np.zeros((int(np.ceil(height * scale)), int(np.ceil(width * scale))), np.uint8)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    small = cv2.resize(padded * np.uint8(255), (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small > 127, np.uint8)


def _distances(mask: Image, unit: float) -> Image:
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_3)
    outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_3)
    # Distances run from pixel centre to pixel centre: the outline lies half a pixel nearer.
    half = np.float32(0.5)
    signed = np.maximum(inside, half, out=inside)
    signed -= np.maximum(outside, half, out=outside)
    # The smoothing takes the stairs off masks that come from a coarse grid.
    smoothed = np.asarray(cv2.GaussianBlur(signed, (5, 5), 1.0), np.float32)
    return _as_levels(smoothed, unit)


def _as_levels(distance: NDArray[np.floating], unit: float) -> Image:
    return _as_bytes(np.asarray(distance * np.float32(LEVELS / unit), np.float32), ZERO)


def _extent(shape: Shape, shift: Shift) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of what is drawn of a mask's shape, in pixels."""
    height, width = shape.levels.shape
    x, y = shape.x + shift[0], shape.y + shift[1]
    # Its margin is wider than any pen, for distances to be blended.
    cut = (REACH - OUTSIDE) * shape.scale
    right, bottom = x + width * shape.scale, y + height * shape.scale
    return x + cut, y + cut, right - cut, bottom - cut


def _union(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )


def _moved(shape: Shape, shift: Shift, area: tuple[float, float, float, float]) -> Shape:
    """Return the shape on the grid of whole steps of its scale that covers an area."""
    scale = shape.scale
    # Even, for colour is kept for two by two pixels.
    left, top = 2 * floor(area[0] / scale / 2), 2 * floor(area[1] / scale / 2)
    width, height = 2 * ceil((area[2] / scale - left) / 2), 2 * ceil((area[3] / scale - top) / 2)
    x = (width - 1) / 2 + left - (shape.x + shift[0]) / scale
    y = (height - 1) / 2 + top - (shape.y + shift[1]) / scale
    # Beyond its edge getRectSubPix repeats the border, which is 0 here: far outside.
    levels = cv2.getRectSubPix(shape.levels, (width, height), (x, y))
    grid = np.asarray(levels, np.uint8)
    return Shape(grid, left * scale, top * scale, scale, shape.slope)


def _steepened(levels: Image, slope: float) -> Image:
    """Return blended levels as distances again.

    Where a limb moved by its own width the blend is nearly flat at the outline, which would be
    drawn as one broad line; such places count as inside, and the outline goes round them.
    """
    across, down = cv2.spatialGradient(levels)
    gradient = cv2.magnitude(across.astype(np.float32), down.astype(np.float32))
    # A Sobel kernel weighs 8 steps.
    steepness = np.multiply(gradient, np.float32(1 / (8 * slope)), dtype=np.float32)
    cv2.threshold(steepness, 1, 0, cv2.THRESH_TRUNC, dst=steepness)
    np.maximum(steepness, STEEPEST, out=steepness)
    # Stretched round a level below the outline, so that flat places above it come to lie inside.
    lift = np.float32(FLAT_INSIDE * LEVELS)
    steep = levels.astype(np.float32)
    steep += lift - np.float32(ZERO)
    steep /= steepness
    return _as_bytes(steep, ZERO - float(lift))


def _as_bytes(values: NDArray[np.float32], more: float) -> Image:
    """Return values plus a number, rounded, from 0 to 255; changes the values."""
    return np.asarray(
        cv2.convertScaleAbs(np.maximum(values, np.float32(-more), out=values), beta=more), np.uint8
    )
