"""Posed bodies kept ready: random shapes in random and captured poses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.body import Bodies, Mesh
from courtside.simulate.pose import PoseKind, random_pose

POSE_KINDS: tuple[PoseKind, ...] = (
    *("stand", "run", "defend", "shoot", "jump", "reach", "sit", "crouch", "arms"),
)
NEAR_POSES = 640  # posed bodies kept ready for players, and for spectators
FAR_POSES = 96


@dataclass(frozen=True, slots=True)
class PoseLibrary:
    """Posed bodies. vertices: float32 (n, V, 3) metres; kinds: the pose kind of each row."""

    vertices: NDArray[np.float32]
    kinds: NDArray[np.str_]

    def row(self, kind: PoseKind, rng: np.random.Generator) -> int:
        """A random row of a kind."""
        return int(rng.choice(np.flatnonzero(self.kinds == kind)))


def pose_library(
    bodies: Bodies,
    mesh: Mesh,
    count: int,
    captured: NDArray[np.float64],
    rng: np.random.Generator,
) -> PoseLibrary:
    """Random shapes in random poses; captured poses (n, PARTS, 3, 3) count as running."""
    kinds, rows = [], []
    for i in range(count):
        kind = POSE_KINDS[i % len(POSE_KINDS)]
        pose = random_pose(kind, rng)
        if len(captured) and kind in ("run", "stand") and rng.uniform() < 0.7:
            pose, kind = captured[int(rng.integers(len(captured)))], "run"
        kinds.append(kind)
        rows.append(bodies.skin(mesh, int(rng.integers(len(bodies.joints))), pose))
    for kind in POSE_KINDS:
        if kind not in kinds:
            kinds.append(kind)
            rows.append(bodies.skin(mesh, 0, random_pose(kind, rng)))
    return PoseLibrary(np.stack(rows), np.array(kinds))
