"""The first half of the look loop as a process of its own: `python -m courtside.first_half`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial

from courtside.background import ahead, opencv_in_one_thread
from courtside.beginning import Begun, Task, begin, frames_ahead
from courtside.beside import serve
from courtside.embedded_preset import first_stages, load_detector
from courtside.engine import Net
from courtside.errors import CourtsideError
from courtside.video.decode import Damage


def first_half(task: Task, detector: Callable[[], Net]) -> Iterator[Begun | Damage]:
    """Decode the frames of a task and look at them with the embedded preset's first stages.

    Frames go on being made while the other process takes those that are.
    """
    with opencv_in_one_thread():
        stages = first_stages(task.settings, detector)
        yield from ahead(begin(task, stages), frames_ahead(task.facts))


if __name__ == "__main__":
    detector = cache(load_detector)
    with suppress(CourtsideError):  # it is told when the net is asked for
        detector()  # while the other process still loads and checks
    serve(partial(first_half, detector=detector))
