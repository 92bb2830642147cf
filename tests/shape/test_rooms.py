"""Rooms import only upwards, heavy packages stay at the edges, names and docs keep step."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "courtside"
DOCS = Path(__file__).parents[2] / "docs"

# From the ground up: a room imports only rooms before it.
ORDER = [
    "errors", "background", "beside", "memory", "shrinking", "matching", "progress",
    "geometry", "rle", "sport", "game", "sightings", "settings", "stage", "engine", "weights",
    "models", "video", "detect", "court", "masks", "teams", "numbers", "identity", "store",
    "render", "evaluate", "simulate", "train", "beginning", "looking", "settling",
    "correcting", "embedded_preset", "first_half", "sam2_preset", "pipeline", "tracking", "placing",
    "bench", "doctor", "show", "commands", "cli",
]  # fmt: skip
HEAVY = {"torch", "transformers", "moderngl", "ray", "fastapi", "anny", "onnx", "trimesh"}
# Rooms of the extras may import what their extra installs.
EXTRAS = {"simulate", "train"}
# Files of the sam2 preset, imported only when it is asked for.
SAM2 = {"sam2*.py", "rfdetr*.py", "siglip*.py", "smolvlm*.py", "models/*.py"}

FILES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def room(path: Path) -> str:
    relative = path.relative_to(SOURCE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imported(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def rooms_used(path: Path) -> set[str]:
    used = {name.split(".")[1] for name in imported(path) if name.startswith("courtside.")}
    return {name for name in used if not name.startswith("__")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_room_imports_only_upwards(path: Path) -> None:
    own = room(path)
    assert own in ORDER, f"put the new room {own!r} into ORDER"
    below = {name for name in rooms_used(path) if ORDER.index(name) > ORDER.index(own)}
    assert not below, f"{path} imports {sorted(below)} from further down"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_heavy_packages_stay_behind_extras(path: Path) -> None:
    if room(path) not in EXTRAS and not any(path.match(name) for name in SAM2):
        assert not HEAVY & {name.split(".")[0] for name in imported(path)}


def test_import_is_light() -> None:
    code = "import sys, courtside; print(' '.join(sys.modules))"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"numpy", "cv2", "av", "pyarrow", "scipy", "sklearn", "openvino"} | HEAVY
    assert not heavy & set(modules)


def test_public_names_are_sorted_and_exist() -> None:
    import courtside

    assert courtside.__all__ == sorted(courtside.__all__)
    assert all(getattr(courtside, name) is not None for name in courtside.__all__)


def test_docs_cover_every_command() -> None:
    from courtside.cli import app

    text = "\n".join(path.read_text("utf-8") for path in [*DOCS.glob("*.md")])
    for name in app.commands:
        assert f"courtside {name}" in text, f"docs do not mention 'courtside {name}'"


def test_docs_have_a_page_for_each_room() -> None:
    rooms = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()}
    missing = {name for name in rooms if not (DOCS / f"{name}.md").is_file()}
    assert not missing
