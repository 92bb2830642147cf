"""A game that plays itself: who goes where, who has the ball, what happens to it.

Ten players of sixteen and three referees move as points with limited speed and acceleration; a
script of beats (bring up, set, pass, drive, shot, rebound, stoppage) sets their goals. Court
metres as in `place`; one tick is one frame.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.court_size import CourtSize

Floats = NDArray[np.float64]
SQUAD, ROWS = 8, 19  # players a side, benches included; people who move, referees included
REFEREES = (16, 17, 18)
ACCELERATION, BRAKING = 5.5, 8.0  # m/s², of trained players (Scanlan et al. 2011)
JOG, RUN, SPRINT = 3.0, 4.8, 7.0  # m/s
APART = 0.56  # metres between the middles of two people that touch
BallKind = Literal["held", "dribbled", "thrown", "loose"]


@dataclass(frozen=True, slots=True)
class BallSpan:
    """What the ball does from one frame up to another. who: row that has or sends it, -1 for
    nobody; to: row that gets it, or -1; goal: (3,) where it goes if no row gets it."""

    kind: BallKind
    start: int
    end: int
    who: int = -1
    to: int = -1
    goal: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody does with arms and trunk from one frame up to another. jump: metres."""

    row: int
    kind: str
    start: int
    end: int
    jump: float = 0.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. frame: when; row: by whom; to: to whom, -1 for nobody."""

    kind: str
    frame: int
    row: int = -1
    to: int = -1


@dataclass(slots=True)
class Diary:
    """Everything that happened, F frames. places, looks: F entries (ROWS, 2); guards: F entries
    (ROWS,) 0 to 1; seats: F entries (ROWS,) 0 to 1; active: F entries, rows of the ten."""

    places: list[Floats] = field(default_factory=list)
    looks: list[Floats] = field(default_factory=list)
    guards: list[Floats] = field(default_factory=list)
    seats: list[Floats] = field(default_factory=list)
    active: list[tuple[int, ...]] = field(default_factory=list)
    sides: list[int] = field(default_factory=list)
    ball: list[BallSpan] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


class Match:
    """The state of the game; `play` runs it."""

    def __init__(
        self, court: CourtSize, rate: int, crowded: float, pace: float, rng: np.random.Generator
    ) -> None:
        """crowded: 0 to 1, how close to the rim attackers stay; pace: 1 is a usual tempo."""
        self.court, self.rate, self.rng = court, rate, rng
        self.crowded, self.pace = crowded, pace
        self.diary = Diary()
        self.active = [list(range(5)), list(range(SQUAD, SQUAD + 5))]
        self.attack, self.end = int(rng.integers(2)), float(rng.choice([-1.0, 1.0]))
        self.place, self.speed = np.zeros((ROWS, 2)), np.zeros((ROWS, 2))
        self.goal, self.top = np.zeros((ROWS, 2)), np.full(ROWS, JOG)
        self.seat = np.zeros(ROWS)
        self.guard = np.zeros(ROWS)
        self.spots = np.zeros((5, 2))
        self.sag = rng.uniform(0.8, 1.5, ROWS)
        self.ball_at = np.zeros(2)
        self.defending = True

    @property
    def now(self) -> int:
        """The frame being played."""
        return len(self.diary.places)

    def frames(self, seconds: float) -> int:
        """Seconds in frames."""
        return max(1, round(seconds * self.rate))

    @property
    def rim(self) -> Floats:
        """The rim attacked, (2,)."""
        return np.array([self.end * (self.court.length / 2 - self.court.rim), 0.0])

    @property
    def attackers(self) -> list[int]:
        """Rows of the side that has the ball."""
        return self.active[self.attack]

    @property
    def defenders(self) -> list[int]:
        """Rows of the other side, each beside its man."""
        return self.active[1 - self.attack]

    def act(self, row: int, kind: str, seconds: float, jump: float = 0.0, after: float = 0) -> None:
        """Note what somebody does from now, or from `after` seconds on."""
        start = self.now + round(after * self.rate)
        self.diary.actions.append(Action(row, kind, start, start + self.frames(seconds), jump))

    def tell(self, kind: str, row: int = -1, to: int = -1) -> None:
        """Note that something happened."""
        self.diary.events.append(Event(kind, self.now, row, to))

    def take(self, row: int, dribble: bool) -> None:
        """Somebody has the ball from now on."""
        self._close_span()
        kind: BallKind = "dribbled" if dribble else "held"
        self.diary.ball.append(BallSpan(kind, self.now, self.now, row))

    def throw(self, row: int, to: int, goal: Floats, seconds: float, loose: bool = False) -> None:
        """The ball leaves for a person or a point (3,)."""
        self._close_span()
        x, y, z = (float(v) for v in goal)
        kind: BallKind = "loose" if loose else "thrown"
        end = self.now + self.frames(seconds)
        self.diary.ball.append(BallSpan(kind, self.now, end, row, to, (x, y, z)))

    def _close_span(self) -> None:
        if self.diary.ball:
            self.diary.ball[-1] = replace(self.diary.ball[-1], end=self.now)

    def gap(self, row: int, point: Floats) -> float:
        """Metres from somebody to a point (2,)."""
        return float(np.linalg.norm(self.place[row] - point))

    def man_of(self, row: int) -> int:
        """The defender of an attacker, and the other way round."""
        for mine, theirs in ((self.attackers, self.defenders), (self.defenders, self.attackers)):
            if row in mine:
                return theirs[mine.index(row)]
        return row

    def tick(self) -> None:
        """Move everybody by one frame towards where they want to be and note it."""
        if self.defending:
            self._defend()
        self._referee()
        self._move()
        self._sit_down()
        looks = np.tile(self.ball_at, (ROWS, 1))
        self.diary.places.append(self.place.copy())
        self.diary.looks.append(looks)
        self.diary.guards.append(self.guard.copy())
        self.diary.seats.append(self.seat.copy())
        self.diary.active.append((*self.active[0], *self.active[1]))
        self.diary.sides.append(self.attack)

    def _defend(self) -> None:
        """Between man and rim: near the ball close, away from it sagging towards the lane."""
        for man, row in zip(self.attackers, self.defenders, strict=True):
            to_rim = self.rim - self.place[man]
            far = max(float(np.linalg.norm(to_rim)), 1e-6)
            near_ball = np.exp(-self.gap(man, self.ball_at) / 4.0)
            away = self.sag[row] * (1.5 - 0.75 * near_ball) * min(1.0, far / 2.5)
            help_side = 0.16 * (1 - near_ball) * (self.ball_at - self.place[man])
            self.goal[row] = self.place[man] + to_rim / far * away + help_side
            self.top[row] = RUN + 1.4
            close = np.clip(1.6 - far / 9.0, 0, 1)
            self.guard[row] = float(close * (0.5 + 0.5 * near_ball))
        for row in self.attackers:
            self.guard[row] = 0.24

    def _referee(self) -> None:
        """Lead under the basket, trail behind the ball, centre on the far side."""
        half_l, half_w = self.court.length / 2, self.court.width / 2
        x = float(self.ball_at[0])
        ahead = x * self.end > 0
        lead = self.end * (half_l + 0.7) if ahead else float(np.clip(x + self.end * 7, -13, 13))
        across = 3.2 if self.ball_at[1] > -1 else -3.2
        trail = float(np.clip(x - self.end * 4.0, -half_l, half_l))
        centre = float(np.clip(x + self.end * 1.5, -half_l + 5, half_l - 5))
        self.goal[16] = lead, across if ahead else half_w * 0.6
        self.goal[17] = trail, -half_w + 0.2
        self.goal[18] = centre, half_w - 0.3
        self.top[list(REFEREES)] = RUN + 0.6

    def _move(self) -> None:
        step = 1.0 / self.rate
        way = self.goal - self.place
        far = np.linalg.norm(way, axis=1, keepdims=True)
        pace = np.minimum(self.top[:, None], np.sqrt(2 * 3.0 * far))  # in time to stop
        wanted = np.where(far > 0.12, way / np.maximum(far, 1e-6) * pace, 0.0)
        change = wanted - self.speed + self._pressure()
        size = np.linalg.norm(change, axis=1, keepdims=True)
        slower = (change * self.speed).sum(axis=1, keepdims=True) < 0
        limit = np.where(slower, BRAKING, ACCELERATION) * step
        self.speed = self.speed + change * np.minimum(1.0, limit / np.maximum(size, 1e-6))
        free = self.seat < 0.01
        self.place = self.place + self.speed * step * free[:, None]
        self._part()

    def _sit_down(self) -> None:
        """Who has left the game sits down when he has come to his seat."""
        playing = {*self.active[0], *self.active[1], *REFEREES}
        for row in set(range(ROWS)) - playing:
            if self.seat[row] > 0 or self.gap(row, self.goal[row]) < 0.3:
                self.seat[row] = min(1.0, self.seat[row] + 1.2 / self.rate)

    def _pressure(self) -> Floats:
        """People slow down and give way before they touch."""
        way = self.place[:, None] - self.place[None]
        gap = np.linalg.norm(way, axis=2) + 9 * np.eye(ROWS)
        push = np.clip(1.0 - gap, 0, 1) * 1.6
        return np.asarray((way / gap[..., None] * push[..., None]).sum(axis=1))

    def _part(self) -> None:
        """Nobody stands in another."""
        for _ in range(3):
            way = self.place[:, None] - self.place[None]
            gap = np.linalg.norm(way, axis=2) + 9 * np.eye(ROWS)
            push = np.where(gap < APART, (APART - gap) / 2, 0.0)[..., None]
            move = (way / np.maximum(gap, 1e-3)[..., None] * push).sum(axis=1)
            self.place = self.place + move * (self.seat < 0.01)[:, None]


def wait(match: Match, seconds: float) -> Iterator[None]:
    """Let time pass."""
    for _ in range(match.frames(seconds)):
        yield
