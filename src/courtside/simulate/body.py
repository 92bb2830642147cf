"""Bodies to render: shapes from the `anny` body model, decimated once, skinned with NumPy.

`bake_bodies` needs the `simulate` extra (anny and torch; about three minutes the first time) and
leaves one small .npz file; everything afterwards needs NumPy alone.
Source of the body model: Anny, NAVER 2025 (Apache-2.0, on MakeHuman's CC0 assets).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from courtside.errors import MachineError
from courtside.simulate.pose import PARENTS, PARTS, Matrix

# Parts of the surface that clothes and skin colour as one; the order is the shader's.
REGIONS = (
    *("skin", "jersey", "shorts", "hair", "shoes", "socks"),
    *("upper sleeve", "lower sleeve", "knee", "shin"),
)
SHAPES = 24
NEAR_CELL = 0.043  # metres between vertices: a player 220 px high shows few facets
FAR_CELL = 0.15  # enough for crowd at 20 to 60 px

_BONES: dict[str, tuple[str, ...]] = {
    "pelvis": ("root", "pelvis"),
    "spine": ("spine05", "spine04", "spine03"),
    "chest": ("spine02", "spine01"),
    "neck": ("neck",),
    "head": ("head", "eye"),
    "clavicle": ("clavicle", "shoulder01"),
    "upperarm": ("upperarm",),
    "forearm": ("lowerarm",),
    "hand": ("wrist", "finger", "metacarpal"),
    "thigh": ("upperleg",),
    "shin": ("lowerleg",),
    "foot": ("foot", "toe"),
}
_HEAD_BONE: dict[str, str] = {
    **{"pelvis": "root", "spine": "spine05", "chest": "spine02", "neck": "neck01", "head": "head"},
    **{"clavicle": "clavicle", "upperarm": "upperarm01", "forearm": "lowerarm01"},
    **{"hand": "wrist", "thigh": "upperleg01", "shin": "lowerleg01", "foot": "foot"},
}
# Limbs whose rest direction is turned to attention before a pose is applied: (part, its end).
_LIMBS = (
    *(("upperarm", "forearm"), ("forearm", "hand"), ("hand", "hand")),
    *(("thigh", "shin"), ("shin", "foot")),
)


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
    """

    near: Mesh
    far: Mesh
    joints: Matrix
    attention: Matrix

    def skin(self, mesh: Mesh, shape: int, pose: Matrix) -> NDArray[np.float32]:
        """Vertices (V, 3) of one body in one pose, feet on z = 0, pelvis over the origin."""
        turn = pose @ self.attention[shape]
        heads = self._posed_joints(shape, turn)
        offset = heads - np.einsum("pij,pj->pi", turn, self.joints[shape])
        rest = mesh.rest[shape].astype(np.float64)
        moved = np.einsum("pij,vj->vpi", turn, rest) + offset
        vertices = np.einsum("vp,vpi->vi", mesh.weights, moved)
        vertices -= [heads[0, 0], heads[0, 1], vertices[:, 2].min()]
        return np.asarray(vertices, np.float32)

    def _posed_joints(self, shape: int, turn: Matrix) -> Matrix:
        rest, posed = self.joints[shape], self.joints[shape].copy()
        for i, part in enumerate(PARTS[1:], start=1):
            up = PARTS.index(PARENTS[part])
            posed[i] = posed[up] + turn[up] @ (rest[i] - rest[up])
            if part.startswith("upperarm"):  # hangs from the shoulder blade, turned by the chest
                blade = PARTS.index(f"clavicle.{part[-1]}")
                posed[i] = posed[blade] + turn[blade] @ (rest[i] - rest[blade])
        return np.asarray(posed, np.float64)


def normals_of(vertices: NDArray[np.float32], triangles: NDArray[np.int32]) -> NDArray[np.float32]:
    """Unit vertex normals (V, 3), each the area-weighted mean of its triangles'."""
    corners = vertices[triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(total, triangles[:, corner], faces)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.maximum(length, 1e-9), np.float32)


def load_bodies(cache: Path, seed: int = 0) -> Bodies:
    """The baked library in folder `cache`, baked first where it is not there."""
    path = cache / f"bodies-{seed}.npz"
    if not path.exists():
        bake_bodies(path, seed)
    with np.load(path) as data:
        near, far = (
            Mesh(*(data[f"{level}_{field}"] for field in Mesh.__dataclass_fields__))
            for level in ("near", "far")
        )
        return Bodies(near, far, data["joints"], data["attention"])


