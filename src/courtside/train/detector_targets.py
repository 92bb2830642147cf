"""Training pictures and target maps of the detector, from rendered examples. NumPy only."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.simulate.dataset import Example, load_example
from courtside.simulate.degrade import add_graphics, degrade
from courtside.simulate.statics import RIM_ID
from courtside.simulate.truth import KINDS, Truth

STRIDE = 4
PEOPLE = 3  # the first kinds are people
LEAST_VISIBLE = 0.15  # people hidden more than that are neither asked for nor forbidden
LEAST_SIDE = 3.0  # pixels; smaller things are no longer seen

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Targets:
    """Target maps of one picture; h and w in cells.

    foreground (h, w) 0..1; votes (2, h, w) pixels; vote_weight (h, w);
    centres (kinds, h, w) 0..1 and centre_weight (kinds, h, w);
    boxes (2, 4, h, w) pixels, of people and of things, and box_weight (2, h, w).
    """

    foreground: Floats
    votes: Floats
    vote_weight: Floats
    centres: Floats
    centre_weight: Floats
    boxes: Floats
    box_weight: Floats


def random_example(
    path: Path, size: tuple[int, int], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], Targets]:
    """A degraded random cut of (width, height) pixels from a stored picture, and its targets."""
    example = load_example(path)
    covered = add_graphics(example.picture, rng)
    ids = np.where(covered, 0, example.ids).astype(np.uint8)
    example = Example(example.picture, ids, _uncovered(example.truth, covered))
    matrix, _ = _random_cut(example, size, rng)
    picture = cv2.warpAffine(example.picture, matrix, size, flags=cv2.INTER_LINEAR)
    ids = np.asarray(cv2.warpAffine(example.ids, matrix, size, flags=cv2.INTER_NEAREST), np.uint8)
    boxes = _moved(example.truth.boxes, matrix)
    frame = _moved(np.array([[0, 0, *example.picture.shape[1::-1]]], np.float32), matrix)[0]
    truth = example.truth
    moved = Truth(boxes, truth.kinds, truth.owner, truth.visibility)
    targets = make_targets(np.asarray(ids, np.uint8), moved, frame)
    return degrade(np.asarray(picture, np.uint8), rng), targets


def _uncovered(truth: Truth, covered: NDArray[np.bool_]) -> Truth:
    """Visibility after graphics were drawn over the picture."""
    seen = truth.visibility.copy()
    h, w = covered.shape
    for i, box in enumerate(truth.boxes):
        x1, y1, x2, y2 = np.clip(box, 0, [w, h, w, h]).astype(int)
        hidden = covered[y1 : y2 + 1, x1 : x2 + 1]
        if hidden.size:
            seen[i] *= 1.0 - hidden.mean()
    return Truth(truth.boxes, truth.kinds, truth.owner, seen)


def _random_cut(
    example: Example, size: tuple[int, int], rng: np.random.Generator
) -> tuple[NDArray[np.float64], bool]:
    """An affine map from the picture to the cut: scale, place, now and then mirrored."""
    h, w = example.picture.shape[:2]
    whole = size[0] >= w  # the whole picture, as it comes in use
    scale = (
        float(np.exp(rng.uniform(-0.3, 0.35))) if whole else float(np.exp(rng.uniform(-0.35, 0.55)))
    )
    if whole and rng.uniform() < 0.6:
        scale = size[0] / w
    people = example.truth.boxes[example.truth.kinds < PEOPLE]
    centre = np.array([w, h]) * rng.uniform(0.2, 0.8, 2)
    if whole:
        centre = np.array([w, h]) / 2 + rng.normal(0, 20, 2)
    elif len(people) and rng.uniform() < 0.8:
        box = people[int(rng.integers(len(people)))]
        centre = (box[:2] + box[2:]) / 2 + rng.normal(0, 40, 2)
    offset = np.array(size) / 2 - scale * np.clip(centre, 0, [w, h])
    if scale == size[0] / w:
        offset = np.zeros(2)
    flip = bool(rng.uniform() < 0.5)
    matrix = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]])
    if flip:
        matrix[0] = [-scale, 0, size[0] - offset[0]]
    return matrix, flip


def _moved(boxes: Floats, matrix: NDArray[np.float64]) -> Floats:
    x = np.sort(boxes[:, [0, 2]] * matrix[0, 0] + matrix[0, 2], axis=1)
    y = boxes[:, [1, 3]] * matrix[1, 1] + matrix[1, 2]
    return np.column_stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]]).astype(np.float32)


def make_targets(ids: NDArray[np.uint8], truth: Truth, frame: Floats) -> Targets:
    """Maps for a picture with ids (h, w). frame: x1 y1 x2 y2 of what of it shows anything."""
    rows, columns = ids.shape[0] // STRIDE, ids.shape[1] // STRIDE
    limits = np.array([ids.shape[1], ids.shape[0]], np.float32)
    low = np.maximum(frame[:2], 0)
    high = np.minimum(frame[2:], limits)
    boxes = np.clip(truth.boxes, [*low, *low], [*high, *high]).astype(np.float32)
    people = ((ids > 0) & (ids < RIM_ID)).astype(np.float32)
    foreground = np.asarray(
        cv2.resize(people, (columns, rows), interpolation=cv2.INTER_AREA), np.float32
    )
    votes, vote_weight = _votes(ids, truth, boxes)
    centres = np.zeros((len(KINDS), rows, columns), np.float32)
    centre_weight = np.ones_like(centres)
    sides = np.ones((2, 4, rows, columns), np.float32)
    box_weight = np.zeros((2, rows, columns), np.float32)
    full = np.maximum((truth.boxes[:, 2:] - truth.boxes[:, :2]).prod(axis=1), 1e-3)
    inside = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) / full
    for i, box in enumerate(boxes):
        kind = int(truth.kinds[i])
        if min(box[2:] - box[:2]) < LEAST_SIDE:
            continue
        bump = _bump(box, rows, columns)
        if truth.visibility[i] < LEAST_VISIBLE or inside[i] < 0.1:
            hidden = slice(0, PEOPLE) if kind < PEOPLE else slice(kind, kind + 1)
            centre_weight[hidden] *= 1.0 - bump
            continue
        np.maximum(centres[kind], bump, out=centres[kind])
        group = int(kind >= PEOPLE)
        mine = (bump > 0.3) & (bump > box_weight[group])
        box_weight[group][mine] = bump[mine]
        sides[group][:, mine] = _sides(box, rows, columns)[:, mine]
    return Targets(foreground, votes, vote_weight, centres, centre_weight, sides, box_weight)


def _bump(box: Floats, rows: int, columns: int) -> Floats:
    """A Gaussian on the box's middle, exactly 1 in the middle's cell, (rows, columns)."""
    w, h = (box[2:] - box[:2]) / STRIDE
    column = min(int((box[0] + box[2]) / 2 / STRIDE), columns - 1)
    row = min(int((box[1] + box[3]) / 2 / STRIDE), rows - 1)
    across = np.exp(-(((np.arange(columns) - column) / max(0.6, w / 8)) ** 2) / 2)
    down = np.exp(-(((np.arange(rows) - row) / max(0.6, h / 10)) ** 2) / 2)
    return np.outer(down, across).astype(np.float32)


def _sides(box: Floats, rows: int, columns: int) -> Floats:
    """Distances (4, rows, columns) from every cell's middle to the sides of the box."""
    y, x = np.mgrid[:rows, :columns].astype(np.float32) * STRIDE + STRIDE / 2
    return np.stack([x - box[0], y - box[1], box[2] - x, box[3] - y])


def _votes(ids: NDArray[np.uint8], truth: Truth, boxes: Floats) -> tuple[Floats, Floats]:
    """Where each person cell's box has its middle, and how much the vote counts."""
    owner = ids[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
    centre = np.zeros((256, 2), np.float32)
    weight = np.zeros(256, np.float32)
    people = truth.kinds < PEOPLE
    for number, box in zip(truth.owner[people], boxes[people], strict=True):
        centre[number] = (box[:2] + box[2:]) / 2
        weight[number] = 1.0 / max(12.0, float(max(box[2:] - box[:2])))
    rows, columns = owner.shape
    y, x = np.mgrid[:rows, :columns].astype(np.float32) * STRIDE + STRIDE / 2
    votes = np.moveaxis(centre[owner], -1, 0) - np.stack([x, y])
    return votes.astype(np.float32), weight[owner]
