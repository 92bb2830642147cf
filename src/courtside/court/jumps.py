"""Jumps: feet that leave the floor look farther away than they are, and come back in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.court.smooth import Floats, Seen

Flags = NDArray[np.bool_]

# Metres above the floor from which feet count as off it, and how long a jump lasts at most
# (1.22 m of rise, the highest measured standing jumps, take 1.0 s).
RISE, LONGEST_JUMP = 0.25, 1.0


def airborne_rows(seen: Seen, places: Floats, eyes: Floats) -> Flags:
    """Return when feet were off the floor: seen beyond the path, as by a rise, and back in time.

    Args:
        seen: of one person.
        places: (n, 2) the path, metres.
        eyes: (n, 3) where the camera stood, metres.
    """
    times = seen.times
    away = places - eyes[:, :2]
    reach = np.maximum(np.linalg.norm(away, axis=1), 1e-6)
    beyond = ((seen.places - places) * away).sum(axis=1) / reach
    # Similar triangles: a foot at height h is seen h / (eye - h) of its distance farther away.
    rise = eyes[:, 2] * beyond / np.maximum(reach + beyond, 1e-6)
    high = rise > RISE
    found = np.zeros(len(times), np.bool_)
    for begin, end in stretches(high):
        landed = begin > 0 and end < len(times)
        if landed and times[end] - times[begin - 1] <= LONGEST_JUMP:
            found[begin:end] = True
    return found


def stretches(flags: Flags) -> list[list[int]]:
    """Return the first row and the one after the last of each stretch of flagged rows."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    return [[int(begin), int(end)] for begin, end in edges.reshape(-1, 2)]
