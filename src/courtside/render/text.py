"""Tags as small pictures with transparency, made once and kept.

The font is OpenCV's built-in `uni` (since OpenCV 5): it has the letters of most scripts and a
plain zero. It comes in one weight, so letters are made bold by thickening them at four times the
size before they are reduced.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.render.colours import INK, WHITE, Bgr, Look
from courtside.render.shapes import Image

FINER = 4
# Share of the letter height by which strokes are thickened on each side.
BOLDER = 0.03
SLATE: Bgr = (52, 42, 36)


@dataclass(frozen=True)
class Sprite:
    """A tag to lay over a picture.

    Attributes:
        pixels: (h, w, 4) uint8: blue, green, red times opacity, and the opacity.
        width: of the visible plate in pixels; the sprite is wider by a margin for rim and shadow.
        height: of the visible plate in pixels.
    """

    pixels: Image
    width: float
    height: float


@lru_cache(maxsize=512)
def tag_sprite(number: str, name: str, look: Look, letters: int) -> Sprite:
    """Return the tag for a number and a name, either may be empty.

    Args:
        number: drawn on a plate of the team's colour.
        name: drawn beside it on a dark plate.
        look: colours of the team.
        letters: height of the digits in pixels.
    """
    plates = [(text, plate) for text, plate in ((number, look.main), (name, SLATE)) if text]
    height = round(letters * 1.62)
    inks = [letters_of(text, letters) for text, _ in plates]
    gap = round(letters * 0.42)
    widths = [max(ink.shape[1] + 2 * gap, height) for ink in inks]
    margin = max(2, round(letters * 0.25))
    shape = (height + 2 * margin, sum(widths) + 2 * margin)
    colour, left = np.zeros((*shape, 3), np.float32), margin
    colour[:] = plates[0][1]
    for i, ((_, plate), ink, width) in enumerate(zip(plates, inks, widths, strict=True)):
        end = left + width if i + 1 < len(plates) else shape[1]
        colour[:, left:end] = plate
        _write(
            colour,
            ink,
            left + (width - ink.shape[1]) / 2,
            margin + height / 2,
            WHITE if plate is SLATE else look.text,
        )
        left += width
    return Sprite(_plate(colour, margin, letters, look.rim), sum(widths), height)


def letters_of(text: str, height: int) -> Image:
    """Return a line of bold text as coverage (h, w) uint8, trimmed at its sides.

    The rows reach from the top of the digits to their foot, plus a third of that on both sides
    for accents and descenders.
    """
    face = cv2.FontFace("uni")
    size = round(height * FINER / 0.73)
    canvas = np.zeros((size * 2, size * (len(text) + 2)), np.uint8)
    base = round(size * 1.3)
    cv2.putText(canvas, text, (size // 2, base), (255,), face, size)
    reach = max(1, round(height * FINER * BOLDER))
    bold = cv2.dilate(canvas, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2))
    top, bottom = base - round(height * FINER * 4 / 3), base + round(height * FINER / 3)
    used = np.flatnonzero(bold[top:bottom].any(axis=0))
    left, right = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, FINER)
    crop = bold[top:bottom, left:right]
    size_out = (max(1, round((right - left) / FINER)), round((bottom - top) / FINER))
    return np.asarray(cv2.resize(crop, size_out, interpolation=cv2.INTER_AREA), np.uint8)


def _write(
    canvas: NDArray[np.float32], ink: Image, left: float, middle: float, colour: Bgr
) -> None:
    top, first = round(middle - ink.shape[0] / 2), round(left)
    bottom = min(top + ink.shape[0], canvas.shape[0])
    rows = slice(max(top, 0), bottom)
    part = canvas[rows, first : first + ink.shape[1]]
    share = ink[rows.start - top : bottom - top, : part.shape[1], None] / np.float32(255)
    part += (np.array(colour, np.float32) - part) * share


def _plate(colour: NDArray[np.float32], margin: int, letters: int, rim: Bgr) -> Image:
    """Cut the plate out of its colours: round corners, a rim and a soft shadow."""
    height, width = colour.shape[:2]
    x = np.abs(np.arange(width) + 0.5 - width / 2)[None]
    y = np.abs(np.arange(height) + 0.5 - height / 2)[:, None]
    radius = letters * 0.42
    beyond_x = x - (width / 2 - margin - radius)
    beyond_y = y - (height / 2 - margin - radius)
    outside = np.hypot(np.maximum(beyond_x, 0), np.maximum(beyond_y, 0))
    distance = radius - outside - np.minimum(np.maximum(beyond_x, beyond_y), 0)
    line = max(1.0, letters * 0.09)
    plate = np.clip(distance + 0.5, 0, 1)[..., None]
    border = np.clip(distance + line + 0.5, 0, 1)[..., None]
    shadow = 0.4 * np.clip(1 + distance / margin, 0, 1)[..., None] ** 2
    ink = np.array(rim, np.float64)
    opacity = border + (1 - border) * shadow
    pixels = colour * plate + ink * (border - plate) + np.array(INK) * (1 - border) * shadow
    return np.asarray(np.round(np.dstack([pixels, 255 * opacity])), np.uint8)
