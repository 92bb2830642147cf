"""Where the feet of a moving body go: planted feet stay where they are until they lift off.

Times in frames, places in court metres. A body's left is +x when it looks along -y.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Speed in m/s against length of a double step in metres and share of it a foot is on the floor,
# after Novacheck, "The biomechanics of running", Gait and Posture 1998.
_SPEEDS = (0.0, 1.5, 3.5, 7.0)
_STRIDES = (0.75, 1.5, 2.4, 3.3)
_DUTY = (0.68, 0.62, 0.42, 0.32)
TURNING = 0.22  # double steps for a radian turned on the spot
STILL = (0.12, 0.25)  # m/s and rad/s below which nobody steps
HALF_STANCE = 0.11  # metres from the middle to a foot when walking
WIDE_STANCE = 0.2  # added in a defender's stance


@dataclass(frozen=True, slots=True)
class Steps:
    """Feet of one body over F frames; left foot first.

    feet: (F, 2, 3) metres, the place of the sole; planted: bool (F, 2); pitch: (F, 2) radians,
    toes down; turns: (F, 2) headings of the feet; phase: (F,) of the double step.
    """

    feet: Floats
    planted: NDArray[np.bool_]
    pitch: Floats
    turns: Floats
    phase: Floats


def step(places: Floats, headings: Floats, wide: Floats, rate: float) -> Steps:
    """Steps that carry a body along `places` (F, 2) with `headings` (F,).

    wide: (F,) 0 to 1, how far apart the feet are kept; rate: frames a second.
    """
    speed = np.linalg.norm(np.gradient(places, axis=0), axis=1) * rate
    turning = np.abs(np.gradient(np.unwrap(headings))) * rate
    phase, duty = _phase(speed, turning, rate), np.interp(speed, _SPEEDS, _DUTY)
    parts = [_foot(places, headings, wide, phase + 0.5 * k, duty, speed, k) for k in (0, 1)]
    feet = np.stack([p[0] for p in parts], axis=1)
    pitch = np.stack([p[2] for p in parts], axis=1)
    turns = np.stack([p[3] for p in parts], axis=1)
    planted = np.stack([p[1] for p in parts], axis=1)
    return Steps(feet, planted, pitch, turns, phase)


def _phase(speed: Floats, turning: Floats, rate: float) -> Floats:
    """Steps counted on, in double steps; nobody stops with a foot in the air."""
    cadence = np.maximum(speed / np.interp(speed, _SPEEDS, _STRIDES), TURNING * turning)
    duty = np.interp(speed, _SPEEDS, _DUTY)
    still = (speed < STILL[0]) & (turning < STILL[1])
    phase, now = np.empty(len(speed)), 0.05
    for i in range(len(speed)):
        parts = (now % 1.0, (now + 0.5) % 1.0)
        lifted = max(parts) >= duty[i]
        now += (1.3 if lifted else 0.0) / rate if still[i] else max(cadence[i], 0.3) / rate
        phase[i] = now
    return phase


def _foot(
    places: Floats,
    headings: Floats,
    wide: Floats,
    phase: Floats,
    duty: Floats,
    speed: Floats,
    side: int,
) -> tuple[Floats, NDArray[np.bool_], Floats, Floats]:
    """Places (F, 3), planted, pitch and heading of one foot."""
    down = np.mod(phase, 1.0) < duty
    starts, ends = _runs(down, np.floor(phase))
    spots, turns = _plants(places, headings, wide, starts, ends, side)
    feet, turn, pitch = np.zeros((len(places), 3)), np.zeros(len(places)), np.zeros(len(places))
    for start, end, spot, heading in zip(starts, ends, spots, turns, strict=True):
        feet[start:end, :2], turn[start:end] = spot, heading
    for k in range(len(starts) - 1):
        air = Air(ends[k], starts[k + 1], spots[k], spots[k + 1], turns[k], turns[k + 1])
        _swing(feet, turn, pitch, air, speed)
    if len(starts):
        feet[: starts[0], :2], turn[: starts[0]] = spots[0], turns[0]
        feet[ends[-1] :, :2], turn[ends[-1] :] = spots[-1], turns[-1]
    return feet, down, pitch, turn


def _runs(down: NDArray[np.bool_], step_number: Floats) -> tuple[list[int], list[int]]:
    """First frames of the stretches on the floor, and the frames after their last."""
    mark = np.where(down, step_number, -1.0)
    edges = np.flatnonzero(np.diff(mark, prepend=-2.0) != 0)
    bounds = [*edges.tolist(), len(down)]
    pairs = [(a, b) for a, b in pairwise(bounds) if down[a]]
    return [a for a, _ in pairs], [b for _, b in pairs]


def _plants(
    places: Floats, headings: Floats, wide: Floats, starts: list[int], ends: list[int], side: int
) -> tuple[list[Floats], list[float]]:
    """Where each stretch on the floor is: beside the middle of the body's way during it."""
    spots, turns = [], []
    for a, b in zip(starts, ends, strict=True):
        middle = (a + b - 1) // 2
        heading = float(headings[middle])
        out = (HALF_STANCE + WIDE_STANCE * float(wide[middle])) * (1 if side == 0 else -1)
        across = out * np.array([np.cos(heading), np.sin(heading)])
        spots.append((places[a] + places[b - 1]) / 2 + across)
        turns.append(heading + (0.15 if side == 0 else -0.15))
    return spots, turns


@dataclass(frozen=True, slots=True)
class Air:
    """A foot's way through the air from frame `start` up to `end`, between two plants."""

    start: int
    end: int
    source: Floats
    target: Floats
    source_turn: float
    target_turn: float


def _swing(feet: Floats, turn: Floats, pitch: Floats, air: Air, speed: Floats) -> None:
    """Carry a foot through the air: up, forward and down again, toes down behind."""
    a, b = air.start, air.end
    share = (np.arange(a, b) - a + 1) / (b - a + 1)
    ease = share * share * (3 - 2 * share)
    fast = np.clip(speed[a:b] / 6.0, 0, 1)
    feet[a:b, :2] = air.source + ease[:, None] * (air.target - air.source)
    feet[a:b, 2] = (0.05 + 0.28 * fast) * np.sin(np.pi * share) ** (1.0 + 0.3 * fast)
    way = air.target_turn - air.source_turn
    turn[a:b] = air.source_turn + ease * np.arctan2(np.sin(way), np.cos(way))
    pitch[a:b] = (0.3 + 0.9 * fast) * np.sin(np.pi * np.sqrt(share))
