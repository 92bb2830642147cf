"""The look loop: every sampled frame through every look stage, saved chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courtside.background import ahead
from courtside.game import Segment
from courtside.progress import Report, Tick
from courtside.settings import Settings, sampling_period
from courtside.sightings import FrameTable, Sightings, View
from courtside.stage import LookStage
from courtside.store import run as store
from courtside.store.state import decode_state, encode_state
from courtside.video.decode import Damage
from courtside.video.probe import VideoFacts
from courtside.video.read import Frame, Position, read

# Decoding runs beside the nets by this many bytes of pictures, and no more.
BYTES_AHEAD = 48_000_000


@dataclass
class _Look:
    """What the loop carries: states of the stages, and the chunk being filled."""

    states: dict[str, Any]
    chunk: int
    seconds: dict[str, float]
    segments: list[Segment]
    frames_decoded: int
    began: Fraction | None = None
    rows: list[Sightings] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Begun:
    """A decoded frame after the first stages; no view where it is not sampled.

    Attributes:
        states: of the first stages after this frame.
    """

    frame: Frame
    view: View | None
    rows: Sightings
    states: dict[str, Any]


def look(
    source: Path,
    facts: VideoFacts,
    folder: Path,
    stages: Sequence[LookStage],
    settings: Settings,
    report: Report,
) -> store.Checkpoint:
    """Look at the video from where the folder's last whole chunk ends, to its end.

    Returns:
        The last checkpoint: what was decoded, damaged and cut, and the time it took.

    Raises:
        InputError: when the video cannot be read.
        MachineError: when results cannot be saved.
    """
    saved = store.read_checkpoint(folder)
    if saved is not None and saved.position is None:
        return saved
    loop = _begin(stages, saved, store.saved_chunks(folder))
    reader = read(
        source,
        facts,
        every=sampling_period(settings.video.every),
        start=_exact(settings.video.start),
        end=_exact(settings.video.end),
        resume=saved.position if saved else None,
    )
    first, second = _halves(stages)
    depth = _depth(facts)
    length, total = Fraction(str(settings.chunk)), _end(facts, settings)
    with (
        closing(ahead(_decoded(reader), depth)) as decoded,
        # As deep: frames between two samples must not keep the next sample from its turn.
        closing(ahead(_first(decoded, first, loop), depth)) as frames,
    ):
        for begun in frames:
            if loop.began is not None and begun.frame.time >= loop.began + length:
                position = begun.frame.position
                _save(loop, folder, facts, position, position.damage)
            _take_in(loop, begun)
            if begun.view is not None:
                _finish(loop, second, begun.view, begun.rows)
                report(Tick("look", begun.frame.index, float(begun.frame.time), total))
    return _save(loop, folder, facts, None, reader.damage)


def _begin(stages: Sequence[LookStage], saved: store.Checkpoint | None, chunk: int) -> _Look:
    if saved is None:
        return _Look({stage.name: stage.start() for stage in stages}, chunk, {}, [], 0)
    states = {s.name: decode_state(saved.states[s.name], s.state_type) for s in stages}
    return _Look(states, chunk, dict(saved.seconds), list(saved.segments), saved.frames_decoded)


def _halves(stages: Sequence[LookStage]) -> tuple[list[LookStage], list[LookStage]]:
    """Split the stages where the picture alone no longer suffices.

    The first half (camera motion, the net) works on the next frame while the second half follows
    people in this one: two cores, the same results.
    """
    count = next((i for i, s in enumerate(stages) if not s.needs <= {"image"}), len(stages))
    return list(stages[:count]), list(stages[count:])


def _decoded(frames: Iterable[Frame]) -> Iterator[Frame]:
    for frame in frames:
        if frame.sampled:
            _ = frame.image  # converted here, beside the nets
        yield frame


def _first(frames: Iterable[Frame], stages: Sequence[LookStage], loop: _Look) -> Iterator[_Begun]:
    states = {stage.name: loop.states[stage.name] for stage in stages}
    for frame in frames:
        view, rows = None, Sightings.empty()
        if frame.sampled:
            view = View(frame.index, frame.pts, frame.time, frame.segment, frame.image)
            states, rows = _run(stages, states, view, rows, loop.seconds)
        yield _Begun(frame, view, rows, states)


def _run(
    stages: Sequence[LookStage],
    states: dict[str, Any],
    view: View,
    rows: Sightings,
    seconds: dict[str, float],
) -> tuple[dict[str, Any], Sightings]:
    after = dict(states)
    for stage in stages:
        begun = perf_counter()
        after[stage.name], rows = stage.step(after[stage.name], view, rows)
        seconds[stage.name] = seconds.get(stage.name, 0.0) + perf_counter() - begun
    return after, rows


def _depth(facts: VideoFacts) -> int:
    return int(np.clip(BYTES_AHEAD // (facts.width * facts.height * 5), 1, 12))


def _take_in(loop: _Look, begun: _Begun) -> None:
    frame = begun.frame
    loop.states |= begun.states
    loop.frames_decoded += 1
    loop.began = frame.time if loop.began is None else loop.began
    if not loop.segments or frame.segment != loop.segments[-1].index:
        loop.segments.append(Segment(frame.segment, frame.index, float(frame.time)))


def _finish(loop: _Look, stages: Sequence[LookStage], view: View, rows: Sightings) -> None:
    loop.states, rows = _run(stages, loop.states, view, rows, loop.seconds)
    loop.rows.append(rows)
    loop.views.append(
        {
            "frame": view.frame,
            "pts": view.pts,
            "time": float(view.time),
            "segment": view.segment,
            "motion": _flat(view.motion),
            **view.columns,
        }
    )


def _flat(motion: NDArray[np.float64] | None) -> NDArray[np.float64]:
    return np.full(9, np.nan) if motion is None else motion.reshape(9)


def _save(
    loop: _Look, folder: Path, facts: VideoFacts, position: Position | None, damage: Damage
) -> store.Checkpoint:
    checkpoint = store.Checkpoint(
        position=position,
        states={name: encode_state(state) for name, state in loop.states.items()},
        segments=tuple(loop.segments),
        damage=damage,
        frames_decoded=loop.frames_decoded,
        seconds=dict(loop.seconds),
    )
    rows = Sightings.concat(loop.rows)
    store.save_chunk(folder, loop.chunk, rows, _frame_table(loop.views), checkpoint, facts)
    loop.chunk += 1
    loop.began = None
    loop.rows, loop.views = [], []
    return checkpoint


def _frame_table(views: list[dict[str, Any]]) -> FrameTable:
    if not views:
        return FrameTable.empty()
    return FrameTable({name: [view[name] for view in views] for name in views[0]})


def _end(facts: VideoFacts, settings: Settings) -> float | None:
    known = [t for t in (facts.duration_from_header, settings.video.end) if t is not None]
    return float(min(known)) if known else None


def _exact(seconds: float | None) -> Fraction | None:
    return None if seconds is None else Fraction(str(seconds))
