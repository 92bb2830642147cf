"""Numbers and identities from small tables whose right answer can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtside.game import Game, Player, Segment, Team
from courtside.identity import rules
from courtside.identity.evidence import weigh
from courtside.identity.pieces import Pieces
from courtside.identity.reading import allowed_numbers, learn_reading
from courtside.identity.report import kind_of_view, leave_out_of_game, report
from courtside.identity.rules import Contradiction, Presence
from courtside.identity.settle import settle_identity
from courtside.settings import IdentitySettings
from courtside.sightings import FrameTable, Sightings
from courtside.sport import BASKETBALL

RATE = 10
SETTINGS = IdentitySettings()
Settled = tuple[Sightings, tuple[Player, ...], tuple[Contradiction, ...]]


def digits(read: str, sure: float = 0.95) -> tuple[list[float], list[float]]:
    """Return `tens` and `ones` for a number read; "" for a reader that has no idea."""
    if not read:
        return [1 / 11] * 11, [1 / 10] * 10
    tens, ones = [(1 - sure) / 10] * 11, [(1 - sure) / 9] * 10
    tens[0 if len(read) == 1 else 1 + int(read[0])] = sure
    ones[int(read[-1])] = sure
    return tens, ones


def track(
    number: int,
    reads: Sequence[str],
    start: int = 0,
    *,
    team: str | None = "light",
    role: str = "player",
    x: float = 100.0,
    speed: float = 0.0,
    segment: int = 0,
    height: float = 100.0,
) -> Sightings:
    """Return a track, one row a sampled frame; `speed` in pixels a second, "" is unreadable."""
    count = len(reads)
    frames = start + np.arange(count)
    left = x + speed * np.arange(count) / RATE
    tens, ones = zip(*[digits(read) for read in reads], strict=True)
    return Sightings(
        {
            "frame": frames,
            "time": frames / RATE,
            "segment": np.full(count, segment),
            "kind": ["referee" if role == "referee" else "player"] * count,
            "track": np.full(count, number),
            "x1": left,
            "y1": np.full(count, 200.0),
            "x2": left + height * 0.4,
            "y2": np.full(count, 200.0 + height),
            "readable": [0.95 if read else 0.05 for read in reads],
            "tens": tens,
            "ones": ones,
            "role": [role] * count,
            "on_court": [None] * count,
            "team": [team] * count,
            "team_score": np.full(count, 0.99 if team else np.nan),
        }
    )


def settle(*tracks: Sightings, previous: Sequence[Player] | None = None) -> Settled:
    return settle_identity(Sightings.concat(tracks), previous, BASKETBALL, SETTINGS)


def numbers_of(settled: Settled) -> dict[int, set[object]]:
    return {number: set(rows["number"].tolist()) for number, rows in settled[0].by_track()}


@pytest.mark.parametrize("worn", ["0", "00", "7", "10", "23", "99"])
def test_clear_reads_give_the_number(worn: str) -> None:
    settled = settle(track(0, [worn] * 40))
    assert numbers_of(settled) == {0: {worn}}
    player = settled[1][0]
    assert (player.number, player.team, player.frames) == (worn, "light", 40)
    assert player.confidence > 0.9
    votes = player.why["votes"]
    assert isinstance(votes, dict)
    assert next(iter(votes)) == worn


@pytest.mark.parametrize(
    "reads",
    [[""] * 60, ["23"] * 2, ["23"] * 5 + [""] * 30 + ["41"] * 5, ["12", "34", "5", "78", "90"] * 8],
    ids=["unreadable", "two frames", "two opinions", "nonsense"],
)
def test_abstains(reads: list[str]) -> None:
    rows, players, _ = settle(track(0, reads))
    assert players[0].number is None
    assert not rows["number"].any()
    assert np.isnan(rows["number_score"]).all()
    assert (rows["player"] == 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_right_with_30_percent_of_reads_wrong(seed: int) -> None:
    rng = np.random.default_rng(seed)
    worn = ["3", "12", "30", "00", "21"]
    tracks = []
    for index, number in enumerate(worn):
        wrong = rng.random(80) < 0.3
        reads = [str(rng.integers(1, 100)) if bad else number for bad in wrong]
        tracks.append(track(index, reads, x=200.0 * index))
    assert numbers_of(settle(*tracks)) == {i: {number} for i, number in enumerate(worn)}


def test_half_hidden_number_is_the_whole_one() -> None:
    settled = settle(track(0, (["12"] * 4 + [""] * 8 + ["2"] * 4 + [""] * 8) * 4))
    assert numbers_of(settled) == {0: {"12"}}


def test_a_long_look_at_one_crop_counts_little_more_than_a_short_one() -> None:
    reading = learn_reading(Sightings.empty(), allowed_numbers(BASKETBALL.numbers))
    place = reading.numbers.index("23")

    def votes(rows: Sightings) -> float:
        return float(weigh(Pieces(rows, np.zeros(1, np.intp)), reading)[0].votes[place])

    half_second = votes(track(0, ["23"] * 5))
    five_times_as_often = votes(track(0, ["23"] * 25).with_columns(time=np.arange(25) / 50))
    apart = votes(track(0, (["23"] + [""] * 29) * 5))
    assert five_times_as_often == pytest.approx(half_second, rel=0.25)
    assert apart > 2 * half_second


def test_a_number_waits_for_a_second_view() -> None:
    """From one side a digit may be taken for another frame after frame."""
    assert numbers_of(settle(track(0, ["23"] * 10))) == {0: {None}}
    assert numbers_of(settle(track(0, (["23"] * 5 + [""] * 25) * 3))) == {0: {"23"}}


def test_one_number_one_player_of_a_team() -> None:
    strong, weak = track(0, ["23"] * 80), track(1, ["23"] * 30 + [""] * 50, x=500)
    settled = settle(weak, strong)
    assert numbers_of(settled) == {0: {"23"}, 1: {None}}
    found = {conflict.rule: conflict for conflict in settled[2]}
    assert found["one place at a time"].tracks == (1,)
    assert "23" in found["one number, one player"].reason


def test_both_teams_may_have_a_number() -> None:
    settled = settle(track(0, ["23"] * 60), track(1, ["23"] * 60, x=500, team="dark"))
    assert numbers_of(settled) == {0: {"23"}, 1: {"23"}}
    assert settled[2] == ()


def test_referee_gets_no_number() -> None:
    rows, players, _ = settle(track(0, ["23"] * 60, role="referee", team=None))
    assert not rows["number"].any()
    assert players[0].role == "referee"
    assert players[0].why["rules"] == ["a referee has no number in the game"]


def test_team_and_number_join_over_a_cut() -> None:
    first = track(3, ["23"] * 40)
    other = track(5, ["23"] * 40, 60, x=900, segment=1, team="dark")
    again = track(4, ["23"] * 40, 60, x=900, segment=1)
    _, players, _ = settle(first, other, again)
    assert [player.tracks for player in players] == [(3, 4), (5,)]
    assert "joined by team and number" in str(players[0].why["rules"])


def test_nobody_is_joined_who_would_have_to_fly() -> None:
    near = track(0, ["23"] * 40)
    far = track(1, ["23"] * 40, 42, x=1200)
    _, players, conflicts = settle(near, far)
    assert len(players) == 2
    assert any(" m in " in conflict.reason for conflict in conflicts)


def test_motion_joins_over_a_short_gap_and_carries_the_number() -> None:
    before = track(0, ["23"] * 40, x=100, speed=100)
    after = track(1, [""] * 20, 44, x=540, speed=100)
    settled = settle(before, after)
    assert [player.tracks for player in settled[1]] == [(0, 1)]
    assert numbers_of(settled) == {0: {"23"}, 1: {"23"}}
    assert (settled[0]["player_score"] <= 1).all()


@pytest.mark.parametrize(
    "after",
    [
        track(1, [""] * 20, 44, x=900),
        track(1, [""] * 20, 44, x=500, team="dark"),
        track(1, [""] * 20, 44, x=500, segment=1),
        track(1, [""] * 20, 90, x=500),
        track(1, [""] * 20, 44, x=500, height=200),
        track(1, ["41"] * 40, 44, x=500),
        track(1, [""] * 20, 44, x=500, role="referee", team=None),
    ],
    ids=["far", "other team", "cut", "late", "size", "other number", "other role"],
)
def test_motion_joins_nobody_else(after: Sightings) -> None:
    before = track(0, ["23"] * 40, x=100, speed=100)
    settled = settle(before, after)
    assert len(settled[1]) == 2
    assert numbers_of(settled)[0] == {"23"}
    assert "23" not in numbers_of(settled)[1]


def test_motion_abstains_between_two_candidates() -> None:
    before = track(0, ["23"] * 40, x=100)
    left, right = track(1, [""] * 20, 43, x=85), track(2, [""] * 20, 43, x=115)
    assert len(settle(before, left, right)[1]) == 3


def test_track_that_went_over_to_another_player_is_cut() -> None:
    reads = (["23"] * 5 + [""] * 10) * 8 + (["41"] * 5 + [""] * 10) * 8
    rows, players, conflicts = settle(track(0, reads))
    assert [player.number for player in players] == ["23", "41"]
    assert rows["number"][0] == "23"
    assert rows["number"][-1] == "41"
    assert [conflict.rule for conflict in conflicts] == ["one number a track"]


def test_players_are_numbered_by_first_appearance() -> None:
    tracks = [track(7, [""] * 9, 5, x=600), track(9, [""] * 9, 0, x=900), track(8, [""] * 9, 0)]
    _, players, _ = settle(*tracks)
    assert [(player.id, player.tracks) for player in players] == [(0, (8,)), (1, (9,)), (2, (7,))]


def test_former_ids_stay_and_a_changed_number_is_told() -> None:
    tracks = [track(0, ["23"] * 60), track(1, ["5"] * 60, x=500)]
    _, players, _ = settle(*tracks)
    former = [replace(players[0], id=11, number="28"), replace(players[1], id=4, number=None)]
    _, again, conflicts = settle(*tracks, track(2, [""] * 5, x=800), previous=former)
    assert {player.tracks: player.id for player in again} == {(0,): 11, (1,): 4, (2,): 12}
    assert [conflict.rule for conflict in conflicts] == ["a name stays"]


def test_runs_on_what_stages_there_were() -> None:
    bare = track(0, ["23"] * 30).without(
        "readable", "tens", "ones", "role", "on_court", "team", "team_score"
    )
    rows, players, _ = settle(bare)
    assert (rows["player"] == 0).all()
    assert players[0].number is None
    nobody, none, _ = settle(bare.without("track"))
    assert (nobody["player"] == -1).all()
    assert none == ()
    empty, none, _ = settle(Sightings.empty())
    assert len(empty) == 0
    assert none == ()


def test_ball_is_nobody() -> None:
    ball = track(3, [""] * 5).with_columns(kind=["ball"] * 5, role=[None] * 5)
    rows, players, _ = settle(ball, track(0, [""] * 5))
    assert (rows["player"][rows["kind"] == "ball"] == -1).all()
    assert len(players) == 1


@st.composite
def games(draw: st.DrawFn) -> Sightings:
    """Any mix of tracks, with reads from few numbers so that they clash."""
    tracks = []
    for index in range(draw(st.integers(1, 7))):
        reads = draw(st.lists(st.sampled_from(["", "1", "2", "12", "12"]), min_size=1, max_size=6))
        tracks.append(
            track(
                index,
                [read for read in reads for _ in range(8)],
                draw(st.integers(0, 60)),
                team=draw(st.sampled_from(["light", "dark", None])),
                x=draw(st.floats(0, 1200)),
                segment=0,
            )
        )
    return Sightings.concat(tracks)


@settings(max_examples=40)
@given(games(), st.integers(0, 99))
def test_promises_that_always_hold(rows: Sightings, seed: int) -> None:
    settled, players, conflicts = settle_identity(rows, None, BASKETBALL, SETTINGS)
    drawn = settled.select([number is not None for number in settled["number"]])
    # A track of no known team may belong to a player whose team another track tells.
    team = {player.id: player.team for player in players}
    teams = [team[player] for player in drawn["player"].tolist()]
    worn = list(zip(drawn["frame"], teams, drawn["number"], strict=True))
    assert len(worn) == len(set(worn)), "two of a team with one number at a time"
    at_once = list(zip(settled["frame"], settled["player"], strict=True))
    assert len(at_once) == len(set(at_once)), "one player at two places at a time"
    assert (drawn["number_score"] >= SETTINGS.number - 1e-6).all()
    assert set(settled["player"].tolist()) == {player.id for player in players}
    order = np.random.default_rng(seed).permutation(len(rows))
    shuffled, same, likewise = settle_identity(rows.select(order), None, BASKETBALL, SETTINGS)
    assert (same, likewise) == (players, conflicts)
    for name in ("player", "number"):
        assert shuffled[name].tolist() == settled[name][order].tolist()


def stay(frames: tuple[int, int], x: float, segment: int = 0) -> Presence:
    times = frames[0] / RATE, frames[1] / RATE
    return Presence(frames, times, segment, ((x, 300.0), (x, 300.0)), (100.0, 100.0))


def test_rules_say_why() -> None:
    here = stay((0, 10), 100)
    assert rules.same_time(here, stay((10, 20), 100)) == "both are seen in frames 10 to 10"
    assert rules.same_time(here, stay((11, 20), 100)) is None
    # 10 body heights of 1.95 m in half a second.
    assert rules.too_fast(here, stay((15, 20), 1100), BASKETBALL) == "19.5 m in 0.50 s"
    assert rules.too_fast(stay((15, 20), 1100), here, BASKETBALL) == "19.5 m in 0.50 s"
    assert rules.too_fast(here, stay((40, 50), 1100), BASKETBALL) is None
    assert rules.too_fast(here, stay((15, 20), 1100, segment=1), BASKETBALL) is None
    assert rules.no_number("player") is None
    assert rules.already_worn("23", "dark", []) is None
    assert rules.already_worn("23", "dark", [4]) == "number 23 of dark is worn by player 4"
    assert rules.too_many(5, BASKETBALL) is None
    assert rules.too_many(6, BASKETBALL) == "6 of one team on court at once, 5 are allowed"


def test_court_positions_tell_speed_in_metres() -> None:
    here = replace(stay((0, 10), 100), court=((0.0, 0.0), (0.0, 0.0)))
    there = replace(stay((20, 30), 100, segment=1), court=((20.0, 0.0), (20.0, 0.0)))
    assert rules.too_fast(here, there, BASKETBALL) == "20.0 m in 1.00 s"
    assert rules.too_fast(here, replace(there, court=((9.0, 0.0),) * 2), BASKETBALL) is None


def crowd(count: int, height: float, width: float) -> Sightings:
    people = [track(i, [""] * 5, x=90.0 * i, height=height) for i in range(count)]
    rows = Sightings.concat(people)
    return rows.with_columns(x2=rows["x1"] + width)


def test_kinds_of_view() -> None:
    size = (720, 1280)
    assert kind_of_view(crowd(10, 160, 60), size) == "main"
    assert kind_of_view(crowd(8, 480, 180), size) == "main"  # a low camera behind the basket
    assert kind_of_view(crowd(1, 700, 400), size) == "close-up"
    assert kind_of_view(crowd(2, 700, 500), size) == "close-up"
    assert kind_of_view(crowd(2, 300, 100), size) == "other"
    assert kind_of_view(Sightings.empty(), size) is None


def test_nobody_counts_in_a_close_up() -> None:
    rows = Sightings.concat([track(0, [""] * 4), track(1, [""] * 4, 10, segment=1)])
    segments = [Segment(0, 0, 0.0, "main"), Segment(1, 10, 1.0, "close-up")]
    left_out = leave_out_of_game(rows, segments)
    assert left_out["on_court"].tolist() == [None] * 4 + [False] * 4
    _, players, _ = settle(left_out)
    assert [player.on_court for player in players] == [True, False]


def test_report_counts_what_can_be_counted_by_hand() -> None:
    people = [track(i, ["23"] * 40, x=150.0 * i) for i in range(6)]
    referee = track(6, [""] * 20, role="referee", team=None, x=1000)
    rows, players, conflicts = settle(*people, referee)
    frames = np.arange(50)
    table = FrameTable(
        {"frame": frames, "pts": frames, "time": frames / RATE, "segment": np.zeros(50)}
    )
    game = Game((Team("light", (230, 230, 230)),), players, (Segment(0, 0, 0.0, "main"),))
    found = report(rows, table, game, BASKETBALL, conflicts)
    assert found["people_on_court"] == {
        "median": 6.0,
        "frames_with": {"0": 10, "6": 20, "7": 20},
    }
    # Six of one team are one too many: one of them is left without a team.
    assert found["identities"]["teams"] == {"light": 5}
    assert found["identities"]["players_with_number"] == 1
    assert found["identities"]["referees"] == 1
    # 40 of 50 frames with six players, one of them left without a team.
    assert found["players_on_court"] == {
        "expected": 10,
        "median": 6.0,
        "share_exactly": 0.0,
        "share_more": 0.0,
        "teams": {"light": {"expected": 5, "median": 5.0, "share_exactly": 0.8, "share_more": 0.0}},
    }
    assert found["drawn_name_share"] == pytest.approx(1 / 6, abs=1e-4)
    assert found["too_many_of_a_team"]["light"] == {"frames": 0, "worst": None}
    crowded = rows.with_columns(team=["light"] * 240 + [None] * 20)
    assert report(crowded, table, game, BASKETBALL)["too_many_of_a_team"]["light"] == {
        "frames": 40,
        "worst": "6 of one team on court at once, 5 are allowed",
    }
    assert len(found["contradictions"]) == len(conflicts) > 0
