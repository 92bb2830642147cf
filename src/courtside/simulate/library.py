"""Posed bodies kept ready: every shape in poses of every kind, random and captured."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.body import Bodies, Mesh
from courtside.simulate.pose import PARTS, Matrix, poses_from_angles, random_angles, with_arms
from courtside.simulate.stances import POSE_KINDS, PoseKind

# Poses of each kind a shape gets in a library for players.
PLAYING: Mapping[PoseKind, int] = dict.fromkeys(POSE_KINDS, 2) | {
    "run": 14,
    "walk": 6,
    "stand": 5,
    "defend": 7,
    "sit": 4,
    **dict.fromkeys(("drive", "slump", "reach", "jump", "shoot", "layup", "hips"), 3),
}
WATCHING: Mapping[PoseKind, int] = {"sit": 3, "slump": 1, "stand": 1, "arms": 1, "walk": 1}
CAPTURED_SHARE = 0.7  # of the running, walking and standing bodies, where there are takes


@dataclass(frozen=True, slots=True)
class PoseLibrary:
    """n posed bodies. vertices, normals: float32 (n, V, 3), metres, unit; kinds, shapes: (n,);
    hands: float32 (n, 2, 3), middles of the left and right hand."""

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    kinds: NDArray[np.str_]
    shapes: NDArray[np.int64]
    hands: NDArray[np.float32]

    def row(self, kind: PoseKind, rng: np.random.Generator, shape: int = -1) -> int:
        """A random row of a kind, of one shape unless that is -1."""
        found = self.kinds == kind
        if shape >= 0:
            found = found & (self.shapes == shape)
        return int(rng.choice(np.flatnonzero(found)))


def pose_library(
    bodies: Bodies,
    mesh: Mesh,
    wanted: Mapping[PoseKind, int],
    captured: Matrix,
    rng: np.random.Generator,
) -> PoseLibrary:
    """Every shape in `wanted` poses of each kind; captured: poses of takes (n, PARTS, 3, 3)."""
    kinds = [kind for kind, count in wanted.items() for _ in range(count)]
    shapes = len(bodies.joints)
    poses = _poses(kinds * shapes, captured, rng).reshape(shapes, len(kinds), len(PARTS), 3, 3)
    made = [bodies.skin_many(mesh, s, poses[s]) for s in range(shapes)]
    vertices = np.concatenate([m[0] for m in made])
    normals = np.concatenate([m[1] for m in made])
    return as_library(mesh, vertices, normals, kinds * shapes, np.repeat(range(shapes), len(kinds)))


def as_library(
    mesh: Mesh,
    vertices: NDArray[np.float32],
    normals: NDArray[np.float32],
    kinds: list[PoseKind],
    shapes: NDArray[np.int64],
) -> PoseLibrary:
    """A library of bodies already skinned."""
    part = mesh.weights.argmax(axis=1)
    sides = [vertices[:, part == PARTS.index(f"hand.{s}")].mean(axis=1) for s in "LR"]
    return PoseLibrary(vertices, normals, np.array(kinds), shapes, np.stack(sides, axis=1))


def _poses(kinds: list[PoseKind], captured: Matrix, rng: np.random.Generator) -> Matrix:
    """A pose of each kind (n, PARTS, 3, 3); of those who move, most as captured."""
    poses = poses_from_angles([random_angles(kind, rng) for kind in kinds])
    if len(captured) == 0:
        return poses
    for i, kind in enumerate(kinds):
        if kind in ("run", "walk", "stand", "drive") and rng.uniform() < CAPTURED_SHARE:
            taken = captured[int(rng.integers(len(captured)))]
            poses[i] = with_arms(taken, poses[i]) if rng.uniform() < 0.3 else taken
    return poses
