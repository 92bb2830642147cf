"""A folder of rendered training pictures, made by one or several processes, resumable."""

import io
from dataclasses import astuple, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.simulate.body import Bodies, load_bodies
from courtside.simulate.camera import Camera
from courtside.simulate.court_size import CourtSize
from courtside.simulate.finish import finish
from courtside.simulate.library import PLAYING, WATCHING, PoseLibrary, pose_library
from courtside.simulate.pose import PARTS, Matrix, read_bvh
from courtside.simulate.raster import Renderer
from courtside.simulate.scene import Scene, random_scene
from courtside.simulate.seeds import training_seed
from courtside.simulate.truth import Truth, find_truth
from courtside.simulate.venue import random_venue

DRAWN = (1440, 810)  # drawn at half as much again, then averaged down: that smooths the edges
STORED = (960, 540)
SCENES_PER_VENUE = 8  # painting a floor takes longer than drawing on it
VENUES_PER_LIBRARY = 8  # after which everybody takes new poses
CAPTURED_EVERY = 10  # frames of a take between poses


@dataclass(frozen=True, slots=True)
class Example:
    """One training picture. picture: uint8 BGR (h, w, 3), clean; ids: uint8 (h, w), whose pixel;
    truth: in pixels of the picture; camera: float64 (8,) place and target in metres, focal length
    over picture height, roll in radians (`as_camera`); court: float64 (8,), the fields of
    `CourtSize` in order; view: "main", "close-up" or "other"."""

    picture: NDArray[np.uint8]
    ids: NDArray[np.uint8]
    truth: Truth
    camera: NDArray[np.float64] = field(default_factory=lambda: np.zeros(8))
    court: NDArray[np.float64] = field(default_factory=lambda: np.zeros(8))
    view: str = "main"


def render_training_set(
    out: Path,
    count: int,
    seed: int,
    processes: int = 1,
    captured: Path | None = None,
    drawn: tuple[int, int] = DRAWN,
    stored: tuple[int, int] = STORED,
    compress: bool = True,
) -> None:
    """Render `count` pictures into `out`, one .npz each; what is there already stays.

    Picture i depends on `seed` and i alone. captured: folder of BVH takes, for their poses; drawn,
    stored: width and height in pixels; compress: False writes raw arrays, faster and larger.

    Raises:
        InputError: for a seed kept for the benchmark.
        MachineError: when the extra `simulate` or OpenGL is missing.
    """
    training_seed(seed)
    out.mkdir(parents=True, exist_ok=True)
    job = Job(out, count, seed, captured, drawn, stored, compress)
    tasks = [(job, k, processes) for k in range(processes)]
    if processes == 1:
        render_part(*tasks[0])
        return
    with get_context("spawn").Pool(processes) as pool:
        pool.starmap(render_part, tasks)


def load_example(path: Path) -> Example:
    """Read one file of a training set."""
    with np.load(path) as data:
        picture, ids = data["picture"], data["ids"]
        if picture.ndim == 1:
            picture = cv2.imdecode(picture, cv2.IMREAD_COLOR)
            ids = cv2.imdecode(ids, cv2.IMREAD_GRAYSCALE)
        truth = Truth(*(data[field] for field in Truth.__dataclass_fields__))
        facts = data["camera"], data["court"], str(data["view"])
    return Example(np.asarray(picture, np.uint8), np.asarray(ids, np.uint8), truth, *facts)


def as_camera(row: NDArray[np.float64], width: int, height: int) -> Camera:
    """The camera stored with an example, for a picture of (width, height) pixels."""
    x, y, z, to_x, to_y, to_z, focal, roll = (float(v) for v in row)
    return Camera((x, y, z), (to_x, to_y, to_z), focal, roll, width, height)


def as_court(row: NDArray[np.float64]) -> CourtSize:
    """The court stored with an example."""
    return CourtSize(*(float(v) for v in row))


