"""What else is on a kit: side panels, stripes, collars, shorts, and names above the number."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from courtside.train.numbers_colours import (
    NUMBER,
    SIZE,
    Colour,
    Picture,
    paint,
    random_colour,
    skin_colour,
)
from courtside.train.numbers_glyphs import HEIGHT, LETTERS, Font


def draw_pattern(rng: np.random.Generator, canvas: Picture, shirt: Colour, accent: Colour) -> None:
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


def draw_names(
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
        paint(canvas[top + start : top + stop, left : left + width], weight, colour)