def bake_bodies(path: Path, seed: int) -> None:
    """Make SHAPES random bodies and write them to `path`. Raises MachineError without anny."""
    try:
        import anny
        import torch
    except ImportError as missing:
        raise MachineError(
            f"baking bodies needs {missing.name}: pip install 'courtside[simulate]'"
        ) from missing
    model = anny.Anny(rig="anny", topology="anny", skinning_method="lbs")
    shapes = [_random_phenotype(np.random.default_rng([seed, i])) for i in range(SHAPES)]
    columns = {k: torch.tensor([s[k] for s in shapes]) for k in shapes[0]}
    out = model(phenotype_kwargs=columns)
    rest = out["rest_vertices"].numpy()
    heads = out["rest_bone_heads"].numpy()
    labels = list(model.bone_labels)
    part_of_bone = np.array([PARTS.index(_part(label)) for label in labels])
    weights = np.zeros((rest.shape[1], len(PARTS)))
    indices, values = model.vertex_bone_indices.numpy(), model.vertex_bone_weights.numpy()
    np.add.at(weights, (np.arange(len(indices))[:, None], part_of_bone[indices]), values)
    joints = heads[:, [labels.index(_head_bone(part)) for part in PARTS]].astype(np.float64)
    columns_out = {"joints": joints, "attention": np.stack([_attention(j) for j in joints])}
    for level, cell in (("near", NEAR_CELL), ("far", FAR_CELL)):
        faces = model.faces.numpy().astype(np.int32)
        kept, triangles = _cluster(rest.mean(axis=0), weights.argmax(axis=1), faces, cell)
        mesh = _mesh(kept, triangles, rest, weights, joints)
        columns_out |= {f"{level}_{f}": getattr(mesh, f) for f in Mesh.__dataclass_fields__}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **columns_out)


def _random_phenotype(rng: np.random.Generator) -> dict[str, float]:
    return {
        "gender": float(rng.choice([0.0, 0.0, 0.0, 0.15, 1.0])),
        "age": rng.uniform(0.6, 0.85),
        "muscle": rng.uniform(0.5, 0.95),
        "weight": rng.uniform(0.3, 0.65),
        "height": rng.uniform(0.45, 0.8),
        "proportions": rng.uniform(0.4, 0.9),
    }


def _part(label: str) -> str:
    stem, _, side = label.partition(".")
    for part, bones in _BONES.items():
        if stem.startswith(bones):
            sided = f"{part}.{side}" in PARTS
            return f"{part}.{side}" if sided else part
    raise ValueError(f"expected a bone of the anny rig, got {label!r}")


def _head_bone(part: str) -> str:
    stem, _, side = part.partition(".")
    return f"{_HEAD_BONE[stem]}.{side}" if side else _HEAD_BONE[stem]


def _attention(joints: Matrix) -> Matrix:
    """Turns (PARTS, 3, 3) that hang the rest pose's arms and legs straight down."""
    turns = np.tile(np.eye(3), (len(PARTS), 1, 1))
    for side in "LR":
        at = {p[:-2]: joints[i] for i, p in enumerate(PARTS) if p.endswith(f".{side}")}
        for limb, end in _LIMBS:
            along = at[end] - at[limb] if end != limb else at["hand"] - at["forearm"]
            turns[PARTS.index(f"{limb}.{side}")] = _turn_between(along, np.array([0.0, 0, -1]))
    return turns


def _turn_between(source: Matrix, target: Matrix) -> Matrix:
    """The smallest rotation that takes direction `source` to direction `target`."""
    a, b = source / np.linalg.norm(source), target / np.linalg.norm(target)
    v = np.cross(a, b)
    cross = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    rotation: Matrix = np.eye(3) + cross + cross @ cross / (1 + float(a @ b))
    return rotation


