"""Which pairs of people are worth judging, so that the work grows with the length of the video.

Only who follows soon after another, or was read with the same number, can be one person with any
certainty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from courtside.identity.motion import LONGEST_GAP, PRIOR_EVER, Judge, most_by_motion
from courtside.identity.person import ROLES, Person
from courtside.identity.score import Evidence, hopeful
from courtside.teams.tracks import nth_of

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
# Seconds over which a look alone may join.
LOOK_GAP = 30.0
# A number this probable makes its wearers candidates of one another.
LEAST_NUMBER = 0.2
# With how many that follow, of those with the same number, each is judged.
NEXT = 3
# A table so many times as long as a list of keys is quicker than sorting them.
TABLE = 20
# Pairs that are looked at together: of an hour there are millions.
AT_ONCE = 100_000


def hopeful_pairs(
    people: Sequence[Person],
    evidence: Evidence,
    judge: Judge,
    new: Flags | None = None,
    near_before: Indices | None = None,
) -> tuple[Indices, Indices]:
    """Return pairs for whom enough may speak, each once, and those of them seen near in time.

    Those that even the most that motion can say would leave apart are not among them. Of an hour
    that leaves one pair in many, so that pairs are found and judged some at a time. A pair is
    the place of the first in `people` times their number plus the place of the second.

    Args:
        people: in the order in which they appear.
        evidence: of them.
        judge: what pairs are judged with.
        new: who was not among those judged before (n,), null for everybody.
        near_before: pairs seen near in time of those who were.
    """
    new = np.ones(len(people), np.bool_) if new is None else new

    def hopes(candidates: Iterable[tuple[Indices, Floats]]) -> Iterator[Indices]:
        for pairs, most in candidates:
            first, second, most = _each_once(pairs, most, len(people))
            some = hopeful(evidence, first, second, most, judge)
            yield first[some] * len(people) + second[some]

    before = np.zeros(0, np.intp) if near_before is None else near_before
    near = np.unique(np.concatenate([before, *hopes(_near(people, evidence, new))]))
    return np.unique(np.concatenate([near, *hopes(_alike(people, evidence))])), near


def _each_once(pairs: Indices, most: Floats, count: int) -> tuple[Indices, Indices, Floats]:
    """Return each pair of two once, with the largest of what can be said of it."""
    one, other = pairs.T
    keys = np.minimum(one, other) * count + np.maximum(one, other)
    keys, most = _largest(keys, most, count * count)
    first, second = np.divmod(keys, count)
    two = first != second
    return first[two], second[two], most[two]


def _largest(keys: Indices, most: Floats, bound: int) -> tuple[Indices, Floats]:
    """Return each key (below the bound) once, ascending, with its largest value."""
    if bound <= TABLE * len(keys):
        table = np.full(bound, -np.inf)
        np.maximum.at(table, keys, most)
        keys = np.flatnonzero(table > -np.inf)
        return keys, table[keys]
    order = np.argsort(keys, kind="stable")
    begins = np.flatnonzero(np.diff(keys[order], prepend=-1))
    return keys[order][begins], np.maximum.reduceat(most[order], begins)


def _near(
    people: Sequence[Person], evidence: Evidence, new: Flags
) -> Iterator[tuple[Indices, Floats]]:
    """Yield pairs (p, 2) one of whom is new and follows the other soon, or is followed.

    Some at a time, with the most that motion can say; some come twice.
    """
    everybody = np.arange(len(people))
    for pairs, gaps in _soon_after(people, everybody, new, 0.0, LONGEST_GAP):
        yield pairs, most_by_motion(gaps)
    if np.isfinite(evidence.looks).any():
        # Benches and staff are many and come and go; nobody asks who of them is who.
        playing = np.flatnonzero(evidence.roles != ROLES.index("other"))
        for pairs, gaps in _soon_after(people, playing, new, LONGEST_GAP, LOOK_GAP):
            yield pairs, most_by_motion(gaps)


def _alike(people: Sequence[Person], evidence: Evidence) -> Iterator[tuple[Indices, Floats]]:
    """Yield pairs (p, 2) of one track or one number, and the most that motion can say."""
    yield from _at_most(_next_parts(people), most_by_motion(None))
    for group in _same_number(evidence):
        yield from _at_most(_in_turn(group), PRIOR_EVER)


def _at_most(pairs: Indices, most: Floats | float) -> Iterator[tuple[Indices, Floats]]:
    if len(pairs):
        yield pairs, np.full(len(pairs), most)


def _next_parts(people: Sequence[Person]) -> Indices:
    """Return pairs (p, 2) of those who show neighbouring parts of a track."""
    owner = {part: place for place, person in enumerate(people) for part in person.parts}
    pairs = [
        (place, owner[track, part + 1])
        for (track, part), place in owner.items()
        if (track, part + 1) in owner
    ]
    return np.array(pairs, np.intp).reshape(-1, 2)


def _soon_after(
    people: Sequence[Person], places: Indices, new: Flags, least: float, most: float
) -> Iterator[tuple[Indices, Floats]]:
    """Yield pairs, one of whom is new, of which a stretch begins after another, and the gaps.

    Args:
        people: of whom pairs are made.
        places: of those of them that count.
        new: who is new (n,).
        least: seconds; the gap is longer.
        most: seconds; the gap is no longer.
    """
    members = [people[place] for place in places.tolist()]
    owner = np.repeat(places, [len(person.presences) for person in members])
    spans = [presence.times for person in members for presence in person.presences]
    times = np.array(spans, np.float64).reshape(-1, 2)
    order = np.argsort(times[:, 0], kind="stable")
    old = ~new[owner]
    for early, late in ((np.flatnonzero(~old), order), (np.flatnonzero(old), order[~old[order]])):
        for one, two in _within(times, early, late, least, most):
            gaps = (times[two, 0] - times[one, 1]).astype(np.float32)
            yield np.stack([owner[one], owner[two]], axis=1), gaps


def _within(
    times: Floats, early: Indices, late: Indices, least: float, most: float
) -> Iterator[tuple[Indices, Indices]]:
    """Yield who of the early and who of the late (by beginning) lie so many seconds apart."""
    begins, ends = times[late, 0], times[early, 1]
    low = np.searchsorted(begins, ends + least, side="right")
    count = np.searchsorted(begins, ends + most, side="right") - low
    for some in _by_count(count) if count.any() else []:
        nth = nth_of(count[some])
        yield np.repeat(early[some], count[some]), late[np.repeat(low[some], count[some]) + nth]


def _by_count(count: Indices) -> list[Indices]:
    """Return all places of `count` (n,) in groups that sum up to about as much as fits at once."""
    groups = np.cumsum(count) // AT_ONCE
    return np.split(np.arange(len(count)), np.flatnonzero(np.diff(groups)) + 1)


def _same_number(evidence: Evidence) -> list[Indices]:
    """Return the places of those who were read with one number and may be of one team."""
    read, likely = evidence.numbers.probability >= LEAST_NUMBER, evidence.teams.probability
    teams = likely.shape[1]
    of_team = likely >= 1 / (2 * teams) if teams else np.ones((len(read), 1), bool)
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
