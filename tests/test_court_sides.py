"""People tell which way round a reverse angle sees the court."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from court_scene import BROADCAST, SIZE, Scene, film, foot_pixel
from courtside.court.league import Reading
from courtside.court.model import Floats, half_turned
from courtside.court.settle import settle_cameras
from courtside.court.shapes import FIBA_3X3, NBA, needs_half_turn
from courtside.court.sides import turned_by_people
from courtside.court.stage import build_court
from courtside.sightings import FrameTable, Sightings
from test_court_stage import looked

COUNT = 20
# Behind the right end line and beyond its middle: the convention turns what it sees.
REVERSE = np.array([17.0, 3.5, 3.5, -1.95, 0.12, 0.0, np.log(1.0), 0.0])
PLACES = np.array([[4, -3], [6, 2], [9, -1], [11, 4], [8, 5], [12, -4], [7, -5], [5, 0.0]])
SPEEDS = np.array([[1, 0], [0, 1], [-1, 1], [0.5, 0], [0, -1], [1, 1], [2, 0.0], [0, -2]])


def game(cameras: list[Floats], moments: list[Floats]) -> tuple[FrameTable, Sightings]:
    """Return frames of one segment for each camera, and rows of the people that it sees.

    Args:
        cameras: (8,) of each segment, as it is.
        moments: seconds of the game that each segment's frames show.
    """
    times = np.arange(sum(len(m) for m in moments)) / 10
    segments = np.repeat(np.arange(len(cameras)), [len(m) for m in moments])
    rows = []
    for frame, (segment, moment) in enumerate(zip(segments, np.concatenate(moments), strict=True)):
        for place in PLACES + moment * SPEEDS:
            x, y = foot_pixel(cameras[segment], (float(place[0]), float(place[1])))
            if np.isfinite(x) and 0 < x < SIZE[1] and 0 < y < SIZE[0]:
                rows.append((frame, times[frame], segment, x, y))
    table = np.array(rows)
    named = [half_turned(c) if needs_half_turn(c[0], c[1]) else c for c in cameras]
    frames = {"frame": np.arange(len(times)), "pts": np.arange(len(times)), "time": times,
              "segment": segments, "camera": np.array(named)[segments]}  # fmt: skip
    people: dict[str, Any] = {"frame": table[:, 0].astype(int), "time": table[:, 1],
              "segment": table[:, 2].astype(int), "kind": ["player"] * len(table),
              **{name: np.zeros(len(table)) for name in ("x1", "y1", "x2", "y2")},
              "foot_x": table[:, 3], "foot_y": table[:, 4]}  # fmt: skip
    return FrameTable(frames), Sightings(people)


def turned(frames: FrameTable, rows: Sightings) -> list[bool]:
    """Return for each segment whether it was turned."""
    after = turned_by_people(frames, rows, NBA, SIZE)
    first = np.unique(frames["segment"], return_index=True)[1]
    moved = after["camera"][first, 0] * frames["camera"][first, 0] < 0
    return [bool(one) for one in moved]


LIVE = np.arange(COUNT) / 10


def test_the_convention_turns_a_reverse_angle() -> None:
    assert not needs_half_turn(BROADCAST[0], BROADCAST[1])
    assert needs_half_turn(REVERSE[0], REVERSE[1])


@pytest.mark.parametrize(
    "shown", [LIVE + COUNT / 10, 0.5 + LIVE / 2], ids=["the game goes on", "a slow replay"]
)
def test_people_turn_a_reverse_angle_back(shown: Floats) -> None:
    frames, rows = game([BROADCAST, REVERSE], [LIVE, shown])
    assert turned(frames, rows) == [False, True]


def test_a_camera_that_the_convention_names_rightly_stays() -> None:
    other = BROADCAST - 6 * np.eye(8)[0] + 0.2 * np.eye(8)[3]
    frames, rows = game([BROADCAST, other], [LIVE, LIVE + COUNT / 10])
    assert turned(frames, rows) == [False, False]


def test_people_who_stand_elsewhere_do_not_tell() -> None:
    """Another moment of the game: the convention is kept."""
    frames, rows = game([BROADCAST, REVERSE], [LIVE, LIVE])
    feet = rows["foot_x"].copy()
    second = rows["segment"] == 1
    feet[second] = SIZE[1] - feet[second]
    assert turned(frames, rows.with_columns(foot_x=feet)) == [False, False]


def test_a_camera_known_from_before_is_turned_like_then() -> None:
    """When the reverse angle comes again, nobody needs to be seen."""
    frames, rows = game([BROADCAST, REVERSE, REVERSE], [LIVE, LIVE + 2, LIVE + 60])
    seen = rows.select(rows["segment"] < 2)
    assert turned(frames, seen) == [False, True, True]


def test_people_overrule_the_place_of_a_camera_right_opposite() -> None:
    """Named turned round, it seems to stand where the main camera does."""
    x, y, up, pan, *rest = BROADCAST
    opposite = np.array([-x, -y, up, np.pi - pan, *rest])
    frames, rows = game([BROADCAST, opposite], [LIVE, LIVE + COUNT / 10])
    assert turned(frames, rows) == [False, True]
    frames, rows = game([BROADCAST, BROADCAST], [LIVE, LIVE + COUNT / 10])
    assert turned(frames, rows) == [False, False]


def test_half_a_court_and_segments_named_by_hand_are_not_turned() -> None:
    frames, rows = game([BROADCAST, REVERSE], [LIVE, LIVE + 2])
    half = turned_by_people(frames, rows, FIBA_3X3, SIZE)
    named = turned_by_people(frames, rows, NBA, SIZE, [COUNT + 3])
    for after in (half, named):
        np.testing.assert_array_equal(after["camera"], frames["camera"])


def test_cameras_that_were_turned_can_be_settled_again() -> None:
    """The net's points keep its own names for the court."""
    scene: Scene = film(np.tile(BROADCAST, (12, 1)))
    frames, _ = settle_cameras(looked(scene, build_court((Reading(NBA),))), SIZE, (Reading(NBA),))
    round_ = frames.with_columns(camera=half_turned(frames["camera"].astype(np.float64)))
    again, _ = settle_cameras(round_, SIZE, (Reading(NBA),))
    np.testing.assert_allclose(again["camera"], frames["camera"], atol=0.05)