def _cluster(
    mean: NDArray[np.float64], part: NDArray[np.int64], faces: NDArray[np.int32], cell: float
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Vertex clustering (Rossignac and Borrel 1993): one real vertex kept per cell and part.

    Returns the kept vertices' indices and the triangles (T, 3) between them. Even spacing suits
    people seen from afar; error-driven decimation spends half its triangles on faces and fingers.
    """
    place = np.column_stack([np.floor(mean / cell).astype(np.int64), part])
    _, group = np.unique(place, axis=0, return_inverse=True)
    group = group.reshape(-1)
    count = np.bincount(group)[:, None]
    centre = np.stack([np.bincount(group, mean[:, k]) for k in range(3)], axis=1) / count
    off = np.linalg.norm(mean - centre[group], axis=1)
    order = np.lexsort((off, group))
    kept = order[np.searchsorted(group[order], np.arange(len(count)))]
    triangles = group[faces]
    a, b, c = triangles.T
    whole = triangles[(a != b) & (b != c) & (a != c)]
    return kept, np.unique(whole, axis=0).astype(np.int32)


def _mesh(
    kept: NDArray[np.int64],
    triangles: NDArray[np.int32],
    rest: NDArray[np.float64],
    weights: NDArray[np.float64],
    joints: Matrix,
) -> Mesh:
    """The level of detail made of the vertices `kept`, dressed, for every shape."""
    mean = rest.mean(axis=0)[kept]
    own = weights[kept].astype(np.float32)
    normals = normals_of(mean.astype(np.float32), triangles)
    region = _regions(mean, own, joints.mean(axis=0))
    middle = joints.mean(axis=0)[PARTS.index("chest")] + [0, 0, 0.10]
    on_torso = np.column_stack([mean[:, 0] - middle[0], mean[:, 2] - middle[2], -normals[:, 1]])
    dressed = rest[:, kept] + normals * _looseness(mean, region, joints.mean(axis=0))[:, None]
    return Mesh(
        dressed.astype(np.float32),
        _majority_last(triangles, region),
        own / own.sum(axis=1, keepdims=True),
        region,
        on_torso.astype(np.float32),
    )


def _majority_last(
    triangles: NDArray[np.int32], region: NDArray[np.uint8]
) -> NDArray[np.int32]:
    """Turn triangles so that the last corner, which colours them, has the commonest region."""
    a, b, c = region[triangles].T
    turned = triangles.copy()
    lone_last = (a == b) & (b != c)
    turned[lone_last] = triangles[lone_last][:, [1, 2, 0]]
    return turned


def _regions(
    rest: NDArray[np.float64], weights: NDArray[np.float32], joints: Matrix
) -> NDArray[np.uint8]:
    part = np.array(PARTS)[weights.argmax(axis=1)]
    stem = np.array([p.partition(".")[0] for p in part])
    at = {p: joints[i] for i, p in enumerate(PARTS)}
    region = np.full(len(rest), REGIONS.index("skin"), np.uint8)
    low = (at["thigh.L"][2] * 0.35 + at["shin.L"][2] * 0.65) - 0.06
    ankle = at["foot.L"][2]
    rules = (
        ("jersey", np.isin(stem, ["spine", "chest", "clavicle", "pelvis"])),
        ("shorts", np.isin(stem, ["pelvis", "thigh"]) & (rest[:, 2] < at["pelvis"][2] + 0.02)),
        ("knee", (stem == "thigh") & (rest[:, 2] < low)),
        ("shin", stem == "shin"),
        ("socks", (stem == "shin") & (rest[:, 2] < ankle + 0.17)),
        ("shoes", (stem == "foot") | (rest[:, 2] < ankle + 0.01)),
        ("upper sleeve", stem == "upperarm"),
        ("lower sleeve", stem == "forearm"),
        ("hair", (stem == "head") & _scalp(rest, at["head"])),
    )
    for name, where in rules:
        region[where] = REGIONS.index(name)
    neck = (rest[:, 2] > at["neck"][2] - 0.01) & np.isin(stem, ["chest", "clavicle"])
    region[neck] = REGIONS.index("skin")
    return region


def _scalp(rest: NDArray[np.float64], head: Matrix) -> NDArray[np.bool_]:
    """Above the forehead, or behind the ears and above the neck."""
    up, ahead = rest[:, 2] - head[2], -(rest[:, 1] - head[1])
    return np.asarray((up > 0.13) | ((ahead < 0.03) & (up > 0.02)), np.bool_)


def _looseness(
    rest: NDArray[np.float64], region: NDArray[np.uint8], joints: Matrix
) -> NDArray[np.float64]:
    """How far (metres) clothes stand off the body: shorts widen towards the hem."""
    off = np.zeros(len(rest))
    off[region == REGIONS.index("jersey")] = 0.015
    off[region == REGIONS.index("shoes")] = 0.012
    off[region == REGIONS.index("hair")] = 0.012
    shorts = region == REGIONS.index("shorts")
    hip, knee = joints[PARTS.index("pelvis")][2], joints[PARTS.index("shin.L")][2]
    off[shorts] = 0.015 + 0.045 * np.clip((hip - rest[shorts, 2]) / (hip - knee), 0, 1)
    return off
