"""The type that flows: columns checked, frozen, joined with nulls, walked by frame and track."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from courtside.errors import InputError
from courtside.sightings import FrameTable, Sightings, View


def view(frame: int) -> View:
    return View(frame, frame * 2, Fraction(frame, 30), 0, np.zeros((90, 160, 3), np.uint8))


def two_people(frame: int) -> Sightings:
    boxes = [[0, 0, 10, 20], [30, 0, 40, 20]]
    return view(frame).rows(boxes, ["player", "referee"], [0.9, 0.5])


def test_rows_carry_frame_and_time() -> None:
    rows = two_people(6)
    assert rows["frame"].tolist() == [6, 6]
    assert rows["time"].tolist() == [0.2, 0.2]
    assert rows.boxes[1].tolist() == [30, 0, 40, 20]


def test_columns_are_frozen() -> None:
    with pytest.raises(ValueError, match="read-only"):
        two_people(0)["score"][0] = 1


def test_columns_do_not_follow_the_callers_array() -> None:
    score = np.array([0.1, 0.2], np.float32)
    rows = two_people(0).with_columns(score=score)
    score[0] = 9
    assert rows["score"][0] == np.float32(0.1)


def test_absent_column_is_null_after_joining() -> None:
    first = two_people(0).with_columns(track=[3, 4], team=["light", None])
    joined = Sightings.concat([first, two_people(1)])
    assert joined["track"].tolist() == [3, 4, -1, -1]
    assert joined["team"].tolist() == ["light", None, None, None]


def test_vectors_of_another_frame_become_null() -> None:
    first = two_people(0).with_columns(kit=np.ones((2, 5)))
    joined = Sightings.concat([first, two_people(1).with_columns(kit=np.zeros((2, 0)))])
    assert joined["kit"].shape == (4, 5)
    assert np.isnan(joined["kit"][2:]).all()


def test_walks_by_frame_and_by_track() -> None:
    rows = Sightings.concat([two_people(4), two_people(2)]).with_columns(track=[7, -1, 7, 2])
    assert [(frame, len(part)) for frame, part in rows.by_frame()] == [(2, 2), (4, 2)]
    assert [(track, len(part)) for track, part in rows.by_track()] == [(2, 1), (7, 2)]
    assert list(Sightings.empty().by_frame()) == []


def test_empty_table_has_the_required_columns() -> None:
    assert len(Sightings.empty()) == 0
    assert Sightings.empty().boxes.shape == (0, 4)
    assert len(Sightings.concat([])) == 0
    assert len(two_people(0).select([])) == 0


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"colour": [1, 2]}, "unknown column 'colour'"),
        ({"track": [1]}, "equal length"),
        ({"tens": np.zeros((2, 3))}, r"shape \(n, 11\); got \(2, 3\)"),
    ],
)
def test_wrong_columns_are_refused(columns: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        two_people(0).with_columns(**columns)  # type: ignore[arg-type]


def test_missing_column_is_named() -> None:
    with pytest.raises(InputError, match="needs the column 'pts'"):
        FrameTable({"frame": [0]})
    with pytest.raises(InputError, match="no column 'track'; present are: frame"):
        two_people(0)["track"]


def test_shared_things_are_made_once() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return 5

    picture = view(0)
    assert [picture.shared("trunk", make) for _ in range(3)] == [5, 5, 5]
    assert made == [1]
