"""Who found whom: a run's people against the people of the truth, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.evaluate.truth import Truth
from courtside.geometry import iou, share_inside
from courtside.matching import assign
from courtside.sightings import Sightings
from courtside.store.people import counted, is_ball

PERSON_IOU = 0.5
# The ball is small: annotated to 4 px, one of 20 px may differ by half and be right.
THING_IOU = 0.3


@dataclass(frozen=True)
class Matches:
    """Rows that count, and which of them belong together.

    Attributes:
        truth: rows to be found.
        found: the run's rows, without those that are neither right nor wrong.
        pairs: shape (m, 2), indices into `truth` and `found`.
        left_out: how many of the run's rows are neither right nor wrong.
    """

    truth: Sightings
    found: Sightings
    pairs: NDArray[np.intp]
    left_out: int


def match_people(truth: Truth, found: Sightings) -> Matches:
    """Match the people of the game at IoU 0.5, one to one.

    People to be found are matched first; what is left may be one of the hidden people (one
    each) or lie by half or more in an ignore box, and then is neither right nor wrong.
    """
    found = found.select(counted(found))
    asked = truth.rows.select(asked_people(truth))
    hidden = truth.rows.select(truth.hidden)
    return _matched(asked, hidden, found, PERSON_IOU, _ignored(truth, found))


def _matched(
    asked: Sightings,
    hidden: Sightings,
    found: Sightings,
    least: float,
    ignored: NDArray[np.bool_] | None = None,
) -> Matches:
    """Return matches of what is asked for; of the rest what is hidden or ignored is dropped."""
    pairs = match(asked, found, least)
    rest = np.setdiff1d(np.arange(len(found)), pairs[:, 1])
    dropped = rest[match(hidden, found.select(rest), least)[:, 1]]
    if ignored is not None:
        dropped = np.union1d(dropped, rest[ignored[rest]])
    kept = np.setdiff1d(np.arange(len(found)), dropped)
    pairs = np.column_stack([pairs[:, 0], np.searchsorted(kept, pairs[:, 1])])
    return Matches(asked, found.select(kept), pairs, len(dropped))


def asked_people(truth: Truth) -> NDArray[np.bool_]:
    """Return which rows of the truth are people to be found, shape (n,)."""
    people = np.array([role is not None for role in truth.rows["role"]], np.bool_)
    return people & ~truth.hidden


def match_things(truth: Truth, found: Sightings, kind: str) -> Matches:
    """Match balls or rims at IoU 0.3, in frames where the truth has one.

    Elsewhere it may have been there unseen by who annotated. A ball of which less than half is
    visible need not be found; found, it is neither right nor wrong.
    """
    own = truth.rows["kind"] == kind
    asked, hidden = (truth.rows.select(own & rows) for rows in (~truth.hidden, truth.hidden))
    there = np.isin(found["frame"], truth.rows["frame"][own])
    chosen = is_ball(found) if kind == "ball" else found["kind"] == kind
    return _matched(asked, hidden, found.select(chosen & there), THING_IOU)


def match(truth: Sightings, found: Sightings, least: float) -> NDArray[np.intp]:
    """Return pairs (m, 2) of rows of the same frame, the sum of their IoU the greatest."""
    pairs = [np.zeros((0, 2), np.intp)]
    for first, second, overlap in overlaps(truth, found):
        rows, columns = assign(np.where(overlap >= least, overlap, 0), maximize=True)
        good = overlap[rows, columns] >= least
        pairs.append(np.stack([first[rows[good]], second[columns[good]]], axis=1))
    return np.concatenate(pairs)


def overlaps(
    truth: Sightings, found: Sightings
) -> list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]]:
    """Return for each frame of both: rows of the one, rows of the other, IoU of every pair."""
    there, seen = truth.boxes, found.boxes
    first, second = by_frame(truth), by_frame(found)
    return [
        (first[frame], second[frame], iou(there[first[frame]], seen[second[frame]]))
        for frame in sorted(first.keys() & second.keys())
    ]


def by_frame(rows: Sightings) -> dict[int, NDArray[np.intp]]:
    """Return the indices of the rows of each frame."""
    order = np.argsort(rows["frame"], kind="stable")
    frames, starts = np.unique(rows["frame"][order], return_index=True)
    groups = np.split(order, starts[1:])
    return dict(zip(frames.tolist(), groups, strict=False))


def _ignored(truth: Truth, found: Sightings) -> NDArray[np.bool_]:
    inside = share_inside(found.boxes, truth.ignore_boxes) >= 0.5
    same = found["frame"][:, None] == truth.ignore_frames[None]
    return np.asarray((inside & same).any(axis=1))
