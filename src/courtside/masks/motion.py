"""Where people will be: a small constant-velocity Kalman filter, for all tracks at once.

The two coordinates of the centre share one covariance, because noise is the same in both; the
size is smoothed without a velocity of its own. Noise is relative to the body's height and grows
with the time between frames, not with their number, so that 10 and 60 frames a second behave
alike (continuous white-noise acceleration; Bar-Shalom et al., "Estimation with Applications to
Tracking and Navigation", 2001, section 6.2.2).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from courtside.geometry import Matrix, transform_points
from courtside.masks.state import Tracks

# In body heights (about 1.95 m): how fast the velocity wanders, (heights/s)² per second.
WANDER = 6.0
# A new track may already run: standard deviation of its velocity, heights/s.
START_SPEED = 1.2
# Unseen people stop or turn: the velocity fades with this time constant, seconds.
FADE = 1.2
# Standard deviation of a detected centre and of one found from votes alone, heights.
DETECTED, VOTED = 0.03, 0.06
# Share of a new size that is taken over per second of agreement; boxes breathe with the pose.
SIZE_RATE = 8.0
# Where the camera's motion is unknown, centres may be off by this many heights.
UNKNOWN_CAMERA = 0.15


def start_spread(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the spread (n, 3) of tracks that begin, for body heights (n,) in pixels."""
    position = (DETECTED * heights) ** 2
    return np.stack([position, np.zeros_like(heights), (START_SPEED * heights) ** 2], axis=1)


def predict(tracks: Tracks, seconds: float, motion: Matrix | None) -> Tracks:
    """Return the tracks moved to the next frame by the camera's and their own motion.

    Args:
        tracks: as of the last frame.
        seconds: time since the last frame.
        motion: 3x3 homography of the last frame's pixels to this one's, null where unknown.
    """
    if len(tracks) == 0:
        return tracks
    tracks = _move_with_camera(tracks, motion)
    # Exact integral of a velocity that fades exponentially.
    fade = float(np.exp(-seconds / FADE))
    reach = FADE * (1 - fade)
    noise = WANDER * tracks.size[:, 1] ** 2
    position, mixed, speed = tracks.spread.T
    spread = np.stack(
        [
            position + 2 * reach * mixed + reach**2 * speed + noise * seconds**3 / 3,
            fade * (mixed + reach * speed) + noise * seconds**2 / 2,
            fade**2 * speed + noise * seconds,
        ],
        axis=1,
    )
    return replace(
        tracks,
        centre=tracks.centre + reach * tracks.velocity,
        velocity=fade * tracks.velocity,
        spread=spread,
    )


def correct(
    tracks: Tracks, rows: NDArray[np.intp], centres: NDArray[np.float64], noise: float
) -> Tracks:
    """Return the tracks with the centres of some corrected by measured ones.

    Args:
        tracks: predicted to this frame.
        rows: which were measured, (k,).
        centres: measured centres (k, 2) in pixels.
        noise: standard deviation of a measured centre in body heights.
    """
    position, mixed, speed = tracks.spread[rows].T
    gain_total = position + (noise * tracks.size[rows, 1]) ** 2
    gain, speed_gain = position / gain_total, mixed / gain_total
    error = centres - tracks.centre[rows]
    centre, velocity, spread = tracks.centre.copy(), tracks.velocity.copy(), tracks.spread.copy()
    centre[rows] += gain[:, None] * error
    velocity[rows] += speed_gain[:, None] * error
    spread[rows] = np.stack(
        [(1 - gain) * position, (1 - gain) * mixed, speed - speed_gain * mixed], axis=1
    )
    return replace(tracks, centre=centre, velocity=velocity, spread=spread)


def resize(
    tracks: Tracks, rows: NDArray[np.intp], sizes: NDArray[np.float64], seconds: float
) -> Tracks:
    """Return the tracks with the sizes of some drawn towards detected sizes (k, 2)."""
    rate = 1 - float(np.exp(-SIZE_RATE * seconds))
    size = tracks.size.copy()
    size[rows] += rate * (sizes - size[rows])
    return replace(tracks, size=size)


def _move_with_camera(tracks: Tracks, motion: Matrix | None) -> Tracks:
    if motion is None:
        unsure = (UNKNOWN_CAMERA * tracks.size[:, 1]) ** 2
        spread = tracks.spread + np.stack([unsure, 0 * unsure, 0 * unsure], axis=1)
        return replace(tracks, spread=spread)
    centre = transform_points(motion, tracks.centre)
    right, down = (transform_points(motion, tracks.centre + step) - centre for step in np.eye(2))
    scale = np.sqrt(np.abs(right[:, :1] * down[:, 1:] - right[:, 1:] * down[:, :1]))
    return replace(
        tracks,
        centre=centre,
        size=tracks.size * scale,
        velocity=tracks.velocity[:, :1] * right + tracks.velocity[:, 1:] * down,
        spread=tracks.spread * scale**2,
    )
