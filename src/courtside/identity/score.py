"""How much speaks for two groups of stretches being one person, in log odds.

Every kind of evidence is a likelihood ratio of "one person" against "two", so that they add:
numbers and teams by Bayes' rule over what both may wear, looks as learned from the video, motion
as the distance between where one was last and the other first. What is not known says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtside.identity.evidence import posteriors
from courtside.identity.likeness import similarity
from courtside.identity.looks import in_common, told_by
from courtside.identity.motion import (
    PRIOR_EVER,
    PRIOR_SOON,
    Judge,
    continues,
    follow_odds,
)
from courtside.identity.person import ROLES, Person
from courtside.identity.rules import cannot_be_one, parted
from courtside.identity.stretches import Stretch
from courtside.teams.tracks import root_mean_square

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
# Root mean square difference of two kit vectors; one person's kits in broadcast clips differ by
# about 0.1, those of two teams by 0.3 and more.
KIT_DIFFERENCE = 0.2
# As many measured heights count half of what many do.
FEW_HEIGHTS = 10
# Somebody's probabilities that nowhere exceed chance by this factor say nothing.
LEAST_TOLD = 1.2
LEAST_LIKELY = 1e-30
# Sums in another order may differ by less than that.
ROUNDING = 1e-6
# Pairs whose vectors are in memory at once.
PAIRS_AT_ONCE = 8_000
# A role settled from so many frames counts half of what one from many does.
FEW_FRAMES = 2
# Log odds below which two are hardly one person, so that who is one with either excludes the other.
EXCLUDES = -2.0
# Log odds of one number below which the reads before and after are of two.
READ_OTHERWISE = -4.0
# Log odds of one person where kits, or settled roles, differ: either errs one time in twenty.
DIFFERENT = -3.0


@dataclass(frozen=True)
class Worn:
    """What n people may wear, of m numbers or teams.

    Attributes:
        probability: of each (n, m).
        lift: how much likelier than by chance (n, m).
        told: who is told from chance at all (n,).
        most: log odds that any other can bring to each at most (n,).
    """

    probability: Floats
    lift: Floats
    told: NDArray[np.bool_]
    most: Floats


@dataclass(frozen=True)
class Evidence:
    """Of n people in arrays, to judge many pairs at once.

    Attributes:
        numbers: that they may wear.
        teams: that they may be of.
        looks: what the looks of each have in common (n, d), NaN for none.
        counts: how many whole looks they are worth (n,).
        height: of each, metres (n,), NaN for none.
        heights: in how many rows measured (n,).
        roles: of each, by place in `ROLES` (n,).
        frames: in how many frames each was seen (n,).
    """

    numbers: Worn
    teams: Worn
    looks: Floats
    counts: Floats
    height: Floats
    heights: NDArray[np.int64]
    roles: NDArray[np.int8]
    frames: NDArray[np.int64]


def gather(people: Sequence[Person], judge: Judge) -> Evidence:
    """Return the people's evidence in arrays."""
    width = max((len(person.look) for person in people), default=0)
    looks = [person.look if len(person.look) else np.full(width, np.nan) for person in people]
    likely = np.array([person.evidence.log_likelihood for person in people])
    numbers = posteriors(likely, judge.number_prior)
    teams = posteriors(np.array([person.teams for person in people]))
    count, counts = teams.shape[-1], np.array([person.looks for person in people], np.float64)
    return Evidence(
        _worn(numbers, judge.number_prior),
        _worn(teams, np.full(count, 1 / max(count, 1))),
        in_common(np.array(looks), counts),
        counts,
        np.array([person.height for person in people], np.float64),
        np.array([person.heights for person in people]),
        np.array([ROLES.index(person.role) for person in people], np.int8),
        np.array([person.frames for person in people]),
    )


def odds_by_kind(
    evidence: Evidence, first: Indices, second: Indices, judge: Judge
) -> dict[str, Floats]:
    """Return log odds of one person for pairs (p,) by what does not hang on when and where."""
    numbers = {"number": _bayes_factor(evidence.numbers, first, second)}
    return numbers | _odds_but_numbers(evidence, first, second, judge)


def _odds_but_numbers(
    evidence: Evidence, first: Indices, second: Indices, judge: Judge
) -> dict[str, Floats]:
    roles_differ = evidence.roles[first] != evidence.roles[second]
    shorter = np.minimum(evidence.frames[first], evidence.frames[second])
    alike = _alike(evidence.looks, first, second)
    looks = np.minimum(evidence.counts[first], evidence.counts[second])
    apart = evidence.height[first] - evidence.height[second]
    heights = np.minimum(evidence.heights[first], evidence.heights[second])
    return {
        "team": _bayes_factor(evidence.teams, first, second),
        "look": _by_look(judge, alike, looks),
        "height": _by_height(judge, apart, heights),
        "role": np.where(roles_differ, DIFFERENT, 0.0) * shorter / (shorter + FEW_FRAMES),
    }


