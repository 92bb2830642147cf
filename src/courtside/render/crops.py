"""Run-length masks decoded as far as they reach: no whole picture for one person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.rle import Size


def decode_crop(counts: bytes, size: Size) -> tuple[NDArray[np.uint8], int, int] | None:
    """Return a mask's own crop as uint8 0 and 1, its left and its top; null for an empty mask.

    Decodes only the columns that the mask touches: a whole picture a person would cost more than
    all the drawing. The code is that of COCO's `rleFrString`: 5 bits a character with a
    continuation and a sign bit, each run but the first three as the difference to the run
    before the last.
    """
    height = size[0]
    ends = np.cumsum(_runs(counts))
    starts, stops = ends[:-1:2], ends[1::2]
    starts = starts[: len(stops)]
    filled = stops > starts
    starts, stops = starts[filled], stops[filled]
    if not len(starts):
        return None
    (left, first), (right, last) = np.divmod(starts, height), np.divmod(stops - 1, height)
    # A run that goes on in the next column touches the lower and the upper edge of the picture;
    # otherwise only the rows in use are filled, and one more for the marks of where runs stop.
    wraps = bool((left != right).any())
    top, bottom = (0, height) if wraps else (int(first.min()), int(last.max()) + 1)
    stride = height if wraps else bottom - top + 1
    origin, columns = int(left[0]), int(right[-1] - left[0]) + 1
    steps = np.zeros(columns * stride + 1, np.uint8)
    steps[(left - origin) * stride + first - top] = 1
    steps[(right - origin) * stride + last - top + 1] = 255
    filled_columns = np.cumsum(steps[:-1], dtype=np.uint8).reshape(columns, stride)
    return np.ascontiguousarray(filled_columns[:, : bottom - top].T), origin, top


def _runs(counts: bytes) -> NDArray[np.int64]:
    characters = np.frombuffer(counts, np.uint8).astype(np.int64) - 48
    last = np.flatnonzero((characters & 0x20) == 0)
    first = np.concatenate([[0], last[:-1] + 1])
    place = np.arange(len(characters)) - np.repeat(first, last - first + 1)
    values = np.add.reduceat((characters & 0x1F) << (5 * place), first)
    negative = (characters[last] & 0x10) != 0
    values[negative] -= np.int64(1) << (5 * (last - first + 1))[negative]
    # Runs 3, 5, 7... add to 1, 3, 5...; runs 4, 6, 8... to 2, 4, 6...; run 0 stands alone.
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values
