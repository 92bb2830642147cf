"""What a running job tells about itself; who shows it is another matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Phase = Literal["look", "settle", "draw"]


@dataclass(frozen=True)
class Tick:
    """How far a job is.

    Attributes:
        phase: what it is doing.
        frames: sampled frames looked at, or frames drawn, so far.
        done: seconds of video behind it.
        total: seconds of video in all, null when the header does not tell.
    """

    phase: Phase
    frames: int
    done: float
    total: float | None


Report = Callable[[Tick], None]


def silent(_: Tick) -> None:
    """Report to nobody."""
