"""The life of a track: it begins tentative, is confirmed, remembers looks, and is given up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from courtside.geometry import Boxes
from courtside.masks.appearance import remembered
from courtside.masks.motion import DETECTED, correct, resize, start_spread
from courtside.masks.state import LOOK_BINS, PEOPLE, SHAPE_GRID, Tracks

# In the first moment of a segment a single sighting confirms, seconds.
OPENING = 0.05
# A tentative track that is not seen again within this time was a false alarm, seconds; a lost
# one is kept longer.
TENTATIVE, LOST = 0.25, 2.5
# People who left the picture by more than their own size are given up after this time, seconds.
GONE = 0.5
# Only who is seen at least so much is remembered, by this share per second.
# A first look may be of less.
CLEAR, FIRST_LOOK, LOOK_RATE, SHAPE_RATE = 0.85, 0.5, 1.5, 6.0


def plays(kinds: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Return which kinds, indices into `PEOPLE`, are players and referees."""
    return np.asarray(kinds != PEOPLE.index("person"), np.bool_)


def begin(boxes: Boxes, kinds: NDArray[np.int8], time: float) -> Tracks:
    """Return tentative tracks of people seen for the first time."""
    count, corners = len(boxes), boxes.astype(np.float64)
    size = np.maximum(corners[:, 2:] - corners[:, :2], 1)
    return Tracks(
        number=np.full(count, -1, np.int32),
        kind=kinds,
        centre=(corners[:, :2] + corners[:, 2:]) / 2,
        size=size,
        velocity=np.zeros((count, 2)),
        spread=start_spread(size[:, 1]),
        seen=np.full(count, time),
        played=np.where(plays(kinds), time, -np.inf),
        hits=np.ones(count, np.int32),
        look=np.zeros((count, LOOK_BINS), np.float32),
        shape=np.zeros((count, *SHAPE_GRID), np.float32),
    )


def detected(
    tracks: Tracks,
    which: NDArray[np.intp],
    boxes: Boxes,
    kinds: NDArray[np.int8],
    time: float,
    seconds: float,
) -> Tracks:
    """Return the tracks with those at `which` (k,) corrected by detected boxes (k, 4)."""
    corners = boxes.astype(np.float64)
    tracks = correct(tracks, which, (corners[:, :2] + corners[:, 2:]) / 2, DETECTED)
    tracks = resize(tracks, which, np.maximum(corners[:, 2:] - corners[:, :2], 1), seconds)
    seen, played = tracks.seen.copy(), tracks.played.copy()
    hits, kind = tracks.hits.copy(), tracks.kind.copy()
    seen[which], kind[which] = time, kinds
    played[which[plays(kinds)]] = time
    hits[which] += 1
    return replace(tracks, seen=seen, played=played, hits=hits, kind=kind)


def confirm(tracks: Tracks, begun: float, time: float, number: int) -> tuple[Tracks, int]:
    """Return the tracks with the proven ones numbered from `number` on, and the next number."""
    opening = time - begun <= OPENING
    proven = (tracks.number < 0) & (tracks.seen == time) & ((tracks.hits >= 2) | opening)
    new = np.flatnonzero(proven)
    numbers = tracks.number.copy()
    numbers[new] = number + np.arange(len(new))
    return replace(tracks, number=numbers), number + len(new)


def remember(
    tracks: Tracks,
    which: NDArray[np.intp],
    look: NDArray[np.float32],
    shape: NDArray[np.float32],
    visible: NDArray[np.float32],
    seconds: float,
) -> Tracks:
    """Return the tracks with the memory of those at `which` (k,) refreshed.

    Who is partly hidden keeps the look of before: what is seen then is half somebody else.

    Args:
        tracks: of this frame.
        which: tracks that are in the picture, (k,).
        look: their colours now, (k, LOOK_BINS).
        shape: their silhouettes now, (k, *SHAPE_GRID).
        visible: their visible shares, (k,).
        seconds: since the last frame.
    """
    known = np.any(tracks.look[which], axis=1)
    clear = visible >= np.where(known, CLEAR, FIRST_LOOK)
    rows = which[clear]
    looks, shapes = tracks.look.copy(), tracks.shape.copy()
    rate = 1 - float(np.exp(-LOOK_RATE * seconds))
    looks[rows] = remembered(looks[rows], look[clear], rate)
    # The silhouette follows the pose at once, hidden or not: it is matched with the next frame.
    drawn = shapes[which].any(axis=(1, 2))
    pace = np.where(drawn, 1 - np.exp(-SHAPE_RATE * max(seconds, 1e-3)), 1.0)
    shapes[which] += pace[:, None, None].astype(np.float32) * (shape - shapes[which])
    return replace(tracks, look=looks, shape=shapes)


def worth_keeping(tracks: Tracks, time: float, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which tracks to keep for the next frame in a picture of height and width `size`."""
    unseen = time - tracks.seen
    limit = np.where(tracks.number < 0, TENTATIVE, LOST)
    outside = (
        (tracks.centre < -tracks.size) | (tracks.centre > np.array(size[::-1]) + tracks.size)
    ).any(axis=1)
    return np.asarray((unseen <= limit) & ~(outside & (unseen > GONE)), np.bool_)
