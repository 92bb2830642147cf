"""The court settled: which league's it is, and every frame's camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from courtside.court.again import choose_reading, evidence_of_points, followed_again
from courtside.court.certainty import court_errors
from courtside.court.evidence import Evidence
from courtside.court.floor_map import AGREES, AGREES_CARRIED, COLUMNS, ROWS, agreement
from courtside.court.follow import MOST_ERROR
from courtside.court.league import READINGS, Reading
from courtside.court.line_votes import told_by_lines
from courtside.court.model import Floats, Size, half_turned, project, sound
from courtside.court.segment import AROUND, Solved, loss_held, solve_segment
from courtside.court.shapes import HALF_TURN, LANDMARKS, Court
from courtside.court.shown import SetPoint, shown_starts, with_shown
from courtside.sightings import FrameTable

# Points this near, in pixels at 720 lines, to where painted lines tell that they are, lie there.
LINE_REACH = 20.0
# A frame whose surer marks (of at least so many) mostly lie elsewhere is not known.
SURE_SCORE, CONTRADICTED, LEAST_SHARE = 0.3, 6, 0.3
# The camera of a frame with fewer explained points was carried there by motion, whose errors are
# more alike than is counted; so are those of points that are found beside their places in every
# frame. A frame leans on both the more, the fewer points up to so many it has.
FEW_POINTS, MANY_POINTS = 4, 14


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
    points, motions = _points(frames), _motions(frames)
    told = told_by_lines(_line_votes(frames, len(readings)))
    if told is None:
        times, segments = frames["time"], frames["segment"]
        reading = choose_reading(points, motions, times, segments, readings, size)
    else:
        reading = readings[told]
    errors = np.full(len(frames), np.nan)
    settled = np.full((len(frames), 8), np.nan)
    for segment in np.unique(frames["segment"]):
        rows = np.flatnonzero(frames["segment"] == segment)
        own = [point for point in shown if point.frame in frames["frame"][rows]]
        part = frames.select(rows)
        found = _settle_segment(part, points[rows], reading, size, own)
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


def _motions(frames: FrameTable) -> Floats:
    return frames["motion"].astype(np.float64).reshape(-1, 3, 3)


def cameras_of(frames: FrameTable) -> Floats:
    cameras = np.full((len(frames), 8), np.nan)
    if "camera" in frames and frames["camera"].shape[1] == 8:
        cameras[:] = frames["camera"]
    return cameras


def _settle_segment(
    frames: FrameTable,
    points: Floats,
    reading: Reading,
    size: Size,
    shown: Sequence[SetPoint],
) -> tuple[Floats, Floats] | None:
    """Return cameras (n, 8) and errors (n,) of one segment, NaN where not known."""
    evidence = evidence_of_points(points, _motions(frames), frames["time"], reading, size)
    if shown:
        evidence = with_shown(evidence, frames, shown)
        starts = shown_starts(evidence, reading, shown, frames)
    elif _taken_for(frames, reading):
        starts = _as_named(evidence, cameras_of(frames))
    else:
        starts = followed_again(points, _motions(frames), frames["time"], reading, size)
        starts = _likelier(evidence, starts, _line_cameras(frames, reading))
    if not sound(starts).any():
        return None
    evidence = _on_lines(evidence, _line_cameras(frames, reading))
    evidence, starts = _one_way_round(evidence, starts)
    solved = solve_segment(evidence, starts)
    errors = court_errors(solved.cameras, solved.covariances, reading.court, size)
    explained = solved.inlier.sum(axis=1)
    carried = explained < FEW_POINTS
    errors = errors * np.sqrt(MANY_POINTS / np.clip(explained, FEW_POINTS, MANY_POINTS))
    # A person who set points wants to see what they make, also where they are few.
    most = MOST_ERROR if not shown else 2 * MOST_ERROR
    known = (errors < most) & ~_contradicted(evidence, solved)
    if not shown:
        known &= ~_beside_floor(frames, solved, carried, reading.court, size)
    return np.where(known[:, None], solved.cameras, np.nan), np.where(known, errors, np.nan)


def _line_votes(frames: FrameTable, count: int) -> Floats:
    """Return the votes (k, r) that looking took on these readings."""
    if "line_votes" not in frames or frames["line_votes"].shape[1] != count:
        return np.zeros((0, count))
    votes = frames["line_votes"].astype(np.float64)
    return votes[np.isfinite(votes).any(axis=1)]


def _taken_for(frames: FrameTable, reading: Reading) -> bool:
    """Tell whether all frames were taken for this court while looking; old runs were."""
    return "court_tried" not in frames or bool((frames["court_tried"] == reading.name).all())


def _line_cameras(frames: FrameTable, reading: Reading) -> Floats:
    """Return cameras (n, 8) that this court's painted lines corrected; NaN elsewhere."""
    cameras = np.full((len(frames), 8), np.nan)
    if "line_camera" in frames and frames["line_camera"].shape[1] == 8:
        own = frames["court_tried"] == reading.name
        cameras[own] = frames["line_camera"][own]
    return cameras


def _likelier(evidence: Evidence, starts: Floats, lined: Floats) -> Floats:
    """Return the starts that explain the points better, from one place: those, or what lines tell.

    A few points lead to wrong places that lines have left behind long ago.
    """
    told = [cameras for cameras in (starts, lined) if sound(cameras).any()]
    if len(told) < 2:
        return told[0] if told else starts
    return min(told, key=lambda cameras: loss_held(evidence, cameras))


def _on_lines(evidence: Evidence, cameras: Floats) -> Evidence:
    """Return the evidence with points where the painted lines tell that they are.

    Lines say that more exactly than the net's map.
    """
    pixels = project(cameras, evidence.points, evidence.size)
    off = np.linalg.norm(pixels - evidence.pixels, axis=-1)
    near = off < LINE_REACH * evidence.size[0] / 720
    return replace(evidence, pixels=np.where(near[..., None], pixels, evidence.pixels))


def _as_named(evidence: Evidence, starts: Floats) -> Floats:
    """Return starts with cameras turned back that settling turned against the net's names."""
    both = np.stack([starts, half_turned(starts)])
    pixels = project(both, evidence.points, evidence.size)
    off = np.linalg.norm(pixels - evidence.pixels, axis=-1)
    straight, turned = (off < LINE_REACH * evidence.size[0] / 720).sum(axis=-1)
    turn = (turned > straight)[:, None]
    return np.asarray(np.where(turn, both[1], both[0]), np.float64)


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


def _beside_floor(
    frames: FrameTable, solved: Solved, carried: NDArray[np.bool_], court: Court, size: Size
) -> NDArray[np.bool_]:
    """Tell in which frames cameras see the floor where the net does not.

    It is judged over about a second; a camera that was carried by motion must agree better.
    """
    if "court_floor" not in frames or frames["court_floor"].shape[1] != ROWS * COLUMNS:
        return np.zeros(len(frames), np.bool_)
    floors = frames["court_floor"].astype(np.float64)
    # What cannot be told does not contradict.
    agreed = np.nan_to_num(agreement(solved.cameras, floors, court, size), nan=1.0)
    smooth = median_filter(agreed, AROUND, mode="nearest")
    return np.asarray((smooth < AGREES) | (carried & (agreed < AGREES_CARRIED)), np.bool_)
