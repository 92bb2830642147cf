"""The look loop: every sampled frame through every look stage, saved chunk by chunk."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courtside.background import ahead
from courtside.beginning import Begun, Task, begin, frames_ahead, run_stages
from courtside.beside import Work
from courtside.game import Segment
from courtside.progress import Report, Tick
from courtside.settings import Settings
from courtside.sightings import FrameTable, Sightings, View
from courtside.stage import Halves, LookStage
from courtside.store import run as store
from courtside.store.state import decode_state, encode_state
from courtside.video.decode import Damage
from courtside.video.probe import VideoFacts
from courtside.video.read import Position


@dataclass
class _Look:
    """What the loop carries: states of the stages, and the chunk being filled."""

    states: dict[str, Any]
    chunk: int
    seconds: dict[str, float]
    segments: list[Segment]
    frames_decoded: int
    rows: list[Sightings] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)


def look(
    source: Path,
    facts: VideoFacts,
    folder: Path,
    stages: Halves,
    settings: Settings,
    report: Report,
    apart: Work | None = None,
) -> store.Checkpoint:
    """Look at the video from where the folder's last whole chunk ends, to its end.

    Two halves work side by side on two cores: the first (decoding, camera motion, the net) on
    the next frame while the second solves the court and follows people in this one.

    Args:
        apart: does the first half, which is that of the embedded preset, in a process of its own;
            the results are the same.

    Returns:
        The last checkpoint: what was decoded, damaged and cut, and the time it took.

    Raises:
        InputError: when the video cannot be read.
        MachineError: when results cannot be saved.
    """
    saved = store.read_checkpoint(folder)
    if saved is not None and saved.position is None:
        return saved
    first, second = stages
    loop = _begin([*first, *second], saved, store.saved_chunks(folder))
    states = {stage.name: loop.states[stage.name] for stage in first}
    task = Task(source, facts, settings, states, saved.position if saved else None)
    total, damage = _end(facts, settings), Damage()
    # A process apart works ahead by itself, and a thread here would only take turns with this one.
    with closing(apart(task) if apart else _ahead(task, first)) as items:
        for item in items:
            if isinstance(item, Damage):
                damage = item
                break
            if item.position is not None:
                _save(loop, folder, facts, item.position, item.position.damage)
            _take_in(loop, item)
            if item.view is not None:
                _finish(loop, second, item.view, item.rows)
                report(Tick("look", item.index, float(item.time), total))
    return _save(loop, folder, facts, None, damage)


def _ahead(task: Task, stages: list[LookStage]) -> Generator[Begun | Damage, None, None]:
    with closing(begin(task, stages)) as made:
        # As deep as decoding: frames between two samples must not keep the next from its turn.
        yield from ahead(made, frames_ahead(task.facts))


def _begin(stages: Sequence[LookStage], saved: store.Checkpoint | None, chunk: int) -> _Look:
    if saved is None:
        return _Look({stage.name: stage.start() for stage in stages}, chunk, {}, [], 0)
    states = {s.name: decode_state(saved.states[s.name], s.state_type) for s in stages}
    return _Look(states, chunk, dict(saved.seconds), list(saved.segments), saved.frames_decoded)


def _take_in(loop: _Look, begun: Begun) -> None:
    loop.states |= begun.states
    for name, seconds in begun.seconds.items():
        loop.seconds[name] = loop.seconds.get(name, 0.0) + seconds
    loop.frames_decoded += 1
    if not loop.segments or begun.segment != loop.segments[-1].index:
        loop.segments.append(Segment(begun.segment, begun.index, float(begun.time)))


def _finish(loop: _Look, stages: Sequence[LookStage], view: View, rows: Sightings) -> None:
    loop.states, rows = run_stages(stages, loop.states, view, rows, loop.seconds)
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
    loop.rows, loop.views = [], []
    return checkpoint


def _frame_table(views: list[dict[str, Any]]) -> FrameTable:
    if not views:
        return FrameTable.empty()
    return FrameTable({name: [view[name] for view in views] for name in views[0]})


def _end(facts: VideoFacts, settings: Settings) -> float | None:
    known = [t for t in (facts.duration_from_header, settings.video.end) if t is not None]
    return float(min(known)) if known else None
