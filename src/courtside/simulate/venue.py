"""Random places to play in: floor, stands, walls, light, kits and a camera position."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.buffers import Stage
from courtside.simulate.camera import Viewpoint, random_camera
from courtside.simulate.floor import CourtSize, floor_size, paint_floor, random_court
from courtside.simulate.kit import Kit, random_kits
from courtside.simulate.raster import Light
from courtside.simulate.statics import (
    Stand,
    Triangles,
    add_boards,
    add_hoop,
    add_stands,
    add_walls,
)
from courtside.simulate.textures import SURFACE_SIZE, board, number_sheet, surface

VenueKind = Literal["arena", "gym", "outdoor"]


@dataclass(frozen=True, slots=True)
class Venue:
    """A place and a game in it: stage, kits and light stay from picture to picture."""

    kind: VenueKind
    court: CourtSize
    eye: tuple[float, float, float]
    viewpoint: Viewpoint
    stage: Stage
    stand: Stand | None
    light: Light
    kits: tuple[Kit, Kit]


def random_venue(rng: np.random.Generator) -> Venue:
    """A random place, with a camera position that its stands leave free."""
    kind: VenueKind = str(rng.choice(["arena", "gym", "outdoor"], p=[0.8, 0.1, 0.1]))  # type: ignore[assignment]
    court, viewpoint = random_court(rng), _viewpoint(kind, rng)
    eye = random_camera(viewpoint, (8.0, 0.0), court.width / 2, (960, 540), rng).place
    return build_venue(kind, court, viewpoint, eye, random_kits(rng), rng)


def build_venue(
    kind: VenueKind,
    court: CourtSize,
    viewpoint: Viewpoint,
    eye: tuple[float, float, float],
    kits: tuple[Kit, Kit],
    rng: np.random.Generator,
) -> Venue:
    """A place of a kind with random floor, stands, walls and light, free to see from `eye`."""
    parts, stand = _surroundings(kind, court, np.array(eye), rng)
    light = random_light(kind, rng)
    stage = _stage(court, kind, parts, rng)
    return Venue(kind, court, eye, viewpoint, stage, stand, light, kits)


def _viewpoint(venue: VenueKind, rng: np.random.Generator) -> Viewpoint:
    kinds: tuple[Viewpoint, ...] = ("broadcast", "baseline", "phone", "corner")
    share = {
        "arena": (0.82, 0.07, 0.03, 0.08),
        "gym": (0.35, 0.10, 0.35, 0.20),
        "outdoor": (0.2, 0.15, 0.45, 0.20),
    }[venue]
    return kinds[int(rng.choice(4, p=share))]


def _surroundings(
    venue: VenueKind, court: CourtSize, eye: NDArray[np.float64], rng: np.random.Generator
) -> tuple[Triangles, Stand | None]:
    parts = Triangles()
    far, ground = 70.0, np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * 70.0
    parts.quad(
        np.column_stack([ground, np.full(4, -0.05)]),
        rng.uniform(0.1, 0.5) * rng.uniform(0.8, 1.2, 3),
        float(rng.integers(8)) if venue == "outdoor" else -1.0,
        np.full(2, far),
    )
    for side in (-1.0, 1.0):
        add_hoop(parts, court, side, rng)
    add_walls(parts, rng.uniform(24, 40), rng.uniform(6, 25), 8, rng)
    if venue == "outdoor":
        return parts, None
    add_boards(parts, court, 12, rng)
    rows = int(rng.integers(10, 24)) if venue == "arena" else int(rng.integers(1, 8))
    return parts, add_stands(parts, court, rows, rng.uniform(0.25, 0.42), 8, eye, rng)


def _stage(court: CourtSize, venue: VenueKind, parts: Triangles, rng: np.random.Generator) -> Stage:
    surfaces = [surface(rng) for _ in range(8)]
    for _ in range(4):
        painted = board(rng)
        surfaces.append(np.repeat(painted[:, ::2], SURFACE_SIZE // painted.shape[0], axis=0))
    sky = rng.uniform(0.5, 1.0, 3) if venue == "outdoor" else rng.uniform(0.0, 0.25, 3)
    return Stage(
        parts.array(),
        paint_floor(court, venue == "outdoor", rng),
        floor_size(court),
        np.stack(surfaces),
        number_sheet(rng),
        (float(sky[0]), float(sky[1]), float(sky[2])),
    )


def random_light(venue: VenueKind, rng: np.random.Generator) -> Light:
    """Arenas: several lamps overhead; outdoors: one sun and the sky."""
    level, warmth = rng.uniform(0.7, 1.15), rng.uniform(0.92, 1.08)
    colour = np.array([warmth, 1.0, 2 - warmth])
    ambient = level * rng.uniform(0.4, 0.7) * colour
    lamps = np.column_stack([rng.normal(0, 0.6, (3, 2)), rng.uniform(0.6, 1.2, 3)])
    lamps /= np.linalg.norm(lamps, axis=1, keepdims=True)
    strength = np.array([0.5, 0.25, 0.2]) * level * rng.uniform(0.6, 1.4)
    gloss = 0.0 if venue == "outdoor" else max(0.0, rng.uniform(-0.6, 0.7))
    return Light(ambient, lamps * strength[:, None], gloss, rng.uniform(0.0, 0.55))
