"""One decision at work: what is given, what it is decided from, and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.game import Player, Team
from courtside.identity.edits import Anchored, Edit, anchor
from courtside.identity.hidden import behind, hidden_people
from courtside.identity.likeness import Likeness
from courtside.identity.numbers import Decision
from courtside.identity.parts import find_parts
from courtside.identity.person import Person
from courtside.identity.reading import Reading, allowed_numbers, learn_reading
from courtside.identity.roles import Standing
from courtside.identity.roster import Roster
from courtside.identity.rules import Contradiction
from courtside.identity.stretches import Part
from courtside.settings import IdentitySettings
from courtside.sightings import FrameTable, Sightings
from courtside.sport import Sport

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Given:
    """What is known beside the sightings.

    Attributes:
        frames: the sampled frames with the camera's motion, null where it is not known.
        previous: players of an earlier settling, whose ids stay.
        roster: who may play, null for anybody.
        edits: what a person said.
        known: people of the video before these rows.
        likeness: what it is worth that two look alike, null to learn it from the rows.
    """

    frames: FrameTable | None = None
    previous: Sequence[Player] = ()
    roster: Roster | None = None
    edits: Sequence[Edit] = ()
    known: Sequence[Person] = ()
    likeness: Likeness | None = None


@dataclass(frozen=True)
class Settled:
    """Everything decided.

    Attributes:
        rows: the sightings with `role on_court team team_score number number_score player
            player_score`.
        teams: as named.
        players: everybody followed, by id.
        contradictions: found on the way, and how they were settled.
        lost: edits that found no place.
        people: the players with their evidence, in the order in which they appear.
    """

    rows: Sightings
    teams: tuple[Team, ...]
    players: tuple[Player, ...]
    contradictions: tuple[Contradiction, ...]
    lost: tuple[Edit, ...] = ()
    people: tuple[Person, ...] = ()


@dataclass(frozen=True)
class Case:
    """Everything a decision needs beside teams: rows cut into parts, and how to judge them.

    `hidden` is the IoU of each row's box with the place of somebody out of sight (n,).
    """

    rows: Sightings
    sport: Sport
    settings: IdentitySettings
    given: Given
    anchored: Anchored
    parts: Sequence[Part]
    cuts: Sequence[Contradiction]
    likeness: Likeness
    reading: Reading
    hidden: Floats


@dataclass(frozen=True)
class Decided:
    """A person with all that was decided."""

    person: Person
    standing: Standing
    number: Decision
    id: int


def open_case(rows: Sightings, sport: Sport, settings: IdentitySettings, given: Given) -> Case:
    """Return the rows cut into parts that show one person each, with how to judge them."""
    reading = learn_reading(rows, allowed_numbers(sport.numbers))
    anchored = anchor(rows, given.edits)
    hidden = behind(rows, hidden_people(rows))
    parts, cuts, likeness = find_parts(
        rows, reading, sport, hidden, anchored.splits(), given.likeness
    )
    return Case(
        rows, sport, settings, given, anchored, parts, cuts, likeness, reading, hidden.overlap
    )
