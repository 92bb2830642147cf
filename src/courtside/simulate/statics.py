"""What stands round the court: stands, boards, walls, hoops, tables, as textured triangles."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.court_size import CourtSize
from courtside.simulate.kit import CLUBS

RIM_HEIGHT, RIM_RADIUS = 3.048, 0.2286
RIM_TUBE = 0.02  # metres, half the thickness of the ring
RIM_ID, BALL_ID = 250, 251  # in the picture of ids; people count from 1
GLOW = -1.0  # in place of an id: not lit by the lamps
PLAIN = -1.0  # no texture layer: the colour alone

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Triangles:
    """Growing soup of triangles. A row of `rows` is x y z, normal, u v, layer, r g b, id."""

    rows: list[NDArray[np.float32]] = field(default_factory=list)

    def quad(
        self,
        corners: Floats,
        colour: Floats,
        layer: float = PLAIN,
        repeat: Floats | None = None,
        glow: bool = False,
    ) -> None:
        """A quad from corners (4, 3) in order round it; `repeat` (2,): texture turns along it;
        glow: it shines by itself, as light boards do."""
        normal = np.cross(corners[1] - corners[0], corners[3] - corners[0])
        normal = normal / max(float(np.linalg.norm(normal)), 1e-9)
        turns = np.ones(2) if repeat is None else repeat
        uv = np.array([[0, 1], [1, 1], [1, 0], [0, 0]]) * turns
        tail = np.concatenate([[layer], colour, [GLOW if glow else 0.0]])
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

    def ball(
        self,
        centre: Floats,
        radius: float,
        colour: Floats,
        number: int,
        turn: Floats | None = None,
        stretch: Floats | None = None,
    ) -> None:
        """A basketball with dark seams. turn: rotation (3, 3) of the seams; stretch: a direction
        (3,) in which motion blur draws it out, by its length in radii."""
        down, round_ = np.meshgrid(np.linspace(0, np.pi, 15), np.linspace(0, 2 * np.pi, 25))
        unit = np.dstack(
            [np.sin(down) * np.cos(round_), np.sin(down) * np.sin(round_), np.cos(down)]
        )
        seams = unit if turn is None else unit @ turn
        x, y, z = np.moveaxis(seams, 2, 0)
        near = np.minimum.reduce([np.abs(x), np.abs(z), np.abs(np.abs(y) - 0.25 - 0.5 * z**2)])
        shade = np.where(near < 0.09, 0.4, 1.0)[..., None] * colour
        points = unit if stretch is None else unit + (unit @ stretch)[..., None] * stretch
        self._grid(centre + radius * points, unit, shade, number)

    def blob(self, centre: Floats, radii: Floats, colour: Floats, layer: float) -> None:
        """An ellipsoid covered with a texture layer: a bush or the crown of a tree."""
        down, turn = np.meshgrid(np.linspace(0, np.pi, 8), np.linspace(0, 2 * np.pi, 11))
        unit = np.dstack([np.sin(down) * np.cos(turn), np.sin(down) * np.sin(turn), np.cos(down)])
        uv = np.dstack([turn / np.pi, down / np.pi, np.full_like(down, layer)])
        bumps = 1 + 0.18 * np.sin(5 * turn + 7 * down + centre[0])[..., None]
        self._grid(centre + radii * unit * bumps, unit, np.broadcast_to(colour, unit.shape), 0, uv)

    def _grid(
        self, points: Floats, normals: Floats, colour: Floats, number: int, uv: Floats | None = None
    ) -> None:
        n, m = points.shape[:2]
        i, j = (a.reshape(-1) for a in np.meshgrid(np.arange(n - 1), np.arange(m - 1)))
        order = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j), (i + 1, j + 1), (i, j + 1)]
        where = np.broadcast_to([0.0, 0.0, PLAIN], points.shape) if uv is None else uv
        number_of = np.full((n, m, 1), float(number))
        tint = np.broadcast_to(colour, points.shape)
        table = np.concatenate([points, normals, where, tint, number_of], axis=2)
        picked = np.stack([table[a, b] for a, b in order], axis=1)
        self.rows.append(picked.reshape(-1, table.shape[2]).astype(np.float32))

    def array(self) -> NDArray[np.float32]:
        """All vertices, float32 (3 * triangles, 13)."""
        return np.concatenate(self.rows)


def rim_points(court: CourtSize, side: float) -> Floats:
    """Points (24, 3) round the rim at the right (side 1) or left (-1) end."""
    turn = np.linspace(0, 2 * np.pi, 24)
    x = side * (court.length / 2 - court.rim) + RIM_RADIUS * np.cos(turn)
    return np.column_stack([x, RIM_RADIUS * np.sin(turn), np.full(24, RIM_HEIGHT)])


def add_hoop(
    scene: Triangles, court: CourtSize, side: float, padded: float, rng: np.random.Generator
) -> None:
    """Rim, net, frame of the board and stanchion, with pads in a share `padded` of all.

    The glass itself is left clear or opaque."""
    metal = np.full(3, rng.uniform(0.1, 0.9))
    pad = np.array(CLUBS[int(rng.integers(len(CLUBS)))])
    rim = np.array([rng.uniform(0.75, 1.0), rng.uniform(0.15, 0.4), 0.08])
    ring = rim_points(court, side)
    scene.tube(ring, RIM_TUBE, rim, RIM_ID)
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
    if rng.uniform() < padded:
        half = np.array([0.3, 0.35, 0.0])
        tall = np.array([0.0, 0.0, rng.uniform(1.5, 2.4)])
        scene.box(pole - half, pole + half + tall, pad)
    top = np.array([x, 0.0, 2.9])
    scene.tube(np.stack([pole, pole * 0.7 + top * 0.3, top]), 0.12, metal, 0)
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


@dataclass(frozen=True, slots=True)
class Stand:
    """Seats of all banks: places (n, 3) on the steps and headings (n,) towards the court."""

    places: Floats
    headings: Floats


def add_walls(
    scene: Triangles,
    distance: float,
    height: float,
    layers: tuple[int, ...],
    lit: float,
    rng: np.random.Generator,
) -> None:
    """Four walls and no ceiling, `distance` metres from the centre of the court."""
    for bank in range(4):
        turn = bank_turn(bank)
        d, far = distance, distance + 12
        for low, high in ((-0.5, height / 3), (height / 3, height)):
            wall = np.array([[-far, d, low], [far, d, low], [far, d, high], [-far, d, high]])
            turns = rng.uniform(1, 5, 2) * np.array([3.0, 1.0])
            tint = lit * rng.uniform(0.6, 1.0) * rng.uniform(0.9, 1.1, 3)
            scene.quad(wall @ turn.T, tint, float(rng.choice(layers)), turns)


def bank_turn(bank: int) -> Floats:
    """Rotation (3, 3) that takes the far side (bank 0) to the right end, near side, left end."""
    angle = -np.pi / 2 * bank
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
