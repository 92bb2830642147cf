"""Random places to play in: floor, stands, walls, light, kits, roster and a camera position."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.buffers import Stage
from courtside.simulate.camera import Viewpoint, random_camera
from courtside.simulate.court_size import CourtSize, random_court
from courtside.simulate.floor import floor_size, paint_floor
from courtside.simulate.kit import Kit, random_kits
from courtside.simulate.outdoors import add_outdoors
from courtside.simulate.raster import Light
from courtside.simulate.roster import Actor, random_fans, random_roster
from courtside.simulate.stands import add_boards, add_ribbon, add_stands
from courtside.simulate.statics import Stand, Triangles, add_hoop, add_walls
from courtside.simulate.textures import BOARDS, FOLIAGE, LAYERS, WINDOWS, number_sheet, surfaces

VenueKind = Literal["arena", "gym", "outdoor"]


@dataclass(frozen=True, slots=True)
class Venue:
    """A place and a game in it: stage, kits, roster and light stay from picture to picture."""

    kind: VenueKind
    court: CourtSize
    eye: tuple[float, float, float]
    viewpoint: Viewpoint
    stage: Stage
    stand: Stand | None
    light: Light
    kits: tuple[Kit, Kit]
    roster: tuple[Actor, ...]
    fans: NDArray[np.float32]


def random_venue(rng: np.random.Generator) -> Venue:
    """A random place, with a camera position that its stands leave free."""
    kind: VenueKind = str(rng.choice(["arena", "gym", "outdoor"], p=[0.75, 0.14, 0.11]))  # type: ignore[assignment]
    court, viewpoint = random_court(rng), _viewpoint(kind, rng)
    end = float(rng.choice([-8.0, 8.0]))
    eye = random_camera(viewpoint, (end, 0.0), court.width / 2, (960, 540), rng).place
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
    light = random_light(kind, rng)
    parts, stand = _surroundings(kind, court, np.array(eye), light.crowd, rng)
    stage = _stage(court, kind, parts, rng)
    casual = bool(rng.uniform() < {"arena": 0.0, "gym": 0.35, "outdoor": 0.8}[kind])
    roster = random_roster(kits, casual, rng)
    fans = random_fans(kits, rng)
    return Venue(kind, court, eye, viewpoint, stage, stand, light, kits, roster, fans)


_VIEWPOINTS: tuple[Viewpoint, ...] = (
    *("broadcast", "baseline", "phone", "corner", "endline", "balcony", "beside"),
)


def _viewpoint(venue: VenueKind, rng: np.random.Generator) -> Viewpoint:
    share = {
        "arena": (0.52, 0.25, 0.05, 0.05, 0.04, 0.02, 0.07),
        "gym": (0.2, 0.1, 0.2, 0.12, 0.08, 0.25, 0.05),
        "outdoor": (0.1, 0.15, 0.3, 0.12, 0.03, 0.0, 0.3),
    }[venue]
    return _VIEWPOINTS[int(rng.choice(len(share), p=share))]


def _surroundings(
    venue: VenueKind,
    court: CourtSize,
    eye: NDArray[np.float64],
    dim: float,
    rng: np.random.Generator,
) -> tuple[Triangles, Stand | None]:
    parts = Triangles()
    _ground(parts, venue, rng)
    for side in (-1.0, 1.0):
        add_hoop(parts, court, side, 0.15 if venue == "outdoor" else 0.9, rng)
    far = max(rng.uniform(24, 40), float(np.abs(eye[:2]).max()) + 3.0)
    if venue == "outdoor":
        if rng.uniform() < 0.7:
            add_walls(parts, rng.uniform(30, 45), rng.uniform(2, 9), FOLIAGE, 1.3, rng)
        leaves, windows = (float(rng.choice(layers)) for layers in (FOLIAGE, WINDOWS))
        add_outdoors(parts, court, leaves, windows, rng)
        return parts, None
    add_walls(parts, far, rng.uniform(6, 25), LAYERS[venue], dim * rng.uniform(0.3, 1.0), rng)
    add_boards(parts, court, BOARDS, rng)
    if venue == "arena" and rng.uniform() < 0.6:
        add_ribbon(parts, far - 1.0, rng.uniform(5, 11), BOARDS, rng)
    rows = int(rng.integers(10, 24)) if venue == "arena" else int(rng.integers(0, 8))
    rise = rng.uniform(0.25, 0.42)
    return parts, add_stands(parts, court, rows, rise, LAYERS[venue], dim, eye, rng)


def _ground(parts: Triangles, venue: VenueKind, rng: np.random.Generator) -> None:
    ground = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * 70.0
    layer = float(rng.choice(FOLIAGE)) if venue == "outdoor" and rng.uniform() < 0.6 else -1.0
    tint = rng.uniform(0.15, 0.5) * rng.uniform(0.9, 1.1, 3)
    parts.quad(np.column_stack([ground, np.full(4, -0.05)]), tint, layer, np.full(2, 70.0))


def _stage(court: CourtSize, venue: VenueKind, parts: Triangles, rng: np.random.Generator) -> Stage:
    sky = np.array([0.62, 0.75, 0.92]) * rng.uniform(0.75, 1.1) + rng.uniform(0, 0.15)
    if venue != "outdoor":
        sky = np.full(3, rng.uniform(0.0, 0.12))
    return Stage(
        parts.array(),
        paint_floor(court, venue == "outdoor", rng),
        floor_size(court),
        surfaces(rng),
        number_sheet(rng),
        (float(sky[0]), float(sky[1]), float(sky[2])),
    )


def random_light(venue: VenueKind, rng: np.random.Generator) -> Light:
    """Arenas: many lamps overhead, soft shadows; outdoors: one sun and the sky, or clouds.

    The floor gets 0.82 to 1.1 of the light that makes white paint white.
    """
    exposure, warmth = rng.uniform(0.82, 1.1), rng.uniform(0.95, 1.05)
    colour = np.array([warmth, 1.0, 2 - warmth])
    soft = rng.uniform(0.5, 0.72)
    lamps = np.column_stack([rng.normal(0, 0.45, (3, 2)), np.ones(3)])
    shares, shadow = np.array([0.4, 0.35, 0.25]), rng.uniform(0.0, 0.16)
    if venue == "outdoor":
        sunny = rng.uniform() < 0.6
        soft = rng.uniform(0.35, 0.5) if sunny else rng.uniform(0.7, 0.85)
        lamps[0] = [*rng.normal(0, 0.8, 2), 1.0]
        shares = np.array([0.8, 0.1, 0.1])
        shadow = rng.uniform(0.35, 0.62) if sunny else 0.0
    lamps /= np.linalg.norm(lamps, axis=1, keepdims=True)
    lit = ((lamps[:, 2] + 0.25) / 1.25) @ shares
    strength = exposure * (1 - soft) * shares / lit
    gloss = 0.0 if venue == "outdoor" else max(0.0, rng.uniform(-0.3, 0.5))
    contact = rng.uniform(0.2, 0.5)
    level = rng.uniform(0.5, 1.25) if venue == "arena" else rng.uniform(0.5, 1.0)
    return Light(exposure * soft * colour, lamps * strength[:, None], gloss, shadow, contact, level)
