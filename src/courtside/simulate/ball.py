"""The ball in three dimensions, from what the diary says and where the hands are."""

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.match import BallKind, BallSpan, Diary
from courtside.simulate.motion import Motion
from courtside.simulate.moves import DRIBBLES

Floats = NDArray[np.float64]
RADIUS = 0.121
GRAVITY = 9.81


def handlers(diary: Diary, rows: int, kind: BallKind) -> Floats:
    """Who dribbles or holds the ball when, (rows, F) 0 to 1. kind: `dribbled` or `held`."""
    found = np.zeros((rows, len(diary.places)))
    for span in diary.ball:
        if span.kind == kind:
            found[span.who, span.start : span.end] = 1.0
    return found


def fly(diary: Diary, motions: list[Motion], rate: int) -> Floats:
    """Where the ball is at every frame, (F, 3) metres."""
    count = len(diary.places)
    ball = np.zeros((count, 3))
    before = np.array([0.0, 0.0, 1.0])
    for span in diary.ball:
        a, b = span.start, min(span.end, count)
        if b <= a:
            continue
        frames = np.arange(a, b)
        match span.kind:
            case "held":
                ball[a:b] = _held(motions[span.who], frames)
            case "dribbled":
                ball[a:b] = _dribbled(motions[span.who], frames, rate)
            case "thrown" | "loose":
                start = before if span.who < 0 else ball[a - 1] if a else before
                ball[a:b] = _thrown(span, start, motions, frames, rate)
        before = ball[b - 1]
    ball[:, 2] = np.maximum(ball[:, 2], RADIUS)
    return _joined(ball, diary, rate)


def _held(motion: Motion, frames: NDArray[np.int64]) -> Floats:
    """Between the hands, or over the right one while they are apart."""
    left, right = motion.hands[frames, 0], motion.hands[frames, 1]
    apart = beside_one_hand(motion.hands[frames])
    middle, alone = (left + right) / 2, right + np.array([0.0, 0.0, 0.1])
    return np.asarray((1 - apart) * middle + apart * alone)


def beside_one_hand(hands: Floats) -> Floats:
    """How far hands (F, 2, 3) are too wide apart for a ball between them, (F, 1) 0 to 1."""
    gap = np.linalg.norm(hands[:, 0] - hands[:, 1], axis=1, keepdims=True)
    return np.asarray(np.clip((gap - 0.35) / 0.25, 0, 1))


def _dribbled(motion: Motion, frames: NDArray[np.int64], rate: int) -> Floats:
    """Down to the floor and up to the right hand with each beat."""
    hand = motion.hands[frames, 1]
    beat = np.mod(frames / rate * DRIBBLES, 1.0)
    height = np.maximum(hand[:, 2] - 0.1, RADIUS + 0.2)
    fall = np.abs(2 * np.abs(beat - 0.5))  # 1 at the hand, 0 at the floor
    place: Floats = hand.copy()
    place[:, 2] = RADIUS + (height - RADIUS) * (1 - (1 - fall) ** 2)
    return place


def _thrown(
    span: BallSpan, start: Floats, motions: list[Motion], frames: NDArray[np.int64], rate: int
) -> Floats:
    """A parabola to the receiver's hands or to a point."""
    length = max(1, span.end - span.start)
    goal = np.array(span.goal)
    if span.to >= 0:
        last = min(span.end, len(motions[span.to].hands) - 1)
        goal = _held(motions[span.to], np.array([last]))[0]
    share = ((frames - span.start + 1) / length)[:, None]
    seconds = length / rate
    way = start + share * (goal - start)
    way[:, 2] += (GRAVITY / 2 * seconds**2 * share * (1 - share))[:, 0]
    return np.asarray(way)


def _joined(ball: Floats, diary: Diary, rate: int) -> Floats:
    """No jumps where the ball changes hands: gaps are closed over a sixth of a second."""
    reach = max(2, rate // 6)
    joined = ball.copy()
    for span in diary.ball:
        a = span.start
        if span.kind in ("held", "dribbled") and 0 < a < len(ball):
            offset = joined[a - 1] - ball[a]
            for k in range(min(reach, len(ball) - a, max(1, span.end - a))):
                joined[a + k] = ball[a + k] + offset * (1 - (k + 1) / (reach + 1))
    return joined
