"""The ends of people of one stretch each, in arrays: rules and motion for many pairs at once.

Before anything is joined everybody is one stretch, and most pairs are judged then. What is said
of a pair is what `rules` and `motion` say of two people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import dist

import numpy as np
from numpy.typing import NDArray

from courtside.identity.motion import (
    ANOTHER_HEIGHT,
    HEIGHT_RATIO,
    LONGEST_GAP,
    MOTION_LIMIT,
    Judge,
    near_odds,
)
from courtside.identity.person import Person
from courtside.identity.rules import BOX_ERROR, LEAST_GAP, PANNING
from courtside.sport import Sport

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]
Ints = NDArray[np.int64]
NO_PART = (-9, -9)
NOWHERE = ((np.nan, np.nan), (np.nan, np.nan))


@dataclass(frozen=True)
class Ends:
    """First stretches of n people; of those of one stretch that is all there is.

    Attributes:
        alone: who has one stretch only (n,).
        frames: first and last (n, 2).
        times: first and last, seconds (n, 2).
        segment: index (n,).
        scene: of the segment (n,).
        feet: pixels at both ends (n, 2, 2).
        heights: of the body at both ends, pixels (n, 2).
        speeds: pixels a second at both ends (n, 2, 2).
        court: metres at both ends (n, 2, 2), NaN where not known.
        part: number of the track and of its part (n, 2).
        told_apart: from the part before (n,).
        stays: log odds that the part before showed the same (n,).
    """

    alone: Flags
    frames: Ints
    times: Floats
    segment: Ints
    scene: Ints
    feet: Floats
    heights: Floats
    speeds: Floats
    court: Floats
    part: Ints
    told_apart: Flags
    stays: Floats


def ends_of(people: Sequence[Person]) -> Ends:
    """Return the ends of everybody's first stretch."""
    stretches = [person.stretches[0] for person in people]
    presences = [stretch.presence for stretch in stretches]
    return Ends(
        alone=np.array([len(person.stretches) == 1 for person in people], np.bool_),
        frames=np.array([p.frames for p in presences], np.int64).reshape(-1, 2),
        times=np.array([p.times for p in presences], np.float64).reshape(-1, 2),
        segment=np.array([p.segment for p in presences], np.int64),
        scene=np.array([p.scene for p in presences], np.int64),
        feet=_points([p.feet for p in presences]),
        heights=np.array([p.heights for p in presences], np.float64).reshape(-1, 2),
        speeds=_points([p.speeds for p in presences]),
        court=_points([p.court or NOWHERE for p in presences]),
        part=np.array([(s.track, s.part) for s in stretches], np.int64).reshape(-1, 2),
        told_apart=np.array([stretch.told_apart for stretch in stretches], np.bool_),
        stays=np.array([presence.stays for presence in presences], np.float64),
    )


def _points(pairs: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> Floats:
    return np.array(pairs, np.float64).reshape(-1, 2, 2)


def in_turn(ends: Ends, first: Indices, second: Indices) -> tuple[Indices, Indices]:
    """Return who of each pair (p,) comes first, and who second."""
    turned = ends.times[second, 0] <= ends.times[first, 0]
    return np.where(turned, second, first), np.where(turned, first, second)


def forbidden(ends: Ends, early: Indices, late: Indices, sport: Sport) -> Flags:
    """Return which pairs (p,) of people of one stretch a rule forbids to be one."""
    begin = np.maximum(ends.frames[early, 0], ends.frames[late, 0])
    end = np.minimum(ends.frames[early, 1], ends.frames[late, 1])
    gap = ends.times[late, 0] - ends.times[early, 1]
    parted = _parted(ends, early, late) | _parted(ends, late, early)
    fast = (gap > 0) & _too_fast(ends, early, late, gap, sport)
    return np.asarray(parted | (begin <= end) | fast, np.bool_)


def _parted(ends: Ends, before: Indices, after: Indices) -> Flags:
    next_part = ends.part[before] + np.array([0, 1]) == ends.part[after]
    return np.asarray(next_part.all(axis=1) & ends.told_apart[after], np.bool_)


def _too_fast(ends: Ends, early: Indices, late: Indices, gap: Floats, sport: Sport) -> Flags:
    run, error = sport.sprint * np.maximum(gap, LEAST_GAP), BOX_ERROR * sport.body_height
    metres = _length(ends.court[late, 0] - ends.court[early, 1])
    height = np.maximum(1.0, (ends.heights[early, 1] + ends.heights[late, 0]) / 2)
    pixels = _length(ends.feet[late, 0] - ends.feet[early, 1])
    seen = pixels / height * sport.body_height > PANNING * run + error
    together = ends.segment[early] == ends.segment[late]
    known = np.isfinite(metres) & (ends.scene[early] == ends.scene[late])
    return np.where(known, metres > run + error, seen & together)


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.hypot(vectors[:, 0], vectors[:, 1]), np.float64)


