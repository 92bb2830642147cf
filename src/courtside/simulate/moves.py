"""Arms and trunk over time: running arms, a defender's stance, dribbling, sitting, and what the
script asks for (pass, catch, shoot, contest, rebound, signal), blended angle by angle."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from courtside.simulate.match import Action
from courtside.simulate.pose import PARTS, Matrix, poses_from_table
from courtside.simulate.stances import STANCES, Angles

Floats = NDArray[np.float64]
RAMP = 0.13  # seconds in which arms take up a pose
DRIBBLES = 1.9  # bounces a second

_PASS: Angles = {"pelvis": (-10, 0, 0)} | {
    f"{part}.{s}": angle
    for s in "LR"
    for part, angle in (("upperarm", (64.0, 6.0, 6.0)), ("forearm", (22.0, 0.0, 0.0)))
}
_CATCH: Angles = _PASS | {f"forearm.{s}": (45.0, 0.0, 0.0) for s in "LR"}
_WALK: Angles = dict(STANCES["stand"])
MOVES: Mapping[str, Angles] = {
    **{kind: STANCES[kind] for kind in ("shoot", "box", "hips", "point", "hold", "screen")},
    "layup": STANCES["layup"],
    "contest": STANCES["reach"],
    "rebound": STANCES["reach"],
    "signal": {"upperarm.R": (172.0, 6.0, 0.0), "forearm.R": (5.0, 0.0, 0.0)},
    "pass": _PASS,
    "catch": _CATCH,
    "walk": _WALK,
}


@dataclass(frozen=True, slots=True)
class Course:
    """One body's way through F frames. places: (F, 2) metres; speed: (F,) m/s; headings: (F,);
    guard, seat, dribbles, holds, busy: (F,) 0 to 1, how much it defends, sits, dribbles, holds the
    ball, does anything with its arms; lift: (F,) metres off the floor; actions: its own, in the
    script."""

    places: Floats
    speed: Floats
    headings: Floats
    guard: Floats
    seat: Floats
    dribbles: Floats
    holds: Floats
    busy: Floats
    lift: Floats
    actions: tuple[Action, ...]


def upper_body(course: Course, phase: Floats, rate: int, rng: np.random.Generator) -> Matrix:
    """Poses (F, PARTS, 3, 3) whose legs are still to be set. phase: (F,) of the double step."""
    angles = _running(phase, course.speed)
    angles = _mix(angles, STANCES["defend"] | _guarding(rng), course.guard)
    angles = _dribble(angles, course.dribbles, rate)
    angles = _mix(angles, MOVES["hold"], course.holds)
    for action in course.actions:
        angles = _mix(angles, MOVES.get(action.kind, _WALK), window(action, len(phase), rate))
    angles = _mix(angles, STANCES["slump"], course.seat)
    return poses_from_table(angles + _restless(len(phase), rate, rng))


def _running(phase: Floats, speed: Floats) -> Floats:
    """Joint angles (F, PARTS, 3) of walking and running, as `pose.running_angles` has them."""
    effort = np.clip((speed - 0.8) / 5.5, 0, 1)
    moving = np.clip(speed / 1.0, 0, 1)
    swing = -np.sin(2 * np.pi * phase) * moving
    table = np.zeros((len(phase), len(PARTS), 3))
    _set(table, "pelvis", -3 - 11 * effort, 0 * swing, 6 * swing)
    _set(table, "chest", -4 * effort, 0 * swing, -10 * effort * swing)
    _set(table, "head", 9 * effort, 0 * swing, 4 * effort * swing)
    for s, sign in (("L", 1.0), ("R", -1.0)):
        arm = -(14 + 30 * effort) * sign * swing
        _set(table, f"upperarm.{s}", arm + 4, 9 + 5 * effort, 0 * swing)
        _set(table, f"forearm.{s}", 30 + 54 * effort - 0.2 * arm, 0 * swing, 0 * swing)
    return table


def _set(table: Floats, part: str, flex: Floats, side: Floats, twist: Floats) -> None:
    table[:, PARTS.index(part)] = np.stack(np.broadcast_arrays(flex, side, twist), axis=1)


def _guarding(rng: np.random.Generator) -> Angles:
    """A defender's arms: each at a height of its own."""
    return {
        **{f"upperarm.{s}": (rng.uniform(20, 75), rng.uniform(25, 60), 0.0) for s in "LR"},
        **{f"forearm.{s}": (rng.uniform(30, 70), 0.0, 0.0) for s in "LR"},
    }


def _mix(table: Floats, pose: Angles, weight: Floats) -> Floats:
    """The angles of `pose` taken up by a weight (F,); parts it does not name stay."""
    mixed = table.copy()
    for part, angles in pose.items():
        if part.startswith(("thigh", "shin", "foot")):
            continue
        i = PARTS.index(part)
        mixed[:, i] += weight[:, None] * (np.array(angles) - table[:, i])
    return mixed


def _dribble(table: Floats, dribbles: Floats, rate: int) -> Floats:
    """The right arm pumps the ball, the left one fends off."""
    beat = dribble_beat(len(table), rate)
    mixed = table.copy()
    arm = np.stack([14 + 16 * beat, np.full_like(beat, 16), 0 * beat], axis=1)
    elbow = np.stack([38 + 34 * beat, 0 * beat, 0 * beat], axis=1)
    share = dribbles[:, None]
    for part, angles in (("upperarm.R", arm), ("forearm.R", elbow)):
        i = PARTS.index(part)
        mixed[:, i] += share * (angles - mixed[:, i])
    lean = {"pelvis": (-17.0, 0.0, 6.0), "upperarm.L": (30.0, 26.0, 0.0), "neck": (8.0, 0.0, 0.0)}
    return _mix(mixed, lean | {"forearm.L": (62.0, 0.0, 0.0)}, dribbles * 0.8)


def dribble_beat(count: int, rate: int) -> Floats:
    """How high the dribbling hand is, (F,) 0 (pushed down) to 1; the ball meets it at 1."""
    time = np.arange(count) / rate
    return np.asarray(0.5 + 0.5 * np.cos(2 * np.pi * DRIBBLES * time))


def window(action: Action, count: int, rate: int) -> Floats:
    """1 while an action lasts, with soft flanks."""
    inside = np.zeros(count)
    inside[max(0, action.start) : max(0, action.end)] = 1.0
    return np.asarray(gaussian_filter1d(inside, RAMP * rate / 1.5))


def _restless(count: int, rate: int, rng: np.random.Generator) -> Floats:
    """Nobody holds quite still: slow wandering of all joints, about three degrees."""
    noise = rng.normal(0, 1, (count, len(PARTS), 3))
    slow = gaussian_filter1d(noise, 0.6 * rate, axis=0, mode="nearest")
    slow *= 3.0 / max(float(slow.std()), 1e-6)
    legs = [i for i, p in enumerate(PARTS) if p.startswith(("thigh", "shin", "foot", "pelvis"))]
    slow[:, legs] = 0.0
    return np.asarray(slow)
