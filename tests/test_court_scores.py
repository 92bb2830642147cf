"""Scores of the court on tables whose errors are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from court_scene import BROADCAST, SIZE
from courtside.court.model import Floats, half_turned, project
from courtside.evaluate.court import court_scores, load_court_points
from courtside.evaluate.truth import truth_from_run
from courtside.sightings import FrameTable, Sightings

PLACES = [[8.534, 2.438], [8.534, -2.438], [14.325, 2.438], [5.8, 7.62]]


def frames(camera: Floats | None, bound: float = 0.3) -> FrameTable:
    one = np.full(8, np.nan) if camera is None else camera
    return FrameTable(
        {"frame": [0, 3], "pts": [0, 3], "time": [0.0, 0.1], "segment": [0, 0],
         "camera": [one, one], "court_error": [bound, bound], "motion": np.full((2, 9), np.nan)}
    )  # fmt: skip


def people(places: list[tuple[float, float]]) -> Sightings:
    count = len(places)
    left = np.arange(count) * 100.0
    return Sightings(
        {"frame": [3] * count, "time": [0.1] * count, "segment": [0] * count,
         "kind": ["player"] * count, "role": ["player"] * count, "track": np.arange(count),
         "x1": left, "y1": [100.0] * count, "x2": left + 50, "y2": [250.0] * count,
         "court_x": [p[0] for p in places], "court_y": [p[1] for p in places]}
    )  # fmt: skip


def truth_file(folder: Path, camera: Floats, shift: float = 0.0, frame: int = 3) -> Path:
    pixels = project(camera, np.column_stack([PLACES, np.zeros(4)]), SIZE)
    pixels[:, 0] += shift
    points = [
        {"name": "p", "px": px.tolist(), "court_m": place}
        for px, place in zip(pixels, PLACES, strict=True)
    ]
    path = folder / "truth.json"
    path.write_text(json.dumps({"court": [{"frame": frame, "court": "NBA", "points": points}]}))
    return path


TRUTH = truth_from_run(people([(1.0, 2.0), (5.0, -3.0)]), frames(BROADCAST), SIZE)


@pytest.mark.parametrize("turn", [False, True])
def test_reprojection_at_annotated_points(turn: bool, tmp_path: Path) -> None:
    points = load_court_points(truth_file(tmp_path, BROADCAST, shift=4.0))
    camera = half_turned(BROADCAST) if turn else BROADCAST
    scores = court_scores(people([]), frames(camera), TRUTH, points)
    assert scores["court_solved"] == 1.0
    assert scores["court_pixels"] == pytest.approx(4.0, abs=0.01)
    assert scores["court_pixels_worst"] == pytest.approx(4.0, abs=0.01)
    assert 0.02 < scores["court_metres"] < 0.2
    assert scores["court_off"] == 0.0


def test_a_wrong_camera_is_off_and_its_estimate_does_not_cover(tmp_path: Path) -> None:
    points = load_court_points(truth_file(tmp_path, BROADCAST))
    wrong = BROADCAST + np.array([0, 0, 0, 0.1, 0, 0, 0, 0])
    scores = court_scores(people([]), frames(wrong), TRUTH, points)
    assert scores["court_off"] == 1.0
    assert scores["error_covers"] == 0.0
    assert scores["error_ratio"] < 0.5


def test_unsolved_frames_are_counted_not_judged(tmp_path: Path) -> None:
    points = load_court_points(truth_file(tmp_path, BROADCAST))
    scores = court_scores(people([]), frames(None), TRUTH, points)
    assert scores["court_solved"] == 0.0
    assert np.isnan(scores["court_pixels"])


def test_places_of_people_against_a_run_that_is_right() -> None:
    found = people([(1.0, 2.2), (5.4, -3.0)])
    scores = court_scores(found, frames(BROADCAST, bound=0.35), TRUTH)
    assert scores["place_known"] == 1.0
    assert scores["place_median"] == pytest.approx(0.3, abs=1e-5)
    assert scores["place_p95"] == pytest.approx(0.39, abs=1e-5)
    assert scores["error_covers"] == 1.0
    assert scores["error_ratio"] == pytest.approx(0.35 / 0.3, abs=1e-4)


def test_unknown_places_count_as_unknown() -> None:
    scores = court_scores(people([(1.0, 2.2), (np.nan, np.nan)]), frames(BROADCAST), TRUTH)
    assert scores["place_known"] == 0.5
    assert scores["place_median"] == pytest.approx(0.2, abs=1e-5)


def test_a_frame_between_samples_is_judged_by_the_camera_between_theirs(tmp_path: Path) -> None:
    step = np.array([0, 0, 0, 0.06, 0, 0, 0, 0])
    points = load_court_points(truth_file(tmp_path, BROADCAST + step / 3, frame=1))
    table = frames(BROADCAST).with_columns(camera=[BROADCAST, BROADCAST + step])
    assert court_scores(people([]), table, TRUTH, points)["court_pixels"] < 0.1
    beyond = load_court_points(truth_file(tmp_path, BROADCAST, frame=9))
    assert court_scores(people([]), table, TRUTH, beyond)["court_solved"] == 0.0
