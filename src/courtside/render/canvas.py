"""What is drawn on: a BGR picture, or the three planes of a video frame, with the same strokes.

A stroke is a small grey picture of levels and a ramp that tells, for each level, how much of the
old pixel stays and which colour is added. On planes the colour is first turned into luma and
colour differences, for the 256 levels only, not for each pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.errors import InputError
from courtside.render.shapes import Image
from courtside.render.style import Ramp
from courtside.video.planes import Matrix, Planes

Window = tuple[slice, slice]
Corner = tuple[int, int]
# Shares of red, green, blue in the luma (ITU-R BT.601 and BT.709).
LUMA: dict[Matrix, tuple[float, float, float]] = {
    "bt601": (0.299, 0.587, 0.114),
    "bt709": (0.2126, 0.7152, 0.0722),
}
# Of limited range: black, steps from black to white, and the same for colour differences.
BLACK, LUMA_STEPS, NO_COLOUR, COLOUR_STEPS = 16, 219, 128, 224


@dataclass(frozen=True, eq=False)
class Weights:
    """What a colour is in an array.

    Attributes:
        rows: (channels, 4) float64, weights of blue, green, red and of opacity in each channel.
    """

    rows: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Grid:
    """Arrays of a picture with pixels in the same places, and what a colour is in them.

    Attributes:
        arrays: uint8 (h, w) or (h, w, 3) each, changed in place.
        step: pixels of the picture per row and column.
        weights: one for each array.
    """

    arrays: tuple[Image, ...]
    step: int
    weights: tuple[Weights, ...]


Canvas = tuple[Grid, ...]

_BGR = Weights(np.eye(3, 4))


def canvas_of(picture: Image | Planes) -> Canvas:
    """Return what to draw on a picture, in place.

    Args:
        picture: BGR uint8 (height, width, 3), or planes.

    Raises:
        InputError: when an array is not BGR uint8.
    """
    if isinstance(picture, Planes):
        luma, blue, red = _weights(picture.matrix)
        chroma = Grid((picture.blue, picture.red), 2, (blue, red))
        return Grid((picture.luma,), 1, (luma,)), chroma
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise InputError(
            f"a picture must be BGR uint8 (height, width, 3); got {picture.dtype} {picture.shape}"
        )
    return (Grid((picture,), 1, (_BGR,)),)


def size_of(canvas: Canvas) -> tuple[int, int]:
    """Return height and width in pixels of the picture."""
    return canvas[0].arrays[0].shape[0], canvas[0].arrays[0].shape[1]


def lay_levels(
    canvas: Canvas, corner: Corner, levels: Image, ramp: Ramp, hidden: Image | None = None
) -> None:
    """Lay levels over a picture with a ramp.

    Args:
        canvas: what is drawn on.
        corner: left and top of the levels in pixels of the picture.
        levels: uint8 (h, w); level 0 must change nothing.
        ramp: what each level does.
        hidden: (h, w) uint8, 255 where something stands before it.
    """
    for grid in canvas:
        window, part = placed(grid, corner, levels)
        if not part.size:
            continue
        if hidden is not None:
            # Levels are not faded but left out: half of a level would be another distance.
            part = np.asarray(cv2.bitwise_and(part, _seen(grid, corner, hidden)), np.uint8)
        keep = np.asarray(cv2.LUT(part, ramp.keep), np.uint8)
        for array, weights in zip(grid.arrays, grid.weights, strict=True):
            add = cv2.LUT(_channels(part, array), _added(ramp, weights))
            _lay(array[window], keep, np.asarray(add, np.uint8))


def lay_pixels(canvas: Canvas, corner: Corner, pixels: Image, hidden: Image | None = None) -> None:
    """Lay a picture with transparency over another.

    Args:
        canvas: what is drawn on.
        corner: left and top in pixels of the picture.
        pixels: uint8 (h, w, 4): blue, green, red times opacity, and the opacity.
        hidden: (h, w) uint8, 255 where something stands before it.
    """
    for grid in canvas:
        window, part = placed(grid, corner, pixels)
        if not part.size:
            continue
        if hidden is not None:
            part = np.asarray(cv2.bitwise_and(part, _channels(_seen(grid, corner, hidden), part)))
        keep = np.subtract(255, part[..., 3], dtype=np.uint8)
        for array, weights in zip(grid.arrays, grid.weights, strict=True):
            _lay(array[window], keep, np.asarray(cv2.transform(part, weights.rows), np.uint8))


def placed(grid: Grid, corner: Corner, layer: Image) -> tuple[Window, Image]:
    """Return the part of a grid under a layer, and the layer's pixels there."""
    left, top = corner
    if grid.step == 2:
        layer = _halved(layer, left % 2, top % 2)
        left, top = left // 2, top // 2
    (rows, columns), (height, width) = grid.arrays[0].shape[:2], layer.shape[:2]
    if min(left, top) >= 0 and left + width <= columns and top + height <= rows:
        return (slice(top, top + height), slice(left, left + width)), layer
    first, begin = max(top, 0), max(left, 0)
    last, end = max(min(top + height, rows), first), max(min(left + width, columns), begin)
    part = layer[first - top : last - top, begin - left : end - left]
    return (slice(first, last), slice(begin, end)), part


