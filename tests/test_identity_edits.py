"""What a person says: corrections hold for the whole video and for later runs; rosters bound."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from command_line import command
from courtside.errors import InputError
from courtside.identity.case import Given, Settled
from courtside.identity.edits import Edit, append_edit, read_edits
from courtside.identity.roster import Roster, load_roster
from courtside.identity.settle import settle_game
from courtside.settings import IdentitySettings
from courtside.sightings import Sightings
from courtside.sport import BASKETBALL
from courtside.store import run as store
from courtside.store.opened import Run, open_run
from identity_games import NUMBERS, PLAYERS, Game, Recipe, play
from identity_run import HASH, finished_run
from test_identity import track as one_track

QUIET = Recipe(seconds=20, track=1000, swaps=0, wrong=0)
ROSTER = """
[[teams]]
name = "Reds"
colour = "#c81e28"
[teams.players]
4 = "Ann"
7 = "Bea"
11 = "Cleo"
23 = "Dora"
30 = "Eve"

[[teams]]
name = "Blues"
colour = "blue"
[teams.players]
0 = "Fay"
5 = "Gina"
12 = "Hana"
23 = "Ida"
45 = "Jo"
"""


def settle(rows: Sightings, *edits: Edit, roster: Roster | None = None) -> Settled:
    given = Given(edits=edits, roster=roster)
    return settle_game(rows, BASKETBALL, IdentitySettings(), given)


def at(rows: Sightings, place: int, **said: object) -> Edit:
    """Return a correction that points at the middle of a row's person."""
    x = float(rows["x1"][place] + rows["x2"][place]) / 2
    y = float(rows["y1"][place] + rows["y2"][place]) / 2
    return Edit(HASH, float(rows["time"][place]), (x, y), **said)  # type: ignore[arg-type]


def row_of(game: Game, person: int, time: float) -> int:
    rows = game.rows
    own = np.flatnonzero(game.who == person)

    def is_free(row: int) -> bool:
        others = (rows["frame"] == rows["frame"][row]) & (game.who != person)
        return bool(np.abs(rows["x1"][others] - rows["x1"][row]).min() > 60)

    # Where nobody else is near, as a person would choose.
    free = [row for row in own.tolist() if is_free(row)]
    return int(min(free, key=lambda row: abs(rows["time"][row] - time)))


@pytest.fixture(scope="module")
def unread() -> Game:
    """A game without a single readable number."""
    game = play(QUIET)
    return replace(game, rows=game.rows.without("readable", "tens", "ones"))


def test_a_number_said_once_holds_for_the_whole_video(unread: Game) -> None:
    said = at(unread.rows, row_of(unread, 3, 10.0), number="23", name="Dora")
    settled = settle(unread.rows, said)
    assert set(settled.rows["number"][unread.who == 3]) == {"23"}
    assert set(settled.rows["number"][unread.who != 3]) == {None}
    (player,) = [p for p in settled.players if p.number]
    assert (player.name, player.confidence) == ("Dora", 1.0)
    assert "a person said number 23" in str(player.why["rules"])


def test_of_two_corrections_the_later_holds(unread: Game) -> None:
    row = row_of(unread, 3, 10.0)
    settled = settle(
        unread.rows, at(unread.rows, row, number="23"), at(unread.rows, row, number="8")
    )
    assert set(settled.rows["number"][unread.who == 3]) == {"8"}


def test_a_correction_outranks_every_read() -> None:
    rows = one_track(0, ["41"] * 60).without("role", "team", "team_score", "on_court")
    settled = settle(rows, at(rows, 30, number="14"))
    assert set(settled.rows["number"]) == {"14"}


def test_a_team_said_once_holds(unread: Game) -> None:
    wrong = settle(unread.rows)
    own = unread.who == 3
    (other,) = {"light", "dark"} - set(wrong.rows["team"][own])
    settled = settle(unread.rows, at(unread.rows, row_of(unread, 3, 10.0), team=other))
    assert set(settled.rows["team"][own]) == {other}


def test_same_as_joins_over_everything_but_being_at_two_places(unread: Game) -> None:
    rows, who = unread.rows, unread.who
    # After a cut nobody is known again, without numbers and looks.
    later = rows["time"] > 10
    rows = rows.with_columns(
        segment=later.astype(int), track=np.where(later, rows["track"] + 100, rows["track"])
    ).without("embedding")
    early, late = row_of(unread, 3, 5.0), row_of(unread, 3, 15.0)
    box = rows.boxes[late]
    there = (float(rows["time"][late]), float(box[[0, 2]].mean()), float(box[[1, 3]].mean()))
    assert len(set(settle(rows).rows["player"][who == 3])) > 1
    assert len(set(settle(rows, at(rows, early, same_as=there)).rows["player"][who == 3])) == 1
    # Two people in one frame stay two, whatever is said.
    other = row_of(unread, 7, 15.0)
    settled = settle(rows, at(rows, other, same_as=there))
    assert settled.rows["player"][late] != settled.rows["player"][other]


