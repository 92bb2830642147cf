"""The painted lines themselves: a camera that is nearly right is pulled onto them.

Points along the court's lines are projected, and each looks across its line in the picture for a
narrow ridge, brighter or darker than both sides (Harris and Stennett's RAPID, 1990, with ridges in
place of edges). Each ridge found says how far the line is off along its normal; all together, with
what is known of the camera, give a better one. It needs no net, so its errors are other ones than
those of the net's points.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.court.drawing import line_points
from courtside.court.model import (
    LOG_FOCAL,
    PAN,
    ROLL,
    TILT,
    Floats,
    Size,
    X,
    Y,
    inverse,
    project,
    project_with_slopes,
)
from courtside.court.shapes import Court
from courtside.court.solve import Belief

# Metres between samples on lines, and the most that are looked at.
STEP, MOST = 1.0, 90
# Pixels at 720 lines: searched at least and at most to each side; noise of a ridge.
LEAST_REACH, MOST_REACH, NOISE = 3.0, 10.0, 1.5
# Offsets looked at, in half reaches; a ridge must stand out by so many grey levels.
OFFSETS, CONTRAST = 21, 10.0
# A painted line is 5 cm wide; how wide it looks decides what its sides are, in pixels.
PAINT, NARROWEST, WIDEST = 0.05, 1.5, 8.0
# Neighbouring samples share their errors: together they count as this share of independent ones.
WORTH = 0.25
# What does not average out over frames either, pixels at 720 lines: a line's outer edge is where
# the rules put it, and a wrong ridge stays one.
STAYS = 2.0
# A line within so many pixels at 720 lines is where a camera expects it; such a camera is sure of
# itself to this variance.
IN_PLACE, TINY = 1.0, 1e-12
# Fewer ridges, or a smaller share of the samples, tell of no court.
FEWEST, LEAST_SHARE = 12, 0.2


Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Ridges:
    """What samples on the lines found in the picture.

    Attributes:
        offsets: (n,) pixels along the normal from the projected line to the ridge; NaN: none.
        across: (n, 8) pixels along the normal by which the line moves with each parameter.
    """

    offsets: Floats
    across: Floats


def pulled_onto_lines(
    image: Image, belief: Belief, court: Court, covered: NDArray[np.bool_] | None = None
) -> Belief | None:
    """Return the camera as the painted lines correct it; null where they are not seen.

    Args:
        image: BGR uint8 (height, width, 3).
        belief: the camera and how sure it is.
        court: whose lines.
        covered: (h, w) coarse map of what stands before the floor, null for nothing.
    """
    ridges = find_ridges(image, belief, court, covered)
    found = np.isfinite(ridges.offsets)
    if found.sum() < max(FEWEST, LEAST_SHARE * len(found)):
        return None
    step, information = _step(ridges, belief, image.shape[0])
    return Belief(belief.mean + step, _loosened(information, belief.mean))


def line_share(
    image: Image,
    camera: Floats,
    court: Court,
    covered: NDArray[np.bool_] | None = None,
) -> float:
    """Return which share of a court's lines is painted where a camera (8,) expects them.

    Args are those of `pulled_onto_lines`.
    """
    sure = Belief(camera, np.eye(len(camera)) / TINY)
    offsets = find_ridges(image, sure, court, covered).offsets
    return float((np.abs(offsets) < IN_PLACE * image.shape[0] / 720).sum() / max(len(offsets), 1))


def _loosened(information: Floats, camera: Floats) -> Floats:
    """Return the information left of what lines tell, for errors that stay."""
    angle = STAYS / (720 * np.exp(camera[LOG_FOCAL]))
    stays = np.zeros(8)
    stays[[PAN, TILT, ROLL]], stays[LOG_FOCAL] = angle**2, (STAYS / 432) ** 2
    return inverse(inverse(information) + np.diag(stays))


def find_ridges(
    image: Image, belief: Belief, court: Court, covered: NDArray[np.bool_] | None = None
) -> Ridges:
    """Return where the painted lines are against where a camera expects them.

    Args:
        image: BGR uint8 (height, width, 3).
        belief: the camera; how unsure it is decides how far is searched.
        court: whose lines.
        covered: see `pulled_onto_lines`.
    """
    pixels, normals, slopes = _samples(belief.mean, court, image.shape[:2], covered)
    across = (normals[:, None] @ slopes)[:, 0]
    covariance = inverse(belief.information)
    spread = np.sqrt(np.maximum((across @ covariance * across).sum(axis=1), 0))
    scale = image.shape[0] / 720
    reach = np.clip(2.5 * spread, LEAST_REACH * scale, MOST_REACH * scale)
    # A floor point moves in the picture against the camera's own move.
    width = np.clip(PAINT * np.hypot(across[:, X], across[:, Y]), NARROWEST, WIDEST)
    offsets = np.linspace(-1, 1, OFFSETS) * reach[:, None]
    response = _response(image, pixels, normals, offsets, width)
    return Ridges(_peaks(response, offsets), across)


def _samples(
    camera: Floats, court: Court, size: Size, covered: NDArray[np.bool_] | None
) -> tuple[Floats, Floats, Floats]:
    """Return pixels (n, 2) of samples, their normals (n, 2) and slopes (n, 2, 8) in the picture."""
    points, ahead = _points(court)
    pixels = project(camera, points, size)
    inside = _inside(pixels, size)
    if covered is not None:
        inside[inside] = ~_at(covered, pixels[inside], size)
    rows = np.flatnonzero(inside)
    rows = rows[:: max(1, -(-len(rows) // MOST))]
    direction = project(camera, ahead[rows], size) - pixels[rows]
    length = np.hypot(direction[:, 0], direction[:, 1])
    kept = length > 1e-6
    rows, direction = rows[kept], direction[kept] / length[kept, None]
    normals = np.column_stack([-direction[:, 1], direction[:, 0]])
    _, slopes = project_with_slopes(camera, points[rows], size)
    return pixels[rows], normals, slopes


@lru_cache(maxsize=32)
def _points(court: Court) -> tuple[Floats, Floats]:
    """Return samples on the lines (n, 3), metres, and where 5 cm further along they lead."""
    flat, along = line_points(court, STEP)
    level = np.zeros((len(flat), 1))
    return np.hstack([flat, level]), np.hstack([flat + 0.05 * along, level])


def _inside(pixels: Floats, size: Size) -> NDArray[np.bool_]:
    margin = MOST_REACH + WIDEST
    x, y = pixels.T
    inside = (x >= margin) & (x <= size[1] - margin) & (y >= margin) & (y <= size[0] - margin)
    return np.asarray(inside, np.bool_)


def _at(covered: NDArray[np.bool_], pixels: Floats, size: Size) -> NDArray[np.bool_]:
    """Return what a coarse map of the picture says at pixels (n, 2)."""
    cells = pixels * [covered.shape[1] / size[1], covered.shape[0] / size[0]]
    limits = [covered.shape[1] - 1, covered.shape[0] - 1]
    x, y = np.minimum(cells.astype(int), limits).T
    return np.asarray(covered[y, x], np.bool_)


def _response(
    image: Image, pixels: Floats, normals: Floats, offsets: Floats, width: Floats
) -> Floats:
    """Return by how many grey levels each place (n, offsets) stands out against both sides."""
    side = (0.5 + width)[:, None]
    places = np.hstack([offsets - side, offsets, offsets + side])
    low, middle, high = np.split(_read(image, pixels, normals, places), 3, axis=1)
    bright = np.minimum(middle - low, middle - high)
    dark = np.minimum(low - middle, high - middle)
    # A line is one or the other along its whole length; which, its samples agree on.
    return bright if bright.max(axis=1).sum() >= dark.max(axis=1).sum() else dark


def _read(image: Image, pixels: Floats, normals: Floats, offsets: Floats) -> Floats:
    """Return how bright the picture is at offsets (n, k) along the normals: its green, (n, k)."""
    if not len(pixels):
        return np.zeros(offsets.shape)
    # Pixel centres lie at +0.5 here; remap counts them from 0.
    x, y = (
        (pixels[:, i, None] + offsets * normals[:, i, None] - 0.5).astype(np.float32)
        for i in (0, 1)
    )
    return cv2.remap(image, x, y, cv2.INTER_LINEAR)[..., 1].astype(np.float64)


def _peaks(response: Floats, offsets: Floats) -> Floats:
    """Return the offset (n,) of each sample's ridge, finer than a step; NaN where there is none."""
    best = response.argmax(axis=1)
    rows = np.arange(len(best))
    inner = (best > 0) & (best < response.shape[1] - 1) & (response[rows, best] > CONTRAST)
    middle = np.clip(best, 1, response.shape[1] - 2)
    low, top, high = (response[rows, middle + k] for k in (-1, 0, 1))
    bend = low - 2 * top + high
    shift = np.where(bend < -1e-6, 0.5 * (low - high) / np.where(bend < -1e-6, bend, -1.0), 0.0)
    step = offsets[:, 1] - offsets[:, 0]
    return np.where(inner, offsets[rows, middle] + np.clip(shift, -0.5, 0.5) * step, np.nan)


def _step(ridges: Ridges, belief: Belief, height: int) -> tuple[Floats, Floats]:
    """Return the camera's step (8,) and the information (8, 8) after it."""
    found = np.isfinite(ridges.offsets)
    across, offsets = ridges.across[found], ridges.offsets[found]
    noise = NOISE * height / 720
    weight = WORTH * (9 / (9 + (offsets / noise) ** 2)) ** 2 / noise**2
    information = belief.information + (across * weight[:, None]).T @ across
    pull = across.T @ (weight * offsets)
    return np.asarray(np.linalg.solve(information, pull), np.float64), information
