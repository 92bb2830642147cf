"""A person shows where the court is: points set on a hard video, cameras solved again.

What was set is kept in `court.jsonl` of the run folder, anchored to video, time and point in the
picture; a run made anew leaves that file, and `courtside court RUN` reads it again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np

from courtside.court.league import Reading, court_named, readings_for
from courtside.court.places import settle_places
from courtside.court.settle import settle_cameras
from courtside.court.shapes import LANDMARKS, Court, landmarks
from courtside.court.shown import SetPoint
from courtside.court.sides import turned_by_people
from courtside.errors import InputError
from courtside.render.overlay import draw_court
from courtside.settings import settings_from
from courtside.sightings import FrameTable
from courtside.sport import SPORTS
from courtside.store import run as store
from courtside.store.opened import Run, open_run, source_of
from courtside.store.table import read_time_base, write_frames, write_sightings
from courtside.video.probe import probe
from courtside.video.read import read

SHOWN = "court.jsonl"
OVERLAY = "court.png"


@dataclass(frozen=True)
class Shown:
    """A landmark that a person set.

    Attributes:
        video: sha256 of the video.
        time: seconds.
        x, y: pixels of the upright picture.
        landmark: name out of `LANDMARKS`.
    """

    video: str
    time: float
    x: float
    y: float
    landmark: str


def place_court(
    run: Path,
    shown: Sequence[str] = (),
    time: float = 0.0,
    league: str | None = None,
    source: Path | None = None,
) -> dict[str, Any]:
    """Solve the cameras of a run again with points set, and draw the court over its picture.

    Args:
        run: a complete run folder.
        shown: `X,Y=LANDMARK` in pixels of the picture at `time`.
        time: seconds; the overlay shows this moment too.
        league: name of the court; null keeps what was found.
        source: the video, where it lies elsewhere by now.

    Returns:
        What is known: `league`, share of `frames` solved, median `error` in metres, `overlay`.

    Raises:
        InputError: when the run, a point or the league cannot be used.
        MachineError: when results cannot be written.
    """
    opened = open_run(run)
    if not len(opened.frames):
        raise InputError(f"{run} has no frames")
    video = str(opened.manifest["video_hash"])
    new = [parse_shown(text, video, time) for text in shown]
    with store.locked(run):
        points = [*read_shown(run, video), *new]
        if points or league:
            _solve_again(opened, points, league)
            _append(run, new)
            opened = Run(run)
        overlay = draw_overlay(opened, source or source_of(opened), time)
    errors = opened.frames["court_error"] if "court_error" in opened.frames else np.zeros(0)
    known = errors[np.isfinite(errors)]
    return {
        "league": opened.game.court.league,
        "frames": len(known) / max(len(opened.frames), 1),
        "error": float(np.median(known)) if len(known) else None,
        "overlay": str(overlay),
    }


def parse_shown(text: str, video: str, time: float) -> Shown:
    """Return the point of `X,Y=LANDMARK`.

    Raises:
        InputError: when it is written differently, or there is no such landmark.
    """
    place, _, name = text.partition("=")
    if name not in LANDMARKS:
        raise InputError(f"{text!r}: unknown landmark {name!r}; known are: {', '.join(LANDMARKS)}")
    try:
        x, y = (float(value) for value in place.split(","))
    except ValueError:
        raise InputError(f"{text!r} must be X,Y=LANDMARK, with X and Y in pixels") from None
    return Shown(video, time, x, y, name)


def read_shown(run: Path, video: str) -> list[Shown]:
    """Return the points set so far on this video.

    Raises:
        InputError: when the file is damaged.
    """
    path = run / SHOWN
    if not path.is_file():
        return []
    try:
        lines = path.read_bytes().splitlines()
        points = [msgspec.json.decode(line, type=Shown) for line in lines if line.strip()]
    except msgspec.DecodeError as error:
        raise InputError(f"{path} is damaged: {error}; correct it or remove it") from None
    return [point for point in points if point.video == video]


def plot_court(run: Path) -> list[Path]:
    """Write heat maps and paths of a run's players into its folder `plots`; return the files.

    Raises:
        InputError: when the run's court is not known.
        MachineError: when matplotlib is not installed, or nothing can be written.
    """
    from courtside.render.plots import plot_run

    opened = open_run(run)
    if opened.court is None:
        raise InputError(f"the court of {run} is not known: show it with --set or --league")
    return plot_run(opened.sightings, opened.game, opened.court, run / "plots")


def _append(run: Path, points: Sequence[Shown]) -> None:
    with store.writing(run), (run / SHOWN).open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(point)) + "\n" for point in points)


def _solve_again(run: Run, points: Sequence[Shown], league: str | None) -> None:
    """Write the run's frames, places and league anew."""
    settings = settings_from(run.manifest["settings"], str(run.path))
    measures = settings.court.measures
    chosen = league or settings.court.league or run.game.court.league
    readings = readings_for(chosen, measures)
    frames = run.frames
    if points and chosen is None:
        readings = (Reading(readings[0].court),)
    set_points = [_set_point(point, frames, readings[0].court) for point in points]
    frames, reading = settle_cameras(frames, run.size, readings, set_points)
    if reading is not None:
        asked = {point.frame for point in set_points}
        frames = turned_by_people(frames, run.sightings, reading.court, run.size, asked)
    rows = settle_places(run.sightings, frames, run.size, SPORTS[settings.sport].sprint)
    name = reading.court.name if reading else None
    _write(run, frames, rows, name)


def _set_point(point: Shown, frames: FrameTable, court: Court) -> SetPoint:
    row = int(np.argmin(np.abs(frames["time"] - point.time)))
    place = landmarks(court)[LANDMARKS.index(point.landmark)]
    if not np.isfinite(place).all():
        raise InputError(f"a {court.name} court has no {point.landmark}")
    x, y, z = (float(value) for value in place)
    return SetPoint(int(frames["frame"][row]), (point.x, point.y), (x, y, z))


def _write(run: Run, frames: FrameTable, rows: Any, league: str | None) -> None:
    path = run.path
    vectors = path / "vectors.parquet"
    size, time_base = run.size, read_time_base(path / "frames.parquet")
    write_sightings(rows, path / "sightings.parquet", size, vectors if vectors.is_file() else None)
    write_frames(frames, path / "frames.parquet", time_base)
    store.write_json(path / "video.json", {**run.video, "court": {"league": league}})


def draw_overlay(run: Run, source: Path, time: float) -> Path:
    """Write the sampled frame nearest to a time with the court's lines over it; return its path.

    Raises:
        InputError: when the video has no such frame.
    """
    times = run.frames["time"]
    row = int(np.argmin(np.abs(times - time)))
    begin = Fraction(float(times[row])) - Fraction(1, 1000)
    frame = next(iter(read(source, probe(source), every=None, start=max(begin, Fraction(0)))), None)
    if frame is None:
        raise InputError(f"{source} has no frame at {time:g} s")
    image = np.require(frame.image, requirements=["C", "W"]).copy()
    camera = run.frames["camera"][row] if "camera" in run.frames else np.zeros(0)
    court = run.court or court_named("nba", {})
    if len(camera) == 8 and np.isfinite(camera).all() and court is not None:
        draw_court(image, camera.astype(np.float64), court)
    path = run.path / OVERLAY
    with store.writing(path):
        path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    return path
