"""What the lines of the courts measure."""

from dataclasses import dataclass

import numpy as np

FOOT = 0.3048


@dataclass(frozen=True, slots=True)
class CourtSize:
    """What the lines of a court measure, in metres."""

    length: float
    width: float
    rim: float  # centre of the rim from the baseline
    arc: float
    corner: float  # corner three-point line from the rim, across
    lane_width: float
    lane_length: float
    circle: float


FIBA = CourtSize(28.0, 15.0, 1.575, 6.75, 6.60, 4.90, 5.80, 1.80)
NBA = CourtSize(
    *(v * FOOT for v in (94.0, 50.0, 5.25, 23.75, 22.0, 16.0, 19.0, 6.0)),
)
WNBA = CourtSize(
    *(v * FOOT for v in (94.0, 50.0, 5.25, 22.1458, 22.0, 16.0, 19.0, 6.0)),
)
NCAA = CourtSize(
    *(v * FOOT for v in (94.0, 50.0, 5.25, 22.1458, 21.6563, 12.0, 19.0, 6.0)),
)
SCHOOL = CourtSize(
    *(v * FOOT for v in (84.0, 50.0, 5.25, 19.75, 19.75, 12.0, 19.0, 6.0)),
)


def random_court(rng: np.random.Generator) -> CourtSize:
    """One of the courts people play on; the professional ones are filmed most."""
    choices = (NBA, WNBA, FIBA, NCAA, SCHOOL)
    return choices[int(rng.choice(5, p=[0.42, 0.08, 0.3, 0.1, 0.1]))]
