"""Takes of motion capture (BVH), as sequences to blend with procedural motion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from courtside.errors import InputError
from courtside.simulate.pose import PARTS, Matrix, read_bvh

EVERY = 4  # frames of a take at 120 a second, for film at 30
BLENDED = ("spine", "chest", "neck", "head", "clavicle", "upperarm", "forearm", "hand")


def read_takes(folder: Path | None) -> tuple[Matrix, ...]:
    """All takes of a folder, each (n, PARTS, 3, 3) at about 30 frames a second.

    Raises:
        InputError: when the folder holds no take, or one with other joints.
    """
    if folder is None:
        return ()
    takes = sorted(folder.glob("*.bvh"))
    if not takes:
        raise InputError(f"{folder} holds no .bvh take")
    return tuple(read_bvh(take, EVERY) for take in takes)


def blend_take(
    poses: Matrix, takes: tuple[Matrix, ...], share: NDArray[np.float64], rng: np.random.Generator
) -> Matrix:
    """Poses (F, PARTS, 3, 3) whose arms and trunk follow a take by a share (F,) 0 to 1.

    The take is played from a random frame and turned round at its end, so it never jumps.
    """
    if not takes:
        return poses
    take = takes[int(rng.integers(len(takes)))]
    there = np.arange(len(take))
    cycle = np.concatenate([there, there[-2:0:-1]]) if len(take) > 2 else there
    frames = cycle[(np.arange(len(poses)) + int(rng.integers(len(cycle)))) % len(cycle)]
    blended = poses.copy()
    for i, part in enumerate(PARTS):
        if part.split(".")[0] in BLENDED:
            blended[:, i] = _between(poses[:, i], take[frames, i], share)
    return blended


def _between(first: Matrix, second: Matrix, share: NDArray[np.float64]) -> Matrix:
    """Rotations (F, 3, 3) `share` of the way from the first to the second."""
    turn = Rotation.from_matrix(np.swapaxes(first, 1, 2) @ second).as_rotvec()
    part = Rotation.from_rotvec(turn * share[:, None]).as_matrix()
    return np.asarray(first @ part)
