"""Whom scorers and exports count, and under which identity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.sightings import Sightings

ROLES = ("player", "referee")


def roles(rows: Sightings) -> NDArray[np.object_]:
    """Return the decided role of each row (null: none), or the kind where roles were not decided.

    A ball or a rim has no role, whatever the table says.
    """
    decided = (rows["role"] if "role" in rows else rows["kind"]).copy()
    decided[np.isin(rows["kind"].astype(str), ("ball", "rim"))] = None
    return decided


def counted(rows: Sightings) -> NDArray[np.bool_]:
    """Return which rows are people of the game: players and referees not known to be off court."""
    off = rows["on_court"] if "on_court" in rows else np.full(len(rows), None)
    # `is False` would miss NumPy's own false.
    inside = np.array([value is None or bool(value) for value in off], np.bool_)
    people: NDArray[np.bool_] = np.isin(roles(rows).astype(str), ROLES)
    return people & inside


def is_ball(rows: Sightings) -> NDArray[np.bool_]:
    """Return which rows are the ball; candidates that nobody followed are not."""
    balls = np.asarray(rows["kind"] == "ball", np.bool_)
    return balls & (rows["track"] >= 0) if "track" in rows else balls


def identities(rows: Sightings, players: int) -> NDArray[np.int64]:
    """Return who each row shows: the player, else the track (moved behind the players), else -1.

    Args:
        rows: sightings.
        players: more than every player number of the run, so that a track without a player is
            not taken for one.
    """
    nobody = np.full(len(rows), -1, np.int64)
    track = rows["track"].astype(np.int64) if "track" in rows else nobody
    player = rows["player"].astype(np.int64) if "player" in rows else nobody
    return np.where(player >= 0, player, np.where(track >= 0, track + players, -1))
