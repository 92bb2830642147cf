"""Which of the ball's candidates is the ball: the likeliest path from cut to cut.

A detector of something so small is often wrong in one frame, and seldom along a flight. So every
candidate is kept while looking, and the path is found when all frames are known, before and after
(Viterbi 1967): a candidate adds the log odds of its score, a step costs by how far it leads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.identity.reach import in_reach
from courtside.sightings import FrameTable, Sightings

# Metres: a men's ball (FIBA size 7: 749-780 mm round); it turns pixels into metres.
DIAMETER = 0.242
# Candidates of a frame that are looked at, best first.
MOST = 10
# A candidate of this score is worth as much as not knowing where the ball is. All numbers here
# were chosen on the simulated benchmark; real clips have too few balls to choose by.
EVEN = 0.18
# Log odds lost by a head, by what stays where it is, and by that in nobody's reach.
HEAD, STILL, APART = 1.0, 1.0, 1.5
# What is seen within so many metres of its place in more than this share of the looks around
# (so many before, so many after, about so many seconds apart) stays where it is.
PLACE, OFTEN, AROUND, LOOK = 0.145, 0.7, 8, 0.1
# A step: metres off that are noise, and metres a second beyond which it is unlikely; log odds
# lost at that speed, for each e-fold of size, for each second missed, and for beginning anew.
NOISE, SPEED = 0.12, 6.0
FAST, SIZE, MISSED, ANEW = 0.5, 0.5, 4.0, 4.5
# Samples that a step may lead over.
FARTHEST = 5

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class _Seen:
    """Candidates in the f sampled frames between two cuts, MOST in each, NaN where there are fewer.

    Attributes:
        row: of the table, -1 where there is none, (f, MOST).
        place: x y in pixels, (f, MOST, 2).
        size: diameter in pixels, (f, MOST).
        time: seconds, (f,).
        motion: homographies (f, 3, 3) of the sample before to each sample.
    """

    row: NDArray[np.intp]
    place: Floats
    size: Floats
    time: Floats
    motion: Floats


def with_ball(rows: Sightings, frames: FrameTable) -> Sightings:
    """Return the rows with the ball's track in `track`; other candidates have none.

    Args:
        rows: sightings of the whole video with `score` and `track`.
        frames: the sampled frames, in order.
    """
    balls = np.flatnonzero(rows["kind"] == "ball")
    if not len(balls) or "track" not in rows or "score" not in rows:
        return rows
    track = rows["track"].copy()
    track[balls] = -1
    number = track.max() + 1
    held, head = in_reach(rows, balls)
    odds = np.full((2, len(rows)), np.nan, np.float32)
    odds[0, balls] = _log_odds(rows["score"][balls]) - HEAD * head
    odds[1, balls] = STILL + APART * ~held
    for segment in np.unique(rows["segment"][balls]):
        own = balls[rows["segment"][balls] == segment]
        seen = _seen(rows, own, frames.select(frames["segment"] == segment))
        track[_path(seen, *odds[:, seen.row])] = number
    return rows.with_columns(track=track)


def _log_odds(score: Floats) -> Floats:
    chance = np.clip(score, 0.01, 0.97)
    return np.asarray(np.log(chance / (1 - chance)) - np.log(EVEN / (1 - EVEN)))


def _seen(rows: Sightings, own: NDArray[np.intp], frames: FrameTable) -> _Seen:
    """Return the candidates in the rows `own`, in the frames of their segment."""
    own = own[np.lexsort([-rows["score"][own], rows["frame"][own]])]
    frame = np.searchsorted(frames["frame"], rows["frame"][own])
    nth = np.arange(len(own)) - np.searchsorted(frame, frame)
    own, frame, nth = (array[nth < MOST] for array in (own, frame, nth))
    row = np.full((len(frames), MOST), -1, np.intp)
    row[frame, nth] = own
    boxes = np.full((*row.shape, 4), np.nan, np.float32)
    boxes[frame, nth] = rows.boxes[own]
    place, size = (boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]
    return _Seen(row, place, size.mean(axis=2).clip(2), frames["time"], _motions(frames))


def _motions(frames: FrameTable) -> Floats:
    """Return the homographies (f, 3, 3); where one is not known, the camera is taken to rest."""
    if "motion" not in frames:
        return np.tile(np.eye(3), (len(frames), 1, 1))
    told = frames["motion"].reshape(-1, 3, 3)
    known = np.asarray(np.isfinite(told).all(axis=(1, 2)))
    return np.where(known[:, None, None], told, np.eye(3))


def _path(seen: _Seen, odds: Floats, still_loses: Floats) -> NDArray[np.intp]:
    """Return the rows of the likeliest path.

    Args:
        seen: the candidates.
        odds: what each is worth by itself, log odds, (f, MOST).
        still_loses: what of it those that stay where they are lose, (f, MOST).
    """
    still = _still(seen)
    lost = still * (still_loses - STILL * (still <= OFTEN))
    worth = np.where(seen.row >= 0, odds - lost, -np.inf)
    return seen.row[_likeliest(worth, _steps(seen))]


def _apart(seen: _Seen, lag: int) -> Floats:
    """Return how far candidates are from those `lag` samples before, metres in the picture.

    The camera's motion is taken off; (f - lag, MOST before, MOST), NaN where there is none.
    """
    motion = seen.motion[lag:]
    for back in range(1, lag):
        motion = motion @ seen.motion[lag - back : -back]
    before = np.concatenate([seen.place, np.ones_like(seen.size)[..., None]], axis=2)[:-lag]
    moved = before @ motion.transpose(0, 2, 1)
    away = moved[:, :, None, :2] / moved[:, :, None, 2:] - seen.place[lag:, None]
    size = (seen.size[:-lag, :, None] + seen.size[lag:, None]) / 2
    return np.asarray(np.hypot(away[..., 0], away[..., 1]) / size * DIAMETER, np.float32)


def _still(seen: _Seen) -> Floats:
    """Return in which share of the looks around a candidate something is at its place."""
    found, asked = np.zeros(seen.row.shape, np.float32), np.zeros(len(seen.row), np.float32)
    stride = max(1, round(LOOK / np.median(np.diff(seen.time)))) if len(seen.time) > 1 else 1
    for lag in range(stride, min(stride * AROUND, len(seen.time) - 1) + 1, stride):
        near = _apart(seen, lag) < PLACE
        found[lag:] += near.any(axis=1)
        found[:-lag] += near.any(axis=2)
        asked[lag:] += 1
        asked[:-lag] += 1
    return np.asarray(found / np.maximum(asked, 1)[:, None])


def _steps(seen: _Seen) -> Floats:
    """Return the log odds that steps lose, infinite where there are none.

    (f, FARTHEST * MOST, MOST): of each frame the candidates of those before, the last frame's
    first, and its own.
    """
    lost = np.full((len(seen.time), FARTHEST, MOST, MOST), np.inf, np.float32)
    for lag in range(1, min(FARTHEST, len(seen.time) - 1) + 1):
        seconds = (seen.time[lag:] - seen.time[:-lag])[:, None, None]
        grown = np.abs(np.log(seen.size[lag:, None] / seen.size[:-lag, :, None]))
        speed = (_apart(seen, lag) / (NOISE + SPEED * seconds)) ** 2
        lost[lag:, lag - 1] = FAST * speed + SIZE * grown + MISSED * seconds * (1 - 1 / lag)
    return np.where(np.isnan(lost), np.float32(np.inf), lost).reshape(len(lost), -1, MOST)


def _likeliest(worth: Floats, steps: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return frames and columns of the candidates on the path of most log odds.

    Args:
        worth: of each candidate, (f, MOST), -inf where there is none.
        steps: of `_steps`.
    """
    # The last frame first, as in `steps`; before the first frame there is nobody.
    total = np.full(((len(worth) + FARTHEST) * MOST), -np.inf, np.float32)
    origin = np.full(worth.shape, -1)
    columns, best, last = np.arange(MOST), 0.0, -1
    for now, lost in enumerate(steps):
        begin = (len(worth) - now) * MOST
        way = total[begin : begin + FARTHEST * MOST, None] - lost
        which = way.argmax(axis=0)
        on = way[which, columns]
        goes_on = on > best - ANEW
        origin[now] = np.where(goes_on, begin + which, last)
        own = worth[now] + np.where(goes_on, on, best - ANEW)
        total[begin - MOST : begin] = own
        if own.max() > best:
            best, last = float(own.max()), begin - MOST + int(own.argmax())
    return _back(origin, last)


def _back(origin: NDArray[np.intp], last: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return frames and columns of a path that ends at `last`; places count from the last frame."""
    path = []
    while last >= 0:
        row, column = divmod(last, MOST)
        path.append((len(origin) - 1 - row, column))
        last = int(origin[path[-1]])
    frames, columns = np.array(path, np.intp).reshape(-1, 2).T
    return frames, columns
