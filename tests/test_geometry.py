"""Boxes and plane transforms, on numbers that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside import geometry
from courtside.errors import InputError

FIRST = geometry.as_boxes([[0, 0, 10, 10], [20, 0, 30, 20]])
SECOND = geometry.as_boxes([[5, 5, 15, 15]])

coordinate = st.floats(0, 500)
side = st.floats(1, 300)
box = st.tuples(coordinate, coordinate, side, side).map(
    lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]]
)


def test_areas_and_intersections_by_hand() -> None:
    assert geometry.areas(FIRST).tolist() == [100, 200]
    assert geometry.intersections(FIRST, SECOND).tolist() == [[25], [0]]
    assert geometry.iou(FIRST, SECOND)[0, 0] == pytest.approx(25 / 175)
    assert geometry.share_inside(FIRST, SECOND)[0, 0] == pytest.approx(0.25)


def test_inverted_box_has_no_area() -> None:
    assert geometry.areas(geometry.as_boxes([[10, 10, 0, 0]])).tolist() == [0]


@given(box, box)
def test_iou_is_symmetric_and_bounded(first: list[float], second: list[float]) -> None:
    one, other = geometry.as_boxes([first]), geometry.as_boxes([second])
    value = geometry.iou(one, other)[0, 0]
    assert 0 <= value <= 1 + 1e-5
    assert value == pytest.approx(geometry.iou(other, one)[0, 0])
    assert geometry.iou(one, one)[0, 0] == pytest.approx(1, abs=1e-4)


@given(box, st.floats(-50, 50), st.floats(-50, 50), st.floats(0.5, 2))
def test_boxes_move_and_scale_with_the_camera(
    source: list[float], right: float, down: float, zoom: float
) -> None:
    camera = np.array([[zoom, 0, right], [0, zoom, down], [0, 0, 1.0]])
    moved = geometry.move_boxes(camera, geometry.as_boxes([source]))
    corners = geometry.transform_points(camera, np.reshape(source, (2, 2)))
    assert moved.reshape(2, 2) == pytest.approx(corners, abs=0.05)


def test_wrong_shape_is_refused_with_both_shapes() -> None:
    with pytest.raises(InputError, match=r"shape \(n, 4\).*\(1, 3\)"):
        geometry.as_boxes([[1, 2, 3]])


def test_clipped_to_the_picture() -> None:
    clipped = geometry.clip_boxes(geometry.as_boxes([[-5, 3, 700, 400]]), 640, 360)
    assert clipped.tolist() == [[0, 3, 640, 360]]
