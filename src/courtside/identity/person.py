"""People: stretches taken for one person, with all their evidence added up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from courtside.game import Role
from courtside.identity.evidence import NumberEvidence, add
from courtside.identity.rules import Part, Presence
from courtside.identity.stretches import NOTHING_SAID, Said, Stretch

Floats = NDArray[np.float64]
ROLES: tuple[Role, ...] = ("player", "referee", "other")


@dataclass(frozen=True)
class Person:
    """Stretches taken for one person, in the order of time.

    Attributes:
        stretches: in the order of time, without overlaps.
        scores: probability that each belongs to this person (1 for the best known of all).
        presences: of the stretches.
        evidence: of the number.
        teams: log likelihood of each team (teams,).
        look: mean of all looks at length 1, NaN or empty where there are none.
        looks: how many whole ones it is worth.
        rules: what joined them.
        id: of the player this was before, null for somebody new.
        begun: seconds, when the person was first seen, where that was before the stretches.
        height: metres, NaN where it is not known.
        heights: in how many rows it was measured.
    """

    stretches: tuple[Stretch, ...]
    scores: tuple[float, ...]
    presences: tuple[Presence, ...]
    evidence: NumberEvidence
    teams: Floats
    look: Floats
    looks: float
    rules: tuple[str, ...] = ()
    id: int | None = None
    begun: float = np.inf
    height: float = np.nan
    heights: int = 0

    @property
    def begin(self) -> tuple[int, float, int]:
        """First frame, left edge there and track: the order in which people appear."""
        first = self.stretches[0]
        return first.presence.frames[0], first.left, first.track

    @cached_property
    def frames(self) -> int:
        """In how many sampled frames the person was seen."""
        return sum(stretch.frames for stretch in self.stretches)

    @property
    def first_seen(self) -> float:
        """Seconds, when the person was first seen."""
        return min(self.begun, self.presences[0].times[0])

    @property
    def tracks(self) -> tuple[int, ...]:
        """Tracks the person was seen in, sorted."""
        return tuple(sorted({stretch.track for stretch in self.stretches}))

    @cached_property
    def said(self) -> Said:
        """What a person said of any of the stretches; of two the later holds."""
        told = (stretch.said for stretch in self.stretches if stretch.said is not NOTHING_SAID)
        return reduce(Said.also, told, NOTHING_SAID)

    @cached_property
    def role(self) -> Role:
        """The role of most of the frames, unless a person said that it is nobody."""
        if self.said.nobody:
            return "other"
        frames = dict.fromkeys(ROLES, 0)
        for stretch in self.stretches:
            frames[stretch.role] += stretch.frames
        return max(ROLES, key=lambda role: frames[role])

    @cached_property
    def told_apart(self) -> frozenset[Part]:
        """Those of the parts that show another person than the part before."""
        return frozenset((s.track, s.part) for s in self.stretches if s.told_apart)

    @cached_property
    def parts(self) -> frozenset[Part]:
        """Track and part of each stretch."""
        return frozenset((stretch.track, stretch.part) for stretch in self.stretches)


def alone(stretch: Stretch) -> Person:
    """Return a person of whom one stretch is known."""
    return Person(
        (stretch,),
        (1.0,),
        (stretch.presence,),
        stretch.evidence,
        stretch.teams,
        stretch.look,
        stretch.looks,
        height=stretch.height,
        heights=stretch.heights,
    )


def merge(first: Person, second: Person, sure: float, rule: str) -> Person:
    """Return two people as one; whoever is less known belongs to it with probability `sure`.

    An empty rule is not told.
    """
    better, other = sorted((first, second), key=_weight, reverse=True)
    scores = (*better.scores, *(sure * score for score in other.scores))
    stretches = (*better.stretches, *other.stretches)
    order = sorted(range(len(stretches)), key=lambda i: stretches[i].presence.times)
    ordered = tuple(stretches[i] for i in order)
    return Person(
        stretches=ordered,
        scores=tuple(scores[i] for i in order),
        presences=tuple(stretch.presence for stretch in ordered),
        evidence=add([first.evidence, second.evidence], len(first.evidence.votes)),
        teams=first.teams + second.teams,
        look=_mean_look(first, second),
        looks=first.looks + second.looks,
        height=_mean_height(first, second),
        heights=first.heights + second.heights,
        rules=tuple(sorted({*first.rules, *second.rules, rule} - {""})),
        id=other.id if better.id is None else better.id,
        begun=min(first.begun, second.begun),
    )


def condensed(person: Person) -> Person:
    """Return all that is known of a person in one stretch without rows, where it was last seen."""
    last = person.stretches[-1]
    stretch = replace(
        last,
        told_apart=False,
        rows=np.zeros(0, np.intp),
        frames=person.frames,
        role=person.role,
        teams=person.teams,
        off_court=sum(stretch.off_court for stretch in person.stretches),
        court_rows=(
            sum(stretch.court_rows[0] for stretch in person.stretches),
            sum(stretch.court_rows[1] for stretch in person.stretches),
            sum(stretch.court_rows[2] for stretch in person.stretches),
        ),
        look=person.look,
        looks=person.looks,
        height=person.height,
        heights=person.heights,
        evidence=person.evidence,
        said=person.said,
    )
    return replace(alone(stretch), rules=person.rules, id=person.id, begun=person.first_seen)


def _weight(person: Person) -> tuple[float, int, tuple[int, float, int]]:
    return float(person.evidence.posterior().max(initial=0.0)), person.frames, person.begin


def _mean_height(first: Person, second: Person) -> float:
    if not first.heights or not second.heights:
        return first.height if first.heights else second.height
    total = first.height * first.heights + second.height * second.heights
    return total / (first.heights + second.heights)


def _mean_look(first: Person, second: Person) -> Floats:
    if not first.looks or not second.looks:
        return first.look if first.looks else second.look
    total = first.look * first.looks + second.look * second.looks
    return np.asarray(total / (first.looks + second.looks), np.float64)
