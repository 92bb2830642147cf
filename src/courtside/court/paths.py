"""Paths that a person can run: smoothed places, jumps found, speeds and distances.

A path is the smoothest that fits the places seen: least squares with accelerations held down
(Whittaker 1923, Eilers 2003), outliers weighed down step by step (Geman and McClure). Feet that
leave the floor look farther away than they are; such places count as outliers, and as a jump
where they come back in time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Standard deviation of accelerations of players, m/s², and for how long one lasts, s.
ACCELERATION, LASTS = 4.0, 0.3
# A place farther off than this many of its standard deviations hardly counts.
OUTLIER = 3.0
ROUNDS = 6
# Metres above the floor from which feet count as off it, and how long a jump lasts at most
# (1.22 m of rise, the highest measured standing jumps, take 1.0 s).
RISE, LONGEST_JUMP = 0.25, 1.0


@dataclass(frozen=True)
class Path:
    """Where one person went.

    Attributes:
        places: (n, 2) metres.
        speeds: (n,) metres a second.
        airborne: (n,) whether the feet were off the floor.
    """

    places: Floats
    speeds: Floats
    airborne: Flags


def find_path(times: Floats, seen: Floats, noise: Floats, eyes: Floats, sprint: float) -> Path:
    """Return the path through places seen.

    Args:
        times: (n,) seconds, increasing.
        seen: (n, 2) metres, all known.
        noise: (n,) their standard deviation, metres.
        eyes: (n, 3) where the camera stood, metres.
        sprint: fastest a person runs, metres a second.
    """
    if len(times) < 3:
        return Path(seen, np.zeros(len(times)), np.zeros(len(times), np.bool_))
    weights = np.ones(len(times))
    places = seen
    for _ in range(ROUNDS):
        places = _smooth(times, seen, weights / noise**2)
        off = np.linalg.norm(seen - places, axis=1) / noise
        weights = (OUTLIER**2 / (OUTLIER**2 + off**2)) ** 2
    for _ in range(ROUNDS):
        speeds = _speeds(times, places)
        if not (fast := speeds > sprint).any():
            break
        # Too fast to be true: the smoother path that trusts these places less.
        weights = np.where(fast, weights * 0.1, weights)
        places = _smooth(times, seen, weights / noise**2)
    airborne = _airborne(times, seen, places, eyes)
    if airborne.any():
        places = _smooth(times, seen, np.where(airborne, 0.0, weights / noise**2))
    return Path(places, np.minimum(_speeds(times, places), sprint), airborne)


def distance(path: Path, times: Floats) -> float:
    """Return metres run along a path; speeds below a slow walk's (0.3 m/s) are standing."""
    steps = np.linalg.norm(np.diff(path.places, axis=0), axis=1)
    return float(steps[steps > 0.3 * np.diff(times)].sum())


def _smooth(times: Floats, seen: Floats, weights: Floats) -> Floats:
    """Return places (n, 2) that weigh distance to places seen against acceleration."""
    count = len(times)
    before, after = np.diff(times)[:-1], np.diff(times)[1:]
    both = before + after
    # Acceleration from three places: a row of the second-difference matrix.
    row = np.stack([2 / (before * both), -2 / (before * after), 2 / (after * both)])
    row = row * np.sqrt(both / 2 / LASTS) / ACCELERATION
    band = np.zeros((3, count))
    for i in range(3):
        for j in range(i, 3):
            band[j - i, i : count - 2 + i] += row[i] * row[j]
    band[0] += weights + 1e-9
    solved = solveh_banded(band, weights[:, None] * seen, lower=True, check_finite=False)
    return np.asarray(solved, np.float64)


def _speeds(times: Floats, places: Floats) -> Floats:
    return np.asarray(np.linalg.norm(np.gradient(places, times, axis=0), axis=1), np.float64)


def _airborne(times: Floats, seen: Floats, places: Floats, eyes: Floats) -> Flags:
    """Return when feet were off the floor: seen beyond the path, as by a rise, and back in time."""
    away = places - eyes[:, :2]
    reach = np.maximum(np.linalg.norm(away, axis=1), 1e-6)
    beyond = ((seen - places) * away).sum(axis=1) / reach
    # Similar triangles: a foot at height h is seen h / (eye - h) of its distance farther away.
    rise = eyes[:, 2] * beyond / np.maximum(reach + beyond, 1e-6)
    high = rise > RISE
    edges = np.flatnonzero(np.diff(high.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    found = np.zeros(len(times), np.bool_)
    for begin, end in edges:
        landed = begin > 0 and end < len(times)
        if landed and times[end] - times[begin - 1] <= LONGEST_JUMP:
            found[begin:end] = True
    return found
