"""Where five attackers go: their sets, and who is near or free. Court metres as in `place`."""

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.match import JOG, RUN, Match

Floats = NDArray[np.float64]
# Places of five attackers from the rim, metres along and across: one in the corner, and so on.
_SETS = (
    ((8.2, 0.0), (6.6, -5.2), (6.6, 5.2), (1.6, -6.6), (1.4, 2.4)),
    ((8.4, 1.5), (7.0, -5.0), (3.6, 5.9), (4.4, -2.4), (1.5, 2.3)),
    ((8.0, -2.0), (5.2, -6.0), (5.4, 5.9), (0.8, 6.7), (3.6, 1.0)),
)


def choose_spots(match: Match) -> None:
    """Pick a set and where each attacker stands in it."""
    layout = np.array(_SETS[int(match.rng.integers(len(_SETS)))])
    layout = layout[match.rng.permutation(5)] * [1.0, match.rng.choice([-1.0, 1.0])]
    layout = layout * (1 - 0.65 * match.crowded)
    match.spots = match.rim - [match.end, 0] * layout[:, :1] + [0, 1] * layout[:, 1:]
    match.spots = match.spots + match.rng.normal(0, 0.4, (5, 2))


def to_spots(match: Match, but: int = -1, top: float = JOG + 0.8) -> None:
    """Send everybody but one to his spot."""
    for i, row in enumerate(match.attackers):
        if row != but:
            match.goal[row], match.top[row] = match.spots[i], top


def others_up(match: Match, *staying: int) -> None:
    """Send all but those named up the court."""
    choose_spots(match)
    for i, row in enumerate(match.attackers):
        if row not in staying:
            match.goal[row], match.top[row] = match.spots[i], RUN


def turn_over(match: Match) -> None:
    """The other side has the ball and attacks the other end."""
    match.attack, match.end = 1 - match.attack, -match.end
    match.tell("possession", match.diary.ball[-1].who)
    choose_spots(match)
    to_spots(match, top=RUN)


def nearest(match: Match, point: Floats, count: int) -> list[int]:
    """The players nearest to a point."""
    rows = [*match.attackers, *match.defenders]
    return sorted(rows, key=lambda r: match.gap(r, point))[:count]


def unit(way: Floats) -> Floats:
    """A direction of length 1."""
    return np.asarray(way / max(float(np.linalg.norm(way)), 1e-6))


def open_mate(match: Match, holder: int) -> int:
    """The attacker farthest from his man, among those not too far away."""
    mates = [r for r in match.attackers if r != holder]
    space = [match.gap(r, match.place[match.man_of(r)]) + match.rng.uniform(0, 1.5) for r in mates]
    far = [match.gap(r, match.place[holder]) for r in mates]
    worth = [s - (3.0 if f > 12 else 0.0) for s, f in zip(space, far, strict=True)]
    return mates[int(np.argmax(worth))]