def motion_of(ends: Ends, early: Indices, late: Indices, judge: Judge) -> Floats:
    """Return log odds that the late is the early of each pair (p,); NaN where motion is silent."""
    gap = ends.times[late, 0] - ends.times[early, 1]
    odds = np.full(len(early), np.nan)
    near = np.flatnonzero((gap > 0) & (gap <= LONGEST_GAP))
    one, two = early[near], late[near]
    heights = _heights_off(ends, one, two, gap[near], judge)
    told = zip(gap[near].tolist(), heights.tolist(), strict=True)
    found = np.array([near_odds(*pair) if pair[1] == pair[1] else np.nan for pair in told])
    ratio = ends.heights[one, 1] / np.maximum(ends.heights[two, 0], 1.0)
    another = (ratio < 1 / HEIGHT_RATIO) | (ratio > HEIGHT_RATIO)
    another &= (ends.segment[one] == ends.segment[two]) & ~np.isnan(heights)
    odds[near] = np.where(another, ANOTHER_HEIGHT, found)
    next_part = (ends.part[early] + np.array([0, 1]) == ends.part[late]).all(axis=1)
    odds[next_part] = MOTION_LIMIT + ends.stays[late[next_part]]
    return odds


def _heights_off(ends: Ends, early: Indices, late: Indices, gap: Floats, judge: Judge) -> Floats:
    """Return by how many body heights each late is off where expected, NaN where not known."""
    heights = _picture_heights_off(ends, early, late, gap, judge)
    heights[ends.segment[early] != ends.segment[late]] = np.nan
    placed = np.isfinite(ends.court[early, 1] + ends.court[late, 0]).all(axis=1)
    known = np.flatnonzero(placed & (ends.scene[early] == ends.scene[late]))
    lost, found = ends.court[early[known], 1].tolist(), ends.court[late[known], 0].tolist()
    metres = np.array([dist(*pair) for pair in zip(lost, found, strict=True)], np.float64)
    heights[known] = metres / judge.sport.body_height
    return heights


def _picture_heights_off(
    ends: Ends, early: Indices, late: Indices, gap: Floats, judge: Judge
) -> Floats:
    feet, speed = ends.feet[early, 1], ends.speeds[early, 1]
    start = np.stack([feet, feet + speed], axis=1).reshape(-1, 2)
    frames = np.repeat(ends.frames[early, 1], 2), np.repeat(ends.frames[late, 0], 2)
    carried = judge.camera.carry(start, *frames).reshape(-1, 2, 2)
    place, onward = carried[:, 0], carried[:, 1]
    ahead = place + (onward - place) * gap[:, None] / 2
    back = ends.feet[late, 0] - ends.speeds[late, 0] * (gap[:, None] / 2)
    height = np.maximum((ends.heights[early, 1] + ends.heights[late, 0]) / 2, 1.0)
    return np.asarray(_length(ahead - back) / height, np.float64)
