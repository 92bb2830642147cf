"""The first half of the look loop: frames decoded, and the stages that need no followed people.

It stands apart from the second half so that a process of its own can do it, and loads quickly.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from courtside.background import ahead
from courtside.settings import Settings, sampling_period
from courtside.sightings import Sightings, View
from courtside.stage import LookStage
from courtside.video.decode import Damage
from courtside.video.probe import VideoFacts
from courtside.video.read import Frame, Position, read

# Decoding runs beside the nets by this many bytes of pictures, and no more.
BYTES_AHEAD = 48_000_000


@dataclass(frozen=True)
class Task:
    """What the first half of the loop works on; it can be handed to another process.

    Attributes:
        states: of its stages, before the first frame.
        resume: where reading goes on; null from the start.
    """

    source: Path
    facts: VideoFacts
    settings: Settings
    states: dict[str, Any]
    resume: Position | None


@dataclass(frozen=True)
class Begun:
    """A decoded frame after the first half.

    Attributes:
        position: where a read goes on, on the first frame of a new chunk.
        view: null where the frame is not sampled, and nothing after it either.
        states: of the first stages after this frame.
        seconds: that each of them took.
    """

    index: int
    time: Fraction
    segment: int
    position: Position | None
    view: View | None = None
    rows: Sightings = field(default_factory=Sightings.empty)
    states: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def begin(task: Task, stages: Sequence[LookStage]) -> Generator[Begun | Damage, None, None]:
    """Decode the frames of a task and run the first half of the stages on those sampled.

    The last item is what was found damaged.
    """
    video, length = task.settings.video, Fraction(str(task.settings.chunk))
    reader = read(
        task.source,
        task.facts,
        every=sampling_period(video.every),
        start=_exact(video.start),
        end=_exact(video.end),
        resume=task.resume,
    )
    states, began = task.states, None
    with closing(ahead(_decoded(reader), frames_ahead(task.facts))) as frames:
        for frame in frames:
            ends = began is not None and frame.time >= began + length
            if began is None or ends:
                began = frame.time
            begun = Begun(frame.index, frame.time, frame.segment, frame.position if ends else None)
            if frame.sampled:
                begun = _with_first(begun, frame, stages, states)
                states = begun.states
            yield begun
    yield reader.damage


def _decoded(frames: Iterable[Frame]) -> Iterator[Frame]:
    for frame in frames:
        if frame.sampled:
            _ = frame.image  # converted here, beside the nets
        yield frame


def _with_first(
    begun: Begun, frame: Frame, stages: Sequence[LookStage], states: dict[str, Any]
) -> Begun:
    view = View(frame.index, frame.pts, frame.time, frame.segment, frame.image)
    seconds: dict[str, float] = {}
    states, rows = run_stages(stages, states, view, Sightings.empty(), seconds)
    return replace(begun, view=view, rows=rows, states=states, seconds=seconds)


def run_stages(
    stages: Sequence[LookStage],
    states: dict[str, Any],
    view: View,
    rows: Sightings,
    seconds: dict[str, float],
) -> tuple[dict[str, Any], Sightings]:
    """Return states and rows after the stages, in order; the time of each is added to `seconds`."""
    after = dict(states)
    for stage in stages:
        begun = perf_counter()
        after[stage.name], rows = stage.step(after[stage.name], view, rows)
        seconds[stage.name] = seconds.get(stage.name, 0.0) + perf_counter() - begun
    return after, rows


def frames_ahead(facts: VideoFacts) -> int:
    """Return how many decoded frames may wait."""
    return int(np.clip(BYTES_AHEAD // (facts.width * facts.height * 5), 1, 12))


def _exact(seconds: float | None) -> Fraction | None:
    return None if seconds is None else Fraction(str(seconds))
