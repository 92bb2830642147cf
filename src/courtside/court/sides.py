"""Which way round each segment sees the court: a court equals itself after a half-turn.

A convention tells it from one camera alone (`shapes.needs_half_turn`), so that a reverse angle sees
the court turned against the main camera. People tell more: those seen after a cut stand where they,
or a moment that is shown again, were before it, on one of both ways round.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from courtside.court.model import Floats, Size, half_turned, sound, to_floor
from courtside.court.shapes import Court
from courtside.matching import assign
from courtside.sightings import FrameTable, Sightings

PEOPLE = ("player", "referee")
# Frames of the new segment that are looked at, seconds after its begin; frames before it, so many
# seconds back and apart; how fast a replay may run.
AFTER, RECENT, APART = (0.0, 0.5, 1.0), 20.0, 0.2
SPEEDS = (1.0, 0.5)
# Frames with fewer people within so many metres of the lines tell nothing.
FEWEST, APRON = 5, 1.0
# People farther apart than this, metres, are others; the mean share of it by which people are off
# must be at most this one way round, and by this much less than the other; less where the camera's
# place says otherwise.
OTHERS, ALIKE, CLEARER, ALIKE_KNOWN = 2.5, 0.5, 0.2, 0.35
# A camera within so many metres of another one's place is the same.
SAME_PLACE = 1.5


def turned_by_people(
    frames: FrameTable,
    rows: Sightings,
    court: Court,
    size: Size,
    named: Collection[int] = (),
) -> FrameTable:
    """Return the frames with cameras turned by 180 degrees in segments where people tell so.

    Args:
        frames: with settled cameras.
        rows: with `foot_x foot_y`.
        court: that is played on.
        size: height and width of the picture in pixels.
        named: frames in which a person named points: their segments stay as they are.
    """
    if court.baskets == 1 or "foot_x" not in rows or "camera" not in frames:
        return frames
    cameras = frames["camera"].astype(np.float64)
    places = _places(frames, cameras, rows, court, size)
    segments, times = frames["segment"], frames["time"]
    spots: list[Floats] = []
    for segment in np.unique(segments[sound(cameras)]):
        own = np.flatnonzero((segments == segment) & sound(cameras))
        spot = np.median(cameras[own, :2], axis=0)
        before = np.flatnonzero((segments < segment) & (times > times[own[0]] - RECENT))
        by_hand = bool(np.isin(frames["frame"][own], list(named)).any())
        turn = False if by_hand or not spots else _turn_of(spot, spots, places, times, before, own)
        if turn:
            cameras[own] = half_turned(cameras[own])
            for i in own:
                places[i] = -places[i]
        if turn is not None:
            spots.append(-spot if turn else spot)
    return frames.with_columns(camera=cameras)


def _places(
    frames: FrameTable, cameras: Floats, rows: Sightings, court: Court, size: Size
) -> list[Floats]:
    """Return for each frame where people are on the court, (k, 2) metres."""
    feet = np.column_stack([rows["foot_x"], rows["foot_y"]]).astype(np.float64)
    usable = np.isin(rows["kind"].astype(str), PEOPLE) & sound(feet)
    of_frame = np.searchsorted(frames["frame"], rows["frame"])
    spots = to_floor(cameras[of_frame], feet[:, None], size)[:, 0]
    limits = np.array([court.length, court.width]) / 2 + APRON
    usable &= (np.abs(np.nan_to_num(spots, nan=np.inf)) < limits).all(axis=1)
    order = np.argsort(of_frame[usable], kind="stable")
    ends = np.searchsorted(of_frame[usable][order], np.arange(1, len(frames)))
    return np.split(spots[usable][order], ends)


def _known_spot(spot: Floats, spots: list[Floats]) -> bool | None:
    """Return whether a camera known from before stood here turned round; null for a new one."""
    for other in spots:
        if np.linalg.norm(spot - other) < SAME_PLACE:
            return False
        if np.linalg.norm(-spot - other) < SAME_PLACE:
            return True
    return None


def _turn_of(
    spot: Floats,
    spots: list[Floats],
    places: list[Floats],
    times: Floats,
    before: NDArray[np.intp],
    own: NDArray[np.intp],
) -> bool | None:
    """Return whether a segment is turned round; null where nothing tells."""
    known = _known_spot(spot, spots)
    straight, turned = _offs(places, times, before, own)
    most = ALIKE if known is None else ALIKE_KNOWN
    if min(straight, turned) > most or abs(straight - turned) < CLEARER:
        return known
    return turned < straight


def _offs(
    places: list[Floats], times: Floats, before: NDArray[np.intp], own: NDArray[np.intp]
) -> tuple[float, float]:
    """Return by how much people are off as named and turned round, 0 to 1; 1 where none tell."""
    before = before[[len(places[i]) >= FEWEST for i in before]]
    after = times[own[0]] + np.array(AFTER)
    chosen = own[np.minimum(np.searchsorted(times[own], after - 1e-6), len(own) - 1)]
    chosen = np.unique([i for i in chosen if len(places[i]) >= FEWEST]).astype(np.intp)
    if not len(before) or not len(chosen):
        return 1.0, 1.0
    before = _apart(before, times)
    straight, turned = (
        _least_off([sign * places[i] for i in chosen], times[chosen], places, times, before)
        for sign in (1, -1)
    )
    return straight, turned


def _apart(rows: NDArray[np.intp], times: Floats) -> NDArray[np.intp]:
    """Return rows that are at least `APART` seconds apart."""
    _, first = np.unique(np.floor(times[rows] / APART), return_index=True)
    return rows[first]


def _least_off(
    own: list[Floats],
    own_times: Floats,
    places: list[Floats],
    times: Floats,
    before: NDArray[np.intp],
) -> float:
    """Return by how much people are off against the moment before that they fit best, 0 to 1."""
    off = np.array([[_off(here, places[i]) for i in before] for here in own])
    best = 1.0
    for speed in SPEEDS:
        ahead = times[before][:, None] + speed * (own_times - own_times[0])
        at = np.searchsorted(times[before], ahead - APART / 2)
        there = np.abs(times[before][np.minimum(at, len(before) - 1)] - ahead) <= APART
        picked = off[np.arange(len(own)), np.minimum(at, len(before) - 1)]
        means = np.where(there, picked, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        best = min(best, float(means.min()))
    return best


def _off(here: Floats, there: Floats) -> float:
    """Return by how much people (k, 2) are off those of another frame (m, 2), 0 to 1."""
    apart = np.linalg.norm(here[:, None] - there[None], axis=2)
    costs = np.minimum(apart / OTHERS, 1.0)
    return float(costs[assign(costs)].mean())
