"""Pairs of people judged: what speaks for one person, weighed, and what a rule forbids.

People of one stretch are judged many pairs at once, others pair by pair; what was found of two
people who are still the same in the next round holds there too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from courtside.identity.assign import Links
from courtside.identity.candidates import hopeful_pairs
from courtside.identity.ends import Ends, ends_of, forbidden, in_turn, motion_of
from courtside.identity.motion import PRIOR_EVER, PRIOR_SOON, Judge, motion_odds
from courtside.identity.person import Person
from courtside.identity.score import (
    DIFFERENT,
    KIT_DIFFERENCE,
    PAIRS_AT_ONCE,
    Evidence,
    excluded,
    kits_differ,
    odds_by_kind,
)
from courtside.teams.tracks import root_mean_square

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Rules = NDArray[np.int8]
RULES = {
    "number": "joined by team and number",
    "look": "joined by look",
    "motion": "joined over a gap by motion",
}
# Weight of a pair that a rule forbids, or against which more speaks than for it.
NO_LINK = -np.inf


@dataclass(frozen=True)
class Found:
    """What was found of pairs in one round; of an hour they are many, so it is held in arrays.

    Attributes:
        people: who was judged; that they live keeps their identities as objects their own.
        pairs: first place times the number of people plus second place (p,), ascending.
        weights: log odds of one person (p,), `NO_LINK` for none.
        rules: what speaks most for it, by place among `RULES` (p,).
        near: those of the pairs that were seen near in time (q,), ascending.
    """

    people: Sequence[Person] = ()
    pairs: Indices = field(default_factory=lambda: np.zeros(0, np.intp))
    weights: Floats = field(default_factory=lambda: np.zeros(0))
    rules: Rules = field(default_factory=lambda: np.zeros(0, np.int8))
    near: Indices = field(default_factory=lambda: np.zeros(0, np.intp))

    def links(self) -> Links:
        """Return the pairs for whom more speaks than against, and whom no rule forbids."""
        kept = self.weights >= 0
        first, second = np.divmod(self.pairs[kept], max(len(self.people), 1))
        return Links(first, second, self.weights[kept], self.rules[kept])


NOTHING_FOUND = Found()


def judge_pairs(people: Sequence[Person], evidence: Evidence, judge: Judge, before: Found) -> Found:
    """Return what is found of all pairs for whom enough may speak.

    Args:
        people: in the order in which they appear.
        evidence: of them.
        judge: what pairs are judged with.
        before: what was found in the round before.
    """
    place = {id(person): index for index, person in enumerate(before.people)}
    then = np.array([place.get(id(person), -1) for person in people], np.intp)
    near = _carried(before, then)
    pairs, near = hopeful_pairs(people, evidence, judge, then < 0, near)
    first, second = np.divmod(pairs, max(len(people), 1))
    weights, rules = _recalled(then, first, second, before)
    new = np.flatnonzero(np.isnan(weights))
    ends = ends_of(people)
    for some in np.array_split(new, len(new) // PAIRS_AT_ONCE + 1):
        weights[some], rules[some] = _judged(
            people, ends, evidence, first[some], second[some], judge
        )
    return Found([*people], pairs, weights, rules, near)


def _carried(before: Found, then: Indices) -> Indices:
    """Return the pairs seen near in time of people who are still the same, as pairs of now.

    Args:
        before: what was found then.
        then: place of everybody then, -1 for those who are new (n,).
    """
    now = np.full(len(before.people), -1)
    now[then[then >= 0]] = np.flatnonzero(then >= 0)
    first, second = np.divmod(before.near, max(len(before.people), 1))
    kept = (now[first] >= 0) & (now[second] >= 0)
    pair = np.sort(np.stack([now[first[kept]], now[second[kept]]]), axis=0)
    return np.asarray(pair[0] * len(then) + pair[1], np.intp)


def _recalled(
    then: Indices, first: Indices, second: Indices, before: Found
) -> tuple[Floats, Rules]:
    """Return weights and rules of pairs known from before, NaN for others."""
    weights, rules = np.full(len(first), np.nan), np.zeros(len(first), np.int8)
    key = then[first] * len(before.people) + then[second]
    key[(then[first] < 0) | (then[second] < 0)] = -1
    if len(before.pairs):
        found = np.searchsorted(before.pairs, key).clip(max=len(before.pairs) - 1)
        known = before.pairs[found] == key
        weights[known], rules[known] = before.weights[found[known]], before.rules[found[known]]
    return weights, rules


def _judged(
    people: Sequence[Person],
    ends: Ends,
    evidence: Evidence,
    first: Indices,
    second: Indices,
    judge: Judge,
) -> tuple[Floats, Rules]:
    """Return weight and rule of each pair (p,)."""
    kinds = odds_by_kind(evidence, first, second, judge)
    weights, rules = np.full(len(first), NO_LINK), np.zeros(len(first), np.int8)
    single = ends.alone[first] & ends.alone[second]
    early, late = in_turn(ends, first, second)
    single[single] = ~forbidden(ends, early[single], late[single], judge.sport)
    motion = motion_of(ends, early[single], late[single], judge)
    alone = {kind: odds[single] for kind, odds in kinds.items()}
    pairs = first[single], second[single]
    weights[single], rules[single] = _weighed(people, *pairs, alone, motion)
    for place in np.flatnonzero(~(ends.alone[first] & ends.alone[second])).tolist():
        one, two = people[first[place]], people[second[place]]
        if not excluded(one, two, judge):
            at_rest = {kind: float(odds[place]) for kind, odds in kinds.items()}
            weights[place], rules[place] = weigh_pair(one, two, at_rest, judge)
    weights[weights < 0] = NO_LINK
    return weights, rules


def _weighed(
    people: Sequence[Person],
    first: Indices,
    second: Indices,
    at_rest: Mapping[str, Floats],
    motion: Floats,
) -> tuple[Floats, Rules]:
    """Return weight and rule of pairs (p,) of people of one stretch; NaN motion says nothing."""
    odds = {**at_rest, "motion": np.nan_to_num(motion, nan=0.0)}
    weights = sum(odds.values(), np.zeros(len(first)))
    weights += np.where(np.isnan(motion), PRIOR_EVER, PRIOR_SOON)
    worth = np.flatnonzero(weights >= 0)
    differ = _kits_differ(people, first[worth], second[worth])
    weights[worth] += np.where(differ, DIFFERENT, 0.0)
    rules = np.argmax([odds[kind] for kind in RULES], axis=0)
    return weights, rules.astype(np.int8)


def _kits_differ(people: Sequence[Person], first: Indices, second: Indices) -> NDArray[np.bool_]:
    """Return which pairs (p,) of people of one stretch wear different kits, where known."""
    used, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    kits = [people[index].stretches[0].kit for index in used.tolist()]
    width = max((len(kit) for kit in kits), default=0)
    table = np.array([kit if len(kit) else np.full(width, np.nan) for kit in kits])
    if not width:
        return np.zeros(len(first), np.bool_)
    apart = table[place[: len(first)]] - table[place[len(first) :]]
    known = np.isfinite(apart).any(axis=1)
    return np.asarray(known & (root_mean_square(apart) > KIT_DIFFERENCE), np.bool_)


def weigh_pair(
    first: Person, second: Person, at_rest: Mapping[str, float], judge: Judge
) -> tuple[float, int]:
    """Return log odds that two are one, and what speaks most for it, by place among `RULES`."""
    motion = motion_odds(first, second, judge)
    prior = PRIOR_EVER if motion is None else PRIOR_SOON
    odds = {**at_rest, "motion": motion or 0.0}
    weight = sum(odds.values()) + prior
    rule = max(range(len(RULES)), key=lambda place: odds[[*RULES][place]])
    differ = weight >= 0 and kits_differ(first, second)
    return weight + (DIFFERENT if differ else 0.0), rule
