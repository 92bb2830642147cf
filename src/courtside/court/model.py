"""The camera that sees a court: place, direction, lens; from the court to pixels and back.

A camera is eight numbers (`PARAMETERS`): x, y, z of its place in court metres; pan, tilt and roll
in radians; the natural logarithm of the focal length over the picture's height; one radial
distortion term. Pan 0 looks along +y (from the near side line across the court), positive pan
turns right; positive tilt looks down; positive roll turns the camera clockwise. The principal
point is the middle of the picture. What a lens without distortion would show r picture heights
from the middle is seen at r (1 + k r²): Brown's model, first radial term, in picture heights
because there a zoom lens's term changes little as it zooms.

Functions take cameras as (..., 8) and do a whole batch at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Size = tuple[int, int]

PARAMETERS = ("x", "y", "z", "pan", "tilt", "roll", "log_focal", "distortion")
X, Y, Z, PAN, TILT, ROLL, LOG_FOCAL, DISTORTION = range(8)
# What is nearer to the camera's plane than this, metres, is not seen.
NEAREST = 0.2
# Rays are cut off where a barrel distortion would fold the picture over: 3 k r² > -1.
FOLD = -0.9


def axes(camera: Floats) -> Floats:
    """Return the picture's right, down and forward directions in the court, (..., 3, 3)."""
    sines, cosines = np.sin(camera[..., PAN : ROLL + 1]), np.cos(camera[..., PAN : ROLL + 1])
    sp, st, sr = sines[..., 0], sines[..., 1], sines[..., 2]
    cp, ct, cr = cosines[..., 0], cosines[..., 1], cosines[..., 2]
    turned = np.empty((*camera.shape[:-1], 3, 3))
    # Level right is (cp, -sp, 0), down without roll (-st sp, -st cp, -ct).
    turned[..., 0, 0], turned[..., 0, 1] = cr * cp - sr * st * sp, -cr * sp - sr * st * cp
    turned[..., 1, 0], turned[..., 1, 1] = -cr * st * sp - sr * cp, -cr * st * cp + sr * sp
    turned[..., 2, 0], turned[..., 2, 1] = sp * ct, cp * ct
    turned[..., 0, 2], turned[..., 1, 2], turned[..., 2, 2] = -sr * ct, -cr * ct, -st
    return turned


def project(camera: Floats, points: Floats, size: Size) -> Floats:
    """Return where court points are seen.

    Args:
        camera: (..., 8).
        points: (n, 3) metres, or (..., n, 3): other points for each camera.
        size: height and width of the picture in pixels.

    Returns:
        (..., n, 2) pixels x y, NaN for points behind the camera or beyond the lens.
    """
    zoom, k = _lens(camera)
    slopes, square, _ = _slopes(camera, points, axes(camera), k)
    bent = (size[0] * zoom * (1 + k * square))[..., None] * slopes
    return np.asarray(bent + _middle(size), np.float64)


def _middle(size: Size) -> Floats:
    return np.array([size[1] / 2, size[0] / 2])


