"""The picture of a kit with a number on it, seen flat: colours, stripes, names, digits.

Everything is drawn on a square canvas of `SIZE` pixels, the number in its middle with a height of
`NUMBER` pixels. What a camera then makes of it is the work of `numbers_data`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from courtside.train.numbers_colours import (
    NUMBER,
    SIZE,
    Colour,
    Picture,
    contrasting,
    paint,
    random_colour,
)
from courtside.train.numbers_glyphs import Font
from courtside.train.numbers_pattern import draw_names, draw_pattern
from courtside.train.numbers_shapes import number_masks

# Letters that no one takes for a digit; the others look like one on a blurred kit.
CLEAR_LETTERS = "ACEFHJKMNPRTUVWXY"


@dataclass(frozen=True)
class Cloth:
    """A flat kit.

    Attributes:
        picture: (SIZE, SIZE, 3) float32, BGR 0 to 255.
        digits: two masks (SIZE, SIZE) float32, 0 to 1: the tens digit and the ones digit.
        contrast: largest difference in a colour channel between the digits and the kit.
        stroke: typical thickness of the digits' strokes as a share of their height.
    """

    picture: Picture
    digits: tuple[Picture, Picture]
    contrast: float
    stroke: float


def draw_cloth(rng: np.random.Generator, number: str, fonts: Sequence[Font]) -> Cloth:
    """Draw a kit; `number` is "" for plain cloth, digits, or letters as a counter-example."""
    shirt = random_colour(rng)
    least = rng.choice([35.0, 70.0, 120.0], p=[0.06, 0.26, 0.68])
    fill = contrasting(rng, shirt, least)
    outline = contrasting(rng, fill, 60.0)
    canvas = np.empty((SIZE, SIZE, 3), np.float32)
    canvas[:] = shirt
    draw_pattern(rng, canvas, shirt, outline)
    draw_names(rng, canvas, fonts, fill)
    masks, stroke = number_masks(rng, number, fonts)
    edge = (SIZE - NUMBER) // 2 - 8
    rows = slice(edge, SIZE - edge)  # outlines reach no farther than 8 pixels
    both = np.maximum(masks[0], masks[1])
    outlined = _paint_number(rng, canvas[rows], both[rows], fill, outline)
    contrast = np.abs(fill - shirt).max()
    if outlined:
        contrast = max(contrast, min(np.abs(fill - outline).max(), np.abs(outline - shirt).max()))
    return Cloth(canvas, masks, float(contrast), stroke)


def _paint_number(
    rng: np.random.Generator, canvas: Picture, mask: Picture, fill: Colour, outline: Colour
) -> bool:
    """Paint digits with none, one or two outlines or a drop shadow; return whether outlined."""
    style = rng.choice(["plain", "one", "two", "gap", "shadow"], p=[0.3, 0.38, 0.14, 0.08, 0.1])
    shirt = canvas[0, SIZE // 2].copy()
    if style == "shadow":
        shift = rng.integers(1, 4, 2) * rng.choice([-1, 1], 2)
        paint(canvas, np.roll(mask, tuple(int(s) for s in shift), axis=(0, 1)), outline)
    if style in ("two", "gap"):
        second = random_colour(rng) if style == "two" else fill
        paint(canvas, _grown(mask, rng.uniform(2.6, 5.0)), second)
    if style in ("one", "two"):
        paint(canvas, _grown(mask, rng.uniform(1.0, 3.4)), outline)
    if style == "gap":
        paint(canvas, _grown(mask, rng.uniform(1.0, 2.4)), shirt)
    paint(canvas, mask, fill)
    _decorate(rng, canvas, mask, outline)
    return bool(style in ("one", "two"))


def _decorate(rng: np.random.Generator, canvas: Picture, mask: Picture, colour: Colour) -> None:
    """Now and then a line along the strokes, or stripes across the digits."""
    choice = rng.random()
    if choice < 0.04:
        side = int(rng.integers(3, 7))
        paint(canvas, np.asarray(cv2.erode(mask, np.ones((side, side))), np.float32), colour)
    elif choice < 0.07:
        every = int(rng.integers(4, 9))
        rows = (np.arange(len(mask)) % every < every // 3 + 1).astype(np.float32)
        paint(canvas, mask * rows[:, None] * np.float32(rng.uniform(0.3, 0.9)), colour)


def _grown(mask: Picture, radius: float) -> Picture:
    side = 2 * int(np.ceil(radius)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    grown = cv2.dilate(mask, kernel)
    # A fractional radius is a blend of two whole ones.
    share = 1 - (np.ceil(radius) - radius) * 0.5
    return np.asarray(np.maximum(mask, grown * share), np.float32)
