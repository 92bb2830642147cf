"""Athletic block digits for the rendered jersey numbers.

Most team kits use block digits with cut (chamfered) corners that no text font has, so these are
drawn here from a few parameters. Fonts (`numbers_glyphs`) add the rounded, slanted and slabbed
remainder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from courtside.train.numbers_glyphs import HEIGHT, Mask

Corners = tuple[float, float, float, float]


@dataclass(frozen=True)
class Block:
    """Parameters of one block alphabet, in pixels at `HEIGHT`.

    Attributes:
        width: of a digit.
        stem: thickness of vertical strokes.
        bar: thickness of horizontal strokes.
        cut: how much of the outer corners is cut off.
        inner_cut: the same for the holes.
        middle: height of the middle bar's centre.
        tip: how far an open stroke's end reaches (2, 3, 5, 6, 9).
        foot: overhang of the serif under 1 and 4, 0 for none.
        flag: length of the 1's flag, 0 for a plain bar.
        variant: picks the diagonal or stepped 2 and the closed or open 4.
    """

    width: float
    stem: float
    bar: float
    cut: float
    inner_cut: float
    middle: float
    tip: float
    foot: float
    flag: float
    variant: int


def random_block(rng: np.random.Generator) -> Block:
    """Draw one block alphabet."""
    width = HEIGHT * rng.uniform(0.42, 0.8)
    stem = width * rng.uniform(0.24, 0.4)
    bar = min(stem * rng.uniform(0.65, 1.1), HEIGHT * 0.23)
    cut = stem * rng.uniform(0.0, 1.1)
    return Block(
        width=width,
        stem=stem,
        bar=bar,
        cut=cut,
        inner_cut=cut * rng.uniform(0.0, 0.5),
        middle=HEIGHT * rng.uniform(0.46, 0.54),
        tip=HEIGHT * rng.uniform(0.27, 0.37),
        foot=stem * rng.choice([0.0, rng.uniform(0.2, 0.7)]),
        flag=stem * rng.choice([0.0, rng.uniform(0.3, 0.9)], p=[0.12, 0.88]),
        variant=int(rng.integers(4)),
    )


def block_digit(digit: int, block: Block) -> Mask:
    """Return one block digit as a mask (HEIGHT, w) of 0 and 255."""
    return _DRAWERS[digit](block)


def _canvas(width: float) -> Mask:
    return np.zeros((HEIGHT, max(8, round(width))), np.uint8)


def _fill(mask: Mask, points: Sequence[tuple[float, float]], value: int = 255) -> None:
    """Fill a polygon with sub-pixel corners."""
    fixed = np.round(np.array(points) * 16).astype(np.int32)
    cv2.fillPoly(mask, [fixed], value, cv2.LINE_AA, shift=4)


def _box(
    mask: Mask, left: float, top: float, right: float, bottom: float, value: int = 255
) -> None:
    _fill(mask, [(left, top), (right, top), (right, bottom), (left, bottom)], value)


def _octagon(
    mask: Mask,
    box: tuple[float, float, float, float],
    cuts: Corners,
    value: int = 255,
) -> None:
    """Fill a box whose corners (top left, top right, bottom right, bottom left) are cut."""
    left, top, right, bottom = box
    a, b, c, d = (min(cut, (right - left) / 2, (bottom - top) / 2) for cut in cuts)
    upper = [(left, top + a), (left + a, top), (right - b, top), (right, top + b)]
    lower = [(right, bottom - c), (right - c, bottom), (left + d, bottom), (left, bottom - d)]
    _fill(mask, upper + lower, value)


def _ring(mask: Mask, block: Block, top: float, bottom: float, cuts: Corners) -> None:
    """Draw a closed bowl from `top` to `bottom` over the whole width."""
    _octagon(mask, (0, top, block.width, bottom), cuts)
    hole = (block.stem, top + block.bar, block.width - block.stem, bottom - block.bar)
    inner = block.inner_cut
    _octagon(mask, hole, (inner, inner, inner, inner), 0)


def _zero(block: Block) -> Mask:
    mask = _canvas(block.width)
    _ring(mask, block, 0, HEIGHT, (block.cut,) * 4)
    return mask


def _one(block: Block) -> Mask:
    left = max(block.flag, block.foot)
    mask = _canvas(left + block.stem + block.foot)
    right = left + block.stem
    _box(mask, left, 0, right, HEIGHT)
    if block.flag:
        drop = block.bar * 0.5 if block.variant % 2 else 0.0
        flag = [(left, 0), (left - block.flag, block.bar - drop)]
        flag += [(left - block.flag, 2 * block.bar - drop), (left, 1.6 * block.bar)]
        _fill(mask, flag)
    if block.foot:
        _box(mask, left - block.foot, HEIGHT - block.bar * 0.8, right + block.foot, HEIGHT)
    return mask


def _two(block: Block) -> Mask:
    mask = _canvas(block.width)
    turn = block.middle + (block.bar / 2 if block.variant % 2 else -block.bar / 2)
    cuts = (block.cut, block.cut, block.cut if block.variant % 2 else 0.0, 0.0)
    _ring(mask, block, 0, turn + block.bar, cuts)
    if block.variant % 2:
        low = turn + block.bar
        _box(mask, 0, turn, block.stem, turn + block.bar, 0)
        _octagon(mask, (0, turn, block.width - block.stem, HEIGHT), (block.cut, 0, 0, 0))
        _box(mask, block.stem, low, block.width, HEIGHT - block.bar, 0)
    else:
        _box(mask, 0, turn, block.width, HEIGHT, 0)
        slope = [(block.width - block.stem, turn - block.bar * 0.3), (block.width, turn)]
        slope += [(block.stem * 1.25, HEIGHT - block.bar), (block.stem * 1.25, HEIGHT)]
        _fill(mask, [*slope, (0, HEIGHT), (0, HEIGHT - block.bar * 1.3)])
    _box(mask, 0, block.tip, block.stem, turn, 0)
    _box(mask, 0, HEIGHT - block.bar, block.width, HEIGHT)
    return mask


def _three(block: Block) -> Mask:
    mask = _eight(block)
    _box(mask, 0, block.tip, block.stem + 1, HEIGHT - block.tip, 0)
    start = block.width * (0.25 if block.variant % 2 else 0.4)
    half = block.bar / 2
    _box(mask, start, block.middle - half, block.width - block.cut / 2, block.middle + half)
    return mask


def _four(block: Block) -> Mask:
    mask = _canvas(block.width + block.foot)
    left = block.width - block.stem - block.stem * 0.25
    bar = HEIGHT * 0.66
    if block.variant == 3:
        _box(mask, 0, 0, block.stem, bar + block.bar)
    else:
        _fill(mask, [(0, bar), (left, 0), (left + 1, 0), (left + 1, bar + 2), (0, bar + 2)])
        hole = (left - block.stem * 0.75) * 0.9
        _fill(mask, [(block.stem * 0.75, bar), (left, bar - bar * hole / left), (left, bar)], 0)
    _box(mask, left, 0, left + block.stem, HEIGHT)
    _box(mask, 0, bar, block.width, bar + block.bar)
    if block.foot:
        right = left + block.stem + block.foot
        _box(mask, left - block.foot, HEIGHT - block.bar * 0.8, right, HEIGHT)
    return mask


def _five(block: Block) -> Mask:
    mask = _canvas(block.width)
    top = block.middle - block.bar * 0.9
    _ring(mask, block, top, HEIGHT, (0.0, block.cut, block.cut, block.cut))
    _box(mask, 0, top + block.bar, block.stem, HEIGHT - block.tip, 0)
    _box(mask, 0, 0, block.stem, top + block.bar)
    _box(mask, 0, 0, block.width - block.cut * 0.3, block.bar)
    return mask


def _six(block: Block) -> Mask:
    mask = _canvas(block.width)
    _octagon(mask, (0, 0, block.width, HEIGHT), (block.cut,) * 4)
    shoulder = block.middle - block.bar / 2
    inner = (block.inner_cut,) * 4
    _octagon(mask, (block.stem, block.bar, block.width - block.stem, shoulder), inner, 0)
    _box(mask, block.stem, block.tip * 0.95, block.width, shoulder, 0)
    corner = [(block.width, shoulder - 1), (block.width, shoulder + block.cut)]
    _fill(mask, [*corner, (block.width - block.cut, shoulder - 1)], 0)
    hole = (block.stem, shoulder + block.bar, block.width - block.stem, HEIGHT - block.bar)
    _octagon(mask, hole, inner, 0)
    return mask


def _seven(block: Block) -> Mask:
    mask = _canvas(block.width)
    foot = block.width * (0.18 + 0.08 * block.variant)
    stem = min(block.stem * 1.1, block.width - foot)
    slope = [(block.width - stem, block.bar), (block.width, block.bar)]
    _fill(mask, [*slope, (foot + stem, HEIGHT), (foot, HEIGHT)])
    _box(mask, 0, 0, block.width, block.bar * 1.1)
    if block.variant % 2:
        _box(mask, 0, 0, block.stem * 0.6, block.bar * 1.9)
    return mask


def _eight(block: Block) -> Mask:
    mask = _canvas(block.width)
    half, waist = block.bar / 2, block.cut * 0.6
    upper = _canvas(block.width)
    _ring(upper, block, 0, block.middle + half, (block.cut, block.cut, waist, waist))
    cuts = (waist, waist, block.cut, block.cut)
    _ring(mask, block, block.middle - half, HEIGHT, cuts)
    return np.maximum(mask, upper)


def _nine(block: Block) -> Mask:
    return np.ascontiguousarray(_six(block)[::-1, ::-1])


_DRAWERS: tuple[Callable[[Block], Mask], ...] = (
    _zero,
    _one,
    _two,
    _three,
    _four,
    _five,
    _six,
    _seven,
    _eight,
    _nine,
)
