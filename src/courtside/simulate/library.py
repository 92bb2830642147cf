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
    trousers: (n,) whether in trousers; hands: float32 (n, 2, 3), middles of the left and right
    hand."""

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    kinds: NDArray[np.str_]
    shapes: NDArray[np.int64]
    trousers: NDArray[np.bool_]
    hands: NDArray[np.float32]

    def row(
        self, kind: PoseKind, rng: np.random.Generator, shape: int = -1, trousers: bool = False
    ) -> int:
        """A random row of a kind, of one shape unless that is -1."""
        found = (self.kinds == kind) & (self.trousers == trousers)
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
    """Every shape in `wanted` poses of each kind, and in the first of each kind in trousers.

    captured: poses of takes (n, PARTS, 3, 3).
    """
    kinds = [kind for kind, count in wanted.items() for _ in range(count)]
    shapes = len(bodies.joints)
    poses = _poses(kinds * shapes, captured, rng).reshape(shapes, len(kinds), len(PARTS), 3, 3)
    firsts = [kinds.index(kind) for kind in wanted]
    made = [bodies.skin_many(mesh, s, poses[s]) for s in range(shapes)]
    made += [bodies.skin_many(mesh, s, poses[s][firsts], trousers=True) for s in range(shapes)]
    of_shapes = [np.repeat(range(shapes), count) for count in (len(kinds), len(firsts))]
    return as_library(
        mesh,
        np.concatenate([vertices for vertices, _ in made]),
        np.concatenate([normals for _, normals in made]),
        kinds * shapes + list(wanted) * shapes,
        np.concatenate(of_shapes),
        np.arange(shapes * (len(kinds) + len(firsts))) >= shapes * len(kinds),
    )


def as_library(
    mesh: Mesh,
    vertices: NDArray[np.float32],
    normals: NDArray[np.float32],
    kinds: list[PoseKind],
    shapes: NDArray[np.int64],
    trousers: NDArray[np.bool_],
) -> PoseLibrary:
    """A library of bodies already skinned."""
    part = mesh.weights.argmax(axis=1)
    sides = [vertices[:, part == PARTS.index(f"hand.{s}")].mean(axis=1) for s in "LR"]
    hands = np.stack(sides, axis=1)
    return PoseLibrary(vertices, normals, np.array(kinds), shapes, trousers, hands)


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
