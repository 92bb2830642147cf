"""Legs that reach for their feet: two-bone inverse kinematics, and where the hands are.

Body frame: metres, origin on the floor under the pelvis, z up, the body looks along -y.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.body import Bodies
from courtside.simulate.pose import PARTS, Matrix

Floats = NDArray[np.float64]
STRETCHED = 0.995  # of a leg's length: knees are never quite straight
PALM = 0.09  # metres from the wrist to the middle of the palm


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Lengths of one shape, metres. ankle: height of the ankle over the sole; hip: (2, 3) hips
    from the pelvis, left first; thigh, shin: lengths; standing: pelvis height of straight legs."""

    shape: int
    ankle: float
    hip: Floats
    thigh: float
    shin: float
    standing: float


def skeleton(bodies: Bodies, shape: int) -> Skeleton:
    """The lengths of a shape of the library."""
    at = {part: bodies.joints[shape, i] for i, part in enumerate(PARTS)}
    sole = float(bodies.near.rest[shape][:, 2].min())
    hip = np.stack([at[f"thigh.{s}"] - at["pelvis"] for s in "LR"])
    thigh = float(np.linalg.norm(at["shin.L"] - at["thigh.L"]))
    shin = float(np.linalg.norm(at["foot.L"] - at["shin.L"]))
    ankle = float(at["foot.L"][2]) - sole
    standing = ankle + STRETCHED * (thigh + shin) - float(hip[:, 2].mean())
    return Skeleton(shape, ankle, hip, thigh, shin, standing)


def highest_pelvis(frame: Skeleton, pelvis: Matrix, ankles: Floats, down: Floats) -> Floats:
    """How high the pelvis (F,) may be for planted feet to be reached.

    pelvis: its rotation (F, 3, 3); ankles: (F, 2, 3) in the body frame; down: (F, 2) 0 to 1.
    """
    hips = np.einsum("fij,kj->fki", pelvis, frame.hip)
    away = np.linalg.norm(ankles[..., :2] - hips[..., :2], axis=2)
    reach = STRETCHED * (frame.thigh + frame.shin)
    rise = np.sqrt(np.maximum(reach**2 - away**2, 0.05))
    highest = ankles[..., 2] + rise - hips[..., 2]
    return np.asarray(np.where(down > 0.5, highest, np.inf).min(axis=1))


def reach_feet(
    frame: Skeleton, poses: Matrix, height: Floats, ankles: Floats, turns: Floats, pitch: Floats
) -> Matrix:
    """Poses (F, PARTS, 3, 3) with legs that put the ankles where they belong.

    height: (F,) of the pelvis; ankles: (F, 2, 3) body frame; turns: (F, 2) headings of the feet to
    the body's; pitch: (F, 2) toes down, radians.
    """
    poses = poses.copy()
    pelvis = poses[:, PARTS.index("pelvis")]
    hips = np.einsum("fij,kj->fki", pelvis, frame.hip)
    hips[..., 2] += height[:, None]
    for k, s in enumerate("LR"):
        ahead = _ahead(turns[:, k])
        thigh, shin, _ = _two_bones(hips[:, k], ankles[:, k], frame.thigh, frame.shin, ahead)
        poses[:, PARTS.index(f"thigh.{s}")] = thigh
        poses[:, PARTS.index(f"shin.{s}")] = shin
        poses[:, PARTS.index(f"foot.{s}")] = _foot(turns[:, k], pitch[:, k])
    return poses


def _ahead(turns: Floats) -> Floats:
    return np.stack([np.sin(turns), -np.cos(turns), np.zeros(len(turns))], axis=1)


