"""The look stages of the court: the camera of each frame, and where people's feet are.

`court` reads the net's court points from the view's `trunk` and tells the frame's `camera`,
`court_error` and the points themselves; `feet` reads masks and adds `foot_x foot_y court_x
court_y` to the rows. Where the net finds no court points all of it is null.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from courtside.court.certainty import court_error
from courtside.court.feet import ground_contacts
from courtside.court.follow import MOST_ERROR, Followed, Found, follow
from courtside.court.league import READINGS, Reading, chosen, votes
from courtside.court.lines import pulled_onto_lines
from courtside.court.marks import turned
from courtside.court.model import Floats, Size, inverse, project, sound, to_floor
from courtside.court.shapes import LANDMARKS, Court
from courtside.court.solve import INLIER, Belief, costs_of
from courtside.sightings import Sightings, View
from courtside.stage import LookStage, stateless

# Frames that vote on the league, each so many frames apart, with that many marks explained.
MOST_VOTES, EVERY, VOTE_MARKS = 20, 3, 7
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
        losses: (r,) of the readings, summed over the votes.
        count: votes so far.
        frames: since the last vote.
        lost: frames without a camera in a row.
    """

    segment: int = -1
    time: float = 0.0
    followed: Followed = field(default_factory=Followed)
    reading: int = 0
    losses: Floats = field(default_factory=lambda: np.zeros(0))
    count: int = 0
    frames: int = 0
    lost: int = 0


def build_court(readings: tuple[Reading, ...] = READINGS) -> LookStage:
    """Return the stage that finds each frame's camera.

    It tells `camera`, `court_error` and `court_points` in the view's columns.

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


def build_feet() -> LookStage:
    """Return the stage that adds `foot_x foot_y court_x court_y` from the masks."""
    adds = ["foot_x", "foot_y", "court_x", "court_y"]
    return stateless("feet", ["court", "mask"], adds, look_feet)


def _step(
    readings: tuple[Reading, ...], state: CourtState, view: View, rows: Sightings
) -> tuple[CourtState, Sightings]:
    points = getattr(view.shared("trunk", _no_trunk), "court_points", None)
    found = np.zeros((0, 4)) if points is None else np.asarray(points, np.float64)
    found = found[sound(found)]
    state = _at(state, view, len(readings))
    reading = readings[_tried(state, len(readings))]
    marks = reading.marks(found, view.size)
    seconds = max(float(view.time) - state.time, 1e-3)
    followed, seen = follow(state.followed, marks, view.motion, seconds, reading.court, view.size)
    if seen.camera is not None:
        followed, seen = _on_lines(view, followed, seen, reading.court)
    index = _tried(state, len(readings)) if seen.camera is not None else state.reading
    state = replace(
        state,
        time=float(view.time),
        followed=followed,
        reading=index,
        lost=0 if seen.camera is not None else state.lost + 1,
    )
    view.columns |= _columns(seen, found, reading)
    return _voted(state, readings, seen, found, view.size), rows


def _on_lines(view: View, followed: Followed, seen: Found, court: Court) -> tuple[Followed, Found]:
    """Return the camera pulled onto the painted lines, and the marks it explains with it."""
    trunk = view.shared("trunk", _no_trunk)
    people = getattr(trunk, "foreground", None)
    covered = None if people is None else np.asarray(people) > COVERED
    belief = Belief(followed.camera, inverse(followed.covariance))
    pulled = pulled_onto_lines(view.image, belief, court, covered)
    if pulled is None:
        return followed, seen
    covariance = inverse(pulled.information)
    error = court_error(pulled.mean, covariance, court, view.size)
    both = np.stack([followed.camera, pulled.mean])
    noisy = replace(seen.marks, noise=seen.marks.noise * followed.noise)
    before, after = costs_of(both, noisy, view.size, INLIER)
    # Other sports' lines pull away from what the net found.
    if not error < MOST_ERROR or after > AGREE_SHARE * before + AGREE_LEAST:
        return followed, seen
    # Lines say more exactly than the net's map where its points are.
    pixels = project(pulled.mean, seen.marks.points, view.size)
    pixels = np.where(np.isfinite(pixels), pixels, seen.marks.pixels)
    followed = replace(followed, camera=pulled.mean, covariance=covariance)
    return followed, Found(pulled.mean, error, replace(seen.marks, pixels=pixels))


def _no_trunk() -> None:
    """Stand in for a detector that shares nothing of the court."""


def _at(state: CourtState, view: View, count: int) -> CourtState:
    """Return the state at the beginning of a frame: after a cut the camera is not known."""
    if len(state.losses) != count:
        state = replace(state, losses=np.zeros(count))
    if view.segment != state.segment:
        fresh = Followed(noise=state.followed.noise, echo=state.followed.echo)
        state = replace(state, segment=view.segment, time=float(view.time), followed=fresh, lost=0)
    return state


def _tried(state: CourtState, count: int) -> int:
    """Return the reading to use: the one in use, or after a while without a camera the next."""
    if state.followed.known or state.count >= MOST_VOTES:
        return state.reading
    return (state.reading + state.lost // PATIENCE) % count


def _voted(
    state: CourtState, readings: tuple[Reading, ...], seen: Found, found: Floats, size: Size
) -> CourtState:
    """Return the state after this frame's vote on the league, if it has one."""
    if len(readings) == 1 or state.count >= MOST_VOTES or seen.camera is None:
        return state
    state = replace(state, frames=state.frames + 1)
    if len(seen.marks) < VOTE_MARKS or (state.frames % EVERY and state.count):
        return state
    now = votes(seen.camera[None], readings[state.reading], readings, [found], size)[0]
    losses = state.losses + now
    best, count = chosen(losses, state.count + 1), state.count + 1
    state = replace(state, losses=losses, count=count)
    if best == state.reading:
        return state
    # Another court's camera stands elsewhere: found anew in the next frame.
    fresh = Followed(noise=state.followed.noise, echo=state.followed.echo)
    return replace(state, reading=best, followed=fresh)


def _columns(seen: Found, found: Floats, reading: Reading) -> dict[str, Any]:
    camera = np.full(8, np.nan) if seen.camera is None else seen.camera
    points = evidence_of(seen, found, reading)
    return {"camera": camera, "court_error": seen.error, "court_points": points.ravel()}


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


def look_feet(view: View, rows: Sightings) -> Sightings:
    """Return the rows with `foot_x foot_y` in pixels and `court_x court_y` in metres."""
    feet = ground_contacts(rows, view.size)
    places = np.full((len(rows), 2), np.nan)
    camera = np.asarray(view.columns.get("camera", np.full(8, np.nan)), np.float64)
    if np.isfinite(camera).all():
        places = to_floor(camera, feet.astype(np.float64), view.size)
    return rows.with_columns(
        foot_x=feet[:, 0], foot_y=feet[:, 1], court_x=places[:, 0], court_y=places[:, 1]
    )
