"""The embedded detector: letterboxing, boxes out of maps, and what the shipped net finds."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from courtside.detect.embedded import (
    KINDS,
    PEOPLE,
    PERSON_SCORE,
    STRIDE,
    find_boxes,
    find_points,
    letterbox,
    look,
    suppress,
)
from courtside.engine import Net, load_net
from courtside.errors import InputError
from courtside.geometry import iou
from courtside.weights import weights_path

EXAMPLES = Path(__file__).parent.parent / "examples"
ROWS, COLUMNS = 96, 160


@pytest.fixture(scope="module")
def net() -> Net:
    return load_net(weights_path("detector"))


@pytest.fixture(scope="module")
def frame() -> NDArray[np.uint8]:
    with av.open(str(EXAMPLES / "sample.mp4")) as film:
        picture = next(film.decode(video=0))
        return np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)


def empty_maps() -> dict[str, NDArray[np.float32]]:
    return {
        "centres": np.zeros((len(KINDS), ROWS, COLUMNS), np.float32),
        "people_boxes": np.ones((4, ROWS, COLUMNS), np.float32),
        "thing_boxes": np.ones((4, ROWS, COLUMNS), np.float32),
    }


def put(
    maps: dict[str, NDArray[np.float32]], kind: str, row: int, column: int, score: float
) -> None:
    """A thing of 24 x 60 input pixels round the middle of a cell."""
    maps["centres"][KINDS.index(kind), row, column] = score
    name = "people_boxes" if kind in PEOPLE else "thing_boxes"
    maps[name][:, row, column] = (12, 30, 12, 30)


def test_a_centre_becomes_its_box_in_picture_pixels() -> None:
    maps = empty_maps()
    put(maps, "player", 40, 50, 0.9)
    boxes, kinds, scores = find_boxes(maps, (8.0, 8.0), (1280, 720))
    x, y = 50 * STRIDE + 2, 40 * STRIDE + 2
    assert boxes.tolist() == [[2 * (x - 12), 2 * (y - 30), 2 * (x + 12), 2 * (y + 30)]]
    assert [KINDS[k] for k in kinds] == ["player"]
    assert scores.tolist() == pytest.approx([0.9])


def test_overlapping_players_come_apart_and_doubles_do_not() -> None:
    maps = empty_maps()
    put(maps, "player", 40, 50, 0.9)
    put(maps, "player", 40, 52, 0.6)  # eight pixels beside: IoU 0.5, two people
    put(maps, "referee", 42, 50, 0.5)  # eight pixels below: IoU 0.76, the same body again
    _, kinds, _ = find_boxes(maps, (4.0, 4.0), (640, 384))
    assert [KINDS[k] for k in kinds] == ["player", "player"]


def test_a_number_is_not_suppressed_by_the_player_who_wears_it() -> None:
    maps = empty_maps()
    put(maps, "player", 40, 50, 0.9)
    put(maps, "number", 40, 50, 0.8)
    _, kinds, _ = find_boxes(maps, (4.0, 4.0), (640, 384))
    assert [KINDS[k] for k in kinds] == ["player", "number"]


def test_weak_centres_and_slopes_of_a_peak_are_no_boxes() -> None:
    maps = empty_maps()
    put(maps, "player", 40, 50, 0.9)
    put(maps, "player", 41, 50, 0.7)
    put(maps, "player", 10, 10, 0.01)
    assert len(find_boxes(maps, (4.0, 4.0), (640, 384))[0]) == 1


@given(st.floats(2, 36), st.floats(2, 20))
@settings(max_examples=40)
def test_a_court_point_is_found_between_cells(x: float, y: float) -> None:
    rows, columns = np.mgrid[:24, :40]
    maps = np.zeros((3, 24, 40), np.float32)
    maps[1] = 0.8 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 2.88)
    ((index, found_x, found_y, score),) = find_points(maps, (10.0, 10.0))
    assert index == 1
    assert (found_x, found_y) == pytest.approx(((x + 0.5) * 10, (y + 0.5) * 10), abs=0.05)
    assert 0.5 < score <= 0.8


def test_boxes_stay_inside_the_picture() -> None:
    maps = empty_maps()
    put(maps, "player", 0, 0, 0.9)
    boxes, _, _ = find_boxes(maps, (4.0, 4.0), (640, 384))
    assert boxes.min() == 0


@given(st.integers(1, 1500), st.integers(1, 1500))
@settings(max_examples=30)
def test_letterbox_keeps_the_shape_of_the_picture(height: int, width: int) -> None:
    image = np.full((height, width, 3), 255, np.uint8)
    padded, (rows, columns) = letterbox(image)
    assert padded.shape == ((576, 1024, 3) if width >= height else (1024, 576, 3))
    assert padded[:rows, :columns].min() == 255
    assert padded[rows:].sum() == 0
    assert padded[:, columns:].sum() == 0
    assert rows == padded.shape[0] or columns == padded.shape[1]


@given(st.lists(st.tuples(*[st.floats(0, 50)] * 2), min_size=1, max_size=20))
@settings(max_examples=50)
def test_what_suppression_keeps_does_not_overlap(places: list[tuple[float, float]]) -> None:
    corner = np.array(places, np.float32)
    boxes = np.hstack([corner, corner + 20]).astype(np.float32)
    kept = suppress(boxes, 0.5)
    assert kept[0] == 0
    between = iou(boxes[kept], boxes[kept]) - np.eye(len(kept))
    assert between.max() <= 0.5


def test_the_shipped_net_finds_the_players_of_the_sample(
    net: Net, frame: NDArray[np.uint8]
) -> None:
    document = json.loads((EXAMPLES / "sample.truth.json").read_text())
    kinds = {p["id"]: p["kind"] for p in document["people"]}
    truth = np.array(
        [
            b["box"]
            for b in document["boxes"]
            if b["frame"] == 0 and b["visibility"] >= 0.5 and kinds[b["id"]] == "player"
        ],
        np.float32,
    )
    trunk = look(net, frame)
    people = np.array([k in PEOPLE for k in trunk.kinds]) & (trunk.scores >= PERSON_SCORE)
    found = iou(truth, trunk.boxes[people]).max(axis=1) >= 0.5
    assert found.mean() >= 0.7
    assert people.sum() <= 50


def test_votes_point_at_the_middle_of_the_own_box(net: Net, frame: NDArray[np.uint8]) -> None:
    trunk = look(net, frame)
    best = trunk.boxes[[k == "player" for k in trunk.kinds]][0]
    middle = (best[:2] + best[2:]) / 2
    column, row = (middle / trunk.scale).astype(int)
    assert trunk.foreground[row, column] > 0.3
    assert np.linalg.norm(trunk.votes[row, column] - middle) < 0.25 * (best[3] - best[1])


@pytest.mark.parametrize("shape", [(720, 1280), (1280, 720), (100, 900), (31, 17)])
def test_any_size_and_orientation(net: Net, shape: tuple[int, int]) -> None:
    trunk = look(net, np.zeros((*shape, 3), np.uint8))
    assert trunk.votes.shape == (*trunk.foreground.shape, 2)
    rows, columns = trunk.foreground.shape
    assert rows * trunk.scale[1] == pytest.approx(shape[0], abs=trunk.scale[1])
    assert columns * trunk.scale[0] == pytest.approx(shape[1], abs=trunk.scale[0])
    assert len(trunk.boxes) == len(trunk.kinds) == len(trunk.scores)


def test_looking_twice_sees_the_same(net: Net, frame: NDArray[np.uint8]) -> None:
    first, second = look(net, frame), look(net, frame)
    assert np.array_equal(first.boxes, second.boxes)
    assert np.array_equal(first.foreground, second.foreground)


def test_a_grey_picture_is_refused_with_its_shape(net: Net) -> None:
    with pytest.raises(InputError, match=r"\(10, 10\)"):
        look(net, np.zeros((10, 10), np.uint8))
