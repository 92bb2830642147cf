"""Quality without truth: what can be said of a run from itself, and which kind of view it shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courtside.game import Game, Segment
from courtside.identity.rules import Contradiction, too_many
from courtside.sightings import FrameTable, Sightings
from courtside.sport import Sport
from courtside.teams.look import PEOPLE

# A main camera shows a game: several people at once, none of them filling the picture. A low
# camera behind the basket has players up to three quarters of the picture high among smaller ones.
GAME_PEOPLE = 4.0
# Body height as a share of the picture's height: beyond it (in the median of all people of the
# segment) the picture is of single people. Close-ups cut bodies off, so width tells as well.
CLOSE_HEIGHT = 0.6
CLOSE_WIDTH = 0.2
CLOSE_PEOPLE = 3.0
# Views in which nobody is counted.
BESIDE = ("close-up", "replay")
# Too little to tell from, in rows.
LEAST_ROWS = 3


def kind_of_view(rows: Sightings, picture_size: tuple[int, int]) -> str | None:
    """Return `main`, `close-up` or `other` for the rows of one segment, null for too few.

    By the count and the size of the people in the middle frame: a game has at least four people
    at once; few and large ones are a close-up.

    Args:
        rows: sightings of one segment.
        picture_size: height and width in pixels.
    """
    people = rows.select(np.isin(rows["kind"], PEOPLE))
    if len(people) < LEAST_ROWS:
        return None
    height, width = picture_size
    _, counts = np.unique(people["frame"], return_counts=True)
    at_once = float(np.median(counts))
    tall = float(np.median(people["y2"] - people["y1"])) / height
    wide = float(np.median(people["x2"] - people["x1"])) / width
    if at_once <= CLOSE_PEOPLE and (tall >= CLOSE_HEIGHT or wide >= CLOSE_WIDTH):
        return "close-up"
    return "main" if at_once >= GAME_PEOPLE else "other"


def leave_out_of_game(rows: Sightings, segments: Sequence[Segment]) -> Sightings:
    """Return the rows with `on_court` false in close-ups and replays.

    Nobody is counted or drawn there: who is in a close-up is in the game at the same time, who is
    in a replay was so before.
    """
    beside = [segment.index for segment in segments if segment.view in BESIDE]
    inside = np.isin(rows["segment"], beside) & np.isin(rows["kind"], PEOPLE)
    told = rows["on_court"] if "on_court" in rows else np.full(len(rows), None, object)
    return rows.with_columns(on_court=np.where(inside, False, told))


def report(
    rows: Sightings,
    frames: FrameTable,
    game: Game,
    sport: Sport,
    contradictions: Sequence[Contradiction] = (),
) -> dict[str, Any]:
    """Return the content of `report.json`; every share is 0 to 1, null where there is nothing.

    Args:
        rows: settled sightings.
        frames: the sampled frames; those without people count as well.
        game: teams and players.
        sport: how many players a side, how many referees.
        contradictions: found while settling, with what was decided.
    """
    counted = rows.select(_counted(rows))
    of_game = _frames_of_game(frames, game)
    counted = counted.select(np.isin(counted["frame"], of_game))
    return {
        "frames": len(frames),
        "frames_of_game": len(of_game),
        "people_on_court": _distribution(counted, of_game),
        "expected_on_court": 2 * sport.players_a_side + sport.referees,
        "players_on_court": _players_on_court(counted, of_game, game, sport),
        "identities": _identities(game),
        "drawn_name_share": _drawn_share(counted),
        "too_many_of_a_team": _crowded(counted, game, sport),
        "contradictions": [asdict(found) for found in contradictions],
    }


def _counted(rows: Sightings) -> NDArray[np.bool_]:
    if "role" not in rows:
        return np.zeros(len(rows), np.bool_)
    people = np.isin(rows["role"], ("player", "referee"))
    off = rows["on_court"] == False if "on_court" in rows else False  # noqa: E712 (null is not false)
    return np.asarray(people & ~np.asarray(off, np.bool_), np.bool_)


def _frames_of_game(frames: FrameTable, game: Game) -> NDArray[np.int32]:
    beside = [segment.index for segment in game.segments if segment.view in BESIDE]
    wanted: NDArray[np.int32] = frames["frame"][~np.isin(frames["segment"], beside)]
    return wanted


def _distribution(counted: Sightings, frames: NDArray[np.int32]) -> dict[str, Any]:
    """Return in how many frames how many people are on court, and the median."""
    counts = _per_frame(counted, frames)
    histogram = Counter(counts.tolist())
    return {
        "median": float(np.median(counts)) if len(counts) else None,
        "frames_with": {str(count): histogram[count] for count in sorted(histogram)},
    }


def _players_on_court(
    counted: Sightings, frames: NDArray[np.int32], game: Game, sport: Sport
) -> dict[str, Any]:
    """Return how many players are seen beside how many there must be, all and of each team.

    Fewer is no error: the camera need not see everybody.
    """
    players = counted.select(counted["role"] == "player")
    a_side = sport.players_a_side
    sides = {
        team.name: _beside(players.select(players["team"] == team.name), frames, a_side)
        for team in game.teams
    }
    return {**_beside(players, frames, 2 * a_side), "teams": sides}


def _beside(players: Sightings, frames: NDArray[np.int32], expected: int) -> dict[str, Any]:
    counts = _per_frame(players, frames)
    shares = {"exactly": counts == expected, "more": counts > expected}
    return {
        "expected": expected,
        "median": float(np.median(counts)) if len(counts) else None,
        **{
            f"share_{name}": round(float(hit.mean()), 4) if len(hit) else None
            for name, hit in shares.items()
        },
    }


def _per_frame(counted: Sightings, frames: NDArray[np.int32]) -> NDArray[np.int64]:
    ordered = np.sort(counted["frame"])
    return np.asarray(
        np.searchsorted(ordered, frames, "right") - np.searchsorted(ordered, frames, "left")
    )


def _identities(game: Game) -> dict[str, Any]:
    players = [player for player in game.players if player.role == "player" and player.on_court]
    named = Counter(player.team for player in players)
    return {
        "teams": {team.name: named[team.name] for team in game.teams},
        "players_without_team": named[None],
        "players_with_number": sum(player.number is not None for player in players),
        "referees": sum(player.role == "referee" for player in game.players),
    }


def _drawn_share(counted: Sightings) -> float | None:
    players = counted.select(counted["role"] == "player")
    if not len(players) or "number" not in players:
        return None
    return round(float(np.mean([number is not None for number in players["number"]])), 4)


def _crowded(counted: Sightings, game: Game, sport: Sport) -> Mapping[str, Any]:
    """Return for each team in how many frames it has too many on court, and the worst case."""
    found: dict[str, Any] = {}
    for team in game.teams:
        members = counted.select((counted["role"] == "player") & (counted["team"] == team.name))
        _, counts = np.unique(members["frame"], return_counts=True)
        most = int(counts.max(initial=0))
        found[team.name] = {
            "frames": int((counts > sport.players_a_side).sum()),
            "worst": too_many(most, sport),
        }
    return found
