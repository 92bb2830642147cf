"""Truth to score runs against: an annotated `truth.json`, or a run folder that is right."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from courtside import rle
from courtside.errors import InputError
from courtside.geometry import as_boxes
from courtside.sightings import BOX, FrameTable, Sightings
from courtside.store.opened import open_run
from courtside.store.people import counted, identities, is_ball, roles

# A person of whom less is to be seen is not asked for.
LEAST_VISIBLE, LEAST_BALL = 0.3, 0.5


@dataclass(frozen=True)
class Truth:
    """What is right.

    Attributes:
        rows: people, balls and rims; `player` is who it is; people have `role` and may have
            `team`, `number`, `visibility` and `mask`.
        hidden: shape (n,) bool, neither asked for nor wrong to find: less than 0.3 of a person or
            0.5 of a ball is visible, or nobody knows whether a person counts.
        frames: shape (f,) int32, the annotated frames, with and without anybody in them.
        ignore_frames: shape (i,) int32, the frame of each ignore box.
        ignore_boxes: shape (i, 4) float32, where whatever is found is neither right nor wrong.
        size: height and width of the picture in pixels.
    """

    rows: Sightings
    hidden: NDArray[np.bool_]
    frames: NDArray[np.int32]
    ignore_frames: NDArray[np.int32]
    ignore_boxes: NDArray[np.float32]
    size: tuple[int, int]


class _Person(msgspec.Struct):
    id: int
    kind: str
    team: str | None = None
    number: str | None = None


class _Box(msgspec.Struct):
    frame: int
    box: tuple[float, float, float, float]


class _PersonBox(_Box):
    id: int
    visibility: float | None = None


class _Rle(msgspec.Struct):
    size: tuple[int, int]
    counts: list[int]


class _Mask(msgspec.Struct):
    frame: int
    id: int
    rle: _Rle


class _File(msgspec.Struct):
    width: int
    height: int
    frames: list[int]
    people: list[_Person]
    boxes: list[_PersonBox]
    ball: list[_Box] = []
    rim: list[_Box] = []
    masks: list[_Mask] = []
    ignore: list[_Box] = []


def load_truth(path: Path) -> Truth:
    """Return the truth of a `truth.json`, or of a complete run folder.

    Raises:
        InputError: when it is missing, broken or contradicts itself.
    """
    if path.is_dir():
        run = open_run(path)
        return truth_from_run(run.sightings, run.frames, run.size)
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise InputError(f"cannot read the truth {path}: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} is no truth file: {error}; expected JSON with width, height, frames, "
            "people and boxes, or give a run folder"
        ) from None
    _check(file, path)
    return _from_file(file)


def truth_from_run(rows: Sightings, frames: FrameTable, size: tuple[int, int]) -> Truth:
    """Return the truth of a run whose every frame, person, team, number and mask is right.

    Args:
        rows: sightings of the run; people whose role is null are neither right nor wrong.
        frames: its sampled frames: those count as annotated, but for close-ups: nobody is
            counted or drawn there.
        size: height and width of the picture in pixels.
    """
    asked = frames["frame"]
    if "view" in frames:
        asked = asked[frames["view"] != "close-up"]
    rows = rows.select(np.isin(rows["frame"], asked))
    things = _balls(rows) | (rows["kind"] == "rim")
    unsure = ~things & np.array([role is None for role in roles(rows)], np.bool_)
    hidden = unsure | _barely_visible(rows)
    chosen = things | counted(rows) | unsure
    players = 1 + int(rows["player"].max(initial=-1)) if "player" in rows else 0
    whole = rows.with_columns(role=roles(rows), player=identities(rows, players))
    return Truth(
        rows=whole.select(chosen),
        hidden=hidden[chosen],
        frames=asked,
        ignore_frames=np.zeros(0, np.int32),
        ignore_boxes=np.zeros((0, 4), np.float32),
        size=size,
    )


def _balls(rows: Sightings) -> NDArray[np.bool_]:
    """Return which rows are the ball: where none is followed there are no mere candidates."""
    followed = is_ball(rows)
    return followed if followed.any() else np.asarray(rows["kind"] == "ball", np.bool_)


def _barely_visible(rows: Sightings) -> NDArray[np.bool_]:
    if "visibility" not in rows:
        return np.zeros(len(rows), np.bool_)
    least = np.where(rows["kind"] == "ball", LEAST_BALL, LEAST_VISIBLE)
    return np.asarray(rows["visibility"] < least, np.bool_)


def _check(file: _File, path: Path) -> None:
    frames, people = set(file.frames), {person.id for person in file.people}
    for item in (*file.boxes, *file.ball, *file.rim, *file.ignore):
        x1, y1, x2, y2 = item.box
        if item.frame not in frames:
            raise InputError(f"{path}: a box is in frame {item.frame}, which is not in 'frames'")
        if not (x1 < x2 and y1 < y2):
            raise InputError(f"{path}: a box in frame {item.frame} must be x1 y1 x2 y2: {item.box}")
    for box in file.boxes:
        if box.id not in people:
            raise InputError(f"{path}: id {box.id} in frame {box.frame} is not in 'people'")
    for person in file.people:
        if person.kind not in ("player", "referee"):
            raise InputError(
                f"{path}: kind of id {person.id} must be player or referee: {person.kind!r}"
            )
    _check_once(file, path)
    _check_masks(file, path)


def _check_once(file: _File, path: Path) -> None:
    boxes = Counter(("boxes", box.frame, box.id) for box in file.boxes)
    masks = Counter(("masks", mask.frame, mask.id) for mask in file.masks)
    for (what, frame, who), times in (boxes + masks).items():
        if times > 1:
            raise InputError(f"{path}: id {who} has {times} {what} in frame {frame}")


def _check_masks(file: _File, path: Path) -> None:
    boxes = {(box.frame, box.id) for box in file.boxes}
    for mask in file.masks:
        where = f"{path}: the mask of id {mask.id} in frame {mask.frame}"
        if (mask.frame, mask.id) not in boxes:
            raise InputError(f"{where} has no box")
        if mask.rle.size != (file.height, file.width):
            raise InputError(f"{where} is for a picture of {mask.rle.size}, height and width")
        if sum(mask.rle.counts) != file.height * file.width or min(mask.rle.counts) < 0:
            raise InputError(f"{where} must have run lengths that fill the picture")


def _from_file(file: _File) -> Truth:
    size = (file.height, file.width)
    people = {person.id: person for person in file.people}
    masks = {(m.frame, m.id): rle.from_uncompressed(m.rle.counts, size) for m in file.masks}
    who = [people[box.id] for box in file.boxes]
    things = [("ball", box) for box in file.ball] + [("rim", box) for box in file.rim]
    nothing: list[Any] = [None] * len(things)
    rows = _rows(
        [*file.boxes, *(box for _, box in things)],
        kind=[*(person.kind for person in who), *(kind for kind, _ in things)],
        role=[*(person.kind for person in who), *nothing],
        player=[*(person.id for person in who), *(-1 for _ in things)],
        team=[*(person.team for person in who), *nothing],
        number=[*(person.number for person in who), *nothing],
        visibility=[*(_or_nan(box.visibility) for box in file.boxes), *(np.nan for _ in things)],
        mask=[*(masks.get((box.frame, box.id)) for box in file.boxes), *nothing],
    )
    return Truth(
        rows=rows,
        hidden=_barely_visible(rows),
        frames=np.unique(np.array(file.frames, np.int32)),
        ignore_frames=np.array([box.frame for box in file.ignore], np.int32),
        ignore_boxes=as_boxes([box.box for box in file.ignore]),
        size=size,
    )


def _rows(boxes: list[_Box], **columns: Any) -> Sightings:
    """Return sightings; the time is not known and not used: frames are matched by index."""
    sides = as_boxes([box.box for box in boxes])
    place = {name: sides[:, i] for i, name in enumerate(BOX)}
    frame = np.array([box.frame for box in boxes], np.int32)
    unknown = {"time": np.full(len(boxes), np.nan), "segment": np.zeros(len(boxes), np.int32)}
    return Sightings({"frame": frame, **unknown, **place, **columns})


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value