@dataclass(frozen=True, slots=True)
class Job:
    """What all processes of one training set share."""

    out: Path
    count: int
    seed: int
    captured: Path | None = None
    drawn: tuple[int, int] = DRAWN
    stored: tuple[int, int] = STORED
    compress: bool = True

    def paths(self, venue: int) -> list[Path]:
        """The files of one venue's pictures."""
        first = venue * SCENES_PER_VENUE
        numbers = range(first, min(first + SCENES_PER_VENUE, self.count))
        return [self.out / f"{number:06d}.npz" for number in numbers]


def render_part(job: Job, part: int, parts: int) -> None:
    """Render the pictures that fall to one of several processes, 0 to `parts` - 1."""
    cv2.setNumThreads(1)
    blocks = range(part, -(-job.count // (SCENES_PER_VENUE * VENUES_PER_LIBRARY)), parts)
    renderer: Renderer | None = None
    bodies, takes = load_bodies(), read_takes(job.captured)
    for block in blocks:
        venues = range(block * VENUES_PER_LIBRARY, (block + 1) * VENUES_PER_LIBRARY)
        todo = [v for v in venues if any(not p.exists() for p in job.paths(v))]
        if not todo:
            continue
        renderer = renderer or Renderer(*job.drawn, bodies.fine, bodies.far)
        near, far = load_poses(renderer, bodies, takes, job.seed, block)
        for v in todo:
            _render_venue(job, v, near, far, renderer)


def _render_venue(
    job: Job, number: int, near: PoseLibrary, far: PoseLibrary, renderer: Renderer
) -> None:
    venue = random_venue(np.random.default_rng([job.seed, number]))
    renderer.set_stage(venue.stage)
    for i, path in enumerate(job.paths(number)):
        rng = np.random.default_rng([job.seed, number, i])
        scene = random_scene(venue, near, far, job.drawn, rng)
        drawn, ids = renderer.draw(scene.camera, venue.light, scene.near, scene.far, scene.moving)
        colours = np.asarray(cv2.cvtColor(drawn, cv2.COLOR_RGBA2RGB), np.uint8)
        colours, ids, view = finish(scene, colours, ids, rng)
        truth = find_truth(scene, near, renderer, ids)
        _save(job, path, colours, ids, truth, scene, view)


def read_takes(folder: Path | None) -> Matrix:
    """Poses (n, PARTS, 3, 3) of all BVH takes in a folder; none without one."""
    takes = sorted(folder.glob("*.bvh")) if folder else []
    if not takes:
        return np.zeros((0, len(PARTS), 3, 3))
    return np.concatenate([read_bvh(t, CAPTURED_EVERY) for t in takes])


def load_poses(
    renderer: Renderer, bodies: Bodies, takes: Matrix, seed: int, block: int
) -> tuple[PoseLibrary, PoseLibrary]:
    """Bodies in new poses, near and far, loaded into the renderer."""
    rng = np.random.default_rng([seed, 1_000_003, block])
    near = pose_library(bodies, bodies.fine, PLAYING, takes, rng)
    far = pose_library(bodies, bodies.far, WATCHING, takes[:0], rng)
    renderer.near.set_poses(near.vertices, near.normals)
    renderer.far.set_poses(far.vertices, far.normals)
    return near, far


def _save(
    job: Job,
    path: Path,
    colours: NDArray[np.uint8],
    ids: NDArray[np.uint8],
    truth: Truth,
    scene: Scene,
    view: str,
) -> None:
    small = cv2.resize(colours, job.stored, interpolation=cv2.INTER_AREA)
    picture: Any = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    whose: Any = cv2.resize(ids[..., 0], job.stored, interpolation=cv2.INTER_NEAREST)
    if job.compress:
        picture = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 96])[1]
        whose = cv2.imencode(".png", whose)[1]
    camera = scene.camera
    buffer = io.BytesIO()
    np.savez(
        buffer,
        picture=picture,
        ids=whose,
        boxes=truth.boxes * np.float32(job.stored[0] / colours.shape[1]),
        kinds=truth.kinds,
        owner=truth.owner,
        visibility=truth.visibility,
        identity=truth.identity,
        camera=np.array([*camera.place, *camera.target, camera.focal, camera.roll]),
        court=np.array(astuple(scene.venue.court)),
        view=np.array(view),
    )
    partial = path.with_suffix(".partial")
    partial.write_bytes(buffer.getbuffer())
    partial.replace(path)
