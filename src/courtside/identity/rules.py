"""What cannot be in a game. Each rule is a pure function that returns the reason, or null."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from courtside.game import Role
from courtside.sport import Sport

Point = tuple[float, float]
# A box is good to about this share of the body's height.
BOX_ERROR = 0.5
# Where the court is not known, the camera's own panning looks like speed; a pan keeps up with
# play, so it adds about one sprint more.
PANNING = 2.0
# Seconds: quicker changes of place are measuring noise, however near in time.
LEAST_GAP = 0.1


@dataclass(frozen=True)
class Presence:
    """When and where one stretch of a track was seen.

    Attributes:
        frames: first and last frame.
        times: first and last time in seconds.
        segment: index of the segment.
        feet: bottom centre of the box in pixels, at the first and the last frame.
        heights: body height in pixels, at the first and the last frame.
        court: place on court in metres at both ends, null where not known.
    """

    frames: tuple[int, int]
    times: tuple[float, float]
    segment: int
    feet: tuple[Point, Point]
    heights: tuple[float, float]
    court: tuple[Point, Point] | None = None


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

    Null for two that overlap in time, and for two segments without court positions: a cut
    changes the picture.
    """
    early, late = sorted((first, second), key=lambda presence: presence.times)
    gap = late.times[0] - early.times[1]
    if gap <= 0:
        return None
    if early.court and late.court:
        metres = _distance(early.court[1], late.court[0])
        allowed = sport.sprint * max(gap, LEAST_GAP) + BOX_ERROR * sport.body_height
    elif early.segment == late.segment:
        height = max(1.0, (early.heights[1] + late.heights[0]) / 2)
        metres = _distance(early.feet[1], late.feet[0]) / height * sport.body_height
        allowed = PANNING * sport.sprint * max(gap, LEAST_GAP) + BOX_ERROR * sport.body_height
    else:
        return None
    return f"{metres:.1f} m in {gap:.2f} s" if metres > allowed else None


def cannot_be_one(
    first: Iterable[Presence], second: Iterable[Presence], sport: Sport
) -> str | None:
    """Return why two groups of stretches are not one person, null when they may be."""
    seconds = [*second]
    for a in first:
        for b in seconds:
            reason = same_time(a, b) or too_fast(a, b, sport)
            if reason:
                return reason
    return None


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


def _distance(first: Point, second: Point) -> float:
    return float(np.hypot(second[0] - first[0], second[1] - first[1]))
