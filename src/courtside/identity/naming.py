"""What a roster says of numbers, names and teams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.game import Team
from courtside.identity.roster import Colour, Roster, RosterTeam

Floats = NDArray[np.float64]
# Log likelihood that a Lab distance of 10 costs: kits on film are duller than on paper.
COLOUR_COST = 0.7
# Least likelihood of a track's reads in a team: reads err.
LEAST_READ = 0.1


def allowed_by_team(
    roster: Roster | None, teams: Iterable[str], numbers: Sequence[str]
) -> dict[str | None, Floats]:
    """Return for each team, and null for no known team, which numbers may be worn (numbers,)."""
    everything = np.ones(len(numbers))
    allowed: dict[str | None, Floats] = {}
    for name in teams:
        team = roster.team(name) if roster else None
        listed = [number in team.players for number in numbers] if team and team.players else None
        allowed[name] = everything if listed is None else np.array(listed, np.float64)
    union = np.max([*allowed.values()], axis=0) if allowed else everything
    return {**allowed, None: union}


def name_of(roster: Roster | None, team: str | None, number: str | None) -> str | None:
    """Return the name of a team's player, null where it is not known."""
    listed = roster.team(team) if roster else None
    return (listed.players.get(number) or None) if listed and number else None


def named_teams(
    roster: Roster | None,
    teams: Sequence[Team],
    reads: Mapping[str, Sequence[Floats]],
    numbers: Sequence[str],
) -> tuple[Team, ...]:
    """Return the teams under their names in the roster, in the same order.

    Teams go to kits so that colours and the numbers read fit best together; a kit for which the
    roster has no team keeps its name.

    Args:
        roster: null for none.
        teams: as found, with the kits' colours.
        reads: for each team the probabilities of each number (numbers,) of each track.
        numbers: what the probabilities are of.
    """
    if roster is None or not teams:
        return tuple(teams)
    choices = [*roster.teams, *[None] * max(0, len(teams) - len(roster.teams))]
    best = max(
        permutations(choices, len(teams)),
        key=lambda order: sum(
            _fit(team, listed, reads.get(team.name, ()), numbers)
            for team, listed in zip(teams, order, strict=True)
            if listed is not None
        ),
    )
    return tuple(
        team if listed is None else Team(listed.name, team.colour)
        for team, listed in zip(teams, best, strict=True)
    )


def _fit(team: Team, listed: RosterTeam, reads: Sequence[Floats], numbers: Sequence[str]) -> float:
    """Return the log likelihood of a kit's colour and reads if the listed team wears it."""
    cost = 0.0
    if listed.colour is not None:
        cost = COLOUR_COST * float(np.linalg.norm(_lab(team.colour) - _lab(listed.colour))) / 10
    if not listed.players:
        return -cost
    worn = np.array([number in listed.players for number in numbers])
    # Against what anybody's reads would be: a short roster must not lose for being short.
    chance = worn.mean()
    return -cost + float(
        sum(np.log(max(read[worn].sum(), LEAST_READ * chance) / chance) for read in reads)
    )


def _lab(colour: Colour) -> Floats:
    pixel = np.array([[colour]], np.float32) / 255
    return np.asarray(cv2.cvtColor(pixel, cv2.COLOR_RGB2Lab), np.float64).ravel()
