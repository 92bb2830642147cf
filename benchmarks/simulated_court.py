"""How far the truth of simulated films is from the lines they show.

The lines of a film's court are painted white on a black floor by the simulator's own painter, drawn
by its renderer with the film's camera and taken through its lens. There the middles of both lines
are found to parts of a pixel beside each crossing. An error is how far the crossing, as the stored
camera of the run (eight numbers, `courtside.court`) projects it, lies beside either line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.court.model import project
from courtside.simulate.body import Bodies
from courtside.simulate.buffers import Cast, Stage
from courtside.simulate.camera import Camera
from courtside.simulate.court_size import CourtSize
from courtside.simulate.filming import Shot
from courtside.simulate.floor import floor_size, paint_lines
from courtside.simulate.lens import Lens
from courtside.simulate.looks import LOOK_ROWS
from courtside.simulate.paint import PIXELS_PER_METRE
from courtside.simulate.projector import SMOOTH, pan_of
from courtside.simulate.raster import Light, Renderer
from courtside.simulate.stage_play import Production
from courtside.store.opened import open_run

Floats = NDArray[np.float64]
WIDE = 0.12  # metres; wider than on a court, so that they are found from farther away
ALONG = np.linspace(0.3, 1.5, 13)  # metres from a crossing at which its lines are looked for
EVERY = 10  # frames
# Pixels kept from the picture's edges; looked at beside a line; of a line that tells anything.
EDGE, CLEAR, SHORTEST = 12.0, 3.0, 20.0


def crossings(court: CourtSize) -> list[tuple[Floats, Floats, Floats]]:
    """Places (2,) where lines meet, and the ways (2,) in which both go on."""
    half_l, half_w, lane = court.length / 2, court.width / 2, court.lane_width / 2
    found = [(0.0, s * half_w, 1.0, -s) for s in (-1, 1)]
    for side in (-1, 1):
        for across in (-1, 1):
            found.append((side * half_l, across * half_w, -side, -across))
            found.append((side * half_l, across * lane, -side, -across))
            found.append((side * half_l, across * court.corner, -side, -across))
            free = side * (half_l - court.lane_length)
            if lane > court.circle + 0.2:  # else the circle lies on these lines
                found.append((free, across * lane, side, -across))
    ways = (np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    return [(np.array([x, y]), ways[0] * u, ways[1] * v) for x, y, u, v in found]


def floor_renderer(bodies: Bodies, court: CourtSize, size: tuple[int, int]) -> Renderer:
    """A renderer of nothing but white lines, pictures of `size` times SMOOTH."""
    drawn = (round(size[0] * SMOOTH), round(size[1] * SMOOTH))
    renderer = Renderer(*drawn, bodies.near, bodies.far)
    length, width = floor_size(court)
    rows, columns = round(width * PIXELS_PER_METRE), round(length * PIXELS_PER_METRE)
    floor = np.zeros((rows, columns, 3), np.uint8)
    paint_lines(floor, court, (255, 255, 255), WIDE)
    nothing = np.zeros((3, 13), np.float32)
    surfaces = np.zeros((1, 4, 4, 3), np.uint8)
    numbers = np.zeros((1, 4, 4, 2), np.uint8)
    renderer.set_stage(Stage(nothing, floor, (length, width), surfaces, numbers, (0, 0, 0)))
    return renderer


def clean_frame(renderer: Renderer, camera: Camera, lens: Lens, pan: float) -> NDArray[np.float32]:
    """Grey levels (h, w) of the lines alone."""
    light = Light(np.full(3, 0.6), np.zeros((3, 3)), gloss=0.0, shadow=0.0)
    nobody = Cast(np.zeros((0, 12), np.float32), np.zeros((0, LOOK_ROWS, 3), np.float32))
    width, height = renderer.size
    drawn = replace(camera, width=width, height=height)
    moving = np.zeros((3, 13), np.float32)
    colours, _ = renderer.draw(drawn, light, nobody, nobody, moving)
    picture = lens.develop(colours, (camera.width, camera.height), pan)
    return np.asarray(picture[..., 1], np.float32)


def offsets_of(
    picture: NDArray[np.float32], camera: Floats, at: Floats, way: Floats
) -> Floats | None:
    """By how many pixels a line's middles (n,) lie beside the projected line that leaves the
    crossing `at` along `way`; null where it is not seen, or is thinner than a pixel: there
    its neighbours come too near."""
    size = picture.shape
    side = np.array([way[1], -way[0]]) * WIDE / 2
    points = at + ALONG[:, None] * way
    seen, one, other = (
        project(camera, np.column_stack([p, np.zeros(len(p))]), size)
        for p in (points, points - side, points + side)
    )
    edges = np.array([size[1], size[0]]) - EDGE
    if not ((seen > EDGE) & (seen < edges)).all():
        return None
    forward = np.gradient(seen, axis=0)
    normal = np.column_stack([-forward[:, 1], forward[:, 0]])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    half = np.abs(((other - one) * normal).sum(axis=1)) / 2 + CLEAR
    if half.min() < CLEAR + 0.5 or np.linalg.norm(seen[-1] - seen[0]) < SHORTEST:
        return None
    steps = np.linspace(-1, 1, 161) * half[:, None]
    places = (seen[:, None] + steps[..., None] * normal[:, None] - 0.5).astype(np.float32)
    levels = cv2.remap(picture, places[..., 0], places[..., 1], cv2.INTER_LINEAR)
    weights = np.maximum(levels - levels.min(axis=1, keepdims=True), 0)
    return np.asarray((weights * steps).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-6))


def beside(offsets: Floats) -> float:
    """How far a line lies beside where it is expected, at its crossing, pixels.

    Of all lines through two middles the median one (Theil and Sen), as other lines come close to
    this one here and there.
    """
    first, second = np.triu_indices(len(ALONG), 1)
    slope = np.median((offsets[second] - offsets[first]) / (ALONG[second] - ALONG[first]))
    return float(abs(np.median(offsets - slope * ALONG)))


def errors(picture: NDArray[np.float32], camera: Floats, court: CourtSize) -> list[float]:
    """How far the crossings to be seen lie beside their painted lines, pixels."""
    found = []
    for at, first, second in crossings(court):
        lines = [offsets_of(picture, camera, at, way) for way in (first, second)]
        if all(line is not None for line in lines):
            found.append(max(beside(line) for line in lines if line is not None))
    return found


def court_errors(folder: Path, game: Production, shots: list[Shot], bodies: Bodies) -> Floats:
    """Errors in pixels of all crossings in every tenth frame of a film that shows the court."""
    beyond = json.loads((folder / "simulated.json").read_text())
    lens, court = Lens(**beyond["lens"]), game.plan.court
    height, width = open_run(folder).size
    renderer = floor_renderer(bodies, court, (width, height))
    found: list[float] = []
    for facts, camera, pan in _filmed(beyond["frames"], shots, (width, height)):
        picture = clean_frame(renderer, camera, lens, pan)
        found += errors(picture, np.array(facts["camera"]), court)
    return np.array(found)


def _filmed(
    frames: list[dict[str, Any]], shots: list[Shot], size: tuple[int, int]
) -> Iterator[tuple[dict[str, Any], Camera, float]]:
    """Facts, camera and pan (pixels a frame) of every EVERY-th frame of the main cameras."""
    number = 0
    for shot in shots:
        cameras = [replace(c, width=size[0], height=size[1]) for c in shot.cameras]
        for k, camera in enumerate(cameras):
            if number % EVERY == 0 and shot.view == "main":
                yield frames[number], camera, pan_of(cameras, k, 1.0)[0]
            number += 1
