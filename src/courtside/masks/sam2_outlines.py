"""From SAM 2.1's mask logits to outlines in the picture, as COCO run lengths."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside import rle

# Parts farther from the main one than this share of the picture's diagonal are strays; the
# reference pipeline's value. Smaller masks are nobody, pixels.
FAR, LEAST_AREA = 0.03, 100


def outline(logits: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.bool_] | None:
    """Return the mask in the picture without stray parts, null when nothing is left.

    Args:
        logits: of one object over the whole picture, (h, w); inside above zero.
        size: height and width of the picture in pixels.
    """
    if logits.max(initial=0.0) <= 0:
        return None
    large = cv2.resize(logits, size[::-1], interpolation=cv2.INTER_LINEAR)
    mask = _main_parts((large > 0).astype(np.uint8))
    return mask if np.count_nonzero(mask) > LEAST_AREA else None


def box_of(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the box about a mask that is not empty, x1 y1 x2 y2 in pixels."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)


def disc(box: NDArray[np.float32], size: tuple[int, int]) -> bytes:
    """Return the ellipse that fills a box as a mask."""
    mask = np.zeros(size, np.uint8)
    centre = ((box[:2] + box[2:]) / 2).round().astype(int)
    half = np.maximum((box[2:] - box[:2]) / 2, 1).round().astype(int)
    cv2.ellipse(mask, centre.tolist(), half.tolist(), 0, 0, 360, 1, thickness=-1)
    return rle.encode(mask.astype(bool))


def _main_parts(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count <= 2:
        return mask.astype(bool)
    low = stats[1:, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]]
    high = low + stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    main = int(stats[1:, cv2.CC_STAT_AREA].argmax())
    gap = np.maximum(low - high[main], low[main] - high).max(axis=1)
    near = gap <= FAR * float(np.hypot(*mask.shape))
    return np.isin(labels, 1 + np.flatnonzero(near))
