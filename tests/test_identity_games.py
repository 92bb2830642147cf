"""Identities over whole games with planted errors: found, mended, or left open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from courtside.geometry import iou
from courtside.identity.case import Given, Settled
from courtside.identity.settle import settle_game
from courtside.settings import IdentitySettings
from courtside.sightings import Sightings
from courtside.sport import BASKETBALL
from identity_games import NUMBERS, PLAYERS, Game, Recipe, play

CLEAN = Recipe(seconds=40, track=1000, swaps=0, wrong=0)
WORN = np.array([*NUMBERS], object)


def settle(game: Game) -> Settled:
    given = Given(frames=game.frames)
    return settle_game(game.rows, BASKETBALL, IdentitySettings(), given)


def drawn(settled: Settled) -> NDArray[np.bool_]:
    return np.array([number is not None for number in settled.rows["number"]], np.bool_)


def precision(game: Game, settled: Settled) -> float:
    right = (settled.rows["number"] == WORN[game.who]) & (game.who < PLAYERS)
    return float(right[drawn(settled)].mean())


def coverage(game: Game, settled: Settled) -> float:
    right = settled.rows["number"] == WORN[game.who]
    return float(right[game.who < PLAYERS].mean())


def purity(game: Game, settled: Settled) -> float:
    """Return the share of sightings that show the person whom their player shows most."""
    found = np.zeros((settled.rows["player"].max() + 1, len(NUMBERS)), int)
    np.add.at(found, (settled.rows["player"], game.who), 1)
    return float(found.max(axis=1).sum() / found.sum())


def swapped(game: Game, first: int, second: int, frame: int) -> Game:
    """Let two people change their track numbers from a frame on."""
    later = game.rows["frame"] >= frame
    track = game.rows["track"].copy()
    one, two = (np.unique(track[later & (game.who == p)])[:1] for p in (first, second))
    of_one, of_two = later & (track == one), later & (track == two)
    track[of_one], track[of_two] = two, one
    return Game(game.rows.with_columns(track=track), game.frames, game.who)


@pytest.fixture(scope="module")
def clean() -> Game:
    return play(CLEAN)


def test_a_game_without_errors_is_told_whole(clean: Game) -> None:
    settled = settle(clean)
    assert precision(clean, settled) == 1.0
    assert coverage(clean, settled) > 0.95
    assert purity(clean, settled) == 1.0
    assert [team.name for team in settled.teams] == ["dark", "light"]
    sides = {p: set(settled.rows["team"][clean.who == p]) for p in range(PLAYERS)}
    assert all(sides[p] == sides[0] for p in range(5))
    assert all(sides[p] == sides[5] != sides[0] for p in range(5, PLAYERS))


@pytest.mark.parametrize("pair", [(0, 1), (1, 6)], ids=["team mates", "opponents"])
def test_two_players_swapped_half_way_are_put_right(clean: Game, pair: tuple[int, int]) -> None:
    wrong = swapped(clean, *pair, 200)
    settled = settle(wrong)
    assert precision(wrong, settled) > 0.99
    assert coverage(wrong, settled) > 0.9
    cuts = [found for found in settled.contradictions if found.settled == "cut there"]
    assert {found.time for found in cuts} <= set(np.arange(190, 211) / 10)
    assert len({found.tracks for found in cuts}) == 2


def test_team_mates_swapped_where_they_meet_are_told_apart_by_numbers_alone() -> None:
    game = play(replace(CLEAN, looks=False))
    meeting = _meeting(game, 0, 1)
    wrong = swapped(game, 0, 1, meeting)
    settled = settle(wrong)
    assert precision(wrong, settled) > 0.98
    assert coverage(wrong, settled) > 0.7


def test_opponents_swapped_shortly_before_their_tracks_end_keep_their_teams() -> None:
    game = play(replace(CLEAN, looks=False))
    meeting = _meeting(game, 1, 6)
    wrong = swapped(game, 1, 6, meeting)
    frame, track = wrong.rows["frame"], wrong.rows["track"].copy()
    for place, person in enumerate((1, 6)):  # both tracks break 1.2 s later
        track[(wrong.who == person) & (frame >= meeting + 12)] = 1000 + place
    wrong = Game(wrong.rows.with_columns(track=track), wrong.frames, wrong.who)
    settled = settle(wrong)
    after = (frame >= meeting) & (frame < meeting + 12)
    dark, light = (set(settled.rows["team"][after & (wrong.who == p)]) for p in (1, 6))
    assert dark != light
    assert len(dark) == len(light) == 1


def _meeting(game: Game, first: int, second: int) -> int:
    """Return a frame in which two people's boxes lie over one another most."""
    boxes = {
        (f, p): box for f, p, box in zip(game.rows["frame"], game.who, game.rows.boxes, strict=True)
    }
    both = [f for f in range(120, 280) if (f, first) in boxes and (f, second) in boxes]
    shared = [float(iou(boxes[f, first][None], boxes[f, second][None])[0, 0]) for f in both]
    assert max(shared) > 0.3
    return both[int(np.argmax(shared))]


