"""From soft cells to a clean outline in full resolution, and to run-length codes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside import rle
from courtside.masks.ownership import GROW

# The guide picture has this many pixels per cell each way: half of a 720p picture's.
GUIDE = 4
# Colours are compared in this many bits a channel. In a person's window a colour counts as the
# body's by the odds of its mean share, with so many pixels of the window's mean mixed in, and
# with this weight beside the map's own odds.
BITS, PRIOR_PIXELS, COLOUR_WEIGHT = 3, 10.0, 1.6
# The map is never surer than this, so that colours may decide where it hesitates.
SUREST = 0.98
# Log odds of a pixel that is taken away.
SURELY_NOT = 4.0
# A share of a cell that is nobody's worth speaking of.
NEGLIGIBLE = 0.05
# Parts smaller than this share of the main one, or farther away than this share of the box's
# height, are strays.
PART_AREA, PART_DISTANCE = 0.02, 0.08

Gray = NDArray[np.float32]
Codes = NDArray[np.uint16]


@dataclass(frozen=True)
class Outline:
    """A mask as a piece of the picture: `pixels` (h, w) with its corner at x `left`, y `top`."""

    left: int
    top: int
    pixels: NDArray[np.bool_]

    @property
    def area(self) -> int:
        """Return the number of pixels inside."""
        return int(np.count_nonzero(self.pixels))


def guide_picture(image: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the small BGR picture that contours are fitted to, `GUIDE` pixels a cell each way.

    Args:
        image: BGR picture (height, width, 3).
        shape: height and width of the map that the picture covers, in cells.
    """
    small = cv2.resize(image, (GUIDE * shape[1], GUIDE * shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def colour_codes(image: NDArray[np.uint8]) -> Codes:
    """Return a coarse colour code for each pixel of a BGR picture, 0 to 511."""
    blue, green, red = (image[..., channel].astype(np.uint16) >> (8 - BITS) for channel in range(3))
    return np.asarray(blue << 2 * BITS | green << BITS | red, np.uint16)


def outline(
    soft: Gray, others: Gray, box: NDArray[np.float32], codes: Codes, size: tuple[int, int]
) -> Outline | None:
    """Return the outline of one person, null when nothing of it is visible.

    Args:
        soft: the person's map (h, w), 0 to 1.
        others: the sum of everybody else's (h, w).
        box: its box in pixels.
        codes: `colour_codes` of the guide picture.
        size: height and width of the picture in pixels.
    """
    step = np.array([size[1] / codes.shape[1], size[0] / codes.shape[0]])
    low, high = _window(box, step, codes.shape)
    if (high <= low).any():
        return None
    share = _upsampled(soft, low, high)
    odds = _odds(share, codes[low[1] : high[1], low[0] : high[0]])
    rivals = others[low[1] // GUIDE : -(-high[1] // GUIDE), low[0] // GUIDE : -(-high[0] // GUIDE)]
    if rivals.max(initial=0) > NEGLIGIBLE:
        # Colours must not hand a neighbour's pixels over: kits are alike.
        odds[_upsampled(others, low, high) > share] = -SURELY_NOT
    odds = _main_parts(odds, float(box[3] - box[1]) / step[1])
    return _full_size(odds, low, step, size)


def encode(mask: Outline, size: tuple[int, int]) -> bytes:
    """Return COCO compressed counts of an outline in a picture of height and width `size`."""
    height, width = size
    tall, wide = mask.pixels.shape
    # A background pixel above and below each column makes runs begin and end in their column.
    columns = np.zeros((wide, tall + 2), np.bool_)
    columns[:, 1:-1] = mask.pixels.T
    flat = columns.ravel()
    change = np.flatnonzero(flat[1:] != flat[:-1])
    column, row = np.divmod(change, tall + 2)
    edges = (column + mask.left) * height + mask.top + row
    # A run that ends where the next begins, at the foot of a column, is one with it.
    joins = np.flatnonzero(edges[2::2] == edges[1:-1:2]) * 2 + 1
    if len(joins):
        edges = np.delete(edges, np.concatenate([joins, joins + 1]))
    counts = np.diff(edges, prepend=0, append=height * width)
    return rle.from_uncompressed(counts.tolist(), size)


def disc(box: NDArray[np.float32], size: tuple[int, int]) -> Outline | None:
    """Return the ellipse that fills a box, null when it lies outside the picture."""
    low = np.maximum(np.floor(box[:2]).astype(int), 0)
    high = np.minimum(np.ceil(box[2:]).astype(int), size[::-1])
    if (high <= low).any():
        return None
    centre, half = (box[:2] + box[2:]) / 2, np.maximum((box[2:] - box[:2]) / 2, 0.5)
    x = (np.arange(low[0], high[0]) + 0.5 - centre[0]) / half[0]
    y = (np.arange(low[1], high[1]) + 0.5 - centre[1]) / half[1]
    pixels = x[None] ** 2 + y[:, None] ** 2 <= 1
    return Outline(int(low[0]), int(low[1]), pixels) if pixels.any() else None


def _window(
    box: NDArray[np.float32], step: NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    margin = GROW * (box[2:] - box[:2]) + 2 * step
    low = np.maximum(np.floor((box[:2] - margin) / step), 0)
    high = np.minimum(np.ceil((box[2:] + margin) / step), shape[1::-1])
    return low.astype(np.intp), high.astype(np.intp)


def _upsampled(soft: NDArray[np.float32], low: NDArray[np.intp], high: NDArray[np.intp]) -> Gray:
    """Return the part of a map inside a window of guide pixels, interpolated, edges continued."""
    first = (low + 0.5) / GUIDE - 0.5
    matrix = np.array([[1 / GUIDE, 0, first[0]], [0, 1 / GUIDE, first[1]]])
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    piece = cv2.warpAffine(soft, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(piece, np.float32)


def _odds(share: Gray, codes: Codes) -> Gray:
    """Return the log odds that each pixel is the person's, from its map and its colour.

    The colours of the window's likely body and likely rest are learnt from the map itself, one
    round of GrabCut's idea (Rother et al., 2004) with histograms and without the graph cut.
    """
    flat, count = codes.ravel(), 2 ** (3 * BITS)
    body = np.bincount(flat, weights=share.ravel(), minlength=count)
    whole = np.bincount(flat, minlength=count)
    mean = np.clip(share.mean(), 1e-3, 1 - 1e-3)
    body = (body + PRIOR_PIXELS * mean) / (whole + PRIOR_PIXELS)
    body = np.clip(body, 1e-3, 1 - 1e-3)
    evidence = COLOUR_WEIGHT * (_log_odds(body) - _log_odds(mean))
    by_colour = evidence.astype(np.float32)[flat].reshape(share.shape)
    from_map = _log_odds(np.clip(share, 1 - SUREST, SUREST))
    return np.asarray(from_map + cv2.blur(by_colour, (3, 3)), np.float32)


def _log_odds(share: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(np.log(share / (1 - share)))


def _main_parts(odds: Gray, height: float) -> Gray:
    """Return the log odds without small or distant parts."""
    binary = (odds > 0).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=8)
    if count <= 2:
        return odds
    areas = stats[1:, cv2.CC_STAT_AREA]
    low = stats[1:, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]]
    high = low + stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    main = int(areas.argmax())
    gap = np.maximum(low - high[main], low[main] - high).max(axis=1)
    keep = (areas >= PART_AREA * areas[main]) & (gap <= PART_DISTANCE * height)
    # The soft rim about the parts kept stays for the last interpolation.
    stray = np.isin(labels, 1 + np.flatnonzero(~keep)).astype(np.uint8)
    removed = cv2.dilate(stray, np.ones((3, 3), np.uint8)) > 0
    return np.where(removed, np.float32(-SURELY_NOT), odds)


def _full_size(
    odds: Gray, low: NDArray[np.intp], step: NDArray[np.float64], size: tuple[int, int]
) -> Outline | None:
    first = np.floor(low * step).astype(int)
    last = np.minimum(np.ceil((low + odds.shape[::-1]) * step).astype(int), size[::-1])
    shift = (first + 0.5) / step - 0.5 - low
    matrix = np.array([[1 / step[0], 0, shift[0]], [0, 1 / step[1], shift[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    shape = (int(last[0] - first[0]), int(last[1] - first[1]))
    pixels = cv2.warpAffine(odds, matrix, shape, flags=flags, borderMode=cv2.BORDER_REPLICATE) > 0
    if not pixels.any():
        return None
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    tight = pixels[top : rows[-1] + 1, left : columns[-1] + 1]
    return Outline(int(first[0]) + left, int(first[1]) + top, tight)
