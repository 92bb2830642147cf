"""Rendering crops to learn from, and learning from them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from courtside.engine import load_net
from courtside.numbers.embedded import read
from courtside.train import numbers_render
from courtside.train.numbers_data import (
    HIDDEN,
    READABLE,
    UNREADABLE,
    UNSEEN,
    Chunk,
    random_number,
    render_chunk,
)
from courtside.train.numbers_digits import block_digit
from courtside.train.numbers_glyphs import HEIGHT, load_fonts
from courtside.train.numbers_render import Crops, save_chunk
from courtside.train.numbers_shapes import number_masks
from numbers_fakes import BLOCK

# The school


def test_the_same_seed_renders_the_same_crops() -> None:
    first, second = render_chunk(12, (3, 1), []), render_chunk(12, (3, 1), [])
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.readable, second.readable)
    assert (render_chunk(12, (3, 2), []).images != first.images).any()


def test_rendered_labels_hang_together() -> None:
    chunk = render_chunk(150, (5,), [])
    labelled = chunk.ones != HIDDEN
    assert (chunk.tens != HIDDEN)[labelled].all()
    assert labelled[chunk.readable == READABLE].all()
    assert 0.5 < labelled.mean() < 1.0
    assert chunk.images[labelled].std(axis=(1, 2, 3)).min() > 2


def test_numbers_kept_out_of_training_never_show() -> None:
    rng = np.random.default_rng(1)
    drawn = {random_number(rng) for _ in range(3000)}
    assert not drawn & UNSEEN
    assert {"0", "00", "7", "23", "99"} <= drawn
    assert {random_number(rng, unseen=True) for _ in range(100)} <= UNSEEN


def test_long_words_and_wide_numbers_fit_on_the_kit() -> None:
    rng = np.random.default_rng(2)
    for font in load_fonts():
        for text in ("WMWMW", "00"):
            masks, _ = number_masks(rng, text, [font])
            assert all(mask.max() > 0.5 for mask in masks)
            assert all(mask[:, [0, -1]].max() == 0 for mask in masks)


@pytest.mark.parametrize("digit", range(10))
def test_block_digits_differ_from_each_other(digit: int) -> None:
    masks = [cv2.resize(block_digit(d, BLOCK), (40, 60)) > 127 for d in range(10)]
    shared = [
        (masks[digit] & other).sum() / (masks[digit] | other).sum()
        for index, other in enumerate(masks)
        if index != digit
    ]
    assert max(shared) < 0.93


def test_a_digit_out_of_sight_is_still_asked_for() -> None:
    chunk = render_chunk(900, (6,), [])
    half = (chunk.readable == UNREADABLE) & (chunk.tens > 0) & (chunk.ones != HIDDEN)
    assert half.mean() > 0.02
    assert ((chunk.ones == HIDDEN) & (chunk.tens > 0)).any()


def test_fonts_come_with_the_package() -> None:
    fonts = load_fonts()
    assert len(fonts) > 100
    for font in fonts:
        assert all(shape.shape[0] == HEIGHT and shape.max() > 150 for shape in font.shapes.values())


def test_a_crop_that_fails_leaves_out_its_chunk_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def render(_: int, seed: tuple[int, int], *_fonts: object) -> Chunk:
        if seed[1] == 1:
            raise ValueError("an odd crop")
        return render_chunk(3, seed, [])

    monkeypatch.setattr(numbers_render, "render_chunk", render)
    monkeypatch.setattr(numbers_render, "held_out", lambda *_: None)
    monkeypatch.setattr(numbers_render, "MOST_CROPS", 3 * numbers_render.CHUNK)
    monkeypatch.setattr(numbers_render, "POLITENESS", 0)
    numbers_render.render_share(tmp_path, 1, 0, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "learn-1-00000.npz",
        "learn-1-00002.npz",
    ]
    assert "learn-1-00001.npz is left out: an odd crop" in capsys.readouterr().out


def test_half_of_what_is_learnt_from_comes_out_of_games(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="training needs the train extra")
    flat = render_chunk(30, (1,), [])
    labels = np.full(3, 0, np.int8), np.full(3, 7, np.int8), np.full(3, 1, np.int8)
    save_chunk(tmp_path / "learn-1-00000.npz", flat)
    crops = Crops(tmp_path, 1, "cpu")
    crops.load_new()
    assert crops.batch(20, torch.Generator().manual_seed(1))[0].shape[0] == 20
    games = Chunk(np.full((3, *flat.images.shape[1:]), 77, np.uint8), *labels)
    save_chunk(tmp_path / "learn-1-game-00000.npz", games)
    assert crops.load_new() == 33
    images, _ = crops.batch(20, torch.Generator().manual_seed(1))
    assert int((images == 77).all(dim=(1, 2, 3)).sum()) == 10


def test_training_goes_on_and_its_export_gives_the_same_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="training needs the train extra")
    pytest.importorskip("onnx", reason="exporting needs the train extra")
    from courtside.train import numbers_export, numbers_learn, numbers_net

    chunk = render_chunk(192, (1,), [])
    save_chunk(tmp_path / "learn-1-00000.npz", chunk)
    monkeypatch.setattr(numbers_learn, "LEAST_CROPS", 100)

    def learnt(seconds: float) -> numbers_learn.Learner:
        learner = numbers_learn.new_learner(1, "cpu")
        numbers_learn.restore(learner, tmp_path)
        crops = Crops(tmp_path, 1, "cpu")
        numbers_learn.learn(learner, crops, tmp_path, seconds, 1, lambda: None)
        return learner

    first = learnt(0.2)
    second = learnt(first.progress.seconds + 0.2)
    assert second.progress.steps > first.progress.steps > 0
    trained = second.average
    path = tmp_path / "numbers.onnx"
    numbers_export.export(trained, numbers_export.Temperatures(2.0, 1.5, 0.8), path)
    reading = read(load_net(path), [*chunk.images[:5]])
    _, tens, ones = numbers_net.split(numbers_export.scores_of(trained, chunk.images[:5]))
    np.testing.assert_allclose(reading.tens, (tens / 1.5).softmax(1).numpy(), atol=2e-3)
    np.testing.assert_allclose(reading.ones, (ones / 0.8).softmax(1).numpy(), atol=2e-3)
