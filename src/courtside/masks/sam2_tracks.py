"""Which detection shows which followed object, and what follows: new, lost, prompted anew."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from courtside.geometry import Boxes, iou, share_inside
from courtside.matching import assign

KINDS = ("player", "referee", "person")
# Box of mask and detected box of one person overlap at least this much (IoU).
SAME = 0.3
# Below this a mask and its detection disagree; after so many frames in a row the detector wins.
AGREE, DISAGREE_FRAMES = 0.5, 2
# Only detections that hardly overlap other people prompt anew: a box of two would merge them.
ALONE = 0.3
# A detection that overlaps a followed person so much is its double, not somebody new.
DOUBLE_IOU, DOUBLE_INSIDE = 0.6, 0.85
# Least score of somebody new; doubtful detections only confirm.
NEW_SCORE = 0.5
# Unseen or unconfirmed by the detector for longer than this, an object is given up, seconds.
LOST = 2.5
# Two masks that overlap more are one person followed twice (IoU).
TWICE = 0.8


@dataclass(frozen=True)
class Followed:
    """One followed person.

    Attributes:
        number: of the track, -1 until a second detection confirms it.
        votes: how often it was detected as each of `KINDS`.
        hits: detections so far.
        seen: time of the last frame with a mask, seconds.
        confirmed: time of the last detection, seconds.
        doubts: frames in a row in which mask and detection disagreed.
        fullness: largest recent area over height squared, to tell how much is hidden.
    """

    number: int
    votes: list[int]
    hits: int
    seen: float
    confirmed: float
    doubts: int = 0
    fullness: float = 0.0

    @property
    def kind(self) -> str:
        """The kind it was detected as most often."""
        return KINDS[int(np.argmax(self.votes))]


@dataclass(frozen=True)
class Matching:
    """Pairs of object and detection, and detections of somebody new.

    Attributes:
        detection: of each object, -1 for none, (n,).
        new: detections that nobody explains, best first.
        wrong: objects whose mask the detection contradicts.
    """

    detection: NDArray[np.intp]
    new: list[int]
    wrong: list[int] = field(default_factory=list)


def match(masks: Boxes, boxes: Boxes, scores: NDArray[np.float32]) -> Matching:
    """Return which detection shows which object.

    Args:
        masks: boxes about the masks of n objects, of no area where hidden, (n, 4).
        boxes: detected people, (m, 4).
        scores: theirs, (m,).
    """
    overlap = iou(masks, boxes)
    detection = np.full(len(masks), -1, np.intp)
    rows, columns = assign(-overlap)
    good = overlap[rows, columns] >= SAME
    detection[rows[good]] = columns[good]
    taken = boxes[columns[good]]
    known = [masks[np.flatnonzero(detection < 0)], taken]
    double = np.zeros(len(boxes), np.bool_)
    for others in known:
        double |= (iou(boxes, others) > DOUBLE_IOU).any(axis=1)
        double |= (share_inside(boxes, others) > DOUBLE_INSIDE).any(axis=1)
    free = np.setdiff1d(np.flatnonzero(~double & (scores >= NEW_SCORE)), columns[good])
    new = sorted(free.tolist(), key=lambda index: -float(scores[index]))
    pairs = zip(rows[good].tolist(), columns[good].tolist(), strict=True)
    return Matching(detection, new, [one for one, box in pairs if _contradicted(one, box, overlap)])


def _contradicted(one: int, box: int, overlap: NDArray[np.float32]) -> bool:
    others = np.delete(overlap[:, box], one)
    return bool(overlap[one, box] < AGREE and others.max(initial=0.0) < ALONE)


def updated(
    person: Followed, kind: str | None, wrong: bool, visible: bool, time: float
) -> Followed:
    """Return a person after a frame.

    Args:
        person: before.
        kind: as detected, null when not detected.
        wrong: whether mask and detection disagree.
        visible: whether it has a mask.
        time: of the frame, seconds.
    """
    votes, hits, confirmed = list(person.votes), person.hits, person.confirmed
    if kind is not None:
        votes[KINDS.index(kind)] += 1
        hits, confirmed = hits + 1, time
    doubts = person.doubts + 1 if wrong else 0
    seen = time if visible else person.seen
    return replace(person, votes=votes, hits=hits, confirmed=confirmed, doubts=doubts, seen=seen)


def is_lost(person: Followed, time: float) -> bool:
    """Say whether to give a person up: unseen, or drifted off to where the detector sees nobody."""
    return time - min(person.seen, person.confirmed) > LOST


def followed_twice(overlap: NDArray[np.float64], hits: list[int]) -> list[int]:
    """Return which objects are doubles of another that was detected more often.

    Args:
        overlap: IoU of every pair of masks, (n, n).
        hits: detections of each.
    """
    doubles: list[int] = []
    for first, second in zip(*np.nonzero(np.triu(overlap > TWICE, k=1)), strict=True):
        pair = (int(first), int(second))
        if not set(pair) & set(doubles):
            doubles.append(pair[0] if hits[pair[0]] < hits[pair[1]] else pair[1])
    return doubles
