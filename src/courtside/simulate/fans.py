"""Spectators of a film who move: they sway, turn after the ball, and stand up when it falls in.

They are drawn anew in every frame, all others once for a shot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.crowd import House
from courtside.simulate.match import Event

Floats = NDArray[np.float64]
MOVING = 0.08  # share of the house: 50 to 200 people in a picture
SWAY, TEMPO = 0.035, (0.25, 0.9)  # metres to either side, times a second
CHEERS = 0.6  # of those who move stand up for a score
LATE, LONG = 0.9, (1.2, 3.0)  # seconds: the slowest get up that late, and stay up so long
TURNED = 0.6  # of the way that a body turns to the ball


@dataclass(frozen=True, slots=True)
class Fans:
    """Those of a house who move. who: (n,) bool of the house's seats; phase, tempo, late, long: of
    every seat; upright: (n,) pose that stands; heading: (n,) radians; scores: seconds."""

    who: NDArray[np.bool_]
    phase: Floats
    tempo: Floats
    late: Floats
    long: Floats
    cheers: NDArray[np.bool_]
    upright: NDArray[np.int64]
    heading: Floats
    scores: tuple[float, ...]


def fans_of(
    house: House,
    kinds: NDArray[np.str_],
    events: Sequence[Event],
    rate: int,
    rng: np.random.Generator,
) -> Fans:
    """Choose who moves. kinds: poses of the library that far spectators are drawn from."""
    count = len(house.rows)
    standing = np.flatnonzero(np.isin(kinds, ["stand", "arms"]))
    return Fans(
        rng.uniform(size=count) < MOVING,
        rng.uniform(0, 2 * np.pi, count),
        rng.uniform(*TEMPO, count),
        rng.uniform(0.1, LATE, count),
        rng.uniform(*LONG, count),
        rng.uniform(size=count) < CHEERS,
        rng.choice(standing, count) if count else np.zeros(0, np.int64),
        np.arctan2(house.rows[:, 7], house.rows[:, 6]).astype(np.float64),
        tuple(event.frame / rate for event in events if event.kind == "score"),
    )


def moved(
    fans: Fans, house: House, seats: NDArray[np.int64], time: float, ball: Floats
) -> NDArray[np.float32]:
    """Rows (n, 12) of the people on `seats` at a time in seconds; those who do not move stay.

    ball: (3,) court metres.
    """
    rows = house.rows[seats].copy()
    mine = np.flatnonzero(fans.who[seats])
    who = seats[mine]
    wave = SWAY * np.sin(2 * np.pi * fans.tempo[who] * time + fans.phase[who])
    turned = _turned(fans.heading[who], rows[mine, :2].astype(np.float64), ball)
    up = _is_up(fans, who, time)
    rows[mine, 0] += wave * np.cos(turned)
    rows[mine, 1] += wave * np.sin(turned)
    rows[mine, 4] = np.where(up, fans.upright[who], rows[mine, 4])
    rows[mine, 6], rows[mine, 7] = np.cos(turned), np.sin(turned)
    return rows


def _turned(headings: Floats, places: Floats, ball: Floats) -> Floats:
    """Headings (n,) on their way to the ball; a body looks along -y of its own frame."""
    way = ball[:2] - places
    at_ball = np.arctan2(way[:, 0], -way[:, 1])
    apart = np.mod(at_ball - headings + np.pi, 2 * np.pi) - np.pi
    return np.asarray(headings + TURNED * np.clip(apart, -0.9, 0.9))


def _is_up(fans: Fans, who: NDArray[np.int64], time: float) -> NDArray[np.bool_]:
    up = np.zeros(len(who), np.bool_)
    for score in fans.scores:
        since = time - score - fans.late[who]
        up |= fans.cheers[who] & (since > 0) & (since < fans.long[who])
    return up
