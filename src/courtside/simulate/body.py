"""Bodies to render: three levels of detail of two dozen shapes, skinned with NumPy.

The shapes come with the package in `bodies.npz`; `bake.py` made them.
Source of the body model: Anny, NAVER 2025 (Apache-2.0, on MakeHuman's CC0 assets).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.cloth import folds
from courtside.simulate.pose import PARENTS, PARTS, Matrix

# Parts of the surface that clothes and skin colour as one; the order is the shader's.
REGIONS = (
    *("skin", "jersey", "shorts", "hair", "shoes", "socks"),
    *("upper sleeve", "lower sleeve", "knee", "shin"),
)
LEG = tuple(REGIONS.index(name) for name in ("knee", "shin", "socks"))
# Metres that cloth stands off the body: shorts at the waist and what they gain down to the knee,
# as `bake.py` makes them; trousers.
WAIST, FLARE, TROUSERS = 0.034, 0.042, 0.022
PACKAGED = Path(__file__).parent / "bodies.npz"


@dataclass(frozen=True, slots=True)
class Mesh:
    """One level of detail of all shapes. V vertices, T triangles, S shapes.

    rest: float32 (S, V, 3) metres, in the model's rest pose; triangles: int32 (T, 3);
    weights: float32 (V, PARTS); region: uint8 (V,) index into REGIONS;
    print: float32 (V, 3), place on the torso for the number: left-right and up-down in metres
    from the middle of the chest, and how much the surface looks forward (1) or back (-1).
    """

    rest: NDArray[np.float32]
    triangles: NDArray[np.int32]
    weights: NDArray[np.float32]
    region: NDArray[np.uint8]
    print: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Bodies:
    """The baked library. joints: float64 (S, PARTS, 3), part heads in the rest pose, metres.

    attention: float64 (S, PARTS, 3, 3), turns that take the rest pose to attention.
    fine: for training pictures; near: for films drawn without a graphics card; far: for crowds.
    """

    fine: Mesh
    near: Mesh
    far: Mesh
    joints: Matrix
    attention: Matrix

    def skin(self, mesh: Mesh, shape: int, pose: Matrix) -> NDArray[np.float32]:
        """Vertices (V, 3) of one body in one pose, feet on z = 0, pelvis over the origin."""
        body: NDArray[np.float32] = self.skin_many(mesh, shape, pose[None])[0][0]
        return body

    def rest(self, mesh: Mesh, shape: int, trousers: bool) -> NDArray[np.float32]:
        """Vertices (V, 3) of one body in the rest pose, in wide shorts or in trousers."""
        rest = np.asarray(mesh.rest[shape], np.float32)
        joints = self.joints[shape, [PARTS.index(p) for p in ("chest", "pelvis", "shin.L")], 2]
        chest, hip, knee = joints.tolist()
        if not trousers:
            jersey, shorts = (mesh.region == REGIONS.index(name) for name in ("jersey", "shorts"))
            deep = folds(rest, jersey, shorts, (chest, hip, knee), shape)
            return np.asarray(rest + normals_of(rest, mesh.triangles) * deep[:, None], np.float32)
        down = np.clip((hip - rest[:, 2]) / (hip - knee), 0, 1)
        narrower = np.interp(down, [0.0, 0.4], [WAIST, TROUSERS]) - (WAIST + FLARE * down)
        out = np.where(np.isin(mesh.region, LEG), TROUSERS, 0.0)
        out = np.where(mesh.region == REGIONS.index("shorts"), narrower, out)
        return np.asarray(rest + normals_of(rest, mesh.triangles) * out[:, None], np.float32)

    def skin_many(
        self,
        mesh: Mesh,
        shape: int,
        poses: Matrix,
        pelvis: NDArray[np.float64] | None = None,
        trousers: bool = False,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Vertices and unit normals, both (n, V, 3), of one body in n poses (n, PARTS, 3, 3).

        pelvis: (n,) metres, its height over the floor; without it the lowest vertex is at z = 0.
        """
        turns = poses @ self.attention[shape]
        heads = self.posed_joints(self.joints[shape], turns)
        offsets = heads - np.einsum("npij,pj->npi", turns, self.joints[shape])
        parts = np.concatenate([turns.reshape(*turns.shape[:2], 9), offsets], axis=2)
        weights = mesh.weights.astype(np.float32)
        moves = np.matmul(weights, parts.astype(np.float32))  # (n, V, 12)
        rotation = moves[..., :9].reshape(*moves.shape[:2], 3, 3)
        rest = self.rest(mesh, shape, trousers)
        vertices = np.einsum("nvij,vj->nvi", rotation, rest) + moves[..., 9:]
        low = vertices[..., 2].min(axis=1) if pelvis is None else heads[:, 0, 2] - pelvis
        vertices -= np.column_stack([heads[:, 0, :2], low])[:, None].astype(np.float32)
        normals = np.einsum("nvij,vj->nvi", rotation, normals_of(rest, mesh.triangles))
        normals /= np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-6)
        return np.asarray(vertices, np.float32), np.asarray(normals, np.float32)

    def posed_joints(self, rest: Matrix, turns: Matrix) -> Matrix:
        """Heads of the parts (n, PARTS, 3) for rotations from the rest pose (n, PARTS, 3, 3).

        rest: the heads in the rest pose, (PARTS, 3) or (n, PARTS, 3).
        """
        posed = np.array(np.broadcast_to(rest, turns.shape[:-1]))
        for i, part in enumerate(PARTS[1:], start=1):
            up = PARTS.index(PARENTS[part])
            if part.startswith("upperarm"):  # hangs from the shoulder blade, turned by the chest
                up = PARTS.index(f"clavicle.{part[-1]}")
            bone = (rest[..., i, :] - rest[..., up, :])[..., None]
            posed[:, i] = posed[:, up] + (turns[:, up] @ bone)[..., 0]
        return np.asarray(posed, np.float64)


def normals_of(vertices: NDArray[np.float32], triangles: NDArray[np.int32]) -> NDArray[np.float32]:
    """Unit vertex normals (V, 3), each the area-weighted mean of its triangles'."""
    corners = vertices[triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    rows = triangles.reshape(-1)
    each = np.repeat(faces, 3, axis=0)
    sums = [np.bincount(rows, each[:, k], len(vertices)) for k in range(3)]
    total = np.stack(sums, axis=1)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.maximum(length, 1e-9), np.float32)


def load_bodies(path: Path = PACKAGED) -> Bodies:
    """The bodies of the package, or those `bake_bodies` wrote to `path`."""
    with np.load(path) as data:
        fine, near, far = (
            Mesh(*(data[f"{level}_{field}"] for field in Mesh.__dataclass_fields__))
            for level in ("fine", "near", "far")
        )
        return Bodies(fine, near, far, data["joints"], data["attention"])
