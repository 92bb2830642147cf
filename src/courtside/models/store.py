"""Fetching published models and checking them against the lock file beside them.

The lock names, for each model, the exact revision and the sha256 of every file. A folder that is
carried to a machine without a network is checked against it all the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from courtside.errors import InputError, MachineError, missing_extra
from courtside.models.catalogue import ALLOWED, MODELS, check_folder, published

LOCK = "models.lock.json"


@dataclass(frozen=True)
class Finding:
    """How a model is doing in a folder: `ready`, `missing` or `broken`, and why."""

    name: str
    hub: str
    state: str
    detail: str


def fetch(names: Iterable[str], folder: Path) -> list[Finding]:
    """Download models that are not there yet; a locked revision is fetched again as it was.

    Args:
        names: of models; none for all but those that have to be asked for.
        folder: where each gets a folder of its own.

    Raises:
        InputError: an unknown name, or a file that is not what the hub says it is.
        MachineError: the hub cannot be reached, or huggingface_hub is not installed.
    """
    wanted = [published(name) for name in names] or [one for one in MODELS if not one.asked]
    lock = read_lock(folder)
    for model in wanted:
        if state_of(model.name, folder).state != "ready":
            revision = lock.get(model.name, {}).get("revision")
            lock[model.name] = _download(model.hub, revision, folder / model.name)
            _write_lock(folder, lock)
    return [state_of(model.name, folder) for model in wanted]


def verify(folder: Path) -> list[Finding]:
    """Return the state of every model, each file hashed."""
    return [state_of(model.name, folder) for model in MODELS]


def listed(folder: Path) -> list[Finding]:
    """Return the state of every model by what lies there, unhashed."""
    return [state_of(model.name, folder, hashed=False) for model in MODELS]


def state_of(name: str, folder: Path, hashed: bool = True) -> Finding:
    """Return how one model is doing."""
    model, own = published(name), folder / name
    if not own.is_dir():
        detail = "optional" if model.optional else "get it with 'courtside models fetch'"
        return Finding(name, model.hub, "missing", detail)
    try:
        check_folder(own)
    except InputError as error:
        return Finding(name, model.hub, "broken", str(error))
    entry = read_lock(folder).get(name)
    if entry is None:
        return Finding(name, model.hub, "ready", "put there by hand: no hashes to check")
    wrong = _wrong_file(own, entry["files"], hashed)
    if wrong:
        return Finding(name, model.hub, "broken", wrong)
    return Finding(name, model.hub, "ready", f"revision {entry['revision'][:12]}")


def read_lock(folder: Path) -> dict[str, Any]:
    """Return the lock of a folder, empty where there is none.

    Raises:
        InputError: when it cannot be read.
    """
    path = folder / LOCK
    if not path.is_file():
        return {}
    try:
        lock: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return lock
    except ValueError as error:
        raise InputError(f"{path} is damaged: {error}") from None


def sha256(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _wrong_file(folder: Path, files: dict[str, str], hashed: bool) -> str | None:
    for name, digest in files.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if hashed and sha256(path) != digest:
            return f"{name} is not the file that was fetched (sha256 differs)"
    return None


def _download(hub: str, revision: str | None, folder: Path) -> dict[str, Any]:
    """Download one model and return its entry of the lock."""
    try:
        import huggingface_hub
    except ImportError:
        raise missing_extra("huggingface-hub", "sam2", "fetching models") from None
    try:
        info = huggingface_hub.HfApi().model_info(hub, revision=revision, files_metadata=True)
        huggingface_hub.snapshot_download(
            hub, revision=info.sha, local_dir=folder, allow_patterns=list(ALLOWED)
        )
    except Exception as error:  # the hub's, the network's and the disk's errors share no base
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise MachineError(
            f"{hub} cannot be fetched: {line}; a folder fetched elsewhere may be put at {folder}"
        ) from error
    _check_against_hub(info, folder)
    return {"hub": hub, "revision": info.sha, "files": _digests(folder)}


def _check_against_hub(info: Any, folder: Path) -> None:
    for sibling in info.siblings or ():
        path, large = folder / sibling.rfilename, getattr(sibling, "lfs", None)
        if large is not None and path.is_file() and sha256(path) != large.sha256:
            path.unlink()
            raise InputError(f"{path} was damaged on its way: fetch it again")


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for pattern in ALLOWED for path in folder.glob(pattern))
    return {path.name: sha256(path) for path in files}


def _write_lock(folder: Path, lock: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{LOCK}.part"
    part.write_text(json.dumps(lock, indent=1, sort_keys=True) + "\n", "utf-8")
    os.replace(part, folder / LOCK)
