"""A short window of sampled frames that goes along with the video.

Memory does not grow with the length of the video: frames come from a stream, and what lies more
than a moment behind is dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from courtside.render.figures import BALL_KEY, Seen, body, seen_in
from courtside.render.shapes import Shape, from_mask
from courtside.rle import Size
from courtside.sightings import FrameTable, Sightings

Vector = NDArray[np.float64]

# Seconds that positions of feet and tags are smoothed over, before and after (Gaussian).
SMOOTHING = 0.12
AROUND = 2.5 * SMOOTHING
# A figure missed in one or two sampled frames is carried over them, at most this many seconds.
MISSED, MISSED_FRAMES = 0.35, 2
# Nothing is carried over a longer hole in the samples (damaged video), in seconds.
LONGEST = 1.0
# Picture heights a second: the fastest passes are about 20 m/s, and a main camera seldom shows
# less than 8 m from top to bottom.
BALL_SPEED = 2.5


@dataclass(eq=False)
class Moment:
    """One sampled frame.

    Attributes:
        time: seconds.
        segment: number of the stretch between two cuts.
        motion: 3x3 from the sampled frame before to this one, identity where it is not known.
        seen: figures by key.
        shapes: outlines by key, made when first needed.
        fits: smoothed bodies and their speeds by key, made when first needed.
    """

    time: float
    segment: int
    motion: Vector
    seen: dict[int, Seen]
    shapes: dict[int, Shape | None] = field(default_factory=dict)
    fits: dict[int, Vector] = field(default_factory=dict)


def moments(
    rows: Iterable[Sightings], frames: FrameTable, names: Mapping[int, str]
) -> Iterator[Moment]:
    """Yield the sampled frames in order, also those in which nobody was seen.

    Args:
        rows: sightings in pieces of whole frames, in the order of the frames.
        frames: the table of sampled frames.
        names: of players by id.
    """
    pieces = (piece for part in rows for piece in part.by_frame())
    waiting = next(pieces, None)
    for i, frame in enumerate(frames["frame"]):
        seen: dict[int, Seen] = {}
        while waiting is not None and waiting[0] <= frame:
            if waiting[0] == frame:
                seen = seen_in(waiting[1], names)
            waiting = next(pieces, None)
        time, segment = float(frames["time"][i]), int(frames["segment"][i])
        yield Moment(time, segment, _motion(frames, i), seen)


class Window:
    """Sampled frames round a time that never goes back.

    Args:
        sampled: all sampled frames in order.
        size: height and width of the picture in pixels.
        unit: of the style.
        memory: seconds to keep behind the time.

    Attributes:
        now: index of the last sampled frame not after the time; -1 before the first.
    """

    def __init__(self, sampled: Iterable[Moment], size: Size, unit: float, memory: float) -> None:
        self.now = -1
        self._coming = iter(sampled)
        self._size, self._unit = size, unit
        self._memory = max(memory, AROUND + MISSED) + LONGEST
        self._moments: deque[Moment] = deque()
        self._whole = False

    def __len__(self) -> int:
        return len(self._moments)

    def __getitem__(self, index: int) -> Moment:
        return self._moments[index]

    def advance(self, time: float) -> None:
        """Go on to a time in seconds."""
        moments = self._moments
        while not self._whole and (not moments or moments[-1].time <= time + AROUND + MISSED):
            moment = next(self._coming, None)
            self._whole = moment is None
            if moment is not None:
                moments.append(moment)
        while self.now + 1 < len(moments) and moments[self.now + 1].time <= time:
            self.now += 1
        while self.now > MISSED_FRAMES and moments[0].time < time - self._memory:
            moments.popleft()
            self.now -= 1

    def last(self, segment: int) -> dict[int, int]:
        """Return for each figure the newest sampled frame that has it, not after now."""
        return self._first_found(range(self.now, max(self.now - MISSED_FRAMES, 0) - 1, -1), segment)

    def next(self, segment: int) -> dict[int, int]:
        """Return for each figure the first sampled frame after now that has it."""
        end = min(self.now + MISSED_FRAMES + 2, len(self))
        return self._first_found(range(self.now + 1, end), segment)

    def linked(self, key: int, before: int, after: int) -> bool:
        """Return whether two sightings are one movement: no cut or hole between them, no leap."""
        first, second = self[before], self[after]
        gap = second.time - first.time
        near = after - before <= MISSED_FRAMES + 1 and gap <= MISSED
        if first.segment != second.segment or not (
            near or (after - before == 1 and gap <= LONGEST)
        ):
            return False
        if key != BALL_KEY:
            return True
        leap = np.hypot(*(second.seen[key].middle - first.seen[key].middle))
        return bool(leap <= BALL_SPEED * self._size[0] * gap)

    def trace(self, key: int, since: float) -> list[int]:
        """Return the sampled frames of this segment that have a figure, from now back to a time.

        They end where the figure's movement does, also the one to where it is seen next.
        """
        segment = self[self.now].segment
        seen = [
            index
            for index in range(self.now, -1, -1)
            if key in self[index].seen
            and self[index].segment == segment
            and self[index].time >= since
        ]
        coming = {} if key in self[self.now].seen else self.next(segment)
        chain = [coming[key], *seen] if key in coming else seen
        for place, (later, earlier) in enumerate(pairwise(chain), 1):
            if not self.linked(key, earlier, later):
                chain = chain[:place]
                break
        return [index for index in chain if index <= self.now]

    def shape(self, index: int, key: int) -> Shape | None:
        """Return the outline of a figure in a sampled frame."""
        moment = self[index]
        if key not in moment.shapes:
            mask = moment.seen[key].mask
            moment.shapes[key] = from_mask(mask, self._size, self._unit) if mask else None
        return moment.shapes[key]

    def fit(self, index: int, key: int) -> Vector:
        """Return the smoothed body and its speed a second, (2, 3), at a sampled frame.

        A weighted straight line through the neighbours: it does not lag behind a runner, as a
        mean of the past would.
        """
        moment = self[index]
        if key not in moment.fits:
            near = [*self._run(index, key, -1), index, *self._run(index, key, 1)]
            times = np.array([self[i].time - moment.time for i in near])
            moment.fits[key] = _line(times, np.array([body(self[i].seen[key].box) for i in near]))
        return moment.fits[key]

    def _first_found(self, indices: range, segment: int) -> dict[int, int]:
        found: dict[int, int] = {}
        for index in indices:
            if self[index].segment == segment:
                for key in self[index].seen:
                    found.setdefault(key, index)
        return found

    def _run(self, index: int, key: int, step: int) -> Iterator[int]:
        """Yield the sampled frames that go on from one without a break, as far as smoothing."""
        here, other = index, index + step
        while 0 <= other < len(self) and abs(other - here) <= MISSED_FRAMES + 1:
            if abs(self[other].time - self[index].time) > AROUND:
                return
            if key in self[other].seen:
                if not self.linked(key, min(here, other), max(here, other)):
                    return
                yield other
                here = other
            other += step


def _line(times: Vector, values: Vector) -> Vector:
    """Fit a weighted line; return the value at time 0 and the slope, (2, d)."""
    weights = np.exp(-0.5 * (times / SMOOTHING) ** 2)
    weights = weights / weights.sum()
    centre = weights @ times
    spread = weights @ (times - centre) ** 2
    mean = weights @ values
    slope = (weights * (times - centre)) @ values / spread if spread > 1e-9 else 0 * mean
    return np.stack([mean - centre * slope, slope])


def _motion(frames: FrameTable, index: int) -> Vector:
    if "motion" in frames:
        matrix = frames["motion"][index].astype(np.float64).reshape(3, 3)
        if np.isfinite(matrix).all():
            return np.asarray(matrix, np.float64)
    return np.eye(3)
