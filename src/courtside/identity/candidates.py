"""Which pairs of people are worth judging, so that the work grows with the length of the video.

Only who follows soon after another, or was read with the same number, can be one person with any
certainty.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from courtside.identity.motion import LONGEST_GAP, PRIOR_EVER, most_by_motion
from courtside.identity.person import Person
from courtside.identity.score import Evidence

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]
# Seconds over which a look alone may join.
LOOK_GAP = 30.0
# A number this probable makes its wearers candidates of one another.
LEAST_NUMBER = 0.2
# With how many that follow, of those with the same number, each is judged.
NEXT = 3


def candidate_pairs(
    people: Sequence[Person], evidence: Evidence
) -> tuple[Indices, Indices, Floats]:
    """Return pairs of places in `people`, each pair once, and the most that motion can say.

    Args:
        people: in the order in which they appear.
        evidence: of them.
    """
    soon, gaps = _soon_after(people, np.arange(len(people)), LONGEST_GAP)
    if np.isfinite(evidence.looks).any():
        # Benches and staff are many and come and go; nobody asks who of them is who.
        playing = np.flatnonzero(evidence.roles != "other")
        later, more = _soon_after([people[i] for i in playing.tolist()], playing, LOOK_GAP)
        soon, gaps = np.concatenate([soon, later]), np.concatenate([gaps, more])
    onward = _next_parts(people)
    others = [_in_turn(group) for group in _same_number(evidence)]
    most = np.concatenate(
        [most_by_motion(gaps), np.full(len(onward), most_by_motion(None))]
        + [np.full(len(pairs), PRIOR_EVER) for pairs in others]
    )
    keys = _keys(np.concatenate([soon, onward, *others]), len(people))
    order = np.lexsort((-most, keys))  # of a pair found twice the most holds
    keys, first = np.unique(keys[order], return_index=True)
    two = keys // len(people) != keys % len(people)
    return keys[two] // len(people), keys[two] % len(people), most[order[first[two]]]


def _keys(pairs: Indices, count: int) -> Indices:
    """Return one number for each pair (p, 2), whichever comes first."""
    return np.asarray(pairs.min(axis=1).astype(np.intp) * count + pairs.max(axis=1), np.intp)


def _next_parts(people: Sequence[Person]) -> Indices:
    """Return pairs (p, 2) of those who show neighbouring parts of a track."""
    owner = {part: place for place, person in enumerate(people) for part in person.parts}
    pairs = [
        (place, owner[track, part + 1])
        for (track, part), place in owner.items()
        if (track, part + 1) in owner
    ]
    return np.array(pairs, np.intp).reshape(-1, 2)


def _soon_after(people: Sequence[Person], places: Indices, window: float) -> tuple[Indices, Floats]:
    """Return pairs (p, 2) of which a stretch begins within seconds after another, and the gaps.

    places: of the people, by which they are told.
    """
    owner = np.repeat(places, [len(person.presences) for person in people])
    spans = [presence.times for person in people for presence in person.presences]
    times = np.array(spans, np.float64).reshape(-1, 2)
    order = np.argsort(times[:, 0], kind="stable")
    begins = times[order, 0]
    low = np.searchsorted(begins, times[:, 1], side="right")
    high = np.searchsorted(begins, times[:, 1] + window, side="right")
    count = high - low
    # Millions of pairs in an hour: numbers of four bytes halve the memory.
    start = np.repeat((low - np.cumsum(count) + count).astype(np.int32), count)
    late = order.astype(np.int32)[start + np.arange(len(start), dtype=np.int32)]
    owner = owner.astype(np.int32)
    pairs = np.stack([np.repeat(owner, count), owner[late]], axis=1)
    return pairs, (times[late, 0] - np.repeat(times[:, 1], count)).astype(np.float32)


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
