"""`courtside evaluate`: tables for people, JSON for programs, pictures of what went wrong."""

from __future__ import annotations

import json
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from command_line import command as courtside
from courtside.evaluate import picture_run
from courtside.evaluate.pictures import FALSE, MISSED, MOST
from handmade import BOXES, SIZE, three_people, write_game, write_run


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_game(tmp_path_factory.mktemp("game"))


@pytest.fixture(scope="module")
def truth(video: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("truth"), video, three_people())


@pytest.fixture(scope="module")
def run(video: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that misses player 1 in frame 2, and finds somebody who is not there in frame 3."""
    rows = three_people()
    rows = rows.select(~((rows["frame"] == 2) & (rows["player"] == 1)))
    x1, x2 = rows["x1"].copy(), rows["x2"].copy()
    astray = (rows["frame"] == 3) & (rows["player"] == 0)
    x1[astray], x2[astray] = 140, 158
    return write_run(tmp_path_factory.mktemp("run"), video, rows.with_columns(x1=x1, x2=x2))


@pytest.mark.parametrize("words", [["evaluate"], ["evaluate", "run"]])
def test_json_is_for_programs_with_or_without_the_word_run(
    words: list[str], run: Path, truth: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = courtside(capsys, *words, run, truth, "--json")
    scores: dict[str, Any] = json.loads(out)
    assert (code, err) == (0, "")
    assert scores["recall"] == 10 / 12
    assert scores["precision"] == 10 / 11
    shares = {name: value for name, value in scores.items() if name not in ("counts", "switches")}
    assert all(value is None or 0 <= value <= 1 for value in shares.values())


def test_the_table_is_for_people(
    run: Path, truth: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = courtside(capsys, "evaluate", run, truth)
    assert code == 0
    for words in ("HOTA", "J&F, overlapped people", "recall", "0.833", "people found: 11"):
        assert words in out


def test_a_missing_scorer_is_told_in_one_line(
    run: Path, truth: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(_: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr("courtside.evaluate.tracking.find_spec", nowhere)
    code, out, err = courtside(capsys, "evaluate", run, truth, "--json")
    assert code == 0
    assert json.loads(out)["hota"] is None
    assert json.loads(out)["recall"] == 10 / 12
    assert err.count("\n") == 1
    assert "pip install 'courtside[evaluate]'" in err


def test_pictures_show_what_was_missed_and_what_is_not_there(
    run: Path, truth: Path, tmp_path: Path
) -> None:
    paths = picture_run(run, truth, tmp_path / "new" / "pictures")
    assert [path.name for path in paths] == [f"frame_{i:06d}.png" for i in range(4)]
    right, _, missed, false = (np.asarray(cv2.imread(str(path))) for path in paths)
    assert count(missed, MISSED) > 100
    assert count(false, FALSE) > 100
    assert count(right, MISSED) == count(right, FALSE) == 0
    # Where somebody was found, the mask's colour lies over the picture.
    x1, y1, x2, y2 = BOXES[1]
    inside = np.s_[y1 + 5 : y2 - 5, x1 + 5 : x2 - 5]
    assert np.abs(right[inside].astype(int) - missed[inside]).mean() > 20


def count(image: Any, colour: tuple[int, int, int]) -> int:
    return int((np.abs(image.astype(int) - colour).max(axis=2) == 0).sum())


def test_the_command_writes_pictures_too(
    run: Path, truth: Path, video: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, _ = courtside(
        capsys, "evaluate", run, truth, "--pictures", tmp_path / "p", "--source", video
    )
    assert code == 0
    assert len(list((tmp_path / "p").glob("*.png"))) == 4
    code, _, err = courtside(
        capsys, "evaluate", run, truth, "--pictures", tmp_path / "p", "--source", tmp_path / "no"
    )
    assert (code, err.count("\n")) == (3, 1)


def test_no_more_pictures_than_a_person_looks_at(tmp_path: Path) -> None:
    frames = 40
    video = write_game(tmp_path, frames)
    run = write_run(tmp_path / "run", video, three_people(frames), frames)
    paths = picture_run(run, run, tmp_path / "pictures")
    assert len(paths) == MOST
    assert (paths[0].name, paths[-1].name) == ("frame_000000.png", "frame_000039.png")


def test_runs_of_other_pictures_are_refused(run: Path, tmp_path: Path) -> None:
    from courtside.errors import InputError

    other = {"width": SIZE[1] * 2, "height": SIZE[0], "frames": [], "people": [], "boxes": []}
    (tmp_path / "truth.json").write_text(json.dumps(other))
    with pytest.raises(InputError, match="not the same video"):
        picture_run(run, tmp_path / "truth.json", tmp_path / "p")


def test_numbers_print_their_curve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "7").mkdir()
    cv2.imwrite(str(tmp_path / "7" / "a.png"), np.full((40, 30, 3), 90, np.uint8))
    code, out, _ = courtside(capsys, "evaluate", "numbers", tmp_path)
    assert code == 0
    for words in ("crops", "right of all", "threshold", "0.950"):
        assert words in out
    code, out, _ = courtside(capsys, "evaluate", "numbers", tmp_path, "--json")
    assert {"crops", "answered_share", "right_of_answered", "right_of_all", "curve"} <= set(
        json.loads(out)
    )