def test_split_parts_two_people_of_one_track(unread: Game) -> None:
    row = row_of(unread, 3, 10.0)
    settled = settle(unread.rows, at(unread.rows, row, split=True))
    own, time = unread.who == 3, unread.rows["time"]
    before = set(settled.rows["player"][own & (time < time[row])])
    after = set(settled.rows["player"][own & (time >= time[row])])
    assert len(before) == len(after) == 1
    assert before != after
    assert any(found.reason == "said to be two" for found in settled.contradictions)


def test_not_a_player_is_out_of_the_game(unread: Game) -> None:
    settled = settle(unread.rows, at(unread.rows, row_of(unread, 3, 10.0), not_a_player=True))
    own = unread.who == 3
    assert set(settled.rows["role"][own]) == {"other"}
    assert set(settled.rows["on_court"][own]) == {False}


def test_corrections_without_a_place_are_told(unread: Game) -> None:
    nowhere = Edit(HASH, 500.0, (10.0, 10.0), number="23")
    no_team = at(unread.rows, row_of(unread, 3, 10.0), team="Greens")
    assert settle(unread.rows, nowhere, no_team).lost == (nowhere, no_team)
    assert str(nowhere) == "at 500 s at 10,10: number 23"


def test_edits_are_kept_in_lines_that_are_only_added(tmp_path: Path) -> None:
    path = tmp_path / "edits.jsonl"
    first = Edit(HASH, 1.5, (10.0, 20.0), number="00", same_as=(2.0, 3.0, 4.0))
    append_edit(path, first)
    before = path.read_bytes()
    append_edit(path, Edit("of another video", 1.0, (1.0, 1.0), split=True))
    assert path.read_bytes().startswith(before)
    assert read_edits(path, HASH) == [first]
    path.write_text('{"time": 1}\n')
    with pytest.raises(InputError, match="line 1 is no correction"):
        read_edits(path, HASH)


def roster(folder: Path, text: str = ROSTER, name: str = "roster.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_roster_names_teams_and_players_and_bounds_numbers(tmp_path: Path) -> None:
    game = play(Recipe(seconds=40, track=20, swaps=0))
    known = load_roster(roster(tmp_path), BASKETBALL)
    settled = settle(game.rows, roster=known)
    # No colour of the table is like a team's: the numbers tell which kit is whose.
    for person in range(PLAYERS):
        own = game.who == person
        assert set(settled.rows["team"][own]) <= {"Reds" if person < 5 else "Blues", None}
    names = {(p.team, p.number): p.name for p in settled.players if p.number}
    assert (
        names.items()
        <= {
            (team.name, number): name
            for team in known.teams
            for number, name in team.players.items()
        }.items()
    )
    free = settle(game.rows)
    covered = [
        np.mean(s.rows["number"] == np.array([*NUMBERS], object)[game.who]) for s in (settled, free)
    ]
    assert covered[0] > covered[1]


def test_roster_from_a_spreadsheet(tmp_path: Path) -> None:
    text = "\ufeffteam,colour,number,name\nReds,red,00,Ann\nReds,,7,\nBlues,#1e50b4,7,Bea Müller\n"
    known = load_roster(roster(tmp_path, text, "r.csv"), BASKETBALL)
    assert [(t.name, t.colour, dict(t.players)) for t in known.teams] == [
        ("Reds", (200, 30, 40), {"00": "Ann", "7": ""}),
        ("Blues", (30, 80, 180), {"7": "Bea Müller"}),
    ]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("", "r.toml", "one or two tables"),
        ("[[teams]]\n", "r.toml", "needs a name"),
        ('[[teams]]\nname = "A"\ncolour = "blau"\n', "r.toml", "colour 'blau' must be like"),
        ('[[teams]]\nname = "A"\nplayers = {"100" = "x"}\n', "r.toml", "'100' is no number"),
        ('[[teams]]\nname = "A"\nplayer = {}\n', "r.toml", "unknown key 'player'"),
        ('[[teams]]\nname = "A"\n[[teams]]\nname = "A"\n', "r.toml", "both teams are called 'A'"),
        ("[[teams\n", "r.toml", "is no TOML"),
        ("name,shirt\n", "r.csv", "must name the columns"),
        ("team,number\nA,7\nA,7\n", "r.csv", "line 3: number 7 of A is there twice"),
    ],
)
def test_a_wrong_roster_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, name: str, expected: str
) -> None:
    code, _, err = command(capsys, "roster", "check", roster(tmp_path, text, name))
    assert code == 3
    assert err.count("\n") == 1
    assert expected in err


