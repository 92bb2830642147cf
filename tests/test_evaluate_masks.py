"""Mask IoU and J&F, by hand on drawn shapes and against trackeval."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from courtside import rle
from courtside.evaluate import Truth, evaluate_run, truth_from_run
from courtside.evaluate.outlines import outline_f
from courtside.sightings import FrameTable, Sightings

# Diagonal 500: outlines may lie ceil(0.008 * 500) = 4 pixels apart.
SIZE = (300, 400)
REACH = 4


def filled(x1: int, y1: int, x2: int, y2: int) -> NDArray[np.bool_]:
    mask = np.zeros(SIZE, np.bool_)
    mask[y1:y2, x1:x2] = True
    return mask


def f_of(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    return outline_f(rle.encode(first), rle.encode(second), SIZE)


def test_outlines_as_near_as_the_tolerance_agree() -> None:
    square = filled(100, 100, 150, 150)
    assert f_of(square, square) == 1
    assert f_of(square, filled(100 + REACH, 100, 150 + REACH, 150)) == 1
    assert f_of(square, filled(100 - REACH, 100, 150 + REACH, 150)) == 1


def test_outlines_far_apart_do_not() -> None:
    assert f_of(filled(100, 100, 150, 150), filled(200, 100, 250, 150)) == 0
    # 5 pixels to every side is one too many.
    assert f_of(filled(100, 100, 150, 150), filled(95, 95, 155, 155)) == 0


def test_half_an_outline_is_worth_what_lies_within_reach() -> None:
    # Outline pixels lie left of and above the edge: columns 99 and 149 from row 99 to 149, rows 99
    # and 149 between. The right half: columns 124 and 149.
    whole, half = filled(100, 100, 150, 150), filled(125, 100, 150, 150)
    there, drawn = 2 * 51 + 2 * 49, 2 * 51 + 2 * 24
    # Right of what was drawn: all but the part of column 124 farther than 4 from rows 99 and 149.
    right = drawn - (51 - 2 * 5)
    # Found of what is there: what lies right of column 120, that is 4 pixels left of the drawn.
    # Within reach of the corner pixel (124, 99) and (124, 149), on the same row: 120 to 149.
    found = 51 + 2 * (149 - 120)
    precision, recall = right / drawn, found / there
    assert f_of(half, whole) == pytest.approx(2 * precision * recall / (precision + recall))
    assert f_of(whole, half) == pytest.approx(f_of(half, whole))


def test_a_shape_at_the_rim_of_the_picture_has_no_outline_there() -> None:
    corner = filled(350, 250, 400, 300)
    assert f_of(corner, corner) == 1
    assert f_of(filled(0, 0, 400, 300), filled(0, 0, 400, 300)) == 0  # nothing to compare


def people(masks: list[list[tuple[int, int, int, int]]]) -> Sightings:
    """Who stands where in each frame; the place in the list is the player."""
    rows = [(f, who, box) for f, boxes in enumerate(masks) for who, box in enumerate(boxes)]
    box = np.array([row[2] for row in rows], float)
    count = len(rows)
    return Sightings(
        {
            "frame": [row[0] for row in rows],
            "time": [row[0] / 10 for row in rows],
            "segment": [0] * count,
            "kind": ["player"] * count,
            "role": ["player"] * count,
            "player": [row[1] for row in rows],
            "mask": [rle.encode(filled(*row[2])) for row in rows],
            **{name: box[:, i] for i, name in enumerate(("x1", "y1", "x2", "y2"))},
        }
    )


def table(count: int) -> FrameTable:
    frame = np.arange(count)
    return FrameTable({"frame": frame, "pts": frame, "time": frame / 10, "segment": 0 * frame})


def scored(found: Sightings, truth: Sightings, frames: int) -> dict[str, Any]:
    right: Truth = truth_from_run(truth, table(frames), SIZE)
    return evaluate_run(found, table(frames), right)


LEFT, RIGHT, FAR = (50, 100, 100, 200), (80, 100, 130, 200), (300, 100, 350, 200)


def test_truth_against_itself_is_perfect() -> None:
    truth = people([[LEFT, RIGHT, FAR]] * 3)
    scores = scored(truth, truth, 3)
    names = ("mask_iou", "mask_iou_overlapped", "j_and_f", "j_and_f_overlapped")
    assert [scores[name] for name in names] == [1.0] * 4


def test_nobody_overlaps_nobody_to_judge() -> None:
    truth = people([[LEFT, FAR]])
    scores = scored(truth, truth, 1)
    assert scores["mask_iou_overlapped"] is None
    assert scores["j_and_f_overlapped"] is None


def test_overlapped_people_are_scored_apart() -> None:
    truth = people([[LEFT, RIGHT, FAR]])
    # The one who stands free is drawn half as wide: his IoU is 1/2, the others' are 1.
    masks = [*truth["mask"][:2], rle.encode(filled(300, 100, 325, 200))]
    scores = scored(truth.with_columns(mask=masks), truth, 1)
    assert scores["mask_iou"] == pytest.approx(2.5 / 3)
    assert scores["mask_iou_overlapped"] == 1
    # One of the overlapping two, who each share 20 of 50 columns, is drawn half as high.
    masks = [rle.encode(filled(50, 100, 100, 150)), *truth["mask"][1:]]
    scores = scored(truth.with_columns(mask=masks), truth, 1)
    assert scores["mask_iou_overlapped"] == pytest.approx(1.5 / 2)


def test_a_shifted_mask_costs_region_but_not_a_near_outline() -> None:
    truth = people([[LEFT]] * 2)
    shifted = rle.encode(filled(54, 100, 104, 200))
    scores = scored(truth.with_columns(mask=[truth["mask"][0], shifted]), truth, 2)
    # J of the second frame is 46 / 54, F is 1.
    assert scores["j_and_f"] == pytest.approx((1 + (46 / 54 + 1) / 2) / 2)
    assert scores["mask_iou"] == pytest.approx((1 + 46 / 54) / 2)


def test_a_swap_costs_j_and_f_but_not_the_masks_as_such() -> None:
    truth = people([[LEFT, FAR]] * 4)
    who = truth["player"].copy()
    who[truth["frame"] == 3] = [1, 0]
    scores = scored(truth.with_columns(player=who), truth, 4)
    assert scores["mask_iou"] == 1
    assert scores["j_and_f"] == pytest.approx(3 / 4)


def test_missing_masks_count_nothing() -> None:
    truth = people([[LEFT, FAR]] * 2)
    scores = scored(truth.with_columns(mask=[None, *truth["mask"][1:]]), truth, 2)
    assert scores["mask_iou"] == pytest.approx(3 / 4)
    assert scores["j_and_f"] == pytest.approx((1 / 2 + 1) / 2)
    assert scored(truth.without("mask"), truth, 2)["j_and_f"] == 0


@pytest.mark.parametrize("seed", range(3))
def test_j_and_f_agrees_with_trackeval(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    trackeval = pytest.importorskip("trackeval")
    monkeypatch.setitem(sys.modules, "skimage", ModuleType("skimage"))
    monkeypatch.setitem(sys.modules, "skimage.morphology", morphology())
    random = np.random.default_rng(seed)
    truth = people([[LEFT, RIGHT, FAR]] * 3)
    masks = [rle.encode(ellipse(box, random)) for box in truth.boxes]
    found = truth.with_columns(mask=masks)
    judged = trackeval.metrics.JAndF().eval_sequence(as_trackeval(truth, found))
    assert scored(found, truth, 3)["j_and_f"] == pytest.approx(float(judged["J&F"]), abs=1e-9)


def morphology() -> ModuleType:
    """The one function trackeval takes from scikit-image: a disk of a radius, as it defines it."""
    module = ModuleType("skimage.morphology")

    def disk(radius: float) -> NDArray[np.uint8]:
        side = np.arange(-radius, radius + 1)
        x, y = np.meshgrid(side, side)
        return np.array(x**2 + y**2 <= radius**2, np.uint8)

    module.disk = disk  # type: ignore[attr-defined]
    return module


def ellipse(box: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.bool_]:
    x1, y1, x2, y2 = box + random.normal(0, 4, 4)
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    inside = ((2 * x - x1 - x2) / (x2 - x1)) ** 2 + ((2 * y - y1 - y2) / (y2 - y1)) ** 2 <= 1
    return np.asarray(inside, np.bool_)


def as_trackeval(truth: Sightings, found: Sightings) -> dict[str, Any]:
    frames = range(int(truth["frame"].max()) + 1)

    def masks(rows: Sightings, frame: int) -> list[dict[str, Any]]:
        return [
            {"size": list(SIZE), "counts": mask} for mask in rows["mask"][rows["frame"] == frame]
        ]

    ids = [truth["player"][truth["frame"] == frame] for frame in frames]
    return {
        "num_timesteps": len(frames),
        "num_gt_ids": 3,
        "num_tracker_ids": 3,
        "gt_ids": ids,
        "tracker_ids": ids,
        "gt_dets": [masks(truth, frame) for frame in frames],
        "tracker_dets": [masks(found, frame) for frame in frames],
    }
