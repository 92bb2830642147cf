"""Who comes back into view: a team has five on court, and those in view are not the one.

Looks and heights of one pair seldom tell enough to be sure of it among anybody. But whoever
appears while four mates are in view is the fifth, who was seen before; while three are, one of two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.identity.lineups import LEAST_FRAMES, Found, Pairing, odds_between
from courtside.identity.matchings import pair_probabilities
from courtside.identity.motion import Judge, motion_odds
from courtside.identity.person import Person

Floats = NDArray[np.float64]
# Those who appear within so many seconds are looked at together.
TOGETHER = 0.3
# Who was last seen longer ago counts as one who was never seen: others may have come in for him.
RECENT = 20.0
# More out of view, or in view, than that are not compared.
MOST_AWAY, MOST_THERE = 10, 6
# What somebody weighs who was never seen, beside the team's places that nobody seen holds: he came
# into the game, or is taken for one of the team.
STRANGER = 0.5
RULE = "joined as the one of five who was out of view"


@dataclass(frozen=True)
class Moment:
    """People of one team when somebody appears.

    Attributes:
        away: who was in view not long before.
        new: who appears.
        there: who is in view already.
    """

    away: tuple[Person, ...]
    new: tuple[Person, ...]
    there: tuple[Person, ...]


def back_in_view(
    people: Sequence[Person], teams: Sequence[int], judge: Judge, before: Found
) -> tuple[list[Pairing], Found]:
    """Return who of those out of view is who appears, the surest first, and all that was found.

    Args:
        people: everybody.
        teams: place of each one's team, -1 where it is not known.
        judge: what pairs are judged with.
        before: what was found the last time.
    """
    place = {id(person): index for index, person in enumerate(people)}
    found: Found = {}
    best: dict[tuple[int, int], Pairing] = {}
    for moment in _moments(people, teams):
        everybody = (*moment.away, *moment.new, *moment.there)
        key = (len(moment.away), len(moment.new), *map(id, everybody))
        found[key] = before.get(key) or (everybody, _shares(moment, judge))
        share = found[key][1]
        for column, row in enumerate(share.argmax(axis=0).tolist()):
            pair = place[id(moment.away[row])], place[id(moment.new[column])]
            best.setdefault(pair, Pairing(*pair, float(share[row, column])))
    return sorted(best.values(), key=lambda pair: -pair.sure), found


def _moments(people: Sequence[Person], teams: Sequence[int]) -> Iterator[Moment]:
    """Yield the moments at which players appear, where few enough are out of view and in it."""
    for team in sorted({team for team in teams if team >= 0}):
        own = [p for p, of in zip(people, teams, strict=True) if of == team and _counts(p)]
        seen = [(index, *p.times) for index, one in enumerate(own) for p in one.presences]
        who, begins, ends = np.array(seen).reshape(-1, 3).T
        first = np.array([one.presences[0].times[0] for one in own])
        for begin in np.unique(first).tolist():
            new = np.flatnonzero((first >= begin) & (first <= begin + TOGETHER))
            now = who[(begins <= begin) & (ends >= begin)].astype(np.intp)
            there = np.setdiff1d(now, new)
            lately = who[(ends < begin) & (ends >= begin - RECENT)].astype(np.intp)
            away = np.setdiff1d(lately, np.concatenate([new, there]))
            if 0 < len(away) <= MOST_AWAY and len(new) + len(there) <= MOST_THERE:
                yield Moment(*(tuple(own[i] for i in some) for some in (away, new, there)))


def _counts(person: Person) -> bool:
    return person.role == "player" and person.frames >= LEAST_FRAMES


def _shares(moment: Moment, judge: Judge) -> Floats:
    """Return the probability (away, new) that those out of view and those who appear are one."""
    columns = (*moment.new, *moment.there)
    everybody, count = (*moment.away, *columns), len(moment.away)
    odds = odds_between(everybody, range(count), range(count, len(everybody)), judge)
    for row, column in np.argwhere(np.isfinite(odds)).tolist():
        odds[row, column] += motion_odds(moment.away[row], columns[column], judge) or 0.0
    free = max(judge.sport.players_a_side - len(moment.there) - count, 0) + STRANGER
    return pair_probabilities(np.exp(odds), 1.0, free)[:, : len(moment.new)]
