"""Courts as values: what the lines of each league measure, and the named points on them.

Court coordinates: metres, origin at the centre of the court, x along its length, y across, z up.
A court with one basket has it at the left end (negative x).

Sources: FIBA Official Basketball Rules 2024 (Art. 2 and Equipment), FIBA 3x3 Rules, NBA and WNBA
Rule 1, NCAA Rule 1, NFHS Rule 1. Widths run to the outer edges of lines as the rules give them;
that is up to half a line (2.5 cm) from a line's middle.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from math import atan2, degrees, sqrt

import numpy as np
from numpy.typing import NDArray

from courtside.errors import InputError

FOOT, INCH = 0.3048, 0.0254  # metres


@dataclass(frozen=True)
class Court:
    """What the lines of a court measure, in metres.

    Attributes:
        name: as it is written in settings and in `video.json`.
        length, width: inside the end lines and side lines.
        rim: middle of the rim from the end line.
        arc: three-point arc from the middle of the rim; 0 where there is none.
        corner: three-point line in the corner, from the court's long axis.
        lane_width, lane_length: the painted area; its length from the end line.
        circle: radius of the centre and free-throw circles.
        restricted: radius of the no-charge arc; 0 where there is none.
        hash_line: throw-in or coaching mark at the side line, from the end line; 0: none.
        rim_height: metres above the floor.
        board: face of the backboard from the end line.
        board_width, board_height, board_low: of the backboard; its lower edge above the floor.
        baskets: 2, or 1 for half a court.
    """

    name: str
    length: float
    width: float
    rim: float
    arc: float
    corner: float
    lane_width: float
    lane_length: float
    circle: float
    restricted: float
    hash_line: float = 0.0
    _: KW_ONLY
    rim_height: float = 3.048
    board: float = 4 * FOOT
    board_width: float = 72 * INCH
    board_height: float = 42 * INCH
    board_low: float = 2.90
    baskets: int = 2

    def __post_init__(self) -> None:
        """Refuse measures that no court can have.

        Raises:
            InputError: naming the measure.
        """
        sizes = (self.length, self.width, self.rim, self.lane_width, self.lane_length, self.circle)
        if min(sizes) <= 0 or self.baskets not in (1, 2):
            raise InputError(f"court {self.name!r}: sizes must be above 0 and baskets 1 or 2")
        if self.arc and not 0 < self.corner <= self.arc:
            raise InputError(f"court {self.name!r}: corner must be above 0 and at most arc")

    @property
    def bend(self) -> float:
        """Where the straight part of the three-point line ends, metres from the end line."""
        return self.rim + sqrt(self.arc**2 - self.corner**2)


def _feet(name: str, *feet: float) -> Court:
    return Court(name, *(value * FOOT for value in feet))


FIBA = Court(
    "fiba", 28.0, 15.0, 1.575, 6.75, 6.60, 4.90, 5.80, 1.80, 1.25, 8.275,
    rim_height=3.05, board=1.20, board_width=1.80, board_height=1.05,
)  # fmt: skip
FIBA_3X3 = Court(
    "3x3", 11.0, 15.0, 1.575, 6.75, 6.60, 4.90, 5.80, 1.80, 1.25,
    rim_height=3.05, board=1.20, board_width=1.80, board_height=1.05, baskets=1,
)  # fmt: skip
NBA = _feet("nba", 94, 50, 5.25, 23.75, 22, 16, 19, 6, 4, 28)
WNBA = _feet("wnba", 94, 50, 5.25, 22.1458, 22, 16, 19, 6, 4, 28)
NCAA = _feet("ncaa", 94, 50, 5.25, 22.1458, 21.6563, 12, 19, 6, 4, 28)
NFHS = _feet("nfhs", 84, 50, 5.25, 19.75, 19.75, 12, 19, 6, 0)

COURTS = {court.name: court for court in (NBA, WNBA, NCAA, FIBA, FIBA_3X3, NFHS)}

_ENDS = ("left", "right")
_MIDDLE = (
    "corner_left_near", "corner_left_far", "corner_right_near", "corner_right_far",
    "half_near", "half_far", "centre_near", "centre_far", "centre_left", "centre_right",
)  # fmt: skip
_END = (
    "lane_baseline_near", "lane_baseline_far", "lane_line_near", "lane_line_far", "key_top",
    "three_baseline_near", "three_baseline_far", "three_bend_near", "three_bend_far", "three_top",
    "hash_near", "hash_far", "rim",
    "board_low_near", "board_low_far", "board_high_near", "board_high_far",
)  # fmt: skip

LANDMARKS: tuple[str, ...] = (*_MIDDLE, *(f"{end}_{name}" for end in _ENDS for name in _END))
"""Names of the points a net finds, in the order of `landmarks`. `left` is negative x, `near`
negative y (the side of the usual camera), `far` positive y. `centre_*` lie on the centre circle,
`half_*` where the half line meets the side lines, `key_top` is the point of the free-throw circle
nearest to the half line, `three_bend_*` where the straight part of the three-point line ends."""


def _partners(swaps: tuple[tuple[str, str], ...]) -> tuple[int, ...]:
    names = list(LANDMARKS)
    for one, other in swaps:
        names = [
            "_".join(other if w == one else one if w == other else w for w in name.split("_"))
            for name in names
        ]
    return tuple(LANDMARKS.index(name) for name in names)


HALF_TURN: tuple[int, ...] = _partners((("left", "right"), ("near", "far")))
"""Index of each landmark's partner when the court is turned by 180 degrees."""
MIRROR: tuple[int, ...] = _partners((("left", "right"),))
"""Index of each landmark's partner under x -> -x: what a horizontally flipped picture shows. The
flipped picture's camera stands at (-x, y) and may then need a half-turn (`needs_half_turn`)."""


