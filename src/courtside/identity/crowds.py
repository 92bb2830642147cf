"""No more of a team or of referees on court than the sport has: the least sure gives way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from courtside.identity.person import Person
from courtside.identity.roles import Standing
from courtside.identity.rules import Contradiction, too_many, too_many_referees
from courtside.sightings import Sightings
from courtside.sport import Sport

# Sampled frames with too many of a team that are looked into, about a second.
CROWDED_FRAMES = 10
# Who is in a crowd in this share of all frames is one of those who may be too many.
CROWDED_SHARE = 0.5
# The rules' names.
SIDE, CREW = "at most five a side", "no more referees than a game has"
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
        sport: how many players a side, how many referees.
    """
    changed, found = _referees(rows, people, standings, sport)
    for team in teams:
        members = [i for i, s in enumerate(changed) if s.team == team and s.on_court]
        while crowd := _crowd(rows, [people[i] for i in members], sport.players_a_side):
            count, time, shares = crowd
            reason = str(too_many(count, sport))
            places = [members[i] for i in np.flatnonzero(shares >= CROWDED_SHARE).tolist()]
            least = min(places, key=lambda i: _worth(people[i], changed[i]), default=None)
            if least is None or _is_sure(people[least], changed[least]):
                found.append(_told(people, [members[0]], SIDE, time, reason, "left as it is"))
                break
            changed[least] = replace(
                changed[least], team=None, team_score=0.0, reasons=(reason,), numbered=False
            )
            members.remove(least)
            found.append(_told(people, [least], SIDE, time, reason, "the least sure is of no team"))
    return changed, found


def _referees(
    rows: Sightings, people: Sequence[Person], standings: Sequence[Standing], sport: Sport
) -> tuple[list[Standing], list[Contradiction]]:
    """Return what was decided of people, the least sure of too many referees off court, and why."""
    changed, found = [*standings], []
    members = [i for i, s in enumerate(changed) if s.role == "referee" and s.on_court]
    while crowd := _crowd(rows, [people[i] for i in members], sport.referees):
        count, time, shares = crowd
        places = [members[i] for i in np.flatnonzero(shares >= CROWDED_SHARE).tolist()]
        if not places:
            break
        least = min(places, key=lambda i: _taken_for_referee(rows, people[i]))
        reason = str(too_many_referees(count, sport))
        changed[least] = replace(changed[least], on_court=False, reasons=(reason,))
        members.remove(least)
        found.append(_told(people, [least], CREW, time, reason, "the least sure takes no part"))
    return changed, found


def _taken_for_referee(rows: Sightings, person: Person) -> tuple[float, int]:
    """Return in which share of the frames the detector took somebody for a referee, and frames."""
    places = np.concatenate([stretch.rows for stretch in person.stretches])
    return float(np.mean(rows["kind"][places] == "referee")), person.frames


def _crowd(
    rows: Sightings, members: Sequence[Person], most: int
) -> tuple[int, float, NDArray[np.float64]] | None:
    """Return size, time and each member's share of crowded frames, null without a crowd."""
    if len(members) <= most:
        return None
    own = [np.concatenate([stretch.rows for stretch in person.stretches]) for person in members]
    frames, counts = np.unique(rows["frame"][np.concatenate(own)], return_counts=True)
    crowded = frames[counts > most]
    if len(crowded) < CROWDED_FRAMES:
        return None
    shares = np.array(
        [np.isin(rows["frame"][places], crowded).sum() / max(len(places), 1) for places in own]
    )
    first = rows["time"][rows["frame"] == crowded[0]][0]
    return int(counts.max()), float(first), shares


def _worth(person: Person, standing: Standing) -> tuple[float, int]:
    number = float(person.evidence.posterior().max(initial=0.0))
    return standing.team_score + number, person.frames


def _is_sure(person: Person, standing: Standing) -> bool:
    number = float(person.evidence.posterior().max(initial=0.0))
    said = bool(person.said.team or person.said.number)
    return said or min(standing.team_score, number) >= SURE


def _told(
    people: Sequence[Person],
    places: Sequence[int],
    rule: str,
    time: float,
    reason: str,
    settled: str,
) -> Contradiction:
    tracks = tuple(sorted({track for place in places for track in people[place].tracks}))
    return Contradiction(rule, tracks, time, reason, settled)
