"""The painted lines themselves: a camera that is nearly right is pulled onto them.

Points along the court's lines are projected, and each looks across its line in the picture for a
narrow ridge, brighter or darker than both sides (Harris and Stennett's RAPID, 1990, with ridges in
place of edges). Each ridge found says how far the line is off along its normal; all together, with
what is known of the camera, give a better one. It needs no net, so its errors are other ones than
those of the net's points.
"""

from __future__ import annotations

from dataclasses import dataclass

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


Gray = NDArray[np.uint8]


@dataclass(frozen=True)
class Ridges:
    """What samples on the lines found in the picture.

    Attributes:
        points: (n, 3) the samples on the court, metres.
        normals: (n, 2) across the line in the picture.
        offsets: (n,) pixels along the normal from the projected line to the ridge; NaN: none.
    """

    points: Floats
    normals: Floats
    offsets: Floats


def pulled_onto_lines(
    image: NDArray[np.uint8], belief: Belief, court: Court, covered: NDArray[np.bool_] | None = None
) -> Belief | None:
    """Return the camera as the painted lines correct it; null where they are not seen.

    Args:
        image: BGR uint8 (height, width, 3).
        belief: the camera and how sure it is.
        court: whose lines.
        covered: (h, w) coarse map of what stands before the floor, null for nothing.
    """
    gray = np.ascontiguousarray(image[..., 1])
    ridges = find_ridges(gray, belief, court, covered)
    found = np.isfinite(ridges.offsets)
    if found.sum() < max(FEWEST, LEAST_SHARE * len(found)):
        return None
    step, information = _step(ridges, belief, (gray.shape[0], gray.shape[1]))
    return Belief(belief.mean + step, _loosened(information, belief.mean))


def line_share(
    image: NDArray[np.uint8],
    camera: Floats,
    court: Court,
    covered: NDArray[np.bool_] | None = None,
) -> float:
    """Return which share of a court's lines is painted where a camera (8,) expects them.

    Args are those of `pulled_onto_lines`.
    """
    gray = np.ascontiguousarray(image[..., 1])
    sure = Belief(camera, np.eye(len(camera)) / TINY)
    offsets = find_ridges(gray, sure, court, covered).offsets
    return float((np.abs(offsets) < IN_PLACE * gray.shape[0] / 720).sum() / max(len(offsets), 1))


def _loosened(information: Floats, camera: Floats) -> Floats:
    """Return the information left of what lines tell, for errors that stay."""
    angle = STAYS / (720 * np.exp(camera[LOG_FOCAL]))
    stays = np.zeros(8)
    stays[[PAN, TILT, ROLL]], stays[LOG_FOCAL] = angle**2, (STAYS / 432) ** 2
    return inverse(inverse(information) + np.diag(stays))


def find_ridges(
    gray: Gray, belief: Belief, court: Court, covered: NDArray[np.bool_] | None = None
) -> Ridges:
    """Return where the painted lines are against where a camera expects them.

    Args:
        gray: uint8 (height, width).
        belief: the camera; how unsure it is decides how far is searched.
        court: whose lines.
        covered: see `pulled_onto_lines`.
    """
    size = (gray.shape[0], gray.shape[1])
    points, normals, pixels, slopes = _samples(belief.mean, court, size, covered)
    unsure = np.einsum("ni,nij->nj", normals, slopes)
    covariance = inverse(belief.information)
    spread = np.sqrt(np.maximum(np.einsum("ni,ij,nj->n", unsure, covariance, unsure), 0))
    scale = size[0] / 720
    reach = np.clip(2.5 * spread, LEAST_REACH * scale, MOST_REACH * scale)
    width = np.clip(_line_width(slopes, normals), NARROWEST, WIDEST)
    steps = np.linspace(-1, 1, OFFSETS)
    offsets = steps[None] * reach[:, None]
    response = _response(gray, pixels, normals, offsets, width)
    return Ridges(points, normals, _peaks(response, offsets))


