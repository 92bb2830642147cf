"""The script of a game as generators: each `yield` is one frame played.

Shares and times are those of professional games: a pass every two to three seconds, shots after
5 to 18 seconds of a possession, 47 % of them made, a quarter of missed ones rebounded in attack.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.match import (
    JOG,
    REFEREES,
    RUN,
    SPRINT,
    SQUAD,
    Diary,
    Match,
    wait,
)

Floats = NDArray[np.float64]
RIM_HEIGHT = 3.048
MADE, OFFENSIVE, STOLEN, FOUL, BREAK = 0.47, 0.26, 0.04, 0.14, 0.3
# Places of five attackers from the rim, metres along and across: one in the corner, and so on.
_SETS = (
    ((8.2, 0.0), (6.6, -5.2), (6.6, 5.2), (1.6, -6.6), (1.4, 2.4)),
    ((8.4, 1.5), (7.0, -5.0), (3.6, 5.9), (4.4, -2.4), (1.5, 2.3)),
    ((8.0, -2.0), (5.2, -6.0), (5.4, 5.9), (0.8, 6.7), (3.6, 1.0)),
)


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
    _choose_spots(match)
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


def _choose_spots(match: Match) -> None:
    layout = np.array(_SETS[int(match.rng.integers(len(_SETS)))])
    layout = layout[match.rng.permutation(5)] * [1.0, match.rng.choice([-1.0, 1.0])]
    layout = layout * (1 - 0.65 * match.crowded)
    match.spots = match.rim - [match.end, 0] * layout[:, :1] + [0, 1] * layout[:, 1:]
    match.spots = match.spots + match.rng.normal(0, 0.4, (5, 2))


def _to_spots(match: Match, but: int = -1, top: float = JOG + 0.8) -> None:
    for i, row in enumerate(match.attackers):
        if row != but:
            match.goal[row], match.top[row] = match.spots[i], top


def _bring_up(match: Match, holder: int) -> Iterator[None]:
    """Over the half-line; on a fast break everybody sprints."""
    fast = match.rng.uniform() < BREAK * match.pace
    _choose_spots(match)
    _to_spots(match, but=holder, top=SPRINT if fast else RUN)
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
    _choose_spots(match)
    _to_spots(match, but=holder)
    while match.attack == attack:
        yield from _dribble(match, holder, match.rng.uniform(0.6, 1.8) / match.pace)
        late = match.now > clock
        choice = match.rng.uniform()
        if late and match.gap(holder, match.rim) < 8.5 and choice < 0.7:
            yield from _shoot(match, holder, "shoot")
        elif choice < (0.5 if late else 0.22):
            yield from _drive(match, holder)
        else:
            yield from _pass(match, holder, _open_mate(match, holder))
        if match.rng.uniform() < 0.35:
            _choose_spots(match)
        holder = match.diary.ball[-1].who
        _to_spots(match, but=holder)
        if match.diary.ball[-1].kind == "thrown":
            return


def _dribble(match: Match, holder: int, seconds: float) -> Iterator[None]:
    match.take(holder, dribble=True)
    match.goal[holder] = match.place[holder] + match.rng.normal(0, 1.2, 2) + [match.end * 0.3, 0]
    match.goal[holder][0] = np.clip(match.goal[holder][0], -12.8, 12.8)
    match.goal[holder][1] = np.clip(match.goal[holder][1], -6.8, 6.8)
    match.top[holder] = JOG
    yield from wait(match, seconds)


def _open_mate(match: Match, holder: int) -> int:
    """The attacker farthest from his man, among those not too far away."""
    mates = [r for r in match.attackers if r != holder]
    space = [match.gap(r, match.place[match.man_of(r)]) + match.rng.uniform(0, 1.5) for r in mates]
    far = [match.gap(r, match.place[holder]) for r in mates]
    worth = [s - (3.0 if f > 12 else 0.0) for s, f in zip(space, far, strict=True)]
    return mates[int(np.argmax(worth))]


def _pass(match: Match, holder: int, to: int) -> Iterator[None]:
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
        _turn_over(match)
        return
    yield from wait(match, match.rng.uniform(0.2, 0.7))


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
        yield from _foul(match, holder)
    elif near and match.rng.uniform() < 0.72:
        yield from _shoot(match, holder, "layup")
    else:
        yield from _pass(match, holder, _open_mate(match, holder))


def _shoot(match: Match, holder: int, kind: str) -> Iterator[None]:
    """Jump, release, flight, and what comes of it."""
    match.take(holder, dribble=False)
    match.goal[holder] = match.place[holder] + 0.3 * match.speed[holder]
    if kind == "layup":
        match.goal[holder] = match.rim - [match.end * 0.5, 0.0]
    match.act(holder, kind, 1.0, jump=0.45 if kind == "shoot" else 0.6)
    contester = match.man_of(holder)
    match.goal[contester] = match.place[holder] + 0.35 * _unit(match.rim - match.place[holder])
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
    for row in _nearest(match, match.rim, 4):
        match.goal[row] = match.rim - [
            match.end * match.rng.uniform(0.5, 1.6),
            match.rng.normal(0, 1),
        ]
        match.act(row, "box", seconds)
    yield from wait(match, seconds)
    yield from (_made(match, holder) if made else _rebound(match))


def _unit(way: Floats) -> Floats:
    return np.asarray(way / max(float(np.linalg.norm(way)), 1e-6))


def _nearest(match: Match, point: Floats, count: int) -> list[int]:
    rows = [*match.attackers, *match.defenders]
    return sorted(rows, key=lambda r: match.gap(r, point))[:count]


def _rebound(match: Match) -> Iterator[None]:
    """Off the rim; four jump, one gets it."""
    match.tell("miss")
    away = match.rng.uniform(0.8, 3.2)
    angle = match.rng.uniform(-1.2, 1.2)
    spot = match.rim + away * np.array([-match.end * np.cos(angle), np.sin(angle)])
    seconds = float(0.45 + 0.12 * away)
    match.throw(-1, -1, np.array([*spot, 2.35]), seconds, loose=True)
    rows = _nearest(match, spot, 4)
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
        _turn_over(match)


def _made(match: Match, scorer: int) -> Iterator[None]:
    """Through the net; the other side throws in from behind the line."""
    match.tell("score", scorer)
    floor = np.array([*match.rim, 0.12])
    match.throw(-1, -1, floor, 0.55, loose=True)
    match.act(scorer, "point" if match.rng.uniform() < 0.3 else "walk", 1.2)
    thrower = min(match.defenders, key=lambda r: match.gap(r, match.rim))
    match.goal[thrower], match.top[thrower] = match.rim - [match.end * 0.4, 0.4], RUN
    yield from wait(match, 0.9)
    match.take(thrower, dribble=False)
    _turn_over(match)
    behind = -match.end * (match.court.length / 2 + 0.6)
    match.goal[thrower] = [behind, match.rng.choice([-1.6, 1.6])]
    yield from _throw_in(match, thrower)


def _throw_in(match: Match, thrower: int) -> Iterator[None]:
    """From outside the lines to a mate who comes for the ball."""
    for _ in range(match.frames(3.0)):
        if match.gap(thrower, match.goal[thrower]) < 0.4:
            break
        yield
    mates = [r for r in match.attackers if r != thrower]
    guard = min(mates, key=lambda r: match.gap(r, match.place[thrower]))
    inside = np.clip(match.place[thrower], [-9.5, -5.5], [9.5, 5.5])
    match.goal[guard], match.top[guard] = inside, RUN
    _others_up(match, thrower, guard)
    yield from wait(match, 0.8)
    yield from _pass(match, thrower, guard)


def _others_up(match: Match, *staying: int) -> None:
    _choose_spots(match)
    for i, row in enumerate(match.attackers):
        if row not in staying:
            match.goal[row], match.top[row] = match.spots[i], RUN


def _turn_over(match: Match) -> None:
    """The other side has the ball and attacks the other end."""
    match.attack, match.end = 1 - match.attack, -match.end
    match.tell("possession", match.diary.ball[-1].who)
    _choose_spots(match)
    _to_spots(match, top=RUN)


def _foul(match: Match, victim: int) -> Iterator[None]:
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
        yield from _substitute(match)
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
    _to_spots(match, but=thrower)
    yield from _throw_in(match, thrower)


def _substitute(match: Match) -> Iterator[None]:
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
