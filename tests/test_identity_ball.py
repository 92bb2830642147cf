"""The ball among its candidates: flights, gaps, lamps, heads and cuts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.identity.ball import MOST, with_ball
from courtside.sightings import FrameTable, Sightings

RATE = 10
# A ball of 10 px: a metre measures 41 px.
SIDE = 10.0


def arc(frame: int, pan: float = 0.0) -> tuple[float, float]:
    """Return a thrown ball's place, for a camera that pans by so many px a frame."""
    time = frame / RATE
    return 120 + 200 * time - pan * frame, 150 - 130 * time + 0.5 * 9.81 * 41 * time**2


def table(seen: list[tuple[int, str, tuple[float, float], float]], cut: int = 999) -> Sightings:
    """Return rows of (frame, kind, middle, score); players are 40 x 100 px and followed."""
    half = {"ball": (SIDE / 2, SIDE / 2), "player": (20.0, 50.0)}
    boxes = np.array([[x - half[k][0], y - half[k][1], x + half[k][0], y + half[k][1]]
                      for _, k, (x, y), _ in seen], np.float32)  # fmt: skip
    frames = np.array([frame for frame, *_ in seen])
    return Sightings({
        "frame": frames, "time": frames / RATE, "segment": (frames >= cut).astype(np.int32),
        "kind": [kind for _, kind, *_ in seen], "score": [score for *_, score in seen],
        **{name: boxes[:, i] for i, name in enumerate(("x1", "y1", "x2", "y2"))},
        "track": [4 if kind == "player" else -1 for _, kind, *_ in seen],
    })  # fmt: skip


def frames(count: int, cut: int = 999, pan: float = 0.0) -> FrameTable:
    number = np.arange(count)
    motion = np.tile(np.array([1, 0, -pan, 0, 1, 0, 0, 0, 1.0]), (count, 1))
    return FrameTable({
        "frame": number, "pts": number, "time": number / RATE,
        "segment": (number >= cut).astype(np.int32), "motion": motion,
    })  # fmt: skip


def chosen(rows: Sightings, told: FrameTable) -> dict[int, tuple[float, float]]:
    """Return where the ball is said to be, by frame."""
    found = with_ball(rows, told)
    balls = found.select((found["kind"] == "ball") & (found["track"] >= 0))
    assert len(set(balls["frame"].tolist())) == len(balls)
    middles = (balls.boxes[:, :2] + balls.boxes[:, 2:]) / 2
    return dict(zip(balls["frame"].tolist(), map(tuple, middles.tolist()), strict=True))


@pytest.mark.parametrize("pan", [0.0, 25.0])
def test_a_doubtful_flight_beats_a_surer_flash(pan: float) -> None:
    flight = [(f, "ball", arc(f, pan), 0.4) for f in range(12)]
    flash = [(6, "ball", (600.0, 300.0), 0.7)]
    places = chosen(table(flight + flash), frames(12, pan=pan))
    assert set(places) == set(range(12))
    for frame, place in places.items():
        assert place == pytest.approx(arc(frame, pan), abs=0.01)


def test_a_gap_is_null_and_the_flight_goes_on() -> None:
    flight = [(f, "ball", arc(f), 0.6) for f in range(14) if f not in (5, 6)]
    assert set(chosen(table(flight), frames(14))) == set(range(14)) - {5, 6}


def test_what_is_too_doubtful_is_no_ball() -> None:
    assert chosen(table([(f, "ball", arc(f), 0.12) for f in range(12)]), frames(12)) == {}


def test_a_lamp_in_the_crowd_is_not_the_ball_but_a_ball_held_still_is() -> None:
    still = [(f, "ball", (300.0, 200.0), 0.45) for f in range(20)]
    assert chosen(table(still), frames(20)) == {}
    holder = [(f, "player", (310.0, 220.0), 0.9) for f in range(20)]
    assert set(chosen(table(still + holder), frames(20))) == set(range(20))


def test_a_head_must_be_surer_than_a_ball_in_hands() -> None:
    player = [(f, "player", (310.0 + 8 * f, 220.0), 0.9) for f in range(10)]
    head = [(f, "ball", (310.0 + 8 * f, 176.0), 0.4) for f in range(10)]
    hands = [(f, "ball", (330.0 + 8 * f, 215.0), 0.3) for f in range(10)]
    places = chosen(table(player + head + hands), frames(10))
    assert {round(y) for _, y in places.values()} == {215}


def test_across_a_cut_the_ball_may_be_anywhere() -> None:
    before = [(f, "ball", arc(f), 0.7) for f in range(6)]
    after = [(f, "ball", (900.0 + 15 * f, 400.0), 0.7) for f in range(6, 12)]
    assert set(chosen(table(before + after, cut=6), frames(12, cut=6))) == set(range(12))


def test_settled_again_the_same_ball_comes_out() -> None:
    rows = table([(f, "ball", arc(f), 0.5) for f in range(9)] + [(4, "ball", (500.0, 90.0), 0.2)])
    once = with_ball(rows, frames(9))
    twice = with_ball(once, frames(9))
    assert once["track"].tolist() == twice["track"].tolist()


@given(st.integers(0, 2**31), st.integers(1, 15), st.integers(0, 2 * MOST))
def test_any_candidates_give_one_ball_a_frame_at_most(seed: int, count: int, each: int) -> None:
    random = np.random.default_rng(seed)
    seen: list[Any] = [
        (frame, "ball", tuple(random.uniform(0, 900, 2)), float(random.uniform(0.15, 0.9)))
        for frame in range(count)
        for _ in range(int(random.integers(0, each + 1)))
    ]
    if seen:
        chosen(table(seen), frames(count))
