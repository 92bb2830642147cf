"""Masks of a number's digits on the canvas of a kit, in a font or a block alphabet."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from courtside.train.numbers_colours import NUMBER, SIZE, Picture
from courtside.train.numbers_digits import block_digit, random_block
from courtside.train.numbers_glyphs import HEIGHT, Font, Mask


def number_masks(
    rng: np.random.Generator, number: str, fonts: Sequence[Font]
) -> tuple[tuple[Picture, Picture], float]:
    """Return masks of the tens and ones digit, centred, and the share of the stroke."""
    masks = np.zeros((SIZE, SIZE), np.float32), np.zeros((SIZE, SIZE), np.float32)
    glyphs, stroke = _glyphs(rng, number, fonts)
    if not glyphs:
        return masks, 0.0
    stretch = NUMBER / HEIGHT * rng.uniform(0.8, 1.2)
    widths = [max(4, round(glyph.shape[1] * stretch)) for glyph in glyphs]
    gap = round(rng.choice([rng.uniform(0, 3), rng.uniform(1, 9)]))
    total = sum(widths) + gap * (len(glyphs) - 1)
    squeeze = min(1.0, (SIZE - 12) / total)
    left = SIZE / 2 - total * squeeze / 2
    for index, glyph in enumerate(glyphs):
        width = max(3, round(widths[index] * squeeze))
        _place(masks[index == len(glyphs) - 1], glyph, left, width)
        left += width + gap * squeeze
    return masks, stroke


def _place(mask: Picture, glyph: Mask, left: float, width: int) -> None:
    top, start = (SIZE - NUMBER) // 2, min(max(0, round(left)), SIZE - width)
    small = cv2.resize(glyph, (width, NUMBER), interpolation=cv2.INTER_AREA)
    stop = min(SIZE, start + width)
    part = mask[top : top + NUMBER, start:stop]
    np.maximum(part, small[:, : stop - start].astype(np.float32) / 255, out=part)


def _glyphs(
    rng: np.random.Generator, number: str, fonts: Sequence[Font]
) -> tuple[list[Mask], float]:
    if not number:
        return [], 0.0
    if not number.isdigit():
        font = fonts[int(rng.integers(len(fonts)))] if fonts else None
        return [font.shapes[letter] for letter in number] if font else [], 0.2
    if fonts and rng.random() < 0.55:
        font = fonts[int(rng.integers(len(fonts)))]
        glyphs = [font.shapes[digit] for digit in number]
        stroke = 0.17
    else:
        block = random_block(rng)
        glyphs = [block_digit(int(digit), block) for digit in number]
        stroke = (block.stem + block.bar) / 2 / HEIGHT
        if rng.random() < 0.5:
            glyphs = [_rounded(glyph, rng.uniform(2, 6)) for glyph in glyphs]
    if rng.random() < 0.3:
        glyphs = [_weighted(rng, glyph) for glyph in glyphs]
    return glyphs, stroke


def _rounded(glyph: Mask, radius: float) -> Mask:
    """Round the corners of a digit by blurring and cutting at the half."""
    soft = cv2.GaussianBlur(glyph, (0, 0), radius, borderType=cv2.BORDER_CONSTANT)
    return np.clip((soft.astype(np.float32) - 127) * 6 + 127, 0, 255).astype(np.uint8)


def _weighted(rng: np.random.Generator, glyph: Mask) -> Mask:
    """Make strokes a little bolder or thinner."""
    kernel = np.ones((3, 3), np.uint8)
    change = cv2.dilate if rng.random() < 0.6 else cv2.erode
    return np.asarray(change(glyph, kernel), np.uint8)
