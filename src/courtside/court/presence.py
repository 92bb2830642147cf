"""Who is on the floor: benches, coaches and photographers are left out by where they are."""

from __future__ import annotations

import numpy as np

from courtside.court.model import Floats
from courtside.court.shapes import Court
from courtside.sightings import Sightings

# A thrower-in stands within a metre of the line, referees at most this far beyond it; benches and
# photographers begin there or farther out (FIBA: 2 m of free floor, then seats).
BEYOND = 1.6
# Of the times a track's place is known, it must be beyond in this share, and known so often.
SHARE, FEWEST = 0.7, 3


def leave_out_bystanders(rows: Sightings, court: Court) -> Sightings:
    """Return the rows with `on_court` false for tracks that stay beyond the lines.

    Tracks whose place is not known, and those that come and go over the lines, keep what was told.

    Args:
        rows: with `track` and settled `court_x court_y`.
        court: what is played on.
    """
    if "court_x" not in rows or "track" not in rows:
        return rows
    told = rows["on_court"].copy() if "on_court" in rows else np.full(len(rows), None, object)
    far = beyond(np.column_stack([rows["court_x"], rows["court_y"]]), court)
    for track in np.unique(rows["track"][rows["track"] >= 0]):
        own = rows["track"] == track
        known = far[own][np.isfinite(far[own])]
        if len(known) >= FEWEST and (known > BEYOND).mean() > SHARE:
            told[own] = False
    return rows.with_columns(on_court=told)


def beyond(places: Floats, court: Court) -> Floats:
    """Return how far beyond the lines places (n, 2) are, metres (n,); 0 inside, NaN unknown."""
    over = np.abs(places) - [court.length / 2, court.width / 2]
    return np.asarray(np.linalg.norm(np.maximum(over, 0), axis=1), np.float64)
