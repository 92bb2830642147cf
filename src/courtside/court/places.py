"""Everybody's path in metres, from settled cameras."""

from __future__ import annotations

import numpy as np

from courtside.court.certainty import spread_at
from courtside.court.model import Floats, Size, sound, to_floor
from courtside.court.paths import find_path
from courtside.court.settle import cameras_of
from courtside.sightings import FrameTable, Sightings

# Feet are found to this many pixels at 720 lines.
FOOT_NOISE = 4.0
# Rows whose feet are placed together.
AT_ONCE = 10_000


def settle_places(rows: Sightings, frames: FrameTable, size: Size, sprint: float) -> Sightings:
    """Return the rows with `court_x court_y airborne` as a person can have moved.

    Args:
        rows: with `foot_x foot_y` and `track`.
        frames: with settled cameras.
        size: height and width of the picture in pixels.
        sprint: fastest a person runs, metres a second.
    """
    if "foot_x" not in rows:
        return rows
    places, noise, eyes = _seen_places(rows, frames, size)
    airborne = np.full(len(rows), None, object)
    tracks = rows["track"] if "track" in rows else np.full(len(rows), -1)
    known = np.flatnonzero((tracks >= 0) & sound(places))
    known = known[np.argsort(tracks[known], kind="stable")]
    for own in np.split(known, np.flatnonzero(np.diff(tracks[known])) + 1):
        path = find_path(rows["time"][own], places[own], noise[own], eyes[own], sprint)
        places[own], airborne[own] = path.places, path.airborne
    return rows.with_columns(court_x=places[:, 0], court_y=places[:, 1], airborne=airborne)


def _seen_places(rows: Sightings, frames: FrameTable, size: Size) -> tuple[Floats, Floats, Floats]:
    """Return where each row's feet are seen (n, 2), how sure (n,), and from where (n, 3), metres.

    NaN where it is not known.
    """
    cameras, errors = cameras_of(frames), frames["court_error"]
    places, noise = np.full((len(rows), 2), np.nan), np.full(len(rows), np.nan)
    row_frames = np.searchsorted(frames["frame"], rows["frame"])
    for begin in range(0, len(rows), AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        own = cameras[row_frames[some]]
        feet = np.column_stack([rows["foot_x"][some], rows["foot_y"][some]]).astype(np.float64)
        places[some] = to_floor(own, feet[:, None], size)[:, 0]
        noise[some] = np.hypot(_foot_noise(own, places[some], size), errors[row_frames[some]])
    return places, noise, cameras[row_frames, :3]


def _foot_noise(cameras: Floats, places: Floats, size: Size) -> Floats:
    """Return by how many metres feet that are a few pixels off seem to be elsewhere, (n,)."""
    still = np.diag([0.0, 0, 0, 1, 1, 0, 0, 0])
    focal = size[0] * np.exp(cameras[:, 6, None, None])
    spread = spread_at(cameras, still / focal**2, places[:, None], size)[:, 0]
    pixels = FOOT_NOISE * size[0] / 720
    return np.asarray(pixels * np.sqrt(spread), np.float64)
