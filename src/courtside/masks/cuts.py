"""Each person cut out of the picture, and the net that tells its mask and its looks."""

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
from courtside.shrinking import resized

CUT = (96, 64)  # rows and columns the net works on

Shapes = NDArray[np.float32]
Run = Callable[[NDArray[Any]], dict[str, NDArray[Any]]]


@dataclass(frozen=True)
class Drawn:
    """What the net sees of n people.

    Attributes:
        windows: x1 y1 x2 y2 in whole pixels that each mask fills, (n, 4); may leave the picture.
        masks: probability that a pixel of the cut is the person's visible part, (n, 96, 64); zero
            for those who were not asked for.
        looks: how each looks, unit vectors, (n, LOOK); NaN for those.
        shapes: the masks as the follower remembers them, (n, *SHAPE_GRID).
        wanted: who was asked for, (n,).
    """

    windows: NDArray[np.intp]
    masks: Shapes
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
    """Return mask and looks of the people of a territory that are wanted.

    Args:
        run: the follower's net, `cut` uint8 (n, 96, 64, 6) to `mask` and `look`.
        image: BGR picture (height, width, 3).
        territory: the people's boxes and what they own of the detector's map.
        last: each one's shape as remembered, (n, *SHAPE_GRID); zero where there is none.
        wanted: whose, (n,).
    """
    windows, count = cut_windows(territory.boxes), len(territory.boxes)
    masks = np.zeros((count, *CUT), np.float32)
    looks = np.full((count, LOOK), np.nan, np.float32)
    shapes = own_silhouettes(territory)
    if wanted.any():
        everybody, who = territory.together, np.flatnonzero(wanted)
        cuts = [
            np.dstack([_picture(image, window), *_hints(territory, k, window, everybody, last[k])])
            for k, window in zip(who.tolist(), windows[who], strict=True)
        ]
        told = run(np.stack(cuts))
        masks[who], looks[who] = told["mask"], told["look"]
        shapes[who] = _on_grid(masks[who])
    return Drawn(windows, masks, looks, shapes, wanted)


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


def _picture(image: NDArray[np.uint8], window: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Return what a window shows at the size of a cut, black outside of the picture."""
    x1, y1, x2, y2 = window.tolist()
    height, width = image.shape[:2]
    inside = image[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)]
    if inside.shape[:2] != (y2 - y1, x2 - x1):
        edges = (max(-y1, 0), max(y2 - height, 0), max(-x1, 0), max(x2 - width, 0))
        inside = _bordered(inside, edges, (y2 - y1, x2 - x1))
    return resized(inside, CUT[::-1])


def _bordered(
    part: NDArray[np.uint8], edges: tuple[int, int, int, int], size: tuple[int, int]
) -> NDArray[np.uint8]:
    whole = np.zeros((*size, 3), np.uint8)
    top, left = min(edges[0], size[0]), min(edges[2], size[1])
    whole[top : top + part.shape[0], left : left + part.shape[1]] = part
    return whole


def _hints(
    territory: Territory,
    person: int,
    window: NDArray[np.intp],
    everybody: NDArray[np.float32],
    shape: Shapes,
) -> list[NDArray[np.uint8]]:
    """Return what the person and what all others own, and its last shape, at a cut's size."""
    own = np.zeros_like(everybody)
    own[territory.windows[person]] = territory.shares[person]
    mine = _from_cells(own, territory.scale, window)
    others = _from_cells(everybody, territory.scale, window) - mine
    before = cv2.resize(shape, CUT[::-1], interpolation=cv2.INTER_LINEAR)
    return [_byte(mine), _byte(others), _byte(before)]


def _from_cells(
    plane: NDArray[np.float32], scale: tuple[float, float], window: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Return a map of cells, interpolated over a window at a cut's size."""
    x1, y1, x2, y2 = window.tolist()
    step_x, step_y = (x2 - x1) / CUT[1], (y2 - y1) / CUT[0]
    matrix = np.array(
        [
            [step_x / scale[0], 0, (x1 + 0.5 * step_x) / scale[0] - 0.5],
            [0, step_y / scale[1], (y1 + 0.5 * step_y) / scale[1] - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(plane, matrix, CUT[::-1], flags=flags), np.float32)


def _byte(plane: NDArray[Any]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(plane * 255 + 0.5, 0, 255), np.uint8)
