"""Joins stretches into one person: over short gaps by motion, over any gap by team and number.

What is not clearly the same person stays apart: two identities for one player can be joined by
a person later, one identity for two players misleads everything after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from courtside.identity.evidence import NumberEvidence, add
from courtside.identity.rules import Contradiction, cannot_be_one
from courtside.identity.stretches import Stretch
from courtside.sport import Sport
from courtside.teams.tracks import root_mean_square

# Seconds without a sighting that motion may bridge.
LONGEST_GAP = 1.0
# Body heights between where the motion leads and where the next track begins: at once, and more
# for each second of the gap.
REACH = 0.35
REACH_A_SECOND = 1.0
# The body may look so much taller or smaller after the gap.
HEIGHT_RATIO = 1.3
# Root mean square difference of two kit vectors; one person's kits in broadcast clips differ by
# about 0.1, those of two teams by 0.3 and more.
KIT_DIFFERENCE = 0.2
# A join must be cheaper than any other by this (1 = the limit of one).
MARGIN = 0.3
# Numbers this probable on both sides speak for or against a join.
SURE_NUMBER = 0.7


@dataclass(frozen=True)
class Person:
    """Stretches taken for one person, and how sure each belongs (1 for the first of all)."""

    stretches: tuple[Stretch, ...]
    scores: tuple[float, ...]
    evidence: NumberEvidence
    rules: tuple[str, ...] = field(default=())

    @property
    def begin(self) -> tuple[int, float, int]:
        """First frame, left edge there and track: the order in which people appear."""
        return min((s.presence.frames[0], s.left, s.track) for s in self.stretches)

    @property
    def team(self) -> str | None:
        """Team of the first stretch that has one."""
        return next((s.team for s in self.stretches if s.team), None)


def join_by_motion(stretches: Sequence[Stretch], sport: Sport) -> list[Person]:
    """Return people made of stretches that follow one another within a segment."""
    costs = {
        (early, late): cost
        for early, late in _soon_after(stretches)
        if (cost := _join_cost(stretches[early], stretches[late], sport)) is not None
    }
    following = _clear_pairs(costs)
    firsts = sorted({*range(len(stretches))} - {*following.values()})
    return [_chain(stretches, first, following, costs) for first in firsts]


def _soon_after(stretches: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of which the second begins within the longest gap after the first."""
    order = sorted(range(len(stretches)), key=lambda i: stretches[i].presence.times[0])
    begins = np.array([stretches[i].presence.times[0] for i in order])
    ends = np.array([stretch.presence.times[1] for stretch in stretches])
    lows = np.searchsorted(begins, ends, side="right")
    highs = np.searchsorted(begins, ends + LONGEST_GAP, side="right")
    for early, (low, high) in enumerate(zip(lows, highs, strict=True)):
        yield from ((early, order[place]) for place in range(low, high))


def _clear_pairs(costs: Mapping[tuple[int, int], float]) -> dict[int, int]:
    """Return the pairs much cheaper than all others that share one of their two ends."""
    of_end: dict[tuple[str, int], list[float]] = {}
    for (early, late), cost in costs.items():
        of_end.setdefault(("early", early), []).append(cost)
        of_end.setdefault(("late", late), []).append(cost)

    def is_clear(end: tuple[str, int], cost: float) -> bool:
        rivals = sorted(of_end[end])
        return cost == rivals[0] and (len(rivals) == 1 or rivals[1] >= cost + MARGIN)

    return {
        early: late
        for (early, late), cost in costs.items()
        if is_clear(("early", early), cost) and is_clear(("late", late), cost)
    }


def _join_cost(early: Stretch, late: Stretch, sport: Sport) -> float | None:
    """Return 0 (just where it was expected) to 1 (only just possible), null where it is not."""
    same_kind = early.role == late.role and early.presence.segment == late.presence.segment
    teams_differ = early.team and late.team and early.team != late.team
    ratio = early.presence.heights[1] / max(late.presence.heights[0], 1.0)
    if not same_kind or teams_differ or not 1 / HEIGHT_RATIO <= ratio <= HEIGHT_RATIO:
        return None
    if _numbers_differ(early, late) or cannot_be_one([early.presence], [late.presence], sport):
        return None
    costs = (_motion_cost(early, late), _kit_cost(early, late))
    return max(costs) if max(costs) <= 1 else None


