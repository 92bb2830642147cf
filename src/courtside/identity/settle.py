"""Who is who in the whole video, from tracks, kits, looks, places and number reads together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtside.game import Player, Team
from courtside.identity.camera import camera_of
from courtside.identity.crowds import thin_out
from courtside.identity.edits import Anchored, Edit, anchor
from courtside.identity.explain import explain, lost_numbers, revisions, unjoined
from courtside.identity.join import join
from courtside.identity.likeness import Likeness
from courtside.identity.naming import allowed_by_team, name_of, named_teams
from courtside.identity.numbers import Decision, decide_numbers
from courtside.identity.parts import find_parts, numbered
from courtside.identity.person import Person
from courtside.identity.reading import Reading, allowed_numbers, learn_reading
from courtside.identity.roles import Standing, decide_standing
from courtside.identity.roster import Roster
from courtside.identity.rules import Contradiction
from courtside.identity.score import Judge
from courtside.identity.stretches import Measures, Part, Said, Stretch, summarise, team_names
from courtside.identity.trust import trust
from courtside.settings import IdentitySettings
from courtside.sightings import Array, FrameTable, Sightings
from courtside.sport import Sport
from courtside.teams.settle import settle_teams

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Given:
    """What is known beside the sightings.

    Attributes:
        frames: the sampled frames with the camera's motion, null where it is not known.
        previous: players of an earlier settling, whose ids stay.
        roster: who may play, null for anybody.
        edits: what a person said.
    """

    frames: FrameTable | None = None
    previous: Sequence[Player] = ()
    roster: Roster | None = None
    edits: Sequence[Edit] = ()


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
    """

    rows: Sightings
    teams: tuple[Team, ...]
    players: tuple[Player, ...]
    contradictions: tuple[Contradiction, ...]
    lost: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class _Case:
    """Everything a decision needs beside teams: rows cut into parts, and how to judge them."""

    rows: Sightings
    sport: Sport
    settings: IdentitySettings
    given: Given
    anchored: Anchored
    parts: Sequence[Part]
    cuts: Sequence[Contradiction]
    likeness: Likeness
    reading: Reading


@dataclass(frozen=True)
class _Decided:
    """A person with all that was decided."""

    person: Person
    standing: Standing
    number: Decision
    id: int


def settle_game(
    rows: Sightings, sport: Sport, settings: IdentitySettings, given: Given = Given()
) -> Settled:
    """Return teams, players and the rows with all decisions, from evidence alone.

    Tracks are cut where they contradict themselves, so that each part is of one team; then parts
    are joined into players.

    Args:
        rows: sightings of the whole video with `track`; `kit embedding readable tens ones
            court_x court_y on_court` where those stages ran.
        sport: numbers, speed and players a side.
        settings: how sure a number must be.
        given: what else is known.
    """
    case = _open(rows, sport, settings, given)
    by_part = rows.with_columns(track=numbered(case.parts, len(rows)))
    teamed, teams = settle_teams(by_part, sport, least=0.0)
    decided: dict[str, ArrayLike] = {n: teamed[n] for n in ("role", "team", "team_score")}
    decided["on_court"] = rows["on_court"] if "on_court" in rows else teamed["on_court"]
    return _decide(replace(case, rows=rows.with_columns(**decided)), teams)


def settle_identity(
    rows: Sightings,
    previous: Sequence[Player] | None,
    sport: Sport,
    settings: IdentitySettings,
) -> tuple[Sightings, tuple[Player, ...], tuple[Contradiction, ...]]:
    """Return the rows with `number number_score player player_score`, the players, and conflicts.

    For tables that tell role and team already. Every followed person gets a player; players are
    numbered from 0 by first appearance. `number` is null where its probability, times that of
    the row belonging to the player, is below `settings.number`; `number_score` is that product,
    and `player_score` the probability that the row belongs to the player.

    Args:
        rows: sightings of the whole video with `track`; `role on_court team team_score readable
            tens ones kit embedding court_x court_y` where those stages ran.
        previous: players of an earlier settling, whose ids stay; null for the first.
        sport: numbers, speed and players a side.
        settings: how sure a number must be.
    """
    case = _open(rows, sport, settings, Given(previous=previous or ()))
    settled = _decide(case, tuple(Team(name, (0, 0, 0)) for name in team_names(rows)))
    return settled.rows, settled.players, settled.contradictions


def _open(rows: Sightings, sport: Sport, settings: IdentitySettings, given: Given) -> _Case:
    reading = learn_reading(rows, allowed_numbers(sport.numbers))
    anchored = anchor(rows, given.edits)
    parts, cuts, likeness = find_parts(rows, reading, sport, anchored.splits())
    return _Case(rows, sport, settings, given, anchored, parts, cuts, likeness, reading)


