"""Which of the two kits each single row shows: finds tracks that went over to the other team."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.sightings import Sightings
from courtside.sport import Sport
from courtside.teams.clusters import TwoKits
from courtside.teams.look import KIT_WIDTH, PEOPLE
from courtside.teams.settle import decide_roles, find_kits
from courtside.teams.tracks import Kits, by_chunks, summarise

# One row counts no more than this (log odds): light and neighbours deceive.
ROW_LIMIT = 3.0


def kit_sides(rows: Sightings, sport: Sport) -> NDArray[np.float64]:
    """Return log odds of the second kit against the first for each row, shape (n,).

    Zero where the kit was not measured, and everywhere when all seem to wear one kit. Which kit
    is first does not matter to a track that changes between them.

    Args:
        rows: sightings of the whole video with `track`.
        sport: tells how many players a side has.
    """
    odds = np.zeros(len(rows))
    if "kit" not in rows or rows["kit"].shape[1] != KIT_WIDTH:
        return odds
    tracks = summarise(rows)
    two = find_kits(tracks, decide_roles(tracks, sport, rows) == "player", sport, rows)
    measured = np.isfinite(rows["kit"][:, 0]) & np.isin(rows["kind"], PEOPLE)
    if two is None:
        return odds
    odds[measured] = by_chunks(lambda kits: _odds(two, kits), rows["kit"][measured])
    return odds


def _odds(two: TwoKits, kits: Kits) -> Kits:
    """Return log odds of the second kit for single rows (m, 36)."""
    # A row that is like neither kit (somebody in front of the player) says little.
    doubt = np.maximum(two.remoteness(kits), 1.0) ** 2
    side = 2 * two.side(kits) / two.spread**2 / doubt
    return np.asarray(side.clip(-ROW_LIMIT, ROW_LIMIT), np.float64)
