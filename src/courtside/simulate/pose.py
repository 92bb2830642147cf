"""Poses of a seventeen-part body: random ones from joint angles, real ones from motion capture.

Body coordinates: metres, z up, the body looks along -y, its left is +x. A pose is a float64
array (PARTS, 3, 3): the world rotation of each part, the identity meaning standing to attention
(arms and legs straight down, feet forward).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from courtside.errors import InputError

Matrix = NDArray[np.float64]
PoseKind = Literal["stand", "run", "defend", "shoot", "jump", "reach", "sit", "crouch", "arms"]

PARTS = (
    *("pelvis", "spine", "chest", "neck", "head"),
    *("clavicle.L", "upperarm.L", "forearm.L", "hand.L", "thigh.L", "shin.L", "foot.L"),
    *("clavicle.R", "upperarm.R", "forearm.R", "hand.R", "thigh.R", "shin.R", "foot.R"),
)
PARENTS: Mapping[str, str] = {
    "spine": "pelvis",
    "chest": "spine",
    "neck": "chest",
    "head": "neck",
    **{f"clavicle.{s}": "chest" for s in "LR"},
    **{f"upperarm.{s}": "chest" for s in "LR"},
    **{f"forearm.{s}": f"upperarm.{s}" for s in "LR"},
    **{f"hand.{s}": f"forearm.{s}" for s in "LR"},
    **{f"thigh.{s}": "pelvis" for s in "LR"},
    **{f"shin.{s}": f"thigh.{s}" for s in "LR"},
    **{f"foot.{s}": f"shin.{s}" for s in "LR"},
}
# Shoulder blades follow a raised arm by about a third (scapulohumeral rhythm, Inman 1944).
CLAVICLE_SHARE = 0.3

BVH_JOINTS: Mapping[str, str] = {
    "pelvis": "Hips",
    "spine": "Spine",
    "chest": "Spine1",
    "neck": "Neck1",
    "head": "Head",
    "upperarm.L": "LeftArm",
    "forearm.L": "LeftForeArm",
    "hand.L": "LeftHand",
    "upperarm.R": "RightArm",
    "forearm.R": "RightForeArm",
    "hand.R": "RightHand",
    "thigh.L": "LeftUpLeg",
    "shin.L": "LeftLeg",
    "foot.L": "LeftFoot",
    "thigh.R": "RightUpLeg",
    "shin.R": "RightLeg",
    "foot.R": "RightFoot",
}


def pose_from_angles(angles: Mapping[str, tuple[float, float, float]]) -> Matrix:
    """World rotations from joint angles in degrees, (flex, side, twist) relative to the parent.

    flex turns about x (positive lifts a hanging limb forwards), side about y (positive lifts it
    away from the body on either side), twist about z. Parts not named keep their parent's turn.
    """
    world: dict[str, Matrix] = {}
    for part in (p for p in PARTS if not p.startswith("clavicle")):
        flex, side, twist = angles.get(part, (0.0, 0.0, 0.0))
        sign = -1.0 if part.endswith(".L") else 1.0
        own = Rotation.from_euler("xyz", [-flex, sign * side, sign * twist], degrees=True)
        parent = world.get(PARENTS.get(part, ""), np.eye(3))
        world[part] = parent @ own.as_matrix()
    return with_clavicles(world)


def with_clavicles(world: Mapping[str, Matrix]) -> Matrix:
    """Complete the rotations of a pose with the shoulder blades', stacked in the order of PARTS."""
    complete = dict(world)
    for s in "LR":
        lift = Rotation.from_matrix(world["chest"].T @ world[f"upperarm.{s}"]).as_rotvec()
        part = Rotation.from_rotvec(lift * CLAVICLE_SHARE).as_matrix()
        complete[f"clavicle.{s}"] = world["chest"] @ part
    return np.stack([complete[p] for p in PARTS])


def blend_poses(first: Matrix, second: Matrix, share: float) -> Matrix:
    """The pose `share` (0..1) of the way from `first` to `second`, part by part."""
    turn = Rotation.from_matrix(np.swapaxes(first, 1, 2) @ second).as_rotvec() * share
    blended: Matrix = first @ Rotation.from_rotvec(turn).as_matrix()
    return blended


