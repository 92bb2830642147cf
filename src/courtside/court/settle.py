"""The court settled: which league's it is, every frame's camera, everybody's path in metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from courtside.court.certainty import court_errors, spread_at
from courtside.court.follow import MOST_ERROR
from courtside.court.league import READINGS, Reading, chosen, votes
from courtside.court.marks import NOISE, SET_NOISE, Marks
from courtside.court.model import Floats, Size, half_turned, sound, to_floor
from courtside.court.paths import find_path
from courtside.court.segment import Evidence, Solved, solve_segment
from courtside.court.shapes import HALF_TURN, LANDMARKS, landmarks
from courtside.court.start import first_fit
from courtside.errors import InputError
from courtside.sightings import FrameTable, Sightings

# Frames that vote on the league.
VOTERS = 24
# A frame whose surer marks (of at least so many) mostly lie elsewhere is not known.
SURE_SCORE, CONTRADICTED, LEAST_SHARE = 0.3, 6, 0.3
# A point set by a person weighs as much as so many of the net's.
SET_WEIGHT = 20.0
# Feet are found to this many pixels at 720 lines.
FOOT_NOISE = 4.0
# Rows whose feet are placed together.
AT_ONCE = 10_000


@dataclass(frozen=True)
class SetPoint:
    """A point of the court that a person showed in the picture.

    Attributes:
        frame: index of the decoded frame.
        pixel: x y in the upright picture.
        place: x y z on the court, metres.
    """

    frame: int
    pixel: tuple[float, float]
    place: tuple[float, float, float]


def settle_cameras(
    frames: FrameTable,
    size: Size,
    readings: tuple[Reading, ...] = READINGS,
    shown: Sequence[SetPoint] = (),
) -> tuple[FrameTable, Reading | None]:
    """Return the frames with `camera` and `court_error` settled, and the court they are of.

    Args:
        frames: with `court_points`, and `camera` as looking found it.
        size: height and width of the picture in pixels.
        readings: courts to choose from.
        shown: points that a person set.

    Returns:
        The frames, and the reading; null where no camera is known in any frame.

    Raises:
        InputError: when points were set that no camera fits.
    """
    if "court_points" not in frames and not shown:
        return frames, None
    points, cameras = _points(frames), _cameras(frames)
    reading = choose_reading(points, cameras, readings, size)
    errors = np.full(len(frames), np.nan)
    settled = np.full((len(frames), 8), np.nan)
    for segment in np.unique(frames["segment"]):
        rows = np.flatnonzero(frames["segment"] == segment)
        own = [point for point in shown if point.frame in frames["frame"][rows]]
        part = frames.select(rows)
        found = _settle_segment(part, points[rows], cameras[rows], reading, size, own)
        if found is not None:
            settled[rows], errors[rows] = found
    known = bool(np.isfinite(errors).any())
    frames = frames.with_columns(camera=settled, court_error=errors)
    return frames, reading if known else None


def _points(frames: FrameTable) -> Floats:
    """Return the net's points (n, landmarks, 3): x, y, score; NaN where not found."""
    whole = np.full((len(frames), len(LANDMARKS) * 3), np.nan)
    if "court_points" in frames and frames["court_points"].shape[1] == whole.shape[1]:
        whole[:] = frames["court_points"]
    return whole.reshape(len(frames), -1, 3)


def _cameras(frames: FrameTable) -> Floats:
    cameras = np.full((len(frames), 8), np.nan)
    if "camera" in frames and frames["camera"].shape[1] == 8:
        cameras[:] = frames["camera"]
    return cameras


def choose_reading(
    points: Floats, cameras: Floats, readings: tuple[Reading, ...], size: Size
) -> Reading:
    """Return the reading that fits the frames with most points best.

    Args:
        points: (n, landmarks, 3) x, y, score.
        cameras: (n, 8), NaN where not known.
        readings: to choose from.
        size: height and width of the picture in pixels.
    """
    count = np.isfinite(points[..., 0]).sum(axis=1) * sound(cameras)
    voters = np.argsort(-count, kind="stable")[:VOTERS]
    voters = voters[count[voters] > 0]
    if len(readings) == 1 or not len(voters):
        return readings[0]
    seen = [np.flatnonzero(np.isfinite(points[i, :, 0])) for i in voters]
    found = [np.column_stack([own, points[i, own]]) for i, own in zip(voters, seen, strict=True)]
    losses = votes(cameras[voters], readings[0], readings, found, size).sum(axis=0)
    return readings[chosen(losses, len(voters))]


