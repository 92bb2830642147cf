"""Settling while the video goes on, beside the decision over the whole video."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from courtside.identity.case import Given
from courtside.identity.settle import settle_game
from courtside.identity.window import LAG, NOBODY, WITNESSES, Memory, settle_window
from courtside.settings import IdentitySettings
from courtside.sightings import Sightings
from courtside.sport import BASKETBALL
from identity_games import NUMBERS, PLAYERS, Game, Recipe, play

HOP = 4.0
RULES = IdentitySettings()


def follow(game: Game) -> tuple[Sightings, NDArray[np.intp], list[str], list[Memory]]:
    """Settle hop by hop; return the rows as they were decided for good, and whom they show."""
    memory, parts, revised, memories = NOBODY, [], [], []
    places = np.arange(len(game.rows))
    shown = []
    for end in np.arange(HOP, game.rows["time"].max() + HOP, HOP):
        since = memory.until
        new = (game.rows["time"] > since) & (game.rows["time"] <= end)
        settled, memory = settle_window(
            game.rows.select(new), memory, BASKETBALL, RULES, game.frames
        )
        done = settled.rows["time"] <= memory.until
        parts.append(settled.rows.select(done))
        shown.append(places[new][done])
        revised += [told.reason for told in settled.contradictions if told.rule == "a name stays"]
        memories.append(memory)
    return Sightings.concat(parts), game.who[np.concatenate(shown)], revised, memories


@pytest.fixture(scope="module")
def game() -> Game:
    return play(Recipe(seconds=32, track=12, swaps=0))


@pytest.fixture(scope="module")
def followed(game: Game) -> tuple[Sightings, NDArray[np.intp], list[str], list[Memory]]:
    return follow(game)


def test_every_row_is_decided_once_but_for_the_lag(
    game: Game, followed: tuple[Sightings, NDArray[np.intp], list[str], list[Memory]]
) -> None:
    rows, who, _, memories = followed
    expected = game.rows["time"] <= game.rows["time"].max() - LAG
    assert len(rows) == len(who) == int(expected.sum())
    assert memories[-1].until == pytest.approx(game.rows["time"].max() - LAG, abs=0.11)


def test_what_is_drawn_agrees_with_the_whole_video(
    game: Game, followed: tuple[Sightings, NDArray[np.intp], list[str], list[Memory]]
) -> None:
    rows, who, _, _ = followed
    whole = settle_game(game.rows, BASKETBALL, RULES, Given(frames=game.frames)).rows
    late = whole.select(whole["time"] <= rows["time"].max())
    drawn = np.array([number is not None for number in rows["number"]])
    both = drawn & np.array([number is not None for number in late["number"]])
    # A first look that is read wrong all the while can be believed until the next one.
    assert (rows["number"][both] == late["number"][both]).mean() > 0.95
    worn = np.array([*NUMBERS], object)[who]
    assert (rows["number"][drawn] == worn[drawn]).mean() > 0.95
    # What comes after cannot be known before: fewer names, but the most of those of the end.
    last = rows["time"] > 16
    players = who < PLAYERS
    assert drawn[last & players].mean() > 0.6 * np.mean(
        [number is not None for number in late["number"][last & players]]
    )
    told = players & np.array([team is not None for team in rows["team"]])
    same = (rows["team"] == "dark") == (who < 5)
    assert max(same[told].mean(), 1 - same[told].mean()) > 0.93


def test_ids_stay_with_the_people(
    followed: tuple[Sightings, NDArray[np.intp], list[str], list[Memory]],
) -> None:
    rows, who, revised, _ = followed
    found = np.zeros((rows["player"].max() + 1, len(NUMBERS)), int)
    np.add.at(found, (rows["player"], who), 1)
    assert found.max(axis=1).sum() / found.sum() > 0.95
    assert len(revised) <= 2


def test_memory_does_not_grow_with_the_video(
    followed: tuple[Sightings, NDArray[np.intp], list[str], list[Memory]],
) -> None:
    *_, memories = followed
    people = {player.id for player in memories[-1].players}
    assert len(memories[-1].witnesses) <= WITNESSES * len(people)
    assert len(memories[-1].people) < 40
    assert all(len(person.stretches) == 1 for person in memories[-1].people)


def test_a_changed_name_is_told() -> None:
    game = play(Recipe(seconds=24, track=1000, swaps=0, wrong=0))
    tens, ones = game.rows["tens"].copy(), game.rows["ones"].copy()
    early = (game.who == 3) & (game.rows["time"] < 10)  # wears 23, at first read as 68
    tens[early], ones[early] = 0.01, 0.01
    tens[early, 7], ones[early, 8] = 0.9, 0.9
    readable = np.where(game.who == 3, 0.9, game.rows["readable"])
    late = (game.who == 3) & ~early
    tens[late], ones[late] = 0.01, 0.01
    tens[late, 3], ones[late, 3] = 0.9, 0.9
    rows = game.rows.with_columns(tens=tens, ones=ones, readable=readable)
    shown, who, revised, _ = follow(Game(rows, game.frames, game.who))
    own = shown["number"][who == 3].tolist()
    assert own[-1] in ("23", None)
    assert "68" in own[: len(own) // 2]
    assert "23" in own[len(own) // 2 :] or revised
