"""Where the players and referees of one moment stand: sets, fast breaks, crowds under the rim.

Court coordinates in metres: origin at the centre, x along the length, y across, away from the
main camera.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.court_size import CourtSize
from courtside.simulate.kit import Role
from courtside.simulate.roster import FIRST_REFEREE, Actor
from courtside.simulate.stances import PoseKind

Point = NDArray[np.float64]
CLOSEST = 0.34  # metres between the middles of two bodies that press against each other


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a scene. kind: what the detector should call it; side: 0, 1 or -1 (none);
    identity: who of the venue's roster it is, -1 for others; shape: of the body, -1 for any."""

    role: Role
    kind: str
    side: int
    number: str
    place: tuple[float, float, float]
    heading: float
    pose: PoseKind
    scale: float = 1.0
    identity: int = -1
    shape: int = -1


def heading_to(place: Point, target: Point) -> float:
    """Turn about z, radians, that makes a body at `place` (2,) look at `target` (2,)."""
    dx, dy = target[0] - place[0], target[1] - place[1]
    return float(np.arctan2(dx, -dy))


def place_players(
    court: CourtSize, side: float, eye: Point, rng: np.random.Generator
) -> tuple[NDArray[np.float64], int]:
    """Ten places (10, 2), attackers first, and which of them has the ball.

    side: the end played at; eye: the camera's place (2,), for pairs that hide each other.
    """
    rim = np.array([side * (court.length / 2 - court.rim), 0.0])
    match str(rng.choice(["set", "rim", "break", "line"], p=[0.47, 0.33, 0.13, 0.07])):
        case "set":
            attack, guard = _half_court(rim, side, rng)
        case "rim":
            attack, guard = _under_rim(rim, side, rng)
        case "break":
            spread = [court.length * 0.3, court.width * 0.24]
            attack = rng.normal(0, 1, (5, 2)) * spread
            guard = attack + rng.normal(0, 2.0, (5, 2)) + [side * 1.5, 0]
        case _:
            attack, guard = _free_throw(rim, side, court, rng)
    _hide_pairs(attack, guard, eye, rng)
    everyone = _apart(np.vstack([attack, guard]), CLOSEST)
    limits = np.array([court.length / 2 + 0.8, court.width / 2 + 0.5])
    return np.clip(everyone, -limits, limits), int(rng.integers(0, 5))


def _half_court(rim: Point, side: float, rng: np.random.Generator) -> tuple[Point, Point]:
    attack = _round_rim(rim, side, rng, 5, (1.0, 9.0))
    guard = attack + _towards(attack, rim) * rng.uniform(0.4, 1.8, (5, 1))
    return attack, guard + rng.normal(0, 0.45, (5, 2))


def _under_rim(rim: Point, side: float, rng: np.random.Generator) -> tuple[Point, Point]:
    """Two to four pairs in a heap within a step of the rim, the others farther out."""
    near, spread = int(rng.integers(2, 5)), rng.uniform(0.5, 1.1)
    attack = _round_rim(rim, side, rng, 5, (2.0, 8.5))
    guard = attack + _towards(attack, rim) * rng.uniform(0.4, 2.0, (5, 1))
    attack[:near] = rim + rng.normal(0, spread, (near, 2)) - [side * 1.0, 0]
    guard[:near] = attack[:near] + rng.normal(0, 0.5, (near, 2))
    return attack, guard


def _free_throw(
    rim: Point, side: float, court: CourtSize, rng: np.random.Generator
) -> tuple[Point, Point]:
    slots = np.repeat(np.linspace(0.5, 4.0, 4), 2) * -side + rim[0]
    lane = np.where(np.arange(8) % 2, 1, -1) * (court.lane_width / 2 + 0.4)
    lined = np.column_stack([slots, lane]) + rng.normal(0, 0.1, (8, 2))
    shooter = [rim[0] - side * 4.3, 0.0]
    return np.vstack([lined[:4], shooter]), np.vstack([lined[4:], [rim[0] - side * 8.0, 1.0]])


def _hide_pairs(attack: Point, guard: Point, eye: Point, rng: np.random.Generator) -> None:
    """Put some defenders right before or behind their men as the camera sees them."""
    for i in np.flatnonzero(rng.uniform(size=len(attack)) < 0.3):
        way = (eye - attack[i]) / max(float(np.linalg.norm(eye - attack[i])), 1e-6)
        across = np.array([-way[1], way[0]]) * rng.normal(0, 0.18)
        guard[i] = attack[i] + way * rng.choice([-1.0, 1.0]) * rng.uniform(0.35, 0.9) + across


def _round_rim(
    rim: Point, side: float, rng: np.random.Generator, count: int, reach: tuple[float, float]
) -> NDArray[np.float64]:
    angle = rng.uniform(-1.5, 1.5, count)
    radius = rng.uniform(*reach, count)
    return rim + np.column_stack([-side * np.cos(angle), np.sin(angle)]) * radius[:, None]


