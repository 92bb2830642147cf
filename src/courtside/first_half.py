"""The first half of the look loop as a process of its own: `python -m courtside.first_half`."""

from __future__ import annotations

from collections.abc import Iterator

from courtside.background import ahead, opencv_in_one_thread
from courtside.beginning import Begun, Task, begin, frames_ahead
from courtside.beside import serve
from courtside.embedded_preset import first_stages
from courtside.video.decode import Damage


def first_half(task: Task) -> Iterator[Begun | Damage]:
    """Decode the frames of a task and look at them with the embedded preset's first stages.

    Frames go on being made while the other process takes those that are.
    """
    with opencv_in_one_thread():
        yield from ahead(begin(task, first_stages(task.settings)), frames_ahead(task.facts))


if __name__ == "__main__":
    serve(first_half)
