"""The decision itself: stretches become people, people get role, team and number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from courtside.game import Player, Team
from courtside.identity.camera import camera_of
from courtside.identity.case import Case, Decided, Settled
from courtside.identity.crowds import thin_out
from courtside.identity.edits import Edit
from courtside.identity.explain import lost_numbers, revisions, unjoined
from courtside.identity.join import join
from courtside.identity.motion import Judge
from courtside.identity.naming import allowed_by_team, named_teams
from courtside.identity.numbers import decide_numbers
from courtside.identity.parts import numbered
from courtside.identity.person import Person, alone
from courtside.identity.roles import decide_standing
from courtside.identity.rules import Contradiction
from courtside.identity.scenes import scenes_of
from courtside.identity.score import differ, read_otherwise
from courtside.identity.stretches import Measures, Said, Stretch
from courtside.identity.summarise import summarise
from courtside.identity.tell import player_of, write_rows
from courtside.identity.trust import trust
from courtside.memory import give_back

Floats = NDArray[np.float64]
SAID = "a person said that they are one"


def decide(case: Case, teams: tuple[Team, ...]) -> Settled:
    """Return everything that can be decided, the rows telling role and team of each part."""
    names = tuple(team.name for team in teams)
    camera = camera_of(case.given.frames)
    scenes = scenes_of(case.rows, case.sport)
    stretches = _stretches(case, Measures(case.reading, names, case.sport, camera, scenes))
    give_back()
    teams = _named(case, teams, stretches)
    names = tuple(team.name for team in teams)
    allowed = allowed_by_team(case.given.roster, names, case.reading.numbers)
    prior = allowed[None] / max(float(allowed[None].sum()), 1.0)
    judge = Judge(case.sport, camera, case.likeness, prior)
    going = _going_on(case.given.known, stretches)
    stretches = _told_apart(case, stretches, going, judge)
    same = _surely_same(case, stretches, going, judge)
    people = join(stretches, judge, same, case.given.known)
    people.sort(key=lambda person: person.begin)
    decided, found = _judged(case, people, names, allowed)
    decided = [_trusted(case, one, judge) for one in decided]
    players = [player_of(case, one) for one in decided]
    found += [*case.cuts, *revisions(players, case.given.previous)]
    found.sort(key=lambda told: (told.time, told.rule, told.tracks))
    return Settled(
        rows=write_rows(case, decided),
        teams=teams,
        players=tuple(sorted(players, key=lambda player: player.id)),
        contradictions=tuple(found),
        people=tuple(replace(one.person, id=one.id) for one in decided),
        lost=(*case.anchored.lost, *_of_no_team(case, names)),
    )


def _of_no_team(case: Case, teams: Sequence[str]) -> list[Edit]:
    """Return corrections that name a team which the video has no longer."""
    told = [placed.edit for placed in case.anchored.placed]
    return [edit for edit in told if edit.team is not None and edit.team not in teams]


def _stretches(case: Case, measures: Measures) -> list[Stretch]:
    part_of = numbered(case.parts, len(case.rows))
    said: dict[int, Said] = {}
    for row, words in case.anchored.said().items():
        part = int(part_of[row])
        said[part] = said.get(part, Said()).also(words)
    return summarise(case.rows, case.parts, measures, said)


def _surely_same(
    case: Case, stretches: Sequence[Stretch], going: Sequence[tuple[int, int]], judge: Judge
) -> list[tuple[int, int, str]]:
    """Return who is one beyond doubt, by place among those known from before and the stretches."""
    known, part_of = case.given.known, numbered(case.parts, len(case.rows))
    said = [
        (len(known) + int(part_of[one]), len(known) + int(part_of[two]), SAID)
        for one, two in case.anchored.pairs()
    ]
    for place, later in going:
        if not differ(known[place], alone(stretches[later]), judge):
            said.append((place, len(known) + later, ""))
    return said


def _told_apart(
    case: Case, stretches: Sequence[Stretch], going: Sequence[tuple[int, int]], judge: Judge
) -> list[Stretch]:
    """Return the stretches, those told apart whose reads go over to another number.

    As within a track, however alike the two look.
    """
    told = [*stretches]
    for place, later in going:
        if read_otherwise(case.given.known[place], alone(told[later]), judge):
            told[later] = replace(told[later], told_apart=True)
    return told


def _going_on(known: Sequence[Person], stretches: Sequence[Stretch]) -> list[tuple[int, int]]:
    """Return who is known from before and the stretch in which that track goes on, by place."""
    lasts = [person.stretches[-1] for person in known]
    awaited = {(last.track, last.part + 1): place for place, last in enumerate(lasts)}
    going = [
        (awaited[stretch.track, stretch.part], later)
        for later, stretch in enumerate(stretches)
        if (stretch.track, stretch.part) in awaited
    ]
    return sorted(going)


def _named(case: Case, teams: tuple[Team, ...], stretches: Sequence[Stretch]) -> tuple[Team, ...]:
    reads = {
        team.name: [s.evidence.posterior() for s in stretches if s.team == team.name]
        for team in teams
    }
    return named_teams(case.given.roster, teams, reads, case.reading.numbers)


def _judged(
    case: Case,
    people: Sequence[Person],
    teams: Sequence[str],
    allowed: Mapping[str | None, Floats],
) -> tuple[list[Decided], list[Contradiction]]:
    """Decide role, team and number of everybody; every rule that had to choose is told."""
    standings = [decide_standing(person, teams) for person in people]
    standings, crowds = thin_out(case.rows, people, standings, teams, case.sport)
    of_team = [standing.team for standing in standings]
    numbered = [s.role == "player" and s.numbered for s in standings]
    decisions = decide_numbers(people, numbered, of_team, case.reading.numbers, allowed)
    ids = _ids(people, case.given.previous)
    conflicts = [
        *crowds,
        *unjoined(people, of_team, decisions, case.sport),
        *lost_numbers(people, of_team, decisions, ids),
    ]
    decided = [Decided(*parts) for parts in zip(people, standings, decisions, ids, strict=True)]
    return decided, conflicts


def _trusted(case: Case, one: Decided, judge: Judge) -> Decided:
    """Say of each stretch of somebody with a number how sure it shows that player."""
    if one.number.number is None:
        return one
    place = case.reading.numbers.index(one.number.number)
    scores = trust(one.person, place, judge)
    return replace(one, person=replace(one.person, scores=scores))


def _ids(people: Sequence[Person], previous: Sequence[Player]) -> list[int]:
    """Number people by first appearance; who is known from before keeps the id.

    Else who has most tracks of a former player gets that one's.
    """
    former = {track: player.id for player in previous for track in player.tracks}
    next_id = max((player.id for player in previous), default=-1) + 1
    used = {person.id for person in people if person.id is not None}
    ids = []
    for person in people:
        if person.id is not None:
            ids.append(person.id)
            continue
        known = [former[s.track] for s in person.stretches if s.track in former]
        free = sorted({*known} - used, key=lambda player: (-known.count(player), player))
        ids.append(free[0] if free else next_id)
        next_id += not free
        used.add(ids[-1])
    return ids
