"""What is in a drawn picture: boxes, kinds, visibility, masks, number regions."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.simulate.camera import Camera
from courtside.simulate.library import PoseLibrary
from courtside.simulate.raster import Renderer
from courtside.simulate.scene import Scene
from courtside.simulate.silhouettes import silhouettes
from courtside.simulate.statics import BALL_ID, RIM_ID, RIM_TUBE, rim_points

KINDS = ("player", "referee", "person", "ball", "rim", "number")
PEOPLE = KINDS[:3]
LEAST_NUMBER_PIXELS = 14  # below, no reader could tell a digit from a fold


@dataclass(frozen=True, slots=True)
class Truth:
    """n things in one picture of (width, height) pixels.

    boxes: float32 (n, 4) x1 y1 x2 y2, full extent, not clipped; kinds: uint8 (n,) index into
    KINDS; owner: uint8 (n,), id in the picture of ids (a number's: its player's);
    visibility: float32 (n,), visible share of the silhouette within or without the picture;
    identity: int16 (n,), who of the venue's roster a person is, -1 for all others and for things.
    """

    boxes: NDArray[np.float32]
    kinds: NDArray[np.uint8]
    owner: NDArray[np.uint8]
    visibility: NDArray[np.float32]
    identity: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))


def people_boxes(scene: Scene, library: PoseLibrary) -> NDArray[np.float64]:
    """Full boxes (n, 4) in pixels of the people near the court; nan behind the camera."""
    rows = scene.near.rows[: len(scene.people)]
    if len(rows) == 0:
        return np.zeros((0, 4))
    c, s, zero = rows[:, 6], rows[:, 7], np.zeros(len(rows), np.float32)
    turns = np.stack([c, s, zero, -s, c, zero, zero, zero, zero + 1], axis=1).reshape(-1, 3, 3)
    axes = scene.camera.axes().T.astype(np.float32)
    # From a body's own coordinates to the camera's in one step, a row for each of the three.
    turns = np.matmul(turns * rows[:, 5, None, None], axes).swapaxes(1, 2)
    places = (rows[:, :3] - np.array(scene.camera.place, np.float32)) @ axes
    bodies = library.vertices[rows[:, 4].astype(int)].swapaxes(1, 2)
    return _boxes(scene.camera, np.matmul(turns, bodies) + places[..., None])


def _boxes(camera: Camera, seen: NDArray[np.float32]) -> NDArray[np.float64]:
    """Boxes (n, 4) of points (n, 3, V) in the camera's coordinates."""
    depth = seen[:, 2]
    scale = np.float32(camera.focal * camera.height) / np.where(
        np.abs(depth) < 1e-6, np.float32(1e-6), depth
    )
    x, y = seen[:, 0] * scale + camera.width / 2, seen[:, 1] * scale + camera.height / 2
    edges = (x.min(axis=1), y.min(axis=1), x.max(axis=1), y.max(axis=1))
    boxes = np.stack(edges, axis=1).astype(np.float64)
    boxes[depth.min(axis=1) <= 0.5] = np.nan
    return boxes


def find_truth(
    scene: Scene,
    library: PoseLibrary,
    renderer: Renderer,
    ids: NDArray[np.uint8],
    numbers: bool = True,
) -> Truth:
    """The truth of the picture just drawn.

    ids: uint8 (h, w, 4) as `Renderer.draw` returns; numbers: whether to look for printed ones.
    """
    boxes = people_boxes(scene, library)
    real = np.isfinite(boxes).all(axis=1)
    pixels = cv2.calcHist([ids], [0], None, [256], [0, 256]).reshape(-1).astype(np.int64)
    shown = np.flatnonzero(real & (pixels[1 : len(boxes) + 1] > 0))
    alone = silhouettes(renderer, boxes[shown], shown.tolist())
    rows: list[tuple[NDArray[np.float64], int, int, float]] = []
    for i, area in zip(shown.tolist(), alone.tolist(), strict=True):
        share = float(min(1.0, pixels[i + 1] / max(area, 1.0)))
        rows.append((boxes[i], KINDS.index(scene.people[i].kind), i + 1, share))
    rows += (_number_rows(ids) if numbers else []) + _thing_rows(scene, pixels)
    return _truth(rows, scene)


def _truth(rows: list[tuple[NDArray[np.float64], int, int, float]], scene: Scene) -> Truth:
    boxes, kinds, owner, share = zip(*rows, strict=True) if rows else ((), (), (), ())
    who = [
        scene.people[number - 1].identity if KINDS[kind] in PEOPLE else -1
        for kind, number in zip(kinds, owner, strict=True)
    ]
    return Truth(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(kinds, np.uint8),
        np.array(owner, np.uint8),
        np.array(share, np.float32),
        np.array(who, np.int16),
    )


def _number_rows(ids: NDArray[np.uint8]) -> list[tuple[NDArray[np.float64], int, int, float]]:
    rows = []
    found = cv2.findNonZero(cv2.extractChannel(ids, 1))
    xs, ys = np.zeros((2, 0), np.int32) if found is None else found.reshape(-1, 2).T
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
    ball = scene.moving[scene.moving[:, 12] == BALL_ID, :3]
    seen = scene.camera.project(ball)
    if seen[:, 2].min() > 0.5 and pixels[BALL_ID] >= 3:
        low, high = seen[:, :2].min(axis=0), seen[:, :2].max(axis=0)
        area = np.pi / 4 * float(np.prod(high - low))
        share = float(min(1.0, pixels[BALL_ID] / max(area, 1.0)))
        rows.append((np.concatenate([low, high]), KINDS.index("ball"), BALL_ID, share))
    for side in (-1.0, 1.0):
        points = rim_points(scene.venue.court, side)
        thick = np.array([0.0, 0.0, RIM_TUBE])
        ring = scene.camera.project(np.concatenate([points - thick, points + thick]))
        box = np.concatenate([ring[:, :2].min(axis=0), ring[:, :2].max(axis=0)])
        width, height = scene.camera.width, scene.camera.height
        inside = box[0] >= 0 and box[2] <= width and box[1] >= 0 and box[3] <= height
        if ring[:, 2].min() > 0.5 and inside and pixels[RIM_ID] > 8:
            rows.append((box, KINDS.index("rim"), RIM_ID, 1.0))
    return rows
