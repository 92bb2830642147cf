"""Courts: measures, named points, and the rule which way round a court is seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.court.shapes import (
    COURTS,
    FIBA,
    FIBA_3X3,
    HALF_TURN,
    LANDMARKS,
    MIRROR,
    NBA,
    NCAA,
    NFHS,
    WNBA,
    Court,
    find_court,
    landmarks,
    needs_half_turn,
)
from courtside.errors import InputError


@pytest.mark.parametrize(
    ("court", "feet"), [(NBA, 14.198), (WNBA, 7.787), (NCAA, 9.881), (NFHS, 5.25)]
)
def test_straight_part_of_the_three_point_line(court: Court, feet: float) -> None:
    assert court.bend / 0.3048 == pytest.approx(feet, abs=0.002)


def test_fiba_measures_are_metric() -> None:
    assert FIBA.bend == pytest.approx(2.990, abs=0.001)
    assert (FIBA.length, FIBA.width, FIBA.lane_width, FIBA.rim_height) == (28, 15, 4.9, 3.05)


def point(court: Court, name: str) -> list[float]:
    return [float(v) for v in landmarks(court)[LANDMARKS.index(name)]]


def test_points_lie_where_the_rules_put_them() -> None:
    assert point(NBA, "left_lane_line_near") == pytest.approx([-8.534, -2.438, 0], abs=1e-3)
    assert point(NBA, "right_rim") == pytest.approx([12.725, 0, 3.048], abs=1e-3)
    assert point(FIBA, "right_three_top") == pytest.approx([5.675, 0, 0])
    assert point(FIBA, "left_board_low_far") == pytest.approx([-12.8, 0.9, 2.9])


@pytest.mark.parametrize("court", [c for c in COURTS.values() if c.baskets == 2])
def test_full_courts_equal_themselves_after_a_half_turn_and_mirrored(court: Court) -> None:
    points = landmarks(court)
    np.testing.assert_allclose(points[list(HALF_TURN)], points * [-1, -1, 1], atol=1e-12)
    np.testing.assert_allclose(points[list(MIRROR)], points * [-1, 1, 1], atol=1e-12)


def test_partners_are_mutual() -> None:
    for partners in (HALF_TURN, MIRROR):
        assert [partners[i] for i in partners] == list(range(len(LANDMARKS)))
    assert len(set(LANDMARKS)) == len(LANDMARKS) == len(landmarks(NBA))


def test_points_a_court_lacks_are_unknown() -> None:
    school, half = landmarks(NFHS), landmarks(FIBA_3X3)
    assert np.isnan(school[LANDMARKS.index("left_hash_near")]).all()
    right = [i for i, name in enumerate(LANDMARKS) if name.startswith("right_")]
    assert np.isnan(half[right]).all()
    assert np.isfinite(half[LANDMARKS.index("left_rim")]).all()


@given(st.floats(-60, 60), st.floats(-60, 60))
def test_a_place_or_its_opposite_needs_the_turn(x: float, y: float) -> None:
    if abs(x) + abs(y) > 1e-3:
        assert needs_half_turn(x, y) != needs_half_turn(-x, -y)


@pytest.mark.parametrize("place", [(0, -25), (-18, 0), (-18, 2), (-18, -2), (15, -15)])
def test_usual_cameras_see_the_court_as_it_is(place: tuple[float, float]) -> None:
    assert not needs_half_turn(*place)


def test_unknown_and_impossible_courts_get_one_clear_line() -> None:
    with pytest.raises(InputError, match="known are: nba"):
        find_court("moon")
    with pytest.raises(InputError, match="above 0"):
        Court("mine", -1, 15, 1.5, 6, 6, 4.9, 5.8, 1.8, 1.25)
    assert find_court("NBA") is NBA
