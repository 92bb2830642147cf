"""Settling while the video goes on: what was known before, the newest rows, and a little patience.

Each call gets the rows since the last and decides with all that is known of the people before.
Rows younger than the lag may still be decided otherwise by the next call, which gets them again;
older ones are counted in and need not be kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from courtside.game import Player
from courtside.identity.candidates import LOOK_GAP
from courtside.identity.case import Case, Given, Settled, open_case
from courtside.identity.decide import decide
from courtside.identity.likeness import UNKNOWN, Likeness
from courtside.identity.parts import numbered
from courtside.identity.person import Person, condensed
from courtside.settings import IdentitySettings
from courtside.sightings import FrameTable, Sightings
from courtside.sport import Sport
from courtside.teams.settle import settle_teams
from courtside.teams.tracks import READ

# Seconds that the newest rows wait for what comes after them.
LAG = 2.0
# Rows of each person that keep telling which kits there are.
WITNESSES = 40
# Who was not read with a number this probable is forgotten when out of sight for long.
LEAST_NUMBER = 0.3


@dataclass(frozen=True)
class Memory:
    """What is known of a video so far; it hardly grows.

    Attributes:
        people: in one stretch each, with all their evidence.
        players: everybody so far, also those forgotten since.
        witnesses: some rows of each person with their kits; `track` is the player.
        likeness: what it is worth that two look alike.
        until: seconds, up to which rows are counted in.
    """

    people: tuple[Person, ...] = ()
    players: tuple[Player, ...] = ()
    witnesses: Sightings = field(default_factory=Sightings.empty)
    likeness: Likeness = UNKNOWN
    until: float = -np.inf


NOBODY = Memory()


def settle_window(
    rows: Sightings,
    previous: Memory,
    sport: Sport,
    settings: IdentitySettings,
    frames: FrameTable | None = None,
    lag: float = LAG,
) -> tuple[Settled, Memory]:
    """Return what is decided of the rows since the last call, and what to remember for the next.

    From no number to one is free; from one to another is told among the contradictions.

    Args:
        rows: sightings with `track`, at least all since `previous.until`; older ones are left
            out.
        previous: what the last call returned, `NOBODY` for the first.
        sport: numbers, speed and players a side.
        settings: how sure a number must be.
        frames: with the camera's motion, at least of these rows.
        lag: seconds at the end that the next call shall get again.
    """
    rows = rows.select(rows["time"] > previous.until)
    settled, likeness = _settle(rows, previous, sport, settings, frames)
    settled = replace(settled, players=_with_past(settled.players, previous.players))
    until = float(rows["time"].max(initial=-np.inf)) - lag
    old = rows.select(rows["time"] <= until)
    if not len(old):
        return settled, previous
    # The same ids for the same people, though they are decided without what came after.
    told = replace(previous, players=settled.players)
    counted, _ = _settle(old, told, sport, settings, frames)
    return settled, Memory(
        people=tuple(condensed(one) for one in counted.people if _is_worth_it(one, until)),
        players=settled.players,
        witnesses=_witnesses(previous.witnesses, counted.rows),
        likeness=likeness,
        until=until,
    )


def _settle(
    rows: Sightings,
    memory: Memory,
    sport: Sport,
    settings: IdentitySettings,
    frames: FrameTable | None,
) -> tuple[Settled, Likeness]:
    likeness = None if memory.likeness == UNKNOWN else memory.likeness
    given = Given(frames, memory.players, known=memory.people, likeness=likeness)
    case = _continued(open_case(rows, sport, settings, given), memory.people)
    # Kits are told apart among all people so far, not only those in sight.
    by_part = Sightings.concat([_reduced(rows, numbered(case.parts, len(rows))), memory.witnesses])
    track = by_part["track"].copy()
    track[len(rows) :] += len(case.parts)
    teamed, teams = settle_teams(by_part.with_columns(track=track), sport, least=0.0)
    decided: dict[str, ArrayLike] = {
        name: teamed[name][: len(rows)] for name in ("role", "team", "team_score", "on_court")
    }
    return decide(replace(case, rows=rows.with_columns(**decided)), teams), case.likeness


def _continued(case: Case, people: Sequence[Person]) -> Case:
    """Return the case with the parts of tracks numbered on from those known before."""
    last: dict[int, int] = {}
    for person in people:
        stretch = person.stretches[-1]
        last[stretch.track] = max(last.get(stretch.track, 0), stretch.part)
    tracks = case.rows["track"]
    parts = [
        replace(part, number=part.number + last.get(int(tracks[part.places[0]]), -1) + 1)
        for part in case.parts
    ]
    return replace(case, parts=parts)


def _reduced(rows: Sightings, track: ArrayLike) -> Sightings:
    return rows.without(*(name for name in rows.names if name not in READ)).with_columns(
        track=track
    )


def _witnesses(before: Sightings, rows: Sightings) -> Sightings:
    """Return some rows of everybody with a kit, spread over all the time."""
    if "kit" not in rows:
        return before
    seen = rows.select(np.isfinite(rows["kit"][:, 0]) & (rows["player"] >= 0))
    together = Sightings.concat([before, _reduced(seen, seen["player"])])
    chosen = []
    for player in np.unique(together["track"]) if "track" in together else ():
        own = np.flatnonzero(together["track"] == player)
        chosen.append(own[np.unique(np.linspace(0, len(own) - 1, WITNESSES).astype(int))])
    return together.select(np.concatenate(chosen)) if chosen else together


def _is_worth_it(person: Person, until: float) -> bool:
    unseen = until - person.presences[-1].times[1]
    known = float(person.evidence.posterior().max(initial=0.0)) >= LEAST_NUMBER
    return known or bool(unseen <= LOOK_GAP)


def _with_past(now: Sequence[Player], before: Sequence[Player]) -> tuple[Player, ...]:
    """Return all players, with the tracks they had before."""
    past = {player.id: player for player in before}
    joined = [
        replace(player, tracks=tuple(sorted({*player.tracks, *past[player.id].tracks})))
        if player.id in past
        else player
        for player in now
    ]
    gone = [player for player in before if player.id not in {one.id for one in now}]
    return tuple(sorted([*joined, *gone], key=lambda player: player.id))
