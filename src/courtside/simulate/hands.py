"""Where the ball of one moment is: in a hand, dribbled, in the air, at the rim."""

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.place import Person

RIM_HEIGHT = 3.048  # metres
_BOTH = ("hold", "shoot", "dunk", "post", "reach")  # poses that hold the ball between both hands
_BETWEEN, _BESIDE = 0.05, 0.13  # metres from the hands' middle, from one hand's middle, to the ball


def place_ball(
    carrier: Person,
    row: NDArray[np.float32] | None,
    hands: NDArray[np.float32] | None,
    rim: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[tuple[float, float, float], bool]:
    """Centre of the ball in metres, and whether somebody has it.

    row, hands: the carrier's row of the cast and hands (2, 3), None where he is not in the scene;
    rim: (2,) the rim attacked.
    """
    choice = rng.uniform()
    if choice < 0.62 and row is not None and hands is not None:
        return _in_hand(carrier, row, hands, rng), True
    if choice < 0.8:
        return _flying(np.array(carrier.place[:2]), rim, rng), False
    near = rng.normal(0, 0.3, 2)
    x, y = rim + near
    return (float(x), float(y), RIM_HEIGHT + float(rng.uniform(-0.4, 0.9))), False


def _in_hand(
    carrier: Person,
    row: NDArray[np.float32],
    hands: NDArray[np.float32],
    rng: np.random.Generator,
) -> tuple[float, float, float]:
    c, s = float(row[6]), float(row[7])
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    left, right = hands.astype(np.float64) * float(row[5]) @ turn.T + row[:3]
    ahead = turn @ np.array([0.0, -1.0, 0.0])
    if carrier.pose in _BOTH:
        x, y, z = (left + right) / 2 + ahead * _BETWEEN + [0, 0, 0.06]
    elif carrier.pose in ("layup", "jump"):
        x, y, z = right + np.array([0, 0, _BESIDE])
    else:
        x, y, z = right - np.array([0, 0, _BESIDE])
        if rng.uniform() < 0.6:  # on its way to the floor or back
            z = rng.uniform(0.13, max(0.14, z))
            x, y = np.array([x, y]) + ahead[:2] * 0.1 + rng.normal(0, 0.05, 2)
    return float(x), float(y), float(z)


def _flying(
    source: NDArray[np.float64], rim: NDArray[np.float64], rng: np.random.Generator
) -> tuple[float, float, float]:
    """A pass to anywhere near or a shot."""
    if rng.uniform() < 0.5:
        share = rng.uniform(0.1, 0.95)
        x, y = source + share * (rim - source)
        return float(x), float(y), float(2.2 + 0.9 * share + 7.0 * share * (1 - share) * 0.6)
    x, y = source + rng.normal(0, 2.5, 2)
    return float(x), float(y), float(rng.uniform(0.6, 2.6))
