"""Tuning the second reader: it gets better on crops it never saw, and goes on after a stop."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from courtside.errors import InputError
from courtside.numbers.smolvlm import load_smolvlm
from courtside.train.smolvlm import answer_loss, right, split, tune_smolvlm
from courtside.train.tuning import Tuning
from smolvlm_fakes import save_smolvlm

SHADES = {"1": 20, "42": 230}


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return crops whose number shows in their shade: enough to see whether anything is learnt."""
    folder, random = tmp_path_factory.mktemp("crops"), np.random.default_rng(0)
    for number, shade in SHADES.items():
        (folder / number).mkdir()
        for index in range(10):
            image = np.clip(random.normal(shade, 8, (24, 16, 3)), 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / number / f"{index}.png"), image)
    return folder


def test_the_figure_improves_and_the_adapter_is_loaded(crops: Path, tmp_path: Path) -> None:
    folder = save_smolvlm(tmp_path / "smolvlm")
    tuned = tune_smolvlm(crops, folder, folder / "adapter", Tuning(120, 6, 1e-2))
    assert tuned.before == 0.0
    assert tuned.after >= 0.5
    card = json.loads((folder / "adapter" / "card.json").read_text())
    assert card["right after"] == tuned.after
    assert right(load_smolvlm(folder), split(crops)[1]) == tuned.after


def test_answers_of_any_length_are_learnt_together(tmp_path: Path) -> None:
    reader = load_smolvlm(save_smolvlm(tmp_path / "smolvlm"))
    loss = answer_loss(reader, torch.ones(3, 3, 32, 32), ["", "7", "42"])
    assert torch.isfinite(loss)


def test_a_stopped_tuning_goes_on(crops: Path, tmp_path: Path) -> None:
    folder, steps = save_smolvlm(tmp_path / "smolvlm"), []

    class StopError(Exception):
        pass

    def stopping(step: int, _: float) -> None:
        steps.append(step)
        if len(steps) == 53:
            raise StopError

    tuning = Tuning(54, 2, 1e-3)
    with pytest.raises(StopError):
        tune_smolvlm(crops, folder, tmp_path / "out", tuning, told=stopping)
    tune_smolvlm(crops, folder, tmp_path / "out", tuning, told=lambda step, _: steps.append(step))
    assert steps == [*range(53), 50, 51, 52, 53]


def test_bad_data_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too few crops"):
        split(tmp_path)
    (tmp_path / "seven").mkdir()
    with pytest.raises(InputError, match="is no number"):
        split(tmp_path)
