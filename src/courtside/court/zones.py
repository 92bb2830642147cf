"""Zones of a court, and which of them a point is in, by the rules' reading of the lines.

A line belongs to one side: on the three-point line is two points (a shot counts three only from
beyond it), the lane lines are the lane, the side and end lines are out, the restricted arc's line
is inside it (FIBA Art. 4, 25.1 and 33.10; NBA Rule 1, Rule 4 and Rule 12B).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtside.court.shapes import Court

Zone = Literal[
    "out", "paint", "mid_range", "left_corner_three", "right_corner_three", "above_break"
]
Points = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Metres within which a point counts as on a line, so that rounding decides nothing.
ON_LINE = 1e-6


def in_bounds(court: Court, points: ArrayLike) -> Flags:
    """Return which points (n, 2), metres, are in: the lines round the court are out."""
    away = np.abs(_points(points))
    limits = np.array([court.length / 2, court.width / 2]) - ON_LINE
    return np.asarray((away < limits).all(axis=1), np.bool_)


def end_of(court: Court, points: ArrayLike) -> NDArray[np.int_]:
    """Return which end each point lies in: -1 left, 1 right; on one-basket courts always -1."""
    x = _points(points)[:, 0]
    return np.where((x < 0) | (court.baskets == 1), -1, 1)


def in_paint(court: Court, points: ArrayLike) -> Flags:
    """Return which points are in a lane; its lines belong to it."""
    along, across = _from_end(court, points)
    inside = (along > 0) & (along <= court.lane_length + ON_LINE)
    inside &= np.abs(across) <= court.lane_width / 2 + ON_LINE
    return np.asarray(inside, np.bool_)


def in_restricted(court: Court, points: ArrayLike) -> Flags:
    """Return which points are in a no-charge semicircle; its line belongs to it.

    It reaches back to the face of the backboard.
    """
    along, across = _from_end(court, points)
    near = np.hypot(along - court.rim, across) <= court.restricted + ON_LINE
    beside = (
        (along >= court.board)
        & (along < court.rim)
        & (np.abs(across) <= court.restricted + ON_LINE)
    )
    return np.asarray(near & (along >= court.rim) | beside, np.bool_) & (court.restricted > 0)


def is_three(court: Court, points: ArrayLike) -> Flags:
    """Return which points a made shot counts three from; from the line it counts two."""
    along, across = _from_end(court, points)
    corner = (along <= court.bend) & (np.abs(across) > court.corner + ON_LINE)
    above = (along > court.bend) & (rim_distance(court, points) > court.arc + ON_LINE)
    inside = in_bounds(court, points)
    return np.asarray((corner | above) & inside & (court.arc > 0), np.bool_)


def rim_distance(court: Court, points: ArrayLike) -> Points:
    """Return the distance on the floor, metres, to the rim of the end each point lies in."""
    along, across = _from_end(court, points)
    return np.asarray(np.hypot(along - court.rim, across), np.float64)


def zones(court: Court, points: ArrayLike) -> list[Zone]:
    """Return the zone of each point (n, 2) in metres.

    Left and right corners are those of a player who faces the basket.
    """
    three, paint, inside = (
        is_three(court, points),
        in_paint(court, points),
        in_bounds(court, points),
    )
    along, across = _from_end(court, points)
    corner = three & (along <= court.bend)
    # Facing the left end (-x) the left hand is towards negative y.
    left = across * -end_of(court, points) < 0
    names: list[Zone] = ["out"] * len(paint)
    for i in np.flatnonzero(inside):
        names[i] = _zone(bool(three[i]), bool(corner[i]), bool(left[i]), bool(paint[i]))
    return names


def _zone(three: bool, corner: bool, left: bool, paint: bool) -> Zone:
    if corner:
        return "left_corner_three" if left else "right_corner_three"
    if three:
        return "above_break"
    return "paint" if paint else "mid_range"


def _points(points: ArrayLike) -> Points:
    return np.asarray(points, np.float64).reshape(-1, 2)


def _from_end(court: Court, points: ArrayLike) -> tuple[Points, Points]:
    """Return metres from the nearer end line and from the court's long axis."""
    x, y = _points(points).T
    along = np.where(end_of(court, points) < 0, court.length / 2 + x, court.length / 2 - x)
    return along, y
