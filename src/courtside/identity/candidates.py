"""Which pairs of people are worth judging, so that the work grows with the length of the video.

Only who follows soon after another, or was read with the same number, can be one person with any
certainty.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from courtside.identity.person import Person
from courtside.identity.score import LONGEST_GAP, Evidence

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]
# Seconds over which a look alone may join.
LOOK_GAP = 30.0
# A number this probable makes its wearers candidates of one another.
LEAST_NUMBER = 0.2
# With how many that follow, of those with the same number, each is judged.
NEXT = 3


def candidate_pairs(people: Sequence[Person], evidence: Evidence) -> tuple[Indices, Indices]:
    """Return pairs of places in `people`, each pair once, the lower place first.

    Args:
        people: in the order in which they appear.
        evidence: of them.
    """
    by_look = bool(np.isfinite(evidence.looks).any())
    pairs = [_soon_after(people, LOOK_GAP if by_look else LONGEST_GAP)]
    pairs += [_in_turn(group) for group in _same_number(evidence)]
    both = np.sort(np.concatenate(pairs), axis=1)
    both = np.unique(both[both[:, 0] != both[:, 1]], axis=0)
    return both[:, 0], both[:, 1]


def _soon_after(people: Sequence[Person], window: float) -> Indices:
    """Return pairs (p, 2) of which a stretch of one begins within seconds after one's end."""
    owner = np.repeat(np.arange(len(people)), [len(person.presences) for person in people])
    spans = [presence.times for person in people for presence in person.presences]
    times = np.array(spans, np.float64).reshape(-1, 2)
    order = np.argsort(times[:, 0], kind="stable")
    begins = times[order, 0]
    low = np.searchsorted(begins, times[:, 1], side="right")
    high = np.searchsorted(begins, times[:, 1] + window, side="right")
    count = high - low
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    late = order[np.repeat(low, count) + offset]
    return np.stack([np.repeat(owner, count), owner[late]], axis=1)


def _same_number(evidence: Evidence) -> list[Indices]:
    """Return the places of those who were read with one number and may be of one team."""
    read = evidence.numbers >= LEAST_NUMBER
    teams = evidence.teams.shape[1]
    of_team = evidence.teams >= 1 / (2 * max(teams, 1)) if teams else np.ones((len(read), 1), bool)
    groups = [
        np.flatnonzero(read[:, number] & of_team[:, team])
        for number in np.flatnonzero(read.any(axis=0))
        for team in range(of_team.shape[1])
    ]
    return [group for group in groups if len(group) > 1]


def _in_turn(group: Indices) -> Indices:
    """Return pairs (p, 2) of each with the next few of a group."""
    return np.concatenate(
        [np.stack([group[:-step], group[step:]], axis=1) for step in range(1, NEXT + 1)]
    )
