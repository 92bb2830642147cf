"""Who is on court, and whose team is believed: decided over all that is seen of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.game import Role
from courtside.identity.evidence import posteriors
from courtside.identity.person import Person

Floats = NDArray[np.float64]
# Below this nobody is called one of a team.
LEAST_TEAM_SCORE = 0.8
# Rows with a place on court from which on it tells who is on court.
LEAST_COURT_ROWS = 10
# Share of these inside the lines: who throws in, or helps from the sideline, was inside before. A
# referee may also work from the apron all the time that is seen, where others seldom stay.
PLAYER_INSIDE = 0.2
REFEREE_INSIDE, REFEREE_NEAR = 0.02, 0.5
# Somebody taken for neither player nor referee who is inside the lines nearly always is one.
CLEARLY_INSIDE = 0.8
# Sampled frames with too many of one team that are looked into, about a second.
CROWDED_FRAMES = 10


@dataclass(frozen=True)
class Standing:
    """What was decided of a person beside the number.

    Attributes:
        role: player, referee or other.
        on_court: false for somebody who takes no part.
        team: null where it is not known.
        team_score: probability of the team, 0 where there is none.
        reasons: rules that changed something.
        numbered: false for somebody who cannot be told a number.
    """

    role: Role
    on_court: bool
    team: str | None
    team_score: float
    reasons: tuple[str, ...] = ()
    numbered: bool = True


def decide_standing(person: Person, teams: Sequence[str]) -> Standing:
    """Return role, team and whether a person takes part, from all that is known."""
    role, reasons = _role(person, teams)
    team, score = _team(person, teams) if role == "player" else (None, 0.0)
    on_court = role != "other"
    if on_court and (reason := _off_court(person, role)):
        on_court, reasons = False, (*reasons, reason)
    return Standing(role, on_court, team, score, reasons)


def _role(person: Person, teams: Sequence[str]) -> tuple[Role, tuple[str, ...]]:
    if person.said.nobody:
        return "other", ("a person said that it is nobody of the game",)
    if person.said.number or person.said.team:
        return "player", ("a person said who it is",)
    known, inside, _ = _court_rows(person)
    taken_part = known >= LEAST_COURT_ROWS and inside >= CLEARLY_INSIDE * known
    if person.role == "other" and taken_part and _team(person, teams)[0]:
        return "player", ("wears a team's kit and is on court all the time",)
    return person.role, ()


def _team(person: Person, teams: Sequence[str]) -> tuple[str | None, float]:
    if person.said.team in teams:
        return person.said.team, 1.0
    if len(teams) == 1:
        seen = sum(s.frames for s in person.stretches if s.team is not None)
        return (teams[0], LEAST_TEAM_SCORE) if seen * 2 >= person.frames else (None, 0.0)
    posterior = posteriors(person.teams)
    best = int(np.argmax(posterior)) if len(posterior) else -1
    if best < 0 or posterior[best] < LEAST_TEAM_SCORE:
        return None, 0.0
    return teams[best], float(posterior[best])


def _off_court(person: Person, role: Role) -> str | None:
    """A player or referee was inside the lines for some time of all that was seen."""
    if sum(stretch.off_court for stretch in person.stretches) * 2 > person.frames:
        return "seen in close-ups only"
    known, inside, near = _court_rows(person)
    least = PLAYER_INSIDE if role == "player" else REFEREE_INSIDE
    if known < LEAST_COURT_ROWS or inside >= least * known:
        return None
    if role == "referee" and near >= REFEREE_NEAR * known:
        return None
    return f"inside the lines in {inside} of {known} frames"


def _court_rows(person: Person) -> tuple[int, int, int]:
    known, inside, near = np.array([stretch.court_rows for stretch in person.stretches]).sum(axis=0)
    return int(known), int(inside), int(near)
