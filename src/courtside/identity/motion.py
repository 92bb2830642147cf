"""What motion says of two people being one: who is lost in one place comes back near it."""

from __future__ import annotations

from dataclasses import dataclass
from math import dist, log

import numpy as np
from numpy.typing import NDArray

from courtside.identity.camera import Camera
from courtside.identity.likeness import Likeness
from courtside.identity.person import Person
from courtside.identity.rules import GOES_ON, Presence, neighbours
from courtside.sport import Sport

Floats = NDArray[np.float64]
# Seconds without a sighting over which motion says anything.
LONGEST_GAP = 3.0
# Spread in body heights of where somebody reappears: at once, and more for each second.
SPREAD = 0.25
SPREAD_A_SECOND = 0.8
# Body heights squared of the picture in which anybody else may appear.
AREA = 50.0
MOTION_LIMIT = 4.0
# The body may look so much taller or smaller after a gap.
HEIGHT_RATIO = 1.3
# Log odds where the body's height changes at once.
ANOTHER_HEIGHT = -3.0
# Log odds before any evidence. Shortly after somebody was lost, few others are out of sight and
# may come into it; later, or after a cut, it may be anybody of both teams and the benches.
PRIOR_SOON = -0.7
PRIOR_EVER = -2.5


@dataclass(frozen=True)
class Judge:
    """What pairs of people are judged with.

    Attributes:
        sport: limits.
        camera: its motion.
        likeness: what it is worth in this video that two look alike.
        number_prior: probability of each number before it is read (numbers,).
    """

    sport: Sport
    camera: Camera
    likeness: Likeness
    number_prior: Floats


def motion_odds(first: Person, second: Person, judge: Judge) -> float | None:
    """Return what motion says of two people, null where they are never seen close in time.

    Where they would follow one another several times, all that speaks against it counts, but of
    what speaks for it only the most.
    """
    odds = [
        odds
        for early, late in neighbours(first.presences, second.presences)
        if (odds := follow_odds(early, late, judge)) is not None
    ]
    against = sum(value for value in odds if value < 0)
    return (against or max(odds)) if odds else None


def most_by_motion(gaps: Floats | None) -> Floats:
    """Return the most that motion and the prior can say for two who follow after gaps in seconds.

    Null for neighbouring parts of a track.
    """
    if gaps is None:
        return np.asarray(PRIOR_SOON + MOTION_LIMIT + GOES_ON, np.float64)
    # How much denser somebody is just where expected than anybody else is.
    spread = SPREAD + SPREAD_A_SECOND * gaps
    lift = np.asarray(AREA / (2 * np.pi * spread**2), np.float64)
    nearest = np.minimum(np.log(lift), MOTION_LIMIT)
    return np.asarray(np.where(gaps <= LONGEST_GAP, PRIOR_SOON + nearest, PRIOR_EVER), np.float64)


def follow_odds(early: Presence, late: Presence, judge: Judge) -> float | None:
    """Return log odds that who is lost in one place comes back in another."""
    gap = late.times[0] - early.times[1]
    if continues(early, late):
        return MOTION_LIMIT + late.stays
    if not 0 < gap <= LONGEST_GAP:
        return None
    heights = _distance_in_heights(early, late, gap, judge)
    if heights is None:
        return None
    ratio = early.heights[1] / max(late.heights[0], 1.0)
    if early.segment == late.segment and not 1 / HEIGHT_RATIO <= ratio <= HEIGHT_RATIO:
        return ANOTHER_HEIGHT
    return near_odds(gap, heights)


def near_odds(gap: float, heights: float) -> float:
    """Return log odds of who comes back after a gap, in seconds, so many body heights off."""
    spread = SPREAD + SPREAD_A_SECOND * gap
    odds = log(AREA / (2 * np.pi * spread**2)) - heights**2 / (2 * spread**2)
    return min(max(odds, -MOTION_LIMIT), MOTION_LIMIT)


def continues(early: Presence, late: Presence) -> bool:
    """Tell whether one is the next part of the other's track."""
    if early.part is None or late.part is None:
        return False
    return late.part == (early.part[0], early.part[1] + 1)


def _distance_in_heights(early: Presence, late: Presence, gap: float, judge: Judge) -> float | None:
    if early.court and late.court and early.scene == late.scene:
        metres = dist(early.court[1], late.court[0])
        return metres / judge.sport.body_height
    if early.segment != late.segment:
        return None
    start = np.array([early.feet[1], np.add(early.feet[1], early.speeds[1])])
    frames = np.full(2, early.frames[1])
    place, onward = judge.camera.carry(start, frames, late.frames[0])
    # Half-way, so that neither end's speed is led on for the whole gap.
    ahead = place + (onward - place) * gap / 2
    back = np.subtract(late.feet[0], np.multiply(late.speeds[0], gap / 2))
    height = max((early.heights[1] + late.heights[0]) / 2, 1.0)
    return float(np.hypot(*(ahead - back))) / height
