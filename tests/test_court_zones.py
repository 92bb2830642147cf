"""Zones: whose the lines are."""

from __future__ import annotations

import numpy as np
import pytest

from courtside.court.drawing import court_lines, line_points
from courtside.court.shapes import COURTS, FIBA, FIBA_3X3, NBA, NFHS, Court
from courtside.court.zones import in_bounds, in_paint, in_restricted, is_three, zones

FOOT = 0.3048


def test_on_the_three_point_line_is_two() -> None:
    top = -NBA.length / 2 + NBA.rim + NBA.arc
    corner = [-NBA.length / 2 + 1.0, NBA.corner]
    assert not is_three(NBA, [[top, 0], corner]).any()
    assert is_three(NBA, [[top + 0.01, 0], [corner[0], NBA.corner + 0.01]]).all()


def test_lane_line_is_the_lane_and_side_line_is_out() -> None:
    edge = [-14 + FIBA.lane_length, FIBA.lane_width / 2]
    assert in_paint(FIBA, [edge]).all()
    assert not in_paint(FIBA, [[edge[0], edge[1] + 0.01]]).any()
    assert not in_bounds(FIBA, [[0.0, 7.5], [14.0, 0.0]]).any()
    assert in_bounds(FIBA, [[0.0, 7.49], [13.99, 0.0]]).all()


def test_restricted_area() -> None:
    rim = -14 + FIBA.rim
    assert in_restricted(FIBA, [[rim + 1.25, 0], [rim - 0.2, 1.2]]).all()
    assert not in_restricted(FIBA, [[rim + 1.26, 0.0], [-13.5, 0.0], [0.0, 0.0]]).any()
    assert not in_restricted(NFHS, [[-12.8 + 1.6, 0]]).any()


@pytest.mark.parametrize(
    ("point", "zone"),
    [
        ((-13.0, -7.0), "left_corner_three"),
        ((-13.0, 7.0), "right_corner_three"),
        ((13.0, 7.0), "left_corner_three"),
        ((6.0 - 14.0, 4.0), "mid_range"),
        ((0.0, 0.0), "above_break"),
        ((12.0, 1.0), "paint"),
        ((15.0, 1.0), "out"),
    ],
)
def test_zones_of_a_fiba_court(point: tuple[float, float], zone: str) -> None:
    assert zones(FIBA, [point]) == [zone]


def test_half_court_has_one_basket() -> None:
    assert zones(FIBA_3X3, [[4.0, 0.0], [-4.0, 0.0]]) == ["above_break", "paint"]


@pytest.mark.parametrize("court", COURTS.values())
def test_lines_agree_with_zones(court: Court) -> None:
    """Points on drawn lines lie on the court, and the drawn arc parts two from three points."""
    points, directions = line_points(court, 0.5)
    assert (np.abs(points) <= [court.length / 2 + 1e-9, court.width / 2 + 1e-9]).all()
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0)
    rim = np.array([-court.length / 2 + court.rim, 0])
    paths = [path[3:-3] for path in court_lines(court) if len(path) > 20]
    arc = next(p for p in paths if np.allclose(np.linalg.norm(p - rim, axis=1), court.arc))
    outside = rim + (arc - rim) * 1.02
    inside = rim + (arc - rim) * 0.98
    assert is_three(court, outside).all()
    assert not is_three(court, inside).any()
