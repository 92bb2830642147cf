"""Teams by SigLIP: which crops, when, and two sides that are the same in every run."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import (
    Siglip2VisionConfig,
    Siglip2VisionModel,
    SiglipVisionConfig,
    SiglipVisionModel,
)  # fmt: skip

from courtside import rle
from courtside.errors import InputError
from courtside.sightings import Sightings, View
from courtside.sport import BASKETBALL
from courtside.store.state import decode_state, encode_state
from courtside.teams import by_look
from courtside.teams.by_look import project, sides_by_look
from courtside.teams.look import look_teams
from courtside.teams.settle import settle_teams
from courtside.teams.siglip import Siglip, build_siglip, embed, load_siglip, torso

SMALL = {
    "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
    "patch_size": 8,
}  # fmt: skip
SHIRTS = ((30, 30, 200), (200, 60, 30))


@pytest.fixture(autouse=True)
def without_umap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Project linearly: UMAP compiles itself for a minute; it has a test of its own."""
    monkeypatch.setattr(by_look, "LEAST_FOR_UMAP", 10_000)


def test_umap_keeps_neighbours_together_and_repeats_itself() -> None:
    code = """
import numpy as np
from courtside.teams.by_look import project
random = np.random.default_rng(0)
centres = np.repeat(np.eye(8)[:2], 8, axis=0)
points = centres + 0.05 * random.normal(size=centres.shape)
flat, again = project(points), project(points)
assert flat.shape == (16, 3) and (flat == again).all()
far = np.linalg.norm(flat[:, None] - flat[None], axis=2)
assert far[:8, :8].max() < far[:8, 8:].min()
"""
    slow = {**os.environ, "NUMBA_DISABLE_JIT": "1"}  # interpreted: no time to compile
    done = subprocess.run([sys.executable, "-c", code], env=slow, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def siglip(tmp_path_factory: pytest.TempPathFactory) -> Siglip:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("siglip")
    SiglipVisionModel(SiglipVisionConfig(image_size=32, **SMALL)).save_pretrained(folder)
    return load_siglip(folder)


def court(frame: int) -> tuple[View, Sightings]:
    """Return a picture with six players in two shirts, and their rows with masks."""
    random = np.random.default_rng(frame)
    image = random.integers(90, 110, (120, 300, 3)).astype(np.uint8)
    boxes, masks = [], []
    for player in range(6):
        left = 10 + 48 * player + frame % 3
        image[20:100, left : left + 32] = SHIRTS[player % 2] + random.integers(0, 12, (80, 32, 3))
        boxes.append((left, 20, left + 32, 100))
        mask = np.zeros((120, 300), bool)
        mask[20:100, left : left + 32] = True
        masks.append(rle.encode(mask))
    view = View(frame, frame, Fraction(frame, 2), 0, image)
    rows = view.rows(boxes, ["player"] * 6, [0.9] * 6)
    return view, rows.with_columns(track=range(6), mask=masks, visibility=np.ones(6, np.float32))


def played(siglip: Siglip, frames: range, state: Any = None) -> tuple[Any, Sightings]:
    stage = build_siglip(siglip)
    state, found = state or stage.start(), []
    for frame in frames:
        view, rows = court(frame)
        state, rows = stage.step(state, view, look_teams(view, rows))
        found.append(rows)
    return state, Sightings.concat(found)


def looks(rows: Sightings) -> NDArray[np.bool_]:
    return np.asarray(~np.isnan(rows["torso"][:, 0]))


def test_tracks_are_looked_at_once_a_second_until_it_is_enough(siglip: Siglip) -> None:
    state, rows = played(siglip, range(30))
    counts = np.bincount(rows["track"][looks(rows)])
    assert counts.tolist() == [8] * 6
    again = decode_state(encode_state(state), type(state))
    assert not looks(played(siglip, range(30, 33), again)[1]).any()


def test_the_torso_is_grey_beside_the_body() -> None:
    image = np.full((100, 100, 3), 200, np.uint8)
    mask = np.zeros((100, 100), bool)
    mask[:, :50] = True
    crop = torso(image, np.array([0, 0, 100, 100], np.float32), rle.encode(mask))
    assert crop.shape == (40, 40, 3)
    assert (crop[:, :20] == 200).all()
    assert (crop[:, 20:] == 128).all()


def test_sides_follow_the_shirts_and_are_the_same_in_every_run(siglip: Siglip) -> None:
    rows = played(siglip, range(12))[1]
    tracks, players = np.arange(6, dtype=np.int32), np.ones(6, np.bool_)
    found = sides_by_look(rows, tracks, players)
    assert found is not None
    assert found.second.tolist() in ([False, True] * 3, [True, False] * 3)
    assert (found.certainty > 0.8).all()
    other = sides_by_look(rows, tracks, players)
    assert other is not None
    assert (other.second == found.second).all()


def test_teams_are_named_by_their_kits(siglip: Siglip) -> None:
    rows, teams = settle_teams(played(siglip, range(12))[1], BASKETBALL)
    assert [team.name for team in teams] == ["dark", "light"]
    assert {*zip(rows["track"] % 2, rows["team"], strict=True)} in (
        {(0, "dark"), (1, "light")},
        {(0, "light"), (1, "dark")},
    )


def test_too_few_looks_decide_nothing() -> None:
    assert project(np.random.default_rng(0).normal(size=(5, 8))).shape == (5, 3)
    rows = court(0)[1]
    assert sides_by_look(rows, np.arange(6, dtype=np.int32), np.ones(6, np.bool_)) is None


def test_siglip_2_looks_too(tmp_path: Path) -> None:
    torch.manual_seed(0)
    Siglip2VisionModel(Siglip2VisionConfig(num_patches=256, **SMALL)).save_pretrained(tmp_path)
    crops = [np.full((20, 10, 3), shade, np.uint8) for shade in (10, 240)]
    first, second = embed(load_siglip(tmp_path), crops)
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-5)
    assert first @ second < 0.999


def test_another_model_is_refused(tmp_path: Path) -> None:
    from sam2_checkpoints import small_rfdetr

    small_rfdetr().save_pretrained(tmp_path)
    with pytest.raises(InputError, match="not SigLIP"):
        load_siglip(tmp_path)
