"""The painted lines of a court as paths, for drawing it and for finding it in a picture."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from courtside.court.shapes import Court

Path = NDArray[np.float64]

# Step between points on an arc, metres: a chord of 0.25 m leaves a 6.75 m arc by 1 mm.
ARC_STEP = 0.25
HASH = 0.9144  # length of a throw-in mark: 3 feet on NBA and NCAA courts


@lru_cache(maxsize=32)
def court_lines(court: Court) -> tuple[Path, ...]:
    """Return the lines as paths (n, 2) of x y in metres: outline first, then middle and ends."""
    half_l, half_w = court.length / 2, court.width / 2
    outline = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * [half_l, half_w]
    left = _end_lines(court)
    if court.baskets == 1:
        return (outline, *left)
    middle = np.array([[0, -half_w], [0, half_w]])
    right = [path * [-1, 1] for path in left]
    return (outline, middle, _arc((0, 0), court.circle, 0, 2 * np.pi), *left, *right)


def _end_lines(court: Court) -> list[Path]:
    base, half_w = -court.length / 2, court.width / 2
    lane, line = court.lane_width / 2, base + court.lane_length
    paths = [
        np.array([[base, -lane], [line, -lane], [line, lane], [base, lane]]),
        _arc((line, 0), court.circle, -np.pi / 2, np.pi / 2),
    ]
    rim = base + court.rim
    if court.arc:
        bend = np.arcsin(court.corner / court.arc)
        arc = _arc((rim, 0), court.arc, -bend, bend)
        ends = np.array([[base, -court.corner], [base, court.corner]])
        paths.append(np.concatenate([ends[:1], arc, ends[1:]]))
    if court.restricted:
        paths.append(_arc((rim, 0), court.restricted, -np.pi / 2, np.pi / 2))
    if court.hash_line:
        mark = base + court.hash_line
        paths += [np.array([[mark, s * half_w], [mark, s * (half_w - HASH)]]) for s in (-1, 1)]
    return paths


def _arc(centre: tuple[float, float], radius: float, start: float, end: float) -> Path:
    count = max(3, int(np.ceil(abs(end - start) * radius / ARC_STEP)) + 1)
    angle = np.linspace(start, end, count)
    return np.column_stack([np.cos(angle), np.sin(angle)]) * radius + centre


@lru_cache(maxsize=64)
def line_points(court: Court, step: float) -> tuple[Path, Path]:
    """Return points on the lines (n, 2), about `step` metres apart, and their directions (n, 2)."""
    points, directions = [], []
    for path in court_lines(court):
        moves = np.diff(path, axis=0)
        lengths = np.linalg.norm(moves, axis=1)
        counts = np.maximum(1, np.rint(lengths / step)).astype(np.intp)
        own = np.repeat(np.arange(len(moves)), counts)
        share = (np.arange(len(own)) - (np.cumsum(counts) - counts)[own] + 0.5) / counts[own]
        points.append(path[own] + share[:, None] * moves[own])
        directions.append(moves[own] / lengths[own, None])
    return np.concatenate(points), np.concatenate(directions)


def cut_short(path: Path, step: float) -> Path:
    """Return a path with points at most `step` metres apart, so that a lens may bend it."""
    parts = [path[:1]]
    for begin, end in pairwise(path):
        count = max(1, int(np.ceil(np.linalg.norm(end - begin) / step)))
        parts.append(begin + (np.arange(1, count + 1) / count)[:, None] * (end - begin))
    return np.concatenate(parts)
