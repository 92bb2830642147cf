"""Laying shapes, tags and paths over a picture; only the pixels they touch are read or written."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.render.canvas import Canvas, lay_levels, lay_pixels, size_of
from courtside.render.colours import Bgr
from courtside.render.shapes import Image, Shape
from courtside.render.style import Ramp, fading_ramp
from courtside.render.text import Sprite


def stamp_shape(canvas: Canvas, shape: Shape, ramp: Ramp, hidden: Image | None = None) -> None:
    """Draw a shape with a ramp, in place.

    Args:
        canvas: what is drawn on.
        shape: on whole pixels, see `finished`.
        ramp: colours by distance.
        hidden: (h, w) uint8 as the shape, 255 where something stands before it.
    """
    lay_levels(canvas, (int(shape.x), int(shape.y)), shape.levels, ramp, hidden)


def cover(
    corner: tuple[int, int], size: tuple[int, int], people: Sequence[tuple[Shape, Ramp]]
) -> Image | None:
    """Return where people stand before a layer: uint8 (h, w), 255 there; null where nobody does.

    Args:
        corner: left and top of the layer in pixels.
        size: height and width of the layer.
        people: their shapes on whole pixels, and ramps.
    """
    found: Image | None = None
    left, top = corner
    right, bottom = left + size[1], top + size[0]
    for person, ramp in people:
        if person.x >= right or person.y >= bottom:
            continue
        x, y = int(person.x), int(person.y)
        height, width = person.levels.shape
        if x + width <= left or y + height <= top:
            continue
        found = np.zeros(size, np.uint8) if found is None else found
        rows = slice(max(y, top), min(y + height, bottom))
        columns = slice(max(x, left), min(x + width, right))
        levels = _part(person.levels, rows, columns, (y, x))
        part = _part(found, rows, columns, (top, left))
        cv2.max(part, cv2.LUT(levels, ramp.cover), dst=part)
    return found


def _part(layer: Image, rows: slice, columns: slice, corner: tuple[int, int]) -> Image:
    """Return rows and columns of the picture out of a layer whose corner is at row, column."""
    top, left = corner
    return layer[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]


def stamp_sprite(
    canvas: Canvas,
    sprite: Sprite,
    centre: tuple[float, float],
    scale: float = 1.0,
    opacity: float = 1.0,
    before: Sequence[tuple[Shape, Ramp]] = (),
) -> None:
    """Lay a tag over the picture, in place.

    Args:
        canvas: what is drawn on.
        sprite: the tag.
        centre: x y in pixels, also between them, so that a tag glides.
        scale: of the sprite.
        opacity: 0 to 1.
        before: people who stand before the tag, as for `cover`.
    """
    height, width = sprite.pixels.shape[:2]
    left, top = centre[0] - scale * width / 2, centre[1] - scale * height / 2
    place, size = (floor(left), floor(top)), (ceil(scale * width) + 1, ceil(scale * height) + 1)
    # Pixel centres lie at +0.5; warpAffine counts centres from 0.
    half = 0.5 * scale - 0.5
    matrix = np.array([[scale, 0, left - place[0] + half], [0, scale, top - place[1] + half]])
    pixels = cv2.warpAffine(sprite.pixels, matrix, size)
    if opacity < 1:
        pixels = cv2.convertScaleAbs(pixels, alpha=opacity)
    hidden = cover(place, (size[1], size[0]), before)
    lay_pixels(canvas, place, np.asarray(pixels, np.uint8), hidden)


def stamp_path(
    canvas: Canvas, points: NDArray[np.float64], colour: Bgr, width: float, opacity: float
) -> None:
    """Draw a path that fades and thins towards its beginning.

    Args:
        canvas: what is drawn on, changed in place.
        points: (n, 2) x y in pixels, oldest first.
        colour: BGR.
        width: of the line at its newest end, in pixels.
        opacity: at its newest end, 0 to 1.
    """
    if len(points) < 2:
        return
    rows, columns = size_of(canvas)
    reach = int(np.ceil(width)) + 2
    left, top = np.floor(points.min(axis=0)).astype(int) - reach
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + reach
    right, bottom = min(right, columns + reach), min(bottom, rows + reach)
    left, top = max(left, -reach), max(top, -reach)
    if right <= left or bottom <= top:
        return
    layer = np.zeros((bottom - top, right - left), np.uint8)
    # Coordinates of OpenCV's lines carry 4 binary places here.
    fixed = np.round((points - (left, top) - 0.5) * 16).astype(int)
    for i in range(len(fixed) - 1):
        share = (i + 1) / (len(fixed) - 1)
        thickness = max(1, round(width * (0.35 + 0.65 * share)))
        shade = 255 * opacity * share
        cv2.line(layer, fixed[i].tolist(), fixed[i + 1].tolist(), shade, thickness, cv2.LINE_AA, 4)
    lay_levels(canvas, (int(left), int(top)), layer, fading_ramp(colour))
