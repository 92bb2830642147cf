"""The picture of a kit with a number on it, seen flat: colours, stripes, names, digits.

Everything is drawn on a square canvas of `SIZE` pixels, the number in its middle with a height of
`NUMBER` pixels. What a camera then makes of it is the work of `numbers_data`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.train.numbers_digits import block_digit, random_block
from courtside.train.numbers_glyphs import HEIGHT, LETTERS, Font, Mask

SIZE = 112
NUMBER = 40
Picture = NDArray[np.float32]
Colour = NDArray[np.float32]
# Letters that no one takes for a digit; the others look like one on a blurred kit.
CLEAR_LETTERS = "ACEFHJKMNPRTUVWXY"
_SKIN = np.array([[60, 80, 120], [95, 125, 175], [130, 160, 215], [35, 48, 75]], np.float32)


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


def random_colour(rng: np.random.Generator) -> Colour:
    """Draw a kit colour: white, black, grey or a saturated one; BGR 0 to 255."""
    choice = rng.random()
    if choice < 0.25:
        level, spread = rng.uniform(195, 255), 12
    elif choice < 0.40:
        level, spread = rng.uniform(10, 55), 12
    elif choice < 0.48:
        level, spread = rng.uniform(55, 195), 10
    else:
        hue = np.array([[[rng.integers(180), rng.uniform(130, 255), rng.uniform(90, 250)]]])
        return np.asarray(cv2.cvtColor(hue.astype(np.uint8), cv2.COLOR_HSV2BGR)[0, 0], np.float32)
    return np.asarray(np.clip(level + rng.normal(0, spread, 3), 0, 255), np.float32)


def skin_colour(rng: np.random.Generator) -> Colour:
    """Draw a colour of skin; BGR 0 to 255."""
    tone = _SKIN[rng.integers(len(_SKIN))] * rng.uniform(0.8, 1.15)
    return np.asarray(np.clip(tone + rng.normal(0, 8, 3), 0, 255), np.float32)


def contrasting(rng: np.random.Generator, other: Colour, least: float) -> Colour:
    """Draw a kit colour at least `least` away from another in one channel, if ten tries find it."""
    for _ in range(10):
        colour = random_colour(rng)
        if np.abs(colour - other).max() >= least:
            break
    return colour


def draw_cloth(rng: np.random.Generator, number: str, fonts: Sequence[Font]) -> Cloth:
    """Draw a kit; `number` is "" for plain cloth, digits, or letters as a counter-example."""
    shirt = random_colour(rng)
    least = rng.choice([35.0, 70.0, 120.0], p=[0.06, 0.26, 0.68])
    fill = contrasting(rng, shirt, least)
    outline = contrasting(rng, fill, 60.0)
    canvas = np.empty((SIZE, SIZE, 3), np.float32)
    canvas[:] = shirt
    _pattern(rng, canvas, shirt, outline)
    _names(rng, canvas, fonts, fill)
    masks, stroke = _number_masks(rng, number, fonts)
    edge = (SIZE - NUMBER) // 2 - 8
    rows = slice(edge, SIZE - edge)  # outlines reach no farther than 8 pixels
    both = np.maximum(masks[0], masks[1])
    outlined = _paint_number(rng, canvas[rows], both[rows], fill, outline)
    contrast = np.abs(fill - shirt).max()
    if outlined:
        contrast = max(contrast, min(np.abs(fill - outline).max(), np.abs(outline - shirt).max()))
    return Cloth(canvas, masks, float(contrast), stroke)


def _paint(canvas: Picture, mask: Picture, colour: Colour) -> None:
    weight = mask[..., None]
    canvas *= 1 - weight
    canvas += weight * colour


def _paint_number(
    rng: np.random.Generator, canvas: Picture, mask: Picture, fill: Colour, outline: Colour
) -> bool:
    """Paint digits with none, one or two outlines or a drop shadow; return whether outlined."""
    style = rng.choice(["plain", "one", "two", "gap", "shadow"], p=[0.3, 0.38, 0.14, 0.08, 0.1])
    shirt = canvas[0, SIZE // 2].copy()
    if style == "shadow":
        shift = rng.integers(1, 4, 2) * rng.choice([-1, 1], 2)
        _paint(canvas, np.roll(mask, tuple(int(s) for s in shift), axis=(0, 1)), outline)
    if style in ("two", "gap"):
        second = random_colour(rng) if style == "two" else fill
        _paint(canvas, _grown(mask, rng.uniform(2.6, 5.0)), second)
    if style in ("one", "two"):
        _paint(canvas, _grown(mask, rng.uniform(1.0, 3.4)), outline)
    if style == "gap":
        _paint(canvas, _grown(mask, rng.uniform(1.0, 2.4)), shirt)
    _paint(canvas, mask, fill)
    _decorate(rng, canvas, mask, outline)
    return bool(style in ("one", "two"))


def _decorate(rng: np.random.Generator, canvas: Picture, mask: Picture, colour: Colour) -> None:
    """Now and then a line along the strokes, or stripes across the digits."""
    choice = rng.random()
    if choice < 0.04:
        side = int(rng.integers(3, 7))
        _paint(canvas, np.asarray(cv2.erode(mask, np.ones((side, side))), np.float32), colour)
    elif choice < 0.07:
        every = int(rng.integers(4, 9))
        rows = (np.arange(len(mask)) % every < every // 3 + 1).astype(np.float32)
        _paint(canvas, mask * rows[:, None] * np.float32(rng.uniform(0.3, 0.9)), colour)


def _grown(mask: Picture, radius: float) -> Picture:
    side = 2 * int(np.ceil(radius)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    grown = cv2.dilate(mask, kernel)
    # A fractional radius is a blend of two whole ones.
    share = 1 - (np.ceil(radius) - radius) * 0.5
    return np.asarray(np.maximum(mask, grown * share), np.float32)


def _number_masks(
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
        left += width + gap
    return masks, stroke


def _place(mask: Picture, glyph: Mask, left: float, width: int) -> None:
    top, start = (SIZE - NUMBER) // 2, max(0, round(left))
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


def _pattern(rng: np.random.Generator, canvas: Picture, shirt: Colour, accent: Colour) -> None:
    """Side panels, stripes, a disc behind the number, collar and armholes, shorts."""
    skin = skin_colour(rng)
    if rng.random() < 0.3:
        width = int(rng.integers(3, 22))
        for x in (int(rng.integers(0, 24)), SIZE - int(rng.integers(0, 24)) - width):
            cv2.rectangle(canvas, (x, 0), (x + width, SIZE), accent.tolist(), -1)
    if rng.random() < 0.06:
        tint = shirt * 0.75 + accent * 0.25
        for x in range(int(rng.integers(8)), SIZE, int(rng.integers(6, 16))):
            cv2.line(canvas, (x, 0), (x, SIZE), tint.tolist(), 1)
    if rng.random() < 0.1:
        tint = shirt + (random_colour(rng) - shirt) * rng.uniform(0.2, 1.0)
        y, tall = int(rng.integers(0, SIZE)), int(rng.integers(4, 40))
        cv2.rectangle(canvas, (0, y), (SIZE, y + tall), tint.tolist(), -1)
    if rng.random() < 0.06:
        cv2.circle(canvas, (SIZE // 2, SIZE // 2), int(rng.integers(38, 54)), accent.tolist(), 3)
    if rng.random() < 0.25:
        middle = (SIZE // 2 + int(rng.integers(-20, 21)), int(rng.integers(-10, 24)))
        cv2.ellipse(canvas, middle, (int(rng.integers(12, 26)), 20), 0, 0, 360, accent.tolist(), -1)
        cv2.ellipse(canvas, middle, (int(rng.integers(9, 22)), 16), 0, 0, 360, skin.tolist(), -1)
    if rng.random() < 0.12:
        y = int(rng.integers(86, 110))
        cv2.rectangle(canvas, (0, y), (SIZE, SIZE), random_colour(rng).tolist(), -1)


def _names(
    rng: np.random.Generator, canvas: Picture, fonts: Sequence[Font], colour: Colour
) -> None:
    """A name or club above the number, now and then a word below it."""
    if not fonts:
        return
    for chance, below in ((0.5, False), (0.14, True)):
        if rng.random() >= chance:
            continue
        count = int(rng.integers(3, 10))
        # A club's name may be as tall as the number below it.
        tall = int(rng.integers(8, 18) if rng.random() < 0.7 else rng.integers(16, 32))
        gap = int(rng.integers(1, 10))
        edge = (SIZE - NUMBER) // 2
        top = SIZE - edge + gap if below else edge - gap - tall
        _word(rng, canvas, fonts[int(rng.integers(len(fonts)))], count, top, tall, colour)


def _word(
    rng: np.random.Generator,
    canvas: Picture,
    font: Font,
    count: int,
    top: int,
    tall: int,
    colour: Colour,
) -> None:
    letters = [font.shapes[LETTERS[i]] for i in rng.integers(len(LETTERS), size=count)]
    space = np.zeros((HEIGHT, int(rng.integers(4, 22))), np.uint8)
    line = np.hstack([part for letter in letters for part in (letter, space)])
    width = min(SIZE, round(line.shape[1] * tall / HEIGHT * rng.uniform(0.8, 1.2)))
    small = cv2.resize(line, (width, tall), interpolation=cv2.INTER_AREA)
    left, start = (SIZE - width) // 2, max(0, -top)
    stop = min(tall, SIZE - top)
    if stop > start:
        weight = small[start:stop].astype(np.float32) / np.float32(255)
        _paint(canvas[top + start : top + stop, left : left + width], weight, colour)
