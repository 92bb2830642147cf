"""People hidden behind others for a while: whose box it is that is left, one frame cannot tell.

Two who stand in one another's way are often found as one box, and the track of either may take it.
Where somebody is out of sight only for a moment, the place in between is known well enough to tell
which boxes may be his.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.geometry import Boxes, areas
from courtside.sightings import Sightings
from courtside.teams.look import PEOPLE
from courtside.teams.tracks import nth_of

Floats = NDArray[np.float64]
# Seconds out of sight over which a straight line tells where somebody is.
MOST_HIDDEN = 3.0
# A box with this IoU with the place of somebody hidden is his as often as not, and less so by the
# square: of the numbers drawn on such boxes of the simulated benchmark 14 % were wrong at an IoU of
# 0.3 to 0.5, 18 % to 0.6, 38 % to 0.7, 55 % above; 2 % where nobody was hidden.
HALF_HIS = 0.8


@dataclass(frozen=True)
class Hidden:
    """Places of people out of sight, in the order of frames.

    Attributes:
        frames: of each (m,).
        boxes: where they are taken to be (m, 4), pixels.
        tracks: of whom (m,).
    """

    frames: NDArray[np.int64]
    boxes: Boxes
    tracks: NDArray[np.int64]


@dataclass(frozen=True)
class Behind:
    """Of each row who of the others is hidden nearest: IoU (n,), 0 for nobody, and track (n,)."""

    overlap: Floats
    tracks: NDArray[np.int64]


def hidden_people(rows: Sightings) -> Hidden:
    """Return where followed people are in the frames in which their tracks have a gap."""
    if "track" not in rows:
        return Hidden(np.zeros(0, np.int64), _boxes(np.zeros(0)), np.zeros(0, np.int64))
    frames, first = np.unique(rows["frame"], return_index=True)
    times, boxes = rows["time"][first], rows.boxes
    early, late = _gaps(rows)
    here, there = (np.searchsorted(frames, rows["frame"][ends]) for ends in (early, late))
    count = np.maximum(there - here - 1, 0)
    gap = np.repeat(np.arange(len(early)), count)
    step = nth_of(count)
    between = here[gap] + 1 + step
    one, two = early[gap], late[gap]
    span = np.maximum(rows["time"][two] - rows["time"][one], 1e-9)
    share = ((times[between] - rows["time"][one]) / span)[:, None]
    line = boxes[one] * (1 - share) + boxes[two] * share
    order = np.argsort(between, kind="stable")
    tracks = rows["track"][one].astype(np.int64)
    return Hidden(frames[between[order]].astype(np.int64), _boxes(line[order]), tracks[order])


def _boxes(values: Floats) -> Boxes:
    return np.asarray(values, np.float32).reshape(-1, 4)


def _gaps(rows: Sightings) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the places of rows that follow one another in a track, near in time, uncut."""
    own = np.flatnonzero((rows["track"] >= 0) & np.isin(rows["kind"], PEOPLE))
    own = own[np.lexsort((rows["frame"][own], rows["track"][own]))]
    early, late = own[:-1], own[1:]
    near = rows["time"][late] - rows["time"][early] <= MOST_HIDDEN
    near &= rows["track"][early] == rows["track"][late]
    near &= rows["segment"][early] == rows["segment"][late]
    return early[near], late[near]


def behind(rows: Sightings, hidden: Hidden) -> Behind:
    """Return for each row who of the others is hidden nearest."""
    found = Behind(np.zeros(len(rows)), np.full(len(rows), -1))
    people = np.flatnonzero(np.isin(rows["kind"], PEOPLE))
    people = people[np.argsort(rows["frame"][people], kind="stable")]
    frames = rows["frame"][people]
    first = np.searchsorted(frames, hidden.frames)
    count = np.searchsorted(frames, hidden.frames, side="right") - first
    who = np.repeat(np.arange(len(count)), count)
    row = people[first[who] + np.arange(len(who)) - (np.cumsum(count) - count)[who]]
    other = rows["track"][row] != hidden.tracks[who] if len(row) else np.zeros(0, np.bool_)
    who, row = who[other], row[other]
    overlap = _iou_of_pairs(rows.boxes[row], hidden.boxes[who])
    order = np.argsort(overlap, kind="stable")  # what is written last stays
    found.overlap[row[order]] = overlap[order]
    found.tracks[row[order]] = hidden.tracks[who[order]]
    return found


def _iou_of_pairs(first: Boxes, second: Boxes) -> Floats:
    """Return the IoU of each box (p, 4) with the other of its pair (p, 4)."""
    sides = np.minimum(first[:, 2:], second[:, 2:]) - np.maximum(first[:, :2], second[:, :2])
    shared = sides.clip(0).prod(axis=1)
    return np.asarray(shared / np.maximum(areas(first) + areas(second) - shared, 1e-6), np.float64)


def own_box(overlap: Floats) -> Floats:
    """Return the probability that a box is not that of somebody hidden there (n,)."""
    return np.asarray(1 - HALF_HIS * overlap**2, np.float64)
