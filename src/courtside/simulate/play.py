"""A short continuous play: where everybody is, how they move their limbs, where the ball is.

Times in seconds, court coordinates in metres. All paths are smooth; the legs go as fast as the
body moves, so feet hardly slide.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from courtside.simulate.place import Person, heading_to
from courtside.simulate.pose import (
    Matrix,
    blend_poses,
    random_pose,
    running_pose,
)
from courtside.simulate.stances import PoseKind

RUNNING = 3.2  # m/s from which a body runs rather than shuffles
STRIDE = (1.1, 3.0)  # metres of a double step when shuffling and when sprinting at 7 m/s
TURN_TIME = 0.35  # seconds a body takes to turn two thirds of the way to where it wants to look

Point = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Motion:
    """One person's play, sampled at every frame.

    person: what never changes; places (frames, 3) metres; headings (frames,) radians;
    phases (frames,) of the double step; speeds (frames,) m/s; rest: pose when not running.
    """

    person: Person
    shape: int
    places: NDArray[np.float64]
    headings: NDArray[np.float64]
    phases: NDArray[np.float64]
    speeds: NDArray[np.float64]
    rest: Matrix


@dataclass(frozen=True, slots=True)
class Throw:
    """The ball in the air from one point (3,) at `start` to another at `end` seconds."""

    start: float
    end: float
    source: Point
    target: Point

    def at(self, time: float) -> Point:
        """Where the ball is: a parabola under gravity."""
        span = self.end - self.start
        share = (time - self.start) / span
        rise = 9.81 / 2 * span**2 * share * (1 - share)
        return self.source + share * (self.target - self.source) + [0.0, 0.0, rise]


def move(
    person: Person,
    shape: int,
    keys: NDArray[np.float64],
    times: NDArray[np.float64],
    look_at: NDArray[np.float64],
    rest: PoseKind,
    rng: np.random.Generator,
) -> Motion:
    """A person who passes `keys` (n, 3: time, x, y), looking at `look_at` (frames, 2) or ahead."""
    spline = CubicSpline(keys[:, 0], keys[:, 1:], bc_type="clamped")
    inside = np.clip(times, keys[0, 0], keys[-1, 0])
    flat, speed_xy = spline(inside), spline(inside, 1)
    speeds = np.linalg.norm(speed_xy, axis=1)
    stride = np.interp(speeds, [0.0, 7.0], STRIDE)
    step = np.gradient(times)
    phases = rng.uniform() + np.cumsum(speeds / stride * step)
    wanted = np.array([heading_to(p, t) for p, t in zip(flat, look_at, strict=True)])
    ahead = np.arctan2(speed_xy[:, 0], -speed_xy[:, 1])
    share = np.clip((speeds - 1.5) / RUNNING, 0, 1)
    x = share * np.cos(ahead) + (1 - share) * np.cos(wanted)
    y = share * np.sin(ahead) + (1 - share) * np.sin(wanted)
    headings = _smooth_turn(np.arctan2(y, x), step)
    places = np.column_stack([flat, np.full(len(flat), person.place[2])])
    return Motion(person, shape, places, headings, phases, speeds, random_pose(rest, rng))


def _smooth_turn(wanted: NDArray[np.float64], step: NDArray[np.float64]) -> NDArray[np.float64]:
    """Headings that follow `wanted` with the lag of a turning body."""
    unwrapped = np.unwrap(wanted)
    turned = unwrapped.copy()
    for i in range(1, len(turned)):
        turned[i] = turned[i - 1] + (unwrapped[i] - turned[i - 1]) * min(1.0, step[i] / TURN_TIME)
    return turned


def pose_at(motion: Motion, frame: int, time: float) -> Matrix:
    """The pose of a person at a frame: from standing over shuffling to running."""
    speed = float(motion.speeds[frame])
    effort = float(np.clip((speed - 0.8) / 5.5, 0, 1))
    running = running_pose(float(motion.phases[frame]), effort)
    share = float(np.clip((speed - 0.2) / 1.4, 0, 1))
    breath = 0.06 * np.sin(2 * np.pi * (0.45 * time + motion.shape * 0.13))
    standing = blend_poses(motion.rest, running_pose(0.25, 0.1), 0.12 + breath)
    return blend_poses(standing, running, share)