def _slopes(
    camera: Floats, points: Floats, turned: Floats, k: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return u, v (..., n, 2), u² + v² and depth (..., n) of points; NaN where not seen."""
    seen = (points - camera[..., None, :3]) @ np.swapaxes(turned, -1, -2)
    depth = np.where(seen[..., 2] > NEAREST, seen[..., 2], np.nan)
    slopes = seen[..., :2] / depth[..., None]
    square = _square(slopes)
    folded = 3 * k * square < FOLD
    if folded.any():
        slopes[folded] = square[folded] = np.nan
    return slopes, square, depth


def _square(pairs: Floats) -> Floats:
    """Return the squared length (...,) of pairs (..., 2); a sum over two numbers takes longer."""
    x, y = pairs[..., 0], pairs[..., 1]
    return np.asarray(x * x + y * y, np.float64)


def _lens(camera: Floats) -> tuple[Floats, Floats]:
    """Return the focal length in picture heights and the distortion term for slopes, (..., 1)."""
    zoom = np.exp(camera[..., LOG_FOCAL, None])
    return zoom, camera[..., DISTORTION, None] * zoom**2


def project_with_slopes(camera: Floats, points: Floats, size: Size) -> tuple[Floats, Floats]:
    """Return pixels (..., n, 2) and their derivatives by the parameters (..., n, 2, 8).

    Args are those of `project`. Derivatives by a point's own place are those by the camera's
    place with the opposite sign.
    """
    turned, (zoom, k) = axes(camera), _lens(camera)
    slopes, square, depth = _slopes(camera, points, turned, k)
    focal = size[0] * zoom
    straight, outward = focal * (1 + k * square), (focal * (1 + 3 * k * square))[..., None] * slopes
    bent = straight[..., None] * slopes
    slope = np.empty((*slopes.shape, 8))
    by_motion = _by_motion(slopes, depth, straight, 2 * focal * k, outward)
    flat = by_motion.reshape(*camera.shape[:-1], -1, 6) @ _motions(camera, turned)
    slope[..., :6] = flat.reshape(by_motion.shape)
    slope[..., LOG_FOCAL] = outward
    slope[..., DISTORTION] = (focal * zoom**2 * square)[..., None] * slopes
    return bent + _middle(size), slope


def _by_motion(
    slopes: Floats, depth: Floats, straight: Floats, bending: Floats, outward: Floats
) -> Floats:
    """Return how pixels change by moves along and turns about the picture's axes, (..., n, 2, 6).

    It is the interaction matrix of Chaumette and Hutchinson ("Visual servo control", 2006) for a
    bent picture: by slopes, pixels change by `straight` across and by `outward` along them.

    Args:
        slopes: (..., n, 2).
        depth: (..., n).
        straight: (..., n) pixels per slope across the way to the middle.
        bending: (..., 1) what outward slopes gain over that, per squared slope.
        outward: (..., n, 2) pixels per share by which slopes grow.
    """
    u, v = slopes[..., 0], slopes[..., 1]
    by_slopes = (bending[..., None] * slopes)[..., None] * slopes[..., None, :]
    by_slopes[..., 0, 0] += straight
    by_slopes[..., 1, 1] += straight
    table = np.empty((*slopes.shape, 6))
    table[..., :2], table[..., 2] = -by_slopes, outward
    table[..., :3] /= depth[..., None, None]
    table[..., 3] = -v[..., None] * outward - by_slopes[..., 1]
    table[..., 4] = u[..., None] * outward + by_slopes[..., 0]
    table[..., 0, 5], table[..., 1, 5] = -straight * v, straight * u
    return table


def _motions(camera: Floats, turned: Floats) -> Floats:
    """Return moves along and turns about the picture's axes by place and angles, (..., 6, 6)."""
    motions = np.zeros((*camera.shape[:-1], 6, 6))
    motions[..., :3, :3] = turned
    # Pan turns about the court's upright, tilt about the level right direction, which the camera
    # sees at (cos, -sin) of the roll, and roll about the optical axis.
    motions[..., 3:, PAN] = turned[..., 2]
    motions[..., 3, TILT], motions[..., 4, TILT] = (
        np.cos(camera[..., ROLL]),
        -np.sin(camera[..., ROLL]),
    )
    motions[..., 5, ROLL] = -1
    return motions


def rays(camera: Floats, pixels: Floats, size: Size) -> Floats:
    """Return the directions (..., n, 3) in the court in which pixels (..., n, 2) look.

    They have length 1 along the optical axis.
    """
    zoom, k = _lens(camera)
    bent = (pixels - _middle(size)) / (size[0] * zoom)[..., None]
    bending, share = k * _square(bent), np.ones(())
    for _ in range(6):  # fixed point; the term is small, six steps reach 1e-6
        share = 1 / (1 + bending * (share * share))
    directions = np.ones((*bent.shape[:-1], 3))
    directions[..., :2] = share[..., None] * bent
    return directions @ axes(camera)


def to_floor(camera: Floats, pixels: Floats, size: Size, height: float = 0.0) -> Floats:
    """Return the court point under each pixel.

    Args:
        camera: (..., 8).
        pixels: (..., n, 2).
        size: height and width of the picture in pixels.
        height: metres above the floor of the plane that is looked at.

    Returns:
        (..., n, 2) metres x y; NaN for pixels that do not look at the plane.
    """
    ray = rays(camera, pixels, size)
    drop = height - camera[..., None, Z]
    away = drop / np.where(ray[..., 2] == 0, np.nan, ray[..., 2])
    away = np.where(away > NEAREST, away, np.nan)
    return np.asarray(camera[..., None, :2] + away[..., None] * ray[..., :2], np.float64)


def sound(values: Floats, axis: int | tuple[int, ...] = -1) -> NDArray[np.bool_]:
    """Return where all values along the axes are finite."""
    return np.asarray(np.isfinite(values).all(axis=axis), np.bool_)


def inverse(matrix: Floats) -> Floats:
    """Return the inverse of matrices (..., k, k)."""
    return np.asarray(np.linalg.inv(matrix), np.float64)


def half_turned(camera: Floats) -> Floats:
    """Return the same cameras for the court turned by 180 degrees, (..., 8)."""
    turned = camera.copy()
    turned[..., :2] *= -1
    turned[..., PAN] = wrapped(turned[..., PAN] + np.pi)
    return turned


def wrapped(angle: Floats) -> Floats:
    """Return angles within -pi to pi."""
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi, np.float64)