def _by_look(judge: Judge, alike: ArrayLike, fewest: ArrayLike) -> Floats:
    """Return log odds by similarity, as far as so many looks tell it."""
    return judge.likeness.look.log_odds(alike) * told_by(fewest)


def _by_height(judge: Judge, apart: ArrayLike, fewest: NDArray[np.int64] | int) -> Floats:
    """Return log odds by metres apart, as far as so many measured heights tell it."""
    return judge.likeness.height.log_odds(apart) * fewest / (fewest + FEW_HEIGHTS)


def hopeful(
    evidence: Evidence, first: Indices, second: Indices, most: Floats, judge: Judge
) -> Indices:
    """Return the places of those pairs (p,) of which more may speak for one person than against.

    Args:
        evidence: of everybody.
        first: of each pair.
        second: likewise.
        most: the most that motion and the prior can say of each (p,).
        judge: what pairs are judged with.
    """
    others = np.sum([*_odds_but_numbers(evidence, first, second, judge).values()], axis=0)
    worn = evidence.numbers
    # Numbers take a hundred products a pair; for most pairs the most they can say is not enough.
    reach = np.where(
        worn.told[first] & worn.told[second], np.minimum(worn.most[first], worn.most[second]), 0.0
    )
    some = np.flatnonzero(others + most + reach >= -ROUNDING)
    still = others[some] + _bayes_factor(worn, first[some], second[some])
    return np.asarray(some[still + most[some] >= -ROUNDING], np.intp)


def differ(first: Person, second: Person, judge: Judge) -> bool:
    """Tell whether two people are hardly one by what does not hang on when and where."""
    evidence = gather([first, second], judge)
    kinds = odds_by_kind(evidence, np.array([0]), np.array([1]), judge)
    return float(np.sum([*kinds.values()])) < EXCLUDES


def read_otherwise(first: Person, second: Person, judge: Judge) -> bool:
    """Tell whether two people are clearly read as wearing two numbers."""
    numbers = gather([first, second], judge).numbers
    return float(_bayes_factor(numbers, np.array([0]), np.array([1]))[0]) < READ_OTHERWISE


def _worn(probability: Floats, prior: Floats) -> Worn:
    lift = np.divide(probability, prior, out=np.zeros_like(probability), where=prior > 0)
    highest = lift.max(axis=-1, initial=0.0)
    return Worn(probability, lift, highest > LEAST_TOLD, np.log(np.maximum(highest, LEAST_LIKELY)))


def _bayes_factor(worn: Worn, first: Indices, second: Indices) -> Floats:
    """Return the log of how much likelier two wear the same than by chance; 0 if one is unread."""
    odds = np.zeros(len(first))
    both = np.flatnonzero(worn.told[first] & worn.told[second])
    for begin in range(0, len(both), PAIRS_AT_ONCE):
        some = both[begin : begin + PAIRS_AT_ONCE]
        together = np.einsum("pn,pn->p", worn.probability[first[some]], worn.lift[second[some]])
        odds[some] = np.log(np.maximum(together, LEAST_LIKELY))
    return odds


def _alike(looks: Floats, first: Indices, second: Indices) -> Floats:
    alike = np.empty(len(first))
    for begin in range(0, len(first), PAIRS_AT_ONCE):
        some = slice(begin, begin + PAIRS_AT_ONCE)
        alike[some] = similarity(looks[first[some]], looks[second[some]])
    return alike


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
    motion = follow_odds(early.presence, late.presence, judge)
    looks = np.array([early.looks, late.looks])
    one, other = in_common(np.stack([early.look, late.look]), looks)
    odds = float(_by_look(judge, similarity(one, other), looks.min()))
    heights = min(early.heights, late.heights)
    odds += float(_by_height(judge, early.height - late.height, heights))
    if continues(early.presence, late.presence):
        return odds + late.presence.stays, True
    if motion is None:
        return odds + PRIOR_EVER, False
    return odds + PRIOR_SOON + motion, True


def excluded(first: Person, second: Person, judge: Judge) -> str | None:
    """Return the rule that forbids two people to be one, null when they may be."""
    for one, other in ((first, second), (second, first)):
        if other.told_apart and (cut := parted(one.parts, other.told_apart)):
            return cut
    return cannot_be_one(first.presences, second.presences, judge.sport)
