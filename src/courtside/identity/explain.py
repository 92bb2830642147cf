"""Why a player got the number, and which evidence lost against it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from courtside.game import Player
from courtside.identity.numbers import Decision
from courtside.identity.person import Person
from courtside.identity.roles import Standing
from courtside.identity.rules import Contradiction, already_worn, cannot_be_one, no_number
from courtside.sport import Sport

# Votes below this say nothing worth telling.
LEAST_VOTE = 0.05
# Numbers less probable than this are no alternative: about what a number has that was not read.
LEAST_ALTERNATIVE = 0.02


def explain(
    person: Person,
    standing: Standing,
    decision: Decision,
    numbers: tuple[str, ...],
    number: str | None,
) -> dict[str, object]:
    """Return `Player.why`: independent views for each number, rules, alternatives.

    Args:
        person: with all its evidence.
        standing: role and team.
        decision: of the number.
        numbers: what the evidence is about.
        number: as drawn, null where it was not sure enough.
    """
    votes, posterior = person.evidence.votes, person.evidence.posterior()
    heard = [int(i) for i in np.argsort(-votes, kind="stable") if votes[i] >= LEAST_VOTE]
    rules = [*person.rules, *standing.reasons]
    if number and person.said.number == number:
        rules.append(f"a person said number {number}")
    if decision.taken:
        rules.append(f"number {decision.taken} is worn by another of the team")
    without = no_number(standing.role)
    if heard and number is None:
        rules.append(without or "no number is sure enough")
    return {
        "votes": {numbers[i]: round(float(votes[i]), 2) for i in heard[:5]},
        "rules": rules,
        "alternatives": {
            numbers[i]: round(float(posterior[i]), 3)
            for i in np.argsort(-posterior, kind="stable")[:4]
            if posterior[i] >= LEAST_ALTERNATIVE and numbers[i] != number
        },
    }


def lost_numbers(
    people: Sequence[Person],
    teams: Sequence[str | None],
    decisions: Sequence[Decision],
    ids: Sequence[int],
) -> list[Contradiction]:
    """Return where two players of a team were read with one number, and what the weaker got."""
    wearers = {
        (team, decision.number): player_id
        for team, decision, player_id in zip(teams, decisions, ids, strict=True)
        if decision.number
    }
    found = []
    for person, team, decision in zip(people, teams, decisions, strict=True):
        wearer = wearers.get((team, decision.taken)) if decision.taken else None
        reason = already_worn(decision.taken or "", team, [] if wearer is None else [wearer])
        if reason:
            settled = f"{decision.number or 'no number'} instead"
            found.append(_about(person, "one number, one player", reason, settled))
    return found


def unjoined(
    people: Sequence[Person],
    teams: Sequence[str | None],
    decisions: Sequence[Decision],
    sport: Sport,
) -> list[Contradiction]:
    """Return who was read like another of the team, but can by no means be one with that player."""
    wearers = {
        (team, decision.number): person
        for person, team, decision in zip(people, teams, decisions, strict=True)
        if decision.number
    }
    found = []
    for person, team, decision in zip(people, teams, decisions, strict=True):
        wearer = wearers.get((team, decision.taken)) if decision.taken else None
        reason = wearer and cannot_be_one(wearer.presences, person.presences, sport)
        if reason:
            told = f"reads {decision.taken} of {team} like another player, but {reason}"
            settled = "kept apart; the player with more evidence keeps the number"
            found.append(_about(person, "one place at a time", told, settled))
    return found


def _about(person: Person, rule: str, reason: str, settled: str) -> Contradiction:
    return Contradiction(rule, person.tracks, person.presences[0].times[0], reason, settled)


def revisions(players: Sequence[Player], previous: Sequence[Player]) -> list[Contradiction]:
    """Return changes from one number to another; from none to a number is no revision."""
    former = {player.id: player for player in previous}
    return [
        Contradiction(
            "a name stays",
            player.tracks,
            player.first_seen,
            f"player {player.id} was number {former[player.id].number} before",
            f"now {player.number}",
        )
        for player in players
        if player.id in former
        and player.number
        and former[player.id].number not in (None, player.number)
    ]
