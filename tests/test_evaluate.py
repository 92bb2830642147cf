"""Scores of runs against truth, with values worked out by hand and trackeval as a judge."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from courtside import rle
from courtside.errors import InputError
from courtside.evaluate import Truth, evaluate_run, load_truth, truth_from_run
from courtside.evaluate.between import moved_mask, rows_at
from courtside.evaluate.identity import idf1
from courtside.evaluate.matching import Matches, overlaps
from courtside.sightings import FrameTable, Sightings

SIZE = (100, 400)
REAL = Path(__file__).parents[1] / ".." / "shared" / "data" / "real"
SCORES = (
    "recall", "precision", "hota", "deta", "assa", "mota", "idf1", "role", "team",
    "number_precision", "number_coverage", "mask_iou", "j_and_f",
    "ball_recall", "ball_precision", "rim_recall", "rim_precision",
)  # fmt: skip

# id, kind, team, number: two players a side, one of unknown number, and a referee.
PEOPLE = [
    (1, "player", "A", "7"),
    (2, "player", "A", None),
    (3, "player", "B", "0"),
    (4, "player", "B", "00"),
    (5, "referee", None, "31"),
]


def place(who: int) -> list[float]:
    return [60.0 * who, 20.0, 60.0 * who + 20, 80.0]


def lengths(box: list[float]) -> list[int]:
    """Run lengths of a mask that fills a box."""
    mask = np.zeros(SIZE, bool)
    mask[int(box[1]) : int(box[3]), int(box[0]) : int(box[2])] = True
    flat = mask.reshape(-1, order="F").astype(np.int8)
    edges = np.flatnonzero(np.diff(flat, prepend=0, append=1 - flat[-1]))
    return [int(n) for n in np.diff([0, *edges])]


def truth_file() -> dict[str, Any]:
    """Four frames in which five people stand still, each with a mask in frame 0."""
    frames = [0, 30, 60, 90]
    return {
        "width": SIZE[1],
        "height": SIZE[0],
        "fps": 30,
        "frames": frames,
        "people": [
            dict(zip(("id", "kind", "team", "number"), person, strict=True)) for person in PEOPLE
        ],
        "boxes": [
            {"frame": frame, "id": person[0], "box": place(person[0]), "visibility": 1.0}
            for frame in frames
            for person in PEOPLE
        ],
        "ball": [{"frame": 0, "box": [30, 30, 50, 50]}],
        "rim": [{"frame": frame, "box": [10, 5, 30, 12]} for frame in frames],
        "masks": [
            {"frame": 0, "id": p[0], "rle": {"size": SIZE, "counts": lengths(place(p[0]))}}
            for p in PEOPLE
        ],
    }


def loaded(folder: Path, content: object) -> Truth:
    path = folder / "truth.json"
    path.write_text(json.dumps(content))
    return load_truth(path)


@pytest.fixture
def truth(tmp_path: Path) -> Truth:
    return loaded(tmp_path, truth_file())


def sampled(*frames: int, segments: list[int] | None = None) -> FrameTable:
    count = len(frames)
    array = np.array(frames)
    segment = segments or [0] * count
    return FrameTable({"frame": array, "pts": array, "time": array / 30, "segment": segment})


FRAMES = sampled(0, 30, 60, 90)


def as_run(truth: Truth) -> Sightings:
    """The truth itself as a run would say it."""
    rows = truth.rows
    track = np.where(rows["kind"] == "ball", 99, rows["player"])
    return rows.with_columns(time=rows["frame"] / 30, track=track)


def changed(rows: Sightings, where: NDArray[np.bool_], **values: Any) -> Sightings:
    """Return the rows with some columns set where asked."""
    columns = {name: rows[name].copy() for name in values}
    for name, value in values.items():
        columns[name][where] = value
    return rows.with_columns(**columns)


def seen(rows: Sightings, frame: int | None = None, who: int | None = None) -> NDArray[np.bool_]:
    found = rows["player"] >= 0
    if frame is not None:
        found &= rows["frame"] == frame
    return found & (rows["player"] == who) if who is not None else found


def scores(rows: Sightings, truth: Truth, frames: FrameTable = FRAMES) -> dict[str, Any]:
    result = evaluate_run(rows, frames, truth)
    others = {"counts", "switches", "gs_hota", "mask_iou_overlapped", "j_and_f_overlapped"}
    assert tuple(name for name in result if name not in others) == SCORES
    return result


def test_truth_against_itself_is_perfect(truth: Truth) -> None:
    result = scores(as_run(truth), truth)
    assert [result[name] for name in SCORES] == [1.0] * len(SCORES)
    assert result["counts"]["people"] == 20
    # Number of the player nobody can read: 0 drawn; the referee's is no player's.
    assert result["counts"]["numbers_drawn"] == 12
    assert result["counts"]["numbers_on_referees"] == 4


def test_a_run_that_found_nothing_scores_nothing(truth: Truth) -> None:
    result = scores(Sightings.empty(), truth)
    assert result["recall"] == result["idf1"] == result["number_coverage"] == 0
    assert result["mask_iou"] == 0
    assert [result[n] for n in ("precision", "role", "team", "number_precision")] == [None] * 4


def test_missed_people_cost_recall_identity_masks_and_coverage(truth: Truth) -> None:
    rows = as_run(truth)
    gone = seen(rows, who=1) & np.isin(rows["frame"], [0, 30])
    result = scores(rows.select(~gone), truth)
    assert result["recall"] == 18 / 20
    assert result["precision"] == 1
    assert result["idf1"] == pytest.approx(2 * 18 / (20 + 18))
    assert result["mask_iou"] == pytest.approx(4 / 5)
    assert result["number_precision"] == 1
    assert result["number_coverage"] == 10 / 12


def test_somebody_who_is_not_there_costs_precision(truth: Truth) -> None:
    rows = as_run(truth)
    extra = rows.select(seen(rows, 0, 1)).with_columns(
        x1=[5], x2=[15], y1=[40], y2=[60], player=[9], track=[9]
    )
    result = scores(Sightings.concat([rows, extra]), truth)
    assert result["precision"] == 20 / 21
    assert result["recall"] == 1
    assert result["idf1"] == pytest.approx(2 * 20 / (20 + 21))
    assert result["counts"]["numbers_on_nobody"] == 1


def test_a_second_box_on_the_same_person_is_wrong(truth: Truth) -> None:
    rows = as_run(truth)
    twice = Sightings.concat([rows, rows.select(seen(rows, 0, 1))])
    result = scores(twice, truth)
    assert result["precision"] == 20 / 21
    # The same name twice in a frame is right once.
    assert result["idf1"] == pytest.approx(2 * 20 / (20 + 21))


def test_the_iou_that_counts_is_one_half(truth: Truth) -> None:
    rows = as_run(truth)
    # Boxes are 20 wide: shifted by 6 IoU is 14 / 26, by 7 it is 13 / 27.
    near = changed(rows, seen(rows, 0, 1), x1=66, x2=86)
    far = changed(rows, seen(rows, 0, 1), x1=67, x2=87)
    assert scores(near, truth)["recall"] == 1
    assert scores(far, truth)["recall"] == 19 / 20


def test_two_people_who_swap_names_cost_identity_alone(truth: Truth) -> None:
    rows = as_run(truth)
    late = rows["frame"] >= 60
    swapped = rows["player"].copy()
    swapped[late & (rows["player"] == 1)] = 3
    swapped[late & seen(rows, who=3)] = 1
    result = scores(rows.with_columns(player=swapped), truth)
    # Each of the two is right in 2 of 4 frames, the other three in all.
    assert result["idf1"] == 16 / 20
    assert result["recall"] == result["precision"] == result["number_precision"] == 1


def test_without_players_the_track_is_the_identity(truth: Truth) -> None:
    rows = as_run(truth).without("player")
    assert scores(rows, truth)["idf1"] == 1
    cut = rows.with_columns(track=rows["track"] + 10 * (rows["frame"] >= 60))
    assert scores(cut, truth)["idf1"] == 10 / 20
    named = as_run(truth)
    # A player 1 and a track 1 of somebody who is no player are two identities.
    mixed = changed(named, seen(named, who=3), player=-1, track=1)
    assert scores(mixed, truth)["idf1"] == 1


def test_wrong_unknown_and_missing_numbers(truth: Truth) -> None:
    rows = as_run(truth)
    wrong = changed(rows, seen(rows, 0, 3), number="00")
    result = scores(wrong, truth)
    assert result["number_precision"] == 11 / 12
    assert result["number_coverage"] == 11 / 12
    silent = changed(rows, seen(rows, 0, 3), number=None)
    result = scores(silent, truth)
    assert result["number_precision"] == 1
    assert result["number_coverage"] == 11 / 12
    guessed = changed(rows, seen(rows, who=2), number="44")
    result = scores(guessed, truth)
    assert result["number_precision"] == result["number_coverage"] == 1
    assert result["counts"]["numbers_on_unknown"] == 4
    assert result["counts"]["numbers_drawn"] == 12


def test_roles_and_people_off_court(truth: Truth) -> None:
    rows = as_run(truth)
    players = changed(rows, seen(rows, who=5), role="player")
    assert scores(players, truth)["role"] == 16 / 20
    court = np.full(len(rows), None)
    court[seen(rows, who=5)] = False
    bench = rows.with_columns(on_court=court)
    result = scores(bench, truth)
    assert result["recall"] == 16 / 20
    assert result["precision"] == result["role"] == 1
    other = changed(rows, seen(rows, who=5), role="other")
    assert scores(other, truth)["recall"] == 16 / 20
    untold = scores(rows.without("role"), truth)
    assert untold["recall"] == untold["role"] == 1


def test_team_names_are_matched_by_permutation(truth: Truth) -> None:
    rows = as_run(truth)
    names = {"A": "dark", "B": "light", None: None}
    own = rows.with_columns(team=np.array([names[team] for team in rows["team"]], object))
    assert scores(own, truth)["team"] == 1
    # One of team B's eight sightings under the other's name, one without: 14 of 16.
    worse = changed(own, seen(rows, 0, 3), team="dark")
    worse = changed(worse, seen(rows, 30, 3), team=None)
    assert scores(worse, truth)["team"] == 14 / 16
    one = changed(own, seen(rows), team="dark")
    assert scores(one, truth)["team"] == 8 / 16
    assert scores(rows.without("team"), truth)["team"] == 0


def test_missing_masks_count_nothing(truth: Truth) -> None:
    rows = as_run(truth)
    assert scores(rows.without("mask"), truth)["mask_iou"] == 0
    assert scores(changed(rows, seen(rows, who=1), mask=None), truth)["mask_iou"] == 4 / 5
    half = np.zeros(SIZE, bool)
    half[20:80, 60:70] = True
    halved = changed(rows, seen(rows, 0, 1), mask=rle.encode(half))
    assert scores(halved, truth)["mask_iou"] == pytest.approx(4.5 / 5)


def test_hidden_people_are_neither_right_nor_wrong(tmp_path: Path) -> None:
    content = truth_file()
    for box in content["boxes"]:
        if box["id"] == 1 and box["frame"] <= 30:
            box["visibility"] = 0.29
    truth = loaded(tmp_path, content)
    rows = as_run(truth)
    for run in (rows, rows.select(~(truth.hidden))):
        result = scores(run, truth)
        assert [result[name] for name in SCORES] == [1.0] * len(SCORES)
        assert result["counts"]["people"] == 18
    # A second box on a hidden person is one too many.
    result = scores(Sightings.concat([rows, rows.select(seen(rows, 0, 1))]), truth)
    assert result["precision"] == 18 / 19


def test_a_person_in_front_of_a_hidden_one_is_found_first(tmp_path: Path) -> None:
    content = truth_file()
    hidden = next(box for box in content["boxes"] if box["id"] == 2 and box["frame"] == 0)
    hidden |= {"visibility": 0.1, "box": [62, 20, 82, 80]}
    truth = loaded(tmp_path, content)
    rows = as_run(truth)
    # One box, nearer to the hidden person: it is the one in front who was seen.
    front = changed(rows, seen(rows, 0, 1), x1=62, x2=82).select(~seen(rows, 0, 2))
    assert scores(front, truth)["recall"] == 1
    assert scores(front, truth)["precision"] == 1


def test_whatever_lies_in_an_ignore_box_is_left_out(tmp_path: Path) -> None:
    content = truth_file() | {"ignore": [{"frame": 0, "box": [0, 0, 20, 100]}]}
    truth = loaded(tmp_path, content)
    rows = as_run(truth)
    extra = rows.select(seen(rows, 0, 1)).with_columns(x1=[9], x2=[29], player=[9], track=[9])
    inside = Sightings.concat([rows, extra])
    assert scores(inside, truth)["precision"] == 1
    assert scores(inside, truth)["idf1"] == 1
    assert scores(inside, truth)["counts"]["found_left_out"] == 1
    outside = Sightings.concat([rows, extra.with_columns(x1=[11], x2=[31])])
    assert scores(outside, truth)["precision"] == 20 / 21
    elsewhere = Sightings.concat([rows, extra.with_columns(frame=[30])])
    assert scores(elsewhere, truth)["precision"] == 20 / 21


def test_the_ball_is_asked_for_where_the_truth_has_it(truth: Truth) -> None:
    rows = as_run(truth)
    ball = rows["kind"] == "ball"
    later = rows.select(ball).with_columns(frame=[30])
    assert scores(Sightings.concat([rows, later]), truth)["ball_precision"] == 1
    twice = Sightings.concat([rows, rows.select(ball)])
    assert scores(twice, truth)["ball_precision"] == 1 / 2
    candidates = Sightings.concat([rows, rows.select(ball).with_columns(track=[-1])])
    assert scores(candidates, truth)["ball_precision"] == 1
    # 20 pixels wide: shifted by 10 IoU is 1/3, by 11 it is 9/31.
    assert scores(changed(rows, ball, x1=40, x2=60), truth)["ball_recall"] == 1
    assert scores(changed(rows, ball, x1=41, x2=61), truth)["ball_recall"] == 0


def test_a_ball_hardly_visible_need_not_be_found(truth: Truth) -> None:
    rows = as_run(truth)
    ball = truth.rows["kind"] == "ball"
    hidden = replace(truth, hidden=truth.hidden | ball)
    without = rows.select(~ball)
    assert scores(without, hidden)["ball_recall"] is None
    assert scores(rows, hidden)["ball_precision"] is None
    assert scores(changed(rows, ball, x1=90, x2=99), hidden)["ball_precision"] == 0


def walking(frames: list[int], segments: list[int] | None = None) -> Sightings:
    """Somebody who walks 2 pixels a frame and grows, at 30 frames a second."""
    count = len(frames)
    array = np.array(frames)
    boxes = [[2.0 * f, 10, 2.0 * f + 20, 40 + f] for f in frames]
    masks = [rle.encode(_filled(box)) for box in boxes]
    return Sightings(
        {
            "frame": array,
            "time": array / 30,
            "segment": segments or [0] * count,
            "kind": ["player"] * count,
            "track": [4] * count,
            "mask": masks,
            "number": [str(f) for f in frames],
            **{name: np.array(boxes)[:, i] for i, name in enumerate(("x1", "y1", "x2", "y2"))},
        }
    )


def _filled(box: list[float]) -> NDArray[np.bool_]:
    mask = np.zeros(SIZE, bool)
    mask[int(box[1]) : int(box[3]), int(box[0]) : int(box[2])] = True
    return mask


def at(rows: Sightings, frames: FrameTable, frame: int) -> Sightings:
    return rows_at(rows, frames, np.array([frame], np.int32), SIZE)


def test_an_unsampled_frame_is_filled_between_its_neighbours() -> None:
    rows, frames = walking([0, 6, 12]), sampled(0, 6, 12)
    found = at(rows, frames, 8)
    assert found["frame"].tolist() == [8]
    assert found["time"][0] == pytest.approx(8 / 30)
    np.testing.assert_allclose(found.boxes, [[16, 10, 36, 48]], atol=1e-4)
    # Of the nearer neighbour, frame 6: its number and its mask, moved and stretched.
    assert found["number"].tolist() == ["6"]
    np.testing.assert_array_equal(rle.decode(found["mask"][0], SIZE), _filled([16, 10, 36, 48]))
    assert at(rows, frames, 10)["number"].tolist() == ["12"]
    exact = at(rows, frames, 6)
    np.testing.assert_array_equal(exact.boxes, rows.boxes[1:2])


def test_a_gap_in_the_track_is_bridged_up_to_a_quarter_second_each_side() -> None:
    # At 30 frames a second 7 frames are 0.233 s, 8 frames 0.267 s.
    samples = sampled(*range(0, 31, 2))
    assert len(at(walking([10, 24]), samples, 17)) == 1
    assert len(at(walking([10, 25]), samples, 17)) == 0
    assert len(at(walking([9, 24]), samples, 17)) == 0


def test_nobody_is_filled_in_across_a_cut_or_beyond_the_samples() -> None:
    rows = walking([6, 12], [0, 1])
    frames = sampled(0, 6, 12, segments=[0, 0, 1])
    assert len(at(rows, frames, 8)) == 0
    assert len(at(rows, frames, 14)) == 0
    untracked = walking([6, 12]).with_columns(track=[-1, -1])
    assert len(at(untracked, sampled(0, 6, 12), 8)) == 0


def test_scores_at_unsampled_frames_use_what_was_filled_in(tmp_path: Path) -> None:
    content = truth_file() | {"frames": [8], "ball": [], "rim": []}
    box = [16.0, 10.0, 36.0, 48.0]
    content["boxes"] = [{"frame": 8, "id": 1, "box": box}]
    content["masks"] = [{"frame": 8, "id": 1, "rle": {"size": SIZE, "counts": lengths(box)}}]
    result = scores(walking([6, 12]), loaded(tmp_path, content), sampled(6, 12))
    assert result["recall"] == result["precision"] == result["mask_iou"] == result["idf1"] == 1
    assert result["counts"]["frames_sampled"] == 0
    assert result["counts"]["frames_outside_samples"] == 0


def test_a_moved_mask_keeps_its_shape() -> None:
    mask = _filled([10, 20, 30, 60])
    mask[20:40, 10:20] = False
    old, new = np.array([[10, 20, 30, 60], [110, 5, 150, 45]], np.float32)
    moved = rle.decode(moved_mask(rle.encode(mask), old, new, SIZE) or b"", SIZE)
    expected = _filled([110, 5, 150, 45])
    expected[5:25, 110:130] = False
    np.testing.assert_array_equal(moved, expected)


def test_a_run_is_its_own_truth() -> None:
    rows = walking([0, 6, 12]).with_columns(
        role=np.array(["player", None, "player"]), visibility=[1, 1, 0.1], team=["light"] * 3
    )
    frames = sampled(0, 6, 12)
    truth = truth_from_run(rows, frames, SIZE)
    result = scores(rows, truth, frames)
    # Frame 6: nobody knows whether that is one of the game; frame 12: hardly to be seen.
    assert result["counts"]["people"] == 1
    named = ("recall", "precision", "role", "idf1", "team", "mask_iou", "number_coverage")
    assert [result[name] for name in named] == [1.0] * len(named)
    sure = scores(changed(rows, rows["frame"] == 6, role="player"), truth, frames)
    assert sure["precision"] == 1


def test_close_ups_of_a_run_are_not_asked_for() -> None:
    rows, frames = walking([0, 6, 12]), sampled(0, 6, 12)
    seen = frames.with_columns(view=["main", None, "close-up"])
    truth = truth_from_run(rows, seen, SIZE)
    assert truth.frames.tolist() == [0, 6]
    result = scores(rows, truth, frames)
    assert result["counts"]["people"] == 2
    assert result["precision"] == result["hota"] == 1


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), spread=st.sampled_from([4, 12, 30]))
def test_idf1_agrees_with_trackeval(seed: int, spread: int) -> None:
    trackeval = pytest.importorskip("trackeval")
    random = np.random.default_rng(seed)
    truth, found = (crowd(random, spread) for _ in range(2))
    metric = trackeval.metrics.Identity({"THRESHOLD": 0.5, "PRINT_CONFIG": False})
    judged = metric.eval_sequence(as_trackeval(truth, found))["IDF1"]
    ours = idf1(Matches(truth, found, np.zeros((0, 2), np.intp), 0))
    assert ours == pytest.approx(float(judged))


def crowd(random: np.random.Generator, spread: int) -> Sightings:
    """Up to six people in each of eight frames, each name once a frame."""
    rows = [
        (frame, who, *random.uniform(0, spread, 2))
        for frame in range(8)
        for who in random.permutation(9)[: random.integers(1, 7)]
    ]
    frame, who, x, y = (np.array(values) for values in zip(*rows, strict=True))
    return Sightings(
        {
            "frame": frame,
            "time": frame / 30,
            "segment": 0 * frame,
            "kind": ["player"] * len(frame),
            "player": who,
            "x1": x,
            "y1": y,
            "x2": x + 20,
            "y2": y + 40,
        }
    )


def as_trackeval(truth: Sightings, found: Sightings) -> dict[str, Any]:
    ids = [np.unique(rows["player"], return_inverse=True) for rows in (truth, found)]
    steps = overlaps(truth, found)
    return {
        "num_gt_dets": len(truth),
        "num_tracker_dets": len(found),
        "num_gt_ids": len(ids[0][0]),
        "num_tracker_ids": len(ids[1][0]),
        "gt_ids": [ids[0][1][first] for first, _, _ in steps],
        "tracker_ids": [ids[1][1][second] for _, second, _ in steps],
        "similarity_scores": [overlap for _, _, overlap in steps],
    }


def drop(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda content: content.pop(name)


def put(name: str, index: int, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda content: content[name][index].update(values)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (drop("frames"), "missing required field `frames`.*expected JSON with width"),
        (put("boxes", 3, box="none"), r"Expected `array`, got `str`.*boxes"),
        (put("boxes", 3, frame=5), "a box is in frame 5, which is not in 'frames'"),
        (put("boxes", 3, box=[10, 10, 5, 20]), "frame 0 must be x1 y1 x2 y2"),
        (put("boxes", 3, id=77), "id 77 in frame 0 is not in 'people'"),
        (put("boxes", 3, id=1), "id 1 has 2 boxes in frame 0"),
        (put("people", 0, kind="coach"), "kind of id 1 must be player or referee: 'coach'"),
        (put("masks", 0, frame=31), "mask of id 1 in frame 31 has no box"),
        (put("masks", 0, rle={"size": [9, 9], "counts": [81]}), r"picture of \(9, 9\)"),
        (put("masks", 0, rle={"size": SIZE, "counts": [81]}), "run lengths that fill the picture"),
    ],
)
def test_a_wrong_truth_gets_one_clear_line(
    spoil: Callable[[dict[str, Any]], None], message: str, tmp_path: Path
) -> None:
    content = truth_file()
    spoil(content)
    with pytest.raises(InputError, match=message) as caught:
        loaded(tmp_path, content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot read the truth"), (b"", "no truth file"), (b"\xff\xfe[", "no truth file")],
)
def test_a_missing_or_broken_truth_gets_one_clear_line(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "truth.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_truth(path)


@pytest.mark.skipif(not REAL.is_dir(), reason="needs the real footage in ../shared")
def test_the_annotated_clips_score_perfectly_against_themselves() -> None:
    paths = sorted(REAL.glob("*/truth.json"))
    assert paths
    for path in paths:
        truth = load_truth(path)
        frames = sampled(*truth.frames)
        result = scores(as_run(truth), truth, frames)
        assert [result[name] for name in SCORES] == [1.0] * len(SCORES), path
