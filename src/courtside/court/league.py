"""Which league's court it is: the shape that explains the marks best, over many frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from courtside.court.marks import Marks, marks_from, together, turned
from courtside.court.model import Floats, Size, half_turned
from courtside.court.shapes import COURTS, FIBA_3X3, NBA, Court, find_court
from courtside.court.solve import ANYWHERE, NARROW, refine
from courtside.errors import InputError
from courtside.settings import Settings

# Less than this much loss a vote (a mark that fits perfectly against one far off makes 9) tells
# nothing: then the earlier one in `COURTS` is taken.
LEAST_GAIN = 0.3


@dataclass(frozen=True)
class Reading:
    """How a net's points are read: for which court, and named turned by 180 degrees or not.

    A court with one basket looks different after a half-turn, so both are tried.
    """

    court: Court
    turn: bool = False

    def marks(self, found: ArrayLike, size: Size) -> Marks:
        """Return the marks of a net's points (k, 4)."""
        return marks_from(turned(found) if self.turn else found, self.court, size)


READINGS = tuple(
    Reading(court, turn)
    for court in COURTS.values()
    for turn in ((False, True) if court.baskets == 1 else (False,))
)


def readings_for(league: str | None, measures: Mapping[str, float]) -> tuple[Reading, ...]:
    """Return the readings to choose from.

    Args:
        league: name of a court; null for any.
        measures: metres that differ from that court's (of the NBA's, where no league is given),
            by the names of `Court`.

    Raises:
        InputError: for an unknown court or measure.
    """
    court = court_named(league, measures)
    if court is None:
        return READINGS
    return tuple(
        Reading(court, turn) for turn in ((False, True) if court.baskets == 1 else (False,))
    )


def readings_of(settings: Settings) -> tuple[Reading, ...]:
    """Return the readings a run chooses from: 3x3 is played on its own court.

    Raises:
        InputError: for an unknown court or measure.
    """
    league = settings.court.league
    if league is None and settings.sport == "basketball3x3":
        league = FIBA_3X3.name
    return readings_for(league, settings.court.measures)


def court_named(league: str | None, measures: Mapping[str, float]) -> Court | None:
    """Return the court of a league with other measures; null where neither is given.

    Raises:
        InputError: for an unknown court or measure.
    """
    if league is None and not measures:
        return None
    court = find_court(league) if league and league != "custom" else NBA
    return custom_court(court, measures) if measures else court


def custom_court(court: Court, measures: Mapping[str, float]) -> Court:
    """Return a court of other measures, named `custom`.

    Raises:
        InputError: for a name that is no measure, or a size no court can have.
    """
    known = [name for name in vars(court) if name not in ("name", "baskets")]
    for name in measures:
        if name not in known:
            raise InputError(f"unknown measure of a court {name!r}; known are: {', '.join(known)}")
    values: dict[str, Any] = {**vars(court), "name": "custom", **measures}
    return Court(**values)


def votes(
    cameras: Floats,
    reading: Reading,
    readings: tuple[Reading, ...],
    found: Sequence[ArrayLike],
    size: Size,
) -> Floats:
    """Return the loss (f, r) that each reading leaves in each frame; smaller fits better.

    Args:
        cameras: (f, 8) found with `reading`.
        reading: that was used.
        readings: to compare.
        found: a net's points (k, 4) in each frame.
        size: height and width of the picture in pixels.
    """
    marks = [other.marks(points, size) for points in found for other in readings]
    turn = np.array([other.turn != reading.turn for other in readings])[None, :, None]
    starts = np.where(turn, half_turned(cameras)[:, None], cameras[:, None]).reshape(-1, 8)
    _, costs = refine(starts, together(marks), ANYWHERE, size, (6.0, NARROW), 4)
    total = np.array([float(np.asarray(points, np.float64)[:, 3].sum()) for points in found])
    used = np.array([float(own.score.sum()) for own in marks]).reshape(len(found), -1)
    # Points that this court does not have were found for nothing.
    return np.asarray(costs.reshape(used.shape) + NARROW**2 * (total[:, None] - used), np.float64)


def chosen(losses: Floats, count: int) -> int:
    """Return the index of the reading with the least loss after `count` votes."""
    clear = losses > losses.min() + LEAST_GAIN * max(count, 1)
    return int(np.argmin(clear))
