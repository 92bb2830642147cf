"""Paths that a person can run: smoothed places, jumps found, speeds and distances.

A path is the smoothest that fits the places seen (`smooth.py`), in as many pieces as people were
taken for one (`pieces.py`). Feet that leave the floor look farther away than they are; such
places count as outliers, and as a jump where they come back in time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from courtside.court.jumps import Flags, airborne_rows
from courtside.court.pieces import pieces
from courtside.court.smooth import ROUNDS, Floats, Seen, fit, smooth


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


def find_path(seen: Seen, eyes: Floats, sprint: float) -> Path:
    """Return the path through places seen.

    Args:
        seen: of one person, or of several taken for one.
        eyes: (n, 3) where the camera stood, metres.
        sprint: fastest a person runs, metres a second.
    """
    some = [slice(*piece) for piece in pieces(seen, eyes)]
    parts = [_one_path(seen.rows(own), eyes[own], sprint) for own in some]
    return Path(
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.speeds for part in parts]),
        np.concatenate([part.airborne for part in parts]),
    )


def _one_path(seen: Seen, eyes: Floats, sprint: float) -> Path:
    count = len(seen.times)
    if count < 3:
        return Path(seen.places, np.zeros(count), np.zeros(count, np.bool_))
    found = fit(seen)
    places, weights = found.places, found.weights
    for _ in range(ROUNDS):
        speeds = _speeds(seen.times, places)
        if not (fast := speeds > sprint).any():
            break
        # Too fast to be true: the smoother path that trusts these places less.
        weights = np.where(fast, weights * 0.1, weights)
        places = smooth(seen, weights)
    airborne = airborne_rows(seen, places, eyes)
    if airborne.any():
        places = smooth(seen, np.where(airborne, 0.0, weights))
    return Path(places, np.minimum(_speeds(seen.times, places), sprint), airborne)


def distance(path: Path, times: Floats) -> float:
    """Return metres run along a path; speeds below a slow walk's (0.3 m/s) are standing."""
    steps = np.linalg.norm(np.diff(path.places, axis=0), axis=1)
    return float(steps[steps > 0.3 * np.diff(times)].sum())


def _speeds(times: Floats, places: Floats) -> Floats:
    return np.asarray(np.linalg.norm(np.gradient(places, times, axis=0), axis=1), np.float64)
