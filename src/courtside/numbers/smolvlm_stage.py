"""A second opinion on numbers the small reader doubts, from a queue that holds nothing up.

Doubtful crops wait in a queue; once in a while a batch of them is read, and what was read becomes
evidence on the track's next row. A track that is gone by then gets none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courtside.numbers.look import cut
from courtside.numbers.smolvlm import Answer, SmolVlm, read
from courtside.sightings import Sightings, View
from courtside.stage import LookStage

# A reading is doubtful between these scores: below nothing can be read, above it is sure.
LEAST, SURE = 0.1, 0.85
# Crops read in one batch, and the most that wait; the oldest go first.
BATCH, WAITING = 8, 24
# A batch that is not full is read when its oldest crop waited so long, seconds.
PATIENCE = 1.0
# A track's crops are asked for once in so many seconds.
EVERY = 1.0
# Share of a digit's probability that goes to all others alike.
SMOOTH = 0.02

Read = Callable[[Sequence[NDArray[np.uint8]]], list[Answer]]


@dataclass(frozen=True)
class Waiting:
    """A crop in the queue: BGR pixels, the track that it shows, and when, in seconds."""

    track: int
    time: float
    crop: NDArray[np.uint8]


@dataclass(frozen=True)
class Queue:
    """What waits and what was read.

    Attributes:
        waiting: oldest first.
        asked: when each track was last put into the queue, seconds.
        answers: read but not yet given to a row: number and score by track.
    """

    waiting: list[Waiting] = field(default_factory=list)
    asked: dict[int, float] = field(default_factory=dict)
    answers: dict[int, tuple[str, float]] = field(default_factory=dict)


def build_second_reader(reader: SmolVlm) -> LookStage:
    """Return the stage that replaces doubtful evidence by what SmolVLM2 reads."""
    return second_reader(partial(read, reader))


def second_reader(read_crops: Read) -> LookStage:
    """Return the stage for any reader of crops."""
    return LookStage(
        name="second reader",
        needs=frozenset({"image", "track", "readable", "tens", "ones", "number_box"}),
        adds=frozenset(),
        start=Queue,
        step=partial(_step, read_crops),
        state_type=Queue,
    )


def evidence(number: str, score: float) -> tuple[float, NDArray[Any], NDArray[Any]]:
    """Return an answer as `readable tens ones`: its score, and digits with a little doubt."""
    tens, ones = np.full(11, SMOOTH / 10), np.full(10, SMOOTH / 9)
    tens[0 if len(number) == 1 else 1 + int(number[0])] = 1 - SMOOTH
    ones[int(number[-1])] = 1 - SMOOTH
    return score, tens.astype(np.float32), ones.astype(np.float32)


def _step(read_crops: Read, queue: Queue, view: View, rows: Sightings) -> tuple[Queue, Sightings]:
    time = float(view.time)
    queue = _asked(queue, view, rows, time)
    full = len(queue.waiting) >= BATCH
    if full or (queue.waiting and time - queue.waiting[0].time >= PATIENCE):
        queue = _read(read_crops, queue)
    return _given(queue, rows)


def _asked(queue: Queue, view: View, rows: Sightings, time: float) -> Queue:
    waiting, asked = list(queue.waiting), dict(queue.asked)
    for row in np.flatnonzero(_doubtful(rows)):
        track = int(rows["track"][row])
        if time - asked.get(track, -np.inf) >= EVERY:
            crop = cut(view.image, rows["number_box"][row]).copy()
            waiting.append(Waiting(track, time, crop))
            asked[track] = time
    return replace(queue, waiting=waiting[-WAITING:], asked=asked)


def _doubtful(rows: Sightings) -> NDArray[np.bool_]:
    best = (
        rows["readable"] * rows["tens"].max(axis=1, initial=0) * rows["ones"].max(axis=1, initial=0)
    )
    return np.asarray((best >= LEAST) & (best < SURE) & (rows["track"] >= 0), np.bool_)


def _read(read_crops: Read, queue: Queue) -> Queue:
    batch, rest = queue.waiting[:BATCH], queue.waiting[BATCH:]
    answers = dict(queue.answers)
    for one, answer in zip(batch, read_crops([one.crop for one in batch]), strict=True):
        if answer.number is not None:
            answers[one.track] = (answer.number, answer.score)
    return replace(queue, waiting=rest, answers=answers)


def _given(queue: Queue, rows: Sightings) -> tuple[Queue, Sightings]:
    """Give each answer to its track's row of this frame, unless that was read better itself."""
    columns = {name: rows[name].copy() for name in ("readable", "tens", "ones")}
    doubtful = _doubtful(rows) | np.isnan(rows["readable"])
    answers = dict(queue.answers)
    for row, track in enumerate(rows["track"].tolist()):
        if track in answers and doubtful[row]:
            readable, tens, ones = evidence(*answers.pop(track))
            columns["readable"][row] = readable
            columns["tens"][row], columns["ones"][row] = tens, ones
    return replace(queue, answers=answers), rows.with_columns(**columns)
