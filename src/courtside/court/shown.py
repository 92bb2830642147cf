"""Points of the court that a person set, and what cameras they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from courtside.court.evidence import Evidence
from courtside.court.league import Reading
from courtside.court.marks import SET_NOISE, Marks
from courtside.court.model import Floats, Size, sound
from courtside.court.start import first_fit
from courtside.errors import InputError
from courtside.sightings import FrameTable

# A point set by a person weighs as much as so many of the net's.
SET_WEIGHT = 20.0


@dataclass(frozen=True)
class SetPoint:
    """A point of the court that a person showed in the picture.

    Attributes:
        frame: index of the decoded frame.
        pixel: x y in the upright picture.
        place: x y z on the court, metres.
    """

    frame: int
    pixel: tuple[float, float]
    place: tuple[float, float, float]


def with_shown(evidence: Evidence, frames: FrameTable, shown: Sequence[SetPoint]) -> Evidence:
    """Return the evidence with a landmark of its own for each point a person set."""
    count = len(frames), len(shown)
    pixels, score = np.full((*count, 2), np.nan), np.zeros(count)
    for column, point in enumerate(shown):
        row = int(np.flatnonzero(frames["frame"] == point.frame)[0])
        pixels[row, column], score[row, column] = point.pixel, SET_WEIGHT
    noise = np.full(count, SET_NOISE * evidence.size[0] / 720)
    return replace(
        evidence,
        points=np.concatenate([evidence.points, [point.place for point in shown]]),
        pixels=np.concatenate([evidence.pixels, pixels], axis=1),
        noise=np.concatenate([evidence.noise, noise], axis=1),
        score=np.concatenate([evidence.score, score], axis=1),
    )


def shown_starts(
    evidence: Evidence, reading: Reading, shown: Sequence[SetPoint], frames: FrameTable
) -> Floats:
    """Return cameras (n, 8) to begin from where a person set points: those count alone."""
    starts = np.full((len(frames), 8), np.nan)
    for frame in sorted({point.frame for point in shown}):
        own = [point for point in shown if point.frame == frame]
        if len(own) < 4:
            continue
        fit = first_fit(_marks_of(own, evidence.size), evidence.size, 0)
        if fit is not None and fit.inlier.sum() >= len(own) - 1:
            starts[frames["frame"] == frame] = fit.camera
    if not sound(starts).any():
        raise InputError(
            f"no camera sees the {reading.court.name} court with its points where they were set: "
            "set at least 4 of one frame, not all on one line, and check which is which"
        )
    return starts


def _marks_of(shown: Sequence[SetPoint], size: Size) -> Marks:
    count = len(shown)
    return Marks(
        np.arange(count),
        np.array([point.place for point in shown]),
        np.array([point.pixel for point in shown]),
        np.full(count, SET_NOISE * size[0] / 720),
        np.ones(count),
    )
