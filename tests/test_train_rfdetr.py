"""Tuning RF-DETR on pictures with boxes: it gets better on pictures it never saw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from courtside.cli import app
from courtside.detect.rfdetr import load_rfdetr
from courtside.errors import InputError
from courtside.train.rfdetr import annotated, average_precision, tune_rfdetr
from courtside.train.tuning import Tuning
from sam2_checkpoints import small_rfdetr


def pictures(folder: Path, count: int, seed: int) -> Path:
    """Write pictures of a bright player on a dark floor, with COCO annotations."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    content: dict[str, Any] = {
        "images": [],
        "annotations": [],
        "categories": [{"id": 1, "name": "player"}, {"id": 2, "name": "referee"}],
    }
    for index in range(count):
        image = np.full((64, 64, 3), 40, np.uint8)
        left, top = (int(value) for value in random.integers(2, 34, 2))
        kind = int(random.integers(1, 3))
        image[top : top + 28, left : left + 26] = (60, 220, 240) if kind == 1 else (220, 90, 60)
        cv2.imwrite(str(folder / f"{index}.png"), image)
        content["images"].append({"id": index, "file_name": f"{index}.png"})
        box = [left, top, 26, 28]
        content["annotations"].append({"image_id": index, "category_id": kind, "bbox": box})
    (folder / "_annotations.coco.json").write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coco")
    pictures(folder / "train", 40, 0)
    pictures(folder / "valid", 10, 1)
    return folder


def test_the_figure_improves_and_the_checkpoint_is_loaded(data: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    small_rfdetr().save_pretrained(base)
    tuned = tune_rfdetr(data, base, tmp_path / "out", Tuning(150, 8, 3e-3))
    assert tuned.after > tuned.before + 0.03
    card = json.loads((tmp_path / "out" / "card.json").read_text())
    assert card["AP50 after"] == tuned.after
    detector = load_rfdetr(tmp_path / "out")
    assert detector.kinds == ("player", "referee")
    again = average_precision(detector.model, annotated(data / "valid"))
    assert again == pytest.approx(tuned.after, abs=0.02)


def test_the_command_tunes_and_writes_a_card(data: Path, tmp_path: Path) -> None:
    small_rfdetr().save_pretrained(tmp_path / "models" / "rfdetr")
    out = tmp_path / "out"
    command = ["train", "rfdetr", "--data", str(data), "--models", str(tmp_path / "models")]
    options = ["--out", str(out), "--steps", "2", "--batch", "2", "--device", "cpu"]
    ran = CliRunner().invoke(app, [*command, *options])
    assert ran.exit_code == 0, ran.output
    assert "before" in ran.output
    assert "AP50 after" in (out / "card.md").read_text()


def test_bad_data_is_one_clear_line(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected COCO annotations"):
        annotated(tmp_path)
    (tmp_path / "_annotations.coco.json").write_text("{}")
    with pytest.raises(InputError, match="is no COCO file"):
        annotated(tmp_path)
    with pytest.raises(InputError, match="expected config.json"):
        tune_rfdetr(data, tmp_path, tmp_path / "out", Tuning(1, 1, 1e-3))
