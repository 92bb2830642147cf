"""Bodies of a whole cast skinned at once, one pose each: what a film needs for every frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.body import Bodies, Mesh, normals_of
from courtside.simulate.pose import Matrix

Floats = NDArray[np.float32]
# OpenBLAS shares larger products among threads, which then spin for longer than the product took:
# 45 ms of processor time a frame.
ROWS_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Troupe:
    """n people of fixed shapes (n,). rest, normals: float32 (3, n, V), a plane each for x y z;
    weights: (PARTS, V)."""

    bodies: Bodies
    shapes: NDArray[np.int64]
    weights: Floats
    rest: Floats
    normals: Floats


def troupe(bodies: Bodies, mesh: Mesh, shapes: Sequence[int], trousers: Sequence[bool]) -> Troupe:
    """What stays the same about people of these shapes, in shorts or in trousers."""
    rest = [bodies.rest(mesh, *who) for who in zip(shapes, trousers, strict=True)]
    normals = [normals_of(body, mesh.triangles) for body in rest]
    together = (np.ascontiguousarray(np.stack(each).transpose(2, 0, 1)) for each in (rest, normals))
    return Troupe(bodies, np.array(shapes), mesh.weights.T.astype(np.float32), *together)


def pose_all(people: Troupe, poses: Matrix, pelvis: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Vertices and unit normals, both (n, V, 3), as `Bodies.skin_many` makes them.

    poses: (n, PARTS, 3, 3); pelvis: (n,) metres, heights over the floor.
    """
    moves = _moves(people, poses, pelvis)
    vertices = [_turned(m, people.rest) + m[3] for m in moves]
    normals = [_turned(m, people.normals) for m in moves]
    length = np.maximum(np.sqrt(sum(n * n for n in normals)), np.float32(1e-6))
    return np.stack(vertices, axis=2), np.stack([n / length for n in normals], axis=2)


def _moves(people: Troupe, poses: Matrix, pelvis: NDArray[np.float64]) -> Floats:
    """How each vertex goes from rest to its place: (3, 4, n, V), turn and shift, plane by plane."""
    bodies = people.bodies
    turns = poses @ bodies.attention[people.shapes]
    joints = bodies.joints[people.shapes]
    heads = bodies.posed_joints(joints, turns)
    offsets = heads - np.einsum("npij,npj->npi", turns, joints)
    offsets -= np.column_stack([heads[:, 0, :2], heads[:, 0, 2] - pelvis])[:, None]
    parts = np.concatenate([turns, offsets[..., None]], axis=3)  # (n, PARTS, 3, 4)
    planes = np.ascontiguousarray(parts.transpose(2, 3, 0, 1), np.float32)
    moves: Floats = planes.reshape(-1, ROWS_AT_ONCE, planes.shape[3]) @ people.weights
    return moves.reshape(*planes.shape[:3], -1)


def _turned(move: Floats, planes: Floats) -> Floats:
    turned: Floats = move[0] * planes[0]
    turned += move[1] * planes[1]
    turned += move[2] * planes[2]
    return turned
