"""Numbers and identities of the whole video, from tracks, teams and number reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from courtside.game import Player
from courtside.identity.evidence import allowed_numbers
from courtside.identity.explain import explain, lost_numbers, revisions
from courtside.identity.join import Person, join_by_motion, join_by_number
from courtside.identity.numbers import Decision, decide_numbers
from courtside.identity.rules import Contradiction
from courtside.identity.stretches import find_stretches
from courtside.settings import IdentitySettings
from courtside.sightings import Sightings
from courtside.sport import Sport


def settle_identity(
    rows: Sightings,
    previous: Sequence[Player] | None,
    sport: Sport,
    settings: IdentitySettings,
) -> tuple[Sightings, tuple[Player, ...], tuple[Contradiction, ...]]:
    """Return the rows with `number number_score player player_score`, the players, and conflicts.

    Every followed person gets a player; players are numbered from 0 by first appearance.
    `number` is null where its probability, times that of the row belonging to the player, is
    below `settings.number`; `number_score` is that product, and `player_score` the probability
    that the row belongs to the player.

    Args:
        rows: sightings of the whole video with `track`; `role on_court team team_score readable
            tens ones kit court_x court_y` where those stages ran.
        previous: players of an earlier settling, whose ids stay; null for the first.
        sport: numbers, speed and players a side.
        settings: how sure a number must be.
    """
    numbers = allowed_numbers(sport.numbers)
    stretches, contradictions = find_stretches(rows, numbers)
    people = join_by_motion(stretches, sport)
    people, conflicts = join_by_number(people, numbers, sport, settings.number)
    people.sort(key=lambda person: person.begin)
    decisions = decide_numbers(people, numbers)
    ids = _ids(people, previous or ())
    contradictions += conflicts + lost_numbers(people, decisions, ids)
    players = [
        _player(*parts, numbers, settings.number)
        for parts in zip(people, decisions, ids, strict=True)
    ]
    contradictions += revisions(players, previous or ())
    contradictions.sort(key=lambda found: (found.time, found.rule, found.tracks))
    written = _write(rows, people, decisions, ids, settings.number)
    return written, tuple(sorted(players, key=lambda p: p.id)), tuple(contradictions)


def _ids(people: Sequence[Person], previous: Sequence[Player]) -> list[int]:
    """Number people by first appearance; who has most tracks of a former player keeps its id."""
    former = {track: player.id for player in previous for track in player.tracks}
    next_id = max((player.id for player in previous), default=-1) + 1
    used: set[int] = set()
    ids = []
    for person in people:
        known = [former[s.track] for s in person.stretches if s.track in former]
        free = sorted({*known} - used, key=lambda player: (-known.count(player), player))
        ids.append(free[0] if free else next_id)
        next_id += not free
        used.add(ids[-1])
    return ids


def _player(
    person: Person,
    decision: Decision,
    player_id: int,
    numbers: tuple[str, ...],
    least: float,
) -> Player:
    number = decision.number if decision.score >= least else None
    frames = sum(len(stretch.rows) for stretch in person.stretches)
    off_court = sum(len(s.rows) for s in person.stretches if not s.on_court)
    role = person.stretches[0].role
    return Player(
        id=player_id,
        role=role,
        on_court=role != "other" and off_court * 2 <= frames,
        team=person.team,
        number=number,
        name=None,
        confidence=round(decision.score if number else _team_score(person), 4),
        frames=frames,
        first_seen=min(s.presence.times[0] for s in person.stretches),
        last_seen=max(s.presence.times[1] for s in person.stretches),
        tracks=tuple(sorted({s.track for s in person.stretches})),
        why=explain(person, decision, numbers, number),
    )


def _team_score(person: Person) -> float:
    scores = [s.team_score for s in person.stretches if np.isfinite(s.team_score)]
    return max(scores, default=0.0)


def _write(
    rows: Sightings,
    people: Sequence[Person],
    decisions: Sequence[Decision],
    ids: Sequence[int],
    least: float,
) -> Sightings:
    count = len(rows)
    number = np.full(count, None, object)
    number_score, player_score = np.full(count, np.nan), np.full(count, np.nan)
    player = np.full(count, -1)
    for person, decision, player_id in zip(people, decisions, ids, strict=True):
        for stretch, score in zip(person.stretches, person.scores, strict=True):
            player[stretch.rows], player_score[stretch.rows] = player_id, score
            if decision.score * score >= least and decision.number:
                number[stretch.rows] = decision.number
                number_score[stretch.rows] = decision.score * score
    columns: dict[str, ArrayLike] = {
        "number": number,
        "number_score": number_score,
        "player": player,
        "player_score": player_score,
    }
    return rows.with_columns(**columns)
