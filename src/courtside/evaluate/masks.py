"""Masks against truth: IoU as they come, J and F by identity, people who overlap apart.

J (mask IoU) and F (agreement of outlines) are DAVIS's: Perazzi et al., A benchmark data set and
evaluation methodology for video object segmentation, 2016; J&F is their mean. Each person of the
truth goes with one identity of the run, as in trackeval's `JAndF`, so a swap costs both people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside import rle
from courtside.evaluate.identity import names
from courtside.evaluate.matching import Matches, asked_people, by_frame
from courtside.evaluate.outlines import outline_f
from courtside.evaluate.truth import Truth
from courtside.geometry import share_inside
from courtside.matching import assign
from courtside.rle import Size
from courtside.sightings import Sightings

Flags = NDArray[np.bool_]
# Who has this share of the own box inside another person's counts as overlapped.
OVERLAPPED = 0.2
# No identity is called that.
NOBODY = np.iinfo(np.int64).min
# Rows of the truth (t,) and of the run (f,) in one frame, IoU of their masks (t, f).
Step = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]


@dataclass(frozen=True)
class MaskMatches:
    """True masks and how well the run drew them.

    Attributes:
        owner: shape (n,), who each true mask shows, from 0.
        overlapped: shape (n,) bool, whether that person and another overlap.
        seen: shape (n,), IoU with the mask of the person matched by box; 0 where there is none.
        region: shape (n,), IoU with the mask of the run's identity that goes with the owner (J).
        outline: shape (n,), F of the outlines of those two.
    """

    owner: NDArray[np.intp]
    overlapped: Flags
    seen: NDArray[np.float64]
    region: NDArray[np.float64]
    outline: NDArray[np.float64]


def mask_scores(truth: Truth, people: Matches) -> dict[str, float | None]:
    """Return `mask_iou` and `j_and_f`, and both of overlapped people alone, each 0 to 1 or null.

    `mask_iou` is the mean over true masks, `j_and_f` the mean over people of their masks' mean. A
    missing mask, and a true mask whose person was not found, counts 0.
    """
    found = match_masks(truth, people)
    everybody = np.ones(len(found.owner), np.bool_)
    return {
        "mask_iou": _mean(found.seen, everybody),
        "mask_iou_overlapped": _mean(found.seen, found.overlapped),
        "j_and_f": _j_and_f(found, everybody),
        "j_and_f_overlapped": _j_and_f(found, found.overlapped),
    }


def match_masks(truth: Truth, people: Matches) -> MaskMatches:
    """Return how well each true mask was drawn."""
    drawn = _with_masks(people.truth, truth.size)
    asked = people.truth.select(drawn)
    partner = _partners(asked, people.found, truth.size)
    by_box = np.full(len(people.truth), -1)
    by_box[people.pairs[:, 0]] = people.pairs[:, 1]
    region, outline = np.zeros(len(asked)), np.zeros(len(asked))
    for row in np.flatnonzero(partner >= 0):
        first, second = asked["mask"][row], people.found["mask"][partner[row]]
        region[row] = _iou(first, second, truth.size)
        outline[row] = outline_f(first, second, truth.size)
    return MaskMatches(
        owner=np.unique(names(asked), return_inverse=True)[1],
        overlapped=overlapped(truth)[asked_people(truth)][drawn],
        seen=_seen(asked, people.found, by_box[drawn], truth.size),
        region=region,
        outline=outline,
    )


def overlapped(truth: Truth) -> Flags:
    """Return which rows of the truth are people with 0.2 of their box inside another's."""
    flags = np.zeros(len(truth.rows), np.bool_)
    people = np.flatnonzero(asked_people(truth) | truth.hidden)
    boxes = truth.rows.boxes
    for inside in by_frame(truth.rows.select(people)).values():
        rows = people[inside]
        share = share_inside(boxes[rows], boxes[rows])
        np.fill_diagonal(share, 0)
        flags[rows] = share.max(axis=1, initial=0) >= OVERLAPPED
    return flags


def _with_masks(rows: Sightings, size: Size) -> Flags:
    if "mask" not in rows:
        return np.zeros(len(rows), np.bool_)
    return np.array([bool(mask) and rle.area(mask, size) > 0 for mask in rows["mask"]], np.bool_)


def _seen(
    asked: Sightings, found: Sightings, partner: NDArray[np.intp], size: Size
) -> NDArray[np.float64]:
    overlap = np.zeros(len(asked))
    for row in np.flatnonzero(partner >= 0) if "mask" in found else []:
        overlap[row] = _iou(asked["mask"][row], found["mask"][partner[row]], size)
    return overlap


def _partners(asked: Sightings, found: Sightings, size: Size) -> NDArray[np.intp]:
    """Return for each true mask the run's row of the identity that goes with its owner, or -1."""
    drawn = np.flatnonzero(_with_masks(found, size))
    true, own = names(asked), names(found.select(drawn))
    steps = _overlaps(asked, found.select(drawn), size)
    goes_with = _identity_pairs(true, own, steps)
    partner = np.full(len(asked), -1, np.intp)
    for first, second, _ in steps:
        rows = {int(own[row]): int(drawn[row]) for row in second}
        partner[first] = [rows.get(goes_with.get(int(true[row]), NOBODY), -1) for row in first]
    return partner


def _identity_pairs(
    true: NDArray[np.int64], own: NDArray[np.int64], steps: list[Step]
) -> dict[int, int]:
    """Return who of the run goes with whom of the truth, so that the mean IoU is greatest."""
    people, who = np.unique(true, return_inverse=True)
    others, other = np.unique(own, return_inverse=True)
    total = np.zeros((len(people), len(others)))
    for first, second, overlap in steps:
        np.add.at(total, np.ix_(who[first], other[second]), overlap)
    mean = total / np.bincount(who, minlength=len(people))[:, None]
    rows, columns = assign(mean, maximize=True)
    return dict(zip(people[rows].tolist(), others[columns].tolist(), strict=True))


def _overlaps(asked: Sightings, found: Sightings, size: Size) -> list[Step]:
    """Return for each frame of both: rows of the one, rows of the other, IoU of every pair."""
    first, second = by_frame(asked), by_frame(found)
    return [
        (a, b, rle.iou([*asked["mask"][a]], [*found["mask"][b]], size))
        for a, b in ((first[f], second[f]) for f in sorted(first.keys() & second.keys()))
    ]


def _iou(first: bytes, second: bytes | None, size: Size) -> float:
    return float(rle.iou([first], [second], size)[0, 0]) if second else 0.0


def _mean(values: NDArray[np.float64], where: Flags) -> float | None:
    return float(values[where].mean()) if where.any() else None


def _j_and_f(found: MaskMatches, where: Flags) -> float | None:
    if not where.any():
        return None
    owner = np.unique(found.owner[where], return_inverse=True)[1]
    both = (found.region[where] + found.outline[where]) / 2
    return float((np.bincount(owner, both) / np.bincount(owner)).mean())
