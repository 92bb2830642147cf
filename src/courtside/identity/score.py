"""How much speaks for two groups of stretches being one person, in log odds.

Every kind of evidence is a likelihood ratio of "one person" against "two", so that they add:
numbers and teams by Bayes' rule over what both may wear, looks as learned from the video, motion
as the distance between where one was last and the other first. What is not known says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from courtside.identity.camera import Camera
from courtside.identity.likeness import Likeness, similarity
from courtside.identity.person import Person, team_posterior
from courtside.identity.rules import Part, Presence, cannot_be_one, neighbours, parted
from courtside.identity.stretches import Stretch
from courtside.sport import Sport
from courtside.teams.tracks import root_mean_square

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
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
# Root mean square difference of two kit vectors; one person's kits in broadcast clips differ by
# about 0.1, those of two teams by 0.3 and more.
KIT_DIFFERENCE = 0.2
# As many looks count half of what many do.
FEW_LOOKS = 3
# Somebody's probabilities that nowhere exceed chance by this factor say nothing.
LEAST_TOLD = 1.2
# Pairs whose vectors are in memory at once.
PAIRS_AT_ONCE = 20_000
# A role settled from so many frames counts half of what one from many does.
FEW_FRAMES = 2
# Where two of a kit met, so many of a hundred tracks go on with the other; what follows on the
# same track has these log odds more than what merely follows near.
SWAPPED = 0.03
CONTINUED = float(np.log((1 - SWAPPED) / SWAPPED))
# Log odds below which two are hardly one person, so that who is one with either excludes the other.
EXCLUDES = -2.0
# Log odds of one person where kits, or settled roles, differ: either errs one time in twenty.
DIFFERENT = -3.0
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
        likeness: what similar looks are worth in this video.
        number_prior: probability of each number before it is read (numbers,).
        apart: parts of tracks that a person said to be two people.
    """

    sport: Sport
    camera: Camera
    likeness: Likeness
    number_prior: Floats
    apart: frozenset[frozenset[Part]] = frozenset()


@dataclass(frozen=True)
class Evidence:
    """Of n people in arrays, to judge many pairs at once.

    Attributes:
        numbers: probability of each number (n, numbers).
        teams: probability of each team (n, teams).
        looks: mean of looks (n, d), NaN for none.
        counts: how many looks (n,).
        roles: of each (n,).
        frames: in how many frames each was seen (n,).
    """

    numbers: Floats
    teams: Floats
    looks: Floats
    counts: NDArray[np.int64]
    roles: NDArray[np.object_]
    frames: NDArray[np.int64]

    def of(self, people: Sequence[int]) -> Evidence:
        """Return the evidence of some of the people."""
        places = np.array([*people])
        return Evidence(*(getattr(self, item.name)[places] for item in fields(self)))


def gather(people: Sequence[Person], judge: Judge) -> Evidence:
    """Return the people's evidence in arrays."""
    width = max((len(person.look) for person in people), default=0)
    looks = [person.look if len(person.look) else np.full(width, np.nan) for person in people]
    return Evidence(
        np.array([person.evidence.posterior(judge.number_prior) for person in people]),
        np.array([team_posterior(person) for person in people]),
        np.array(looks),
        np.array([person.looks for person in people]),
        np.array([person.role for person in people], object),
        np.array([person.frames for person in people]),
    )


def odds_by_kind(
    evidence: Evidence, first: Indices, second: Indices, judge: Judge
) -> dict[str, Floats]:
    """Return log odds of one person for pairs (p,) by what does not hang on when and where."""
    teams = evidence.teams.shape[1]
    roles_differ = evidence.roles[first] != evidence.roles[second]
    shorter = np.minimum(evidence.frames[first], evidence.frames[second])
    alike = _alike(evidence.looks, first, second)
    fewest = np.minimum(evidence.counts[first], evidence.counts[second])
    return {
        "number": _bayes_factor(evidence.numbers, first, second, judge.number_prior),
        "team": _bayes_factor(evidence.teams, first, second, np.full(teams, 1 / max(teams, 1))),
        "look": judge.likeness.log_odds(alike) * fewest / (fewest + FEW_LOOKS),
        "role": np.where(roles_differ, DIFFERENT, 0.0) * shorter / (shorter + FEW_FRAMES),
    }


def differ(first: Person, second: Person, judge: Judge) -> bool:
    """Tell whether two people are hardly one by what does not hang on when and where."""
    evidence = gather([first, second], judge)
    kinds = odds_by_kind(evidence, np.array([0]), np.array([1]), judge)
    return float(np.sum([*kinds.values()])) < EXCLUDES


