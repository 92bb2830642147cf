"""The run folder: what a run has saved so far, and what it leaves when it is done.

While the video is looked at, results lie in `.look/`, one folder a chunk, each renamed into place
only when whole. `manifest.json` is written last: its presence means the run is complete.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import filelock
import msgspec

from courtside.errors import InputError, MachineError, RunConflictError, cannot_write
from courtside.game import Segment
from courtside.settings import Settings, differences, settings_from
from courtside.sightings import FrameTable, Sightings
from courtside.store.atomic import whole_file
from courtside.store.state import decode_state, encode_state
from courtside.store.table import read_frames, read_sightings, write_frames, write_sightings
from courtside.video.decode import Damage
from courtside.video.probe import VideoFacts
from courtside.video.read import Position

WORK = ".look"
PLAN = "plan.json"
MANIFEST = "manifest.json"
EDITS = "edits.jsonl"
ROSTER = "roster.json"
VIDEO = "annotated.mp4"
MINIMAP = "minimap.mp4"
# Everything a run makes; what a person gave (edits, roster) is not among them and never removed.
MADE = (
    MANIFEST,
    "video.json",
    "frames.parquet",
    "sightings.parquet",
    "vectors.parquet",
    "players.json",
    "report.json",
    VIDEO,
    MINIMAP,
    WORK,
)


@dataclass(frozen=True)
class Plan:
    """What a run is made from; two runs of equal plans give equal results.

    Attributes:
        version: of courtside.
        video: file name of the source.
        video_hash: sha256 of the source.
        weights: sha256 of each net by name.
        settings: of the run.
    """

    version: str
    video: str
    video_hash: str
    weights: dict[str, str]
    settings: Settings

    def differences(self, other: Plan) -> list[str]:
        """Return a text for everything in which `other` is another run."""
        found = differences(self.settings, other.settings)
        if self.video_hash != other.video_hash:
            found.append(f"video: {self.video} -> {other.video}")
        if self.weights != other.weights:
            found.append("weights of the nets")
        if self.version != other.version:
            found.append(f"version: {self.version} -> {other.version}")
        return found


@dataclass(frozen=True)
class Checkpoint:
    """Where looking goes on after a saved chunk, and what was met so far.

    Attributes:
        position: of the reader, before the first frame not looked at; null at the end.
        states: encoded state of each stage by name.
        segments: stretches between cuts so far.
        damage: what was broken in the video so far.
        frames_decoded: frames decoded so far.
        seconds: time spent so far, by stage.
    """

    position: Position | None
    states: dict[str, bytes]
    segments: tuple[Segment, ...]
    damage: Damage
    frames_decoded: int
    seconds: dict[str, float]


def prepare(folder: Path, plan: Plan, force: bool) -> None:
    """Make the folder ready for this plan, keeping what an earlier try of it has saved.

    Raises:
        RunConflictError: when it holds a run of another plan and `force` is not set, or files
            that are no run.
        MachineError: when the folder cannot be written.
    """
    if _plan_file(folder) is None and folder.exists():
        _refuse_foreign(folder)
    if force:
        clear(folder)
    elif (existing := read_plan(folder)) is not None and (changed := existing.differences(plan)):
        raise RunConflictError(
            f"{folder} was made with other settings ({'; '.join(changed)}): "
            "choose another --out, or --force to make it anew (edits are kept)"
        )
    if is_complete(folder):
        return
    with writing(folder):
        (folder / WORK).mkdir(parents=True, exist_ok=True)
        write_json(folder / WORK / PLAN, asdict(plan))


def read_plan(folder: Path) -> Plan | None:
    """Return the plan of a complete or begun run, null where there is none."""
    path = _plan_file(folder)
    return None if path is None else _plan_from(read_json(path), path)


def _plan_file(folder: Path) -> Path | None:
    paths = (folder / MANIFEST, folder / WORK / PLAN)
    return next((path for path in paths if path.is_file()), None)


def is_complete(folder: Path) -> bool:
    """Tell whether the run is whole."""
    return (folder / MANIFEST).is_file()


def clear(folder: Path) -> None:
    """Remove what a run made, the completion mark first; edits and other files stay."""
    for name in MADE:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; the lock goes with the process, however it ends.

    Raises:
        RunConflictError: when another process is at work in it.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / ".lock", timeout=0)
    try:
        with lock:
            yield
    except filelock.Timeout:
        raise RunConflictError(f"another courtside is at work in {folder}") from None
    finally:
        (folder / ".lock").unlink(missing_ok=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn errors of the file system into one clear line that names `path`.

    Raises:
        MachineError: disk full, no rights, a file where a folder is needed.
    """
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def save_chunk(
    folder: Path,
    index: int,
    rows: Sightings,
    frames: FrameTable,
    checkpoint: Checkpoint,
    facts: VideoFacts,
) -> None:
    """Save a chunk of look results with the states to go on from; whole or not at all."""
    final = chunk_folder(folder, index)
    part = final.with_suffix(".part")
    with writing(folder):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        write_sightings(
            rows, part / "sightings.parquet", (facts.height, facts.width), part / "vectors.parquet"
        )
        write_frames(frames, part / "frames.parquet", facts.time_base)
        with whole_file(part / "checkpoint.msgpack") as file:
            file.write(encode_state(checkpoint))
        part.rename(final)


