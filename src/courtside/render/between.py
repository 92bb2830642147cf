"""Figures at any time: between two sampled frames they move with the picture and the person."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from courtside.geometry import transform_points
from courtside.render.figures import BALL_KEY, Figure, figure, middle_of
from courtside.render.shapes import Shape, Shift, blend, moved
from courtside.render.window import Moment, Vector, Window
from courtside.rle import Size

# Seconds in which a figure comes or goes where its neighbouring sample does not have it.
FADE = 0.12
# Seconds after which what is held at a cut, where there is no neighbour, begins to fade.
HOLD = 0.15
BALL_TRAIL = 0.5


class Playback:
    """Figures in step with a video: ask for times that do not go back.

    Args:
        sampled: the sampled frames in order, see `moments`.
        size: height and width of the picture in pixels.
        unit: of the style.
        trail: seconds of path kept behind people, 0 for none.
    """

    def __init__(
        self, sampled: Iterable[Moment], size: Size, unit: float, trail: float = 0.0
    ) -> None:
        self._trail = trail
        self._window = Window(sampled, size, unit, max(trail, BALL_TRAIL))

    def at(self, time: float, segment: int) -> list[Figure]:
        """Return the figures at a time, in the order of their keys.

        Args:
            time: seconds, not less than in the call before.
            segment: the stretch between two cuts that the frame belongs to.
        """
        window = self._window
        window.advance(time)
        before, after = window.last(segment), window.next(segment)
        found: list[Figure | None] = []
        for key in sorted({*before, *after}):
            first, second = before.get(key), after.get(key)
            if first is not None and second is not None and window.linked(key, first, second):
                found.append(self._moving(time, key, first, second))
                continue
            for index in (first, second):
                if index in (window.now, window.now + 1) and index is not None:
                    found.append(self._alone(time, key, index))
        return [item for item in found if item is not None]

    def _moving(self, time: float, key: int, before: int, after: int) -> Figure:
        window = self._window
        first, second = window[before], window[after]
        share = (time - first.time) / (second.time - first.time)
        ends = first.seen[key], second.seen[key]
        box = (1 - share) * ends[0].box + share * ends[1].box
        middle = middle_of(box)
        frame = (1 - share) * window.fit(before, key)[0] + share * window.fit(after, key)[0]
        shapes = window.shape(before, key), window.shape(after, key)
        shifts = [(middle - seen.middle).tolist() for seen in ends]
        shape = _blended(shapes, share, (shifts[0], shifts[1]))
        trail = self._path(time, key, middle, frame)
        court = _between((ends[0].court, ends[1].court), share)
        return figure(ends[0], box, frame, shape, trail=trail, court=court)

    def _alone(self, time: float, key: int, index: int) -> Figure | None:
        """Return a figure that the neighbouring sampled frame does not have, or not as one."""
        window, moment = self._window, self._window[index]
        opacity = self._presence(time, index)
        if opacity <= 0:
            return None
        fit, speed = window.fit(index, key)
        step = np.clip(time - moment.time, -HOLD, HOLD) * speed
        across, down = float(step[0]), float(step[1] + step[2]) / 2
        shape = window.shape(index, key)
        shape = moved(shape, (across, down)) if shape else None
        box = moment.seen[key].box + np.array([across, down, across, down])
        trail = self._path(time, key, middle_of(box), fit + step)
        return figure(moment.seen[key], box, fit + step, shape, opacity, trail)

    def _presence(self, time: float, index: int) -> float:
        window, moment = self._window, self._window[index]
        away = abs(time - moment.time)
        neighbour = index + 1 if time >= moment.time else index - 1
        if 0 <= neighbour < len(window) and window[neighbour].segment == moment.segment:
            return 1 - away / min(abs(window[neighbour].time - moment.time), FADE)
        # At a cut and at both ends of the film nobody came or went: it was only not sampled.
        return min(1.0, 1 - (away - HOLD) / FADE)

    def _path(self, time: float, key: int, middle: Vector, frame: Vector) -> Vector | None:
        """Return where a figure went until now, as places in the picture of now."""
        seconds = BALL_TRAIL if key == BALL_KEY else self._trail
        if seconds <= 0:
            return None
        window = self._window
        trace = window.trace(key, time - seconds)
        points, chain = [], np.eye(3)
        for index in range(window.now, min(trace, default=window.now) - 1, -1):
            if index in trace:
                points.append(transform_points(chain, self._mark(index, key))[0])
            chain = chain @ window[index].motion
        newest = middle if key == BALL_KEY else frame[[0, 2]]
        return np.array([*self._onwards(time, np.array(points[::-1]).reshape(-1, 2)), newest])

    def _mark(self, index: int, key: int) -> Vector:
        if key == BALL_KEY:
            return self._window[index].seen[key].middle
        return np.asarray(self._window.fit(index, key)[0][[0, 2]], np.float64)

    def _onwards(self, time: float, places: Vector) -> Vector:
        """Move places in the last sampled frame with the camera to a time after it."""
        window = self._window
        if not len(places) or window.now + 1 >= len(window):
            return places
        now, following = window[window.now], window[window.now + 1]
        if now.segment != following.segment:
            return places
        share = (time - now.time) / (following.time - now.time)
        return (1 - share) * places + share * transform_points(following.motion, places)


def _between(places: tuple[Vector | None, Vector | None], share: float) -> Vector | None:
    """Return a place between two; the one that is known where the other is not."""
    first, second = places
    if first is None or second is None:
        return second if first is None else first
    return np.asarray((1 - share) * first + share * second, np.float64)


def _blended(
    shapes: tuple[Shape | None, Shape | None], share: float, shifts: tuple[Shift, Shift]
) -> Shape | None:
    match shapes:
        case (Shape() as first, Shape() as second):
            return blend(first, second, share, shifts)
        case (Shape() as first, None):
            return moved(first, shifts[0])
        case (None, Shape() as second):
            return moved(second, shifts[1])
        case _:
            return None