def _motion_cost(early: Stretch, late: Stretch) -> float:
    gap = late.presence.times[0] - early.presence.times[1]
    start, end = np.array(early.presence.feet[1]), np.array(late.presence.feet[0])
    # Half-way, so that neither end's speed is led on for the whole gap.
    ahead = start + np.array(early.speeds[1]) * gap / 2
    back = end - np.array(late.speeds[0]) * gap / 2
    height = (early.presence.heights[1] + late.presence.heights[0]) / 2
    return float(np.hypot(*(ahead - back)) / height / (REACH + REACH_A_SECOND * gap))


def _kit_cost(early: Stretch, late: Stretch) -> float:
    if early.kit.size != late.kit.size or not np.isfinite(early.kit + late.kit).any():
        return 0.5  # nothing known of one of them
    return float(root_mean_square(early.kit - late.kit)) / KIT_DIFFERENCE


def _numbers_differ(early: Stretch, late: Stretch) -> bool:
    first, second = early.evidence.posterior(), late.evidence.posterior()
    surest = int(first.argmax()), int(second.argmax())
    both_sure = first[surest[0]] >= SURE_NUMBER and second[surest[1]] >= SURE_NUMBER
    return both_sure and surest[0] != surest[1]


def _chain(
    stretches: Sequence[Stretch],
    first: int,
    following: dict[int, int],
    costs: dict[tuple[int, int], float],
) -> Person:
    members, scores = [first], [1.0]
    while members[-1] in following:
        late = following[members[-1]]
        scores.append(scores[-1] * (1 - 0.1 * costs[members[-1], late]))
        members.append(late)
    own = tuple(stretches[index] for index in members)
    rules = ("joined over a gap by motion",) if len(own) > 1 else ()
    count = len(own[0].evidence.log_odds)
    return Person(own, tuple(scores), add([s.evidence for s in own], count), rules)


def join_by_number(
    people: Sequence[Person], numbers: tuple[str, ...], sport: Sport, least: float
) -> tuple[list[Person], list[Contradiction]]:
    """Return people with all stretches of one team and number together, and what prevented it.

    Args:
        people: as `join_by_motion` found them.
        numbers: what the evidence is about.
        sport: limits of speed.
        least: least probability of a number on either side.
    """
    joined: list[Person] = []
    groups: dict[tuple[str, int], list[int]] = {}
    conflicts: list[Contradiction] = []
    for person in sorted(people, key=lambda p: (-p.evidence.log_odds.max(initial=0.0), p.begin)):
        key = _name(person, least)
        home, reason = _home(person, joined, groups.get(key, []) if key else [], sport)
        if home is not None:
            joined[home] = _merged(joined[home], person)
            continue
        if key:
            groups.setdefault(key, []).append(len(joined))
        if key and reason:
            conflicts.append(_conflict(person, key, numbers, reason))
        joined.append(person)
    return joined, conflicts


def _name(person: Person, least: float) -> tuple[str, int] | None:
    posterior = person.evidence.posterior()
    is_player = person.stretches[0].role == "player"
    if not is_player or not person.team or posterior.max(initial=0.0) < least:
        return None
    return person.team, int(posterior.argmax())


def _home(
    person: Person, joined: Sequence[Person], group: Sequence[int], sport: Sport
) -> tuple[int | None, str | None]:
    """Return whom of the group the person is one with, else why not the strongest."""
    own = [stretch.presence for stretch in person.stretches]
    first_reason = None
    for place in group:
        reason = cannot_be_one(own, [s.presence for s in joined[place].stretches], sport)
        if reason is None:
            return place, None
        first_reason = first_reason or reason
    return None, first_reason


def _merged(first: Person, second: Person) -> Person:
    sure = float(second.evidence.posterior().max(initial=0.0))
    return replace(
        first,
        stretches=first.stretches + second.stretches,
        scores=first.scores + tuple(sure * score for score in second.scores),
        evidence=add([first.evidence, second.evidence], len(first.evidence.log_odds)),
        rules=tuple(sorted({*first.rules, *second.rules, "joined by team and number"})),
    )


def _conflict(
    person: Person, key: tuple[str, int], numbers: tuple[str, ...], reason: str
) -> Contradiction:
    return Contradiction(
        "one place at a time",
        tuple(sorted({s.track for s in person.stretches})),
        min(s.presence.times[0] for s in person.stretches),
        f"reads {numbers[key[1]]} of {key[0]} like another player, but {reason}",
        "kept apart; the player with more evidence keeps the number",
    )
