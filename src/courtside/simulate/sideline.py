"""People near the lines who do not play: benches, coaches, table, photographers, helpers.

Court coordinates in metres, as in `place`.
"""

import numpy as np

from courtside.simulate.court_size import CourtSize
from courtside.simulate.kit import Role
from courtside.simulate.place import Person, heading_to
from courtside.simulate.stances import PoseKind

ON_FLOOR = -0.38  # metres a sitting body is lowered to sit on the floor instead of a chair
BENCH_AWAY, TABLE_AWAY = 1.7, 2.2  # metres from the far sideline to the benches, behind the table
BENCH_FROM = 5.2  # metres from the half-line to the first seat of a bench


def others(court: CourtSize, rng: np.random.Generator) -> list[Person]:
    """Everybody near the lines; which of them there are changes from picture to picture."""
    groups = (_benches, _coaches, _table, _behind_baselines, _near_side)
    return [p for group in groups for p in group(court, rng)]


def _beside(
    role: Role, side: int, at: tuple[float, float, float], pose: PoseKind, rng: np.random.Generator
) -> Person:
    x, y, _ = at
    turn = heading_to(np.array([x, y]), np.array([x * 0.6, 0.0])) + rng.normal(0, 0.35)
    return Person(role, "person", side, "", at, float(turn), pose, float(rng.uniform(0.88, 1.0)))


def _seated(rng: np.random.Generator) -> PoseKind:
    return "sit" if rng.uniform() < 0.6 else "slump"


def _benches(court: CourtSize, rng: np.random.Generator) -> list[Person]:
    """Substitutes in kit or warm-up suits, assistants between them; sometimes all on their feet."""
    people = []
    risen = 0.75 if rng.uniform() < 0.1 else 0.06
    for side in (0, 1):
        toward = -1 if side == 0 else 1
        for i in range(int(rng.integers(0, 12))):
            x = toward * (BENCH_FROM + 0.66 * i + rng.normal(0, 0.05))
            role: Role = "bench" if rng.uniform() < 0.65 else "suit"
            up = rng.uniform() < risen
            y = court.width / 2 + BENCH_AWAY - (0.6 if up else 0.0)
            people.append(_beside(role, side, (x, y, 0.0), "stand" if up else _seated(rng), rng))
    return people


def _coaches(court: CourtSize, rng: np.random.Generator) -> list[Person]:
    """Standing at the far line in suits or polo shirts."""
    people = []
    for _ in range(int(rng.integers(0, 5))):
        x = float(rng.uniform(-court.length / 2, court.length / 2))
        y = court.width / 2 + float(rng.uniform(0.3, 1.6))
        pose: PoseKind = str(rng.choice(["stand", "hips", "point", "walk", "screen"]))  # type: ignore[assignment]
        people.append(_beside("suit", int(x > 0), (x, y, 0.0), pose, rng))
    return people


def _table(court: CourtSize, rng: np.random.Generator) -> list[Person]:
    """Officials behind the scorer's table."""
    y = court.width / 2 + TABLE_AWAY
    count = int(rng.integers(0, 8))
    xs = rng.uniform(-4.5, 4.5, count)
    return [_beside("suit", -1, (float(x), y, 0.0), "sit", rng) for x in xs]


def _behind_baselines(court: CourtSize, rng: np.random.Generator) -> list[Person]:
    """Photographers on the floor, ball kids, dancers, security beside the stanchion."""
    people = []
    for end in (-1.0, 1.0):
        for _ in range(int(rng.integers(0, 8))):
            x = end * (court.length / 2 + float(rng.uniform(1.0, 2.6)))
            y = float(rng.uniform(-court.width / 2, court.width / 2))
            choice = rng.uniform()
            pose: PoseKind = "sit" if choice < 0.6 else "crouch" if choice < 0.72 else "stand"
            low = ON_FLOOR if pose == "sit" and rng.uniform() < 0.55 else 0.0
            role: Role = "suit" if rng.uniform() < 0.2 else "staff"
            people.append(_beside(role, -1, (x, y, low), pose, rng))
    return people


def _near_side(court: CourtSize, rng: np.random.Generator) -> list[Person]:
    """Few stand between the main camera and the court: ushers, cameramen, coaches."""
    people = []
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.45, 0.3, 0.15, 0.1]))):
        x = float(rng.uniform(-court.length / 2, court.length / 2))
        y = -court.width / 2 - float(rng.uniform(0.8, 2.5))
        role: Role = "suit" if rng.uniform() < 0.5 else "staff"
        people.append(_beside(role, -1, (x, y, 0.0), "stand", rng))
    return people
