"""Who is who in the whole video, from tracks, kits, looks, places and number reads together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from numpy.typing import ArrayLike

from courtside.game import Player, Team
from courtside.identity.case import Given, Settled, open_case
from courtside.identity.decide import decide
from courtside.identity.parts import numbered
from courtside.identity.rules import Contradiction
from courtside.identity.summarise import team_names
from courtside.memory import give_back
from courtside.settings import IdentitySettings
from courtside.sightings import Sightings
from courtside.sport import Sport
from courtside.teams.settle import settle_teams

NOTHING = Given()


def settle_game(
    rows: Sightings, sport: Sport, settings: IdentitySettings, given: Given = NOTHING
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
    case = open_case(rows, sport, settings, given)
    by_part = rows.with_columns(track=numbered(case.parts, len(rows)))
    teamed, teams = settle_teams(by_part, sport, least=0.0)
    decided: dict[str, ArrayLike] = {n: teamed[n] for n in ("role", "team", "team_score")}
    give_back()
    decided["on_court"] = rows["on_court"] if "on_court" in rows else teamed["on_court"]
    return decide(replace(case, rows=rows.with_columns(**decided)), teams)


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
    case = open_case(rows, sport, settings, Given(previous=previous or ()))
    settled = decide(case, tuple(Team(name, (0, 0, 0)) for name in team_names(rows)))
    return settled.rows, settled.players, settled.contradictions
