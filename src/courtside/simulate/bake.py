"""Make the bodies of the package from the `anny` body model: decimate, dress, find the regions.

Needs the `simulate` extra's anny and torch, and minutes the first time; run once, not by users:
`python -m courtside.simulate.bake` writes `bodies.npz`.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from courtside.errors import missing_extra
from courtside.simulate.body import FLARE, PACKAGED, REGIONS, WAIST, Mesh, normals_of
from courtside.simulate.pose import PARTS, Matrix

SHAPES = 24
FINE_CELL = 0.031  # metres between vertices: smooth at the whole height of a picture
NEAR_CELL = 0.043  # metres between vertices: a player 220 px high shows few facets
FAR_CELL = 0.095  # enough for crowd at 20 to 60 px, with round heads

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
    "pelvis": "root",
    "spine": "spine05",
    "chest": "spine02",
    "neck": "neck01",
    "head": "head",
    "clavicle": "clavicle",
    "upperarm": "upperarm01",
    "forearm": "lowerarm01",
    "hand": "wrist",
    "thigh": "upperleg01",
    "shin": "lowerleg01",
    "foot": "foot",
}
# Limbs whose rest direction is turned to attention before a pose is applied: (part, its end).
_LIMBS = (
    *(("upperarm", "forearm"), ("forearm", "hand"), ("hand", "hand")),
    *(("thigh", "shin"), ("shin", "foot")),
)


def bake_bodies(path: Path, seed: int) -> None:
    """Make SHAPES random bodies and write them to `path`. Raises MachineError without anny."""
    try:
        import anny
        import torch
    except ImportError as missing:
        raise missing_extra(missing.name or "anny", "simulate", "baking bodies") from missing
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
    for level, cell in (("fine", FINE_CELL), ("near", NEAR_CELL), ("far", FAR_CELL)):
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


def _majority_last(triangles: NDArray[np.int32], region: NDArray[np.uint8]) -> NDArray[np.int32]:
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
    """How far (metres) clothes stand off the body: jersey and shorts widen towards the hem."""
    off = np.zeros(len(rest))
    jersey = region == REGIONS.index("jersey")
    chest, waist = joints[PARTS.index("chest")][2], joints[PARTS.index("pelvis")][2]
    off[jersey] = 0.014 + 0.024 * np.clip((chest - rest[jersey, 2]) / (chest - waist), 0, 1)
    off[region == REGIONS.index("shoes")] = 0.012
    off[region == REGIONS.index("hair")] = 0.012
    shorts = region == REGIONS.index("shorts")
    hip, knee = joints[PARTS.index("pelvis")][2], joints[PARTS.index("shin.L")][2]
    off[shorts] = WAIST + FLARE * np.clip((hip - rest[shorts, 2]) / (hip - knee), 0, 1)
    return off


if __name__ == "__main__":
    bake_bodies(PACKAGED, seed=0)