def _settle_segment(
    frames: FrameTable,
    points: Floats,
    cameras: Floats,
    reading: Reading,
    size: Size,
    shown: Sequence[SetPoint],
) -> tuple[Floats, Floats] | None:
    """Return cameras (n, 8) and errors (n,) of one segment, NaN where not known."""
    if reading.turn:
        points = points[:, list(HALF_TURN)]
    evidence = _with_shown(_evidence(frames, points, reading, size), frames, shown)
    starts = _started(evidence, cameras, reading, shown, frames)
    if not sound(starts).any():
        return None
    evidence, starts = _one_way_round(evidence, starts)
    solved = solve_segment(evidence, starts)
    errors = court_errors(solved.cameras, solved.covariances, reading.court, size)
    # A person who set points wants to see what they make, also where they are few.
    most = MOST_ERROR if not shown else 2 * MOST_ERROR
    known = (errors < most) & ~_contradicted(evidence, solved)
    return np.where(known[:, None], solved.cameras, np.nan), np.where(known, errors, np.nan)


def _evidence(frames: FrameTable, points: Floats, reading: Reading, size: Size) -> Evidence:
    noise = np.full(points.shape[:2], NOISE * size[0] / 720)
    motions = frames["motion"].astype(np.float64).reshape(-1, 3, 3)
    return Evidence(
        points=landmarks(reading.court),
        pixels=points[..., :2],
        noise=noise,
        score=np.nan_to_num(points[..., 2]),
        motions=motions,
        times=frames["time"],
        size=size,
    )


def _with_shown(evidence: Evidence, frames: FrameTable, shown: Sequence[SetPoint]) -> Evidence:
    """Return the evidence with a landmark of its own for each point a person set."""
    if not shown:
        return evidence
    count = len(frames), len(shown)
    pixels, score = np.full((*count, 2), np.nan), np.zeros(count)
    for column, point in enumerate(shown):
        row = int(np.flatnonzero(frames["frame"] == point.frame)[0])
        pixels[row, column], score[row, column] = point.pixel, SET_WEIGHT
    noise = np.full(count, SET_NOISE * evidence.size[0] / 720)
    return replace(
        evidence,
        points=np.concatenate([evidence.points, [point.place for point in shown]]),
        pixels=np.concatenate([evidence.pixels, pixels], axis=1),
        noise=np.concatenate([evidence.noise, noise], axis=1),
        score=np.concatenate([evidence.score, score], axis=1),
    )


def _started(
    evidence: Evidence,
    cameras: Floats,
    reading: Reading,
    shown: Sequence[SetPoint],
    frames: FrameTable,
) -> Floats:
    """Return cameras (n, 8) to begin from; where a person set points, those count alone."""
    if not shown:
        return cameras
    starts = np.full_like(cameras, np.nan)
    for frame in sorted({point.frame for point in shown}):
        own = [point for point in shown if point.frame == frame]
        if len(own) < 4:
            continue
        fit = first_fit(_marks_of(own, evidence.size), evidence.size, 0)
        if fit is not None and fit.inlier.sum() >= len(own) - 1:
            starts[frames["frame"] == frame] = fit.camera
    if not sound(starts).any():
        raise InputError(
            f"no camera sees the {reading.court.name} court with its points where they were set: "
            "set at least 4 of one frame, not all on one line, and check which is which"
        )
    return starts


def _marks_of(shown: Sequence[SetPoint], size: Size) -> Marks:
    count = len(shown)
    return Marks(
        np.arange(count),
        np.array([point.place for point in shown]),
        np.array([point.pixel for point in shown]),
        np.full(count, SET_NOISE * size[0] / 720),
        np.ones(count),
    )


def _one_way_round(evidence: Evidence, starts: Floats) -> tuple[Evidence, Floats]:
    """Return evidence and starts with frames turned by 180 degrees that were named the other way.

    A net names the court by where the camera stands; near the border of that rule neighbouring
    frames may differ.
    """
    known = sound(starts)
    middle = np.median(starts[known][:, :2], axis=0)
    there = np.linalg.norm(starts[:, :2] - middle, axis=1)
    turn = known & (np.linalg.norm(-starts[:, :2] - middle, axis=1) < there)
    if not turn.any():
        return evidence, starts
    order = np.arange(evidence.pixels.shape[1])
    order[: len(LANDMARKS)] = HALF_TURN
    pixels, score = evidence.pixels.copy(), evidence.score.copy()
    pixels[turn], score[turn] = pixels[turn][:, order], score[turn][:, order]
    starts = np.where(turn[:, None], half_turned(starts), starts)
    return replace(evidence, pixels=pixels, score=score), starts


def _contradicted(evidence: Evidence, solved: Solved) -> NDArray[np.bool_]:
    sure = np.isfinite(evidence.pixels[..., 0]) & (evidence.score >= SURE_SCORE)
    sure &= np.isfinite(evidence.points[:, 0])
    right = (solved.inlier & sure).sum(axis=1)
    count = sure.sum(axis=1)
    return np.asarray((count >= CONTRADICTED) & (right < LEAST_SHARE * count), np.bool_)


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
    cameras, errors = _cameras(frames), frames["court_error"]
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
