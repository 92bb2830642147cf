"""From points that move to bodies that run: poses for every frame, hands, and the ball.

F frames, court metres. Arms and trunk come from joint angles, blended between running and what
the script says; legs reach for feet that stay planted (`gait`, `rig`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from courtside.simulate.body import Bodies
from courtside.simulate.gait import Steps, step
from courtside.simulate.match import Action, Diary
from courtside.simulate.moves import RAMP, Course, upper_body, window
from courtside.simulate.pose import PARTS, Matrix
from courtside.simulate.rig import Skeleton, hands_of, highest_pelvis, reach_feet, skeleton
from courtside.simulate.takes import blend_take

Floats = NDArray[np.float64]
GRAVITY = 9.81
CROUCH = 0.24  # metres a defender's pelvis is lower than when he stands
SEATED = 0.5  # metres, height of a seated pelvis
BEHIND = 0.36  # metres a seated pelvis is behind the feet
TURN_TIME = 0.28  # seconds in which a body turns two thirds of the way


@dataclass(frozen=True, slots=True)
class Motion:
    """One body over F frames. places: (F, 2) of the pelvis; headings: (F,); poses: float32
    (F, PARTS, 3, 3); pelvis: (F,) height; hands: (F, 2, 3) court metres, left first; lift: (F,)
    metres off the floor in a jump; steps: where the feet are."""

    shape: int
    places: Floats
    headings: Floats
    poses: NDArray[np.float32]
    pelvis: Floats
    hands: Floats
    lift: Floats
    steps: Steps


@dataclass(frozen=True, slots=True)
class Part:
    """What a body has to do. dribbles, holds: (F,) 0 to 1, when it dribbles or holds the ball;
    takes: of motion capture."""

    diary: Diary
    dribbles: Floats
    holds: Floats
    takes: tuple[Matrix, ...] = ()


def move(bodies: Bodies, shape: int, row: int, part: Part, rate: int, seed: int) -> Motion:
    """The motion of one row of the diary."""
    rng = np.random.default_rng([seed, row, 6])
    course = _course(part, row, rate)
    steps = step(course.places, course.headings, np.clip(course.guard - 0.2, 0, 1), rate)
    poses = upper_body(course, steps.phase, rate, rng)
    calm = (1 - course.seat) * (1 - np.clip(course.busy, 0, 1)) * (1 - 0.6 * course.guard)
    poses = blend_take(poses, part.takes, 0.75 * calm, rng)
    frame = skeleton(bodies, shape)
    body = Body(frame, course.places + _behind(course), course.headings, steps, course.lift)
    pelvis = _pelvis_height(body, poses, course, rate)
    turns = np.where(course.lift[:, None] > 0.01, 0.0, steps.turns - course.headings[:, None])
    poses = reach_feet(
        frame, poses, pelvis, _ankles(body, pelvis), turns, _pitch(steps, course.lift)
    )
    hands = to_court(body, hands_of(bodies, frame, poses, pelvis))
    small = poses.astype(np.float32)
    return Motion(shape, body.places, course.headings, small, pelvis, hands, course.lift, steps)


def _course(part: Part, row: int, rate: int) -> Course:
    """Smooth curves from what the diary says of one row."""
    diary = part.diary
    places = gaussian_filter1d(np.stack([p[row] for p in diary.places]), 0.07 * rate, axis=0)
    seat = gaussian_filter1d(np.array([s[row] for s in diary.seats]), 0.1 * rate)
    guard = gaussian_filter1d(np.array([g[row] for g in diary.guards]), 0.25 * rate)
    actions = tuple(a for a in diary.actions if a.row == row)
    looks = np.stack([w[row] for w in diary.looks])
    holds = gaussian_filter1d(part.holds, RAMP * rate / 1.5)
    busy = np.clip(part.dribbles + holds + sum(window(a, len(places), rate) for a in actions), 0, 1)
    return Course(
        places,
        np.linalg.norm(np.gradient(places, axis=0), axis=1) * rate,
        _headings(places, looks, guard, rate),
        np.clip(guard, 0, 1),
        np.clip(seat, 0, 1),
        part.dribbles,
        holds,
        busy,
        _lift(actions, len(places), rate),
        actions,
    )


def _behind(course: Course) -> Floats:
    """How far (F, 2) a seated pelvis is behind its feet."""
    back = np.stack([-np.sin(course.headings), np.cos(course.headings)], axis=1)
    return np.asarray(back * (BEHIND * course.seat)[:, None])


@dataclass(frozen=True, slots=True)
class Body:
    """What legs need to know: lengths, place and heading of the pelvis, feet, jump."""

    frame: Skeleton
    places: Floats
    headings: Floats
    steps: Steps
    lift: Floats


def _headings(places: Floats, looks: Floats, guard: Floats, rate: int) -> Floats:
    """Where a body faces: ahead when it runs, at the ball when it stands or guards."""
    speed = np.gradient(places, axis=0) * rate
    fast = np.linalg.norm(speed, axis=1)
    ahead = np.arctan2(speed[:, 0], -speed[:, 1])
    way = looks - places
    at_ball = np.arctan2(way[:, 0], -way[:, 1])
    share = np.clip((fast - 1.2) / 2.5, 0, 1) * (1 - 0.75 * np.clip(guard, 0, 1))
    share = share * share * (3 - 2 * share)
    x = share * np.cos(ahead) + (1 - share) * np.cos(at_ball)
    y = share * np.sin(ahead) + (1 - share) * np.sin(at_ball)
    wanted = np.unwrap(np.arctan2(y, x))
    turned = wanted.copy()
    for i in range(1, len(turned)):
        turned[i] = turned[i - 1] + (wanted[i] - turned[i - 1]) / (TURN_TIME * rate)
    return np.asarray(turned)


def _lift(actions: Sequence[Action], count: int, rate: int) -> Floats:
    """Height of jumps: up and down under gravity, the top in the middle of the action."""
    lift = np.zeros(count)
    for action in (a for a in actions if a.jump > 0):
        times = (np.arange(count) - (action.start + action.end) / 2) / rate
        lift = np.maximum(lift, action.jump - GRAVITY / 2 * times**2)
    return lift


def _pelvis_height(body: Body, poses: Matrix, course: Course, rate: int) -> Floats:
    """Low in a stance, bent before a jump, never higher than the planted legs allow."""
    low = CROUCH * course.guard + 0.1 * course.dribbles + 0.025 * np.clip(course.speed / 3, 0, 1)
    standing = body.frame.standing
    wanted = standing - 0.012 - low - _dips(course.actions, len(low), rate)
    wanted = (1 - course.seat) * wanted + course.seat * SEATED * standing / 0.95
    on_floor = body.lift < 0.005
    down = (body.steps.planted & on_floor[:, None]).astype(np.float64)
    pelvis = poses[:, PARTS.index("pelvis")]
    highest = highest_pelvis(body.frame, pelvis, _ankles_planted(body), down)
    height = np.minimum(wanted, highest)
    reach = max(3, round(0.1 * rate))
    calm = gaussian_filter1d(minimum_filter1d(height, 2 * reach + 1), reach / 2)
    calm = np.minimum(calm, np.where(on_floor, highest, np.inf))
    return np.asarray(calm + body.lift)


def _dips(actions: Sequence[Action], count: int, rate: int) -> Floats:
    """Knees bend before and after a jump."""
    dips, time = np.zeros(count), np.arange(count)
    for action in (a for a in actions if a.jump > 0):
        flight = np.sqrt(2 * action.jump / GRAVITY)
        middle = (action.start + action.end) / 2
        before, after = middle - (flight + 0.16) * rate, middle + (flight + 0.1) * rate
        for moment, deep in ((before, 0.16), (after, 0.12)):
            dips += deep * np.exp(-(((time - moment) / (0.1 * rate)) ** 2))
    return np.minimum(dips, 0.25)


def _ankles_planted(body: Body) -> Floats:
    """Ankles (F, 2, 3) in the body frame as the steps have them."""
    c, s = np.cos(body.headings)[:, None], np.sin(body.headings)[:, None]
    way = body.steps.feet[..., :2] - body.places[:, None]
    x, y = c * way[..., 0] + s * way[..., 1], -s * way[..., 0] + c * way[..., 1]
    toes = 0.3 * np.sin(body.steps.pitch)  # a pitched foot's toes must not sink
    return np.stack([x, y, body.steps.feet[..., 2] + body.frame.ankle + toes], axis=2)


def _ankles(body: Body, pelvis: Floats) -> Floats:
    """The same with the feet hanging under the body while it is in the air."""
    ankles = _ankles_planted(body)
    hanging = np.empty_like(ankles)
    hanging[..., 0] = np.array([0.12, -0.12])
    hanging[..., 1] = np.array([0.05, -0.08])
    drop = 0.93 * (body.frame.standing - body.frame.ankle)
    hanging[..., 2] = np.maximum(pelvis - drop, body.frame.ankle + body.lift * 0.8)[:, None]
    share = np.clip(body.lift / 0.12, 0, 1)[:, None, None]
    return np.asarray((1 - share) * ankles + share * hanging)


def _pitch(steps: Steps, lift: Floats) -> Floats:
    share = np.clip(lift / 0.12, 0, 1)[:, None]
    return np.asarray((1 - share) * steps.pitch + share * 0.7)


def to_court(body: Body | Motion, points: Floats) -> Floats:
    """Body-frame points (F, 2, 3) in court metres."""
    c, s = np.cos(body.headings)[:, None], np.sin(body.headings)[:, None]
    x, y = points[..., 0], points[..., 1]
    where = np.stack([c * x - s * y, s * x + c * y, points[..., 2]], axis=2)
    where[..., :2] += body.places[:, None]
    return where
