"""Why a player got the number, and which evidence lost against it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from courtside.game import Player
from courtside.identity.join import Person
from courtside.identity.numbers import Decision
from courtside.identity.rules import Contradiction, already_worn, no_number

# Votes below this say nothing worth telling.
LEAST_VOTE = 0.05


def explain(
    person: Person, decision: Decision, numbers: tuple[str, ...], number: str | None
) -> dict[str, object]:
    """Return `Player.why`: independent views for each number, rules, alternatives.

    Args:
        person: with all its evidence.
        decision: of the number.
        numbers: what the evidence is about.
        number: as drawn, null where it was not sure enough.
    """
    votes, posterior = person.evidence.votes, person.evidence.posterior()
    heard = [int(i) for i in np.argsort(-votes, kind="stable") if votes[i] >= LEAST_VOTE]
    rules = [*person.rules]
    if decision.taken:
        rules.append(f"number {decision.taken} is worn by another of the team")
    without = no_number(person.stretches[0].role)
    if heard and number is None:
        rules.append(without or "no number is sure enough")
    return {
        "votes": {numbers[i]: round(float(votes[i]), 2) for i in heard[:5]},
        "rules": rules,
        "alternatives": {
            numbers[i]: round(float(posterior[i]), 3)
            for i in np.argsort(-posterior, kind="stable")[:4]
            if posterior[i] >= 0.01 and numbers[i] != number
        },
    }


def lost_numbers(
    people: Sequence[Person], decisions: Sequence[Decision], ids: Sequence[int]
) -> list[Contradiction]:
    """Return where two players of a team were read with one number, and what the weaker got."""
    wearers = {
        (person.team, decision.number): player_id
        for person, decision, player_id in zip(people, decisions, ids, strict=True)
        if decision.number
    }
    found = []
    for person, decision in zip(people, decisions, strict=True):
        wearer = wearers.get((person.team, decision.taken)) if decision.taken else None
        reason = already_worn(decision.taken or "", person.team, [] if wearer is None else [wearer])
        if reason:
            tracks = tuple(sorted({s.track for s in person.stretches}))
            time = min(s.presence.times[0] for s in person.stretches)
            settled = f"{decision.number or 'no number'} instead"
            found.append(Contradiction("one number, one player", tracks, time, reason, settled))
    return found


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
