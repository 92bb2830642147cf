"""What cannot be in a game. Each rule is a pure function that returns the reason, or null."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import hypot, log

import numpy as np

from courtside.game import Role
from courtside.sightings import Sightings
from courtside.sport import Sport

Point = tuple[float, float]
# Number of a track, and which part of it.
Part = tuple[int, int]
# A box is good to about this share of the body's height.
BOX_ERROR = 0.5
# Where the court is not known, the camera's own panning looks like speed; a pan keeps up with
# play, so it adds about one sprint more.
PANNING = 2.0
# Seconds: quicker changes of place are measuring noise, however near in time.
LEAST_GAP = 0.1
# A track goes on with the same person at a meeting in which nobody is hidden, log odds.
GOES_ON = log(0.97 / 0.03)


@dataclass(frozen=True)
class Presence:
    """When and where one stretch of a track was seen.

    Attributes:
        frames: first and last frame.
        times: first and last time in seconds.
        segment: index of the segment.
        feet: bottom centre of the box in pixels, at the first and the last frame.
        heights: body height in pixels, at the first and the last frame.
        speeds: pixels a second of the feet at both ends, the camera's own motion taken off.
        court: place on court in metres at both ends, null where not known.
        part: which part of which track it is, null where that is not known.
        stays: log odds that the part before showed the same person, by what hid it there.
        scene: places on court are compared between segments of one scene.
    """

    frames: tuple[int, int]
    times: tuple[float, float]
    segment: int
    feet: tuple[Point, Point]
    heights: tuple[float, float]
    speeds: tuple[Point, Point] = ((0.0, 0.0), (0.0, 0.0))
    court: tuple[Point, Point] | None = None
    part: Part | None = None
    stays: float = GOES_ON
    scene: int = 0


@dataclass(frozen=True)
class Contradiction:
    """Evidence that contradicts itself or a rule, and what was made of it.

    Attributes:
        rule: name of the rule.
        tracks: the tracks it is about.
        time: seconds, where it begins.
        reason: what contradicts what.
        settled: what was decided.
    """

    rule: str
    tracks: tuple[int, ...]
    time: float
    reason: str
    settled: str


def same_time(first: Presence, second: Presence) -> str | None:
    """One person is at one place at a time, and has one track there."""
    begin = max(first.frames[0], second.frames[0])
    end = min(first.frames[1], second.frames[1])
    return f"both are seen in frames {begin} to {end}" if begin <= end else None


def too_fast(first: Presence, second: Presence, sport: Sport) -> str | None:
    """Nobody runs faster than the sport's sprint; metres on court, otherwise body heights.

    Null for two that overlap in time, and for two segments without court positions, or of two
    scenes: a cut changes the picture.
    """
    early, late = sorted((first, second), key=lambda presence: presence.times)
    gap = late.times[0] - early.times[1]
    if gap <= 0:
        return None
    if early.court and late.court and early.scene == late.scene:
        metres = _distance(early.court[1], late.court[0])
        allowed = sport.sprint * max(gap, LEAST_GAP) + BOX_ERROR * sport.body_height
    elif early.segment == late.segment:
        height = max(1.0, (early.heights[1] + late.heights[0]) / 2)
        metres = _distance(early.feet[1], late.feet[0]) / height * sport.body_height
        allowed = PANNING * sport.sprint * max(gap, LEAST_GAP) + BOX_ERROR * sport.body_height
    else:
        return None
    return f"{metres:.1f} m in {gap:.2f} s" if metres > allowed else None


def jumps(track: Sightings, sport: Sport) -> list[tuple[int, str]]:
    """Return the rows of one track that nobody could have run to from the row before, and why.

    Args:
        track: its rows in the order of time.
        sport: limit of speed.
    """
    gaps = np.maximum(np.diff(track["time"]), LEAST_GAP)
    heights = track["y2"] - track["y1"]
    feet = np.stack([(track["x1"] + track["x2"]) / 2, track["y2"]], axis=1)
    body = np.maximum((heights[:-1] + heights[1:]) / 2, 1.0)
    metres = np.hypot(*np.diff(feet, axis=0).T) / body * sport.body_height
    allowed = PANNING * sport.sprint * gaps + BOX_ERROR * sport.body_height
    return [
        (int(row) + 1, f"{metres[row]:.1f} m in {gaps[row]:.2f} s")
        for row in np.flatnonzero(metres > allowed)
    ]


def cannot_be_one(
    first: Sequence[Presence], second: Sequence[Presence], sport: Sport
) -> str | None:
    """Return why two groups of stretches are not one person, null when they may be.

    Each group must be in the order of time and free of overlaps.
    """
    for early, late in neighbours(first, second):
        reason = same_time(early, late) or too_fast(early, late, sport)
        if reason:
            return reason
    return None


def at_once(first: Sequence[Presence], second: Sequence[Presence]) -> str | None:
    """Return where two groups of stretches, each in the order of time, are seen in one frame."""
    found = (same_time(early, late) for early, late in neighbours(first, second))
    return next((reason for reason in found if reason), None)


def parted(parts: Iterable[Part], told_apart: Iterable[Part]) -> str | None:
    """Two neighbouring parts of a track are two people where something told them apart.

    Args:
        parts: of one person.
        told_apart: of the other person, those that were told apart from the part before.
    """
    told_apart = [*told_apart]
    if not told_apart:
        return None
    others = {(track, part - 1) for track, part in told_apart}
    shared = sorted(others.intersection(parts))
    return f"track {shared[0][0]} was cut between them" if shared else None


def neighbours(
    first: Sequence[Presence], second: Sequence[Presence]
) -> Iterator[tuple[Presence, Presence]]:
    """Yield who would follow whom where two groups, each in the order of time, are put together.

    Pairs are of one of either group, the earlier first.
    """
    few, many = (first, second) if len(first) <= len(second) else (second, first)
    for index, one in enumerate(few):
        place = bisect_right(many, one.times[0], key=_begin)
        bound = few[index + 1].times[0] if index + 1 < len(few) else np.inf
        if place > 0 and (index == 0 or _begin(many[place - 1]) > few[index - 1].times[0]):
            yield many[place - 1], one
        if place < len(many) and _begin(many[place]) <= bound:
            yield one, many[place]


def _begin(presence: Presence) -> float:
    return presence.times[0]


def no_number(role: Role) -> str | None:
    """Only players are known by a number."""
    return None if role == "player" else f"a {role} has no number in the game"


def already_worn(number: str, team: str | None, wearers: Iterable[int]) -> str | None:
    """A number is worn by one player of a team."""
    others = ", ".join(str(player) for player in wearers)
    whose = f"of {team}" if team else "of no known team"
    return f"number {number} {whose} is worn by player {others}" if others else None


def too_many(count: int, sport: Sport) -> str | None:
    """No team has more players on court than the sport allows."""
    if count <= sport.players_a_side:
        return None
    return f"{count} of one team on court at once, {sport.players_a_side} are allowed"


def too_many_referees(count: int, sport: Sport) -> str | None:
    """No game has more referees than the sport's."""
    if count <= sport.referees:
        return None
    return f"{count} referees at once, {sport.referees} work a game"


def _distance(first: Point, second: Point) -> float:
    return hypot(second[0] - first[0], second[1] - first[1])