@pytest.mark.parametrize("seed", range(2))
def test_three_of_ten_looks_read_wrong(seed: int) -> None:
    game = play(Recipe(seconds=60, track=20, swaps=0, wrong=0.3), seed)
    settled = settle(game)
    assert precision(game, settled) > 0.99
    assert coverage(game, settled) > 0.3


def test_a_game_with_all_kinds_of_errors_draws_no_wrong_name() -> None:
    game = play(Recipe(seconds=60))
    settled = settle(game)
    assert precision(game, settled) > 0.99
    assert coverage(game, settled) > 0.7
    assert purity(game, settled) > 0.97


def test_players_come_back_after_a_cut() -> None:
    game = play(Recipe(seconds=60, cut=15, track=1000, swaps=0, wrong=0), 1)
    settled = settle(game)
    back, same = 0, 0
    for person in range(PLAYERS):
        own = game.who == person
        players = [
            np.bincount(settled.rows["player"][own & (game.rows["segment"] == segment)]).argmax()
            for segment in range(4)
        ]
        back += 3
        same += sum(players[i] == players[0] for i in (1, 2, 3))
    assert same / back >= 0.9


def without_court(rows: Sightings, x: float, y: float, who: NDArray[np.bool_]) -> Sightings:
    court_x = np.where(who, x, rows["court_x"])
    return rows.with_columns(court_x=court_x, court_y=np.where(who, y, rows["court_y"]))


def test_who_takes_part_is_decided_over_the_whole_track() -> None:
    game = play(replace(CLEAN, court=True))
    coach, thrower, referee = (game.who == person for person in (9, 2, 11))
    throws = thrower & (game.rows["time"] < 6)
    rows = without_court(game.rows, 3.0, 8.6, coach | throws)
    apron = referee & (game.rows["time"] > 5)
    rows = without_court(rows, -4.0, 8.2, apron)
    settled = settle(replace(game, rows=rows))
    on_court = settled.rows["on_court"]
    assert set(on_court[coach]) == {False}
    assert set(on_court[thrower]) == {None}
    assert set(on_court[referee]) == {None}
    # A referee may stand behind the end line for as long as he is seen; nobody farther away.
    always = without_court(game.rows, -15.2, 2.0, referee)
    assert set(settle(replace(game, rows=always)).rows["on_court"][referee]) == {None}
    away = without_court(game.rows, -16.4, 2.0, referee)
    assert set(settle(replace(game, rows=away)).rows["on_court"][referee]) == {False}
    (player,) = [p for p in settled.players if not p.on_court]
    assert "inside the lines in 0 of" in str(player.why["rules"])


def test_a_referee_is_never_given_a_number(clean: Game) -> None:
    settled = settle(clean)
    assert not drawn(settled)[clean.who >= PLAYERS].any()
    assert {p.role for p in settled.players} == {"player", "referee"}


def test_why_tells_votes_rules_and_alternatives() -> None:
    game = play(Recipe(seconds=60))
    (player, *_) = [p for p in settle(game).players if p.number and len(p.tracks) > 1]
    assert set(player.why) == {"votes", "rules", "alternatives"}
    assert str(player.number) in str(player.why["votes"])
    assert "joined" in str(player.why["rules"])