def _two_bones(
    hip: Floats, ankle: Floats, thigh: float, shin: float, ahead: Floats, hinge: float = -1.0
) -> tuple[Matrix, Matrix, Floats]:
    """Rotations of thigh and shin (F, 3, 3) by the law of cosines, and the shin's direction; the
    knee points ahead. An arm's elbow points to where it bends from, so its hinge is the other way
    round (1)."""
    way = ankle - hip
    far = np.clip(np.linalg.norm(way, axis=1), 0.25, STRETCHED * (thigh + shin))
    down = way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
    across = np.cross(down, ahead)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    front = np.cross(across, down)
    cosine = np.clip((thigh**2 + far**2 - shin**2) / (2 * thigh * far), -1, 1)
    bend = np.arccos(cosine)[:, None]
    upper = np.cos(bend) * down + np.sin(bend) * front
    lower = down * far[:, None] - upper * thigh
    lower /= np.maximum(np.linalg.norm(lower, axis=1, keepdims=True), 1e-6)
    return hanging(upper, hinge * across), hanging(lower, hinge * across), lower


def hanging(along: Floats, hinge: Floats) -> Matrix:
    """Rotations that turn a limb hanging straight down to `along`, with its left at `hinge`."""
    up = -along
    left = hinge - (hinge * up).sum(axis=1, keepdims=True) * up
    left /= np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-6)
    return np.stack([left, np.cross(up, left), up], axis=2)


def _foot(turns: Floats, pitch: Floats) -> Matrix:
    """Feet flat on the floor, turned about z, toes down by `pitch`."""
    c, s, zero, one = np.cos(turns), np.sin(turns), np.zeros(len(turns)), np.ones(len(turns))
    about = np.stack([c, -s, zero, s, c, zero, zero, zero, one], axis=1).reshape(-1, 3, 3)
    c, s = np.cos(pitch), np.sin(pitch)
    dip = np.stack([one, zero, zero, zero, c, -s, zero, s, c], axis=1).reshape(-1, 3, 3)
    return np.asarray(about @ dip)


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm over F frames, body frame. side: L or R; shoulder, elbow: (F, 3); upper, lower: its
    lengths, the lower from the elbow to the middle of the palm."""

    side: str
    shoulder: Floats
    elbow: Floats
    upper: float
    lower: float


def arms_of(bodies: Bodies, frame: Skeleton, poses: Matrix, height: Floats) -> tuple[Arm, Arm]:
    """Both arms of poses (F, PARTS, 3, 3), left first; height: (F,) of the pelvis."""
    heads = _heads(bodies, frame, poses, height)
    palms = _palms(heads)
    left, right = (_arm(heads, palms[:, k], s) for k, s in enumerate("LR"))
    return left, right


def _arm(heads: Floats, palm: Floats, side: str) -> Arm:
    shoulder, elbow = (heads[:, PARTS.index(f"{part}.{side}")] for part in ("upperarm", "forearm"))
    upper = float(np.linalg.norm(elbow - shoulder, axis=1).mean())
    return Arm(side, shoulder, elbow, upper, float(np.linalg.norm(palm - elbow, axis=1).mean()))


def reach_with(arm: Arm, palm: Floats) -> tuple[Matrix, Matrix, Floats]:
    """Rotations (F, 3, 3) of upper arm and forearm that bring the palm to `palm` (F, 3), or as near
    as it reaches, and the forearm's direction (F, 3); the elbow stays on its side."""
    elbow = arm.elbow - arm.shoulder
    return _two_bones(arm.shoulder, palm, arm.upper, arm.lower, elbow, hinge=1.0)


def hands_of(bodies: Bodies, frame: Skeleton, poses: Matrix, height: Floats) -> Floats:
    """Palms (F, 2, 3) in the body frame, left first."""
    return _palms(_heads(bodies, frame, poses, height))


def _heads(bodies: Bodies, frame: Skeleton, poses: Matrix, height: Floats) -> Floats:
    """Heads of the parts (F, PARTS, 3) in the body frame."""
    turns = poses @ bodies.attention[frame.shape]
    heads = bodies.posed_joints(bodies.joints[frame.shape], turns)
    heads[..., :2] -= heads[:, :1, :2]
    heads[..., 2] += (height - heads[:, 0, 2])[:, None]
    return np.asarray(heads)


def _palms(heads: Floats) -> Floats:
    palms = []
    for s in "LR":
        wrist, elbow = (heads[:, PARTS.index(f"{part}.{s}")] for part in ("hand", "forearm"))
        along = wrist - elbow
        along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
        palms.append(wrist + PALM * along)
    return np.stack(palms, axis=1)
