"""F of two outlines, as the DAVIS benchmark measures it, on the piece of picture they lie in.

Perazzi et al., A benchmark data set and evaluation methodology for video object segmentation,
2016. trackeval has the same, on whole pictures and with scikit-image; a test holds both equal.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside import rle
from courtside.rle import Mask, Size, decode_window

# Of the picture's diagonal: how far outlines may lie apart (the value of DAVIS).
TOLERANCE = 0.008


def outline_f(first: bytes, second: bytes, size: Size) -> float:
    """Return F of the outlines of two masks: the harmonic mean of precision and recall.

    A point of one outline is right when the other passes within 0.008 of the picture's diagonal.

    Args:
        first: COCO compressed counts.
        second: COCO compressed counts.
        size: height and width of the picture in pixels.
    """
    reach = int(np.ceil(TOLERANCE * np.hypot(*size)))
    left, top, right, bottom = _window([first, second], reach + 1, size)
    masks = [decode_window(m, size, (left, top, right, bottom)) for m in (first, second)]
    edges = [_outline(mask) for mask in masks]
    near = [np.asarray(cv2.dilate(edge, _disc(reach)), np.uint8) for edge in edges]
    shares = [_inside(edges[0], near[1]), _inside(edges[1], near[0])]
    return 2 * shares[0] * shares[1] / sum(shares) if sum(shares) > 0 else 0.0


def _window(masks: list[bytes], margin: int, size: Size) -> tuple[int, int, int, int]:
    boxes = np.stack([rle.bounding_box(mask, size) for mask in masks]).astype(int)
    left, top = np.maximum(boxes[:, :2].min(axis=0) - margin, 0)
    right, bottom = np.minimum(boxes[:, 2:].max(axis=0) + margin, size[::-1])
    return int(left), int(top), int(right), int(bottom)


def _outline(mask: Mask) -> NDArray[np.uint8]:
    """Return the pixels at which a mask changes to the right, below or across (as DAVIS does)."""
    wide = np.pad(mask, ((0, 1), (0, 1)), mode="edge")
    edge = (mask ^ wide[:-1, 1:]) | (mask ^ wide[1:, :-1]) | (mask ^ wide[1:, 1:])
    return edge.astype(np.uint8)


def _disc(radius: int) -> NDArray[np.uint8]:
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    return np.asarray(x * x + y * y <= radius * radius, np.uint8)


def _inside(edge: NDArray[np.uint8], near: NDArray[np.uint8]) -> float:
    return float((edge & near).sum()) / max(int(edge.sum()), 1)