def running_pose(phase: float, effort: float, dribble: bool = False) -> Matrix:
    """A running body. phase: 0..1 of a double step; effort: 0 (walking) to 1 (sprinting)."""
    swing = np.sin(2 * np.pi * phase)
    angles: dict[str, tuple[float, float, float]] = {
        "pelvis": (-4 - 10 * effort, 0, 6 * swing),
        "chest": (-4 * effort, 0, -12 * effort * swing),
        "head": (8 * effort, 0, 0),
    }
    for s, sign in (("L", 1.0), ("R", -1.0)):
        leg = sign * swing
        lift = max(0.0, np.sin(2 * np.pi * phase * 1.0 + (0.9 if sign > 0 else np.pi + 0.9)))
        angles[f"thigh.{s}"] = (10 * effort + (18 + 24 * effort) * leg, 3, 0)
        angles[f"shin.{s}"] = (-(8 + (25 + 60 * effort) * lift), 0, 0)
        angles[f"foot.{s}"] = (-10 + 15 * leg, 0, 0)
        angles[f"upperarm.{s}"] = (-(14 + 30 * effort) * leg, 8 + 5 * effort, 0)
        angles[f"forearm.{s}"] = (15 + 65 * effort, 0, 0)
    if dribble:
        angles["upperarm.R"] = (12 + 10 * swing, 18, 0)
        angles["forearm.R"] = (55 + 20 * swing, 0, 0)
    return pose_from_angles(angles)


def random_pose(kind: PoseKind, rng: np.random.Generator) -> Matrix:
    """One pose of a kind, with angles spread about what such a body does."""
    if kind == "run":
        return running_pose(rng.uniform(), rng.uniform(0.05, 1.0), bool(rng.uniform() < 0.2))
    angles = _BASE[kind]
    spread = 6.0 if kind in ("sit", "stand") else 13.0
    shaken = {p: tuple(np.asarray(a) + rng.normal(0, spread, 3)) for p, a in angles.items()}
    for part in PARTS:
        shaken.setdefault(part, tuple(rng.normal(0, 5.0, 3)))
    for s in "LR":  # knees and elbows bend one way only
        flex, _, twist = shaken[f"shin.{s}"]
        shaken[f"shin.{s}"] = (min(flex, -2.0), 0.0, twist * 0.3)
        flex, _, twist = shaken[f"forearm.{s}"]
        shaken[f"forearm.{s}"] = (max(flex, 3.0), 0.0, twist)
    return pose_from_angles(shaken)


Angles = dict[str, tuple[float, float, float]]


def _both(**parts: tuple[float, float, float]) -> Angles:
    return {f"{name}.{s}": angle for name, angle in parts.items() for s in "LR"}


_BASE: dict[PoseKind, Angles] = {
    "stand": _both(thigh=(3, 5, 0), shin=(-6, 0, 0), upperarm=(4, 10, 0), forearm=(18, 0, 0)),
    "defend": {"pelvis": (-22, 0, 0), "neck": (12, 0, 0)}
    | _both(thigh=(62, 24, 0), shin=(-68, 0, 0), foot=(10, 0, 0))
    | _both(upperarm=(35, 45, 0), forearm=(50, 0, 0)),
    "crouch": {"pelvis": (-45, 0, 0), "neck": (25, 0, 0)}
    | _both(thigh=(75, 12, 0), shin=(-60, 0, 0), upperarm=(45, 8, 0), forearm=(30, 0, 0)),
    "shoot": {"chest": (4, 0, 0), "upperarm.R": (150, 12, 0), "forearm.R": (40, 0, 0)}
    | {"upperarm.L": (130, 14, 0), "forearm.L": (55, 0, 0)}
    | _both(thigh=(10, 4, 0), shin=(-16, 0, 0), foot=(-30, 0, 0)),
    "jump": {"upperarm.R": (165.0, 8.0, 0.0), "forearm.R": (12.0, 0.0, 0.0)}
    | {"upperarm.L": (70.0, 25.0, 0.0)}
    | {"thigh.L": (55, 5, 0), "shin.L": (-75, 0, 0), "thigh.R": (0, 3, 0), "shin.R": (-20, 0, 0)}
    | {"foot.L": (-30, 0, 0), "foot.R": (-40, 0, 0), "forearm.L": (40, 0, 0)},
    "reach": {"upperarm.L": (165, -12, 0), "upperarm.R": (165, -12, 0)}
    | _both(forearm=(12, 0, 0), thigh=(8, 8, 0), shin=(-15, 0, 0)),
    "arms": _both(upperarm=(25, 75, 0), forearm=(20, 0, 0), thigh=(15, 12, 0), shin=(-22, 0, 0)),
    "sit": {"pelvis": (4, 0, 0), "chest": (-12, 0, 0)}
    | _both(thigh=(86, 10, 0), shin=(-85, 0, 0), upperarm=(28, 12, 0), forearm=(50, 0, 0)),
}


