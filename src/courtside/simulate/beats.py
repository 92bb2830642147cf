"""The script of a game as generators: each `yield` is one frame played.

Shares and times are those of professional games: a pass every two to three seconds, shots after
5 to 18 seconds of a possession, 47 % of them made, a quarter of missed ones rebounded in attack.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.handling import dribble, pass_ball
from courtside.simulate.match import RUN, SPRINT, SQUAD, Diary, Match, wait
from courtside.simulate.restarts import after_score, foul
from courtside.simulate.screens import screen
from courtside.simulate.spots import choose_spots, nearest, open_mate, to_spots, turn_over, unit

Floats = NDArray[np.float64]
RIM_HEIGHT = 3.048
MADE, OFFENSIVE, FOUL, BREAK = 0.47, 0.26, 0.14, 0.3
SCREEN = 0.3  # of the moments in which somebody has the ball in attack


def play(match: Match, frames: int) -> Diary:
    """Play `frames` frames and return what happened."""
    _take_places(match)
    script = _game(match)
    while match.now < frames:
        next(script)
        match.tick()
        _follow_ball(match)
    last = match.diary.ball[-1]
    match.diary.ball[-1] = replace(last, end=max(frames, last.end))
    return match.diary


def _follow_ball(match: Match) -> None:
    """Where people look: at the ball, seen from above."""
    span = match.diary.ball[-1]
    if span.kind in ("held", "dribbled"):
        match.ball_at = match.place[span.who].copy()
    else:
        goal = match.place[span.to] if span.to >= 0 else np.array(span.goal[:2])
        match.ball_at = match.ball_at + 0.2 * (goal - match.ball_at)


def _take_places(match: Match) -> None:
    """Begin somewhere in a possession: everybody near his spot."""
    choose_spots(match)
    for i, row in enumerate(match.attackers):
        match.place[row] = match.spots[i] - [match.end * match.rng.uniform(0, 5), 0]
        match.place[match.defenders[i]] = match.place[row] + [match.end * 1.4, 0.3]
    half_w = match.court.width / 2
    for side in (0, 1):
        for k in range(5, SQUAD):
            row = side * SQUAD + k
            match.place[row] = _bench(match, row)
            match.seat[row] = 1.0
    match.goal[:] = match.place
    match.place[16] = match.end * (match.court.length / 2 + 0.6), 3.0
    match.place[17] = 0.0, -half_w + 0.2
    match.place[18] = match.end * 4.0, half_w - 0.3
    match.ball_at = match.place[match.attackers[0]].copy()
    match.take(match.attackers[0], dribble=True)


def _bench(match: Match, row: int) -> Floats:
    """A substitute's seat on the far side."""
    side, k = divmod(row, SQUAD)
    x = (-1 if side == 0 else 1) * (6.0 + 0.75 * k)
    return np.array([x, match.court.width / 2 + 1.9])


def _game(match: Match) -> Iterator[None]:
    while True:
        holder = match.diary.ball[-1].who
        if match.place[holder][0] * match.end < 2.0:
            yield from _bring_up(match, holder)
        yield from _half_court(match, match.diary.ball[-1].who)


def _bring_up(match: Match, holder: int) -> Iterator[None]:
    """Over the half-line; on a fast break everybody sprints."""
    fast = match.rng.uniform() < BREAK * match.pace
    choose_spots(match)
    to_spots(match, but=holder, top=SPRINT if fast else RUN)
    match.goal[holder] = [match.end * match.rng.uniform(3, 6), match.rng.normal(0, 2)]
    if fast:
        match.tell("fast break", holder)
        match.goal[holder] = match.rim - [match.end * 1.0, match.rng.normal(0, 0.8)]
    match.top[holder] = SPRINT - 0.6 if fast else RUN - 0.4
    match.take(holder, dribble=True)
    for _ in range(match.frames(9.0)):
        if match.gap(holder, match.goal[holder]) < 1.4:
            break
        yield
    if fast and match.gap(holder, match.rim) < 3.0:
        yield from _shoot(match, holder, "layup")


