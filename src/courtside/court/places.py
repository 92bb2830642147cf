"""Everybody's path in metres, from settled cameras."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from courtside.court.feet import standing
from courtside.court.heads import with_heads
from courtside.court.model import Floats, Size, inverse, project_with_slopes, sound
from courtside.court.paths import find_path
from courtside.court.settle import cameras_of
from courtside.court.smooth import Seen
from courtside.court.stature import heights, stature
from courtside.sightings import FrameTable, Sightings

# Feet are found to this share of the body's height in the picture, but to no less than a pixel.
FOOT_NOISE, LEAST_NOISE = 0.025, 1.0
# Where they are hidden they are below the middle of the box's end, which is found to these shares
# of the height across and upwards.
HIDDEN_NOISE = (0.08, 0.05)
# The net takes referees for players now and then, but hardly anybody for a referee: who is one in
# this share of a track's rows is one.
REFEREE = 0.3
# Who is visible to less than this share may be taller than was seen.
WHOLE = 0.8
# Rows whose feet are placed together.
AT_ONCE = 10_000


def settle_places(rows: Sightings, frames: FrameTable, size: Size, sprint: float) -> Sightings:
    """Return the rows with `court_x court_y airborne` as a person can have moved, and `height`.

    The height, in metres, is told of who is seen whole.

    Args:
        rows: with `foot_x foot_y` and `track`.
        frames: with settled cameras.
        size: height and width of the picture in pixels.
        sprint: fastest a person runs, metres a second.
    """
    if "foot_x" not in rows:
        return rows
    cameras, errors = cameras_of(frames), frames["court_error"].astype(np.float64)
    of_frame = np.searchsorted(frames["frame"], rows["frame"])
    places, tall = _seen_places(rows, cameras, of_frame, size)
    hidden, boxes = _hidden(rows), rows.boxes.astype(np.float64)
    whole = _whole(rows) & ~hidden
    airborne = np.full(len(rows), None, object)
    for own in _tracks(rows, places):
        eyes, bounds = cameras[of_frame[own]], errors[of_frame[own]]
        person = stature(tall[own], whole[own], _upright(rows, own))
        noise = _foot_noise(boxes[own], hidden[own], person.doubt)
        sureness = _sureness(eyes, places[own], noise, bounds, size)
        feet = Seen(rows["time"][own], places[own], sureness)
        path = find_path(with_heads(feet, person, eyes, boxes[own], size), eyes[:, :3], sprint)
        places[own], airborne[own] = path.places, path.airborne
    rows = rows.with_columns(court_x=places[:, 0], court_y=places[:, 1], airborne=airborne)
    return rows.with_columns(height=np.where(whole, tall, np.nan))


def _tracks(rows: Sightings, places: Floats) -> Iterator[NDArray[np.intp]]:
    """Yield the rows of each track whose place is known."""
    if "track" not in rows:
        return
    tracks = rows["track"]
    known = np.flatnonzero((tracks >= 0) & sound(places))
    known = known[np.argsort(tracks[known], kind="stable")]
    if len(known):
        yield from np.split(known, np.flatnonzero(np.diff(tracks[known])) + 1)


def _seen_places(
    rows: Sightings, cameras: Floats, of_frame: NDArray[np.intp], size: Size
) -> tuple[Floats, Floats]:
    """Return where each row's person stands (n, 2) and how tall (n,), metres.

    NaN where it is not known.
    """
    places, tall = np.full((len(rows), 2), np.nan), np.full(len(rows), np.nan)
    boxes = rows.boxes.astype(np.float64)
    for begin in range(0, len(rows), AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        own = cameras[of_frame[some]]
        feet = np.column_stack([rows["foot_x"][some], rows["foot_y"][some]]).astype(np.float64)
        places[some] = standing(own, feet[:, None], size)[:, 0]
        tall[some] = heights(own, places[some], boxes[some], feet[:, 1], size)
    return places, tall


def _hidden(rows: Sightings) -> NDArray[np.bool_]:
    """Tell whose feet are hidden: they are below the middle of the box's end, see `feet.py`."""
    middle = (rows["x1"] + rows["x2"]) / 2
    off = np.abs(rows["foot_y"] - rows["y2"]) + np.abs(rows["foot_x"] - middle)
    return np.asarray(off < 0.1, np.bool_)


def _whole(rows: Sightings) -> NDArray[np.bool_]:
    """Tell which rows show nearly all of a person's height."""
    if "visibility" not in rows:
        return np.ones(len(rows), np.bool_)
    return np.asarray(rows["visibility"] > WHOLE, np.bool_)


def _upright(rows: Sightings, own: NDArray[np.intp]) -> bool:
    return bool(np.mean(rows["kind"][own] == "referee") > REFEREE)


def _foot_noise(boxes: Floats, hidden: NDArray[np.bool_], doubt: Floats) -> Floats:
    """Return how sure the feet's place in the picture is across and upwards, (n, 2) pixels."""
    height = boxes[:, 3] - boxes[:, 1]
    usual = np.hypot(LEAST_NOISE, FOOT_NOISE * height)
    across, upwards = (hidden * height * share for share in HIDDEN_NOISE)
    upwards = np.hypot(upwards, doubt * height)
    return np.hypot(usual[:, None], np.column_stack([across, upwards]))


def _sureness(cameras: Floats, places: Floats, noise: Floats, bounds: Floats, size: Size) -> Floats:
    """Return the inverse covariance (n, 2, 2) of places on the floor.

    Args:
        cameras: (n, 8).
        places: (n, 2) metres.
        noise: (n, 2) of the feet in the picture, pixels.
        bounds: (n,) of the cameras' own error, metres.
        size: height and width of the picture in pixels.
    """
    lifted = np.column_stack([places, np.zeros(len(places))])[:, None]
    slopes = inverse(project_with_slopes(cameras, lifted, size)[1][:, 0, :, :2])
    spread = slopes * noise[:, None, :] ** 2 @ np.swapaxes(slopes, 1, 2)
    return inverse(spread + (bounds**2 / 2)[:, None, None] * np.eye(2))
