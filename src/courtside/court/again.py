"""The court from saved points alone: which league's it is, and cameras found anew for it.

While looking, a league is chosen early and from single frames, whose eight numbers bend towards
almost any court. Here the frames of a stretch share one place: a wrong court cannot explain them
all from there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.court.evidence import Evidence
from courtside.court.follow import Followed, follow
from courtside.court.league import Reading, chosen
from courtside.court.marks import NOISE
from courtside.court.model import Floats, Size, sound
from courtside.court.segment import loss_held
from courtside.court.shapes import HALF_TURN, landmarks
from courtside.court.solve import INLIER

Rows = NDArray[np.intp]

# Frames that tell the league, at most so many seconds apart: first a few, for courts that are far
# off (that leave so much more loss than the best), then more.
ROUNDS, APART = (8, 24), 0.5
FAR_SHARE, FAR_LEAST = 1.5, 40.0


def evidence_of_points(
    points: Floats, motions: Floats, times: Floats, reading: Reading, size: Size
) -> Evidence:
    """Return what frames show of a court.

    Args:
        points: (n, landmarks, 3) x, y, score as the net names them; NaN where not found.
        motions: (n, 3, 3) from the frame before, NaN where unknown.
        times: (n,) seconds.
        reading: which court it is, and how the names are read.
        size: height and width of the picture in pixels.
    """
    if reading.turn:
        points = points[:, list(HALF_TURN)]
    return Evidence(
        points=landmarks(reading.court),
        pixels=points[..., :2],
        noise=np.full(points.shape[:2], NOISE * size[0] / 720),
        score=np.nan_to_num(points[..., 2]),
        motions=motions,
        times=times,
        size=size,
    )


def followed_again(
    points: Floats, motions: Floats, times: Floats, reading: Reading, size: Size
) -> Floats:
    """Return the cameras (n, 8) that looking would have found for a court; NaN: none.

    Args are those of `evidence_of_points`.
    """
    state, cameras = Followed(), np.full((len(points), 8), np.nan)
    seconds = np.maximum(np.diff(times, prepend=times[:1] - 0.1), 1e-3)
    for i, motion in enumerate(motions):
        index = np.flatnonzero(np.isfinite(points[i, :, 0]))
        marks = reading.marks(np.column_stack([index, points[i, index]]), size)
        told = motion if sound(motion).all() and i else None
        state, found = follow(state, marks, told, float(seconds[i]), reading.court, size)
        if found.camera is not None:
            cameras[i] = found.camera
    return cameras


def choose_reading(
    points: Floats,
    motions: Floats,
    times: Floats,
    segments: NDArray[np.integer],
    readings: tuple[Reading, ...],
    size: Size,
) -> Reading:
    """Return the reading that explains the stretch with most points best, seen from one place.

    Args:
        points: (n, landmarks, 3) x, y, score.
        motions: (n, 3, 3) from the frame before.
        times: (n,) seconds.
        segments: (n,) stretch between two cuts of each frame.
        readings: to choose from.
        size: height and width of the picture in pixels.
    """
    left = np.arange(len(readings))
    for most in ROUNDS:
        rows = _busiest(points, times, segments, most)
        if len(left) == 1 or not len(rows):
            break
        jumps = _jumps(motions, rows)
        losses = _losses(points[rows], jumps, times[rows], readings, left, size)
        left = _likely(losses, len(rows))
    return readings[int(left[0])]


def _losses(
    points: Floats,
    motions: Floats,
    times: Floats,
    readings: tuple[Reading, ...],
    left: Rows,
    size: Size,
) -> Floats:
    """Return the loss (r,) that each reading leaves; infinite for those left out.

    Args:
        points: (n, landmarks, 3) x, y, score, of frames of one segment.
        motions: (n, 3, 3) from the frame before.
        times: (n,) seconds.
        readings: to choose from.
        left: indices of those that are not left out yet.
        size: height and width of the picture in pixels.
    """
    losses = np.full(len(readings), np.inf)
    for i in left:
        losses[i] = _loss(points, motions, times, readings[i], size)
    return losses


def _likely(losses: Floats, count: int) -> Rows:
    """Return which readings may be right after `count` frames, the likeliest first."""
    best = chosen(losses, count)
    near = losses <= FAR_SHARE * losses[best] + FAR_LEAST
    near[best] = False
    return np.append(best, np.flatnonzero(near))


def _busiest(points: Floats, times: Floats, segments: NDArray[np.integer], most: int) -> Rows:
    """Return rows, evenly over the stretch of one segment with most points."""
    count = np.isfinite(points[..., 0]).sum(axis=1)
    if not count.any():
        return np.zeros(0, np.intp)
    begins = np.flatnonzero(np.diff(segments, prepend=segments[:1] - 1))
    ends = np.append(begins[1:], len(segments))
    sums = np.append(0, np.cumsum(count))
    # The longest stretch that may be chosen from each frame on, within its segment.
    reach = np.searchsorted(times, times + most * APART)
    reach = np.minimum(reach, np.repeat(ends, ends - begins))
    begin = int(np.argmax(sums[reach] - sums[:-1]))
    length = reach[begin] - begin
    return np.arange(begin, reach[begin], max(1, -(-length // most)))


def _jumps(motions: Floats, rows: Rows) -> Floats:
    """Return motions (r, 3, 3) between chosen rows: those between frames, one after the other."""
    jumps = np.full((len(rows), 3, 3), np.nan)
    for i in range(1, len(rows)):
        jumps[i] = np.eye(3)
        for motion in motions[rows[i - 1] + 1 : rows[i] + 1]:
            jumps[i] = motion @ jumps[i]
    return jumps


def _loss(points: Floats, motions: Floats, times: Floats, reading: Reading, size: Size) -> float:
    evidence = evidence_of_points(points, motions, times, reading, size)
    # Points that this court does not have were found for nothing.
    missing = float(evidence.score[:, ~np.isfinite(evidence.points[:, 0])].sum())
    starts = followed_again(points, motions, times, reading, size)
    if not sound(starts).any():
        return INLIER**2 * float(evidence.score.sum())
    return INLIER**2 * missing + loss_held(evidence, starts)
