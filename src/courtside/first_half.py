"""The first half of the look loop as a process of its own: `python -m courtside.first_half`."""

from __future__ import annotations

from collections.abc import Iterator

from courtside.beginning import Begun, Task, begin
from courtside.beside import serve
from courtside.embedded_preset import first_stages
from courtside.video.decode import Damage


def first_half(task: Task) -> Iterator[Begun | Damage]:
    """Decode the frames of a task and look at them with the embedded preset's first stages."""
    return begin(task, first_stages(task.settings))


if __name__ == "__main__":
    serve(first_half)
