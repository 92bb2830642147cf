"""How sure a camera is, in metres on the floor that it sees."""

from __future__ import annotations

import numpy as np

from courtside.court.model import Floats, Size, project_with_slopes, to_floor
from courtside.court.shapes import Court

# Columns and rows of the pixels whose floor points are judged.
GRID = (8, 6)
# The standard deviation of a floor point times this is more than the mean error of the floor in
# view in about 94 of 100 simulated frames (see docs/court.md).
SURE = 1.0
# Painted lines lie where the rules put them to about this many metres.
PAINT = 0.01
# Floor this far beyond the lines still counts: people stand there.
APRON = 1.0


def court_error(camera: Floats, covariance: Floats, court: Court, size: Size) -> float:
    """Return how far off the court in view may be, metres; infinite when none is in view.

    The mean error of floor points in view is smaller than that in about 94 of 100 frames.

    Args:
        camera: (8,).
        covariance: (8, 8).
        court: where the floor ends.
        size: height and width of the picture in pixels.
    """
    points = floor_in_view(camera, court, size)
    if not len(points):
        return float("inf")
    spread = np.maximum(spread_at(camera, covariance, points, size), 0)
    return float(np.hypot(SURE * np.sqrt(spread).mean(), PAINT))


def floor_in_view(camera: Floats, court: Court, size: Size, apron: float = APRON) -> Floats:
    """Return points (n, 2) of the court that the picture shows, evenly over the picture.

    Args:
        camera: (8,).
        court: where the floor ends.
        size: height and width of the picture in pixels.
        apron: metres of floor beyond the lines that count.
    """
    x = (np.arange(GRID[0]) + 0.5) * size[1] / GRID[0]
    y = (np.arange(GRID[1]) + 0.5) * size[0] / GRID[1]
    pixels = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    points = to_floor(camera, pixels, size)
    limits = np.array([court.length / 2 + apron, court.width / 2 + apron])
    inside = (np.abs(np.nan_to_num(points, nan=np.inf)) < limits).all(axis=1)
    return np.asarray(points[inside], np.float64)


def spread_at(camera: Floats, covariance: Floats, points: Floats, size: Size) -> Floats:
    """Return the variance (..., n) in m² of floor points that are read off the picture.

    Args:
        camera: (..., 8).
        covariance: (..., 8, 8).
        points: (..., n, 2) metres.
        size: height and width of the picture in pixels.
    """
    lifted = np.concatenate([points, np.zeros((*points.shape[:-1], 1))], axis=-1)
    _, slopes = project_with_slopes(camera, lifted, size)
    # A floor point moves in the picture as the camera does the other way.
    moved = np.linalg.solve(slopes[..., :2], slopes)
    spread = np.einsum("...nij,...jk,...nik->...n", moved, covariance, moved)
    return np.asarray(spread, np.float64)
