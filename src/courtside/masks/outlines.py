"""From the probabilities of a cut to a clean outline at full resolution, and to its codes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside import rle

# Parts smaller than this share of the main one, or farther away than this share of the cut's
# height, are strays.
PART_AREA, PART_DISTANCE = 0.03, 0.06
# A side of a box goes to the outline's edge, and this share of the height beyond (thin fingers and
# heels are rounded off). Not so where that is much farther in: something hides the body there.
# Out it goes only a little: what lies beyond may be somebody else's. And it goes only a part of the
# way: outlines lose arms, boxes do not.
BEYOND, OUT, SHARE = 0.01, 0.04, 0.7
IN = np.array([0.15, 0.12, 0.15, 0.12], np.float32)
OUTWARD = np.array([-1, -1, 1, 1], np.float32)

Gray = NDArray[np.float32]


@dataclass(frozen=True)
class Outline:
    """A mask as a piece of the picture: `pixels` (h, w) with its corner at x `left`, y `top`.

    The piece is the smallest that holds the mask.
    """

    left: int
    top: int
    pixels: NDArray[np.bool_]

    @property
    def area(self) -> int:
        """Return the number of pixels inside."""
        return int(np.count_nonzero(self.pixels))


def outline(mask: Gray, window: NDArray[np.intp], size: tuple[int, int]) -> Outline | None:
    """Return the outline of one person, null when nothing of it is visible.

    Args:
        mask: probability that each pixel of the cut is the person's, (rows, columns).
        window: x1 y1 x2 y2 in whole pixels that the cut fills; may leave the picture.
        size: height and width of the picture in pixels.
    """
    x1, y1, x2, y2 = window.tolist()
    full = cv2.resize(_main_parts(mask), (x2 - x1, y2 - y1), interpolation=cv2.INTER_LINEAR)
    left, top = max(x1, 0), max(y1, 0)
    pixels = full[top - y1 : size[0] - y1, left - x1 : size[1] - x1] > 0.5
    return _trimmed(pixels, left, top)


def fitted(box: NDArray[np.float32], mask: Outline, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return a person's box (4,) with its sides drawn to the outline, in the picture.

    A net tells the edge of a body better pixel by pixel, and what is hidden by the whole: on real
    main cameras the mean IoU with true boxes rises from 0.79 to 0.84; on simulated games it stays.
    """
    tall, wide = mask.pixels.shape
    edges = np.array([mask.left, mask.top, mask.left + wide, mask.top + tall], np.float32)
    height = box[3] - box[1]
    out = (edges - box) * OUTWARD / height + BEYOND
    sides = box + np.where(out < -IN, 0, SHARE * np.minimum(out, OUT)) * OUTWARD * height
    return np.asarray(np.clip(sides, 0, [size[1], size[0]] * 2), np.float32)


def encode(mask: Outline, size: tuple[int, int]) -> bytes:
    """Return COCO compressed counts of an outline in a picture of height and width `size`."""
    height, width = size
    tall, wide = mask.pixels.shape
    # A background pixel above and below each column makes runs begin and end in their column.
    columns = np.zeros((wide, tall + 2), np.bool_)
    columns[:, 1:-1] = mask.pixels.T
    flat = columns.ravel()
    change = np.flatnonzero(flat[1:] != flat[:-1])
    column = change // (tall + 2)
    edges = (mask.left * height + mask.top) + change + column * (height - tall - 2)
    if tall == height:
        # A run that ends where the next begins, at the foot of a column, is one with it.
        joins = np.flatnonzero(edges[2::2] == edges[1:-1:2]) * 2 + 1
        edges = np.delete(edges, np.concatenate([joins, joins + 1]))
    counts = np.diff(np.concatenate([[0], edges, [height * width]]))
    code = rle.from_uncompressed(counts.tolist(), size)
    pixels = np.ascontiguousarray(mask.pixels).view(np.uint8)
    rle.keep_crop(code, size, (pixels, mask.left, mask.top))
    return code


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
    return _trimmed(pixels, int(low[0]), int(low[1]))


def _trimmed(pixels: NDArray[np.bool_], left: int, top: int) -> Outline | None:
    """Return a mask that fills its piece of the picture, null when no pixel is inside."""
    x, y, wide, tall = cv2.boundingRect(pixels.view(np.uint8)) if pixels.size else (0, 0, 0, 0)
    if not wide:
        return None
    return Outline(left + x, top + y, pixels[y : y + tall, x : x + wide])


def _main_parts(mask: Gray) -> Gray:
    """Return the probabilities without small or distant parts."""
    binary = (mask > 0.5).astype(np.uint8)
    # Labels of 16 bits take half the time of those of 32.
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        binary, connectivity=8, ltype=cv2.CV_16U
    )
    if count <= 2:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    low = stats[1:, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]]
    high = low + stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    main = int(areas.argmax())
    gap = np.maximum(low - high[main], low[main] - high).max(axis=1)
    keep = (areas >= PART_AREA * areas[main]) & (gap <= PART_DISTANCE * mask.shape[0])
    # The soft rim about the parts kept stays for the interpolation.
    stray = np.concatenate([[False], ~keep]).view(np.uint8).take(np.asarray(labels, np.uint16))
    removed = cv2.dilate(stray, np.ones((3, 3), np.uint8))
    return np.asarray(mask * (removed == 0), np.float32)
