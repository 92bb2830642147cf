"""A scripted number reader and sharp block-digit crops for the tests."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.engine import Net
from courtside.train.numbers_digits import Block, block_digit

BLOCK = Block(
    *(56, 17, 14, 10, 4, 48, 30),  # width, stem, bar, cut, inner cut, middle, tip
    foot=6,
    flag=12,
    variant=0,
)


def scripted(tens: int, ones: int, calls: list[NDArray[Any]] | None = None) -> Net:
    """Return a reader that sees the same number on every crop and keeps what it was shown."""

    def run(batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
        if calls is not None:
            calls.append(batch)
        count = len(batch)
        return {
            "readable": np.full(count, 0.9, np.float32),
            "tens": np.tile(np.eye(11, dtype=np.float32)[tens], (count, 1)),
            "ones": np.tile(np.eye(10, dtype=np.float32)[ones], (count, 1)),
        }

    return Net("scripted", "none", run)


def draw(number: str, shirt: int = 40, digits: int = 235) -> NDArray[np.uint8]:
    """Return a sharp crop with block digits and a margin."""
    gap = np.zeros((96, 8), np.uint8)
    glyphs = [block_digit(int(digit), BLOCK) for digit in number]
    line = np.hstack([part for glyph in glyphs for part in (glyph, gap)][:-1])
    line = np.pad(line, ((16, 16), (18, 18)))
    grey = shirt + line.astype(np.float32) / 255 * (digits - shirt)
    small = cv2.resize(grey.astype(np.uint8), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), np.uint8)