def _samples(
    camera: Floats, court: Court, size: Size, covered: NDArray[np.bool_] | None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return samples (n, 3), normals (n, 2), pixels (n, 2) and slopes (n, 2, 8) in the picture."""
    flat, along = line_points(court, STEP)
    lifted = np.column_stack([flat, np.zeros(len(flat))])
    pixels = project(camera, lifted, size)
    inside = _inside(pixels, size)
    if covered is not None:
        inside[inside] = ~_at(covered, pixels[inside], size)
    rows = np.flatnonzero(inside)
    rows = rows[:: max(1, -(-len(rows) // MOST))]
    ahead = project(camera, lifted[rows] + 0.05 * np.column_stack([along[rows], 0 * rows]), size)
    direction = ahead - pixels[rows]
    length = np.linalg.norm(direction, axis=1)
    kept = np.isfinite(length) & (length > 1e-6)
    rows, direction = rows[kept], direction[kept] / length[kept, None]
    normals = np.column_stack([-direction[:, 1], direction[:, 0]])
    _, slopes = project_with_slopes(camera, lifted[rows], size)
    return lifted[rows], normals, pixels[rows], slopes


def _inside(pixels: Floats, size: Size) -> NDArray[np.bool_]:
    margin = MOST_REACH + WIDEST
    beyond = (pixels < margin) | (pixels > [size[1] - margin, size[0] - margin])
    return np.asarray(np.isfinite(pixels[:, 0]) & ~beyond.any(axis=1), np.bool_)


def _at(covered: NDArray[np.bool_], pixels: Floats, size: Size) -> NDArray[np.bool_]:
    """Return what a coarse map of the picture says at pixels (n, 2)."""
    cells = pixels * [covered.shape[1] / size[1], covered.shape[0] / size[0]]
    limits = [covered.shape[1] - 1, covered.shape[0] - 1]
    x, y = np.minimum(cells.astype(int), limits).T
    return np.asarray(covered[y, x], np.bool_)


def _line_width(slopes: Floats, normals: Floats) -> Floats:
    """Return how wide (n,) lines of `PAINT` metres look across, pixels."""
    # A floor point moves in the picture against the camera's own move.
    across = np.einsum("ni,nij->nj", normals, slopes[..., :2])
    return np.asarray(PAINT * np.linalg.norm(across, axis=1), np.float64)


def _response(
    gray: Gray, pixels: Floats, normals: Floats, offsets: Floats, width: Floats
) -> Floats:
    """Return by how many grey levels each place (n, offsets) stands out against both sides."""
    middle = _read(gray, pixels, normals, offsets)
    side = (0.5 + width)[:, None]
    low = _read(gray, pixels, normals, offsets - side)
    high = _read(gray, pixels, normals, offsets + side)
    bright = np.minimum(middle - low, middle - high)
    dark = np.minimum(low - middle, high - middle)
    # A line is one or the other along its whole length; which, its samples agree on.
    return bright if bright.max(axis=1).sum() >= dark.max(axis=1).sum() else dark


def _read(gray: Gray, pixels: Floats, normals: Floats, offsets: Floats) -> Floats:
    at = pixels[:, None] + offsets[..., None] * normals[:, None]
    # Pixel centres lie at +0.5 here; remap counts them from 0.
    x, y = np.moveaxis((at - 0.5).astype(np.float32), -1, 0)
    seen = cv2.remap(gray, np.ascontiguousarray(x), np.ascontiguousarray(y), cv2.INTER_LINEAR)
    return np.asarray(seen, np.float64)


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


def _step(ridges: Ridges, belief: Belief, size: Size) -> tuple[Floats, Floats]:
    """Return the camera's step (8,) and the information (8, 8) after it."""
    found = np.isfinite(ridges.offsets)
    _, slopes = project_with_slopes(belief.mean, ridges.points[found], size)
    across = np.einsum("ni,nij->nj", ridges.normals[found], slopes)
    noise = NOISE * size[0] / 720
    off = ridges.offsets[found] / noise
    weight = WORTH * (9 / (9 + off**2)) ** 2 / noise**2
    information = belief.information + (across * weight[:, None]).T @ across
    pull = across.T @ (weight * ridges.offsets[found])
    return np.linalg.solve(information, pull), information
