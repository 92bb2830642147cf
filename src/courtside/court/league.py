"""Which league's court it is: the shape that explains the marks best, over many frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from courtside.court.marks import Marks, marks_from, turned
from courtside.court.model import Floats, Size
from courtside.court.shapes import COURTS, FIBA_3X3, NBA, Court, find_court
from courtside.errors import InputError
from courtside.settings import Settings

# Less than this much loss a frame (a mark that fits perfectly against one far off makes 12) tells
# nothing: then the earlier one in `COURTS` is taken.
LEAST_GAIN = 0.3


@dataclass(frozen=True)
class Reading:
    """How a net's points are read: for which court, and named turned by 180 degrees or not.

    A court with one basket looks different after a half-turn, so both are tried.
    """

    court: Court
    turn: bool = False

    @property
    def name(self) -> str:
        """How the frames table names it."""
        return f"{self.court.name} turned" if self.turn else self.court.name

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


def chosen(losses: Floats, count: int) -> int:
    """Return the index of the reading with the least loss over `count` frames."""
    clear = losses > losses.min() + LEAST_GAIN * max(count, 1)
    return int(np.argmin(clear))
