"""The look stage `court`: the camera of each frame.

It reads the net's court points and floor from what the view shares as `ground`, else from its
`trunk`, and tells the frame's `camera`, `court_error`, and what settling needs to think again.
Where the net finds no court points all of it is null.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courtside.court.certainty import court_error
from courtside.court.floor_map import AGREES, COLUMNS, ROWS, agreement, coarse_floor
from courtside.court.follow import MOST_ERROR, Followed, Found, follow
from courtside.court.league import READINGS, Reading
from courtside.court.line_votes import MANY_VOTES, likely, shares_of, told_by_lines
from courtside.court.lines import pulled_onto_lines
from courtside.court.marks import turned
from courtside.court.model import Floats, Size, inverse, sound
from courtside.court.shapes import LANDMARKS, Court
from courtside.court.solve import INLIER, Belief, costs_of
from courtside.sightings import Sightings, View
from courtside.stage import LookStage

# Frames that vote on the league, with that many marks explained, each so many frames apart; where
# the first ones do not tell, seldom.
VOTE_MARKS, EVERY, SELDOM = 6, 3, 30
# Agreement with the net's floor is judged over the last frames: this frame's share.
OF_FRAME = 0.3
# Without a camera each search takes the next court after so many frames.
PATIENCE = 2
# Where the net is so sure of people, their outlines are no lines of the court.
COVERED = 0.5
# Painted lines may cost the net's points so much more of their loss, and no more.
AGREE_SHARE, AGREE_LEAST = 1.3, 3.0


@dataclass(frozen=True)
class CourtState:
    """What the court stage remembers.

    Attributes:
        segment: of the last frame.
        time: of the last frame, seconds.
        followed: the camera.
        reading: index of the reading in use.
        votes: (k, r) of the lines on each reading, see `line_votes`.
        frames: since the last vote.
        agreed: how far cameras agreed with the net's floor lately; NaN without a camera.
        lost: frames without a camera in a row.
    """

    segment: int = -1
    time: float = 0.0
    followed: Followed = field(default_factory=Followed)
    reading: int = 0
    votes: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    frames: int = 0
    agreed: float = float("nan")
    lost: int = 0


def build_court(readings: tuple[Reading, ...] = READINGS) -> LookStage:
    """Return the stage that finds each frame's camera.

    It tells `camera court_error court_points court_tried line_camera line_votes court_floor` in the
    view's columns.

    Args:
        readings: courts to choose from, see `readings_for`.
    """
    return LookStage(
        name="court",
        needs=frozenset({"trunk", "motion"}),
        adds=frozenset({"court"}),
        start=CourtState,
        step=partial(_step, readings),
        state_type=CourtState,
    )


def _step(
    readings: tuple[Reading, ...], state: CourtState, view: View, rows: Sightings
) -> tuple[CourtState, Sightings]:
    points = getattr(_ground(view), "court_points", None)
    found = np.zeros((0, 4)) if points is None else np.asarray(points, np.float64)
    found = found[sound(found)]
    state = _at(state, view, len(readings))
    left = likely(state.votes)
    tried = _tried(state, left)
    reading = readings[tried]
    marks = reading.marks(found, view.size)
    seconds = max(float(view.time) - state.time, 1e-3)
    followed, seen = follow(state.followed, marks, view.motion, seconds, reading.court, view.size)
    floor = _floor(view)
    state = _agreed(state, seen.camera, floor, reading.court, view.size)
    if state.agreed < AGREES:
        followed, seen = Followed(seed=followed.seed), Found(None, float("nan"), marks)
    lined = _on_lines(view, followed, seen, reading.court) if seen.camera is not None else None
    if lined is not None:
        followed, seen = lined
    state = replace(
        state,
        time=float(view.time),
        followed=followed,
        reading=tried if seen.camera is not None else state.reading,
        lost=0 if seen.camera is not None else state.lost + 1,
    )
    view.columns |= _columns(seen, found, reading, lined is not None)
    view.columns["court_floor"] = floor
    return _voted(state, readings, left, view, seen, found), rows


def _on_lines(
    view: View, followed: Followed, seen: Found, court: Court
) -> tuple[Followed, Found] | None:
    """Return the camera pulled onto the painted lines; null where they do not tell."""
    belief = Belief(followed.camera, inverse(followed.covariance))
    pulled = pulled_onto_lines(view.image, belief, court, _covered(view))
    if pulled is None:
        return None
    covariance = inverse(pulled.information)
    error = court_error(pulled.mean, covariance, court, view.size)
    both = np.stack([followed.camera, pulled.mean])
    noisy = replace(seen.marks, noise=seen.marks.noise * followed.noise)
    before, after = costs_of(both, noisy, view.size, INLIER)
    # Other sports' lines pull away from what the net found.
    if not error < MOST_ERROR or after > AGREE_SHARE * before + AGREE_LEAST:
        return None
    followed = replace(followed, camera=pulled.mean, covariance=covariance)
    return followed, Found(pulled.mean, error, seen.marks)


def _covered(view: View) -> NDArray[np.bool_] | None:
    people = getattr(_ground(view), "foreground", None)
    return None if people is None else np.asarray(people > COVERED, np.bool_)


def _agreed(
    state: CourtState, camera: Floats | None, floor: Floats, court: Court, size: Size
) -> CourtState:
    """Return the state with how far cameras agree with the floor that the net sees."""
    if camera is None:
        return replace(state, agreed=float("nan"))
    agreed = float(agreement(camera[None], floor[None], court, size)[0])
    if np.isfinite(state.agreed):
        agreed = state.agreed + OF_FRAME * float(np.nan_to_num(agreed - state.agreed))
    return replace(state, agreed=agreed)


def _floor(view: View) -> Floats:
    floor = getattr(_ground(view), "floor", None)
    return np.full(ROWS * COLUMNS, np.nan) if floor is None else coarse_floor(floor)


def _ground(view: View) -> object:
    """Return what was seen of the court: most often the detector's own trunk."""
    return view.shared("ground", lambda: view.shared("trunk", _no_trunk))


