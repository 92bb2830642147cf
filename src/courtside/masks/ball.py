"""Following the ball: a few guesses live side by side, the one with the most trust is the ball.

A detector of something this small is often wrong, so a candidate must prove itself by being seen
again where its flight leads; one that never moves beside the court and is in nobody's hands (a
lamp, a logo, a head in the crowd) is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from courtside.geometry import Boxes, Matrix, centres, transform_points
from courtside.masks.state import BallPath

# Radius of a men's ball in metres (FIBA size 7: 749-780 mm round); it turns pixels into metres.
RADIUS = 0.121
GRAVITY = 9.81
# A pass flies at up to about 15 m/s; a bounce or a catch turns a ball around.
FASTEST, TURN, BLUR = 15.0, 9.0, 0.3
# Time constants in seconds: trust gained by being seen and lost unseen, speed of a held ball,
# the anchor of a path, the memory of how far it roamed.
GAIN, LOSS, HELD, ANCHOR, ROAM = 0.2, 0.4, 0.15, 1.0, 3.0
# A path of this age, seconds, that never was this many radii from its anchor is no ball.
STATIC_AGE, STATIC_ROAM = 1.0, 2.0
# A head fills this half of its box's width and this part of its height: heads are taken for balls.
HEAD = (0.25, 0.17)
# Trust to be reported, and lead in trust before another path takes over.
REPORT, LEAD = 0.25, 0.1
# A gap is bridged for this long, seconds, once the ball was seen this often.
BRIDGE, BRIDGE_HITS = 0.3, 3
MOST_PATHS = 6


@dataclass(frozen=True)
class BallFound:
    """Where the ball is in this frame.

    Attributes:
        row: index of the candidate, -1 when it is bridged.
        box: x1 y1 x2 y2 in pixels.
    """

    row: int
    box: NDArray[np.float32]


def follow_ball(
    paths: list[BallPath],
    boxes: Boxes,
    scores: NDArray[np.float32],
    holders: Boxes,
    time: float,
    seconds: float,
    motion: Matrix | None,
) -> tuple[list[BallPath], BallFound | None]:
    """Return the paths after this frame, the ball's first, and the ball if it is known.

    Args:
        paths: of the last frame, the ball's first.
        boxes: candidates in pixels, (n, 4).
        scores: their scores, (n,).
        holders: boxes of players, who may hold a ball still.
        time: of this frame, seconds.
        seconds: since the last frame.
        motion: 3x3 homography of the last frame's pixels to this one's, null where unknown.
    """
    moved = [_predict(path, seconds, motion) for path in paths]
    taken = _match(moved, boxes, scores, time)
    updated = [
        _seen(path, boxes[row], float(scores[row]), holders, time)
        if row >= 0
        else _unseen(path, seconds)
        for path, row in zip(moved, taken, strict=True)
    ]
    fresh = [row for row in range(len(boxes)) if row not in taken]
    updated += [_begin(boxes[row], float(scores[row]), holders, time) for row in fresh]
    rows = [*taken, *fresh]
    order = _ranked(updated, holders, time)
    kept = [updated[index] for index in order]
    return kept, _reported(kept, [rows[index] for index in order], boxes, holders, time)


def _predict(path: BallPath, seconds: float, motion: Matrix | None) -> BallPath:
    if motion is not None:
        points = np.stack([path.centre, path.centre + path.velocity * 1e-3, path.anchor])
        centre, ahead, anchor = transform_points(motion, points)
        path = replace(path, centre=centre, velocity=(ahead - centre) * 1e3, anchor=anchor)
    if path.free:
        fall = np.array([0.0, GRAVITY * path.radius / RADIUS])
        step = path.velocity * seconds + fall * seconds**2 / 2
        return replace(path, centre=path.centre + step, velocity=path.velocity + fall * seconds)
    fade = float(np.exp(-seconds / HELD))
    step = path.velocity * HELD * (1 - fade)
    return replace(path, centre=path.centre + step, velocity=path.velocity * fade)


def _match(
    paths: list[BallPath], boxes: Boxes, scores: NDArray[np.float32], time: float
) -> list[int]:
    """Return the candidate of each path or -1; the paths choose in the order of their rank."""
    middles = centres(boxes).astype(np.float64)
    taken: list[int] = []
    for path in paths:
        gate = _gate(path, time)
        away = np.hypot(*(middles - path.centre).T) / gate
        worth = np.where(away <= 1, scores - 0.4 * away, -np.inf)
        worth[[row for row in taken if row >= 0]] = -np.inf
        best = int(worth.argmax()) if len(worth) else -1
        taken.append(best if best >= 0 and np.isfinite(worth[best]) else -1)
    return taken


def _gate(path: BallPath, time: float) -> float:
    """Return how far from its prediction the ball may be, in pixels."""
    fastest = FASTEST if path.hits == 1 else TURN
    return (BLUR + fastest * (time - path.seen)) * path.radius / RADIUS


def _seen(
    path: BallPath, box: NDArray[np.float32], score: float, holders: Boxes, time: float
) -> BallPath:
    centre, radius = _centre(box), _radius(box)
    seconds = max(time - path.seen, 1e-3)
    # A second sighting gives the velocity; later ones correct it, mostly by what is new.
    weight = 1.0 if path.hits == 1 else 0.6
    velocity = path.velocity + weight * (centre - path.centre) / seconds
    anchor = path.anchor + (1 - np.exp(-seconds / ANCHOR)) * (centre - path.anchor)
    roam = float(np.hypot(*(centre - path.anchor))) / radius
    return replace(
        path,
        centre=centre,
        velocity=velocity,
        radius=path.radius + 0.3 * (radius - path.radius),
        trust=path.trust + float(1 - np.exp(-seconds / GAIN)) * (score - path.trust),
        hits=path.hits + 1,
        seen=time,
        anchor=anchor,
        roam=max(roam, path.roam * float(np.exp(-seconds / ROAM))),
        free=not _held(centre, holders),
    )


def _unseen(path: BallPath, seconds: float) -> BallPath:
    return replace(path, trust=path.trust * float(np.exp(-seconds / LOSS)))


def _begin(box: NDArray[np.float32], score: float, holders: Boxes, time: float) -> BallPath:
    centre = _centre(box)
    return BallPath(
        centre=centre,
        velocity=np.zeros(2),
        radius=_radius(box),
        trust=score / 2,
        hits=1,
        born=time,
        seen=time,
        anchor=centre,
        roam=0.0,
        free=not _held(centre, holders),
    )


def _ranked(paths: list[BallPath], holders: Boxes, time: float) -> list[int]:
    """Return the order of trust; the ball so far, at index 0, keeps its place by a lead."""
    trust = [
        -1.0 if _is_static(path, holders, time) else path.trust + LEAD * (index == 0)
        for index, path in enumerate(paths)
    ]
    order = sorted(range(len(paths)), key=lambda index: -trust[index])
    alive = [index for index in order if time - paths[index].seen <= 2 * LOSS]
    return alive[:MOST_PATHS]


def _reported(
    paths: list[BallPath], rows: list[int], boxes: Boxes, holders: Boxes, time: float
) -> BallFound | None:
    if not paths or paths[0].trust < REPORT or not _is_proven(paths[0], holders):
        return None
    ball, row = paths[0], rows[0]
    if row >= 0:
        return BallFound(row, boxes[row])
    if ball.hits < BRIDGE_HITS or time - ball.seen > BRIDGE + 1e-6:
        return None
    corners = np.concatenate([ball.centre - ball.radius, ball.centre + ball.radius])
    return BallFound(-1, corners.astype(np.float32))


def _is_static(path: BallPath, holders: Boxes, time: float) -> bool:
    return time - path.born >= STATIC_AGE and not _is_proven(path, holders)


def _is_proven(path: BallPath, holders: Boxes) -> bool:
    """Tell whether a path has moved as only a ball does, or is where a player can hold it."""
    return path.roam >= STATIC_ROAM or _held(path.centre, holders)


def _held(centre: NDArray[np.float64], holders: Boxes) -> bool:
    """Tell whether a point is within somebody's reach, and not where the head is."""
    size = holders[:, 2:] - holders[:, :2]
    margin = 0.15 * size[:, 1:]
    near = (centre >= holders[:, :2] - margin) & (centre <= holders[:, 2:] + margin)
    place = (centre - holders[:, :2]) / np.maximum(size, 1)
    head = (np.abs(place[:, 0] - 0.5) < HEAD[0]) & (place[:, 1] > 0) & (place[:, 1] < HEAD[1])
    return bool((near.all(axis=1) & ~head).any())


def _centre(box: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray((box[:2] + box[2:]) / 2, np.float64)


def _radius(box: NDArray[np.float32]) -> float:
    return max(float((box[2:] - box[:2]).mean()) / 2, 1.0)
