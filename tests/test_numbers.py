"""Reading jersey numbers, and scoring the reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from courtside.engine import Net, load_net
from courtside.errors import InputError
from courtside.evaluate.numbers import evaluate_numbers
from courtside.numbers.embedded import Reading, answers, read
from courtside.train.numbers_data import UNSEEN
from courtside.weights import weights_path
from numbers_fakes import draw, scripted

REAL = Path(__file__).parents[2] / "shared/data/jersey_crops/valid"


@pytest.fixture(scope="module")
def net() -> Net:
    return load_net(weights_path("numbers"))


# Reading


def test_no_crops_give_an_empty_reading(net: Net) -> None:
    reading = read(net, [])
    assert (reading.readable.shape, reading.tens.shape, reading.ones.shape) == (
        (0,),
        (0, 11),
        (0, 10),
    )
    assert len(answers(reading).numbers) == 0


def test_every_head_gives_probabilities(net: Net) -> None:
    reading = read(net, [draw("7"), draw("23"), draw("00")])
    assert len(reading) == 3
    assert ((reading.readable >= 0) & (reading.readable <= 1)).all()
    np.testing.assert_allclose(reading.tens.sum(axis=1), 1, atol=1e-4)
    np.testing.assert_allclose(reading.ones.sum(axis=1), 1, atol=1e-4)


def test_a_crop_is_read_alike_alone_and_among_others(net: Net) -> None:
    alone = read(net, [draw("23")])
    among = read(net, [draw(str(n)) for n in (1, 2, 3, 4)] + [draw("23")])
    np.testing.assert_allclose(among.tens[4], alone.tens[0], atol=1e-4)
    np.testing.assert_allclose(among.readable[4], alone.readable[0], atol=1e-4)


def test_clear_numbers_are_read_seen_in_training_or_not(net: Net) -> None:
    numbers = [str(n) for n in (*range(0, 100, 3), *UNSEEN)] + ["00"]
    found = answers(read(net, [draw(number) for number in numbers]))
    right = found.numbers == np.array(numbers, object)
    unseen = np.array([number in UNSEEN for number in numbers])
    assert right.mean() >= 0.85
    assert right[unseen].mean() >= 0.75


@pytest.mark.parametrize("number", ["0", "00"])
def test_zero_and_double_zero_differ(net: Net, number: str) -> None:
    assert answers(read(net, [draw(number)])).numbers[0] == number


def test_plain_cloth_is_no_number(net: Net) -> None:
    ramp = np.linspace(60, 160, 40).astype(np.uint8)
    folds = np.repeat(np.tile(ramp, (30, 1))[..., None], 3, axis=2)
    cloth = [np.full((40, 30, 3), level, np.uint8) for level in (20, 120, 240)]
    assert (answers(read(net, [*cloth, folds])).scores < 0.5).all()


def test_a_grey_or_empty_crop_is_refused(net: Net) -> None:
    with pytest.raises(InputError, match=r"BGR \(height, width, 3\)"):
        read(net, [np.zeros((40, 30), np.uint8)])
    with pytest.raises(InputError, match="with pixels"):
        read(net, [np.zeros((0, 30, 3), np.uint8)])


def reading_of(tens: list[float], ones: list[float], readable: float = 1.0) -> Reading:
    wide = np.zeros((1, 11), np.float32), np.zeros((1, 10), np.float32)
    wide[0][0, : len(tens)] = tens
    wide[1][0, : len(ones)] = ones
    return Reading(np.array([readable], np.float32), *wide)


@pytest.mark.parametrize(
    ("tens", "ones", "number", "score"),
    [
        ([1.0], [0.2, 0.8], "1", 0.8),
        ([0.1, 0.9], [0.9, 0.1], "00", 0.81),
        ([0.7, 0.3], [0.9, 0.1], "0", 0.63),
        ([0.0, 0.0, 1.0], [1.0], "10", 1.0),
        ([0.3, 0.7], [0.1, 0.9], "1", 0.27),  # "01" is worn by nobody
    ],
)
def test_answers_are_the_likeliest_allowed_numbers(
    tens: list[float], ones: list[float], number: str, score: float
) -> None:
    found = answers(reading_of(tens, ones))
    assert found.numbers[0] == number
    assert found.scores[0] == pytest.approx(score, abs=1e-6)


def test_what_is_hardly_readable_scores_low() -> None:
    assert answers(reading_of([1.0], [1.0], readable=0.1)).scores[0] == pytest.approx(0.1)


# Scoring


def save(folder: Path, number: str, name: str = "a.png") -> None:
    (folder / number).mkdir(exist_ok=True, parents=True)
    cv2.imwrite(str(folder / number / name), draw("23"))


def test_scores_of_a_reader_that_always_says_23(tmp_path: Path) -> None:
    for number, name in (("23", "a.png"), ("23", "b.png"), ("3", "a.png"), ("00", "a.png")):
        save(tmp_path, number, name)
    scores = evaluate_numbers(tmp_path, scripted(tens=3, ones=3))
    assert scores["crops"] == 4
    assert scores["right_of_all"] == 0.5
    assert scores["answered_share"] == 1.0
    assert scores["right_of_answered"] == 0.5
    curve: Any = scores["curve"]
    assert [point["answered_share"] for point in curve] == [1.0] * 19 + [0.0]
    assert curve[-1]["right_of_answered"] is None


def _nothing(folder: Path) -> Path:
    return folder


def _missing(folder: Path) -> Path:
    return folder / "missing"


def _misnamed(folder: Path) -> Path:
    save(folder, "07")
    return folder


def _broken(folder: Path) -> Path:
    save(folder, "7")
    (folder / "7" / "b.jpg").write_bytes(b"no picture")
    return folder


def _hollow(folder: Path) -> Path:
    save(folder, "7")
    (folder / "7" / "b.jpg").write_bytes(b"")
    return folder


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_missing, "no folder"),
        (_nothing, "no crops"),
        (_misnamed, "must be named by a number"),
        (_broken, r"b\.jpg cannot be decoded"),
        (_hollow, r"b\.jpg cannot be decoded"),
    ],
)
def test_a_bad_folder_gets_one_clear_line(
    tmp_path: Path, make: Callable[[Path], Path], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        evaluate_numbers(make(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not REAL.is_dir(), reason=f"the real crops are not at {REAL}")
def test_real_crops_are_read_better_than_by_ready_made_text_recognition() -> None:
    scores: Any = evaluate_numbers(REAL)
    assert scores["crops"] == 394
    assert scores["right_of_all"] > 0.78
    assert scores["answered_share"] >= 0.60
    assert scores["right_of_answered"] >= 0.96
