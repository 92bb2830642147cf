"""Stretches: tracks, cut where they contradict themselves. What identities are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.game import Role
from courtside.identity.camera import Camera
from courtside.identity.evidence import NumberEvidence
from courtside.identity.reading import Reading
from courtside.identity.rules import GOES_ON, Presence
from courtside.sport import Sport

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Part:
    """Rows of one track, in the order of time, that show one person.

    Attributes:
        places: of the rows in the table.
        number: which of the track's parts, from 0.
        told_apart: true where something tells it from the part before, false where the two may
            be one person.
        stays: log odds that the part before shows the same, by what hid it there.
    """

    places: Places
    number: int
    told_apart: bool = False
    stays: float = GOES_ON


@dataclass(frozen=True)
class Said:
    """What a person said of somebody; null where nothing was said.

    Attributes:
        number: jersey number.
        team: name of the team.
        name: of the player.
        nobody: true for somebody who is not in the game.
    """

    number: str | None = None
    team: str | None = None
    name: str | None = None
    nobody: bool = False

    def also(self, other: Said) -> Said:
        """Return both together; where they differ, the other holds."""
        return Said(
            other.number or self.number,
            other.team or self.team,
            other.name or self.name,
            other.nobody or self.nobody,
        )


NOTHING_SAID = Said()


@dataclass(frozen=True)
class Stretch:
    """A track, or a part of one, that shows one person.

    Attributes:
        track: number of the track.
        part: which part of the track, from 0.
        told_apart: true where it shows another person than the part before.
        rows: places in the table, in the order of time.
        frames: in how many sampled frames it was seen.
        presence: when and where.
        role: as settled for the stretch.
        team: as settled for the stretch, null where not known.
        teams: log likelihood of each team (teams,), zeros where nothing is known.
        off_court: rows of which it was settled that the person is not on court.
        court_rows: rows whose place on court is known, how many of them lie inside the lines, and
            how many at most on the apron.
        kit: median kit vector, NaN where not measured.
        look: mean of the appearance vectors at length 1, by how much of the person each shows;
            NaN where there are none.
        looks: how many whole ones it is worth.
        evidence: of the number.
        left: left edge of the first box, settles the order of those that begin together.
        said: by a person.
        height: metres, NaN where it is not known.
        heights: in how many rows it was measured.
        lined_up: probability, as whole line-ups tell across a cut, that it shows who was seen
            right before; NaN where they were not asked.
    """

    track: int
    part: int
    told_apart: bool
    rows: Places
    frames: int
    presence: Presence
    role: Role
    team: str | None
    teams: Floats
    off_court: int
    court_rows: tuple[int, int, int]
    kit: Floats
    look: Floats
    looks: float
    evidence: NumberEvidence
    left: float
    said: Said = NOTHING_SAID
    height: float = np.nan
    heights: int = 0
    lined_up: float = np.nan


@dataclass(frozen=True)
class Measures:
    """What all stretches of a video are measured with.

    Attributes:
        reading: every number that may be worn, and how the reader errs.
        teams: names of the teams.
        sport: limits.
        camera: its motion.
        scenes: of each segment the one that its scene began with.
    """

    reading: Reading
    teams: tuple[str, ...]
    sport: Sport
    camera: Camera
    scenes: Mapping[int, int]
