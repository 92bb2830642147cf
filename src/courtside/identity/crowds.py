"""No more of one team on court than the sport allows: who is least sure of a crowd gives way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from courtside.identity.person import Person
from courtside.identity.roles import Standing
from courtside.identity.rules import Contradiction, too_many
from courtside.sightings import Sightings
from courtside.sport import Sport

# Sampled frames with too many of a team that are looked into, about a second.
CROWDED_FRAMES = 10
# Who is in a crowd in this share of all frames is one of those who may be too many.
CROWDED_SHARE = 0.5
# Team and number this sure are never given up for the count.
SURE = 0.95


def thin_out(
    rows: Sightings,
    people: Sequence[Person],
    standings: Sequence[Standing],
    teams: Sequence[str],
    sport: Sport,
) -> tuple[list[Standing], list[Contradiction]]:
    """Return what was decided of people, with the least sure of crowds of no team, and why.

    Args:
        rows: the table that the people's rows are places in.
        people: everybody.
        standings: of each.
        teams: names of the teams.
        sport: how many players a side.
    """
    changed, found = [*standings], []
    for team in teams:
        members = [i for i, s in enumerate(changed) if s.team == team and s.on_court]
        while crowd := _crowd(rows, [people[i] for i in members], sport):
            reason, time, shares = crowd
            places = [members[i] for i in np.flatnonzero(shares >= CROWDED_SHARE).tolist()]
            least = min(places, key=lambda i: _worth(people[i], changed[i]), default=None)
            if least is None or _is_sure(people[least], changed[least]):
                found.append(_told(people, [members[0]], time, reason, "left as it is"))
                break
            changed[least] = replace(
                changed[least], team=None, team_score=0.0, reasons=(reason,), numbered=False
            )
            members.remove(least)
            found.append(_told(people, [least], time, reason, "the least sure is of no team"))
    return changed, found


def _crowd(
    rows: Sightings, members: Sequence[Person], sport: Sport
) -> tuple[str, float, NDArray[np.float64]] | None:
    """Return reason, time and each member's share of crowded frames, null without a crowd."""
    if len(members) <= sport.players_a_side:
        return None
    own = [np.concatenate([stretch.rows for stretch in person.stretches]) for person in members]
    frames, counts = np.unique(rows["frame"][np.concatenate(own)], return_counts=True)
    reason = too_many(int(counts.max()), sport)
    crowded = frames[counts > sport.players_a_side]
    if reason is None or len(crowded) < CROWDED_FRAMES:
        return None
    shares = np.array(
        [np.isin(rows["frame"][places], crowded).sum() / max(len(places), 1) for places in own]
    )
    first = rows["time"][rows["frame"] == crowded[0]][0]
    return reason, float(first), shares


def _worth(person: Person, standing: Standing) -> tuple[float, int]:
    number = float(person.evidence.posterior().max(initial=0.0))
    return standing.team_score + number, person.frames


def _is_sure(person: Person, standing: Standing) -> bool:
    number = float(person.evidence.posterior().max(initial=0.0))
    said = bool(person.said.team or person.said.number)
    return said or min(standing.team_score, number) >= SURE


def _told(
    people: Sequence[Person], places: Sequence[int], time: float, reason: str, settled: str
) -> Contradiction:
    tracks = tuple(sorted({track for place in places for track in people[place].tracks}))
    return Contradiction("at most five a side", tracks, time, reason, settled)
