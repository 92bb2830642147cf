"""Where people of one moment stand: half-court sets, fast breaks, crowds under the rim, benches.

Court coordinates in metres: origin at the centre, x along the length, y across, away from the
main camera.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.floor import CourtSize
from courtside.simulate.kit import Role
from courtside.simulate.pose import PoseKind

Point = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a scene. kind: what the detector should call it; side: 0, 1 or -1 (none)."""

    role: Role
    kind: str
    side: int
    number: str
    place: tuple[float, float, float]
    heading: float
    pose: PoseKind
    scale: float = 1.0


def heading_to(place: Point, target: Point) -> float:
    """Turn about z, radians, that makes a body at `place` (2,) look at `target` (2,)."""
    dx, dy = target[0] - place[0], target[1] - place[1]
    return float(np.arctan2(dx, -dy))


def place_players(
    court: CourtSize, side: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], Point]:
    """Ten places (10, 2), attackers first, and the ball carrier's. side: the end played at."""
    rim = np.array([side * (court.length / 2 - court.rim), 0.0])
    match str(rng.choice(["set", "rim", "break", "line"], p=[0.52, 0.26, 0.14, 0.08])):
        case "set":
            attack = _round_rim(rim, side, rng, 5, (1.0, 9.0))
            guard = attack + _towards(attack, rim) * rng.uniform(0.4, 1.8, (5, 1))
            guard = guard + rng.normal(0, 0.45, (5, 2))
        case "rim":
            near = int(rng.integers(2, 5))
            attack = _round_rim(rim, side, rng, 5, (2.0, 8.5))
            guard = attack + _towards(attack, rim) * rng.uniform(0.4, 2.0, (5, 1))
            attack[:near] = rim + rng.normal(0, 1.1, (near, 2)) - [side * 1.0, 0]
            guard[:near] = attack[:near] + rng.normal(0, 0.55, (near, 2))
        case "break":
            spread = [court.length * 0.3, court.width * 0.24]
            attack = rng.normal(0, 1, (5, 2)) * spread
            guard = attack + rng.normal(0, 2.0, (5, 2)) + [side * 1.5, 0]
        case _:
            slots = np.repeat(np.linspace(0.5, 4.0, 4), 2) * -side + rim[0]
            lane = np.where(np.arange(8) % 2, 1, -1) * (court.lane_width / 2 + 0.4)
            lined = np.column_stack([slots, lane]) + rng.normal(0, 0.1, (8, 2))
            shooter = [rim[0] - side * 4.3, 0.0]
            attack = np.vstack([lined[:4], shooter])
            guard = np.vstack([lined[4:], [rim[0] - side * 8.0, 1.0]])
    everyone = _apart(np.vstack([attack, guard]), 0.34)
    limits = np.array([court.length / 2 + 0.8, court.width / 2 + 0.5])
    everyone = np.clip(everyone, -limits, limits)
    return everyone, everyone[int(rng.integers(0, 5))]


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


_PLAY: tuple[PoseKind, ...] = ("run", "stand", "defend", "shoot", "jump", "reach", "crouch", "arms")
_PLAY_SHARE = (0.36, 0.12, 0.2, 0.06, 0.05, 0.05, 0.06, 0.1)


def players(places: NDArray[np.float64], ball: Point, rng: np.random.Generator) -> list[Person]:
    """The players at `places`, the first half of side 0, looking more or less at the ball."""
    numbers = [_number(rng) for _ in places]
    people = []
    for i, place in enumerate(places):
        pose = _PLAY[int(rng.choice(len(_PLAY), p=_PLAY_SHARE))]
        turn = heading_to(place, ball) + rng.normal(0, 0.9)
        lift = float(rng.uniform(0.1, 0.8)) if pose == "jump" else 0.0
        side = int(i >= len(places) // 2)
        at = (float(place[0]), float(place[1]), lift)
        scale = float(rng.uniform(0.96, 1.06))
        people.append(Person("player", "player", side, numbers[i], at, turn, pose, scale))
    return people


def _number(rng: np.random.Generator) -> str:
    if rng.uniform() < 0.06:
        return str(rng.choice(["0", "00"]))
    return str(rng.integers(0, 56) if rng.uniform() < 0.85 else rng.integers(0, 100))


def referees(court: CourtSize, side: float, ball: Point, rng: np.random.Generator) -> list[Person]:
    """Two or three referees: along both sidelines and under the basket, on or off the floor."""
    half_l, half_w = court.length / 2, court.width / 2
    spots = [
        [side * rng.uniform(2, half_l), -half_w + rng.uniform(-1.2, 2.0)],
        [side * rng.uniform(0, half_l), half_w + rng.uniform(-2.0, 1.0)],
        [side * (half_l + rng.uniform(-0.8, 1.2)), rng.uniform(-half_w, half_w)],
    ]
    if rng.uniform() < 0.3:
        spots.append([rng.uniform(-half_l, half_l), rng.uniform(-half_w, half_w)])
    people = []
    for spot in spots[: int(rng.integers(2, len(spots) + 1))]:
        turn = heading_to(np.array(spot), ball) + rng.normal(0, 0.6)
        pose: PoseKind = "stand" if rng.uniform() < 0.6 else "run"
        if rng.uniform() < 0.1:
            pose = "jump" if rng.uniform() < 0.2 else "shoot"  # an arm up for a foul or a three
        at = (float(spot[0]), float(spot[1]), 0.0)
        people.append(Person("referee", "referee", -1, "", at, turn, pose, 0.94))
    return people


def others(court: CourtSize, rng: np.random.Generator) -> list[Person]:
    """Coaches, substitutes, table and photographers: people near the lines who do not play."""
    half_l, half_w = court.length / 2, court.width / 2
    people: list[Person] = []

    def add(role: Role, side: int, x: float, y: float, low: float, pose: PoseKind) -> None:
        turn = heading_to(np.array([x, y]), np.array([x * 0.6, 0.0])) + rng.normal(0, 0.4)
        people.append(Person(role, "person", side, "", (x, y, low), float(turn), pose, 0.95))

    for _ in range(int(rng.integers(0, 5))):
        x = float(rng.uniform(-half_l, half_l))
        add("suit", -1, x, half_w + float(rng.uniform(0.6, 2.2)), 0.0, "stand")
    for side in (0, 1):
        start = (-1 if side == 0 else 1) * rng.uniform(3, 6)
        for i in range(int(rng.integers(0, 10))):
            x = start + np.sign(start) * 0.7 * i
            seated = rng.uniform() < 0.85
            role: Role = "bench" if rng.uniform() < 0.75 else "staff"
            add(role, side, float(x), half_w + 1.9, 0.0, "sit" if seated else "stand")
    for end in (-1.0, 1.0):
        for _ in range(int(rng.integers(0, 7))):
            x = end * (half_l + float(rng.uniform(1.2, 3.0)))
            y = float(rng.uniform(-half_w, half_w))
            pose: PoseKind = str(rng.choice(["sit", "crouch", "stand"], p=[0.65, 0.15, 0.2]))  # type: ignore[assignment]
            add("staff", -1, x, y, -0.38 if pose == "sit" and rng.uniform() < 0.5 else 0.0, pose)
    for _ in range(int(rng.integers(0, 3))):
        x = float(rng.uniform(-half_l, half_l))
        add("staff", -1, x, -half_w - float(rng.uniform(1.0, 2.5)), 0.0, "stand")
    return people