def _bayes_factor(probabilities: Floats, first: Indices, second: Indices, prior: Floats) -> Floats:
    """Return the log of how much likelier two wear the same than by chance; 0 if one is unread."""
    odds = np.zeros(len(first))
    if not len(prior):
        return odds
    scaled = np.divide(probabilities, prior, out=np.zeros_like(probabilities), where=prior > 0)
    told = scaled.max(axis=1, initial=0.0) > LEAST_TOLD
    both = np.flatnonzero(told[first] & told[second])
    for some in np.array_split(both, len(both) // PAIRS_AT_ONCE + 1):
        together = np.einsum("pn,pn->p", probabilities[first[some]], scaled[second[some]])
        odds[some] = np.log(np.maximum(together, 1e-30))
    return odds


def _alike(looks: Floats, first: Indices, second: Indices) -> Floats:
    parts = np.array_split(np.arange(len(first)), len(first) // PAIRS_AT_ONCE + 1)
    return np.concatenate([similarity(looks[first[p]], looks[second[p]]) for p in parts])


def motion_odds(first: Person, second: Person, judge: Judge) -> float | None:
    """Return what motion says of two people, null where they are never seen close in time.

    Where they would follow one another several times, all that speaks against it counts, but of
    what speaks for it only the most.
    """
    odds = [
        odds
        for early, late in neighbours(first.presences, second.presences)
        if (odds := _follow_odds(early, late, judge)) is not None
    ]
    against = sum(value for value in odds if value < 0)
    return (against or max(odds)) if odds else None


def most_by_motion(gaps: Floats | None) -> Floats:
    """Return the most that motion and the prior can say for two who follow after gaps in seconds.

    Null for neighbouring parts of a track.
    """
    if gaps is None:
        return np.asarray(PRIOR_SOON + MOTION_LIMIT + CONTINUED, np.float64)
    nearest = np.minimum(np.log(_lift(gaps)), MOTION_LIMIT)
    return np.asarray(np.where(gaps <= LONGEST_GAP, PRIOR_SOON + nearest, PRIOR_EVER), np.float64)


def _lift(gap: Floats | float) -> Floats:
    """Return how much denser somebody is just where expected than anybody else is."""
    spread = SPREAD + SPREAD_A_SECOND * gap
    return np.asarray(AREA / (2 * np.pi * spread**2), np.float64)


def _follow_odds(early: Presence, late: Presence, judge: Judge) -> float | None:
    """Return log odds that who is lost in one place comes back in another."""
    gap = late.times[0] - early.times[1]
    if _continues(early, late):
        return MOTION_LIMIT + CONTINUED
    if not 0 < gap <= LONGEST_GAP:
        return None
    heights = _distance_in_heights(early, late, gap, judge)
    if heights is None:
        return None
    ratio = early.heights[1] / max(late.heights[0], 1.0)
    if early.segment == late.segment and not 1 / HEIGHT_RATIO <= ratio <= HEIGHT_RATIO:
        return DIFFERENT
    spread = SPREAD + SPREAD_A_SECOND * gap
    odds = np.log(_lift(gap)) - heights**2 / (2 * spread**2)
    return float(np.clip(odds, -MOTION_LIMIT, MOTION_LIMIT))


def _continues(early: Presence, late: Presence) -> bool:
    """Tell whether one is the next part of the other's track."""
    if early.part is None or late.part is None:
        return False
    return late.part == (early.part[0], early.part[1] + 1)


def _distance_in_heights(early: Presence, late: Presence, gap: float, judge: Judge) -> float | None:
    if early.court and late.court:
        metres = np.hypot(*np.subtract(early.court[1], late.court[0]))
        return float(metres) / judge.sport.body_height
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


def kits_differ(first: Person, second: Person) -> bool:
    """Tell whether the nearest stretches of two people wear different kits, where known."""
    one, two = _nearest(first, second)
    if one.kit.size != two.kit.size or not np.isfinite(one.kit + two.kit).any():
        return False
    return bool(root_mean_square(one.kit - two.kit) > KIT_DIFFERENCE)


def _nearest(first: Person, second: Person) -> tuple[Stretch, Stretch]:
    early, late = sorted((first, second), key=lambda person: person.begin)
    return early.stretches[-1], late.stretches[0]


def link_odds(early: Stretch, late: Stretch, judge: Judge) -> tuple[float, bool]:
    """Return log odds that two stretches in turn show one person, what was read left aside.

    And whether the second follows soon enough for motion to speak.
    """
    motion = _follow_odds(early.presence, late.presence, judge)
    fewest = min(early.looks, late.looks)
    alike = float(judge.likeness.log_odds(similarity(early.look, late.look)))
    odds = alike * fewest / (fewest + FEW_LOOKS)
    if _continues(early.presence, late.presence):
        return odds + CONTINUED, True
    if motion is None:
        return odds + PRIOR_EVER, False
    return odds + PRIOR_SOON + motion, True


def excluded(first: Person, second: Person, judge: Judge) -> str | None:
    """Return the rule that forbids two people to be one, null when they may be."""
    if any(_across(pair, first, second) for pair in judge.apart):
        return "a person said that they are two"
    cut = parted(first.parts, second.told_apart) or parted(second.parts, first.told_apart)
    return cut or cannot_be_one(first.presences, second.presences, judge.sport)


def _across(pair: frozenset[Part], first: Person, second: Person) -> bool:
    return bool(pair & first.parts and pair & second.parts)
