"""How sure a camera is, in metres on the floor that it sees."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from courtside.court.model import Floats, Size, project_with_slopes, to_floor
from courtside.court.shapes import Court

# Columns and rows of the pixels whose floor points are judged.
GRID = (8, 6)
# The standard deviation of a floor point times this is more than the mean error of the floor in
# view in 90 of 100 frames of the simulated benchmark, and the median of such bounds is just below
# twice that of the errors (times 0.75: 91 frames, 2.1 times).
SURE = 0.73
# Painted lines lie where the rules put them to about this many metres.
PAINT = 0.01
# Floor this far beyond the lines still counts: people stand there.
APRON = 1.0
# Cameras whose derivatives are held at once.
AT_ONCE = 500


def court_error(camera: Floats, covariance: Floats, court: Court, size: Size) -> float:
    """Return how far off the court in view may be, metres; infinite when none is in view.

    The mean error of floor points in view is smaller than that in about 90 of 100 frames.

    Args:
        camera: (8,).
        covariance: (8, 8).
        court: where the floor ends.
        size: height and width of the picture in pixels.
    """
    return float(court_errors(camera[None], covariance[None], court, size)[0])


def court_errors(cameras: Floats, covariances: Floats, court: Court, size: Size) -> Floats:
    """Return `court_error` of each camera (n, 8) with its covariance (n, 8, 8)."""
    points = floor_at(cameras, GRID, size)
    inside = is_inside(points, court, APRON)
    spread = np.full(inside.shape, np.nan)
    for begin in range(0, len(cameras), AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        spread[some] = spread_at(cameras[some], covariances[some], points[some], size)
    deviations = np.sqrt(np.maximum(spread, 0))
    means = [
        float(own[seen].mean()) if seen.any() else np.inf
        for own, seen in zip(deviations, inside, strict=True)
    ]
    return np.asarray(np.hypot(SURE * np.array(means), PAINT), np.float64)


def floor_in_view(camera: Floats, court: Court, size: Size, apron: float = APRON) -> Floats:
    """Return points (n, 2) of the court that the picture shows, evenly over the picture.

    Args:
        camera: (8,).
        court: where the floor ends.
        size: height and width of the picture in pixels.
        apron: metres of floor beyond the lines that count.
    """
    points = floor_at(camera, GRID, size)
    return np.asarray(points[is_inside(points, court, apron)], np.float64)


def floor_at(camera: Floats, grid: tuple[int, int], size: Size) -> Floats:
    """Return the floor points (..., n, 2) that cameras (..., 8) see evenly over the picture.

    Args:
        camera: (..., 8).
        grid: columns and rows of cells whose middles are looked at, row by row.
        size: height and width of the picture in pixels.
    """
    return to_floor(camera, _middles(grid, size), size)


@lru_cache(maxsize=8)
def _middles(grid: tuple[int, int], size: Size) -> Floats:
    """Return the middles (n, 2) of a grid's cells in pixels, see `floor_at`."""
    x = (np.arange(grid[0]) + 0.5) * size[1] / grid[0]
    y = (np.arange(grid[1]) + 0.5) * size[0] / grid[1]
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def is_inside(points: Floats, court: Court, apron: float) -> NDArray[np.bool_]:
    """Return which floor points (..., n, 2) lie up to `apron` metres beyond the lines; NaN: no."""
    beyond = np.abs(points) - [court.length / 2 + apron, court.width / 2 + apron]
    return np.asarray((beyond[..., 0] < 0) & (beyond[..., 1] < 0), np.bool_)


def spread_at(camera: Floats, covariance: Floats, points: Floats, size: Size) -> Floats:
    """Return the variance (..., n) in m² of floor points that are read off the picture.

    Args:
        camera: (..., 8).
        covariance: (..., 8, 8).
        points: (..., n, 2) metres.
        size: height and width of the picture in pixels.
    """
    lifted = np.zeros((*points.shape[:-1], 3))
    lifted[..., :2] = points
    _, slopes = project_with_slopes(camera, lifted, size)
    # A floor point moves in the picture as the camera does the other way.
    moved = np.linalg.solve(slopes[..., :2], slopes)
    return np.asarray((moved @ covariance[..., None, :, :] * moved).sum(axis=(-2, -1)), np.float64)
