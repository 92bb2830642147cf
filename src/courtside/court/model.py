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
    slopes, _ = _slopes(camera, points, axes(camera))
    return _to_pixels(camera, slopes, size)


def _slopes(camera: Floats, points: Floats, turned: Floats) -> tuple[Floats, Floats]:
    """Return u, v (..., n, 2) and depth (..., n) of points; NaN where they are not seen."""
    seen = (points - camera[..., None, :3]) @ np.swapaxes(turned, -1, -2)
    depth = np.where(seen[..., 2] > NEAREST, seen[..., 2], np.nan)
    slopes = seen[..., :2] / depth[..., None]
    folded = 3 * _bend(camera)[..., None] * (slopes**2).sum(axis=-1) < FOLD
    return np.where(folded[..., None], np.nan, slopes), depth


def _bend(camera: Floats) -> Floats:
    """Return the distortion term (...,) for slopes in place of picture heights."""
    return np.asarray(camera[..., DISTORTION] * np.exp(2 * camera[..., LOG_FOCAL]), np.float64)


def _to_pixels(camera: Floats, slopes: Floats, size: Size) -> Floats:
    height, width = size
    square = (slopes**2).sum(axis=-1, keepdims=True)
    focal = height * np.exp(camera[..., None, None, LOG_FOCAL])
    bent = slopes * (1 + _bend(camera)[..., None, None] * square)
    return np.asarray(focal * bent + [width / 2, height / 2], np.float64)


def project_with_slopes(camera: Floats, points: Floats, size: Size) -> tuple[Floats, Floats]:
    """Return pixels (..., n, 2) and their derivatives by the parameters (..., n, 2, 8).

    Args are those of `project`. Derivatives by a point's own place are those by the camera's
    place with the opposite sign.
    """
    height, width = size
    turned = axes(camera)
    slopes, depth = _slopes(camera, points, turned)
    seen = _seen_by_pose(camera, slopes, turned)
    by_pose = seen[..., :2, :] - slopes[..., None] * seen[..., 2:, :]
    by_pose[..., :3] /= depth[..., None, None]
    square = (slopes**2).sum(axis=-1)[..., None]
    k = _bend(camera)[..., None, None]
    zoom = np.exp(camera[..., None, None, LOG_FOCAL])
    focal = height * zoom
    radial = (slopes[..., None] * by_pose).sum(axis=-2, keepdims=True)
    slope = np.empty((*slopes.shape, 8))
    slope[..., :6] = (focal * (1 + k * square))[..., None] * by_pose
    slope[..., :6] += (2 * focal * k)[..., None] * slopes[..., None] * radial
    slope[..., LOG_FOCAL] = focal * slopes * (1 + 3 * k * square)
    slope[..., DISTORTION] = focal * slopes * square * zoom**2
    return focal * slopes * (1 + k * square) + np.array([width / 2, height / 2]), slope


def _seen_by_pose(camera: Floats, slopes: Floats, turned: Floats) -> Floats:
    """Return derivatives of points in camera axes by place, pan, tilt and roll, (..., n, 3, 6).

    Those by angles are over depth: a turn moves a point across its axis, seen from the camera.
    """
    c, s = np.cos(camera[..., ROLL]), np.sin(camera[..., ROLL])
    u, v = slopes[..., 0], slopes[..., 1]
    up = turned[..., None, :, 2]
    seen = np.zeros((*slopes.shape[:-1], 3, 6))
    seen[..., :3] = -turned[..., None, :, :]
    seen[..., 0, PAN] = up[..., 1] - up[..., 2] * v
    seen[..., 1, PAN] = up[..., 2] * u - up[..., 0]
    seen[..., 2, PAN] = up[..., 0] * v - up[..., 1] * u
    # Tilt turns about the level right direction, which the camera sees at (cos, -sin) of the roll.
    seen[..., 0, TILT], seen[..., 1, TILT] = -s[..., None], -c[..., None]
    seen[..., 2, TILT] = c[..., None] * v + s[..., None] * u
    seen[..., 0, ROLL], seen[..., 1, ROLL] = v, -u
    return seen


def rays(camera: Floats, pixels: Floats, size: Size) -> Floats:
    """Return the directions (..., n, 3) in the court in which pixels (..., n, 2) look.

    They have length 1 along the optical axis.
    """
    height, width = size
    focal = height * np.exp(camera[..., None, None, LOG_FOCAL])
    bent = (pixels - [width / 2, height / 2]) / focal
    slopes, k = bent, _bend(camera)[..., None, None]
    for _ in range(6):  # fixed point; the term is small, six steps reach 1e-6
        slopes = bent / (1 + k * (slopes**2).sum(axis=-1, keepdims=True))
    return np.concatenate([slopes, np.ones_like(slopes[..., :1])], axis=-1) @ axes(camera)


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
