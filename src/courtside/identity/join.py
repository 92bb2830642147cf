"""Joins stretches into people, round after round, by maximum-weight assignment.

In each round everybody may be followed by one other and follow one other, so that all that is
known of both sums up to the most; what is clear is joined, and the next round judges with the
evidence of both together. When nothing is clear any more, whole line-ups are compared across cuts.
What is not clearly the same person stays apart: two identities for one
player can be joined by a person later, one identity for two players misleads everything after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from courtside.identity import exits, lineups
from courtside.identity.assign import Links, confidences
from courtside.identity.groups import Groups
from courtside.identity.lineups import Found, Pairing
from courtside.identity.motion import Judge
from courtside.identity.pairs import NOTHING_FOUND, RULES, judge_pairs, weigh_pair
from courtside.identity.person import Person, alone, merge
from courtside.identity.rules import at_once
from courtside.identity.score import excluded, gather, odds_by_kind
from courtside.identity.stretches import Stretch

Floats = NDArray[np.float64]
# A join must have this probability, beside all others that would exclude it.
SURE = 0.9
# As line-ups tell, likelier than not will do: numbers are carried only as far as that is sure.
SURE_LINE_UP = 0.5
# More rounds than ever needed: each joins at least two.
ROUNDS = 50


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
    memo, met = NOTHING_FOUND, (lineups.Found(), lineups.Found())
    for _ in range(ROUNDS if people else 0):
        people.sort(key=lambda person: person.begin)
        evidence = gather(people, judge)
        memo = judge_pairs(people, evidence, judge, memo)
        links, sure = confidences(people, evidence, memo.links(), judge)
        joined = _merged(people, links, sure, judge)
        if len(joined) == len(people):
            joined, met = _lined_up(people, judge, met)
        if len(joined) == len(people):
            break
        people = joined
    return people


def _lined_up(
    people: Sequence[Person], judge: Judge, before: tuple[Found, Found]
) -> tuple[list[Person], tuple[Found, Found]]:
    """Return the people with those as one whom whole line-ups tell, across cuts or after exits.

    And what was found of either, for the next time.
    """
    (cuts, back), joined, count = before, [*people], -1
    # What one line-up tells helps with the next: all that they tell costs less than one more round.
    while len(joined) != count:
        joined.sort(key=lambda person: person.begin)
        count, teams = len(joined), _teams(joined)
        pairs, cuts = lineups.across_cuts(joined, teams, judge, cuts)
        joined = _with_pairs(joined, pairs, lineups.RULE, judge)
    pairs, back = exits.back_in_view(joined, teams, judge, back)
    return _with_pairs(joined, pairs, exits.RULE, judge), (cuts, back)


def _with_pairs(
    people: Sequence[Person], pairs: Sequence[Pairing], rule: str, judge: Judge
) -> list[Person]:
    """Return the people with those as one who are likelier one than not, the surest first.

    Everybody is followed once and follows once, so that line-ups across many cuts chain up at once.
    """
    groups, followed, following = Groups(people), set[int](), set[int]()
    for pair in pairs:
        if pair.sure < SURE_LINE_UP or pair.first in followed or pair.second in following:
            continue
        first, second = groups.of(pair.first), groups.of(pair.second)
        if first is second or excluded(first, second, judge):
            continue
        followed.add(pair.first)
        following.add(pair.second)
        later = _begun_by(second, pair.sure)
        groups.join(pair.first, pair.second, merge(first, later, pair.sure, rule))
    return groups.people()


def _begun_by(person: Person, sure: float) -> Person:
    """Return somebody whose first stretch is known to follow another with a probability."""
    first, *rest = person.stretches
    return replace(person, stretches=(replace(first, lined_up=sure), *rest))


def _teams(people: Sequence[Person]) -> list[int]:
    """Return the place of everybody's likeliest team, -1 where nothing is known."""
    told = [np.ptp(person.teams) > 0 if len(person.teams) else False for person in people]
    return [
        int(person.teams.argmax()) if known else -1
        for person, known in zip(people, told, strict=True)
    ]


def _surely_one(people: Sequence[Person], same: Iterable[tuple[int, int, str]]) -> list[Person]:
    """Return people with those pairs, by place, as one who are never seen at the same time.

    What a person says outranks every rule but that: nobody is at two places at a time.
    """
    groups = Groups(people)
    for one, other, rule in same:
        first, second = groups.of(one), groups.of(other)
        if first is second or at_once(first.presences, second.presences):
            continue
        groups.join(one, other, merge(first, second, 1.0, rule))
    return groups.people()


def _merged(people: Sequence[Person], links: Links, sure: Floats, judge: Judge) -> list[Person]:
    """Return the people with those as one whose links are clear, the surest first."""
    groups = Groups(people)
    order = np.lexsort((links.second, links.first, -sure))
    for index in order[sure[order] >= SURE].tolist():
        pair = int(links.first[index]), int(links.second[index])
        first, second = groups.of(pair[0]), groups.of(pair[1])
        # Chains grow within a round: what fits two neighbours need not fit both ends.
        if not groups.heads(*pair) and not _still_one(first, second, judge):
            continue
        rule = [*RULES.values()][links.rules[index]]
        groups.join(*pair, merge(first, second, float(sure[index]), rule))
    return groups.people()


def _still_one(first: Person, second: Person, judge: Judge) -> bool:
    if excluded(first, second, judge):
        return False
    evidence = gather([first, second], judge)
    kinds = odds_by_kind(evidence, np.array([0]), np.array([1]), judge)
    at_rest = {kind: float(odds[0]) for kind, odds in kinds.items()}
    return weigh_pair(first, second, at_rest, judge)[0] >= 0
