"""What is in a drawn picture: boxes, kinds, visibility, masks, number regions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.library import PoseLibrary
from courtside.simulate.raster import Renderer
from courtside.simulate.scene import BALL_RADIUS, Scene
from courtside.simulate.statics import BALL_ID, RIM_ID, rim_points

KINDS = ("player", "referee", "person", "ball", "rim", "number")
LEAST_NUMBER_PIXELS = 14  # below, no reader could tell a digit from a fold


@dataclass(frozen=True, slots=True)
class Truth:
    """n things in one picture of (width, height) pixels.

    boxes: float32 (n, 4) x1 y1 x2 y2, full extent, not clipped; kinds: uint8 (n,) index into
    KINDS; owner: uint8 (n,), id in the picture of ids (a number's: its player's);
    visibility: float32 (n,), visible share of the silhouette within or without the picture.
    """

    boxes: NDArray[np.float32]
    kinds: NDArray[np.uint8]
    owner: NDArray[np.uint8]
    visibility: NDArray[np.float32]


def people_boxes(scene: Scene, library: PoseLibrary) -> NDArray[np.float64]:
    """Full boxes (n, 4) in pixels of the people near the court; nan behind the camera."""
    boxes = np.full((len(scene.people), 4), np.nan)
    for i, row in enumerate(scene.near.rows):
        c, s = row[6], row[7]
        turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
        world = library.vertices[int(row[4])] * row[5] @ turn.T + row[:3]
        seen = scene.camera.project(world)
        if seen[:, 2].min() > 0.5:
            boxes[i] = (*seen[:, :2].min(axis=0), *seen[:, :2].max(axis=0))
    return boxes


def find_truth(
    scene: Scene, library: PoseLibrary, renderer: Renderer, ids: NDArray[np.uint8]
) -> Truth:
    """The truth of the picture just drawn. ids: uint8 (h, w, 4) as `Renderer.draw` returns."""
    boxes = people_boxes(scene, library)
    real = np.isfinite(boxes).all(axis=1)
    alone = renderer.silhouettes(np.nan_to_num(boxes))
    pixels = np.bincount(ids[..., 0].reshape(-1), minlength=256)
    rows: list[tuple[NDArray[np.float64], int, int, float]] = []
    for i in np.flatnonzero(real):
        share = float(min(1.0, pixels[i + 1] / max(alone[i], 1.0)))
        if pixels[i + 1] > 0:
            rows.append((boxes[i], KINDS.index(scene.people[i].kind), int(i) + 1, share))
    rows += _number_rows(ids) + _thing_rows(scene, pixels)
    return _truth(rows)


def _truth(rows: list[tuple[NDArray[np.float64], int, int, float]]) -> Truth:
    if not rows:
        empty = np.zeros(0, np.uint8)
        return Truth(np.zeros((0, 4), np.float32), empty, empty, np.zeros(0, np.float32))
    boxes, kinds, owner, share = zip(*rows, strict=True)
    return Truth(
        np.stack(boxes).astype(np.float32),
        np.array(kinds, np.uint8),
        np.array(owner, np.uint8),
        np.array(share, np.float32),
    )


def _number_rows(ids: NDArray[np.uint8]) -> list[tuple[NDArray[np.float64], int, int, float]]:
    rows = []
    ys, xs = np.nonzero(ids[..., 1] > 127)
    wearers = ids[ys, xs, 0]
    for wearer in np.unique(wearers):
        mine = wearers == wearer
        if mine.sum() < LEAST_NUMBER_PIXELS:
            continue
        x, y = xs[mine], ys[mine]
        box = np.array([x.min(), y.min(), x.max() + 1, y.max() + 1], np.float64)
        rows.append((box, KINDS.index("number"), int(wearer), 1.0))
    return rows


def _thing_rows(
    scene: Scene, pixels: NDArray[np.int64]
) -> list[tuple[NDArray[np.float64], int, int, float]]:
    rows = []
    centre = np.array([scene.ball]) + np.array([[0, 0, 0], [0, 0, BALL_RADIUS]])
    seen = scene.camera.project(centre)
    if seen[:, 2].min() > 0.5 and pixels[BALL_ID] >= 3:
        radius = float(np.hypot(*(seen[1, :2] - seen[0, :2])))
        box = np.concatenate([seen[0, :2] - radius, seen[0, :2] + radius])
        share = float(min(1.0, pixels[BALL_ID] / max(np.pi * radius**2, 1.0)))
        rows.append((box, KINDS.index("ball"), BALL_ID, share))
    for side in (-1.0, 1.0):
        ring = scene.camera.project(rim_points(scene.venue.court, side))
        box = np.concatenate([ring[:, :2].min(axis=0), ring[:, :2].max(axis=0)])
        width, height = scene.camera.width, scene.camera.height
        inside = box[0] >= 0 and box[2] <= width and box[1] >= 0 and box[3] <= height
        if ring[:, 2].min() > 0.5 and inside and pixels[RIM_ID] > 8:
            rows.append((box, KINDS.index("rim"), RIM_ID, 1.0))
    return rows
