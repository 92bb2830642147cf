"""A screen on the ball: a mate stands in the way of the holder's man, the holder goes round him,
and the mate rolls to the rim or steps out for a pass."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.match import JOG, RUN, Match
from courtside.simulate.spots import unit

Floats = NDArray[np.float64]
REACH = 9.0  # metres a mate comes from
BESIDE = 0.62  # metres from the man's middle to the screener's
ROLLS = 0.6  # of screeners; the others step out


def screen(match: Match, holder: int) -> Iterator[None]:
    """Play a screen for the holder, who comes out of it dribbling; without a mate near, nothing."""
    mates = [r for r in match.attackers if r != holder]
    screener = min(mates, key=lambda row: match.gap(row, match.place[holder]))
    if match.gap(screener, match.place[holder]) > REACH:
        return
    man = match.man_of(holder)
    side = _side(match, man, holder, screener)
    yield from _come(match, holder, screener, man, side)
    match.tell("screen", screener, holder)
    match.act(screener, "screen", 1.4)
    match.goal[screener] = match.place[screener]
    yield from _round(match, holder, screener, side)
    _leave(match, screener)


def _side(match: Match, man: int, holder: int, screener: int) -> float:
    """On which side of the man the screener stands: where he comes from; 1 is left of the way to
    the rim."""
    way = match.place[screener] - match.place[man]
    return 1.0 if float(way @ _left(match, holder)) > 0 else -1.0


def _left(match: Match, holder: int) -> Floats:
    x, y = unit(match.rim - match.place[holder])
    return np.array([-y, x])


def _come(match: Match, holder: int, screener: int, man: int, side: float) -> Iterator[None]:
    """The screener runs to the man's side while the holder waits, dribbling."""
    match.take(holder, dribble=True)
    match.goal[holder], match.top[holder] = match.place[holder].copy(), JOG
    match.top[screener] = RUN
    for _ in range(match.frames(2.2)):
        spot = match.place[man] + side * BESIDE * _left(match, holder)
        match.goal[screener] = spot
        if match.gap(screener, spot) < 0.25:
            return
        yield


def _round(match: Match, holder: int, screener: int, side: float) -> Iterator[None]:
    """The holder passes the screener's shoulder, as close as two can."""
    ahead = unit(match.rim - match.place[holder])
    past = match.place[screener] + 0.7 * side * _left(match, holder) + 0.8 * ahead
    match.goal[holder], match.top[holder] = past, RUN
    for _ in range(match.frames(1.3)):
        if match.gap(holder, past) < 0.45:
            return
        yield


def _leave(match: Match, screener: int) -> None:
    """To the rim, or to where a pass finds him open."""
    rolls = match.rng.uniform() < ROLLS
    out = match.rim + 7.4 * unit(match.place[screener] - match.rim)
    near = match.rim - [match.end * 1.2, match.rng.normal(0, 0.8)]
    match.goal[screener] = near if rolls else out
    match.top[screener] = RUN
