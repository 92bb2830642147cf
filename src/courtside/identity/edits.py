"""A person's corrections: append-only, anchored to video, time and a point in the picture.

Anchors name no track and no player, which every run numbers anew; so a correction finds its place
in later runs of the same video, also with other nets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from courtside.errors import InputError, MachineError
from courtside.identity.rules import Point
from courtside.identity.stretches import Said
from courtside.sightings import Sightings
from courtside.teams.look import PEOPLE

# Seconds between the time that was said and a sampled frame in which the person is looked for.
REACH = 0.3
# How much a second away counts against a body's half width away from the middle.
SECOND = 10.0


@dataclass(frozen=True)
class Edit:
    """One correction.

    Attributes:
        video: sha256 of the video it is about.
        time: seconds.
        point: x and y in pixels of the upright picture, on the person.
        number: jersey number of the player.
        team: name of the team.
        name: of the player.
        same_as: time, x and y of another sighting of the same person.
        split: true where the track goes over to another person at this time.
        not_a_player: true for somebody who is not in the game.
    """

    video: str
    time: float
    point: Point
    number: str | None = None
    team: str | None = None
    name: str | None = None
    same_as: tuple[float, float, float] | None = None
    split: bool = False
    not_a_player: bool = False

    def says_nothing(self) -> bool:
        """Tell whether it corrects nothing."""
        said = (self.number, self.team, self.name, self.same_as)
        return all(value is None for value in said) and not (self.split or self.not_a_player)

    def __str__(self) -> str:
        """Return the correction as a person would say it."""
        told = [f"{key} {getattr(self, key)}" for key in ("number", "team", "name")
                if getattr(self, key) is not None]  # fmt: skip
        if self.same_as is not None:
            told.append("same as at {:g} s at {:g},{:g}".format(*self.same_as))
        told += ["split"] * self.split + ["not a player"] * self.not_a_player
        return f"at {self.time:g} s at {self.point[0]:g},{self.point[1]:g}: {', '.join(told)}"


@dataclass(frozen=True)
class Placed:
    """A correction and the row that it is about, for `same_as` also the other row."""

    edit: Edit
    row: int
    other: int | None = None


@dataclass(frozen=True)
class Anchored:
    """Corrections that found their place in a table, and those that did not."""

    placed: tuple[Placed, ...] = ()
    lost: tuple[Edit, ...] = ()

    def splits(self) -> list[int]:
        """Return the rows from which on a track shows another person."""
        return [placed.row for placed in self.placed if placed.edit.split]

    def pairs(self) -> list[tuple[int, int]]:
        """Return pairs of rows said to show one person."""
        return [(p.row, p.other) for p in self.placed if p.other is not None]

    def said(self) -> dict[int, Said]:
        """Return what was said of rows; of two corrections the later holds."""
        found: dict[int, Said] = {}
        for placed in self.placed:
            edit = placed.edit
            said = Said(edit.number, edit.team, edit.name, edit.not_a_player)
            found[placed.row] = found.get(placed.row, Said()).also(said)
        return found


def anchor(rows: Sightings, edits: Sequence[Edit]) -> Anchored:
    """Return where corrections find their place among the people of a table."""
    placed, lost = [], []
    for edit in edits:
        row = find_row(rows, edit.time, edit.point)
        other = find_row(rows, edit.same_as[0], edit.same_as[1:]) if edit.same_as else None
        if row is None or (edit.same_as and other is None):
            lost.append(edit)
        else:
            placed.append(Placed(edit, row, other))
    return Anchored(tuple(placed), tuple(lost))


def find_row(rows: Sightings, time: float, point: Point) -> int | None:
    """Return the row of the followed person seen at a time and a point, null for nobody.

    Of several the one whose box has the point most in its middle, in the nearest frame.
    """
    if "track" not in rows:
        return None
    away = np.abs(rows["time"] - time)
    near = np.flatnonzero((away <= REACH) & (rows["track"] >= 0) & np.isin(rows["kind"], PEOPLE))
    boxes = rows.boxes[near].astype(np.float64)
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, np.maximum(boxes[:, 2:] - boxes[:, :2], 1) / 2
    offset = np.abs(np.array(point) - middle) / half
    inside = (offset <= 1).all(axis=1)
    if not inside.any():
        return None
    cost = np.where(inside, offset.max(axis=1) + SECOND * away[near], np.inf)
    return int(near[np.argmin(cost)])


def read_edits(path: Path, video: str) -> list[Edit]:
    """Return the corrections of a video in a file, in the order in which they were made.

    Args:
        path: JSON lines; a missing file holds none.
        video: sha256 of the video; corrections of other videos are left out.

    Raises:
        InputError: for a line that is no correction; the message names it.
    """
    if not path.is_file():
        return []
    edits = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip():
            edits.append(_edit(line, f"{path}, line {number}"))
    return [edit for edit in edits if edit.video == video]


def append_edit(path: Path, edit: Edit) -> None:
    """Add a correction at the end of a file.

    Raises:
        MachineError: when it cannot be written.
    """
    plain = msgspec.to_builtins(edit)
    told = {key: value for key, value in plain.items() if value not in (None, False)}
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(msgspec.json.encode(told).decode() + "\n")
    except OSError as error:
        raise MachineError(f"cannot write {path}: {error.strerror or error}") from error


def _edit(line: str, origin: str) -> Edit:
    try:
        return msgspec.json.decode(line, type=Edit)
    except msgspec.MsgspecError as error:
        raise InputError(f"{origin} is no correction: {error}") from None
