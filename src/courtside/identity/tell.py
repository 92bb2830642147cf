"""What was decided, as players and as columns of the table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from courtside.game import Player
from courtside.identity.case import Case, Decided
from courtside.identity.explain import explain
from courtside.identity.hidden import own_box
from courtside.identity.naming import name_of
from courtside.sightings import Array, Sightings


def player_of(case: Case, one: Decided) -> Player:
    """Return the player that a person is, with why."""
    person, standing, decision = one.person, one.standing, one.number
    number = decision.number if decision.score >= case.settings.number else None
    name = name_of(case.given.roster, standing.team, number)
    return Player(
        id=one.id,
        role=standing.role,
        on_court=standing.on_court,
        team=standing.team,
        number=number,
        name=person.said.name or name,
        confidence=round(decision.score if number else standing.team_score, 4),
        frames=person.frames,
        first_seen=person.first_seen,
        last_seen=max(presence.times[1] for presence in person.presences),
        tracks=person.tracks,
        why=explain(person, standing, decision, case.reading.numbers, number),
    )


def write_rows(case: Case, decided: Sequence[Decided]) -> Sightings:
    """Return the rows with all that was decided of the people they show."""
    rows, count = case.rows, len(case.rows)
    text: dict[str, Array] = {n: np.full(count, None, object) for n in ("role", "team", "number")}
    score = {n: np.full(count, np.nan) for n in ("team_score", "number_score", "player_score")}
    on_court: Array = np.full(count, None, object)
    player = np.full(count, -1)
    for one in decided:
        for stretch, sure in zip(one.person.stretches, one.person.scores, strict=True):
            own = stretch.rows
            is_it = sure * own_box(case.hidden[own])
            player[own], score["player_score"][own] = one.id, is_it
            text["role"][own] = one.standing.role
            on_court[own] = None if one.standing.on_court else False
            if one.standing.team:
                text["team"][own], score["team_score"][own] = (
                    one.standing.team,
                    one.standing.team_score,
                )
            if one.number.number:
                told = one.number.score * is_it
                clear = told >= case.settings.number
                drawn = own[clear]
                text["number"][drawn], score["number_score"][drawn] = one.number.number, told[clear]
    return rows.with_columns(**text, **score, player=player, on_court=_kept(rows, on_court))


def _kept(rows: Sightings, on_court: Array) -> Array:
    """Return who is on court, where what was settled before (close-ups) stays."""
    if "on_court" not in rows:
        return on_court
    off = np.array([flag is not None and not flag for flag in rows["on_court"]], np.bool_)
    return np.where(off, False, on_court)
