"""Whose is each cell of the foreground? Cells go to the person whose centre they vote for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from courtside.geometry import Boxes, intersections
from courtside.masks.state import SHAPE_GRID

if TYPE_CHECKING:
    from courtside.detect.embedded import Trunk

# How far votes scatter about the true centre, in heights of the body.
VOTE_SCATTER = 0.07
# A cell that votes farther away than this belongs to nobody listed, in heights of the body.
VOTE_LIMIT = 0.35
# Arms reach out of boxes: a person may own cells in the box grown by this share on each side.
GROW = 0.2
# A person's silhouette fills about half of its box.
TYPICAL_FILL = 0.45

Window = tuple[slice, slice]
Map = NDArray[np.float32]


@dataclass(frozen=True)
class Territory:
    """What n people own of a trunk's map of (h, w) cells.

    Attributes:
        boxes: theirs, in pixels, (n, 4).
        windows: rows and columns of the map inside each grown box.
        closeness: of each cell's vote in its window to the person, 1 at the limit.
        shares: how much of each cell in its window a person covers, 0 to 1.
        shape: height and width of the map.
        scale: picture pixels per cell in x and y.
    """

    boxes: Boxes
    windows: list[Window]
    closeness: list[Map]
    shares: list[Map]
    shape: tuple[int, int]
    scale: tuple[float, float]

    @cached_property
    def rimmed(self) -> Map:
        """One map for each person with a rim of one cell, (n, 1 + h + 1, 1 + w + 1).

        Zero outside the person's window and on the rim.
        """
        height, width = self.shape
        dense = np.zeros((len(self.boxes), height + 2, width + 2), np.float32)
        for inner, window, share in zip(
            dense[:, 1:-1, 1:-1], self.windows, self.shares, strict=True
        ):
            inner[window] = share
        return dense

    @property
    def together(self) -> Map:
        """What all people own of each cell, (h, w)."""
        total = np.zeros(self.shape, np.float32)
        for window, share in zip(self.windows, self.shares, strict=True):
            total[window] += share
        return total

    @property
    def totals(self) -> NDArray[np.float32]:
        """Number of cells each person owns, (n,)."""
        return np.array([share.sum() for share in self.shares], np.float32)


def divide(trunk: Trunk, boxes: Boxes, known: Territory | None = None) -> Territory:
    """Divide the foreground among people by its votes.

    Shares of one cell add up to at most its foreground, so that no two people own more than half
    of it and masks do not overlap. A share is a softmax over the distance of the cell's vote to
    each centre, with "nobody" at the limit.

    Args:
        trunk: the detector's map of this frame.
        boxes: the n people's boxes in pixels, (n, 4).
        known: what the map was divided into before, for the first of the boxes alone.
    """
    shape = (trunk.foreground.shape[0], trunk.foreground.shape[1])
    windows = _windows(boxes, GROW, shape, trunk.scale)
    closeness = list(known.closeness) if known else []
    closeness += _closeness(trunk.votes, windows[len(closeness) :], boxes[len(closeness) :])
    total = np.ones(shape, np.float32)
    for window, near in zip(windows, closeness, strict=True):
        total[window] += near
    certain = trunk.foreground / total
    shares = [near * certain[window] for window, near in zip(windows, closeness, strict=True)]
    return Territory(boxes, windows, closeness, shares, shape, trunk.scale)


def visible_shares(territory: Territory) -> NDArray[np.float32]:
    """Return the estimated visible share of each person, (n,), 0 to 1.

    Who stands in front has lower feet. What people in front own inside a person's box hides, by
    the typical fill of a box, that share of this person.
    """
    boxes, dense = territory.boxes, territory.rimmed[:, 1:-1, 1:-1]
    own = territory.totals
    hidden = np.zeros(len(boxes), np.float32)
    for person, window in enumerate(_windows(boxes, 0, territory.shape, territory.scale)):
        in_front = boxes[:, 3] > boxes[person, 3]
        hidden[person] = dense[(in_front, *window)].sum()
    return np.asarray(own / np.maximum(own + TYPICAL_FILL * hidden, 1e-6), np.float32)


def supports(territory: Territory) -> NDArray[np.float32]:
    """Return how much of its typical area each person owns, (n,); about 1 when in full view."""
    width, height = (territory.boxes[:, 2:] - territory.boxes[:, :2]).T
    expected = TYPICAL_FILL * width * height / (territory.scale[0] * territory.scale[1])
    return np.asarray(territory.totals / np.maximum(expected, 1), np.float32)


def voted_centre(trunk: Trunk, territory: Territory, person: int) -> NDArray[np.float64]:
    """Return the mean vote of the cells that a person owns, x y in pixels; it must own some."""
    share = territory.shares[person][..., None].astype(np.float64)
    votes = trunk.votes[territory.windows[person]]
    return np.asarray((share * votes).sum(axis=(0, 1)) / share.sum(), np.float64)


def own_silhouettes(territory: Territory) -> Map:
    """Return what each person owns, sampled over its box: (n, *SHAPE_GRID)."""
    return silhouettes(territory, np.arange(len(territory.boxes)), territory.boxes)


def silhouettes(territory: Territory, people: NDArray[np.intp], boxes: Boxes) -> Map:
    """Return what each of `people` (k,) owns of the box (k, 4) beside it: (k, *SHAPE_GRID)."""
    row, column = _grid(territory, boxes)
    return territory.rimmed[people[:, None, None], row[:, :, None], column[:, None, :]]


def in_reach(territory: Territory, boxes: Boxes) -> NDArray[np.bool_]:
    """Return of which boxes (n, 4) each of m people may own a part, (n, m)."""
    grown = [_grown(some, territory.scale) for some in (boxes, territory.boxes)]
    return np.asarray(intersections(*grown) > 0, np.bool_)


def _grown(boxes: Boxes, scale: tuple[float, float]) -> Boxes:
    """Return boxes grown as windows are, and by the cell that a window's edge may cut."""
    margin = GROW * (boxes[:, 2:] - boxes[:, :2]) + np.array(scale, np.float32)
    return np.hstack([boxes[:, :2] - margin, boxes[:, 2:] + margin])


