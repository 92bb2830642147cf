"""The ball in play: dribbled on the spot, passed to a mate, now and then stolen."""

from collections.abc import Iterator

import numpy as np

from courtside.simulate.match import JOG, RUN, Match, wait
from courtside.simulate.spots import turn_over

STOLEN = 0.04  # of passes


def dribble(match: Match, holder: int, seconds: float) -> Iterator[None]:
    """Keep the ball about where one is."""
    match.take(holder, dribble=True)
    match.goal[holder] = match.place[holder] + match.rng.normal(0, 1.2, 2) + [match.end * 0.3, 0]
    match.goal[holder][0] = np.clip(match.goal[holder][0], -12.8, 12.8)
    match.goal[holder][1] = np.clip(match.goal[holder][1], -6.8, 6.8)
    match.top[holder] = JOG
    yield from wait(match, seconds)


def pass_ball(match: Match, holder: int, to: int) -> Iterator[None]:
    """Gather, throw, catch; now and then the defender gets it."""
    match.take(holder, dribble=False)
    match.act(holder, "pass", 0.6)
    yield from wait(match, 0.3)
    stolen = match.rng.uniform() < STOLEN
    receiver = match.man_of(to) if stolen else to
    if stolen:
        match.goal[receiver], match.top[receiver] = (
            match.place[to] * 0.6 + match.place[holder] * 0.4,
            RUN,
        )
    match.tell("steal" if stolen else "pass", holder, receiver)
    seconds = max(0.25, match.gap(holder, match.place[receiver]) / 9.5)
    match.act(receiver, "catch", 0.5, after=max(0.0, seconds - 0.25))
    match.throw(holder, receiver, np.zeros(3), seconds)
    yield from wait(match, seconds)
    match.take(receiver, dribble=False)
    if stolen:
        turn_over(match)
        return
    yield from wait(match, match.rng.uniform(0.2, 0.7))
