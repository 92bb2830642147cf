"""Hands that hold the ball: arms reach for its sides, palms face it, fingers bend round it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from courtside.simulate.ball import RADIUS, beside_one_hand, handlers
from courtside.simulate.body import Bodies
from courtside.simulate.capsules import Floats
from courtside.simulate.match import Diary
from courtside.simulate.motion import Motion, to_court
from courtside.simulate.pose import PARTS, Matrix
from courtside.simulate.rig import Arm, arms_of, hands_of, hanging, reach_with, skeleton
from courtside.simulate.yielding import between_turns

PALM_DEPTH = 0.015  # metres from the middle of a hand to its palm
RAMP = 0.05  # seconds in which hands find the ball
CLOSED = 0.5  # of its way that a hand turns from along the forearm to across the ball


def grip(
    motions: Sequence[Motion], bodies: Bodies, diary: Diary, ball: Floats, rate: int
) -> tuple[Motion, ...]:
    """The same motions with the hands of whoever holds the ball on its sides. ball: (F, 3)."""
    held = handlers(diary, len(motions), "held")
    shares = gaussian_filter1d(held, RAMP * rate, axis=1)
    return tuple(_gripped(m, bodies, ball, s) for m, s in zip(motions, shares, strict=True))


def _gripped(motion: Motion, bodies: Bodies, ball: Floats, share: Floats) -> Motion:
    """One motion, its hands at the ball by a share (F,); a hand that is far from it stays."""
    share = share * (1 - beside_one_hand(motion.hands)[:, 0])
    frames = np.flatnonzero(share > 0.02)
    if len(frames) == 0:
        return motion
    poses = motion.poses.copy()
    part = motion.poses[frames].astype(np.float64)
    centre = _in_body(motion, frames, ball[frames])
    frame = skeleton(bodies, motion.shape)
    for arm in arms_of(bodies, frame, part, motion.pelvis[frames]):
        _lay(part, arm, centre, share[frames])
    poses[frames] = part.astype(np.float32)
    hands = hands_of(bodies, frame, poses.astype(np.float64), motion.pelvis)
    return replace(motion, poses=poses, hands=to_court(motion, hands))


def _lay(poses: Matrix, arm: Arm, centre: Floats, share: Floats) -> None:
    """Turn one arm of poses (n, PARTS, 3, 3) to the ball, by a share (n,)."""
    outward = 1.0 if arm.side == "L" else -1.0
    beside = np.array([outward * (RADIUS + PALM_DEPTH), 0.0, -0.02])
    upper, lower, along = reach_with(arm, centre + beside)
    to_ball = np.tile([-outward, 0.0, 0.0], (len(poses), 1))
    bent = along + CLOSED * to_ball
    hand = hanging(bent / np.linalg.norm(bent, axis=1, keepdims=True), -outward * to_ball)
    for name, wanted in (("upperarm", upper), ("forearm", lower), ("hand", hand)):
        i = PARTS.index(f"{name}.{arm.side}")
        poses[:, i] = between_turns(poses[:, i], wanted, share)


def _in_body(motion: Motion, frames: NDArray[np.int64], points: Floats) -> Floats:
    """Court points (n, 3) in the body's frame."""
    headings, places = motion.headings[frames], motion.places[frames]
    c, s = np.cos(headings), np.sin(headings)
    x, y = (points[:, :2] - places).T
    return np.stack([c * x + s * y, -s * x + c * y, points[:, 2]], axis=1)
