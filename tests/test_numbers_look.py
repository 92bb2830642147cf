"""Giving numbers to the players who wear them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from courtside import rle
from courtside.engine import Net, load_net
from courtside.errors import InputError
from courtside.numbers.embedded import CROP_SIDE
from courtside.numbers.look import (
    CROPS_A_FRAME,
    build_reader,
    look_numbers,
    match_numbers_to_people,
)
from courtside.sightings import Sightings, View
from courtside.weights import weights_path
from numbers_fakes import scripted

SIZE = (200, 300)


@pytest.fixture(scope="module")
def net() -> Net:
    return load_net(weights_path("numbers"))


# Giving numbers to players


def body(
    x1: float, y1: float, x2: float, y2: float, hole: tuple[int, int, int, int] | None = None
) -> bytes:
    mask = np.zeros(SIZE, bool)
    mask[int(y1) : int(y2), int(x1) : int(x2)] = True
    if hole:
        mask[hole[1] : hole[3], hole[0] : hole[2]] = False
    return rle.encode(mask)


def match(
    numbers: Sequence[Sequence[float]],
    people: Sequence[Sequence[float]],
    masks: list[Any],
    **more: Any,
) -> list[int]:
    regions = np.array(numbers, np.float32).reshape(-1, 4)
    bodies = np.array(people, np.float32).reshape(-1, 4)
    return list(match_numbers_to_people(regions, bodies, masks, SIZE, **more))


def test_a_number_goes_to_the_mask_it_lies_in() -> None:
    people = [[20, 20, 60, 180], [100, 20, 140, 180]]
    masks = [body(20, 20, 60, 180), body(100, 20, 140, 180)]
    numbers = [[110, 60, 130, 80], [30, 60, 50, 80], [200, 60, 220, 80], [50, 60, 70, 80]]
    assert match(numbers, people, masks) == [1, 0, -1, -1]


def test_digits_may_be_a_hole_in_the_mask() -> None:
    masks = [body(20, 20, 60, 180, hole=(28, 55, 52, 85))]
    assert match([[30, 58, 50, 82]], [[20, 20, 60, 180]], masks) == [0]


def test_of_two_people_the_one_in_front_wears_it() -> None:
    # The one behind is seen on both sides of the one in front, so both masks surround it.
    behind = body(20, 20, 100, 180, hole=(40, 30, 80, 190))
    people = [[20, 20, 100, 180], [40, 30, 80, 190]]
    masks = [behind, body(40, 30, 80, 190)]
    assert match([[50, 70, 70, 90]], people, masks) == [1]


def test_without_a_mask_the_box_counts_and_lower_feet_are_in_front() -> None:
    people = [[20, 20, 60, 150], [20, 30, 60, 180]]
    assert match([[30, 60, 50, 80]], people, [None, None]) == [1]


def test_a_player_keeps_the_best_number_only() -> None:
    people, masks = [[20, 20, 60, 180]], [body(20, 20, 60, 180)]
    numbers = [[25, 60, 40, 80], [30, 90, 50, 110]]
    assert match(numbers, people, masks, number_scores=np.array([0.5, 0.8], np.float32)) == [-1, 0]


def test_nobody_and_no_numbers() -> None:
    assert match([[10, 10, 20, 20]], [], []) == [-1]
    assert match([], [[20, 20, 60, 180]], [None]) == []


def test_masks_must_be_as_many_as_people() -> None:
    with pytest.raises(InputError, match="2 people need as many masks; got 1"):
        match([[1, 1, 2, 2]], [[0, 0, 9, 9], [0, 0, 9, 9]], [None])


_corner = st.tuples(
    st.integers(0, 250), st.integers(0, 150), st.integers(2, 50), st.integers(2, 50)
)


@settings(max_examples=40)
@given(st.lists(_corner, max_size=5), st.lists(_corner, max_size=4))
def test_owners_are_people_who_contain_the_number_each_once(
    numbers: list[tuple[int, int, int, int]], people: list[tuple[int, int, int, int]]
) -> None:
    regions = [[x, y, x + w, y + h] for x, y, w, h in numbers]
    boxes = [[x, y, x + w, y + h] for x, y, w, h in people]
    owners = match(regions, boxes, [body(b[0], b[1], b[2], b[3]) for b in boxes])
    given_away = [owner for owner in owners if owner >= 0]
    assert len(set(given_away)) == len(given_away)
    for region, owner in zip(regions, owners, strict=True):
        if owner >= 0:
            x1, y1, x2, y2 = boxes[owner]
            wide = min(region[2], x2) - max(region[0], x1)
            tall = min(region[3], y2) - max(region[1], y1)
            area = (region[2] - region[0]) * (region[3] - region[1])
            assert wide * tall >= 0.9 * area


# The look stage


@dataclass(frozen=True)
class FakeTrunk:
    boxes: NDArray[np.float32]
    kinds: tuple[str, ...]
    scores: NDArray[np.float32]


def scene(
    boxes: Sequence[Sequence[float]],
    kinds: list[str],
    regions: Sequence[Sequence[float]],
    scores: list[float],
) -> tuple[View, Sightings]:
    image = np.zeros((*SIZE, 3), np.uint8)
    for index, (x1, y1, x2, y2) in enumerate(regions):
        image[int(y1) : int(y2), int(x1) : int(x2)] = 10 * (index + 1)
    view = View(0, 0, Fraction(0), 0, image)
    trunk = FakeTrunk(
        np.array(regions).reshape(-1, 4), ("number",) * len(regions), np.array(scores)
    )
    view.shared("trunk", lambda: trunk)
    rows = view.rows(boxes, kinds, np.ones(len(boxes)))
    return view, rows.with_columns(mask=[body(b[0], b[1], b[2], b[3]) for b in boxes])


def test_the_players_row_gets_the_reading_and_the_others_null() -> None:
    boxes = [[20, 20, 60, 180], [100, 20, 140, 180], [150, 20, 190, 180]]
    view, rows = scene(boxes, ["player", "referee", "ball"], [[30, 60, 50, 80]], [0.9])
    rows = look_numbers(scripted(tens=3, ones=4), view, rows)
    assert rows["tens"][0].argmax() == 3
    assert rows["ones"][0].argmax() == 4
    assert rows["readable"][0] == pytest.approx(0.9)
    np.testing.assert_allclose(rows["number_box"][0], [27, 57, 53, 83])  # 15 % of 20 px more
    assert np.isnan(rows["readable"][1:]).all()
    assert np.isnan(rows["tens"][1:]).all()


def test_the_region_itself_is_shown_to_the_net() -> None:
    calls: list[NDArray[Any]] = []
    view, rows = scene([[20, 20, 60, 180]], ["player"], [[30, 60, 50, 80]], [0.9])
    look_numbers(scripted(0, 1, calls), view, rows)
    assert calls[0].shape[1:] == (CROP_SIDE, CROP_SIDE, 3)
    assert calls[0][0, CROP_SIDE // 2, CROP_SIDE // 2].tolist() == [10, 10, 10]
    assert calls[0][0, 0, 0].tolist() == [0, 0, 0]


def test_numbers_are_read_five_times_a_second_whatever_the_sampling() -> None:
    stage, read = build_reader(scripted(3, 4), 0.3), []
    state = stage.start()
    for frame in range(30):
        view, rows = scene([[20, 20, 60, 180]], ["player"], [[30, 60, 50, 80]], [0.9])
        view = replace(view, frame=frame, time=Fraction(frame, 30))
        state, rows = stage.step(state, view, rows)
        if np.isfinite(rows["readable"][0]):
            read.append(frame)
    assert read == [0, 6, 12, 18, 24]


def test_a_doubtful_region_is_left_and_the_torso_read() -> None:
    view, rows = scene([[20, 20, 60, 180]], ["player"], [[30, 60, 50, 80]], [0.1])
    rows = look_numbers(scripted(0, 1), view, rows, least_score=0.3)
    x1, y1, x2, y2 = rows["number_box"][0]
    assert (x1, x2) == (20, 60)
    assert 20 < y1 < y2 < 110


def test_a_stretched_arm_does_not_draw_the_torso_aside() -> None:
    view, rows = scene([[20, 20, 120, 180]], ["player"], [], [])
    mask = np.zeros(SIZE, np.bool_)
    mask[20:180, 20:60] = True
    mask[55:65, 60:120] = True
    rows = rows.with_columns(mask=[rle.encode(mask)])
    rows = look_numbers(scripted(0, 1), view, rows)
    assert rows["number_box"][0][[0, 2]].tolist() == [20, 60]


def test_without_a_mask_the_middle_of_the_box_is_read() -> None:
    view, rows = scene([[20, 20, 60, 180]], ["player"], [], [])
    rows = look_numbers(scripted(0, 1), view, rows.with_columns(mask=[None]))
    assert rows["number_box"][0][[0, 2]].tolist() == [28, 52]


def test_a_crowd_costs_one_run_of_a_bounded_batch() -> None:
    calls: list[NDArray[Any]] = []
    boxes = [[10.0 * i, 20, 10.0 * i + 30, 190] for i in range(20)]
    view, rows = scene(boxes, ["player"] * 20, [], [])
    rows = look_numbers(scripted(0, 1, calls), view, rows)
    assert len(calls) == 1
    assert len(calls[0]) == CROPS_A_FRAME
    assert (~np.isnan(rows["readable"])).sum() == CROPS_A_FRAME


def test_an_empty_frame_has_the_columns(net: Net) -> None:
    view, rows = scene([], [], [], [])
    rows = look_numbers(net, view, rows)
    assert len(rows) == 0
    assert {"readable", "tens", "ones", "number_box"} <= set(rows.names)


def test_without_the_detector_the_stage_says_so(net: Net) -> None:
    view = View(0, 0, Fraction(0), 0, np.zeros((*SIZE, 3), np.uint8))
    rows = view.rows(np.zeros((0, 4)), [], []).with_columns(mask=[])
    with pytest.raises(InputError, match="run detect first"):
        look_numbers(net, view, rows)
