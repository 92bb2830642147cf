"""Frozen facts of a video and of the game in it, kept once and apart from the rows.

Records hold no back-pointers, so they pickle and travel to other processes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["player", "referee", "other"]


@dataclass(frozen=True)
class Segment:
    """A stretch of film between two camera cuts.

    Attributes:
        index: 0 for the first.
        first_frame: index of its first decoded frame.
        start: seconds, presentation time of that frame.
        view: kind of view (`main`, `close-up`, `other`), null when it could not be told.
    """

    index: int
    first_frame: int
    start: float
    view: str | None = None


@dataclass(frozen=True)
class Team:
    """A team as the run names it.

    Attributes:
        name: stable between runs of the same video, e.g. `light` and `dark`.
        colour: the kit's colour as red, green, blue, 0 to 255.
    """

    name: str
    colour: tuple[int, int, int]


@dataclass(frozen=True)
class Player:
    """One person over the whole video.

    Attributes:
        id: the `player` column of the sightings.
        role: what was decided for the person over all frames.
        team: name of the team, null for referees or when it could not be told.
        number: jersey number, null when no decision was safe.
        confidence: 0 to 1, of the number where there is one, else of the team.
        frames: in how many sampled frames the person was seen.
        first_seen: seconds.
        last_seen: seconds.
        tracks: the tracks joined to this person.
        why: votes and rules behind the decision, in words and figures.
    """

    id: int
    role: Role
    on_court: bool
    team: str | None
    number: str | None
    name: str | None
    confidence: float
    frames: int
    first_seen: float
    last_seen: float
    tracks: tuple[int, ...]
    why: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Court:
    """Where the game is played; `league` picks the dimensions, null when not known."""

    league: str | None = None


@dataclass(frozen=True)
class Game:
    """Everything decided about one video that is not a row of the sightings."""

    teams: tuple[Team, ...]
    players: tuple[Player, ...]
    segments: tuple[Segment, ...]
    court: Court = Court()
