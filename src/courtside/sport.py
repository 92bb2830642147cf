"""A sport as a value: what the stages may assume about a game.

Everything that depends on the game being basketball is read from here, so that another sport
is another value and no new code.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Metres to which a place on court is measured from a player's feet.
COURT_ERROR = 0.5
# Referees work from the floor around the court, mostly up to so many metres beyond its lines.
APRON = 1.5


@dataclass(frozen=True)
class Sport:
    """Facts of a sport that stages and rules read.

    Attributes:
        name: as the user writes it in settings.
        players_a_side: how many of one team may be on court at a time.
        referees: how many referees at most.
        numbers: every jersey number the rules allow; "0" and "00" are different numbers.
        sprint: fastest a person runs, metres a second.
        body_height: typical height of a player, metres; turns pixels into metres where the
            court is not known.
        court_length: metres from baseline to baseline, of the largest court that is played on.
        court_width: metres from sideline to sideline, likewise.
    """

    name: str
    players_a_side: int
    referees: int
    numbers: frozenset[str]
    sprint: float
    body_height: float
    court_length: float
    court_width: float


_UP_TO_99 = frozenset({"0", "00", *(str(number) for number in range(1, 100))})

# Sprint: the fastest NBA players reach about 9 m/s; 10.5 leaves room for measuring noise.
# NBA rosters average 1.98 m; with shoes and stance the drawn figure is about 1.95 m.
# The largest courts: 94 x 50 feet (NBA, WNBA, NCAA); 3x3 is played on 11 x 15 m.
BASKETBALL = Sport(
    "basketball", 5, 3, _UP_TO_99,
    sprint=10.5, body_height=1.95, court_length=28.65, court_width=15.24,
)  # fmt: skip
BASKETBALL_3X3 = Sport(
    "basketball3x3", 3, 2, _UP_TO_99,
    sprint=10.5, body_height=1.93, court_length=11.0, court_width=15.0,
)  # fmt: skip

SPORTS = {sport.name: sport for sport in (BASKETBALL, BASKETBALL_3X3)}


def inside_lines(
    places: NDArray[np.floating], sport: Sport, beyond: float = COURT_ERROR
) -> NDArray[np.bool_]:
    """Return which places (n, 2), in metres from the court's centre, lie on the court.

    beyond: metres outside the lines that still count; feet are measured to about `COURT_ERROR`.
    """
    half = np.array([sport.court_length, sport.court_width]) / 2 + beyond
    return np.asarray((np.abs(places) <= half).all(axis=-1), np.bool_)
