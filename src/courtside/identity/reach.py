"""What is in somebody's reach: a ball lies in hands or near them, and heads look like balls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.sightings import Sightings
from courtside.teams.look import PEOPLE
from courtside.teams.tracks import nth_of

# A person reaches so far beyond its box, in heights.
REACH = 0.15
# A head fills this half of its box's width, and its height from here to there.
HEAD_WIDTH, HEAD_HEIGHT = 0.25, (-0.02, 0.17)
# Things compared with the people of their frames at once, so that an hour takes little memory.
BLOCK = 20_000

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]


def in_reach(rows: Sightings, things: Places) -> tuple[Flags, Flags]:
    """Return which things are in somebody's reach, and which are only where somebody's head is.

    Args:
        rows: sightings.
        things: places of the m rows asked about.

    Returns:
        Two arrays (m,); nobody holds a ball with the head.
    """
    people = np.flatnonzero(np.isin(rows["kind"].astype(str), PEOPLE) & (rows["track"] >= 0))
    people = people[np.argsort(rows["frame"][people], kind="stable")]
    held, heads = np.zeros(len(things), np.bool_), np.zeros(len(things), np.bool_)
    for begin in range(0, len(things), BLOCK):
        block = slice(begin, begin + BLOCK)
        thing, person = _together(rows, things[block], people)
        near, head = _placed(rows.boxes[things[block][thing]], rows.boxes[person])
        np.logical_or.at(held[block], thing, near & ~head)
        np.logical_or.at(heads[block], thing, near & head)
    return held, heads & ~held


def _together(rows: Sightings, things: Places, people: Places) -> tuple[Places, Places]:
    """Return all pairs of a thing, by its place in `things`, and a person of its frame."""
    frames = rows["frame"][people]
    begin, end = (
        np.searchsorted(frames, rows["frame"][things], side) for side in ("left", "right")
    )
    count = end - begin
    own = np.repeat(begin, count) + nth_of(count)
    return np.repeat(np.arange(len(things)), count), people[own]


def _placed(things: NDArray[np.float32], people: NDArray[np.float32]) -> tuple[Flags, Flags]:
    """Return which things (k, 4) are near the people (k, 4) beside them, and which at heads."""
    middle, size = (things[:, :2] + things[:, 2:]) / 2, people[:, 2:] - people[:, :2]
    margin = REACH * size[:, 1:]
    near = (middle >= people[:, :2] - margin) & (middle <= people[:, 2:] + margin)
    x, y = ((middle - people[:, :2]) / np.maximum(size, 1)).T
    head = (np.abs(x - 0.5) < HEAD_WIDTH) & (y > HEAD_HEIGHT[0]) & (y < HEAD_HEIGHT[1])
    return np.asarray(near.all(axis=1)), np.asarray(head)