def read_bvh(path: Path, every: int) -> Matrix:
    """Poses of a BVH take, one in `every` frames: float64 (n, PARTS, 3, 3).

    The take's skeleton must carry the joint names of the CMU database in the cgspeed conversion
    (y up, T-pose at rest, looking along +z). Raises InputError where it does not.
    """
    names, parents, channels, rows = _parse_bvh(path.read_text())
    missing = sorted(set(BVH_JOINTS.values()) - set(names))
    if missing:
        raise InputError(f"{path.name}: expected CMU joint names, missing {', '.join(missing)}")
    rows = rows[::every]
    world: list[Matrix] = []
    for joint, parent in enumerate(parents):
        order, first = channels[joint]
        own = Rotation.from_euler(order, rows[:, first : first + 3], degrees=True).as_matrix()
        world.append(world[parent] @ own if parent >= 0 else own)
    return _from_tpose({p: world[names.index(j)] for p, j in BVH_JOINTS.items()}, len(rows))


def _from_tpose(world: Mapping[str, Matrix], count: int) -> Matrix:
    to_body = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])  # left stays +x
    hang = {"L": -90.0, "R": 90.0}
    turned: dict[str, Matrix] = {}
    for part, rotation in world.items():
        rest = np.eye(3)
        if part[:-2] in ("upperarm", "forearm", "hand"):
            rest = Rotation.from_euler("y", hang[part[-1]], degrees=True).as_matrix()
        turned[part] = to_body @ rotation @ to_body.T @ rest
    upright = [_facing(turned["pelvis"][i]) for i in range(count)]
    return np.stack(
        [with_clavicles({p: upright[i] @ r[i] for p, r in turned.items()}) for i in range(count)]
    )


def _facing(pelvis: Matrix) -> Matrix:
    """The turn about z that makes a body look along -y again."""
    ahead = pelvis @ np.array([0.0, -1.0, 0.0])
    heading = np.arctan2(ahead[0], -ahead[1])
    return Rotation.from_euler("z", -heading).as_matrix()


def _parse_bvh(
    text: str,
) -> tuple[list[str], list[int], list[tuple[str, int]], NDArray[np.float64]]:
    """Joint names, parents, (rotation order, first rotation column) per joint, and the rows."""
    names: list[str] = []
    parents: list[int] = []
    channels: list[tuple[str, int]] = []
    stack: list[int] = []
    column = 0
    header, motion = text.split("MOTION")
    for line in header.splitlines():
        match line.split():
            case ["ROOT" | "JOINT", name]:
                names.append(name)
                parents.append(stack[-1] if stack else -1)
            case ["End", "Site"]:
                pass
            case ["{"]:
                stack.append(len(names) - 1)
            case ["}"]:
                stack.pop()
            case ["CHANNELS", count, *labels]:
                turns = [c for c in labels if c.endswith("rotation")]
                order = "".join(c[0] for c in turns)  # upper case: intrinsic, as BVH means it
                channels.append((order, column + labels.index(turns[0])))
                column += int(count)
    numbers = motion.split("Frame Time:")[1].split("\n", 1)[1].split()
    return names, parents, channels, np.array(numbers, np.float64).reshape(-1, column)
