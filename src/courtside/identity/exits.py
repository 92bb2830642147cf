"""Who comes back into view: a team has five on court, and those in view are not the one.

Looks and heights of one pair seldom tell enough to be sure of it among anybody. But whoever
appears while four mates are in view is the fifth, who was seen before; while three are, one of two.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from courtside.identity.lineups import LEAST_FRAMES, Pairing, odds_between
from courtside.identity.matchings import pair_probabilities
from courtside.identity.motion import Judge, motion_odds
from courtside.identity.person import Person

Floats = NDArray[np.float64]
# Those who appear within so many seconds are looked at together.
TOGETHER = 0.3
# More out of view, or newcomers, than that are not compared.
MOST_AWAY, MOST_NEW = 10, 6
# What somebody weighs who was never seen, beside the team's places that nobody seen holds: he came
# into the game, or is taken for one of the team.
STRANGER = 0.5
RULE = "joined as the one of five who was out of view"


def back_in_view(people: Sequence[Person], teams: Sequence[int], judge: Judge) -> list[Pairing]:
    """Return who of those out of view is who appears, the surest first.

    Args:
        people: everybody.
        teams: place of each one's team, -1 where it is not known.
        judge: what pairs are judged with.
    """
    found: dict[tuple[int, int], Pairing] = {}
    for team in sorted({team for team in teams if team >= 0}):
        own = [place for place, person in enumerate(people) if teams[place] == team]
        own = [place for place in own if _counts(people[place])]
        for place in own:
            for pair in _partners(people, own, people[place].presences[0].times[0], judge):
                found.setdefault((pair.first, pair.second), pair)
    return sorted(found.values(), key=lambda pair: -pair.sure)


def _counts(person: Person) -> bool:
    return person.role == "player" and person.frames >= LEAST_FRAMES


def _partners(
    people: Sequence[Person], own: Sequence[int], begin: float, judge: Judge
) -> list[Pairing]:
    """Return the likeliest of those out of view for each who appears at a moment."""
    new = [
        place for place in own if begin <= people[place].presences[0].times[0] <= begin + TOGETHER
    ]
    there = [place for place in own if place not in new and _within(people[place], begin)]
    away = [place for place in own if place not in new and place not in there]
    away = [place for place in away if people[place].presences[0].times[0] < begin]
    if not away or len(away) > MOST_AWAY or len(new) + len(there) > MOST_NEW:
        return []
    columns = [*new, *there]
    odds = odds_between(people, away, columns, judge)
    for row, column in np.argwhere(np.isfinite(odds)).tolist():
        odds[row, column] += motion_odds(people[away[row]], people[columns[column]], judge) or 0.0
    free = max(judge.sport.players_a_side - len(there) - len(away), 0) + STRANGER
    share = pair_probabilities(np.exp(odds), 1.0, free)[:, : len(new)]
    best = share.argmax(axis=0)
    return [
        Pairing(away[row], new[column], float(share[row, column]))
        for column, row in enumerate(best.tolist())
    ]


def _within(person: Person, moment: float) -> bool:
    return any(p.times[0] <= moment <= p.times[1] for p in person.presences)