def chunk_folder(folder: Path, index: int) -> Path:
    """Return where a chunk of look results lies."""
    return folder / WORK / f"{index:06d}"


def saved_chunks(folder: Path) -> int:
    """Return how many whole chunks are saved."""
    index = 0
    while chunk_folder(folder, index).is_dir():
        index += 1
    return index


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """Return where to go on, null when nothing was saved."""
    count = saved_chunks(folder)
    if count == 0:
        return None
    path = chunk_folder(folder, count - 1) / "checkpoint.msgpack"
    checkpoint: Checkpoint = decode_state(path.read_bytes(), Checkpoint)
    return checkpoint


def read_chunk(folder: Path, index: int) -> tuple[Sightings, FrameTable]:
    """Return the rows and frames of a saved chunk."""
    chunk = chunk_folder(folder, index)
    rows = read_sightings(chunk / "sightings.parquet", chunk / "vectors.parquet")
    return rows, read_frames(chunk / "frames.parquet")


def complete(folder: Path, plan: Plan, seconds: dict[str, float]) -> None:
    """Mark the run as whole and remove what it was made from."""
    write_json(folder / MANIFEST, {**asdict(plan), "seconds": seconds})
    shutil.rmtree(folder / WORK, ignore_errors=True)


def write_json(path: Path, content: Any) -> None:
    """Write JSON under its final name only when whole.

    Raises:
        MachineError: when it cannot be written.
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, default=_to_json)
    with whole_file(path) as file:
        file.write((text + "\n").encode("utf-8"))


def _to_json(value: Any) -> Any:
    # Exact: 30000/1001 frames a second stay that.
    return str(value) if isinstance(value, Fraction) else msgspec.to_builtins(value)


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        InputError: when it is missing or broken.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path.parent} is no finished run: it has no {path.name}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is damaged: {error}; make the run again with --force") from None


def _plan_from(content: dict[str, Any], path: Path) -> Plan:
    try:
        return Plan(
            version=content["version"],
            video=content["video"],
            video_hash=content["video_hash"],
            weights=content["weights"],
            settings=settings_from(content["settings"], str(path)),
        )
    except (KeyError, TypeError) as error:
        raise InputError(f"{path} is no plan of a run: {error} is missing") from None
    except InputError as error:
        raise RunConflictError(
            f"{path} comes from another version of courtside ({error}): "
            "choose another --out, or --force to make it anew (edits are kept)"
        ) from None


def _refuse_foreign(folder: Path) -> None:
    if not folder.is_dir():
        raise MachineError(f"--out {folder} is a file; a run needs a folder of its own")
    own = (EDITS, ROSTER, ".lock", WORK)
    foreign = [item.name for item in folder.iterdir() if item.name not in own]
    if foreign:
        raise RunConflictError(
            f"{folder} holds files that are no run ({', '.join(sorted(foreign)[:3])}): "
            "choose another --out"
        )
