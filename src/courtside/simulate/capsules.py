"""People as capsules round their bones: where they are, and how deep two reach into one another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.body import Bodies
from courtside.simulate.motion import Motion
from courtside.simulate.pose import PARTS

Floats = NDArray[np.float64]
# From the head of one part to that of another, and the radius round that line, metres.
CAPSULES = (
    *(("pelvis", "chest", 0.13), ("chest", "neck", 0.13), ("neck", "head", 0.07)),
    *((f"thigh.{s}", f"shin.{s}", 0.07) for s in "LR"),
    *((f"shin.{s}", f"foot.{s}", 0.05) for s in "LR"),
    *((f"upperarm.{s}", f"forearm.{s}", 0.045) for s in "LR"),
    *((f"forearm.{s}", f"hand.{s}", 0.035) for s in "LR"),
)
RADII = np.array([radius for _, _, radius in CAPSULES])


def bones(motion: Motion, bodies: Bodies, frames: NDArray[np.int64]) -> Floats:
    """Ends of the capsules (F, C, 2, 3) of one person on the court, metres."""
    turns = motion.poses[frames].astype(np.float64) @ bodies.attention[motion.shape]
    heads = bodies.posed_joints(bodies.joints[motion.shape], turns)
    heads -= np.concatenate([heads[:, :1, :2], np.zeros((len(heads), 1, 1))], axis=2)
    heads[..., 2] += (motion.pelvis[frames] - heads[:, 0, 2])[:, None]
    c, s = np.cos(motion.headings[frames]), np.sin(motion.headings[frames])
    x, y = heads[..., 0].copy(), heads[..., 1].copy()
    heads[..., 0] = c[:, None] * x - s[:, None] * y + motion.places[frames, None, 0]
    heads[..., 1] = s[:, None] * x + c[:, None] * y + motion.places[frames, None, 1]
    ends = [[PARTS.index(a), PARTS.index(b)] for a, b, _ in CAPSULES]
    return np.asarray(heads[:, ends])


def between(first: Floats, second: Floats) -> Floats:
    """Distances (n,) between segments (n, 2, 3): Ericson, Real-Time Collision Detection, 5.1.9."""
    d1, d2 = first[:, 1] - first[:, 0], second[:, 1] - second[:, 0]
    r = first[:, 0] - second[:, 0]
    a, e = (np.maximum((d * d).sum(axis=1), 1e-9) for d in (d1, d2))
    b, c, f = ((u * v).sum(axis=1) for u, v in ((d1, d2), (d1, r), (d2, r)))
    denominator = a * e - b * b
    s = np.where(denominator > 1e-9, (b * f - c * e) / np.maximum(denominator, 1e-9), 0.0)
    s = np.clip(s, 0, 1)
    t = np.clip((b * s + f) / e, 0, 1)
    s = np.clip((b * t - c) / a, 0, 1)
    gap = first[:, 0] + d1 * s[:, None] - second[:, 0] - d2 * t[:, None]
    return np.asarray(np.linalg.norm(gap, axis=1))
