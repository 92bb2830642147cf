"""Scores of a run's court: cameras against annotated points, places against true places.

- `court_solved`: share of the frames with annotated points in which a camera is known; against a
  run that is right, share of its frames with a camera in which the run has one too;
- `court_pixels`: mean distance in pixels at 720 lines between annotated points and where the
  run's camera sees them; `court_pixels_worst`: of the worst frame;
- `court_metres`: mean distance on the floor between annotated points and where the run puts their
  pixels; `court_off`: share of solved frames with a point off by more than 1 m;
- `place_median`, `place_p95`: distance in metres between matched people and where they are;
- `place_known`: share of matched people whose place is known;
- `error_covers`: share of solved frames whose mean error is within `court_error`;
  `error_ratio`: median `court_error` over the median true error, 1 for an estimate that is
  neither too large nor too small.

A half-turn of the court is the same court: the better of both ways is taken, one for the whole
run. A score that cannot be told is NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from courtside.court.certainty import floor_in_view
from courtside.court.model import PAN, Floats, half_turned, project, sound, to_floor, wrapped
from courtside.errors import InputError
from courtside.evaluate.matching import match_people
from courtside.evaluate.truth import Truth
from courtside.rle import Size
from courtside.sightings import FrameTable, Sightings
from courtside.store.opened import Run, open_run

# Metres from which a point is plainly wrong.
OFF = 1.0


@dataclass(frozen=True)
class CourtPoints:
    """Annotated points of the court in one frame.

    Attributes:
        frame: index of the decoded frame.
        pixels: (n, 2) where they are seen.
        places: (n, 2) where they lie, metres.
    """

    frame: int
    pixels: Floats
    places: Floats


class _Point(msgspec.Struct):
    px: tuple[float, float]
    court_m: tuple[float, float]


class _Frame(msgspec.Struct):
    frame: int
    points: list[_Point]


class _File(msgspec.Struct):
    court: list[_Frame] = []


def load_court_points(path: Path) -> list[CourtPoints]:
    """Return the annotated court points of a `truth.json`, or what a right run's cameras see.

    Raises:
        InputError: when the file is missing or broken.
    """
    if path.is_dir():
        return _points_of_run(open_run(path))
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"cannot read the court points of {path}: {error}") from None
    return [
        CourtPoints(
            one.frame,
            np.array([point.px for point in one.points], np.float64).reshape(-1, 2),
            np.array([point.court_m for point in one.points], np.float64).reshape(-1, 2),
        )
        for one in file.court
        if one.points
    ]


def _points_of_run(run: Run) -> list[CourtPoints]:
    """Return points all over the court in view, in frames of the main view with a camera."""
    frames, court, size = run.frames, run.court, run.size
    if court is None or "camera" not in frames or frames["camera"].shape[1] != 8:
        return []
    cameras = frames["camera"].astype(np.float64)
    main = np.isin(frames["view"].astype(str), ("main", "None")) if "view" in frames else True
    found = []
    for row in np.flatnonzero(sound(cameras) & main):
        places = floor_in_view(cameras[row], court, size, apron=0.0)
        lifted = np.column_stack([places, np.zeros(len(places))])
        pixels = project(cameras[row], lifted, size)
        if len(places):
            found.append(CourtPoints(int(frames["frame"][row]), pixels, places))
    return found


def court_scores(
    rows: Sightings, frames: FrameTable, truth: Truth, points: Sequence[CourtPoints] = ()
) -> dict[str, float]:
    """Return the scores of a run's court, as the head of this module tells.

    Args:
        rows: sightings of the run.
        frames: its sampled frames.
        truth: what is right; people's places count where its rows have `court_x court_y`.
        points: annotated points, see `load_court_points`.
    """
    by_points = _better_way(frames, points, truth.size)
    places, told = _place_errors(rows, frames, truth)
    scores = _of_points(by_points, truth.size) | _of_places(places)
    means, bounds = _judged(by_points, places, told)
    return scores | _honesty(means, bounds)


def frame_errors(
    frames: FrameTable, points: Sequence[CourtPoints], size: Size
) -> tuple[Floats, Floats]:
    """Return each solved frame's mean error at its points and its `court_error`, (n,) metres.

    Args:
        frames: sampled frames of a run.
        points: annotated points, see `load_court_points`.
        size: height and width of the picture in pixels.
    """
    return _means_and_bounds(_better_way(frames, points, size))


@dataclass(frozen=True)
class _PointErrors:
    """Errors at the annotated points of one frame; NaN where no camera is known."""

    pixels: float
    metres: float
    worst: float
    bound: float


def _better_way(
    frames: FrameTable, points: Sequence[CourtPoints], size: Size
) -> list[_PointErrors]:
    straight, turned = (_point_errors(frames, points, size, turn) for turn in (False, True))
    return min(straight, turned, key=lambda errors: float(np.nansum([e.metres for e in errors])))


def _point_errors(
    frames: FrameTable, points: Sequence[CourtPoints], size: Size, turn: bool = False
) -> list[_PointErrors]:
    found = []
    for point in points:
        camera, bound = _camera_at(frames, point.frame)
        if camera is None:
            found.append(_PointErrors(np.nan, np.nan, np.nan, np.nan))
            continue
        camera = half_turned(camera) if turn else camera
        lifted = np.column_stack([point.places, np.zeros(len(point.places))])
        pixels = np.linalg.norm(project(camera, lifted, size) - point.pixels, axis=1)
        metres = np.linalg.norm(to_floor(camera, point.pixels, size) - point.places, axis=1)
        # A point the camera cannot see at all is as wrong as the court is long.
        metres, pixels = np.nan_to_num(metres, nan=28.0), np.nan_to_num(pixels, nan=size[1])
        found.append(_PointErrors(pixels.mean(), metres.mean(), metres.max(), bound))
    return found


def _camera_at(frames: FrameTable, frame: int) -> tuple[Floats | None, float]:
    """Return the camera at a frame and its bound; between two sampled frames, between theirs."""
    if "camera" not in frames or not len(frames) or frames["camera"].shape[1] != 8:
        return None, np.nan
    index = frames["frame"].astype(np.int64)
    after = min(int(np.searchsorted(index, frame)), len(index) - 1)
    before = after if index[after] == frame else max(after - 1, 0)
    pair = frames["camera"][[before, after]].astype(np.float64)
    inside = index[before] <= frame <= index[after]
    same = frames["segment"][before] == frames["segment"][after]
    if not (inside and same and sound(pair).all()):
        return None, np.nan
    share = (frame - index[before]) / max(index[after] - index[before], 1)
    # The short way round, where pan passes from 180 to -180 degrees.
    pair[1, PAN] = pair[0, PAN] + wrapped(pair[1, PAN] - pair[0, PAN])
    bound = float(frames["court_error"][[before, after]].max())
    return (1 - share) * pair[0] + share * pair[1], bound


def _of_points(errors: Sequence[_PointErrors], size: Size) -> dict[str, float]:
    table = np.array([(e.pixels, e.metres, e.worst) for e in errors]).reshape(-1, 3)
    solved = table[np.isfinite(table[:, 0])]
    scale = 720 / size[0]
    return {
        "court_solved": _mean(np.isfinite(table[:, 0]).astype(np.float64)),
        "court_pixels": _mean(solved[:, 0]) * scale,
        "court_pixels_worst": float(solved[:, 0].max()) * scale if len(solved) else np.nan,
        "court_metres": _mean(solved[:, 1]),
        "court_off": _mean((solved[:, 2] > OFF).astype(np.float64)),
    }


def _place_errors(
    rows: Sightings, frames: FrameTable, truth: Truth
) -> tuple[NDArray[np.float64], Floats]:
    """Return frame and distance (m, 2) of matched people with a true place, and frames' bounds."""
    bounds = frames["court_error"] if "court_error" in frames else np.full(len(frames), np.nan)
    told = np.column_stack([frames["frame"], bounds]).astype(np.float64)
    if "court_x" not in truth.rows or "court_x" not in rows:
        return np.zeros((0, 2)), told
    inside = np.isin(rows["frame"], truth.frames)
    people = match_people(truth, rows.select(inside))
    right, found = (
        np.column_stack([table["court_x"][at], table["court_y"][at]]).astype(np.float64)
        for table, at in zip((people.truth, people.found), people.pairs.T, strict=True)
    )
    known = sound(right)
    which = people.truth["frame"][people.pairs[:, 0]][known].astype(np.float64)
    straight = np.linalg.norm(found - right, axis=1)[known]
    turned = np.linalg.norm(-found - right, axis=1)[known]
    better = straight if np.nansum(straight) <= np.nansum(turned) else turned
    return np.column_stack([which, better]), told


