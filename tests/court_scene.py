"""Simulated views of a court: cameras that pan, and the points a net would find, some wrong."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from courtside.court.marks import seen_landmarks
from courtside.court.model import LOG_FOCAL, PAN, TILT, Floats, axes, project, to_floor
from courtside.court.shapes import NBA, Court
from courtside.sightings import View

SIZE = (720, 1280)
BROADCAST = np.array([1.5, -25.0, 9.5, 0.35, 0.34, 0.01, np.log(2.0), -0.03])
BASELINE = np.array([-18.0, 1.0, 2.2, np.pi / 2, 0.1, 0.0, np.log(1.1), 0.0])
PHONE = np.array([3.0, -11.0, 2.2, 0.2, 0.12, 0.02, np.log(0.85), 0.0])


@dataclass(frozen=True)
class Trunk:
    """What a net shares of the court."""

    court_points: NDArray[np.float32] | None


@dataclass(frozen=True)
class Scene:
    """A segment: true cameras (n, 8), points found (k, 4) and motion (3, 3) of each frame."""

    cameras: Floats
    found: list[Floats]
    motions: list[Floats | None]
    times: Floats


def panning(
    start: Floats, count: int = 40, pan: float = 0.2, zoom: float = 0.05, rate: float = 0.8
) -> Floats:
    """Return cameras (count, 8), ten a second, that pan and zoom from one place."""
    times = np.arange(count) / 10
    cameras = np.tile(start, (count, 1))
    cameras[:, PAN] += pan * np.sin(rate * times)
    cameras[:, TILT] += 0.1 * pan * np.sin(1.1 * rate * times)
    cameras[:, LOG_FOCAL] += zoom * np.sin(0.7 * rate * times)
    return cameras


def motion_between(before: Floats, after: Floats) -> Floats:
    """Return the homography (3, 3) of distant things between two cameras of one place."""
    lenses = []
    for camera in (before, after):
        focal = SIZE[0] * np.exp(camera[LOG_FOCAL])
        lenses.append(np.array([[focal, 0, SIZE[1] / 2], [0, focal, SIZE[0] / 2], [0, 0, 1]]))
    turn = axes(after) @ axes(before).T
    motion = lenses[1] @ turn @ np.linalg.inv(lenses[0])
    return np.asarray(motion / motion[2, 2], np.float64)


def find(
    camera: Floats,
    court: Court,
    rng: np.random.Generator,
    noise: float = 1.5,
    missed: float = 0.4,
    wrong: float = 0.1,
) -> Floats:
    """Return what a net finds (k, 4): noisy, some missed, some somewhere else, some twice."""
    rows = []
    for index, pixel in enumerate(seen_landmarks(camera, court, SIZE)):
        if np.isnan(pixel[0]) or rng.random() < missed:
            continue
        at = pixel + rng.normal(0, noise, 2)
        if rng.random() < wrong:
            at = rng.uniform([0, 0], SIZE[::-1])
        rows.append((index, *at, rng.uniform(0.3, 1.0)))
        if rng.random() < 0.1:
            rows.append((index, *(at + rng.normal(0, 60, 2)), rng.uniform(0.15, 0.5)))
    return np.array(rows).reshape(-1, 4)


def film(cameras: Floats, court: Court = NBA, *, seed: int = 0, **how: float) -> Scene:
    """Return a segment as those cameras see it."""
    rng = np.random.default_rng(seed)
    found = [find(camera, court, rng, **how) for camera in cameras]
    motions: list[Floats | None] = [None]
    for before, after in pairwise(cameras):
        shake = np.eye(3)
        shake[:2, 2] = rng.normal(0, 0.3, 2)
        motions.append(shake @ motion_between(before, after))
    return Scene(cameras, found, motions, np.arange(len(cameras)) / 10)


def view_of(scene: Scene, index: int, segment: int = 0) -> View:
    """Return a view whose trunk shares the scene's points; the picture is blank."""
    view = View(
        frame=3 * index,
        pts=index,
        time=Fraction(index, 10),
        segment=segment,
        image=np.zeros((*SIZE, 3), np.uint8),
        motion=scene.motions[index],
    )
    view.shared("trunk", lambda: Trunk(scene.found[index].astype(np.float32)))
    return view


def on_floor(camera: Floats, court: Court) -> tuple[Floats, Floats]:
    """Return pixels (n, 2) that show the court, and where on it (n, 2) they are."""
    x, y = np.meshgrid(np.linspace(0.05, 0.95, 9) * SIZE[1], np.linspace(0.3, 0.95, 7) * SIZE[0])
    pixels = np.column_stack([x.ravel(), y.ravel()])
    points = to_floor(camera, pixels, SIZE)
    inside = np.abs(np.nan_to_num(points, nan=np.inf)) < [court.length / 2, court.width / 2]
    return pixels[inside.all(axis=1)], points[inside.all(axis=1)]


def mean_error(true: Floats, found: Floats, court: Court) -> float:
    """Return by how many metres the court in view is off, on average; 50 where none is seen."""
    pixels, points = on_floor(true, court)
    off = np.linalg.norm(to_floor(found, pixels, SIZE) - points, axis=1)
    return float(np.nan_to_num(off, nan=50.0).mean())


def foot_pixel(camera: Floats, place: tuple[float, float], rise: float = 0.0) -> Floats:
    """Return the pixel (2,) of a foot at a court place, `rise` metres above the floor."""
    pixels = project(camera, np.array([[*place, rise]]), SIZE)
    return np.asarray(pixels[0], np.float64)
