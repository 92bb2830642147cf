"""Bodies of a whole cast skinned at once, one pose each: what a film needs for every frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.body import Bodies, Mesh, normals_of
from courtside.simulate.pose import Matrix

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Troupe:
    """n people of fixed shapes (n,). rest, normals: float32 (V, n, 3), vertex by vertex."""

    bodies: Bodies
    shapes: NDArray[np.int64]
    weights: Floats
    rest: Floats
    normals: Floats


def troupe(bodies: Bodies, mesh: Mesh, shapes: Sequence[int]) -> Troupe:
    """What stays the same about people of these shapes."""
    rest = [mesh.rest[shape].astype(np.float32) for shape in shapes]
    normals = [normals_of(body, mesh.triangles) for body in rest]
    together = (np.ascontiguousarray(np.stack(each, axis=1)) for each in (rest, normals))
    return Troupe(bodies, np.array(shapes), mesh.weights.astype(np.float32), *together)


def pose_all(people: Troupe, poses: Matrix, pelvis: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Vertices and unit normals, both (n, V, 3), as `Bodies.skin_many` makes them.

    poses: (n, PARTS, 3, 3); pelvis: (n,) metres, heights over the floor.
    """
    bodies, count = people.bodies, len(poses)
    turns = poses @ bodies.attention[people.shapes]
    joints = bodies.joints[people.shapes]
    heads = bodies.posed_joints(joints, turns)
    offsets = heads - np.einsum("npij,npj->npi", turns, joints)
    offsets -= np.column_stack([heads[:, 0, :2], heads[:, 0, 2] - pelvis])[:, None]
    parts = np.concatenate([turns, offsets[..., None]], axis=3)  # (n, PARTS, 3, 4)
    flat = parts.astype(np.float32).swapaxes(0, 1).reshape(parts.shape[1], -1)
    moves = (people.weights @ flat).reshape(-1, count, 3, 4)
    vertices = np.einsum("vnij,vnj->vni", moves[..., :3], people.rest) + moves[..., 3]
    normals = np.einsum("vnij,vnj->vni", moves[..., :3], people.normals)
    normals /= np.maximum(np.sqrt(np.einsum("vni,vni->vn", normals, normals)), 1e-6)[..., None]
    return _by_person(vertices), _by_person(normals)


def _by_person(rows: Floats) -> Floats:
    return np.ascontiguousarray(rows.swapaxes(0, 1))
