"""Following by SAM 2.1 and a detector: who is new, lost, doubled, drifted; going on exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from courtside import rle
from courtside.masks.sam2 import Options
from courtside.masks.sam2_outlines import box_of, disc, outline
from courtside.masks.sam2_stage import SavedFollower, build_sam2_follower
from courtside.masks.sam2_tracks import Followed, followed_twice, is_lost, match, updated
from courtside.sightings import Sightings, View
from courtside.stage import LookStage
from courtside.store.state import decode_state, encode_state
from sam2_fakes import small_model

SURE = np.array([0.9, 0.9, 0.9], np.float32)


def boxes(*corners: tuple[float, float, float, float]) -> NDArray[np.float32]:
    return np.array(corners, np.float32).reshape(-1, 4)


def test_detections_are_matched_and_the_rest_is_new() -> None:
    found = match(
        boxes((0, 0, 10, 20), (50, 0, 60, 20)),
        boxes((51, 0, 61, 20), (100, 0, 110, 20), (1, 0, 11, 20)),
        SURE,
    )
    assert found.detection.tolist() == [2, 0]
    assert found.new == [1]
    assert found.wrong == []


def test_doubles_and_doubtful_detections_are_nobody_new() -> None:
    people = boxes((0, 0, 10, 20))
    double = match(people, boxes((0, 0, 10, 20), (1, 1, 9, 15)), SURE[:2])
    assert double.new == []
    doubtful = match(people, boxes((100, 0, 110, 20)), np.array([0.3], np.float32))
    assert doubtful.new == []


def test_a_mask_is_wrong_only_where_the_detection_stands_alone() -> None:
    leaked = boxes((0, 0, 24, 20))
    assert match(leaked, boxes((0, 0, 10, 20)), SURE[:1]).wrong == [0]
    crowd = boxes((0, 0, 24, 20), (4, 0, 13, 20))
    assert match(crowd, boxes((0, 0, 10, 20), (4, 0, 13, 20)), SURE[:2]).wrong == []


def test_people_are_given_up_when_unseen_or_unconfirmed() -> None:
    person = Followed(-1, [1, 0, 0], 1, seen=0.0, confirmed=0.0)
    seen = updated(person, None, wrong=False, visible=True, time=3.0)
    assert is_lost(seen, 3.0), "a mask alone is no proof for long"
    confirmed = updated(person, "referee", wrong=False, visible=True, time=3.0)
    assert not is_lost(confirmed, 3.0)
    assert updated(confirmed, "referee", wrong=False, visible=True, time=3.1).kind == "referee"


def test_of_two_masks_on_one_person_the_less_proven_goes() -> None:
    overlap = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert followed_twice(overlap, [5, 2, 1]) == [1]


def test_outlines_drop_distant_parts_and_specks() -> None:
    logits = np.full((32, 32), -5.0, np.float32)
    logits[4:20, 4:10] = logits[24:28, 28:31] = 5.0
    mask = outline(logits, (128, 128))
    assert mask is not None
    left, top, right, bottom = box_of(mask)
    assert right < 60
    assert bottom - top > 50
    assert left > 8
    assert outline(np.full((32, 32), -5.0, np.float32), (128, 128)) is None
    logits[:] = -5.0
    logits[3, 3] = 5.0
    assert outline(logits, (64, 64)) is None, "fewer than 100 pixels are nobody"


def test_a_ball_is_a_disc_in_its_box() -> None:
    area = rle.area(disc(np.array([10, 10, 30, 30], np.float32), (64, 64)), (64, 64))
    assert area == pytest.approx(np.pi * 100, rel=0.12)


def scene(frame: int) -> tuple[View, Sightings]:
    """Return a grey picture with two people and a ball, and what a detector says of it."""
    image = np.full((96, 128, 3), 90, np.uint8)
    people = boxes((10 + frame, 20, 34 + frame, 80), (80, 16, 104, 76))
    for shade, (left, top, right, bottom) in zip((30, 220), people.astype(int), strict=True):
        image[top:bottom, left:right] = shade
    view = View(frame, frame, Fraction(frame, 10), int(frame >= 8), image)
    found = np.vstack([people, boxes((60, 40, 66, 46))])
    return view, view.rows(found, ["player", "referee", "ball"], [0.9, 0.8, 0.7])


@pytest.fixture(scope="module")
def stage() -> LookStage:
    model: Any = small_model()
    return build_sam2_follower(model, Options(mode="game", capacity=6))


def play(stage: LookStage, state: Any, frames: range) -> tuple[Any, Sightings]:
    written = []
    for frame in frames:
        state, rows = stage.step(state, *scene(frame))
        written.append(rows)
    return state, Sightings.concat(written)


def test_everybody_detected_gets_a_track_and_a_cut_begins_new_ones(stage: LookStage) -> None:
    _, rows = play(stage, stage.start(), range(12))
    seen = rows.select(~np.isnan(rows["score"]))
    before, after = (seen.select(seen["segment"] == segment) for segment in (0, 1))
    people = [set(part["track"][part["kind"] != "ball"]) for part in (before, after)]
    assert len(people[0] - {-1}) >= 2
    assert not people[0] & people[1] - {-1}
    assert len(set(seen["track"][seen["kind"] == "ball"])) == 1
    assert ((rows["visibility"] >= 0) | np.isnan(rows["visibility"])).all()


def test_a_stopped_run_goes_on_exactly(stage: LookStage) -> None:
    whole = play(stage, stage.start(), range(10))[1]
    state, first = play(stage, stage.start(), range(6))
    restored = decode_state(encode_state(state), stage.state_type)
    assert isinstance(restored, SavedFollower)
    both = Sightings.concat([first, play(stage, restored, range(6, 10))[1]])
    assert both["track"].tolist() == whole["track"].tolist()
    assert both["mask"].tolist() == whole["mask"].tolist()
