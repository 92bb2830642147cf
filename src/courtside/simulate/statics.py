"""What stands round the court: stands, boards, walls, hoops, tables, as textured triangles."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.floor import CourtSize

RIM_HEIGHT, RIM_RADIUS = 3.048, 0.2286
RIM_ID, BALL_ID = 250, 251  # in the picture of ids; people count from 1
PLAIN = -1.0  # no texture layer: the colour alone

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Triangles:
    """Growing soup of triangles. A row of `rows` is x y z, normal, u v, layer, r g b, id."""

    rows: list[NDArray[np.float32]] = field(default_factory=list)

    def quad(
        self, corners: Floats, colour: Floats, layer: float = PLAIN, repeat: Floats | None = None
    ) -> None:
        """A quad from corners (4, 3) in order round it; `repeat` (2,): texture turns along it."""
        normal = np.cross(corners[1] - corners[0], corners[3] - corners[0])
        normal = normal / max(float(np.linalg.norm(normal)), 1e-9)
        turns = np.ones(2) if repeat is None else repeat
        uv = np.array([[0, 1], [1, 1], [1, 0], [0, 0]]) * turns
        tail = np.concatenate([[layer], colour, [0.0]])
        each = [np.concatenate([corners[i], normal, uv[i], tail]) for i in (0, 1, 2, 0, 2, 3)]
        self.rows.append(np.array(each, np.float32))

    def box(self, low: Floats, high: Floats, colour: Floats, layer: float = PLAIN) -> None:
        """A box along the axes, without its underside."""
        (x1, y1, z1), (x2, y2, z2) = low, high
        faces = (
            [[x1, y1, z1], [x2, y1, z1], [x2, y1, z2], [x1, y1, z2]],
            [[x2, y2, z1], [x1, y2, z1], [x1, y2, z2], [x2, y2, z2]],
            [[x1, y2, z1], [x1, y1, z1], [x1, y1, z2], [x1, y2, z2]],
            [[x2, y1, z1], [x2, y2, z1], [x2, y2, z2], [x2, y1, z2]],
            [[x1, y1, z2], [x2, y1, z2], [x2, y2, z2], [x1, y2, z2]],
        )
        for face in faces:
            self.quad(np.array(face, np.float64), colour, layer)

    def tube(
        self, path: Floats, radius: float, colour: Floats, number: int, sides: int = 6
    ) -> None:
        """A tube round the points of `path` (n, 3), with an id in the picture of ids."""
        along = np.gradient(path, axis=0)
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        side = np.cross(along, [0.0, 0.0, 1.0])
        side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
        up = np.cross(side, along)
        turn = np.linspace(0, 2 * np.pi, sides + 1)
        ring = (
            np.cos(turn)[None, :, None] * side[:, None] + np.sin(turn)[None, :, None] * up[:, None]
        )
        self._grid(path[:, None] + radius * ring, ring, colour, number)

    def ball(self, centre: Floats, radius: float, colour: Floats, number: int) -> None:
        """A sphere of eight by twelve faces."""
        down, turn = np.meshgrid(np.linspace(0, np.pi, 9), np.linspace(0, 2 * np.pi, 13))
        unit = np.dstack([np.sin(down) * np.cos(turn), np.sin(down) * np.sin(turn), np.cos(down)])
        self._grid(centre + radius * unit, unit, colour, number)

    def _grid(self, points: Floats, normals: Floats, colour: Floats, number: int) -> None:
        n, m = points.shape[:2]
        i, j = (a.reshape(-1) for a in np.meshgrid(np.arange(n - 1), np.arange(m - 1)))
        order = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j), (i + 1, j + 1), (i, j + 1)]
        p = np.stack([points[a, b] for a, b in order], axis=1).reshape(-1, 3)
        nrm = np.stack([normals[a, b] for a, b in order], axis=1).reshape(-1, 3)
        tail = np.concatenate([[0, 0, PLAIN], colour, [number]])
        self.rows.append(np.hstack([p, nrm, np.tile(tail, (len(p), 1))]).astype(np.float32))

    def array(self) -> NDArray[np.float32]:
        """All vertices, float32 (3 * triangles, 13)."""
        return np.concatenate(self.rows)


def rim_points(court: CourtSize, side: float) -> Floats:
    """Points (24, 3) round the rim at the right (side 1) or left (-1) end."""
    turn = np.linspace(0, 2 * np.pi, 24)
    x = side * (court.length / 2 - court.rim) + RIM_RADIUS * np.cos(turn)
    return np.column_stack([x, RIM_RADIUS * np.sin(turn), np.full(24, RIM_HEIGHT)])


def add_hoop(scene: Triangles, court: CourtSize, side: float, rng: np.random.Generator) -> None:
    """Rim, net, frame of the board and stanchion. The glass itself is left clear or opaque."""
    metal, pad = rng.uniform(0.1, 0.95, 3), rng.uniform(0, 1, 3)
    rim = np.array([rng.uniform(0.75, 1.0), rng.uniform(0.15, 0.4), 0.08])
    ring = rim_points(court, side)
    scene.tube(ring, 0.02, rim, RIM_ID)
    white = np.full(3, 0.92)
    for i in range(0, 24, 2):  # the net's strings
        low = ring[0].copy()
        low[:2] = ring[:, :2].mean(axis=0) + 0.55 * (
            ring[(i + 2) % 24, :2] - ring[:, :2].mean(axis=0)
        )
        low[2] = RIM_HEIGHT - 0.42
        other = low.copy()
        other[:2] = ring[:, :2].mean(axis=0) + 0.55 * (ring[i - 2, :2] - ring[:, :2].mean(axis=0))
        scene.tube(np.stack([ring[i], low]), 0.008, white, 0, sides=3)
        scene.tube(np.stack([ring[i], other]), 0.008, white, 0, sides=3)
    _add_board(scene, court, side, metal, rng)
    x = side * (court.length / 2 + rng.uniform(0.3, 2.0))
    pole = np.array([x, 0.0, 0.0])
    if rng.uniform() < 0.85:
        half = np.array([0.3, 0.35, 0.0])
        tall = np.array([0.0, 0.0, rng.uniform(1.5, 2.4)])
        scene.box(pole - half, pole + half + tall, pad)
        top = np.array([x, 0.0, 2.9])
        scene.tube(np.stack([pole, pole * 0.7 + top * 0.3, top]), 0.15, metal, 0)
        back = np.array([side * (court.length / 2 - 1.22), 0.0, 3.3])
        scene.tube(np.stack([top, (top + back) / 2, back]), 0.1, metal, 0)


def _add_board(
    scene: Triangles, court: CourtSize, side: float, metal: Floats, rng: np.random.Generator
) -> None:
    x = side * (court.length / 2 - 1.2)
    white = np.full(3, 0.95)

    def bar(y1: float, y2: float, z1: float, z2: float, colour: Floats) -> None:
        low, high = np.array([x - 0.02, y1, z1]), np.array([x + 0.02, y2, z2])
        scene.box(low, high, colour)

    if rng.uniform() < 0.25:
        bar(-0.9, 0.9, 2.9, 3.95, white * rng.uniform(0.7, 1.0))
    frame = white if rng.uniform() < 0.6 else metal
    for z in (2.9, 3.9):
        bar(-0.9, 0.9, z, z + 0.06, frame)
    for y in (-0.9, 0.85):
        bar(y, y + 0.05, 2.9, 3.96, frame)
    for z in (3.05, 3.5):
        bar(-0.3, 0.3, z, z + 0.05, white)
    for y in (-0.3, 0.25):
        bar(y, y + 0.05, 3.05, 3.55, white)


def add_boards(scene: Triangles, court: CourtSize, layers: int, rng: np.random.Generator) -> None:
    """Advertising boards and tables along the far side and the ends."""
    half_l, half_w = court.length / 2, court.width / 2
    away = rng.uniform(2.0, 5.0)
    for x in np.arange(-half_l, half_l, 5.0):
        if rng.uniform() < 0.75:
            y, tall = half_w + away, rng.uniform(0.6, 1.0)
            corners = np.array([[x, y, 0], [x + 5, y, 0], [x + 5, y, tall], [x, y, tall]])
            scene.quad(corners, np.full(3, rng.uniform(0.6, 1.3)), float(rng.integers(layers)))
    for side in (-1.0, 1.0):
        for y in np.arange(-half_w, half_w, 5.0):
            if rng.uniform() < 0.5:
                x, tall = side * (half_l + rng.uniform(2.5, 4.5)), 0.8
                corners = np.array([[x, y, 0], [x, y + 5, 0], [x, y + 5, tall], [x, y, tall]])
                corners = corners if side < 0 else corners[[1, 0, 3, 2]]
                scene.quad(corners, np.ones(3), float(rng.integers(layers)))


@dataclass(frozen=True, slots=True)
class Stand:
    """Seats of one bank: places (n, 3) on the steps and headings (n,) towards the court."""

    places: Floats
    headings: Floats


def add_stands(
    scene: Triangles,
    court: CourtSize,
    rows: int,
    rise: float,
    layers: int,
    eye: Floats,
    rng: np.random.Generator,
) -> Stand:
    """Stepped banks on all four sides that leave the camera at `eye` (3,) its view.

    Returns the seats.
    """
    half_l, half_w = court.length / 2, court.width / 2
    colour = rng.uniform(0.04, 0.5) * rng.uniform(0.7, 1.3, 3)
    layer = float(rng.integers(layers)) if rng.uniform() < 0.3 else PLAIN
    places: list[Floats] = []
    headings: list[Floats] = []
    reach = {0: half_w + rng.uniform(2.2, 5.5), 1: half_l + rng.uniform(3, 6)}
    reach |= {2: half_w + rng.uniform(2.0, 4.0), 3: reach[1]}
    for bank in range(4):  # far side, right, near side, left
        angle = -np.pi / 2 * bank
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
        wide = (half_l if bank % 2 == 0 else half_w) + 6.0
        for row in range(rows):
            y, z = reach[bank] + 0.85 * row, max(0.02, rise * (row - 1))
            if not _below_view(y, z, turn.T @ eye, half_l if bank % 2 else half_w):
                break
            step = [[-wide, y, z], [wide, y, z], [wide, y + 0.85, z], [-wide, y + 0.85, z]]
            front = [[-wide, y, z - rise], [wide, y, z - rise], [wide, y, z], [-wide, y, z]]
            shade = colour * rng.uniform(0.85, 1.15)
            repeat = np.array([wide, 1.0])
            scene.quad(np.array(step) @ turn.T, shade, layer, repeat)
            scene.quad(np.array(front) @ turn.T, shade * 0.7, layer, repeat)
            x = np.arange(-wide + 0.3, wide, 0.55)
            seats = np.column_stack([x, np.full(len(x), y + 0.35), np.full(len(x), z)])
            places.append(seats @ turn.T)
            headings.append(np.full(len(x), angle))
    return Stand(np.concatenate(places), np.concatenate(headings))


def _below_view(y: float, z: float, eye: Floats, half: float) -> bool:
    """Whether people on a step stay under the line from the eye to the sideline before them."""
    away = eye[1] - half
    if away <= 0 or y - half < 0:
        return True
    return bool(y < eye[1] - 2.5 and z + 1.2 < 0.9 * eye[2] * (y - half) / away + 0.35)


def add_walls(
    scene: Triangles, distance: float, height: float, layers: int, rng: np.random.Generator
) -> None:
    """Four walls and no ceiling, `distance` metres from the centre of the court."""
    lit = rng.uniform(0.15, 1.0)
    for bank in range(4):
        c, s = np.cos(np.pi / 2 * bank), np.sin(np.pi / 2 * bank)
        turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
        d, far = distance, distance + 12
        for low, high in ((-0.5, height / 3), (height / 3, height)):
            wall = np.array([[-far, d, low], [far, d, low], [far, d, high], [-far, d, high]])
            turns = rng.uniform(1, 5, 2) * np.array([3.0, 1.0])
            scene.quad(
                wall @ turn.T, lit * rng.uniform(0.5, 1, 3), float(rng.integers(layers)), turns
            )