def _of_places(places: Floats) -> dict[str, float]:
    known = places[np.isfinite(places[:, 1]), 1]
    return {
        "place_known": _mean(np.isfinite(places[:, 1]).astype(np.float64)),
        "place_median": float(np.median(known)) if len(known) else np.nan,
        "place_p95": float(np.percentile(known, 95)) if len(known) else np.nan,
    }


def _judged(points: Sequence[_PointErrors], places: Floats, told: Floats) -> tuple[Floats, Floats]:
    """Return each solved frame's mean true error and its bound.

    From points where there are any: places of people err by their feet as well.
    """
    if len(places) and not points:
        frames = np.unique(places[np.isfinite(places[:, 1]), 0])
        means = np.array([np.nanmean(places[places[:, 0] == frame, 1]) for frame in frames])
        rows = np.searchsorted(told[:, 0], frames)
        return means, told[np.minimum(rows, len(told) - 1), 1]
    return _means_and_bounds(points)


def _means_and_bounds(errors: Sequence[_PointErrors]) -> tuple[Floats, Floats]:
    solved = [error for error in errors if np.isfinite(error.metres)]
    return np.array([e.metres for e in solved]), np.array([e.bound for e in solved])


def _honesty(means: Floats, bounds: Floats) -> dict[str, float]:
    if not len(means):
        return {"error_covers": np.nan, "error_ratio": np.nan}
    ratio = float(np.median(bounds) / max(np.median(means), 1e-9))
    return {"error_covers": _mean((means <= bounds).astype(np.float64)), "error_ratio": ratio}


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
