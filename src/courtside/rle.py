"""Run-length masks in COCO's format: column-major, starting with background.

A mask travels through courtside as COCO's compressed counts (`bytes`); the picture's size is
kept once per video. Encoding and decoding is pycocotools' own code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

Mask = NDArray[np.bool_]
Size = tuple[int, int]


def encode(mask: Mask) -> bytes:
    """Return the compressed counts of a boolean mask (height, width)."""
    counts: bytes = coco.encode(np.asfortranarray(mask, dtype=np.uint8))["counts"]
    return counts


def decode(counts: bytes, size: Size) -> Mask:
    """Return the boolean mask (height, width) of compressed counts.

    Args:
        counts: COCO compressed counts.
        size: height and width of the picture in pixels.
    """
    decoded: NDArray[np.uint8] = coco.decode(_as_coco(counts, size))
    return decoded.astype(bool)


def from_uncompressed(counts: Sequence[int], size: Size) -> bytes:
    """Return compressed counts from COCO's plain list of run lengths."""
    compressed: bytes = coco.frPyObjects({"size": list(size), "counts": list(counts)}, *size)[
        "counts"
    ]
    return compressed


def area(counts: bytes, size: Size) -> int:
    """Return the number of pixels inside the mask."""
    return int(coco.area(_as_coco(counts, size)))


def bounding_box(counts: bytes, size: Size) -> NDArray[np.float32]:
    """Return the mask's own box x1 y1 x2 y2 in pixels; all zeros for an empty mask."""
    left, top, width, height = coco.toBbox(_as_coco(counts, size))
    return np.array([left, top, left + width, top + height], np.float32)


def iou(first: Sequence[bytes], second: Sequence[bytes], size: Size) -> NDArray[np.float64]:
    """Return IoU of every pair of masks, shape (len(first), len(second)), 0 to 1."""
    if not first or not second:
        return np.zeros((len(first), len(second)))
    crowd = [0] * len(second)
    pairs: NDArray[np.float64] = coco.iou(
        [_as_coco(counts, size) for counts in first],
        [_as_coco(counts, size) for counts in second],
        crowd,
    )
    return pairs


def _as_coco(counts: bytes, size: Size) -> dict[str, Any]:
    return {"size": list(size), "counts": counts}
