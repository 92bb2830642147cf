"""Fetching, listing and verifying models; the hub is played by a folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from courtside.cli import app
from courtside.errors import InputError, MachineError
from courtside.models.store import LOCK, fetch, listed, sha256, verify

WEIGHTS = b"not really weights"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that huggingface_hub takes for the hub; it counts downloads."""
    import huggingface_hub

    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "downloads").write_text("")

    class Api:
        def model_info(self, _: str, revision: str | None, **__: Any) -> Any:
            digest = SimpleNamespace(sha256=sha256(folder / "model.safetensors"))
            files = [SimpleNamespace(rfilename="model.safetensors", lfs=digest)]
            return SimpleNamespace(sha=revision or "0123456789abcdef" * 2, siblings=files)

    def download(hub: str, revision: str, local_dir: Path, allow_patterns: list[str]) -> None:
        Path(local_dir).mkdir(parents=True, exist_ok=True)
        for path in {path for pattern in allow_patterns for path in folder.glob(pattern)}:
            shutil.copy(path, local_dir)
        with (folder / "downloads").open("a") as file:
            file.write(f"{hub}@{revision}\n")

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    return folder


def downloads(hub: Path) -> list[str]:
    return (hub / "downloads").read_text().splitlines()


def states(found: Any) -> dict[str, str]:
    return {one.name: one.state for one in found}


def test_fetching_pins_the_revision_and_takes_no_pickles(hub: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    assert states(fetch(["sam2"], folder)) == {"sam2": "ready"}
    assert {path.name for path in (folder / "sam2").iterdir()} == {
        "config.json", "model.safetensors",
    }  # fmt: skip
    entry = json.loads((folder / LOCK).read_text())["sam2"]
    assert entry["files"]["model.safetensors"] == sha256(hub / "model.safetensors")
    fetch(["sam2"], folder)
    assert len(downloads(hub)) == 1, "what is there is not fetched again"
    shutil.rmtree(folder / "sam2")
    (hub / "model.safetensors").write_bytes(WEIGHTS)
    fetch(["sam2"], folder)
    assert len(set(downloads(hub))) == 1, "the same revision as before"


def test_verify_finds_changed_and_missing_files(hub: Path, tmp_path: Path) -> None:
    assert hub.is_dir()
    fetch([], tmp_path / "models")
    assert states(verify(tmp_path / "models")) == {
        "rfdetr": "ready", "sam2": "ready", "siglip": "ready", "smolvlm": "ready",
        "edgetam": "missing",
    }  # fmt: skip
    fetch(["edgetam"], tmp_path / "models")
    changed = tmp_path / "models" / "rfdetr" / "model.safetensors"
    changed.write_bytes(b"another")
    (tmp_path / "models" / "siglip" / "config.json").unlink()
    found = states(verify(tmp_path / "models"))
    assert found == {
        "rfdetr": "broken", "sam2": "ready", "siglip": "broken", "smolvlm": "ready",
        "edgetam": "ready",
    }  # fmt: skip


def test_a_damaged_download_is_refused(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from courtside.models import store

    assert hub.is_dir()
    monkeypatch.setattr(store, "sha256", lambda path: f"of {path}")
    with pytest.raises(InputError, match="damaged on its way"):
        fetch(["sam2"], tmp_path)


def test_an_unreachable_hub_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    class Away:
        def model_info(self, *_: Any, **__: Any) -> Any:
            raise ConnectionError("no route to host\nand much more")

    monkeypatch.setattr(huggingface_hub, "HfApi", Away)
    with pytest.raises(MachineError, match=r"cannot be fetched: no route to host; a folder"):
        fetch(["sam2"], tmp_path)


def test_an_unknown_name_and_a_damaged_lock_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="known are: rfdetr, sam2"):
        fetch(["sam3"], tmp_path)
    (tmp_path / "sam2").mkdir()
    (tmp_path / "sam2" / "config.json").write_text("{}")
    (tmp_path / "sam2" / "model.safetensors").write_bytes(WEIGHTS)
    assert states(listed(tmp_path))["sam2"] == "ready", "put there by hand"
    (tmp_path / LOCK).write_text("{")
    with pytest.raises(InputError, match="damaged"):
        listed(tmp_path)


def test_the_command_lists_and_fails_on_broken_models(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["models", "list", "--models", str(tmp_path)])
    assert ran.exit_code == 0
    assert "facebook/sam2.1-hiera-tiny" in ran.output
    (tmp_path / "sam2").mkdir()
    ran = CliRunner().invoke(app, ["models", "verify", "--models", str(tmp_path), "--json"])
    assert ran.exit_code == 3
    assert json.loads(ran.output)[1]["state"] == "broken"
