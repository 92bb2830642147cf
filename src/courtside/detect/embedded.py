"""The embedded detector: one small net looks at a whole picture once.

Its maps at a quarter of the net's resolution feed the detector's rows (`Trunk.boxes`) and the
follower's masks (`Trunk.foreground`, `Trunk.votes`). NumPy and OpenCV only; the net itself runs
behind `courtside.engine`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.engine import Net
from courtside.errors import InputError
from courtside.geometry import iou
from courtside.shrinking import resized

Kind = Literal["player", "referee", "person", "ball", "rim", "number"]

KINDS: tuple[Kind, ...] = ("player", "referee", "person", "ball", "rim", "number")
PEOPLE: tuple[Kind, ...] = KINDS[:3]
STRIDE, COARSE = 4, 8  # input pixels per cell of the fine and of the coarse maps
LONG_SIDE, SHORT_SIDE = 1024, 576  # the net's input; portrait pictures swap them
VIEWS = ("main", "close-up", "other")
LEAST_POINT = 0.4  # score of a court point that is reported; doubtful ones have misled
POINTS_EACH = 2  # candidates for one court point, at most

# Lowest scores reported, by kind. Low on purpose: the follower decides with time on its side,
# and takes people from `PERSON_SCORE` on; below that only what a track asks for.
LEAST_SCORE: dict[Kind, float] = {
    "player": 0.15,
    "referee": 0.15,
    "person": 0.15,
    "ball": 0.1,
    "rim": 0.25,
    "number": 0.2,
}
PERSON_SCORE = 0.2  # recall 0.77 at precision 0.76 on the annotated clips, sidelines counted in
SAME_BODY = 0.65  # box IoU from which two centres are one person: players in a screen reach 0.5
SAME_THING = 0.3  # balls, rims and numbers never overlap one another
MOST_CENTRES = 120  # per picture, before suppression: twice a crowded court with benches


@dataclass(frozen=True)
class Trunk:
    """What the net saw in one picture, in pixels of the upright picture.

    Attributes:
        boxes: (n, 4) float32 x1 y1 x2 y2, full extent of the body, clipped to the picture.
        kinds: n names out of KINDS.
        scores: (n,) float32, 0 to 1, best first.
        foreground: (h, w) float32, how surely a cell shows somebody on or near the court.
        votes: (h, w, 2) float32, where in the picture the middle of this cell's person is.
        scale: picture pixels per map cell in x and y; padding is cut off the maps.
        court_points: (k, 4) float32 index into `court.shapes.LANDMARKS`, x, y, score; several
            candidates for one point are possible.
        floor: (h, w) float32 in cells twice as large, how surely a cell lies within the court's
            lines, whoever stands in front.
        view: probabilities of VIEWS, (3,).
    """

    boxes: NDArray[np.float32]
    kinds: tuple[Kind, ...]
    scores: NDArray[np.float32]
    foreground: NDArray[np.float32]
    votes: NDArray[np.float32]
    scale: tuple[float, float]
    court_points: NDArray[np.float32]
    floor: NDArray[np.float32]
    view: NDArray[np.float32]


def look(net: Net, image: NDArray[np.uint8]) -> Trunk:
    """Run the detector on one picture.

    Args:
        net: the detector, loaded by `courtside.engine.load_net`.
        image: (H, W, 3) uint8 BGR, any size and orientation.

    Raises:
        InputError: when the picture has another shape or type.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise InputError(f"expected a uint8 picture (H, W, 3), got {image.dtype} {image.shape}")
    padded, shape = letterbox(image)
    maps = net.run(padded[None])
    height, width = image.shape[:2]
    scale = (width * STRIDE / shape[1], height * STRIDE / shape[0])
    kept = {name: _without_padding(m[0], shape) for name, m in maps.items() if m.ndim == 4}
    boxes, kinds, scores = find_boxes(kept, scale, (width, height))
    return Trunk(
        boxes,
        tuple(KINDS[k] for k in kinds),
        scores,
        kept["foreground"][0],
        _votes_in_picture(kept["votes"], scale),
        scale,
        find_points(kept["court_points"], (2 * scale[0], 2 * scale[1])),
        kept["floor"][0],
        np.asarray(maps["view"][0], np.float32),
    )


