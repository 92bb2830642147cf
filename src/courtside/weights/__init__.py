"""The embedded nets that ship with courtside, trained on simulated games alone; a card each."""

from __future__ import annotations

import hashlib
from pathlib import Path

NETS = ("detector", "person", "numbers")


def weights_path(name: str) -> Path:
    """Return the path of an embedded net's ONNX file."""
    return Path(__file__).parent / f"{name}.onnx"


def weight_hashes() -> dict[str, str]:
    """Return the sha256 of each embedded net by name, as the run's manifest keeps it."""
    return {name: hashlib.sha256(weights_path(name).read_bytes()).hexdigest() for name in NETS}