def _towards(places: NDArray[np.float64], target: Point) -> NDArray[np.float64]:
    way = target - places
    return np.asarray(way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6))


def _apart(places: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """Push people apart until no two bodies stand in one another."""
    places = places.copy()
    for _ in range(12):
        way = places[:, None] - places[None]
        gap = np.linalg.norm(way, axis=2) + np.eye(len(places)) * 9
        push = np.where(gap < least, (least - gap) / 2, 0.0)[..., None]
        places += (way / np.maximum(gap, 1e-3)[..., None] * push).sum(axis=1)
    return places


# Poses with their shares: who has the ball, who guards him, everybody else.
_BALL: dict[PoseKind, float] = {"drive": 0.28, "run": 0.22, "hold": 0.16, "walk": 0.06}
_BALL |= {"shoot": 0.1, "layup": 0.1, "dunk": 0.06, "post": 0.05}
_GUARD: dict[PoseKind, float] = {"defend": 0.46, "arms": 0.14, "reach": 0.1, "jump": 0.08}
_GUARD |= {"run": 0.16, "box": 0.06}
_REST: dict[PoseKind, float] = {"run": 0.3, "walk": 0.16, "stand": 0.13, "defend": 0.13}
_REST |= {"box": 0.05, "screen": 0.04, "post": 0.05, "arms": 0.04, "reach": 0.03, "hips": 0.02}
_REST |= {"point": 0.02, "crouch": 0.03}
_LIFTED = ("jump", "layup", "dunk", "shoot", "reach")


def _pick(shares: dict[PoseKind, float], rng: np.random.Generator) -> PoseKind:
    weights = np.array(list(shares.values()))
    return list(shares)[int(rng.choice(len(weights), p=weights / weights.sum()))]


def players(
    places: NDArray[np.float64],
    carrier: int,
    attacking: int,
    actors: tuple[Actor, ...],
    rng: np.random.Generator,
) -> list[Person]:
    """The roster's players at `places` (10, 2), the first five of side `attacking`."""
    ball, guard = places[carrier], 5 + int(np.argmin(_far(places[5:], places[carrier])))
    order = [rng.permutation(5) + 5 * attacking, rng.permutation(5) + 5 * (1 - attacking)]
    people = []
    for i, identity in enumerate(np.concatenate(order).tolist()):
        shares = _BALL if i == carrier else _GUARD if i == guard else _REST
        pose = _pick(shares, rng)
        turn = heading_to(places[i], ball) + rng.normal(0, 0.8)
        if i == carrier:
            turn = float(rng.uniform(-np.pi, np.pi))
        lift = float(rng.uniform(0.1, 1.0)) if pose in _LIFTED and rng.uniform() < 0.6 else 0.0
        at = (float(places[i][0]), float(places[i][1]), lift)
        people.append(acted(actors[identity], identity, at, turn, pose))
    return people


def acted(
    actor: Actor, identity: int, at: tuple[float, float, float], turn: float, pose: PoseKind
) -> Person:
    """One of the roster at a place in a pose."""
    kind = "referee" if actor.role == "referee" else "player"
    number, scale, shape = actor.number, actor.scale, actor.shape
    return Person(actor.role, kind, actor.side, number, at, turn, pose, scale, identity, shape)


def _far(places: NDArray[np.float64], point: Point) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(places - point, axis=1))


_WATCH: dict[PoseKind, float] = {"stand": 0.36, "walk": 0.22, "run": 0.2, "point": 0.08}
_WATCH |= {"shoot": 0.04, "jump": 0.03, "hips": 0.07}


def referees(
    court: CourtSize,
    side: float,
    ball: Point,
    actors: tuple[Actor, ...],
    rng: np.random.Generator,
) -> list[Person]:
    """Two or three referees: along both sidelines and under the basket, off the floor as often."""
    half_l, half_w = court.length / 2, court.width / 2
    spots = [
        [side * rng.uniform(2, half_l), -half_w + rng.uniform(-1.2, 2.0)],
        [side * rng.uniform(0, half_l), half_w + rng.uniform(-1.2, 1.4)],
        [side * (half_l + rng.uniform(-0.7, 1.8)), rng.uniform(-half_w, half_w)],
    ]
    if rng.uniform() < 0.2:
        spots[int(rng.integers(3))] = [rng.uniform(-half_l, half_l), rng.uniform(-half_w, half_w)]
    people = []
    for i, spot in enumerate(spots[: int(rng.integers(2, len(spots) + 1))]):
        turn = heading_to(np.array(spot), ball) + rng.normal(0, 0.6)
        pose = _pick(_WATCH, rng)
        at = (float(spot[0]), float(spot[1]), 0.0)
        people.append(acted(actors[FIRST_REFEREE + i], FIRST_REFEREE + i, at, turn, pose))
    return people
