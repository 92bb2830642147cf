"""Which detection continues which track: motion, silhouette, look and size in one assignment.

Rounds as in ByteTrack (sure detections, then doubtful ones), boxes grown as in Deep-EIoU for
people who run faster than predicted, and a last round that finds lost people again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.geometry import Boxes, iou, share_inside
from courtside.masks.appearance import difference
from courtside.masks.motion import DETECTED
from courtside.masks.ownership import Territory, in_reach, silhouettes
from courtside.masks.state import Tracks
from courtside.matching import assign

Costs = NDArray[np.float64]
Pairs = NDArray[np.intp]

# Weights of the parts of a cost, relative to one another.
OVERLAP, MOTION, SILHOUETTE, LOOK, SIZE = 0.3, 0.2, 0.2, 0.4, 0.05
# Boxes are grown by this share on each side before they are compared.
EXPAND = 0.25
# A detection farther than this many standard deviations is another person.
FARTHEST = 4.0
# Looks of one person differ by less than this, of two kits by more (Bhattacharyya).
SAME_LOOK, OTHER_LOOK = 0.06, 0.3
# Cost of a look that is not known.
UNKNOWN_LOOK = 0.35
# Who was unseen costs up to this much more, so that ghosts do not take detections from the seen;
# the time constant is in seconds.
UNSEEN, FORGET = 0.05, 0.3
# A pair above this is no match.
DEAREST, DEAREST_DOUBTFUL, DEAREST_LOST = 0.72, 0.55, 0.5
# Score from which a detection is sure; it chooses its track before doubtful ones do.
SURE = 0.4
# Score from which a detection may begin a track; a lower one only prolongs one.
BEGIN = 0.3
# Tracks unseen for longer than this are lost; they wait for the last round, seconds.
LOST_AFTER = 0.7
# Detections that cover a track already matched are its doubles: no new track.
DOUBLE_IOU, DOUBLE_INSIDE = 0.6, 0.85


@dataclass(frozen=True)
class Seen:
    """People detected in this frame, m rows.

    Attributes:
        territory: their boxes and what each owns of the detector's map.
        scores: 0 to 1, (m,).
        looks: colours, (m, LOOK_BINS), zero where unknown.
    """

    territory: Territory
    scores: NDArray[np.float32]
    looks: NDArray[np.float32]

    @property
    def boxes(self) -> Boxes:
        """Pixels, (m, 4)."""
        return self.territory.boxes


def associate(tracks: Tracks, seen: Seen, time: float, reach: float) -> Pairs:
    """Return matched pairs (k, 2) of track and detection.

    Args:
        tracks: predicted to this frame.
        seen: this frame's detections.
        time: of this frame, seconds.
        reach: how fast people may run, body heights a second.
    """
    if len(tracks) == 0 or len(seen.boxes) == 0:
        return np.zeros((0, 2), np.intp)
    near, far = _costs(tracks, seen, time, reach)
    sure = seen.scores >= SURE
    recent = time - tracks.seen < LOST_AFTER
    rounds = (
        (near, recent, sure, DEAREST),
        (near, recent, ~sure, DEAREST_DOUBTFUL),
        (far, np.ones(len(tracks), np.bool_), np.ones(len(sure), np.bool_), DEAREST_LOST),
    )
    free_tracks = np.ones(len(tracks), np.bool_)
    free_seen = np.ones(len(seen.boxes), np.bool_)
    found: list[Pairs] = []
    for costs, rows, columns, dearest in rounds:
        pairs = _assign(costs, free_tracks & rows, free_seen & columns, dearest)
        free_tracks[pairs[:, 0]] = False
        free_seen[pairs[:, 1]] = False
        found.append(pairs)
    return np.concatenate(found)


def beginnings(seen: Seen, pairs: Pairs) -> NDArray[np.intp]:
    """Return which detections begin a track: those that are no double of a matched person."""
    free = np.ones(len(seen.boxes), np.bool_)
    free[pairs[:, 1]] = False
    taken = seen.boxes[pairs[:, 1]]
    double = (iou(seen.boxes, taken) > DOUBLE_IOU) | (
        share_inside(seen.boxes, taken) > DOUBLE_INSIDE
    )
    return np.flatnonzero(free & (seen.scores >= BEGIN) & ~double.any(axis=1))


def _costs(tracks: Tracks, seen: Seen, time: float, reach: float) -> tuple[Costs, Costs]:
    """Return the costs of tracks near by and of lost ones, (n, m), infinite where impossible."""
    away = _deviations(tracks, seen)
    overlap = iou(_expanded(tracks.boxes), _expanded(seen.boxes))
    look = _look_costs(difference(tracks.look, seen.looks))
    size = _size_costs(tracks, seen)
    unseen = (time - tracks.seen)[:, None]
    missed = np.maximum(unseen - unseen.min(), 0)
    common = LOOK * look + SIZE * size + UNSEEN * (1 - np.exp(-missed / FORGET))
    near = OVERLAP * (1 - overlap) + MOTION * np.minimum(away / FARTHEST, 1) ** 2
    near += SILHOUETTE * (1 - _silhouette_overlaps(tracks, seen)) + common
    near[((away > FARTHEST) & (overlap < 0.2)) | (size > 1)] = np.inf

    far = 0.5 * look + 0.1 * size + 0.4 * np.minimum(away / FARTHEST, 1)
    too_far = _distances(tracks, seen) > 0.5 + reach * unseen
    far[too_far | (size > 1) | (away > 2 * FARTHEST) | (look > 0.6)] = np.inf
    return near, far


def _distances(tracks: Tracks, seen: Seen) -> Costs:
    centres = (seen.boxes[:, :2] + seen.boxes[:, 2:]) / 2
    apart = np.hypot(*(centres[None] - tracks.centre[:, None]).transpose(2, 0, 1))
    return np.asarray(apart / tracks.size[:, 1:], np.float64)


def _deviations(tracks: Tracks, seen: Seen) -> Costs:
    """Return the distance to the prediction in standard deviations, (n, m)."""
    # Boxes of people who are partly hidden are off by more than those of people in full view.
    noise = 2 * DETECTED * tracks.size[:, 1]
    expected = np.sqrt(tracks.spread[:, 0] + noise**2) / tracks.size[:, 1]
    return _distances(tracks, seen) / expected[:, None]


def _silhouette_overlaps(tracks: Tracks, seen: Seen) -> Costs:
    """Return the IoU of each track's moved silhouette with each detection's cells, (n, m)."""
    overlaps = np.zeros((len(tracks), len(seen.boxes)))
    track, person = np.nonzero(in_reach(seen.territory, tracks.boxes))
    now, before = silhouettes(seen.territory, person, tracks.boxes[track]), tracks.shape[track]
    shared = np.minimum(now, before).sum(axis=(1, 2))
    union = np.maximum(now, before).sum(axis=(1, 2))
    overlaps[track, person] = shared / np.maximum(union, 1e-6)
    return overlaps


def _look_costs(apart: NDArray[np.float32]) -> Costs:
    costs = np.clip((apart - SAME_LOOK) / (OTHER_LOOK - SAME_LOOK), 0, 1)
    return np.asarray(np.where(np.isnan(costs), UNKNOWN_LOOK, costs), np.float64)


def _size_costs(tracks: Tracks, seen: Seen) -> Costs:
    """Return 0 for equal heights, 1 for one 1.8 times the other; above is another person."""
    heights = np.maximum(seen.boxes[:, 3] - seen.boxes[:, 1], 1)
    ratio = np.abs(np.log(heights[None] / tracks.size[:, 1:]))
    return np.asarray(ratio / np.log(1.8), np.float64)


def _expanded(boxes: Boxes) -> Boxes:
    margin = EXPAND * (boxes[:, 2:] - boxes[:, :2])
    return np.hstack([boxes[:, :2] - margin, boxes[:, 2:] + margin])


def _assign(
    costs: Costs, rows: NDArray[np.bool_], columns: NDArray[np.bool_], dearest: float
) -> Pairs:
    row, column = np.flatnonzero(rows), np.flatnonzero(columns)
    # The bound makes impossible pairs cost more than any set of possible ones gains.
    bounded = np.minimum(costs[np.ix_(row, column)], 1e3)
    bounded = np.where(bounded > dearest, 1e3, bounded)
    first, second = assign(bounded)
    good = bounded[first, second] <= dearest
    return np.stack([row[first[good]], column[second[good]]], axis=1)
