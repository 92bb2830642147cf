"""A first camera from marks alone: guesses from few marks each, judged by all, the best refined.

RANSAC (Fischler and Bolles 1981) with two kinds of guesses: four points of the floor give a
homography and with it place, direction and focal length (Zhang 2000, principal point known); two
points give direction and focal length for a camera at a place that is known or usual.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.court.marks import Marks
from courtside.court.model import LOG_FOCAL, PAN, ROLL, TILT, Floats, Size, sound
from courtside.court.solve import (
    ANYWHERE,
    NARROW,
    WIDE,
    Belief,
    Fit,
    costs_of,
    fitted,
    refine,
)

Rows = NDArray[np.intp]

# Guesses by four points, and by two points for each place.
QUADRUPLES, PAIRS = 96, 6
# Guesses that are refined, and focal lengths (picture heights) that lenses have.
REFINED = 6
SHORTEST, LONGEST = 0.4, 9.0
FEWEST_MARKS = 4


def _usual_places() -> Floats:
    """Return places (n, 3), metres, from which games are filmed."""
    stands = [(x, y, z) for x in (-6, 0, 6) for y, z in ((-18, 6), (-24, 9), (-30, 12))]
    floor = [(x, y, z) for x in (-10, 0, 10) for y, z in ((-9.5, 1.8), (-13, 3.0))]
    ends = [(x, y, z) for x, z in ((-16, 1.2), (-20, 3.0)) for y in (-4, 0, 4)]
    corners = [(-16, -12, 4), (16, -12, 4), (-19, -16, 7), (19, -16, 7)]
    return np.array([*stands, *floor, *ends, *corners], np.float64)


USUAL_PLACES = _usual_places()


def first_fit(
    marks: Marks, size: Size, seed: int, prior: Belief = ANYWHERE, places: Floats = USUAL_PLACES
) -> Fit | None:
    """Return the camera that explains the marks best; null when there are too few.

    Args:
        marks: what was found.
        size: height and width of the picture in pixels.
        seed: of the random choice of guesses; the same gives the same camera.
        prior: what is known of the camera.
        places: (p, 3) where it may stand.
    """
    if len(np.unique(marks.landmark)) < FEWEST_MARKS:
        return None
    rng = np.random.default_rng(seed)
    guesses = np.concatenate(
        [_from_floor(marks, size, rng), _from_places(marks, size, places, rng)]
    )
    if not len(guesses):
        return None
    costs = costs_of(guesses, marks, size, WIDE)
    best = guesses[np.argsort(costs, kind="stable")[:REFINED]]
    cameras, costs = refine(best, marks, prior, size, (WIDE, 6.0, NARROW), 6)
    winner = int(np.argmin(costs))
    return fitted(cameras[winner], marks, prior, size, float(costs[winner]))


def _drawn(marks: Marks, rows: Rows, count: int, each: int, rng: np.random.Generator) -> Rows:
    """Return (count, each) rows of different landmarks, surer marks more often."""
    # Gumbel's trick: the highest of log-weights plus noise are a weighted draw without repeats.
    noise = rng.gumbel(size=(count, len(rows))) + np.log(marks.score[rows] + 1e-6)
    drawn = rows[np.argsort(-noise, axis=1)[:, :each]]
    named = np.sort(marks.landmark[drawn], axis=1)
    return np.asarray(drawn[(np.diff(named, axis=1) > 0).all(axis=1)], np.intp)


def _from_floor(marks: Marks, size: Size, rng: np.random.Generator) -> Floats:
    """Return cameras (g, 8) from homographies of four floor marks each."""
    floor = np.flatnonzero(marks.on_floor)
    if len(np.unique(marks.landmark[floor])) < 4:
        return np.zeros((0, 8))
    rows = _drawn(marks, floor, QUADRUPLES, 4, rng)
    seen = (marks.pixels[rows] - [size[1] / 2, size[0] / 2]) / size[0]
    maps = _homographies(marks.points[rows][..., :2], seen)
    return _cameras(maps[sound(maps, (1, 2))])


def _homographies(points: Floats, seen: Floats) -> Floats:
    """Return homographies (g, 3, 3) from four points each, floor metres to slopes; NaN: none."""
    x, y, u, v = points[..., 0], points[..., 1], seen[..., 0], seen[..., 1]
    one, nought = np.ones_like(x), np.zeros_like(x)
    across = np.stack([x, y, one, nought, nought, nought, -u * x, -u * y], axis=-1)
    down = np.stack([nought, nought, nought, x, y, one, -v * x, -v * y], axis=-1)
    system = np.concatenate([across, down], axis=1)
    right = np.concatenate([u, v], axis=1)
    # Three of four on a line leave no solution.
    solvable = (np.abs(np.linalg.det(system)) > 1e-6)[:, None, None]
    solved = np.linalg.solve(np.where(solvable, system, np.eye(8)), right[..., None])
    full = np.concatenate([solved[..., 0], np.ones((len(solved), 1))], axis=1).reshape(-1, 3, 3)
    return np.where(solvable, full, np.nan)


def _cameras(maps: Floats) -> Floats:
    """Return the cameras (g, 8) of homographies from the floor to slopes; unsound ones left out."""
    square = _square_focal(maps)
    usable = np.isfinite(square) & (square > SHORTEST**2) & (square < LONGEST**2)
    maps, focal = maps[usable], np.sqrt(square[usable])
    columns = maps / np.stack([focal, focal, np.ones_like(focal)], axis=1)[..., None]
    length = np.linalg.norm(columns[..., :2], axis=1).mean(axis=1)
    columns = columns / length[:, None, None]
    # The floor lies before the camera.
    columns = columns * np.sign(columns[:, 2:, 2:])
    third = np.cross(columns[..., 0], columns[..., 1])
    u, _, v = np.linalg.svd(np.stack([columns[..., 0], columns[..., 1], third], axis=-1))
    turned = u @ v
    place = -(np.swapaxes(turned, 1, 2) @ columns[..., 2:])[..., 0]
    return _upright(place, turned, focal)


def _square_focal(maps: Floats) -> Floats:
    """Return the square of the focal length (g,) in picture heights.

    The first two columns are at right angles and of one length once divided by the focal length:
    two equations, solved by least squares.
    """
    first, second = maps[..., 0], maps[..., 1]
    a = np.stack(
        [
            first[:, 0] * second[:, 0] + first[:, 1] * second[:, 1],
            first[:, 0] ** 2 + first[:, 1] ** 2 - second[:, 0] ** 2 - second[:, 1] ** 2,
        ],
        axis=1,
    )
    b = np.stack([-first[:, 2] * second[:, 2], second[:, 2] ** 2 - first[:, 2] ** 2], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((a**2).sum(axis=1) / (a * b).sum(axis=1), np.float64)


def _upright(place: Floats, turned: Floats, focal: Floats) -> Floats:
    """Return cameras (g, 8) from places, axes (g, 3, 3) and focal lengths; above the floor only."""
    forward = turned[:, 2]
    camera = np.zeros((len(place), 8))
    camera[:, :3] = place
    camera[:, PAN] = np.arctan2(forward[:, 0], forward[:, 1])
    camera[:, TILT] = -np.arcsin(np.clip(forward[:, 2], -1, 1))
    # The level right direction against the picture's right and down.
    level = np.stack(
        [np.cos(camera[:, PAN]), -np.sin(camera[:, PAN]), np.zeros(len(place))], axis=1
    )
    camera[:, ROLL] = np.arctan2(
        -(turned[:, 1] * level).sum(axis=1), (turned[:, 0] * level).sum(axis=1)
    )
    camera[:, LOG_FOCAL] = np.log(focal)
    usable = (place[:, 2] > 0.3) & (place[:, 2] < 60) & (np.abs(camera[:, ROLL]) < 0.5)
    return camera[usable & (np.abs(place[:, :2]) < 80).all(axis=1)]


def _from_places(marks: Marks, size: Size, places: Floats, rng: np.random.Generator) -> Floats:
    """Return cameras (g, 8) at places, turned and zoomed so that two marks are where they are."""
    pairs = _drawn(marks, np.arange(len(marks)), PAIRS * len(places), 2, rng)
    place = places[np.arange(len(pairs)) % len(places)]
    seen = (marks.pixels[pairs] - [size[1] / 2, size[0] / 2]) / size[0]
    towards = marks.points[pairs] - place[:, None]
    towards /= np.linalg.norm(towards, axis=2, keepdims=True)
    focal = _focal_between(seen, (towards[:, 0] * towards[:, 1]).sum(axis=1))
    usable = np.isfinite(focal) & (focal > SHORTEST) & (focal < LONGEST)
    place, seen, towards, focal = place[usable], seen[usable], towards[usable], focal[usable]
    looks = np.concatenate([seen / focal[:, None, None], np.ones((len(seen), 2, 1))], axis=2)
    turned = np.swapaxes(_frame(looks), 1, 2) @ _frame(towards)
    return _upright(place, turned, focal)


def _focal_between(seen: Floats, cosine: Floats) -> Floats:
    """Return the focal length (g,) at which two slopes (g, 2, 2) enclose an angle; NaN: none."""
    inner = (seen[:, 0] * seen[:, 1]).sum(axis=1)
    squares = (seen**2).sum(axis=2)
    c2 = cosine**2
    a, b = 1 - c2, 2 * inner - c2 * squares.sum(axis=1)
    c = inner**2 - c2 * squares.prod(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt((-b + np.sqrt(b**2 - 4 * a * c)) / (2 * a)), np.float64)


def _frame(pair: Floats) -> Floats:
    """Return an orthonormal frame (g, 3, 3), rows, spanned by two directions (g, 2, 3)."""
    first = pair[:, 0] / np.linalg.norm(pair[:, 0], axis=1, keepdims=True)
    normal = np.cross(pair[:, 0], pair[:, 1])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    return np.stack([first, np.cross(normal, first), normal], axis=1)
