"""Arms that would reach into somebody are drawn in before they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.spatial.transform import Rotation

from courtside.simulate.body import Bodies
from courtside.simulate.capsules import CAPSULES, RADII, Floats, between, bones
from courtside.simulate.motion import Motion
from courtside.simulate.pose import PARTS, Matrix, pose_from_angles
from courtside.simulate.rig import hands_of, skeleton

NEAR = 1.0  # metres between middles up to which arms reach into somebody
FROM, ALL = 0.04, 0.10  # metres deep at which arms begin to give way, and are drawn in whole
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
    """The same motions with arms drawn in where they would reach into another's torso."""
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
    return tuple(_drawn_in(m, bodies, d, rate) for m, d in zip(motions, deep, strict=True))


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
    wide = 2 * round(0.15 * rate) + 1  # begins early, ends late
    for k, side in enumerate("LR"):
        share = np.clip((deep[k] - FROM) / (ALL - FROM), 0, 1)
        share = gaussian_filter1d(maximum_filter1d(share, wide), 0.06 * rate, mode="nearest")
        for name in ("clavicle", "upperarm", "forearm", "hand"):
            part = PARTS.index(f"{name}.{side}")
            wanted = poses[:, CHEST] @ DRAWN_IN[CHEST].T @ DRAWN_IN[part]
            poses[:, part] = _between_turns(poses[:, part], wanted, share)
    hands = hands_of(bodies, skeleton(bodies, motion.shape), poses, motion.pelvis)
    return replace(motion, poses=poses.astype(np.float32), hands=_on_court(motion, hands))


def _between_turns(first: Matrix, second: Matrix, share: Floats) -> Matrix:
    """Rotations (F, 3, 3), `share` (F,) of the way from `first` to `second`."""
    turn = Rotation.from_matrix(np.swapaxes(first, 1, 2) @ second).as_rotvec() * share[:, None]
    return np.asarray(first @ Rotation.from_rotvec(turn).as_matrix())


def _on_court(motion: Motion, points: Floats) -> Floats:
    """Points (F, 2, 3) of a body in court metres."""
    c, s = np.cos(motion.headings)[:, None], np.sin(motion.headings)[:, None]
    x, y = points[..., 0], points[..., 1]
    where = np.stack([c * x - s * y, s * x + c * y, points[..., 2]], axis=2)
    where[..., :2] += motion.places[:, None]
    return np.asarray(where)