def _half_court(match: Match, holder: int) -> Iterator[None]:
    clock = match.now + match.frames(match.rng.uniform(3.5, 11) / match.pace)
    attack = match.attack
    choose_spots(match)
    to_spots(match, but=holder)
    while match.attack == attack:
        yield from dribble(match, holder, match.rng.uniform(0.6, 1.8) / match.pace)
        late = match.now > clock
        choice = match.rng.uniform()
        if match.rng.uniform() < SCREEN:
            yield from screen(match, holder)
        if late and match.gap(holder, match.rim) < 8.5 and choice < 0.7:
            yield from _shoot(match, holder, "shoot")
        elif choice < (0.5 if late else 0.22):
            yield from _drive(match, holder)
        else:
            yield from pass_ball(match, holder, open_mate(match, holder))
        if match.rng.uniform() < 0.35:
            choose_spots(match)
        holder = match.diary.ball[-1].who
        to_spots(match, but=holder)
        if match.diary.ball[-1].kind == "thrown":
            return


def _drive(match: Match, holder: int) -> Iterator[None]:
    """At the rim past the man; then a layup, a foul or a pass to the outside."""
    match.tell("drive", holder)
    match.take(holder, dribble=True)
    match.goal[holder] = match.rim - [match.end * 0.6, match.rng.normal(0, 0.5)]
    match.top[holder] = SPRINT - 1.2
    helper = match.defenders[int(np.argmin([match.gap(r, match.rim) for r in match.defenders]))]
    for _ in range(match.frames(2.2)):
        match.goal[helper] = match.rim - [match.end * 1.0, 0]
        if match.gap(holder, match.rim) < 1.9:
            break
        yield
    near = match.gap(holder, match.rim) < 2.6
    if near and match.rng.uniform() < FOUL:
        yield from foul(match, holder)
    elif near and match.rng.uniform() < 0.72:
        yield from _shoot(match, holder, "layup")
    else:
        yield from pass_ball(match, holder, open_mate(match, holder))


def _shoot(match: Match, holder: int, kind: str) -> Iterator[None]:
    """Jump, release, flight, and what comes of it."""
    match.take(holder, dribble=False)
    match.goal[holder] = match.place[holder] + 0.3 * match.speed[holder]
    if kind == "layup":
        match.goal[holder] = match.rim - [match.end * 0.5, 0.0]
    match.act(holder, kind, 1.0, jump=0.45 if kind == "shoot" else 0.6)
    contester = match.man_of(holder)
    match.goal[contester] = match.place[holder] + 0.35 * unit(match.rim - match.place[holder])
    match.act(contester, "contest", 0.9, jump=0.35, after=0.15)
    yield from wait(match, 0.42)
    match.tell("shot", holder)
    far = match.gap(holder, match.rim)
    target = np.array([*match.rim, RIM_HEIGHT + 0.05])
    made = match.rng.uniform() < MADE + (0.12 if kind == "layup" else 0.0)
    if not made:
        target[:2] += match.rng.choice([-1, 1], 2) * match.rng.uniform(0.12, 0.24, 2)
    seconds = 0.35 + 0.085 * far if kind == "shoot" else 0.3 + 0.05 * far
    match.throw(holder, -1, target, seconds)
    for row in nearest(match, match.rim, 4):
        match.goal[row] = match.rim - [
            match.end * match.rng.uniform(0.5, 1.6),
            match.rng.normal(0, 1),
        ]
        match.act(row, "box", seconds)
    yield from wait(match, seconds)
    yield from (after_score(match, holder) if made else _rebound(match))


def _rebound(match: Match) -> Iterator[None]:
    """Off the rim; four jump, one gets it."""
    match.tell("miss")
    away = match.rng.uniform(0.8, 3.2)
    angle = match.rng.uniform(-1.2, 1.2)
    spot = match.rim + away * np.array([-match.end * np.cos(angle), np.sin(angle)])
    seconds = float(0.45 + 0.12 * away)
    match.throw(-1, -1, np.array([*spot, 2.35]), seconds, loose=True)
    rows = nearest(match, spot, 4)
    mine = [r for r in rows if r in match.attackers]
    theirs = [r for r in rows if r in match.defenders]
    offensive = bool(mine) and (not theirs or match.rng.uniform() < OFFENSIVE)
    winner = (mine if offensive else theirs)[0]
    for i, row in enumerate(rows):
        match.goal[row] = spot + match.rng.normal(0, 0.35 if row != winner else 0.02, 2)
        match.top[row] = RUN
        lag = max(0.0, seconds - 0.35 + 0.06 * i)
        match.act(row, "rebound", 0.75, jump=0.45 if row == winner else 0.3, after=lag)
    yield from wait(match, seconds)
    match.tell("rebound", winner)
    match.take(winner, dribble=False)
    yield from wait(match, 0.5)
    if offensive and match.rng.uniform() < 0.5:
        yield from _shoot(match, winner, "layup")
    elif not offensive:
        turn_over(match)