def _halved(layer: Image, left: int, top: int) -> Image:
    """Return a layer at half its size, aligned with even pixels of the picture."""
    right, bottom = (layer.shape[1] + left) % 2, (layer.shape[0] + top) % 2
    if left or top or right or bottom:
        border = (top, bottom, left, right)
        layer = np.asarray(cv2.copyMakeBorder(layer, *border, cv2.BORDER_CONSTANT), np.uint8)
    size = (layer.shape[1] // 2, layer.shape[0] // 2)
    return np.asarray(cv2.resize(layer, size, interpolation=cv2.INTER_AREA), np.uint8)


def _seen(grid: Grid, corner: Corner, hidden: Image) -> Image:
    """Return where a layer is seen, 255 there and 0 elsewhere, in the part of a grid under it.

    An outline is drawn over the edge of what hides, so the edge itself may be hard.
    """
    return np.asarray(
        cv2.threshold(placed(grid, corner, hidden)[1], 127, 255, cv2.THRESH_BINARY_INV)[1], np.uint8
    )


def _lay(under: Image, keep: Image, add: Image) -> None:
    kept = cv2.multiply(under, _channels(keep, under), scale=1 / 255)
    cv2.add(kept, add, dst=under)


def _channels(levels: Image, like: Image) -> Image:
    """Return grey levels as often as another picture has channels."""
    return levels if like.ndim == 2 else np.asarray(cv2.merge([levels] * like.shape[2]), np.uint8)


@lru_cache(maxsize=4096)
def _added(ramp: Ramp, weights: Weights) -> Image:
    """Return what each level adds to an array, (1, 256, channels) uint8."""
    opacity = 255.0 - ramp.keep
    added = np.column_stack([ramp.add, opacity]) @ weights.rows.T
    return np.asarray(np.round(np.clip(added, 0, 255)), np.uint8)[None]


@lru_cache
def _weights(matrix: Matrix) -> list[Weights]:
    """Return the weights of the luma, of blue and of red minus it."""
    red, green, blue = LUMA[matrix]
    luma = np.array([blue, green, red])
    rows = [
        np.append(luma * LUMA_STEPS, BLACK),
        np.append((np.array([1, 0, 0]) - luma) / (2 * (1 - blue)) * COLOUR_STEPS, NO_COLOUR),
        np.append((np.array([0, 0, 1]) - luma) / (2 * (1 - red)) * COLOUR_STEPS, NO_COLOUR),
    ]
    return [Weights(row[None] / 255) for row in rows]