def landmarks(court: Court) -> NDArray[np.float64]:
    """Return where the points of `LANDMARKS` lie, (n, 3) metres; NaN where the court has none."""
    half_l, half_w, circle = court.length / 2, court.width / 2, court.circle
    middle = np.array(
        [
            [-half_l, -half_w], [-half_l, half_w], [half_l, -half_w], [half_l, half_w],
            [0, -half_w], [0, half_w], [0, -circle], [0, circle], [-circle, 0], [circle, 0],
        ]
    )  # fmt: skip
    left = _end_points(court)
    right = left * [-1.0, 1.0, 1.0]
    if court.baskets == 1:
        middle[4:], right = np.nan, np.full_like(right, np.nan)
    return np.concatenate([np.column_stack([middle, np.zeros(len(middle))]), left, right])


def _end_points(court: Court) -> NDArray[np.float64]:
    """Return the points of the left end, in the order of `_END`."""
    lane, lane_end, low = court.lane_width / 2, court.lane_length, court.board_low
    board, high = court.board_width / 2, court.board_low + court.board_height
    arc = court.arc or np.nan
    corner, bend = court.corner * arc / arc, court.bend * arc / arc
    throw_in = court.hash_line or np.nan
    side = court.width / 2 * throw_in / throw_in
    points = np.array(
        [
            [0, -lane, 0], [0, lane, 0], [lane_end, -lane, 0], [lane_end, lane, 0],
            [lane_end + court.circle, 0, 0],
            [0 * arc, -corner, 0], [0 * arc, corner, 0], [bend, -corner, 0], [bend, corner, 0],
            [court.rim + arc, 0, 0],
            [throw_in, -side, 0], [throw_in, side, 0],
            [court.rim, 0, court.rim_height],
            [court.board, -board, low], [court.board, board, low],
            [court.board, -board, high], [court.board, board, high],
        ]
    )  # fmt: skip
    points[np.isnan(points).any(axis=1)] = np.nan
    return points - [court.length / 2, 0.0, 0.0]


def needs_half_turn(camera_x: float, camera_y: float) -> bool:
    """Tell whether a court seen from here is to be named turned by 180 degrees.

    A court equals itself after a half-turn, so a net needs one rule which end is `left`: cameras
    at the near side line (negative y) and behind the left end line see it as it is, as do those
    whose azimuth lies in (-205, -25] degrees; the others see it turned.
    """
    azimuth = degrees(atan2(camera_y, camera_x))
    return not 0 <= (-25.0 - azimuth) % 360.0 < 180.0


def find_court(name: str) -> Court:
    """Return a court by its name.

    Raises:
        InputError: when there is no such court; the message lists those there are.
    """
    court = COURTS.get(name.lower())
    if court is None:
        raise InputError(f"unknown court {name!r}; known are: {', '.join(COURTS)}")
    return court
