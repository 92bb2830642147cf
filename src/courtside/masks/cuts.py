"""Each person cut out of the picture, and the net that tells its mask, its box and its looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.geometry import Boxes
from courtside.masks.ownership import GROW, Territory, own_silhouettes
from courtside.masks.state import LOOK, SHAPE_GRID

CUT = (96, 64)  # rows and columns the net works on
CUT_CHANNELS = 6  # blue, green, red, and three hints

Shapes = NDArray[np.float32]
Run = Callable[[NDArray[Any]], dict[str, NDArray[Any]]]


@dataclass(frozen=True)
class Drawn:
    """What the net sees of n people.

    Attributes:
        windows: x1 y1 x2 y2 in whole pixels that each mask fills, (n, 4); may leave the picture.
        masks: probability that a pixel of the cut is the person's visible part, (n, 96, 64); zero
            for those who were not asked for.
        boxes: x1 y1 x2 y2 of whole bodies, hidden parts too, in pixels, (n, 4); as given for those.
        looks: how each looks, unit vectors, (n, LOOK); NaN for those.
        shapes: the masks as the follower remembers them, (n, *SHAPE_GRID).
        wanted: who was asked for, (n,).
    """

    windows: NDArray[np.intp]
    masks: Shapes
    boxes: Boxes
    looks: NDArray[np.float32]
    shapes: Shapes
    wanted: NDArray[np.bool_]


def draw(
    run: Run,
    image: NDArray[np.uint8],
    territory: Territory,
    last: Shapes,
    wanted: NDArray[np.bool_],
) -> Drawn:
    """Return mask, box and looks of the people of a territory that are wanted.

    Args:
        run: the follower's net, `cut` uint8 (n, 96, 64, 6) to `mask`, `sides` and `look`.
        image: BGR picture (height, width, 3).
        territory: the people's boxes and what they own of the detector's map.
        last: each one's shape as remembered, (n, *SHAPE_GRID); zero where there is none.
        wanted: whose, (n,).
    """
    windows, count = cut_windows(territory.boxes), len(territory.boxes)
    masks = np.zeros((count, *CUT), np.float32)
    looks = np.full((count, LOOK), np.nan, np.float32)
    boxes, shapes = territory.boxes.copy(), own_silhouettes(territory)
    if wanted.any():
        who = np.flatnonzero(wanted)
        told = run(_cuts(image, territory, last, windows, who))
        masks[who], looks[who] = told["mask"], told["look"]
        boxes[who] = _in_picture(told["sides"], windows[who])
        shapes[who] = _on_grid(masks[who])
    return Drawn(windows, masks, boxes, looks, shapes, wanted)


def _in_picture(sides: NDArray[np.float32], windows: NDArray[np.intp]) -> Boxes:
    """Return boxes (n, 4) in pixels, given as shares of windows (n, 4)."""
    low, span = windows[:, :2], windows[:, 2:] - windows[:, :2]
    return np.asarray(np.tile(low, 2) + sides * np.tile(span, 2), np.float32)


def _on_grid(masks: Shapes) -> Shapes:
    rows, columns = (size // cells for size, cells in zip(CUT, SHAPE_GRID, strict=True))
    grid = masks.reshape(-1, SHAPE_GRID[0], rows, SHAPE_GRID[1], columns)
    return np.asarray(grid.mean(axis=(2, 4)), np.float32)


def cut_windows(boxes: Boxes) -> NDArray[np.intp]:
    """Return the windows (n, 4) in whole pixels about boxes (n, 4), grown on each side."""
    margin = GROW * (boxes[:, 2:] - boxes[:, :2])
    low = np.floor(boxes[:, :2] - margin)
    high = np.maximum(np.ceil(boxes[:, 2:] + margin), low + 2)
    return np.hstack([low, high]).astype(np.intp)


def _cuts(
    image: NDArray[np.uint8],
    territory: Territory,
    last: Shapes,
    windows: NDArray[np.intp],
    who: NDArray[np.intp],
) -> NDArray[np.uint8]:
    """Return what the net is asked of people `who` (n,): (n, 96, 64, 6) colours and hints."""
    everybody, smaller = territory.together, _Smaller(image)
    cuts = np.empty((len(who), *CUT, CUT_CHANNELS), np.uint8)
    for index, person in enumerate(who.tolist()):
        window = windows[person]
        hints = _hints(territory, person, window, everybody, last[person])
        # Merged by OpenCV: assigned to three of six channels, they take eight times as long.
        cuts[index] = cv2.merge([smaller.cut(window), hints])
    return cuts


class _Smaller:
    """A picture and its halves, quarters and so on, made when somebody large is cut out.

    Bilinear interpolation leaves out no pixel up to a factor of two; means over areas for each
    person take four times as long.
    """

    def __init__(self, image: NDArray[np.uint8]) -> None:
        self._sizes = [image]

    def cut(self, window: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Return what a window shows at the size of a cut, black outside of the picture."""
        x1, y1, x2, y2 = window.tolist()
        level = int(np.log2(max((x2 - x1) / CUT[1], (y2 - y1) / CUT[0], 1)))
        while len(self._sizes) <= level:
            self._sizes.append(_halved(self._sizes[-1]))
        height, width = self._sizes[0].shape[:2]
        picture = self._sizes[level]
        scale = (width / picture.shape[1], height / picture.shape[0])
        return np.asarray(_over(picture, (0, 0), scale, window), np.uint8)


def _halved(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = (max(1, image.shape[1] // 2), max(1, image.shape[0] // 2))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _hints(
    territory: Territory,
    person: int,
    window: NDArray[np.intp],
    everybody: NDArray[np.float32],
    shape: Shapes,
) -> NDArray[np.uint8]:
    """Return what the person and what all others own, and its last shape, at a cut's size."""
    rows, columns = territory.windows[person]
    mine = _over(territory.shares[person], (columns.start, rows.start), territory.scale, window)
    others = _over(everybody, (0, 0), territory.scale, window) - mine
    before = cv2.resize(shape, CUT[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.convertScaleAbs(cv2.merge([mine, others, before]), alpha=255), np.uint8)


def _over(
    plane: NDArray[Any], corner: tuple[int, int], scale: tuple[float, float], window: NDArray[Any]
) -> NDArray[Any]:
    """Return a map of cells, interpolated over a window at a cut's size.

    Args:
        plane: (rows, columns) or (rows, columns, channels), zero outside of it.
        corner: column and row of its first cell.
        scale: pixels of the picture per cell in x and y.
        window: x1 y1 x2 y2 in pixels of the picture.
    """
    if not plane.size:
        return np.zeros((*CUT, *plane.shape[2:]), plane.dtype)
    x1, y1, x2, y2 = window.tolist()
    step_x, step_y = (x2 - x1) / CUT[1], (y2 - y1) / CUT[0]
    matrix = np.array(
        [
            [step_x / scale[0], 0, (x1 + 0.5 * step_x) / scale[0] - 0.5 - corner[0]],
            [0, step_y / scale[1], (y1 + 0.5 * step_y) / scale[1] - 0.5 - corner[1]],
        ]
    )
    return cv2.warpAffine(plane, matrix, CUT[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
