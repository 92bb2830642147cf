"""Cut a piece out of a run-length mask without decoding the whole picture.

`pycocotools` can only decode a mask of the whole picture: 1.9 ms for 1280 x 720 against 0.1 ms
for the columns of one person.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.rle import Mask, Size


def decode_columns(counts: bytes, size: Size, left: int, right: int) -> Mask:
    """Return the columns `left` to `right` (exclusive) of a mask, shape (height, right - left).

    Args:
        counts: COCO compressed counts.
        size: height and width of the picture in pixels.
        left: first column, at least 0.
        right: column after the last, at most the width.
    """
    height, _ = size
    pixels = (right - left) * height
    edges = np.clip(np.cumsum(run_lengths(counts)) - left * height, 0, pixels)
    lengths = np.diff(edges, prepend=0, append=pixels)
    inside = np.arange(len(lengths)) % 2 == 1
    return np.repeat(inside, lengths).reshape(right - left, height).T


def run_lengths(counts: bytes) -> NDArray[np.int64]:
    """Return the lengths of the runs, background first, in pixels of the column-major picture.

    The format is that of `rleFrString` in COCO's `maskApi.c`: characters of 6 bits from "0", of
    which 5 carry the number, the lowest first, and one says that it goes on; the last carries
    the sign. From the fourth on, a run is stored as its difference to the one two before.
    """
    characters = np.frombuffer(counts, np.uint8).astype(np.int64) - 48
    ends = np.flatnonzero(characters & 0x20 == 0)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    position = np.arange(len(characters)) - np.repeat(starts, lengths)
    runs = np.add.reduceat((characters & 0x1F) << (5 * position), starts)
    runs -= np.where(characters[ends] & 0x10, 1 << (5 * lengths), 0)
    runs[1::2] = np.cumsum(runs[1::2])
    runs[2::2] = np.cumsum(runs[2::2])
    return np.asarray(runs, np.int64)
