"""Arms that would reach into somebody are drawn in before they do, and bodies step aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.spatial.transform import Rotation

from courtside.simulate.body import Bodies
from courtside.simulate.capsules import CAPSULES, RADII, Floats, between, bones
from courtside.simulate.motion import Motion, to_court
from courtside.simulate.pose import PARTS, Matrix, pose_from_angles
from courtside.simulate.rig import hands_of, skeleton

NEAR = 1.0  # metres between middles up to which arms reach into somebody
FROM, ALL = 0.04, 0.10  # metres deep at which arms begin to give way, and are drawn in whole
# Metres deep from which two step aside, in the first round and, where an arm still reaches through
# somebody, in more; what they want to leave.
ROUNDS, ASIDE = (0.14, 0.15, 0.15, 0.15), 0.12
TORSO = (0, 1)  # capsules
ARMS = {
    s: [i for i, c in enumerate(CAPSULES) if c[0] in (f"upperarm.{s}", f"forearm.{s}")]
    for s in "LR"
}
_ANGLES = ((f"upperarm.{s}", (-6.0, 3.0, 0.0)) for s in "LR")
_BENT = ((f"forearm.{s}", (125.0, 0.0, 0.0)) for s in "LR")
DRAWN_IN = pose_from_angles({**dict(_ANGLES), **dict(_BENT)})
CHEST = PARTS.index("chest")


def keep_out(motions: Sequence[Motion], bodies: Bodies, rate: int) -> tuple[Motion, ...]:
    """The same motions with arms drawn in where they would reach into another's torso, and a few
    centimetres farther apart where bodies still would."""
    frames = np.arange(len(motions[0].places))
    ends = [bones(motion, bodies, frames) for motion in motions]
    deep = np.zeros((len(motions), 2, len(frames)))
    for i, j in combinations(range(len(motions)), 2):
        gap = np.linalg.norm(motions[i].places - motions[j].places, axis=1)
        near = np.flatnonzero(gap < NEAR)
        for k, side in enumerate("LR"):
            for a, b in ((i, j), (j, i)):
                reach = _reach(ends[a][near], ends[b][near], side)
                deep[a, k, near] = np.maximum(deep[a, k, near], reach)
    drawn_in = [_drawn_in(m, bodies, d, rate) for m, d in zip(motions, deep, strict=True)]
    return _stepped_aside(drawn_in, bodies, rate)


def _stepped_aside(motions: Sequence[Motion], bodies: Bodies, rate: int) -> tuple[Motion, ...]:
    for deepest in ROUNDS:
        shifts = _steps_aside(motions, bodies, rate, deepest)
        if not shifts.any():
            break
        motions = [_shifted(m, s) for m, s in zip(motions, shifts, strict=True)]
    return tuple(motions)


def _steps_aside(motions: Sequence[Motion], bodies: Bodies, rate: int, deepest: float) -> Floats:
    """How far each (M, F, 2) steps aside where bodies reach deeper into one another, metres."""
    frames = np.arange(len(motions[0].places))
    ends = [bones(motion, bodies, frames) for motion in motions]
    shifts = np.zeros((len(motions), len(frames), 2))
    for i, j in combinations(range(len(motions)), 2):
        way = motions[i].places - motions[j].places
        gap = np.linalg.norm(way, axis=1)
        near, depth = np.flatnonzero(gap < NEAR), np.zeros(len(frames))
        depth[near] = _depth(ends[i][near], ends[j][near])
        if depth.max() > deepest:
            aside = np.where(depth > deepest, depth - ASIDE, 0.0)
            step = _spread(aside, rate)[:, None] * way / np.maximum(gap, 1e-6)[:, None]
            shifts[i] += step
            shifts[j] -= step
    return shifts


def _depth(first: Floats, second: Floats) -> Floats:
    """How deep (n,) people (n, C, 2, 3) reach into those beside them with any part."""
    deepest = np.zeros(len(first))
    for one, two in product(range(len(RADII)), repeat=2):
        depth = RADII[one] + RADII[two] - between(first[:, one], second[:, two])
        deepest = np.maximum(deepest, depth)
    return deepest


def _spread(amount: Floats, rate: int) -> Floats:
    """The same (F,) from early to late, and smooth."""
    wide = 2 * round(0.15 * rate) + 1
    return np.asarray(
        gaussian_filter1d(maximum_filter1d(amount, wide), 0.06 * rate, mode="nearest")
    )


def _shifted(motion: Motion, shift: Floats) -> Motion:
    if not shift.any():
        return motion
    hands = motion.hands.copy()
    hands[..., :2] += shift[:, None]
    return replace(motion, places=motion.places + shift, hands=hands)


def _reach(arms: Floats, torsos: Floats, side: str) -> Floats:
    """How deep (n,) an arm reaches into a torso, of people (n, C, 2, 3) beside one another."""
    deepest = np.zeros(len(arms))
    for arm in ARMS[side]:
        for part in TORSO:
            depth = RADII[arm] + RADII[part] - between(arms[:, arm], torsos[:, part])
            deepest = np.maximum(deepest, depth)
    return deepest


def _drawn_in(motion: Motion, bodies: Bodies, deep: Floats, rate: int) -> Motion:
    """One motion, its arms (left, right) reaching `deep` (2, F) into others."""
    if deep.max() <= FROM:
        return motion
    poses = motion.poses.astype(np.float64)
    for k, side in enumerate("LR"):
        share = _spread(np.clip((deep[k] - FROM) / (ALL - FROM), 0, 1), rate)
        for name in ("clavicle", "upperarm", "forearm", "hand"):
            part = PARTS.index(f"{name}.{side}")
            wanted = poses[:, CHEST] @ DRAWN_IN[CHEST].T @ DRAWN_IN[part]
            poses[:, part] = between_turns(poses[:, part], wanted, share)
    hands = hands_of(bodies, skeleton(bodies, motion.shape), poses, motion.pelvis)
    return replace(motion, poses=poses.astype(np.float32), hands=to_court(motion, hands))


def between_turns(first: Matrix, second: Matrix, share: Floats) -> Matrix:
    """Rotations (F, 3, 3), `share` (F,) of the way from `first` to `second`."""
    turn = Rotation.from_matrix(np.swapaxes(first, 1, 2) @ second).as_rotvec() * share[:, None]
    return np.asarray(first @ Rotation.from_rotvec(turn).as_matrix())
