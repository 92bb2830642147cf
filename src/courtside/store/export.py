"""A run's people in the formats other tools read: MOTChallenge, COCO, SoccerNet, spreadsheet.

Counted are players and referees not known to be off court. Frames are those that were sampled;
their numbers count decoded frames, from 1 in MOTChallenge, COCO and SoccerNet files, from 0 in
the spreadsheet as everywhere in courtside. Files are written piece by piece and get their name
only when whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from courtside.errors import InputError
from courtside.game import Game
from courtside.sightings import SIGHTING_COLUMNS, FrameTable, Sightings, is_null
from courtside.store.atomic import whole_file
from courtside.store.formats import Seen, coco_lines, csv_lines, gsr_lines, mot_lines
from courtside.store.opened import open_run
from courtside.store.people import counted, identities, is_ball, roles

FILE_NAMES = {
    "mot": "export_mot.txt",
    "coco": "export_coco.json",
    "gsr": "export_gsr.json",
    "csv": "export.csv",
}


@dataclass(frozen=True)
class ExportFacts:
    """What exports say of the video itself.

    Attributes:
        name: file name of the source.
        size: height and width of the upright picture in pixels.
    """

    name: str
    size: tuple[int, int]


def export_run(run: Path | str, format: str, out: Path | str | None = None) -> Path:
    """Write a complete run in a format for other tools and return the file's path.

    Args:
        run: the run folder.
        format: `mot`, `coco`, `gsr` or `csv`.
        out: the file to write; null for a file in the run folder.

    Raises:
        InputError: for an unknown format, or when the run is missing or not complete.
        MachineError: when the file cannot be written.
    """
    _check_format(format)
    opened = open_run(run)
    path = Path(out) if out else opened.path / FILE_NAMES[format]
    facts = ExportFacts(str(opened.manifest["video"]), opened.size)
    export(opened.iterate(), opened.frames, opened.game, facts, format, path)
    return path


def export(
    rows: Iterable[Sightings],
    frames: FrameTable,
    game: Game,
    facts: ExportFacts,
    format: str,
    out: Path,
) -> None:
    """Write sightings in a format for other tools.

    Args:
        rows: the sightings in pieces, in order of the frames.
        frames: the sampled frames.
        game: players with their names.
        facts: of the video.
        format: `mot`, `coco`, `gsr` or `csv`.
        out: the file to write.

    Raises:
        InputError: for an unknown format.
        MachineError: when the file cannot be written.
    """
    _check_format(format)
    with whole_file(out) as file:
        for line in _lines(rows, frames, game, facts, format):
            file.write(line.encode("utf-8"))


def _lines(
    rows: Iterable[Sightings], frames: FrameTable, game: Game, facts: ExportFacts, format: str
) -> Iterator[str]:
    seen = _seen(rows, game, ball=format == "coco")
    match format:
        case "mot":
            return mot_lines(seen)
        case "coco":
            return coco_lines(seen, frames, facts.name, facts.size)
        case "gsr":
            return gsr_lines(seen)
        case _:
            return csv_lines(seen, game)


def _check_format(format: str) -> None:
    if format not in FILE_NAMES:
        raise InputError(f"unknown format {format!r}; known are: {', '.join(FILE_NAMES)}")


def _seen(rows: Iterable[Sightings], game: Game, ball: bool) -> Iterator[Seen]:
    players = 1 + max((player.id for player in game.players), default=-1)
    for piece in rows:
        chosen = counted(piece)
        if ball:
            chosen |= is_ball(piece)
        part = piece.select(chosen)
        who, what = identities(part, players).tolist(), [role or "ball" for role in roles(part)]
        yield from map(_plain, zip(who, what, *_values(part), strict=True))


def _values(rows: Sightings) -> list[list[Any]]:
    return [
        rows["frame"].tolist(),
        np.round(rows["time"], 6).tolist(),
        rows["segment"].tolist(),
        np.round(rows.boxes.astype(np.float64), 2).tolist(),
        _nullable(rows, "score", 4),
        _nullable(rows, "court_x", 3),
        _nullable(rows, "court_y", 3),
        *(
            rows[n].tolist() if n in rows else [None] * len(rows)
            for n in ("team", "number", "mask")
        ),
    ]


def _nullable(rows: Sightings, name: str, digits: int) -> list[float | None]:
    if name not in rows:
        return [None] * len(rows)
    values = np.round(rows[name].astype(np.float64), digits).tolist()
    null = is_null(SIGHTING_COLUMNS[name], rows[name])
    return [None if gone else value for value, gone in zip(values, null, strict=True)]


def _plain(cells: tuple[Any, ...]) -> Seen:
    identity, role, frame, time, segment, box, score, x, y, team, number, mask = cells
    court = None if x is None or y is None else (x, y)
    return Seen(frame, time, segment, identity, role, team, number, (*box,), score, court, mask)
