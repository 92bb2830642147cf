"""GS-HOTA: HOTA of positions on the court, with role, team and number all right.

Somers et al., SoccerNet game state reconstruction, 2024: two people are alike by
exp(ln 0.05 * d^2 / tau^2), d their distance in metres, and not at all where role, team or number
differ. tau is 5 m in soccer; a basketball court is a sixth of a pitch, so here it is 2 m.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.evaluate.matching import Matches
from courtside.evaluate.tracking import Rows, hota, missing_scorer, sequence
from courtside.sightings import Sightings
from courtside.store.people import roles

TAU = 2.0  # metres
AT_TAU = 0.05
POSITION = ("court_x", "court_y")


def gs_hota(
    people: Matches, teams: dict[str, str], frames: NDArray[np.int32]
) -> dict[str, float | None]:
    """Return `gs_hota`, 0 to 1; null without trackeval or where no positions are known.

    People whose true place is not known are left out with those matched to them. A true number
    that nobody could read agrees with any. A half-turn of the court is the same court: the
    better of both counts.

    Args:
        people: who was to be found, and who was.
        teams: the run's name of a team -> the truth's.
        frames: shape (f,) int32, the annotated frames.
    """
    people = placed(people)
    if missing_scorer() or len(people.truth) == 0 or POSITION[0] not in people.found:
        return {"gs_hota": None}
    same = same_identity(people.truth, people.found, teams)
    return {"gs_hota": max(_score(people, same, frames, side) for side in (1.0, -1.0))}


def _score(
    people: Matches, same: NDArray[np.bool_], frames: NDArray[np.int32], side: float
) -> float:
    there, seen = places(people.truth), side * places(people.found)

    def alike(truth: Rows, found: Rows) -> NDArray[np.float64]:
        return likeness(there[truth], seen[found]) * same[np.ix_(truth, found)]

    return hota(sequence(people, frames, alike))["hota"]


def placed(people: Matches) -> Matches:
    """Return the people whose true place is known, and the run's without those of the others.

    Frames in which no true place is known are left out.
    """
    known = np.asarray(np.isfinite(places(people.truth)).all(axis=1), np.bool_)
    sure = known[people.pairs[:, 0]]
    frame = people.truth["frame"]
    blank = np.isin(people.found["frame"], np.setdiff1d(frame, frame[known]))
    gone = np.union1d(np.flatnonzero(blank), people.pairs[~sure, 1])
    kept = np.setdiff1d(np.arange(len(people.found)), gone)
    truth, found = people.pairs[sure].T
    pairs = np.stack([(np.cumsum(known) - 1)[truth], np.searchsorted(kept, found)], axis=1)
    return Matches(people.truth.select(known), people.found.select(kept), pairs, people.left_out)


def places(rows: Sightings) -> NDArray[np.float64]:
    """Return court positions (n, 2) in metres, NaN where they are not known."""
    if any(name not in rows for name in POSITION):
        return np.full((len(rows), 2), np.nan)
    return np.stack([rows[name] for name in POSITION], axis=1).astype(np.float64)


def likeness(truth: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how alike places (t, 2) and (f, 2) in metres are, shape (t, f); unknown ones: 0."""
    squares = ((truth[:, None] - found[None]) ** 2).sum(axis=2)
    return np.asarray(np.nan_to_num(AT_TAU ** (squares / TAU**2)), np.float64)


def same_identity(truth: Sightings, found: Sightings, teams: dict[str, str]) -> NDArray[np.bool_]:
    """Return which pairs agree in role and, for players, in team and number, shape (t, f)."""
    role = roles(truth)[:, None] == roles(found)[None]
    own = [teams.get(name) if name else None for name in column(found, "team")]
    team = column(truth, "team")[:, None] == np.array(own, object)[None]
    number = column(truth, "number")
    right = (number[:, None] == column(found, "number")[None]) | (number == None)[:, None]  # noqa: E711
    referee = (roles(truth) == "referee")[:, None]
    return np.asarray(role & (referee | (team & right)), np.bool_)


def column(rows: Sightings, name: str) -> NDArray[np.object_]:
    """Return a column of text, all null where it is absent."""
    return rows[name] if name in rows else np.full(len(rows), None, object)
