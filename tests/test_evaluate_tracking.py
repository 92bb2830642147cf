"""HOTA, MOTA, switches and GS-HOTA: by hand, and against trackeval's own reading of MOT files."""

from __future__ import annotations

import contextlib
import io
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from courtside.evaluate import Truth, evaluate_run, truth_from_run
from courtside.evaluate.positions import likeness
from courtside.sightings import FrameTable, Sightings

PEOPLE, FRAMES = 10, 20
SIZE = (200, 1000)
TRACKING = ("hota", "deta", "assa", "mota", "idf1", "recall", "precision")


def standing() -> Sightings:
    """Ten people, five a side, who stand 60 pixels and 2 metres apart in twenty frames."""
    frame, who = (grid.ravel() for grid in np.mgrid[0:FRAMES, 0:PEOPLE])
    return Sightings(
        {
            "frame": frame,
            "time": frame / 10,
            "segment": 0 * frame,
            "kind": ["player"] * len(frame),
            "role": ["player"] * len(frame),
            "player": who,
            "track": who,
            "team": [("home", "away")[w % 2] for w in who],
            "number": [str(4 + w) for w in who],
            "x1": 60.0 * who,
            "x2": 60.0 * who + 40,
            "y1": np.full(len(frame), 50.0),
            "y2": np.full(len(frame), 150.0),
            "court_x": 2.0 * who - 9,
            "court_y": np.full(len(frame), 1.0),
        }
    )


def table() -> FrameTable:
    frame = np.arange(FRAMES)
    return FrameTable({"frame": frame, "pts": frame, "time": frame / 10, "segment": 0 * frame})


@pytest.fixture(scope="module")
def truth() -> Truth:
    return truth_from_run(standing(), table(), SIZE)


def swapped(rows: Sightings, first: int, second: int, begin: int) -> Sightings:
    """Return rows in which two people bear each other's name from a frame on."""
    who, late = rows["player"].copy(), rows["frame"] >= begin
    mine, other = late & (rows["player"] == first), late & (rows["player"] == second)
    who[mine], who[other] = second, first
    return rows.with_columns(player=who)


def without(rows: Sightings, gone: list[tuple[int, int]]) -> Sightings:
    """Return rows without some pairs of frame and place."""
    place = (rows["x1"] / 60).astype(int)
    keys = list(zip(rows["frame"].tolist(), place.tolist(), strict=True))
    return rows.select(np.array([key not in gone for key in keys]))


def test_truth_against_itself_is_perfect(truth: Truth) -> None:
    scores = evaluate_run(standing(), table(), truth)
    assert [scores[name] for name in (*TRACKING, "gs_hota")] == [1.0] * 8
    assert scores["switches"] == 0


