"""Who plays at a venue: ten players and the referees, who look the same in all its pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.kit import Kit, Role, random_shirt
from courtside.simulate.looks import look_of
from courtside.simulate.textures import FIRST_NAME, FIRST_WORD

FIRST_REFEREE, REFEREES = 10, 3
FANS = 64  # looks a crowd is dressed in
SHAPES = 24  # of the packaged bodies


@dataclass(frozen=True, slots=True)
class Actor:
    """One person of a roster. look: float32 (LOOK_ROWS, 3); shape: of the packaged bodies."""

    role: Role
    side: int
    number: str
    shape: int
    scale: float
    look: NDArray[np.float32]


def random_roster(
    kits: tuple[Kit, Kit], casual: bool, rng: np.random.Generator
) -> tuple[Actor, ...]:
    """Players 0 to 4 of side 0, 5 to 9 of side 1, then the referees.

    casual: everybody plays in clothes of his own and has no number.
    """
    shirt = random_shirt(rng)
    named, worded = rng.uniform() < 0.8, rng.uniform() < 0.75
    numbers = [_numbers(rng), _numbers(rng)]
    actors = []
    for i in range(FIRST_REFEREE):
        side, role = i // 5, "staff" if casual else "player"
        layers = (FIRST_NAME + i if named else 0, FIRST_WORD + side if worded else 0)
        look = look_of("staff" if casual else "player", kits[side], shirt, rng, layers)
        number = "" if casual else numbers[side][i % 5]
        shape, scale = int(rng.integers(SHAPES)), float(rng.uniform(0.94, 1.05))
        actors.append(Actor(role, side, number, shape, scale, look))  # type: ignore[arg-type]
    for _ in range(REFEREES):
        look = look_of("referee", kits[0], shirt, rng)
        shape, scale = int(rng.integers(SHAPES)), float(rng.uniform(0.88, 0.96))
        actors.append(Actor("referee", -1, "", shape, scale, look))
    return tuple(actors)


def random_fans(kits: tuple[Kit, Kit], rng: np.random.Generator) -> NDArray[np.float32]:
    """Looks of the spectators of a venue, float32 (FANS, LOOK_ROWS, 3)."""
    shirt = random_shirt(rng)
    return np.stack([look_of("spectator", kits[0], shirt, rng) for _ in range(FANS)])


def _numbers(rng: np.random.Generator) -> list[str]:
    """Five different numbers of one side."""
    found: list[str] = []
    while len(found) < 5:
        number = str(rng.integers(0, 56) if rng.uniform() < 0.85 else rng.integers(0, 100))
        if rng.uniform() < 0.04:
            number = "00"
        if number not in found:
            found.append(number)
    return found
