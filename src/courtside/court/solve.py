"""A camera from marks, some of them wrong: robust least squares, a whole batch of starts at once.

Levenberg-Marquardt on Geman and McClure's loss, whose pull fades for marks far off ("Statistical
methods for tomographic image reconstruction", 1987); the loss is narrowed step by step. Written
with its own derivatives because SciPy's solver takes one start at a time and 5 to 15 ms for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.court.marks import Marks
from courtside.court.model import (
    DISTORTION,
    LOG_FOCAL,
    PAN,
    ROLL,
    TILT,
    Floats,
    Size,
    X,
    Y,
    Z,
    project,
    project_with_slopes,
    wrapped,
)

# Width of the loss in standard deviations of a mark: beyond about twice that it hardly pulls.
WIDE, NARROW = 12.0, 3.0
# A mark within this many standard deviations of where the camera sees it counts as right.
INLIER = 3.5


@dataclass(frozen=True)
class Belief:
    """A camera as far as it is known: a mean and how sure each combination of numbers is.

    Attributes:
        mean: (8,) as `courtside.court.model.PARAMETERS`.
        information: (8, 8) inverse of the covariance.
    """

    mean: Floats
    information: Floats


def _anywhere() -> Belief:
    """Return what is known before anything is seen: games are filmed from a few kinds of places.

    Means and standard deviations cover arenas' platforms, gyms' side lines and baselines, and
    lenses from a phone's wide angle (0.7 picture heights) to a long zoom (6).
    """
    mean, spread = np.zeros(8), np.zeros(8)
    mean[[X, Y, Z]], spread[[X, Y, Z]] = (0.0, -18.0, 6.0), (15.0, 15.0, 6.0)
    spread[PAN], mean[TILT], spread[TILT] = 10.0, 0.3, 0.4
    spread[ROLL] = 0.06
    mean[LOG_FOCAL], spread[LOG_FOCAL] = np.log(1.9), 0.7
    spread[DISTORTION] = 0.04
    return Belief(mean, np.diag(1 / spread**2))


ANYWHERE = _anywhere()


@dataclass(frozen=True)
class Fit:
    """A camera fitted to marks.

    Attributes:
        camera: (8,).
        information: (8, 8), of marks and prior together, for marks as noisy as they claim.
        inlier: (n,) which marks it explains.
        cost: robust loss over the marks plus the prior's; smaller is better.
    """

    camera: Floats
    information: Floats
    inlier: NDArray[np.bool_]
    cost: float


def refine(
    starts: Floats, marks: Marks, prior: Belief, size: Size, widths: tuple[float, ...], steps: int
) -> tuple[Floats, Floats]:
    """Return cameras (b, 8) fitted from starts (b, 8), and their costs (b,).

    Args:
        starts: cameras to begin from.
        marks: what was found.
        prior: what was known before.
        size: height and width of the picture in pixels.
        widths: of the loss, one after the other, in standard deviations.
        steps: for each width.
    """
    cameras, costs = starts.copy(), np.full(len(starts), np.inf)
    for width in widths:
        damping = np.full(len(starts), 1e-3)
        costs, gradient, curve = _equations(cameras, marks, prior, size, width)
        for _ in range(steps):
            tried = cameras + _step(gradient, curve, damping)
            new_costs, new_gradient, new_curve = _equations(tried, marks, prior, size, width)
            better = new_costs < costs
            cameras = np.where(better[:, None], tried, cameras)
            gradient = np.where(better[:, None], new_gradient, gradient)
            curve = np.where(better[:, None, None], new_curve, curve)
            damping = np.where(better, damping * 0.2, np.minimum(damping * 10, 1e6))
            settled = np.abs(costs - new_costs) < 1e-3 * (1 + np.abs(costs))
            costs = np.where(better, new_costs, costs)
            if settled.all():
                break
    return cameras, costs


def fitted(camera: Floats, marks: Marks, prior: Belief, size: Size, cost: float = 0.0) -> Fit:
    """Return what a camera (8,) explains, and how sure it is."""
    pixels, slopes = project_with_slopes(camera, marks.points, size)
    off = (marks.pixels - pixels) / marks.noise[:, None]
    inlier = np.hypot(off[:, 0], off[:, 1]) < INLIER
    scaled = (slopes[inlier] / marks.noise[inlier, None, None]).reshape(-1, 8)
    information = prior.information + scaled.T @ scaled
    return Fit(camera, information, inlier, cost)


def noise_of(distance: Floats) -> float:
    """Return the noise that right marks show, from distances in claimed standard deviations.

    It is drawn towards 1 where they are few.
    """
    # A camera's eight numbers bend towards the marks: so many squares are missing.
    free = max(2 * len(distance) - 8, 0)
    prior = 6.0
    return float(np.sqrt((prior + (distance**2).sum()) / (prior + free)))


def _pull(distance: Floats, width: float) -> Floats:
    """Return the loss's weight at a distance."""
    return np.asarray((width**2 / (width**2 + distance**2)) ** 2, np.float64)


def loss(distance: Floats, width: float) -> Floats:
    """Return Geman and McClure's loss, at most width², for distances in standard deviations."""
    square = np.minimum(distance, 1e6) ** 2
    return np.asarray(square * width**2 / (width**2 + square), np.float64)


def _equations(
    cameras: Floats, marks: Marks, prior: Belief, size: Size, width: float
) -> tuple[Floats, Floats, Floats]:
    """Return cost (b,), descent (b, 8) and curvature (b, 8, 8) of a batch."""
    pixels, slopes = project_with_slopes(cameras, marks.points, size)
    off = (marks.pixels - pixels) / marks.noise[:, None]
    off, slopes = np.where(np.isnan(off), 1e6, off), np.where(np.isnan(slopes), 0, slopes)
    distance = np.hypot(off[..., 0], off[..., 1])
    weight = _pull(distance, width) * marks.score
    scaled = slopes / marks.noise[:, None, None]
    weighted = (scaled * weight[..., None, None]).reshape(len(cameras), -1, 8)
    across, flat = np.swapaxes(weighted, 1, 2), scaled.reshape(len(cameras), -1, 8)
    back = from_prior(cameras, prior)
    pull = (back[:, None] @ prior.information)[:, 0]
    gradient = (across @ off.reshape(len(cameras), -1, 1))[..., 0] + pull
    curve = across @ flat + prior.information
    costs = (loss(distance, width) * marks.score).sum(axis=-1) + (pull * back).sum(axis=-1)
    return costs, gradient, curve


def from_prior(cameras: Floats, prior: Belief) -> Floats:
    """Return prior mean minus cameras (b, 8), angles wrapped."""
    back = prior.mean - cameras
    back[..., PAN : ROLL + 1] = wrapped(back[..., PAN : ROLL + 1])
    return np.asarray(back, np.float64)


def _step(gradient: Floats, curve: Floats, damping: Floats) -> Floats:
    damped = curve * (1 + damping[:, None, None] * np.eye(8))
    return np.asarray(np.linalg.solve(damped, gradient[..., None])[..., 0], np.float64)


def costs_of(cameras: Floats, marks: Marks, size: Size, width: float) -> Floats:
    """Return the robust loss (b,) of cameras (b, 8) over the marks, without a prior."""
    pixels = project(cameras, marks.points, size)
    off = np.linalg.norm(marks.pixels - pixels, axis=-1) / marks.noise
    return np.asarray((loss(np.nan_to_num(off, nan=1e6), width) * marks.score).sum(axis=-1))