def _grid(territory: Territory, boxes: Boxes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows (n, 16) and columns (n, 8) of rimmed maps that a grid over boxes takes."""
    scale = territory.scale
    margin = GROW * (boxes[:, 2:] - boxes[:, :2])
    low, high = boxes[:, :2] - margin, boxes[:, 2:] + margin
    steps = [(np.arange(count) + 0.5) / count for count in SHAPE_GRID]
    row = (low[:, 1:] + (high - low)[:, 1:] * steps[0]) / scale[1]
    column = (low[:, :1] + (high - low)[:, :1] * steps[1]) / scale[0]
    # The rim of background takes what lies outside the map.
    rows, columns = (
        np.clip(np.floor(place).astype(np.intp) + 1, 0, limit + 1)
        for place, limit in zip((row, column), territory.shape, strict=True)
    )
    return rows, columns


def _closeness(votes: Map, windows: list[Window], boxes: Boxes) -> list[Map]:
    """Return e to how much nearer each vote is to a box's centre than the limit, for each window.

    All windows are computed as one row of cells: one by one they take four times as long.
    """
    if not windows:
        return []
    cells = [votes[window] for window in windows]
    sizes = [cell.shape[0] * cell.shape[1] for cell in cells]
    heights = np.maximum(boxes[:, 3] - boxes[:, 1], 1)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    away = np.concatenate([cell.reshape(-1, 2) for cell in cells]) - middles.repeat(sizes, axis=0)
    away /= heights.repeat(sizes)[:, None]
    squared = away[:, 0] ** 2 + away[:, 1] ** 2
    near = np.exp((VOTE_LIMIT**2 - squared) / (2 * VOTE_SCATTER**2)).astype(np.float32, copy=False)
    parts = np.split(near, np.cumsum(sizes[:-1]))
    return [part.reshape(cell.shape[:2]) for part, cell in zip(parts, cells, strict=True)]


def _windows(
    boxes: Boxes, grow: float, shape: tuple[int, int], scale: tuple[float, float]
) -> list[Window]:
    """Return the cells whose centres lie inside each box grown by a share on each side."""
    margin = grow * (boxes[:, 2:] - boxes[:, :2])
    low = np.ceil((boxes[:, :2] - margin) / scale - 0.5)
    high = np.floor((boxes[:, 2:] + margin) / scale - 0.5) + 1
    low, high = (np.clip(edge, 0, shape[::-1]).astype(int) for edge in (low, high))
    return [
        (slice(top, bottom), slice(left, right))
        for (left, top), (right, bottom) in zip(low.tolist(), high.tolist(), strict=True)
    ]
