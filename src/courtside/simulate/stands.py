"""Stands and what belongs to them: steps with seats, chairs at the lines, boards, table, ribbon."""

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.court_size import CourtSize
from courtside.simulate.statics import PLAIN, Stand, Triangles, bank_turn

Floats = NDArray[np.float64]
SEAT, STEP = 0.55, 0.85  # metres between neighbours and between rows
BENCHES = 13.0  # metres from the half-line within which table and benches stand, not chairs
CHAIRS_AWAY = {0: 1.9, 1: 2.3, 2: 1.3, 3: 2.3}  # metres from the lines to the first chairs


def add_boards(
    scene: Triangles, court: CourtSize, layers: tuple[int, ...], rng: np.random.Generator
) -> None:
    """Advertising boards along the far side and the ends, lit or printed, and a scorer's table."""
    half_l, half_w = court.length / 2, court.width / 2
    glow, level = bool(rng.uniform() < 0.6), rng.uniform(0.6, 1.0)

    def board(corners: list[list[float]]) -> None:
        layer = float(layers[int(rng.integers(len(layers)))])
        scene.quad(np.array(corners), np.full(3, level), layer, glow=glow)

    tall = rng.uniform(0.6, 0.9)
    if rng.uniform() < 0.7:  # the table's front
        y = half_w + 1.3
        for x in (-5.0, 0.0):
            board([[x, y, 0], [x + 5, y, 0], [x + 5, y, tall], [x, y, tall]])
        scene.box(np.array([-5, y + 0.02, 0]), np.array([5, y + 0.6, tall]), np.full(3, 0.12))
    if rng.uniform() < 0.6:
        y = half_w + rng.uniform(2.6, 3.6)
        for x in np.arange(-half_l, half_l, 5.0):
            if rng.uniform() < 0.75:
                board([[x, y, 0], [x + 5, y, 0], [x + 5, y, tall], [x, y, tall]])
    for side in (-1.0, 1.0):
        x = side * (half_l + rng.uniform(2.6, 3.6))
        for y in np.arange(-half_w, half_w - 3, 5.0):
            if rng.uniform() < 0.35:
                ends = (y, y + 5.0) if side < 0 else (y + 5.0, y)
                low = [[x, e, 0.0] for e in ends]
                board([*low, [x, ends[1], tall], [x, ends[0], tall]])


def add_ribbon(
    scene: Triangles,
    distance: float,
    height: float,
    layers: tuple[int, ...],
    rng: np.random.Generator,
) -> None:
    """A ring of light boards at the front of the upper tier."""
    level, thick = rng.uniform(0.35, 1.0), rng.uniform(0.5, 1.0)
    layer = float(layers[int(rng.integers(len(layers)))])
    for bank in range(4):
        d = distance
        ring = np.array([[-d, d, 0], [d, d, 0], [d, d, thick], [-d, d, thick]]) + np.array(
            [0, 0, height]
        )
        turns = np.array([rng.uniform(4, 10), 1.0])
        scene.quad(ring @ bank_turn(bank).T, np.full(3, level), layer, turns, glow=True)


def add_stands(
    scene: Triangles,
    court: CourtSize,
    rows: int,
    rise: float,
    layers: tuple[int, ...],
    dim: float,
    eye: Floats,
    rng: np.random.Generator,
) -> Stand:
    """Chairs at the lines and stepped banks on all four sides that leave the camera at `eye` (3,)
    its view. layers: textures to choose from; dim: brightness of the stands. Returns the seats."""
    half_l, half_w = court.length / 2, court.width / 2
    colour = dim * rng.uniform(0.05, 0.45) * rng.uniform(0.85, 1.15, 3)
    layer = float(rng.choice(layers)) if rng.uniform() < 0.15 else PLAIN
    chairs = rows >= 8
    places: list[Floats] = []
    headings: list[Floats] = []

    def seat(x: Floats, y: float, z: float, bank: int) -> None:
        places.append(np.column_stack([x, np.full(len(x), y), np.full(len(x), z)]) @ turn.T)
        headings.append(np.full(len(x), -np.pi / 2 * bank))

    for bank in range(4):  # far side, right, near side, left
        turn = bank_turn(bank)
        half = half_l if bank % 2 else half_w
        other = half_w if bank % 2 else half_l
        before = turn.T @ eye
        if chairs and _below_view(half + CHAIRS_AWAY[bank], 0.0, before, half):
            seat(_chair_row(bank, other + 1.0), half + CHAIRS_AWAY[bank], 0.0, bank)
        y0 = half + CHAIRS_AWAY[bank] + (rng.uniform(0.9, 1.6) if chairs else rng.uniform(0.5, 3))
        for row in range(rows):
            y, z = y0 + STEP * row, max(0.02, rise * (row - 1))
            if not _below_view(y, z, before, half):
                break
            wide = other + max(2.0, y - half + 0.4)  # banks meet at the corners
            _add_step(scene, turn, wide, y, z, rise, colour * rng.uniform(0.9, 1.1), layer)
            x = np.arange(-wide + 0.3, wide, SEAT) + (row % 2) * 0.2
            seat(x[np.abs(np.mod(x, 9.0) - 4.5) > 0.7], y + 0.35, z, bank)  # aisles
    if not places:
        return Stand(np.zeros((0, 3)), np.zeros(0))
    return Stand(np.concatenate(places), np.concatenate(headings))


def _chair_row(bank: int, wide: float) -> Floats:
    x = np.arange(-wide, wide, SEAT + 0.08)
    return x[np.abs(x) > BENCHES] if bank == 0 else x[np.abs(x) > 1.8] if bank % 2 else x


def _add_step(
    scene: Triangles,
    turn: Floats,
    wide: float,
    y: float,
    z: float,
    rise: float,
    shade: Floats,
    layer: float,
) -> None:
    step = [[-wide, y, z], [wide, y, z], [wide, y + STEP, z], [-wide, y + STEP, z]]
    front = [[-wide, y, z - rise], [wide, y, z - rise], [wide, y, z], [-wide, y, z]]
    repeat = np.array([wide, 1.0])
    scene.quad(np.array(step) @ turn.T, shade, layer, repeat)
    scene.quad(np.array(front) @ turn.T, shade * 0.7, layer, repeat)


def _below_view(y: float, z: float, eye: Floats, half: float) -> bool:
    """Whether people on a step stay under the line from the eye to the court before them.

    Heads may hide the sideline and a little of the floor, as they do in broadcasts.
    """
    away = eye[1] - half
    if away <= 0 or y - half < 0:
        return True
    spare = 0.75 if eye[2] > 4.0 else -0.3
    return bool(y < eye[1] - 2.5 and z + 1.2 < 0.95 * eye[2] * (y - half) / away + spare)
