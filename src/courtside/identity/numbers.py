"""One number, one player of a team: which player keeps which number, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from courtside.identity.person import Person
from courtside.matching import assign

Floats = NDArray[np.float64]
# A number must itself have been read to be given, however surely the others are taken.
LEAST_OWN = 0.3
# Independent views that must have read a number before it is believed: of one doubtful look nothing
# is drawn. Two of them told no more of the benchmark and left half of a real clip's numbers out.
LEAST_VOTES = 1.0
# Where another number was read more than this often for each read of the best, the reads are
# contested: a referee's back, two players in one track, or a reader that guesses. In broadcast
# clips right numbers had at most 0.33, wrong ones 0.41 to 0.6.
CONTESTED = 0.4


@dataclass(frozen=True)
class Decision:
    """The number most likely worn by a person.

    Attributes:
        number: null when nothing was read.
        score: probability of the number, 0 when there is none.
        taken: a number read with more right by another of the team, null for none.
    """

    number: str | None
    score: float
    taken: str | None = None


def decide_numbers(
    people: Sequence[Person],
    numbered: Sequence[bool],
    teams: Sequence[str | None],
    numbers: tuple[str, ...],
    allowed: Mapping[str | None, Floats],
) -> list[Decision]:
    """Return the best number of each person so that no two of a team have the same.

    Maximum-weight matching of the players of each team to numbers, by their log odds. Players
    whose team is not known compete among each other and keep no number another team's player
    could not also have. Referees and others have none.

    Args:
        people: everybody.
        numbered: who may have a number.
        teams: team of each, null where it is not known.
        numbers: what their evidence is about.
        allowed: for each team 1 for the numbers its players may wear, 0 for others (numbers,).
    """
    decisions = [Decision(None, 0.0)] * len(people)
    players = np.flatnonzero(numbered).tolist()
    for team in sorted({teams[i] or "" for i in players}):
        members = [i for i in players if (teams[i] or "") == team]
        own = [people[i] for i in members]
        for member, decision in zip(
            members, _match(own, numbers, allowed[team or None]), strict=True
        ):
            decisions[member] = decision
    return decisions


def _match(people: Sequence[Person], numbers: tuple[str, ...], allowed: Floats) -> list[Decision]:
    posteriors = np.array([person.evidence.posterior(allowed) for person in people])
    odds = np.array([person.evidence.log_likelihood for person in people])
    gains = np.where((odds > 0) & (posteriors > 1e-3), odds, 0.0)
    given, columns = assign(gains, maximize=True)
    best = np.full(len(people), -1)
    best[given] = np.where(gains[given, columns] > 0, columns, -1)
    shares = [_share(posteriors, best, place) for place in range(len(people))]
    decisions = [
        _decision(numbers, posterior, share, int(column))
        for posterior, share, column in zip(posteriors, shares, best, strict=True)
    ]
    return [
        replace(decision, number=None, score=0.0)
        if _is_doubtful(person, decision, numbers, allowed)
        else decision
        for person, decision in zip(people, decisions, strict=True)
    ]


def _is_doubtful(
    person: Person, decision: Decision, numbers: tuple[str, ...], allowed: Floats
) -> bool:
    if decision.number is None or person.said.number == decision.number:
        return False
    votes = person.evidence.votes * allowed
    seen = votes[numbers.index(decision.number)] >= LEAST_VOTES
    return not seen or is_contested(votes, decision.number, numbers)


def is_contested(votes: Floats, number: str, numbers: tuple[str, ...]) -> bool:
    """Return whether another number was read too often; a part of the number is no rival.

    The likelihood alone forgives what it should not: wrong reads of one crop resemble each other,
    so that even their majority may be wrong.
    """
    rivals = [
        vote
        for vote, other in zip(votes.tolist(), numbers, strict=True)
        if other != number and not (len(other) == 1 and other in number)
    ]
    return bool(max(rivals, default=0.0) > CONTESTED * votes[numbers.index(number)])


def _share(posteriors: Floats, best: NDArray[np.int64], place: int) -> Floats:
    """Return one person's posterior, less what team mates wear with certainty."""
    free = np.ones(posteriors.shape[1])
    for other, column in enumerate(best):
        if other != place and column >= 0:
            free[column] *= 1 - posteriors[other, column]
    own = posteriors[place] * free
    return np.asarray(own / max(own.sum(), 1e-12), np.float64)


def _decision(numbers: tuple[str, ...], posterior: Floats, share: Floats, column: int) -> Decision:
    favourite = int(posterior.argmax())
    lost = numbers[favourite] if posterior[favourite] >= 0.5 and favourite != column else None
    if column < 0 or posterior[column] < LEAST_OWN:
        return Decision(None, 0.0, lost)
    return Decision(numbers[column], float(share[column]), lost)