def _without_padding(plane: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return the part of a map (c, h, w) that the picture's rows and columns fill."""
    stride = padded_stride(plane)
    rows, columns = -(-shape[0] // stride), -(-shape[1] // stride)
    return np.asarray(plane[:, :rows, :columns], np.float32)


def padded_stride(plane: NDArray[Any]) -> int:
    """Return how many input pixels a cell of a map of the whole net input measures."""
    return STRIDE if max(plane.shape[1:]) == LONG_SIDE // STRIDE else COARSE


def letterbox(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Fit a picture into the top left of the net's input, black elsewhere.

    Returns the input (h, w, 3) and the rows and columns of it that the picture fills.
    """
    height, width = image.shape[:2]
    size = (SHORT_SIDE, LONG_SIDE) if width >= height else (LONG_SIDE, SHORT_SIDE)
    share = min(size[0] / height, size[1] / width)
    rows, columns = max(1, round(height * share)), max(1, round(width * share))
    padded = np.empty((*size, 3), np.uint8)
    padded[rows:], padded[:, columns:] = 0, 0
    resized(image, (columns, rows), into=padded[:rows, :columns])
    return padded, (rows, columns)


def find_boxes(
    maps: dict[str, NDArray[np.float32]], scale: tuple[float, float], size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Boxes (n, 4) in picture pixels, kinds (n,) as indices into KINDS and scores (n,), best first.

    Args:
        maps: the net's outputs without the batch axis: centres (6, h, w), people_boxes and
            thing_boxes (4, h, w) in input pixels.
        scale: picture pixels per cell in x and y.
        size: width and height of the picture.
    """
    centres, people = maps["centres"], len(PEOPLE)
    groups = [_peaks(centres[:people], 0, maps["people_boxes"], SAME_BODY)]
    for kind in range(people, len(KINDS)):
        groups.append(_peaks(centres[kind : kind + 1], kind, maps["thing_boxes"], SAME_THING))
    boxes, kinds, scores = (np.concatenate(column) for column in zip(*groups, strict=True))
    order = np.argsort(-scores, kind="stable")
    factor = np.array([scale[0], scale[1]] * 2, np.float32) / STRIDE
    limits = np.array([size[0], size[1]] * 2, np.float32)
    clipped = np.clip(boxes[order] * factor, 0, limits).astype(np.float32)
    return clipped, kinds[order].astype(np.int64), scores[order].astype(np.float32)


def find_points(maps: NDArray[np.float32], scale: tuple[float, float]) -> NDArray[np.float32]:
    """Return peaks of the court points' maps (k, h, w) as rows of index, x, y, score.

    x and y are picture pixels, finer than a cell: bumps are Gaussian, so a parabola through the
    logarithms of a peak and its neighbours has its vertex at the point.
    """
    index, y, x = at = _candidates(maps)
    place_x, place_y = x + _vertices(maps, at, 2) + 0.5, y + _vertices(maps, at, 1) + 0.5
    rows = np.column_stack([index, place_x * scale[0], place_y * scale[1], maps[index, y, x]])
    return rows.astype(np.float32)


def _candidates(maps: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return index, row and column of the peaks that may be court points, (3, n)."""
    found = [np.zeros((3, 0), np.int64)]
    for k in np.flatnonzero(maps.max(axis=(1, 2)) >= LEAST_POINT):
        ys, xs = _highest(maps[k], 5, LEAST_POINT)
        found.append(np.stack([np.full(len(ys), k), ys, xs]))
    peaks = np.concatenate(found, axis=1)
    index, y, x = peaks = peaks[:, np.lexsort((-maps[(*peaks,)], peaks[0]))]
    best = np.searchsorted(index, index)
    # Two cells of one height, with the point between them, are one candidate.
    apart = np.abs(y - y[best]) + np.abs(x - x[best]) > 2
    others = np.cumsum(apart)
    others -= others[best]
    return peaks[:, (best == np.arange(len(best))) | (apart & (others < POINTS_EACH))]


def _vertices(maps: NDArray[np.float32], at: NDArray[np.int64], axis: int) -> NDArray[np.float32]:
    """Return how far along an axis the true peaks lie from peaks (3, n): -0.5 to 0.5 cells."""
    inner = np.clip(at[axis], 1, maps.shape[axis] - 2)
    around = [np.where(np.arange(3)[:, None] == axis, inner + k, at) for k in (-1, 0, 1)]
    low, middle, high = (np.log(np.maximum(maps[(*cells,)], 1e-6)) for cells in around)
    bend = low - 2 * middle + high
    told = (inner == at[axis]) & (bend < -1e-6)
    vertex = np.clip((low - high) / np.where(told, 2 * bend, 1), -0.5, 0.5)
    return np.where(told, vertex, np.float32(0))


Found = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]


def _peaks(
    centres: NDArray[np.float32], first: int, sides: NDArray[np.float32], overlap: float
) -> Found:
    """Local maxima of score maps (k, h, w) as boxes in input pixels, doubles suppressed.

    The maps are those of the kinds from `first` on; where one is highest, that is the kind.
    """
    chance = centres.max(axis=0)
    least = np.array([LEAST_SCORE[kind] for kind in KINDS], np.float32)
    ys, xs = _highest(chance, 3, least.min())
    kind = first + centres[:, ys, xs].argmax(axis=0)
    high = chance[ys, xs] >= least[kind]
    ys, xs = ys[high], xs[high]
    order = np.argsort(-chance[ys, xs], kind="stable")[:MOST_CENTRES]
    ys, xs, kind = ys[order], xs[order], kind[high][order]
    middle = np.stack([xs, ys], axis=1) * STRIDE + STRIDE / 2
    near, far = sides[:2, ys, xs].T, sides[2:, ys, xs].T
    boxes = np.concatenate([middle - near, middle + far], axis=1).astype(np.float32)
    kept = suppress(boxes, overlap)
    return boxes[kept], kind[kept].astype(np.int64), chance[ys, xs][kept]


def _highest(
    plane: NDArray[np.float32], side: int, least: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of cells from `least` on that are highest among `side` times `side`."""
    around = cv2.dilate(plane, np.ones((side, side), np.uint8))
    ys, xs = np.divmod(np.flatnonzero(plane >= least), plane.shape[1])
    top = plane[ys, xs] >= around[ys, xs]
    return ys[top], xs[top]


def suppress(boxes: NDArray[np.float32], overlap: float) -> NDArray[np.int64]:
    """Indices of the boxes (n, 4), best first, that overlap no better one by IoU > `overlap`."""
    free = np.ones(len(boxes), bool)
    if len(boxes) < 2:
        return np.flatnonzero(free)
    overlaps = np.triu(iou(boxes, boxes) > overlap, 1)
    for i in np.flatnonzero(overlaps.any(axis=1)):
        if free[i]:
            free &= ~overlaps[i]
    return np.flatnonzero(free)


def _votes_in_picture(
    votes: NDArray[np.float32], scale: tuple[float, float]
) -> NDArray[np.float32]:
    """Offsets (2, h, w) in input pixels from the cells' middles to places in the picture."""
    rows, columns = votes.shape[1:]
    cells = votes / STRIDE
    x = (np.arange(columns, dtype=np.float32)[None] + 0.5 + cells[0]) * scale[0]
    y = (np.arange(rows, dtype=np.float32)[:, None] + 0.5 + cells[1]) * scale[1]
    return np.stack([x, y], axis=-1)
