"""Reading jersey numbers, giving them to players, scoring the reader, rendering its school."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from courtside import rle
from courtside.engine import Net, load_net
from courtside.errors import InputError
from courtside.evaluate.numbers import evaluate_numbers
from courtside.numbers.embedded import CROP_SIDE, Reading, answers, read
from courtside.numbers.look import CROPS_A_FRAME, look_numbers, match_numbers_to_people
from courtside.sightings import Sightings, View
from courtside.train.numbers_data import HIDDEN, READABLE, UNSEEN, random_number, render_chunk
from courtside.train.numbers_digits import Block, block_digit
from courtside.weights import weights_path

SIZE = (200, 300)
REAL = Path(__file__).parents[2] / "shared/data/jersey_crops/valid"
BLOCK = Block(
    *(56, 17, 14, 10, 4, 48, 30),  # width, stem, bar, cut, inner cut, middle, tip
    foot=6,
    flag=12,
    variant=0,
)


@pytest.fixture(scope="module")
def net() -> Net:
    return load_net(weights_path("numbers"))


def scripted(tens: int, ones: int, calls: list[NDArray[Any]] | None = None) -> Net:
    """Return a reader that sees the same number on every crop and keeps what it was shown."""

    def run(batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
        if calls is not None:
            calls.append(batch)
        count = len(batch)
        return {
            "readable": np.full(count, 0.9, np.float32),
            "tens": np.tile(np.eye(11, dtype=np.float32)[tens], (count, 1)),
            "ones": np.tile(np.eye(10, dtype=np.float32)[ones], (count, 1)),
        }

    return Net("scripted", "none", run)


def draw(number: str, shirt: int = 40, digits: int = 235) -> NDArray[np.uint8]:
    """Return a sharp crop with block digits and a margin."""
    gap = np.zeros((96, 8), np.uint8)
    glyphs = [block_digit(int(digit), BLOCK) for digit in number]
    line = np.hstack([part for glyph in glyphs for part in (glyph, gap)][:-1])
    line = cv2.copyMakeBorder(line, 16, 16, 18, 18, cv2.BORDER_CONSTANT, value=0)
    grey = shirt + line.astype(np.float32) / 255 * (digits - shirt)
    small = cv2.resize(grey.astype(np.uint8), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), np.uint8)


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
    return Reading(np.float32([readable]), *wide)


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


# Giving numbers to players


def body(
    x1: int, y1: int, x2: int, y2: int, hole: tuple[int, int, int, int] | None = None
) -> bytes:
    mask = np.zeros(SIZE, bool)
    mask[y1:y2, x1:x2] = True
    if hole:
        mask[hole[1] : hole[3], hole[0] : hole[2]] = False
    return rle.encode(mask)


def match(
    numbers: list[list[float]], people: list[list[float]], masks: list[Any], **more: Any
) -> list[int]:
    boxes = np.array(numbers, np.float32).reshape(-1, 4), np.array(people, np.float32)
    return list(match_numbers_to_people(*boxes, masks, SIZE, **more))


def test_a_number_goes_to_the_mask_it_lies_in() -> None:
    people = [[20, 20, 60, 180], [100, 20, 140, 180]]
    masks = [body(20, 20, 60, 180), body(100, 20, 140, 180)]
    numbers = [[110, 60, 130, 80], [30, 60, 50, 80], [200, 60, 220, 80], [50, 60, 70, 80]]
    assert match(numbers, people, masks) == [1, 0, -1, -1]


def test_digits_may_be_a_hole_in_the_mask() -> None:
    masks = [body(20, 20, 60, 180, hole=(28, 55, 52, 85))]
    assert match([[30, 58, 50, 82]], [[20, 20, 60, 180]], masks) == [0]


def test_of_two_people_the_one_in_front_wears_it() -> None:
    # The one behind is seen on both sides of the one in front, so both masks surround it.
    behind = body(20, 20, 100, 180, hole=(40, 30, 80, 190))
    people = [[20, 20, 100, 180], [40, 30, 80, 190]]
    masks = [behind, body(40, 30, 80, 190)]
    assert match([[50, 70, 70, 90]], people, masks) == [1]


def test_without_a_mask_the_box_counts_and_lower_feet_are_in_front() -> None:
    people = [[20, 20, 60, 150], [20, 30, 60, 180]]
    assert match([[30, 60, 50, 80]], people, [None, None]) == [1]


def test_a_player_keeps_the_best_number_only() -> None:
    people, masks = [[20, 20, 60, 180]], [body(20, 20, 60, 180)]
    numbers = [[25, 60, 40, 80], [30, 90, 50, 110]]
    assert match(numbers, people, masks, number_scores=np.float32([0.5, 0.8])) == [-1, 0]


def test_nobody_and_no_numbers() -> None:
    assert match([[10, 10, 20, 20]], np.zeros((0, 4)).tolist(), []) == [-1]
    assert match([], [[20, 20, 60, 180]], [None]) == []


def test_masks_must_be_as_many_as_people() -> None:
    with pytest.raises(InputError, match="2 people need as many masks; got 1"):
        match([[1, 1, 2, 2]], [[0, 0, 9, 9], [0, 0, 9, 9]], [None])


_corner = st.tuples(
    st.integers(0, 250), st.integers(0, 150), st.integers(2, 50), st.integers(2, 50)
)


@settings(max_examples=40, deadline=None)
@given(st.lists(_corner, max_size=5), st.lists(_corner, max_size=4))
def test_owners_are_people_who_contain_the_number_each_once(
    numbers: list[tuple[int, int, int, int]], people: list[tuple[int, int, int, int]]
) -> None:
    regions = [[x, y, x + w, y + h] for x, y, w, h in numbers]
    boxes = [[x, y, x + w, y + h] for x, y, w, h in people]
    owners = match(regions, np.array(boxes).reshape(-1, 4).tolist(), [body(*b) for b in boxes])
    given_away = [owner for owner in owners if owner >= 0]
    assert len(set(given_away)) == len(given_away)
    for region, owner in zip(regions, owners, strict=True):
        if owner >= 0:
            x1, y1, x2, y2 = boxes[owner]
            wide = min(region[2], x2) - max(region[0], x1)
            tall = min(region[3], y2) - max(region[1], y1)
            area = (region[2] - region[0]) * (region[3] - region[1])
            assert wide * tall >= 0.9 * area


# The look stage


@dataclass(frozen=True)
class FakeTrunk:
    boxes: NDArray[np.float32]
    kinds: tuple[str, ...]
    scores: NDArray[np.float32]


def scene(
    boxes: list[list[float]], kinds: list[str], regions: list[list[float]], scores: list[float]
) -> tuple[View, Sightings]:
    image = np.zeros((*SIZE, 3), np.uint8)
    for index, (x1, y1, x2, y2) in enumerate(regions):
        image[int(y1) : int(y2), int(x1) : int(x2)] = 10 * (index + 1)
    view = View(0, 0, Fraction(0), 0, image)
    trunk = FakeTrunk(
        np.array(regions).reshape(-1, 4), ("number",) * len(regions), np.array(scores)
    )
    view.shared("trunk", lambda: trunk)
    rows = view.rows(boxes, kinds, np.ones(len(boxes)))
    return view, rows.with_columns(mask=[body(*(int(v) for v in box)) for box in boxes])


def test_the_players_row_gets_the_reading_and_the_others_null() -> None:
    boxes = [[20, 20, 60, 180], [100, 20, 140, 180], [150, 20, 190, 180]]
    view, rows = scene(boxes, ["player", "referee", "ball"], [[30, 60, 50, 80]], [0.9])
    rows = look_numbers(scripted(tens=3, ones=4), view, rows)
    assert rows["tens"][0].argmax() == 3
    assert rows["ones"][0].argmax() == 4
    assert rows["readable"][0] == pytest.approx(0.9)
    np.testing.assert_allclose(rows["number_box"][0], [27, 57, 53, 83])  # 15 % of 20 px more
    assert np.isnan(rows["readable"][1:]).all()
    assert np.isnan(rows["tens"][1:]).all()


def test_the_region_itself_is_shown_to_the_net() -> None:
    calls: list[NDArray[Any]] = []
    view, rows = scene([[20, 20, 60, 180]], ["player"], [[30, 60, 50, 80]], [0.9])
    look_numbers(scripted(0, 1, calls), view, rows)
    assert calls[0].shape[1:] == (CROP_SIDE, CROP_SIDE, 3)
    assert calls[0][0, CROP_SIDE // 2, CROP_SIDE // 2].tolist() == [10, 10, 10]
    assert calls[0][0, 0, 0].tolist() == [0, 0, 0]


def test_a_doubtful_region_is_left_and_the_torso_read() -> None:
    view, rows = scene([[20, 20, 60, 180]], ["player"], [[30, 60, 50, 80]], [0.1])
    rows = look_numbers(scripted(0, 1), view, rows, least_score=0.3)
    x1, y1, x2, y2 = rows["number_box"][0]
    assert (x1, x2) == (28, 52)
    assert 20 < y1 < y2 < 110


def test_a_crowd_costs_one_run_of_a_bounded_batch() -> None:
    calls: list[NDArray[Any]] = []
    boxes = [[10.0 * i, 20, 10.0 * i + 30, 190] for i in range(20)]
    view, rows = scene(boxes, ["player"] * 20, [], [])
    rows = look_numbers(scripted(0, 1, calls), view, rows)
    assert len(calls) == 1
    assert len(calls[0]) == CROPS_A_FRAME
    assert (~np.isnan(rows["readable"])).sum() == CROPS_A_FRAME


def test_an_empty_frame_has_the_columns(net: Net) -> None:
    view, rows = scene([], [], [], [])
    rows = look_numbers(net, view, rows)
    assert len(rows) == 0
    assert {"readable", "tens", "ones", "number_box"} <= set(rows.names)


def test_without_the_detector_the_stage_says_so(net: Net) -> None:
    view = View(0, 0, Fraction(0), 0, np.zeros((*SIZE, 3), np.uint8))
    rows = view.rows(np.zeros((0, 4)), [], []).with_columns(mask=[])
    with pytest.raises(InputError, match="run detect first"):
        look_numbers(net, view, rows)


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
    assert scores["right_of_all"] > 0.67
    assert scores["right_of_answered"] > 0.80


# The school


def test_the_same_seed_renders_the_same_crops() -> None:
    first, second = render_chunk(12, (3, 1), []), render_chunk(12, (3, 1), [])
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.readable, second.readable)
    assert (render_chunk(12, (3, 2), []).images != first.images).any()


def test_rendered_labels_hang_together() -> None:
    chunk = render_chunk(150, (5,), [])
    labelled = chunk.ones != HIDDEN
    assert ((chunk.tens != HIDDEN) == labelled).all()
    assert labelled[chunk.readable == READABLE].all()
    assert 0.5 < labelled.mean() < 1.0
    assert chunk.images[labelled].std(axis=(1, 2, 3)).min() > 2


def test_numbers_kept_out_of_training_never_show() -> None:
    rng = np.random.default_rng(1)
    drawn = {random_number(rng) for _ in range(3000)}
    assert not drawn & UNSEEN
    assert {"0", "00", "7", "23", "99"} <= drawn
    assert {random_number(rng, unseen=True) for _ in range(100)} <= UNSEEN


@pytest.mark.parametrize("digit", range(10))
def test_block_digits_differ_from_each_other(digit: int) -> None:
    masks = [cv2.resize(block_digit(d, BLOCK), (40, 60)) > 127 for d in range(10)]
    shared = [
        (masks[digit] & other).sum() / (masks[digit] | other).sum()
        for index, other in enumerate(masks)
        if index != digit
    ]
    assert max(shared) < 0.93


def test_training_goes_on_and_its_export_gives_the_same_numbers(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs the train extra")
    pytest.importorskip("onnx", reason="exporting needs the train extra")
    from courtside.train import numbers_net
    from courtside.train.numbers import _learn, save_chunk

    chunk = render_chunk(192, (1,), [])
    save_chunk(tmp_path / "chunk-00000.npz", chunk)
    _, first = _learn(tmp_path, 0.5, seed=1)
    trained, second = _learn(tmp_path, 1.0, seed=1)
    assert second > first > 0
    path = tmp_path / "numbers.onnx"
    numbers_net.export(trained, numbers_net.Temperatures(2.0, 1.5, 0.8), path)
    reading = read(load_net(path), [*chunk.images[:5]])
    _, tens, ones = numbers_net.split(numbers_net.scores_of(trained, chunk.images[:5]))
    np.testing.assert_allclose(reading.tens, (tens / 1.5).softmax(1).numpy(), atol=2e-3)
    np.testing.assert_allclose(reading.ones, (ones / 0.8).softmax(1).numpy(), atol=2e-3)
