"""Poses of a seventeen-part body: random ones from joint angles, real ones from motion capture.

Body coordinates: metres, z up, the body looks along -y, its left is +x. A pose is a float64
array (PARTS, 3, 3): the world rotation of each part, the identity meaning standing to attention
(arms and legs straight down, feet forward).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from courtside.errors import InputError
from courtside.simulate.stances import STANCES, Angles, PoseKind

Matrix = NDArray[np.float64]

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


def pose_from_angles(angles: Angles) -> Matrix:
    """World rotations from joint angles in degrees, (flex, side, twist) relative to the parent.

    flex turns about x (positive lifts a hanging limb forwards), side about y (positive lifts it
    away from the body on either side), twist about z. Parts not named keep their parent's turn.
    """
    pose: Matrix = poses_from_angles([angles])[0]
    return pose


def poses_from_angles(many: Sequence[Angles]) -> Matrix:
    """`pose_from_angles` of several poses at once, (n, PARTS, 3, 3)."""
    table = np.zeros((len(many), len(PARTS), 3))
    for i, angles in enumerate(many):
        for part, three in angles.items():
            table[i, PARTS.index(part)] = three
    return poses_from_table(table)


def poses_from_table(table: Matrix) -> Matrix:
    """Poses (n, PARTS, 3, 3) from joint angles (n, PARTS, 3) in degrees, as in `Angles`."""
    world: dict[str, Matrix] = {}
    for i, part in enumerate(PARTS):
        if part.startswith("clavicle"):
            continue
        sign = -1.0 if part.endswith(".L") else 1.0
        turns = table[:, i] * [-1.0, sign, sign]
        own = Rotation.from_euler("xyz", turns, degrees=True).as_matrix()
        parent = world.get(PARENTS.get(part, ""))
        world[part] = own if parent is None else parent @ own
    return with_clavicles(world)


def with_clavicles(world: Mapping[str, Matrix]) -> Matrix:
    """Complete the rotations of poses with the shoulder blades', stacked in the order of PARTS.

    Each rotation is (3, 3), or (n, 3, 3) for n poses; returns (PARTS, 3, 3) or (n, PARTS, 3, 3).
    """
    complete = dict(world)
    for s in "LR":
        lift = np.swapaxes(world["chest"], -1, -2) @ world[f"upperarm.{s}"]
        turn = Rotation.from_matrix(lift).as_rotvec() * CLAVICLE_SHARE
        complete[f"clavicle.{s}"] = world["chest"] @ Rotation.from_rotvec(turn).as_matrix()
    return np.stack([complete[p] for p in PARTS], axis=-3)


def with_arms(pose: Matrix, other: Matrix) -> Matrix:
    """The body of one pose with the arms of another, as they lie to its chest."""
    chest = PARTS.index("chest")
    arms = [i for i, p in enumerate(PARTS) if p[:-2] in ("clavicle", "upperarm", "forearm", "hand")]
    mixed: Matrix = pose.copy()
    mixed[arms] = pose[chest] @ other[chest].T @ other[arms]
    return mixed


def blend_poses(first: Matrix, second: Matrix, share: float) -> Matrix:
    """The pose `share` (0..1) of the way from `first` to `second`, part by part."""
    turn = Rotation.from_matrix(np.swapaxes(first, 1, 2) @ second).as_rotvec() * share
    blended: Matrix = first @ Rotation.from_rotvec(turn).as_matrix()
    return blended


def running_pose(phase: float, effort: float, dribble: bool = False) -> Matrix:
    """A running body. phase: 0..1 of a double step; effort: 0 (walking) to 1 (sprinting)."""
    return pose_from_angles(running_angles(phase, effort, dribble))


def running_angles(phase: float, effort: float, dribble: bool = False) -> Angles:
    """The joint angles of `running_pose`."""
    swing = np.sin(2 * np.pi * phase)
    angles: Angles = {
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
    return angles


def random_pose(kind: PoseKind, rng: np.random.Generator) -> Matrix:
    """One pose of a kind, with angles spread about what such a body does."""
    return pose_from_angles(random_angles(kind, rng))


def random_angles(kind: PoseKind, rng: np.random.Generator) -> Angles:
    """The joint angles of `random_pose`."""
    if kind in ("run", "walk"):
        effort = rng.uniform(0.25, 1.0) if kind == "run" else rng.uniform(0.0, 0.25)
        return running_angles(rng.uniform(), effort, bool(rng.uniform() < 0.15))
    spread = 6.0 if kind in ("sit", "stand", "hips", "screen") else 12.0
    shaken: Angles = {}
    for part, noise in zip(PARTS, rng.normal(0, 1, (len(PARTS), 3)).tolist(), strict=True):
        base = STANCES[kind].get(part)
        flex, side, twist = base or (0.0, 0.0, 0.0)
        width = spread if base else 5.0
        flex, side, twist = (
            flex + width * noise[0],
            side + width * noise[1],
            twist + width * noise[2],
        )
        if part.startswith("shin"):  # knees and elbows bend one way only
            flex, side, twist = min(flex, -2.0), 0.0, twist * 0.3
        elif part.startswith("forearm"):
            flex, side = max(flex, 3.0), 0.0
        shaken[part] = (flex, side, twist)
    return shaken


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
    return _from_tpose({p: world[names.index(j)] for p, j in BVH_JOINTS.items()})


def _from_tpose(world: Mapping[str, Matrix]) -> Matrix:
    to_body = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])  # left stays +x
    hang = {"L": -90.0, "R": 90.0}
    turned: dict[str, Matrix] = {}
    for part, rotation in world.items():
        rest = np.eye(3)
        if part[:-2] in ("upperarm", "forearm", "hand"):
            rest = Rotation.from_euler("y", hang[part[-1]], degrees=True).as_matrix()
        turned[part] = to_body @ rotation @ to_body.T @ rest
    upright = _facing(turned["pelvis"])
    return with_clavicles({p: upright @ r for p, r in turned.items()})


def _facing(pelvis: Matrix) -> Matrix:
    """The turns about z (n, 3, 3) that make bodies look along -y again."""
    ahead = pelvis @ np.array([0.0, -1.0, 0.0])
    heading = np.arctan2(ahead[:, 0], -ahead[:, 1])
    return Rotation.from_euler("z", -heading[:, None]).as_matrix()


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
