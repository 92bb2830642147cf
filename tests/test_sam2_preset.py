"""The sam2 preset end to end on tiny checkpoints: the same run folder as any other preset."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import courtside
from courtside.errors import InputError, MachineError
from courtside.sam2_preset import load_sam2, sam2_stages
from courtside.settings import Settings, load_settings, settings_from
from edgetam_fakes import small_edge
from sam2_checkpoints import save_models, small_rfdetr
from sam2_fakes import small_model

SAMPLE = Path(__file__).parents[1] / "examples" / "sample.mp4"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_models(tmp_path_factory.mktemp("models"))


def chosen(models: Path, **flags: object) -> Settings:
    given = {"preset": "sam2", "sam2.models": str(models), "sam2.device": "cpu", **flags}
    return load_settings(None, given)


@pytest.fixture(scope="module")
def run(models: Path, tmp_path_factory: pytest.TempPathFactory) -> courtside.Run:
    out = tmp_path_factory.mktemp("runs") / "sam2.run"
    command = [sys.executable, "-m", "courtside.cli", "track", str(SAMPLE), "--preset", "sam2"]
    options = ["--models", str(models), "--device", "cpu", "--end", "1.1", "--no-video", "--json"]
    slow = {**os.environ, "NUMBA_DISABLE_JIT": "1"}  # UMAP interpreted: no minute of compiling
    command += [*options, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, env=slow)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["settings"]["preset"] == "sam2"
    return courtside.open_run(out)


def test_leaves_the_run_folder_of_any_preset(run: courtside.Run) -> None:
    names = {path.name for path in run.path.iterdir()}
    assert names >= {"sightings.parquet", "frames.parquet", "players.json", "report.json"}
    assert set(run.manifest["weights"]) >= {"rfdetr", "sam2", "siglip", "smolvlm"}
    assert {"masks", "looks", "second reader"} <= set(run.manifest["seconds"])


def test_people_are_followed_by_mask(run: courtside.Run) -> None:
    rows = courtside.Sightings.concat(run.iterate())
    followed = rows.select(rows["track"] >= 0)
    assert len(np.unique(followed["track"])) >= 2
    assert {*rows["action"]} - {None} == {"player"}
    assert any(mask is not None for mask in followed["mask"])


def test_people_stand_on_the_court(run: courtside.Run) -> None:
    assert np.isfinite(run.frames["camera"]).all(axis=1).mean() > 0.5
    rows = courtside.Sightings.concat(run.iterate())
    assert {"foot_x", "court_x", "airborne"} <= set(rows.names)
    assert np.isfinite(rows.select(rows["track"] >= 0)["court_x"]).any()


def test_missing_models_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="courtside models fetch"):
        sam2_stages(chosen(tmp_path / "nowhere"))
    with pytest.raises(InputError, match=r"expected config\.json"):
        sam2_stages(chosen(tmp_path))


def test_no_gpu_where_one_was_asked_for(models: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(MachineError, match="torch sees none"):
        sam2_stages(chosen(models, **{"sam2.device": "cuda"}))


def test_half_a_checkpoint_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    small_model().save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    weights = {name: w for name, w in load_file(path).items() if "memory_encoder" not in name}
    save_file(weights, path, {"format": "pt"})
    with pytest.raises(InputError, match="weights are missing"):
        load_sam2(tmp_path, None, "cpu")


def test_pickles_and_other_models_are_refused(tmp_path: Path) -> None:
    small_rfdetr().save_pretrained(tmp_path)
    with pytest.raises(InputError, match="not SAM 2.1"):
        load_sam2(tmp_path, None, "cpu")
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(InputError, match="is a pickle"):
        load_sam2(tmp_path, None, "cpu")


def test_a_detector_without_known_classes_is_refused(tmp_path: Path) -> None:
    from courtside.detect.rfdetr import load_rfdetr

    small_rfdetr(("cat", "dog")).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="none of the 2 classes"):
        load_rfdetr(tmp_path)
    assert load_rfdetr(tmp_path, {"dog": "player"}).kinds == ("", "player")


def test_edgetam_in_the_place_of_sam2(models: Path, tmp_path: Path) -> None:
    for part in models.iterdir():
        (tmp_path / part.name).symlink_to(part)
    with pytest.raises(InputError, match="models fetch edgetam"):
        sam2_stages(chosen(tmp_path, **{"sam2.tracker": "edgetam"}))
    folder = tmp_path / "edgetam"
    small_edge().save_pretrained(folder)
    first, second = sam2_stages(chosen(tmp_path, **{"sam2.tracker": "edgetam"}))
    assert first
    assert second
    assert load_sam2(folder, 64, "cpu").config.image_size == 64
    with pytest.raises(InputError, match="multiple of 64"):
        load_sam2(folder, 96, "cpu")
    with pytest.raises(InputError, match="no linear layers"):
        sam2_stages(chosen(tmp_path, **{"sam2.tracker": "edgetam", "sam2.int8": True}))


def test_edgetam_without_its_backbone_is_one_clear_line(tmp_path: Path) -> None:
    small_edge().save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(path.read_text().replace("courtside_maps", "timm_wrapper"))
    if importlib.util.find_spec("timm"):
        pytest.skip("timm is installed")
    with pytest.raises(MachineError, match=r"EdgeTAM needs timm.*courtside\[edgetam\]"):
        load_sam2(tmp_path, None, "cpu")


def test_approximations_by_setting(models: Path) -> None:
    given = chosen(models, **{"sam2.int8": True, "sam2.layers": 1})
    assert len(sam2_stages(given)) == 2
    with pytest.raises(InputError, match=r"sam2\.layers must be between 1 and 2; got 9"):
        sam2_stages(chosen(models, **{"sam2.layers": 9}))
    with pytest.raises(InputError, match=r"sam2\.layers must be at least 1"):
        chosen(models, **{"sam2.layers": 0})


def test_pictures_of_another_size(models: Path) -> None:
    assert load_sam2(models / "sam2", 64, "cpu").config.image_size == 64
    with pytest.raises(InputError, match="multiple of 64"):
        load_sam2(models / "sam2", 100, "cpu")
    with pytest.raises(InputError, match=r"sam2\.classes must be one of"):
        settings_from({"sam2": {"classes": {"dog": "cat"}}}, "settings")
