"""Laying shapes, tags and paths over a picture; only the pixels they touch are read or written."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.render.colours import Bgr
from courtside.render.shapes import Image, Shape
from courtside.render.style import Ramp
from courtside.render.text import Sprite

Window = tuple[slice, slice]


def stamp_shape(image: Image, shape: Shape, ramp: Ramp, hidden: Image | None = None) -> None:
    """Draw a shape with a ramp, in place.

    Args:
        image: BGR uint8 (height, width, 3).
        shape: on whole pixels, see `finished`.
        ramp: colours by distance.
        hidden: (h, w) uint8 as the shape, 255 where something stands before it.
    """
    window, own = _overlap(image.shape, int(shape.x), int(shape.y), shape.levels.shape)
    levels = shape.levels[own]
    if not levels.size:
        return
    add = cv2.LUT(cv2.merge([levels] * 3), ramp.add)
    part = None if hidden is None else hidden[own]
    _lay(image, window, np.asarray(cv2.LUT(levels, ramp.keep)), np.asarray(add), part)


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
    for person, ramp in people:
        x, y = int(person.x) - corner[0], int(person.y) - corner[1]
        if (
            x >= size[1]
            or y >= size[0]
            or x + person.levels.shape[1] <= 0
            or y + person.levels.shape[0] <= 0
        ):
            continue
        part, own = _overlap(size, x, y, person.levels.shape)
        levels = person.levels[own]
        if levels.size:
            found = np.zeros(size, np.uint8) if found is None else found
            np.maximum(found[part], ramp.cover[levels], out=found[part])
    return found


def stamp_sprite(
    image: Image,
    sprite: Sprite,
    centre: tuple[float, float],
    scale: float = 1.0,
    opacity: float = 1.0,
    before: Sequence[tuple[Shape, Ramp]] = (),
) -> None:
    """Lay a tag over the picture, in place.

    Args:
        image: BGR uint8 (height, width, 3).
        sprite: the tag.
        centre: x y in pixels, also between them, so that a tag glides.
        scale: of the sprite.
        opacity: 0 to 1.
        before: people who stand before the tag, as for `cover`.
    """
    height, width = sprite.pixels.shape[:2]
    corner = np.floor(np.array(centre) - scale * np.array([width, height]) / 2).astype(int)
    size = np.ceil(scale * np.array([width, height])).astype(int) + 1
    shift = np.array(centre) - corner - 0.5 - scale * (np.array([width, height]) - 1) / 2
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    pixels = cv2.warpAffine(sprite.pixels, matrix, (int(size[0]), int(size[1])))
    if opacity < 1:
        pixels = cv2.convertScaleAbs(pixels, alpha=opacity)
    left, top = int(corner[0]), int(corner[1])
    window, own = _overlap(image.shape, left, top, pixels.shape)
    part = np.asarray(pixels[own], np.uint8)
    if part.size:
        hidden = cover((left, top), (int(size[1]), int(size[0])), before)
        colours = np.ascontiguousarray(part[..., :3])
        _lay(image, window, 255 - part[..., 3], colours, None if hidden is None else hidden[own])


def stamp_path(
    image: Image, points: NDArray[np.float64], colour: Bgr, width: float, opacity: float
) -> None:
    """Draw a path that fades and thins towards its beginning.

    Args:
        image: BGR uint8, changed in place.
        points: (n, 2) x y in pixels, oldest first.
        colour: BGR.
        width: of the line at its newest end, in pixels.
        opacity: at its newest end, 0 to 1.
    """
    if len(points) < 2:
        return
    reach = int(np.ceil(width)) + 2
    left, top = np.floor(points.min(axis=0)).astype(int) - reach
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + reach
    right, bottom = min(right, image.shape[1] + reach), min(bottom, image.shape[0] + reach)
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
    window, own = _overlap(image.shape, int(left), int(top), layer.shape)
    share_kept = 255 - layer[own]
    if share_kept.size:
        three = cv2.merge([layer[own]] * 3)
        add = cv2.multiply(three, np.array([*colour, 0], np.float64), scale=1 / 255)
        _lay(image, window, share_kept, np.asarray(add, np.uint8))


def _lay(
    image: Image, window: Window, keep: Image, add: Image, hidden: Image | None = None
) -> None:
    part = image[window]
    mixed = cv2.add(cv2.multiply(part, cv2.merge([keep] * 3), scale=1 / 255), add)
    if hidden is None:
        image[window] = mixed
    else:
        share = hidden[..., None].astype(np.float32) / np.float32(255)
        image[window] = np.round(mixed + (part - mixed.astype(np.float32)) * share)


def _overlap(
    size: tuple[int, ...], left: int, top: int, layer: tuple[int, ...]
) -> tuple[Window, Window]:
    """Return the part of a picture under a layer at a corner, and that part of the layer."""
    first_row, first_column = max(top, 0), max(left, 0)
    end_row = max(min(top + layer[0], size[0]), first_row)
    end_column = max(min(left + layer[1], size[1]), first_column)
    below = (slice(first_row, end_row), slice(first_column, end_column))
    own = (
        slice(first_row - top, end_row - top),
        slice(first_column - left, end_column - left),
    )
    return below, own
