"""Where a player's number is when no number region was found: the trunk of the body."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from courtside.geometry import Boxes
from courtside.rle import Mask, Size, decode_window

# Top and bottom, as shares of the height of a standing body, of front and back numbers.
TOP, BOTTOM = 0.18, 0.50
MIDDLE = 0.6
"""Share of the box's width that is read where there is no mask."""
LEAST_FILLED = 0.5
"""A column belongs to the trunk where so much of it is body; stretched arms fill less."""


def torso_boxes(boxes: Boxes, masks: Sequence[bytes | None], size: Size) -> Boxes:
    """Return the box of each player's trunk, (n, 4) x1 y1 x2 y2 in pixels.

    The trunk's width comes from the mask, so that a stretched arm does not draw the box away from
    the number; without a mask the middle of the box is taken.

    Args:
        boxes: (n, 4) of whole players in pixels of the upright picture.
        masks: COCO compressed counts, or null, of each player.
        size: height and width of the picture in pixels.
    """
    found = _middles(boxes)
    for index, mask in enumerate(masks):
        if mask is None:
            continue
        left, _, right, _ = window_of(boxes[index], size)
        top, bottom = np.clip(np.round(found[index, [1, 3]]), 0, size[0]).astype(int)
        start, stop = _trunk(decode_window(mask, size, (left, int(top), right, int(bottom))))
        if stop > start:
            found[index, [0, 2]] = left + start, left + stop
    return found


def window_of(box: Boxes, size: Size) -> tuple[int, int, int, int]:
    """Return the pixels of a box (4,) as left, top, right, bottom (exclusive), at least one."""
    limits = np.array(size[::-1])
    low = np.clip(np.floor(box[:2]), 0, limits - 1).astype(int)
    high = np.clip(np.ceil(box[2:]), low + 1, limits).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _middles(boxes: Boxes) -> Boxes:
    extent = boxes[:, 2:] - boxes[:, :2]
    middle, half = boxes[:, 0] + extent[:, 0] / 2, extent[:, 0] * MIDDLE / 2
    upper, lower = boxes[:, 1] + TOP * extent[:, 1], boxes[:, 1] + BOTTOM * extent[:, 1]
    return np.stack([middle - half, upper, middle + half, lower], axis=1).astype(np.float32)


def _trunk(body: Mask) -> tuple[int, int]:
    """Return the longest run of columns that are body for the most part, empty if there is none."""
    if len(body) == 0:
        return 0, 0
    filled = body.mean(axis=0) >= LEAST_FILLED
    steps = np.diff(np.concatenate([[False], filled, [False]]).astype(np.int8))
    starts, stops = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    if len(starts) == 0:
        return 0, 0
    best = int(np.argmax(stops - starts))
    return int(starts[best]), int(stops[best])