def _no_trunk() -> None:
    """Stand in for a detector that shares nothing of the court."""


def _at(state: CourtState, view: View, count: int) -> CourtState:
    """Return the state at the beginning of a frame: after a cut the camera is not known."""
    if not state.votes.shape[1]:
        state = replace(state, votes=np.zeros((0, count)))
    if view.segment == state.segment:
        return state
    return replace(
        state,
        segment=view.segment,
        time=float(view.time),
        followed=Followed(noise=state.followed.noise, echo=state.followed.echo),
        lost=0,
    )


def _tried(state: CourtState, left: NDArray[np.intp]) -> int:
    """Return the reading to use: the one in use, or after a while without a camera the next."""
    if state.followed.known or state.reading not in left:
        return state.reading
    at = int(np.argmax(left == state.reading)) + state.lost // PATIENCE
    return int(left[at % len(left)])


def _voted(
    state: CourtState,
    readings: tuple[Reading, ...],
    left: NDArray[np.intp],
    view: View,
    seen: Found,
    found: Floats,
) -> CourtState:
    """Return the state after this frame's vote on the league, if it has one."""
    view.columns["line_votes"] = np.full(len(readings), np.nan)
    if len(left) == 1 or seen.camera is None:
        return state
    state = replace(state, frames=state.frames + 1)
    every = EVERY if len(state.votes) < MANY_VOTES else SELDOM
    if len(seen.marks) < VOTE_MARKS or (state.frames < every and len(state.votes)):
        return state
    args = state.reading, readings, left, found, _covered(view)
    shares = shares_of(view.image, seen.camera, *args)
    view.columns["line_votes"] = shares
    state = replace(state, votes=np.concatenate([state.votes, shares[None]]), frames=0)
    best = told_by_lines(state.votes)
    if best is None or best == state.reading:
        return state
    # Another court's camera stands elsewhere: found anew in the next frame.
    return replace(state, reading=best, followed=Followed(), lost=0)


def _columns(seen: Found, found: Floats, reading: Reading, lined: bool) -> dict[str, Any]:
    camera = np.full(8, np.nan) if seen.camera is None else seen.camera
    return {
        "camera": camera,
        "court_error": seen.error,
        "court_points": evidence_of(seen, found, reading).ravel(),
        "court_tried": reading.name,
        "line_camera": camera if lined else np.full(8, np.nan),
    }


def evidence_of(seen: Found, found: Floats, reading: Reading) -> Floats:
    """Return x, y and score of each landmark (n, 3) as settling reads them; NaN: not found.

    Of several candidates the one that the camera explains is kept, else the surest. Names are the
    net's own, however they were read.
    """
    points = np.full((len(LANDMARKS), 3), np.nan)
    for row in found[np.argsort(found[:, 3], kind="stable")]:
        points[int(row[0])] = row[1:]
    if seen.camera is not None:
        kept = np.column_stack([seen.marks.landmark, seen.marks.pixels, seen.marks.score])
        # Turning names twice gives them back.
        own = turned(kept) if reading.turn else kept
        points[own[:, 0].astype(np.int64)] = own[:, 1:]
    return points
