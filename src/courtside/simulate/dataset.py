"""A folder of rendered training pictures, made by one or several processes, resumable."""

import io
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.simulate.body import load_bodies
from courtside.simulate.library import FAR_POSES, NEAR_POSES, PoseLibrary, pose_library
from courtside.simulate.pose import read_bvh
from courtside.simulate.raster import Renderer
from courtside.simulate.scene import random_scene
from courtside.simulate.seeds import training_seed
from courtside.simulate.truth import Truth, find_truth
from courtside.simulate.venue import random_venue

DRAWN = (960, 540)  # drawn at half as much again, then averaged down: that smooths the edges
STORED = (640, 360)
SCENES_PER_VENUE = 8  # painting a floor takes longer than drawing on it


@dataclass(frozen=True, slots=True)
class Example:
    """One training picture. picture: uint8 BGR (h, w, 3), clean; ids: uint8 (h, w), whose pixel;
    truth: in pixels of the picture."""

    picture: NDArray[np.uint8]
    ids: NDArray[np.uint8]
    truth: Truth


def render_training_set(
    out: Path, count: int, seed: int, processes: int = 1, captured: Path | None = None
) -> None:
    """Render `count` pictures into `out`, one .npz each; what is there already stays.

    Picture i depends on `seed` and i alone. captured: folder of BVH takes, for their poses.

    Raises:
        InputError: when the seed is kept for the benchmark.
    """
    training_seed(seed)
    out.mkdir(parents=True, exist_ok=True)
    venues = range(-(-count // SCENES_PER_VENUE))
    tasks = [(out, count, seed, captured, list(venues)[k::processes]) for k in range(processes)]
    if processes == 1:
        _render_venues(*tasks[0])
        return
    with get_context("spawn").Pool(processes) as pool:
        pool.starmap(_render_venues, tasks)


def load_example(path: Path) -> Example:
    """Read one file of a training set."""
    with np.load(path) as data:
        picture = cv2.imdecode(data["picture"], cv2.IMREAD_COLOR)
        ids = cv2.imdecode(data["ids"], cv2.IMREAD_GRAYSCALE)
        truth = Truth(data["boxes"], data["kinds"], data["owner"], data["visibility"])
    return Example(np.asarray(picture, np.uint8), np.asarray(ids, np.uint8), truth)


def _render_venues(
    out: Path, count: int, seed: int, captured: Path | None, venues: list[int]
) -> None:
    todo = [v for v in venues if any(not p.exists() for p in _paths(out, count, v))]
    if not todo:
        return
    near, far, renderer = open_studio(seed, captured, DRAWN)
    for v in todo:
        rng = np.random.default_rng([seed, v])
        venue = random_venue(rng)
        renderer.set_stage(venue.stage)
        for i, path in enumerate(_paths(out, count, v)):
            scene = random_scene(venue, near, far, DRAWN, np.random.default_rng([seed, v, i]))
            colours, ids = renderer.draw(
                scene.camera, venue.light, scene.near, scene.far, scene.moving
            )
            _save(path, colours, ids, find_truth(scene, near, renderer, ids))


def open_studio(
    seed: int, captured: Path | None, size: tuple[int, int]
) -> tuple[PoseLibrary, PoseLibrary, Renderer]:
    """Bodies in poses, near and far, and a renderer that holds them."""
    bodies = load_bodies()
    rng = np.random.default_rng([seed, 1_000_003])
    takes = sorted(captured.glob("*.bvh")) if captured else []
    poses = np.concatenate([read_bvh(t, 60) for t in takes]) if takes else np.zeros((0, 19, 3, 3))
    near = pose_library(bodies, bodies.near, NEAR_POSES, poses, rng)
    far = pose_library(bodies, bodies.far, FAR_POSES, poses[:0], rng)
    renderer = Renderer(*size, bodies.near, bodies.far)
    renderer.near.set_poses(near.vertices)
    renderer.far.set_poses(far.vertices)
    return near, far, renderer


def _paths(out: Path, count: int, venue: int) -> list[Path]:
    first = venue * SCENES_PER_VENUE
    numbers = range(first, min(first + SCENES_PER_VENUE, count))
    return [out / f"{number:06d}.npz" for number in numbers]


def _save(path: Path, colours: NDArray[np.uint8], ids: NDArray[np.uint8], truth: Truth) -> None:
    small = cv2.resize(colours, STORED, interpolation=cv2.INTER_AREA)
    bgr = np.ascontiguousarray(small[..., ::-1])
    whose = cv2.resize(ids[..., 0], STORED, interpolation=cv2.INTER_NEAREST)
    scale = np.float32(STORED[0] / colours.shape[1])
    buffer = io.BytesIO()
    np.savez(
        buffer,
        picture=cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 96])[1],
        ids=cv2.imencode(".png", whose)[1],
        boxes=truth.boxes * scale,
        kinds=truth.kinds,
        owner=truth.owner,
        visibility=truth.visibility,
    )
    partial = path.with_suffix(".partial")
    partial.write_bytes(buffer.getvalue())
    partial.replace(path)
