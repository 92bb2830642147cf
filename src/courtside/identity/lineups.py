"""Line-ups before and after a cut: a team's people are compared all together.

Looks and heights of one pair seldom tell enough. But whoever was on the court before a cut is
nearly always there after it, one for one, so that each pairing speaks about all others: the
probability of a pair is that of all ways to pair the two line-ups that hold it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from courtside.identity.matchings import pair_probabilities
from courtside.identity.motion import Judge
from courtside.identity.person import Person
from courtside.identity.rules import Presence
from courtside.identity.score import excluded, gather, odds_by_kind

Floats = NDArray[np.float64]
# Seconds at either side of a cut in which a line-up is looked for.
NEAR = 2.0
# So many of a team are compared at most; more than a side has are doubtful anyway.
LARGEST = 6
# Probability that who was there before the cut is there after it.
STAYS = 0.8
# Rows from which on somebody counts.
LEAST_FRAMES = 5
RULE = "joined across a cut with the whole line-up"


@dataclass(frozen=True)
class Pairing:
    """Two people, by place, one before and one after a cut, and the probability that they are one.

    Attributes:
        first: place of who was seen before.
        second: place of who was seen after.
        sure: probability.
    """

    first: int
    second: int
    sure: float


# Probabilities of pairs that were found, by who was compared with whom: people do not change, so
# what was found holds in later rounds.
Found = dict[tuple[int, ...], tuple[tuple[Person, ...], Floats]]


def across_cuts(
    people: Sequence[Person], teams: Sequence[int], judge: Judge, before: Found
) -> tuple[list[Pairing], Found]:
    """Return who goes on across cuts, the surest first, and all that was found.

    Args:
        people: everybody.
        teams: place of each one's team, -1 where it is not known.
        judge: what pairs are judged with.
        before: what was found the last time.
    """
    pairs: list[Pairing] = []
    found: Found = {}
    for rows, columns in _line_ups(people, teams):
        own = tuple(people[place] for place in (*rows, *columns))
        key = (len(rows), *map(id, own))
        found[key] = before.get(key) or (own, _shares(own, len(rows), judge))
        share = found[key][1]
        for row, column in enumerate(share.argmax(axis=1).tolist()):
            pairs.append(Pairing(rows[row], columns[column], float(share[row, column])))
    return sorted(pairs, key=lambda pair: -pair.sure), found


def _line_ups(
    people: Sequence[Person], teams: Sequence[int]
) -> Iterator[tuple[list[int], list[int]]]:
    """Yield each team's people, by place, right before and right after each cut."""
    for before, after in _cuts(people):
        for team in sorted({team for team in teams if team >= 0}):
            early, late = ([one for one in side if teams[one] == team] for side in (before, after))
            both = {*early} & {*late}
            rows, columns = ([one for one in side if one not in both] for side in (early, late))
            if rows and columns and max(len(rows), len(columns)) <= LARGEST:
                yield rows, columns


def _cuts(people: Sequence[Person]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the people of each segment's last moments and those of the next one's first."""
    seen: dict[int, list[tuple[int, Presence]]] = {}
    for place, person in enumerate(people):
        for stretch in person.stretches:
            if stretch.frames >= LEAST_FRAMES and person.role == "player":
                seen.setdefault(stretch.presence.segment, []).append((place, stretch.presence))
    order = sorted(seen, key=lambda segment: min(p.times[0] for _, p in seen[segment]))
    for early, late in pairwise(order):
        end = max(presence.times[1] for _, presence in seen[early])
        begin = min(presence.times[0] for _, presence in seen[late])
        yield _together(seen[early], end - NEAR, end), _together(seen[late], begin, begin + NEAR)


def _together(seen: Sequence[tuple[int, Presence]], begin: float, end: float) -> list[int]:
    """Return the most people who are there at one moment of a time."""
    moments = [time for _, p in seen for time in p.times if begin <= time <= end]
    there = [
        sorted({place for place, p in seen if p.times[0] <= moment <= p.times[1]})
        for moment in moments
    ]
    return max(there, key=len, default=[])


def _shares(people: Sequence[Person], count: int, judge: Judge) -> Floats:
    """Return the probability that each of the first so many people is each of the others."""
    odds = odds_between(people, range(count), range(count, len(people)), judge)
    worth = np.exp(odds) * STAYS / max(odds.shape)
    return pair_probabilities(worth, 1 - STAYS, 1 - STAYS)


def odds_between(
    people: Sequence[Person], rows: Sequence[int], columns: Sequence[int], judge: Judge
) -> Floats:
    """Return log odds of one person against two (n, m), minus infinity where a rule forbids it.

    When and where they were seen is left aside.
    """
    evidence = gather([people[place] for place in (*rows, *columns)], judge)
    first, second = np.indices((len(rows), len(columns))).reshape(2, -1)
    odds = np.sum([*odds_by_kind(evidence, first, len(rows) + second, judge).values()], axis=0)
    for pair, (row, column) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        if excluded(people[rows[row]], people[columns[column]], judge):
            odds[pair] = -np.inf
    return np.asarray(odds.reshape(len(rows), len(columns)), np.float64)
