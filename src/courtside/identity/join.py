"""Joins stretches into people, round after round, by maximum-weight assignment.

In each round everybody may be followed by one other and follow one other, so that all that is
known of both sums up to the most; what is clear is joined, and the next round judges with the
evidence of both together. What is not clearly the same person stays apart: two identities for one
player can be joined by a person later, one identity for two players misleads everything after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from courtside.identity.assign import Link, confidences
from courtside.identity.candidates import candidate_pairs
from courtside.identity.motion import PRIOR_EVER, PRIOR_SOON, Judge, motion_odds
from courtside.identity.person import Person, alone, merge
from courtside.identity.rules import at_once
from courtside.identity.score import DIFFERENT, excluded, gather, kits_differ, odds_by_kind
from courtside.identity.stretches import Stretch

# A join must have this probability, beside all others that would exclude it.
SURE = 0.9
# More rounds than ever needed: each joins at least two.
ROUNDS = 50
RULES = {
    "number": "joined by team and number",
    "look": "joined by look",
    "motion": "joined over a gap by motion",
}


@dataclass(frozen=True)
class Memo:
    """What was found of pairs in one round.

    Attributes:
        people: who was judged; that they live keeps their identities as objects their own.
        found: weight and rule by the identity of one and of the other; null for no link.
    """

    people: Sequence[Person] = ()
    found: dict[int, dict[int, tuple[float, str] | None]] = field(default_factory=dict)


def join(
    stretches: Sequence[Stretch],
    judge: Judge,
    same: Iterable[tuple[int, int, str]] = (),
    known: Iterable[Person] = (),
) -> list[Person]:
    """Return people made of stretches and of people known before.

    Args:
        stretches: in any order, which does not matter.
        judge: what pairs are judged with.
        same: who is one beyond doubt and why, as pairs of places among those known from before
            and the stretches, in this order.
        known: people from before.
    """
    people = _surely_one([*known, *(alone(stretch) for stretch in stretches)], same)
    memo = Memo()
    for _ in range(ROUNDS if people else 0):
        people.sort(key=lambda person: person.begin)
        links, memo = _links(people, judge, memo)
        clear = [pair for pair in confidences(people, links, judge) if pair[1] >= SURE]
        joined = _merged(people, clear, judge)
        if len(joined) == len(people):
            break
        people = joined
    return people


def _surely_one(people: Sequence[Person], same: Iterable[tuple[int, int, str]]) -> list[Person]:
    """Return people with those pairs, by place, as one who are never seen at the same time.

    What a person says outranks every rule but that: nobody is at two places at a time.
    """
    now, home = dict(enumerate(people)), [*range(len(people))]
    for *pair, rule in same:
        first, second = (home[place] for place in pair)
        if first == second or at_once(now[first].presences, now[second].presences):
            continue
        now[first] = merge(now[first], now.pop(second), 1.0, rule)
        home = [first if place == second else place for place in home]
    return [*now.values()]


def _links(people: Sequence[Person], judge: Judge, before: Memo) -> tuple[list[Link], Memo]:
    """Return the pairs for whom more speaks than against, and whom no rule forbids to be one.

    Args:
        people: in the order in which they appear.
        judge: what pairs are judged with.
        before: what was found of pairs in the round before; that of this one is returned too.
    """
    evidence = gather(people, judge)
    first, second, most = candidate_pairs(people, evidence)
    kinds = odds_by_kind(evidence, first, second, judge)
    still = np.sum([*kinds.values()], axis=0) if len(first) else np.zeros(0)
    hopeful = np.flatnonzero(still + most >= 0)
    links: list[Link] = []
    memo = Memo([*people])
    for place in hopeful.tolist():
        one, two = people[first[place]], people[second[place]]
        known, found = before.found.get(id(one), {}), memo.found.setdefault(id(one), {})
        if id(two) in known:
            possible = known[id(two)]
        else:
            at_rest = {kind: float(odds[place]) for kind, odds in kinds.items()}
            possible = _possible(one, two, at_rest, judge)
        found[id(two)] = possible
        if possible is not None:
            links.append(Link(int(first[place]), int(second[place]), *possible))
    return links, memo


def _possible(
    first: Person, second: Person, at_rest: Mapping[str, float], judge: Judge
) -> tuple[float, str] | None:
    """Return weight and rule of a pair, null where a rule forbids it or more speaks against it."""
    if excluded(first, second, judge):
        return None
    weight, rule = _weight(first, second, at_rest, judge)
    return (weight, rule) if weight >= 0 else None


def _weight(
    first: Person, second: Person, at_rest: Mapping[str, float], judge: Judge
) -> tuple[float, str]:
    """Return log odds that two are one, and the rule that speaks most for it."""
    motion = motion_odds(first, second, judge)
    prior = PRIOR_EVER if motion is None else PRIOR_SOON
    odds = {**at_rest, "motion": motion or 0.0}
    weight = sum(odds.values()) + prior
    rule = max(RULES, key=lambda kind: odds[kind])
    differ = weight >= 0 and kits_differ(first, second)
    return weight + (DIFFERENT if differ else 0.0), RULES[rule]


def _merged(
    people: Sequence[Person], clear: Sequence[tuple[Link, float]], judge: Judge
) -> list[Person]:
    """Return the people with clear pairs as one, the surest first."""
    now: dict[int, Person] = dict(enumerate(people))
    home = [*range(len(people))]

    def place(index: int) -> int:
        while home[index] != index:
            index = home[index]
        return index

    for link, sure in sorted(clear, key=lambda pair: (-pair[1], pair[0].first, pair[0].second)):
        first, second = place(link.first), place(link.second)
        changed = (first, second) != (link.first, link.second)
        # Chains grow within a round: what fits two neighbours need not fit both ends.
        if changed and not _still_one(now[first], now[second], judge):
            continue
        now[first] = merge(now[first], now.pop(second), sure, link.rule)
        home[second] = first
    return [*now.values()]


def _still_one(first: Person, second: Person, judge: Judge) -> bool:
    if excluded(first, second, judge):
        return False
    evidence = gather([first, second], judge)
    kinds = odds_by_kind(evidence, np.array([0]), np.array([1]), judge)
    at_rest = {kind: float(odds[0]) for kind, odds in kinds.items()}
    return _weight(first, second, at_rest, judge)[0] >= 0