def test_known_damage_gives_the_values_worked_out_by_hand(truth: Truth) -> None:
    # Two people swap names half-way, three times over six people: 0 and 1, 2 and 3, 4 and 5.
    rows = standing()
    for first in (0, 2, 4):
        rows = swapped(rows, first, first + 1, FRAMES // 2)
    # 5 % of the boxes: ten frames of person 9.
    rows = without(rows, [(frame, 9) for frame in range(10)])
    # Two wrong numbers, each for one frame.
    number = rows["number"].copy()
    number[(rows["frame"] == 3) & (rows["player"] == 6)] = "77"
    number[(rows["frame"] == 5) & (rows["player"] == 7)] = "88"
    scores = evaluate_run(rows.with_columns(number=number), table(), truth)
    # 200 boxes, 190 found, none too many.
    assert scores["recall"] == 190 / 200
    assert scores["deta"] == pytest.approx(190 / 200)
    assert scores["precision"] == 1
    # Each name that changes is one switch.
    assert scores["switches"] == 6
    assert scores["mota"] == pytest.approx(1 - (10 + 6) / 200)
    # Of six people 10 of 20 boxes under one name: 10 / (20 + 20 - 10); three kept theirs; person 9
    # 10 of 20, with none elsewhere. Weighed by the 190 boxes found.
    association = (120 * (10 / 30) + 60 * 1 + 10 * (10 / 20)) / 190
    assert scores["assa"] == pytest.approx(association)
    assert scores["hota"] == pytest.approx(np.sqrt(0.95 * association))
    # Right under one name each: 60 of the swapped, 60 of the kept, 10 of person 9.
    assert scores["idf1"] == pytest.approx(2 * 130 / (200 + 190))
    # Numbers stay with the place, so 188 of 190 are right.
    assert scores["number_precision"] == 188 / 190
    assert scores["number_coverage"] == 188 / 200


def test_more_false_boxes_than_people_is_a_mota_of_zero(truth: Truth) -> None:
    rows = standing()
    away = rows.with_columns(y1=rows["y1"] - 150, y2=rows["y2"] - 150, player=rows["player"] + 50)
    doubled = Sightings.concat([rows, away, away.with_columns(player=rows["player"] + 90)])
    assert evaluate_run(doubled, table(), truth)["mota"] == 0


def test_frames_that_nobody_annotated_do_not_count(truth: Truth) -> None:
    few = np.array([0, 9, 19], np.int32)
    rows = truth.rows.select(np.isin(truth.rows["frame"], few))
    hidden = np.zeros(len(rows), np.bool_)
    sparse = Truth(rows, hidden, few, np.zeros(0, np.int32), np.zeros((0, 4), np.float32), SIZE)
    # Names change between annotated frames only: at 10 and back at 15.
    found = swapped(swapped(standing(), 0, 1, 10), 0, 1, 15)
    assert evaluate_run(found, table(), sparse)["hota"] == 1
    # What is found in an annotated frame without anybody is wrong.
    nobody = Truth(
        rows.select(rows["frame"] > 0), hidden[:20], few, sparse.ignore_frames,
        sparse.ignore_boxes, SIZE,
    )  # fmt: skip
    assert evaluate_run(standing(), table(), nobody)["deta"] == pytest.approx(20 / 30)


def test_one_name_twice_in_a_frame_is_two_people_to_the_scorer(truth: Truth) -> None:
    rows = standing()
    extra = rows.select(rows["player"] == 0).with_columns(y1=np.zeros(20), y2=np.full(20, 49.0))
    scores = evaluate_run(Sightings.concat([rows, extra]), table(), truth)
    assert scores["deta"] == pytest.approx(200 / 220)
    assert scores["assa"] == 1


def test_without_trackeval_the_other_scores_stay(
    truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(_: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr("courtside.evaluate.tracking.find_spec", nowhere)
    scores = evaluate_run(standing(), table(), truth)
    assert [scores[name] for name in ("hota", "mota", "switches", "gs_hota")] == [None] * 4
    assert scores["recall"] == scores["idf1"] == 1


# Positions


def test_likeness_is_one_at_the_place_and_a_twentieth_two_metres_away() -> None:
    here, near = np.array([[0.0, 0.0]]), np.array([[0.0, 0.0], [0.0, 2.0], [np.nan, 0.0]])
    np.testing.assert_allclose(likeness(here, near), [[1, 0.05, 0]])


def test_a_wrong_number_team_or_role_is_another_person(truth: Truth) -> None:
    rows = standing()
    who = rows["player"] == 3

    def score(name: str, value: str | None) -> float:
        column = rows[name].copy()
        column[who] = value
        return float(evaluate_run(rows.with_columns(**{name: column}), table(), truth)["gs_hota"])

    # One of ten is never right: nine found of eleven places to tell, all well followed.
    missed = np.sqrt(9 / 11)
    for name, value in (("number", "99"), ("number", None), ("team", "home"), ("role", "referee")):
        assert score(name, value) == pytest.approx(missed), name


def test_the_court_may_be_seen_from_the_other_side(truth: Truth) -> None:
    rows = standing()
    turned = rows.with_columns(court_x=-rows["court_x"], court_y=-rows["court_y"])
    assert evaluate_run(turned, table(), truth)["gs_hota"] == 1
    mirrored = rows.with_columns(court_y=-rows["court_y"])
    # 2 m off: likeness 0.05, above the first of 19 thresholds only.
    assert evaluate_run(mirrored, table(), truth)["gs_hota"] == pytest.approx(1 / 19)


def test_who_has_no_place_in_the_truth_is_left_out_and_no_court_no_score(truth: Truth) -> None:
    rows = standing()
    x = rows["court_x"].copy()
    x[rows["player"] == 2] = np.nan
    partly = truth_from_run(rows.with_columns(court_x=x), table(), SIZE)
    assert evaluate_run(rows, table(), partly)["gs_hota"] == 1
    x[rows["frame"] == 7] = np.nan
    partly = truth_from_run(rows.with_columns(court_x=x), table(), SIZE)
    astray = rows["frame"] == 7
    moved = rows.with_columns(y1=rows["y1"] + 40 * astray, y2=rows["y2"] + 40 * astray)
    assert evaluate_run(moved, table(), partly)["gs_hota"] == 1
    assert evaluate_run(rows.without("court_x"), table(), truth)["gs_hota"] is None


def test_a_true_number_that_nobody_could_read_agrees_with_any() -> None:
    rows = standing()
    number = rows["number"].copy()
    number[rows["player"] == 2] = None
    truth = truth_from_run(rows.with_columns(number=number), table(), SIZE)
    assert evaluate_run(rows, table(), truth)["gs_hota"] == 1


# The field's own scorer, on files


@pytest.mark.parametrize("seed", range(4))
def test_scores_agree_with_trackeval_on_mot_files(seed: int, tmp_path: Path) -> None:
    pytest.importorskip("trackeval")
    random = np.random.default_rng(seed)
    found = shaken(random)
    truth = truth_from_run(standing(), table(), SIZE)
    ours = evaluate_run(found, table(), truth)
    write_mot(tmp_path / "gt" / "game" / "gt" / "gt.txt", standing())
    write_mot(tmp_path / "runs" / "ours" / "data" / "game.txt", found)
    judged = trackeval_on_files(tmp_path)
    assert ours["hota"] == pytest.approx(float(np.mean(judged["HOTA"]["HOTA"])), abs=1e-6)
    assert ours["deta"] == pytest.approx(float(np.mean(judged["HOTA"]["DetA"])), abs=1e-6)
    assert ours["assa"] == pytest.approx(float(np.mean(judged["HOTA"]["AssA"])), abs=1e-6)
    assert ours["mota"] == pytest.approx(float(judged["CLEAR"]["MOTA"]), abs=1e-6)
    assert ours["switches"] == int(judged["CLEAR"]["IDSW"])
    assert ours["idf1"] == pytest.approx(float(judged["Identity"]["IDF1"]), abs=1e-6)


def shaken(random: np.random.Generator) -> Sightings:
    """A run that misses some, invents some, loses names and draws boxes a little off."""
    rows = swapped(standing(), 1, 2, int(random.integers(5, 15)))
    rows = rows.select(random.random(len(rows)) > 0.1)
    shift = random.normal(0, 6, (4, len(rows)))
    box: dict[str, NDArray[Any]] = {
        name: np.round(rows[name] + shift[i], 2) for i, name in enumerate(("x1", "y1", "x2", "y2"))
    }
    lost = (rows["player"] == 5) & (rows["frame"] > 12)
    rows = rows.with_columns(**box, player=np.where(lost, 40, rows["player"]))
    false = rows.select(random.random(len(rows)) < 0.05)
    return Sightings.concat([rows, false.with_columns(player=false["player"] + 60)])


def write_mot(path: Path, rows: Sightings) -> None:
    path.parent.mkdir(parents=True)
    lines = [
        f"{frame + 1},{who + 1},{x1:.4f},{y1:.4f},{x2 - x1:.4f},{y2 - y1:.4f},1,1,1"
        for frame, who, (x1, y1, x2, y2) in zip(
            rows["frame"], rows["player"], rows.boxes.astype(float), strict=True
        )
    ]
    path.write_text("\n".join(lines) + "\n")


def trackeval_on_files(folder: Path) -> dict[str, Any]:
    """Return what trackeval says of the files, read and scored its own way."""
    import trackeval

    quiet = {"PRINT_CONFIG": False}
    with contextlib.redirect_stdout(io.StringIO()):
        data = trackeval.datasets.MotChallenge2DBox(
            quiet
            | {"GT_FOLDER": str(folder / "gt"), "TRACKERS_FOLDER": str(folder / "runs")}
            | {"SEQ_INFO": {"game": FRAMES}, "SKIP_SPLIT_FOL": True, "TRACKERS_TO_EVAL": ["ours"]}
        )
        judge = trackeval.Evaluator(
            quiet
            | {"PRINT_RESULTS": False, "OUTPUT_SUMMARY": False, "OUTPUT_DETAILED": False}
            | {"PLOT_CURVES": False, "TIME_PROGRESS": False, "BREAK_ON_ERROR": True}
        )
        metrics = trackeval.metrics
        chosen = [metrics.HOTA(), metrics.CLEAR(quiet), metrics.Identity(quiet)]
        results, _ = judge.evaluate([data], chosen)
    judged: dict[str, Any] = results["MotChallenge2DBox"]["ours"]["game"]["pedestrian"]
    return judged
