"""Round an outdoor court: trees, hedges, houses, a fence and a bench."""

from itertools import pairwise

import numpy as np

from courtside.simulate.court_size import CourtSize
from courtside.simulate.statics import PLAIN, Triangles


def add_outdoors(
    scene: Triangles, court: CourtSize, leaves: float, windows: float, rng: np.random.Generator
) -> None:
    """Stand trees, houses and fence round the court. leaves, windows: texture layers."""
    reach = np.array([court.length / 2, court.width / 2]) + 6.5
    for _ in range(int(rng.integers(10, 40))):
        _tree(scene, _outside(reach, 4.0, 26.0, rng), leaves, rng)
    for _ in range(int(rng.integers(0, 25))):
        at, size = _outside(reach, 0.5, 6.0, rng), rng.uniform(0.5, 1.3)
        tint = np.array([1.0, 1.15, 0.8]) * rng.uniform(0.7, 1.5)
        scene.blob(np.array([*at, size * 0.6]), np.full(3, size), tint, leaves)
    for _ in range(int(rng.integers(0, 6))):
        _house(scene, _outside(reach, 18.0, 34.0, rng), windows, rng)
    if rng.uniform() < 0.6:
        _fence(scene, reach - rng.uniform(0.5, 3.0), rng)
    for _ in range(int(rng.integers(0, 4))):  # benches and low walls
        foot = np.array([*_outside(reach, -1.5, 2.0, rng), 0.0])
        half = np.array([rng.uniform(0.8, 4), rng.uniform(0.2, 0.4), 0.0])
        top = np.array([0.0, 0.0, rng.uniform(0.4, 0.8)])
        scene.box(
            foot - half, foot + half + top, np.array([0.62, 0.6, 0.55]) * rng.uniform(0.6, 1.1)
        )


def _outside(
    reach: np.ndarray, least: float, most: float, rng: np.random.Generator
) -> tuple[float, float]:
    """A point (x, y) outside the rectangle of half sizes `reach`, on any side but the near one."""
    away, along = rng.uniform(least, most), rng.uniform(-1.3, 1.3)
    match int(rng.choice(3, p=[0.5, 0.25, 0.25])):
        case 0:
            return float(along * reach[0]), float(reach[1] + away)
        case 1:
            return float(reach[0] + away), float(along * reach[1])
        case _:
            return float(-reach[0] - away), float(along * reach[1])


def _tree(
    scene: Triangles, at: tuple[float, float], leaves: float, rng: np.random.Generator
) -> None:
    tall = rng.uniform(3.5, 13.0)
    foot = np.array([*at, 0.0])
    lean = np.array([*rng.normal(0, 0.3, 2), tall * 0.7])
    bark = np.array([0.36, 0.3, 0.24]) * rng.uniform(0.5, 1.3)
    scene.tube(np.stack([foot, foot + lean / 2, foot + lean]), rng.uniform(0.1, 0.3), bark, 0)
    tint = np.array([1.05, 1.2, 0.8]) * rng.uniform(0.7, 1.5)
    for _ in range(int(rng.integers(2, 6))):
        radius = tall * rng.uniform(0.16, 0.32)
        middle = foot + lean + rng.normal(0, tall * 0.12, 3)
        scene.blob(middle, radius * np.array([1.0, 1.0, rng.uniform(0.7, 1.1)]), tint, leaves)


def _house(
    scene: Triangles, at: tuple[float, float], windows: float, rng: np.random.Generator
) -> None:
    wide, deep, tall = rng.uniform(4, 10), rng.uniform(3, 6), rng.uniform(4, 16)
    low = np.array([at[0] - wide, at[1] - deep, 0.0])
    high = np.array([at[0] + wide, at[1] + deep, tall])
    tint = np.array([0.85, 0.8, 0.74]) * rng.uniform(0.5, 1.15)
    scene.box(low, high, tint, windows if rng.uniform() < 0.7 else PLAIN)


def _fence(scene: Triangles, reach: np.ndarray, rng: np.random.Generator) -> None:
    """Posts and wires; the mesh between them is too fine to show."""
    tall, metal = rng.uniform(1.2, 4.0), np.full(3, rng.uniform(0.15, 0.6))
    corners = np.array(
        [[-reach[0], -reach[1]], [-reach[0], reach[1]], reach, [reach[0], -reach[1]]]
    )
    for a, b in pairwise(corners):
        for share in np.linspace(0, 1, max(2, int(np.linalg.norm(b - a) / 3))):
            foot = np.array([*(a + share * (b - a)), 0.0])
            scene.tube(np.stack([foot, foot + np.array([0, 0, tall])]), 0.035, metal, 0, sides=4)
        for z in np.linspace(0.1, tall, 6):
            ends = np.array([[*a, z], [*b, z]])
            scene.tube(ends, 0.012, metal, 0, sides=3)