def _decide(case: _Case, teams: tuple[Team, ...]) -> Settled:
    names = tuple(team.name for team in teams)
    camera = camera_of(case.given.frames)
    stretches = _stretches(case, Measures(case.reading, names, case.sport, camera))
    teams = _named(case, teams, stretches)
    names = tuple(team.name for team in teams)
    allowed = allowed_by_team(case.given.roster, names, case.reading.numbers)
    prior = allowed[None] / max(float(allowed[None].sum()), 1.0)
    judge = Judge(case.sport, camera, case.likeness, prior)
    people = join(stretches, judge, _pairs(case))
    people.sort(key=lambda person: person.begin)
    decided, found = _judged(case, people, names, allowed)
    decided = [_trusted(case, one, judge) for one in decided]
    players = [_player(case, one) for one in decided]
    found += [*case.cuts, *revisions(players, case.given.previous)]
    found.sort(
        key=lambda contradiction: (contradiction.time, contradiction.rule, contradiction.tracks)
    )
    return Settled(
        rows=_write(case, decided),
        teams=teams,
        players=tuple(sorted(players, key=lambda player: player.id)),
        contradictions=tuple(found),
        lost=(*case.anchored.lost, *_of_no_team(case, names)),
    )


def _of_no_team(case: _Case, teams: Sequence[str]) -> list[Edit]:
    """Return corrections that name a team which the video has no longer."""
    told = [placed.edit for placed in case.anchored.placed]
    return [edit for edit in told if edit.team is not None and edit.team not in teams]


def _stretches(case: _Case, measures: Measures) -> list[Stretch]:
    part_of = numbered(case.parts, len(case.rows))
    said: dict[int, Said] = {}
    for row, words in case.anchored.said().items():
        part = int(part_of[row])
        said[part] = said.get(part, Said()).also(words)
    return [
        summarise(case.rows, part, measures, said.get(index, Said()))
        for index, part in enumerate(case.parts)
    ]


def _pairs(case: _Case) -> list[tuple[int, int]]:
    """Return the stretches, by place, that a person said to be one."""
    part_of = numbered(case.parts, len(case.rows))
    return [(int(part_of[one]), int(part_of[two])) for one, two in case.anchored.pairs()]


def _named(case: _Case, teams: tuple[Team, ...], stretches: Sequence[Stretch]) -> tuple[Team, ...]:
    reads = {
        team.name: [s.evidence.posterior() for s in stretches if s.team == team.name]
        for team in teams
    }
    return named_teams(case.given.roster, teams, reads, case.reading.numbers)


def _judged(
    case: _Case,
    people: Sequence[Person],
    teams: Sequence[str],
    allowed: Mapping[str | None, Floats],
) -> tuple[list[_Decided], list[Contradiction]]:
    """Decide role, team and number of everybody; every rule that had to choose is told."""
    standings = [decide_standing(person, teams) for person in people]
    standings, crowds = thin_out(case.rows, people, standings, teams, case.sport)
    of_team = [standing.team for standing in standings]
    numbered = [s.role == "player" and s.numbered for s in standings]
    decisions = decide_numbers(people, numbered, of_team, case.reading.numbers, allowed)
    ids = _ids(people, case.given.previous)
    judge_sport = case.sport
    conflicts = [
        *crowds,
        *unjoined(people, of_team, decisions, judge_sport),
        *lost_numbers(people, of_team, decisions, ids),
    ]
    decided = [_Decided(*parts) for parts in zip(people, standings, decisions, ids, strict=True)]
    return decided, conflicts


def _trusted(case: _Case, one: _Decided, judge: Judge) -> _Decided:
    """Say of each stretch of somebody with a number how sure it shows that player."""
    if one.number.number is None:
        return one
    place = case.reading.numbers.index(one.number.number)
    scores = trust(one.person, place, judge)
    return replace(one, person=replace(one.person, scores=scores))


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


def _player(case: _Case, one: _Decided) -> Player:
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
        first_seen=person.presences[0].times[0],
        last_seen=max(presence.times[1] for presence in person.presences),
        tracks=person.tracks,
        why=explain(person, standing, decision, case.reading.numbers, number),
    )


def _write(case: _Case, decided: Sequence[_Decided]) -> Sightings:
    rows, count = case.rows, len(case.rows)
    text: dict[str, Array] = {n: np.full(count, None, object) for n in ("role", "team", "number")}
    score = {n: np.full(count, np.nan) for n in ("team_score", "number_score", "player_score")}
    on_court: Array = np.full(count, None, object)
    player = np.full(count, -1)
    for one in decided:
        for stretch, sure in zip(one.person.stretches, one.person.scores, strict=True):
            own = stretch.rows
            player[own], score["player_score"][own] = one.id, sure
            text["role"][own] = one.standing.role
            on_court[own] = None if one.standing.on_court else False
            if one.standing.team:
                text["team"][own], score["team_score"][own] = (
                    one.standing.team,
                    one.standing.team_score,
                )
            drawn = one.number.score * sure
            if one.number.number and drawn >= case.settings.number:
                text["number"][own], score["number_score"][own] = one.number.number, drawn
    return rows.with_columns(**text, **score, player=player, on_court=_kept(rows, on_court))


def _kept(rows: Sightings, on_court: Array) -> Array:
    """Return who is on court, where what was settled before (close-ups) stays."""
    if "on_court" not in rows:
        return on_court
    off = np.array([flag is not None and not flag for flag in rows["on_court"]], np.bool_)
    return np.where(off, False, on_court)