def test_roster_check_tells_what_it_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = command(capsys, "roster", "check", roster(tmp_path))
    assert code == 0
    assert "Reds (#c81e28): 5 players" in out
    assert " 4  Ann" in out


@pytest.fixture
def run(unread: Game, tmp_path: Path) -> Run:
    return open_run(finished_run(tmp_path / "game.run", unread.rows, unread.frames))


def spot(game: Game, person: int, time: float) -> list[str]:
    edit = at(game.rows, row_of(game, person, time))
    return ["--at", f"{edit.time}", "--point", "{},{}".format(*edit.point)]


def test_correct_settles_a_finished_run_again(
    run: Run, unread: Game, capsys: pytest.CaptureFixture[str]
) -> None:
    before = run.sightings
    where = spot(unread, 3, 10.0)
    code, out, _ = command(capsys, "correct", run.path, *where, "--number", "23", "--name", "Dora")
    assert code == 0
    assert "Dora" in out
    again = open_run(run.path)
    # The run is written frame by frame, as the game's rows are.
    assert set(again.sightings["number"][unread.who == 3]) == {"23"}
    decided = ("role", "team", "team_score", "number", "number_score", "player_score")
    for name in set(before.names) - {*decided}:
        assert np.array_equal(
            before[name], again.sightings[name], equal_nan=name not in ("mask", "kind", "on_court")
        ), name
    assert again.manifest == run.manifest
    assert again.report["edits_without_place"] == []


def test_edits_hold_for_a_new_run_of_the_same_video(
    run: Run, unread: Game, capsys: pytest.CaptureFixture[str]
) -> None:
    command(capsys, "correct", run.path, *spot(unread, 3, 10.0), "--number", "23")
    append_edit(run.path / store.EDITS, Edit(HASH, 999.0, (5.0, 5.0), number="4"))
    store.clear(run.path)  # what --force does
    renumbered = unread.rows.with_columns(track=(unread.rows["track"] * 7 + 3) % 1009)
    shifted = renumbered.with_columns(x1=renumbered["x1"] + 4, x2=renumbered["x2"] + 2)
    finished_run(run.path, shifted, unread.frames)
    again = open_run(run.path)
    assert set(again.sightings["number"][unread.who == 3]) == {"23"}
    assert again.report["edits_without_place"] == ["at 999 s at 5,5: number 4"]
    store.clear(run.path)
    finished_run(run.path, unread.rows, unread.frames, video="cd" * 32)
    assert not any(open_run(run.path).sightings["number"])


@pytest.mark.parametrize(
    ("options", "code", "expected"),
    [
        (["--number", "100"], 3, "'100' is no number"),
        (["--team", "Greens"], 3, "no team 'Greens' in this run; there are: dark, light"),
        ([], 3, "say what is right"),
    ],
)
def test_a_wrong_correction_is_one_clear_line_and_is_not_kept(
    run: Run, unread: Game, capsys: pytest.CaptureFixture[str],
    options: list[str], code: int, expected: str,
) -> None:  # fmt: skip
    found, _, err = command(capsys, "correct", run.path, *spot(unread, 3, 10.0), *options)
    assert (found, err.count("\n")) == (code, 1)
    assert expected in err
    assert not (run.path / store.EDITS).exists()


def test_a_correction_of_nobody_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--at", "3", "--point", "2,2", "--number", "4"]
    code, _, err = command(capsys, "correct", run.path, *where)
    assert code == 3
    assert "nobody is followed at 3 s at 2,2" in err


def test_players_json_says_why(run: Run) -> None:
    content = json.loads((run.path / "players.json").read_text())
    assert all({"votes", "rules", "alternatives"} <= set(p["why"]) for p in content["players"])


def test_replays_are_not_counted_twice(tmp_path: Path) -> None:
    game = play(replace(QUIET, cut=10))
    late = game.frames["segment"] == 1
    frames = game.frames.with_columns(view=["replay" if replayed else None for replayed in late])
    opened = open_run(finished_run(tmp_path / "game.run", game.rows, frames))
    assert [segment.view for segment in opened.game.segments] == ["main", "replay"]
    on_court = opened.sightings["on_court"]
    assert set(on_court[game.rows["segment"] == 1]) == {False}
    assert True not in on_court[game.rows["segment"] == 0]
    assert opened.report["frames_of_game"] == int((~late).sum())
