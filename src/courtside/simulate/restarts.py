"""When the ball is dead: after a score, a foul, a substitution, and how play goes on."""

from collections.abc import Iterator

import numpy as np

from courtside.simulate.handling import pass_ball
from courtside.simulate.match import JOG, REFEREES, RUN, SQUAD, Match, wait
from courtside.simulate.spots import others_up, to_spots, turn_over


def after_score(match: Match, scorer: int) -> Iterator[None]:
    """Through the net; the other side throws in from behind the line."""
    match.tell("score", scorer)
    floor = np.array([*match.rim, 0.12])
    match.throw(-1, -1, floor, 0.55, loose=True)
    match.act(scorer, "point" if match.rng.uniform() < 0.3 else "walk", 1.2)
    thrower = min(match.defenders, key=lambda r: match.gap(r, match.rim))
    match.goal[thrower], match.top[thrower] = match.rim - [match.end * 0.4, 0.4], RUN
    yield from wait(match, 0.9)
    match.take(thrower, dribble=False)
    turn_over(match)
    behind = -match.end * (match.court.length / 2 + 0.6)
    match.goal[thrower] = [behind, match.rng.choice([-1.6, 1.6])]
    yield from throw_in(match, thrower)


def throw_in(match: Match, thrower: int) -> Iterator[None]:
    """From outside the lines to a mate who comes for the ball."""
    for _ in range(match.frames(3.0)):
        if match.gap(thrower, match.goal[thrower]) < 0.4:
            break
        yield
    mates = [r for r in match.attackers if r != thrower]
    guard = min(mates, key=lambda r: match.gap(r, match.place[thrower]))
    inside = np.clip(match.place[thrower], [-9.5, -5.5], [9.5, 5.5])
    match.goal[guard], match.top[guard] = inside, RUN
    others_up(match, thrower, guard)
    yield from wait(match, 0.8)
    yield from pass_ball(match, thrower, guard)


def foul(match: Match, victim: int) -> Iterator[None]:
    """A whistle: everybody walks, a referee raises an arm, sides may change men."""
    match.tell("foul", match.man_of(victim), victim)
    match.defending = False
    match.act(REFEREES[0], "signal", 2.2)
    match.guard[:] = 0.0
    for row in (*match.attackers, *match.defenders):
        match.goal[row] = match.place[row] + match.rng.normal(0, 1.6, 2)
        match.top[row] = 1.3
        if match.rng.uniform() < 0.4:
            match.act(row, "hips", 2.0, after=0.6)
    if match.rng.uniform() < 0.6:
        yield from substitute(match)
    yield from wait(match, 1.6)
    match.defending = True
    thrower = match.attackers[int(match.rng.integers(5))]
    match.take(thrower, dribble=False)
    side = match.court.width / 2 + 0.5
    match.goal[thrower] = [
        match.rim[0] - match.end * 4.0,
        -side if match.rng.uniform() < 0.5 else side,
    ]
    match.top[thrower] = JOG
    to_spots(match, but=thrower)
    yield from throw_in(match, thrower)


def substitute(match: Match) -> Iterator[None]:
    """One man of a side goes to the bench, another comes from it."""
    side = int(match.rng.integers(2))
    k = int(match.rng.integers(5))
    leaves = match.active[side][k]
    bench = [r for r in range(side * SQUAD, side * SQUAD + SQUAD) if r not in match.active[side]]
    comes = bench[int(match.rng.integers(len(bench)))]
    seat = match.place[comes].copy()
    match.tell("substitution", comes, leaves)
    for share in np.linspace(1, 0, match.frames(0.8)):
        match.seat[comes] = share
        yield
    match.goal[comes] = match.place[leaves] * [1, 0.6]
    match.goal[leaves] = seat - [0, 0.5]
    match.top[comes], match.top[leaves] = JOG + 0.5, JOG
    match.active[side][k] = comes
    yield from wait(match, 2.4)
    match.goal[leaves] = seat
