"""The painted floor: wood or asphalt, painted areas, court lines, logos and apron."""

import cv2
import numpy as np

from courtside.simulate.court_size import CourtSize
from courtside.simulate.floor_marks import paint_logos, paint_other_sports
from courtside.simulate.paint import (
    FINE,
    PIXELS_PER_METRE,
    Ink,
    Picture,
    in_fine_pixels,
    in_pixels,
    random_ink,
    to_bytes,
    to_fine_pixels,
    to_pixels,
)

MARGIN = 6.0  # metres of floor beyond the lines on every side
LINE_WIDTH = 0.05  # metres, as the rules of FIBA and NBA have it
NO_CHARGE = 1.25  # metres, radius of the arc under the rim
SHARPER = 3  # times as fine as the floor, for lines 2.5 pixels wide


_WOOD: tuple[Ink, ...] = (
    *((226, 194, 146), (216, 174, 116), (222, 182, 110), (232, 206, 170)),
    *((206, 160, 104), (172, 124, 78), (150, 148, 144), (238, 214, 184)),
)
_WOOD_SHARE = (0.2, 0.18, 0.16, 0.14, 0.14, 0.09, 0.04, 0.05)
_ASPHALT: tuple[Ink, ...] = (
    *((92, 94, 98), (120, 120, 118), (60, 100, 112), (128, 74, 62)),
    *((62, 96, 72), (52, 82, 124), (150, 142, 130)),
)


def floor_size(court: CourtSize) -> tuple[float, float]:
    """Length and width in metres of the whole painted floor, whole pixels of its picture."""
    length, width = (
        int((side + 2 * MARGIN) * PIXELS_PER_METRE) / PIXELS_PER_METRE
        for side in (court.length, court.width)
    )
    return length, width


def paint_floor(court: CourtSize, outdoor: bool, rng: np.random.Generator) -> Picture:
    """The floor seen from above, uint8 RGB; row 0 is the far side, column 0 the left end."""
    length, width = floor_size(court)
    shape = (round(width * PIXELS_PER_METRE), round(length * PIXELS_PER_METRE))
    picture = _ground(shape, outdoor, rng)
    club = _paint_areas(picture, court, outdoor, rng)
    if not outdoor:
        paint_logos(picture, court, club, rng)
    wide = rng.uniform(0.05, 0.08) if outdoor else LINE_WIDTH  # a street's lines are its own
    paint_lines(picture, court, _line_ink(picture, rng), wide)
    if rng.uniform() < (0.5 if outdoor else 0.15):  # school gyms carry other sports' lines
        paint_other_sports(picture, rng)
    return picture


def _ground(shape: tuple[int, int], outdoor: bool, rng: np.random.Generator) -> Picture:
    if outdoor:
        base = np.array(_ASPHALT[int(rng.integers(len(_ASPHALT)))]) * rng.uniform(0.75, 1.2)
        rough = cv2.resize(
            rng.normal(1, 0.09, (40, 60)), shape[::-1], interpolation=cv2.INTER_CUBIC
        )
        grain = np.empty(shape, np.float32)
        cv2.setRNGSeed(int(rng.integers(2**31)))
        cv2.randn(grain, np.zeros(1), np.full(1, rng.uniform(2, 7)))
        return to_bytes((rough.astype(np.float32)[:, :, None] * base) + grain[:, :, None])
    wood = np.array(_WOOD[int(rng.choice(len(_WOOD), p=_WOOD_SHARE))], np.float32)
    plank, long = 4, int(rng.integers(40, 120))
    tones = rng.normal(1, rng.uniform(0.01, 0.05), (shape[0] // plank + 1, shape[1] // long + 1))
    shade = wood * rng.uniform(0.88, 1.08) * rng.uniform(0.97, 1.03, 3)
    boards = to_bytes(tones[:, :, None] * shade)
    large = cv2.resize(boards, None, fx=long, fy=plank, interpolation=cv2.INTER_NEAREST)
    return np.ascontiguousarray(large[: shape[0], : shape[1]], np.uint8)


def _stained(picture: Picture, rng: np.random.Generator) -> Ink:
    """The wood's own colour, stained darker or bleached."""
    wood = picture[::97, ::97].reshape(-1, 3).mean(axis=0) * rng.choice([0.62, 0.75, 0.85, 1.1])
    r, g, b = (int(v) for v in np.clip(wood, 0, 250))
    return (r, g, b)


def _paint_areas(
    picture: Picture, court: CourtSize, outdoor: bool, rng: np.random.Generator
) -> Ink:
    """Apron, lanes, now and then the area inside the arc; returns the club's colour."""
    club = random_ink(rng)
    stain = _stained(picture, rng)
    apron = (club, stain, None)[int(rng.choice(3, p=[0.62, 0.16, 0.22]))]
    lane = (club, random_ink(rng), stain, None)[int(rng.choice(4, p=[0.5, 0.14, 0.16, 0.2]))]
    inside = (stain, random_ink(rng) if outdoor else stain, None)[
        int(rng.choice(3, p=[0.1, 0.1, 0.8]))
    ]
    if apron is not None:
        _paint_apron(picture, court, apron)
    if inside is not None:
        _fill_arc_area(picture, court, inside)
    if lane is not None:
        for side in (-1, 1):
            corner = to_pixels(picture, side * court.length / 2, court.lane_width / 2)
            edge = side * (court.length / 2 - court.lane_length)
            other = to_pixels(picture, edge, -court.lane_width / 2)
            cv2.rectangle(picture, corner, other, lane, -1)
    if rng.uniform() < 0.15:
        cv2.circle(picture, to_pixels(picture, 0, 0), in_pixels(court.circle), club, -1)
    return club


def _paint_apron(picture: Picture, court: CourtSize, apron: Ink) -> None:
    half_l, half_w = court.length / 2, court.width / 2
    (x1, y1) = to_pixels(picture, -half_l, half_w)
    (x2, y2) = to_pixels(picture, half_l, -half_w)
    picture[:y1], picture[y2:] = apron, apron
    picture[:, :x1], picture[:, x2:] = apron, apron


def _fill_arc_area(picture: Picture, court: CourtSize, ink: Ink) -> None:
    for side in (-1, 1):
        rim = side * (court.length / 2 - court.rim)
        cv2.circle(picture, to_pixels(picture, rim, 0), in_pixels(court.arc), ink, -1)


def _line_ink(picture: Picture, rng: np.random.Generator) -> Ink:
    middle = picture[picture.shape[0] // 2, picture.shape[1] // 3].mean()
    if rng.uniform() < (0.5 if middle > 140 else 0.85):
        return (236, 236, 232)
    return (24, 24, 28) if middle > 110 and rng.uniform() < 0.6 else random_ink(rng)


def paint_lines(picture: Picture, court: CourtSize, ink: Ink, wide: float = LINE_WIDTH) -> None:
    """The lines of a court on a floor picture (rows, columns, 3), `wide` metres wide."""
    rows, columns = picture.shape[:2]
    drawn = np.zeros((rows * SHARPER, columns * SHARPER), np.uint8)
    _draw_lines(drawn, court, _thickness(wide))
    share = cv2.resize(drawn, (columns, rows), interpolation=cv2.INTER_AREA)
    at = np.nonzero(share)
    part = (share[at] / np.float32(255))[:, None]
    picture[at] = np.rint(picture[at] * (1 - part) + np.array(ink, np.float32) * part)


def _thickness(wide: float) -> int:
    """What OpenCV must be told: its smooth lines come out 1.43 pixels wider when that is even."""
    return max(2, 2 * round((wide * PIXELS_PER_METRE * SHARPER - 1.43) / 2))


def _draw_lines(drawn: Picture, court: CourtSize, thick: int) -> None:
    half_l, half_w = court.length / 2, court.width / 2

    def line(x1: float, y1: float, x2: float, y2: float) -> None:
        first, second = (
            to_fine_pixels(drawn, x1, y1, SHARPER),
            to_fine_pixels(drawn, x2, y2, SHARPER),
        )
        cv2.line(drawn, first, second, 255, thick, cv2.LINE_AA, FINE)

    for y in (-half_w, half_w):
        line(-half_l, y, half_l, y)
    for x in (-half_l, 0.0, half_l):
        line(x, -half_w, x, half_w)
    _draw_arc(drawn, (0.0, 0.0), court.circle, (0.0, 360.0), thick)
    for side in (-1.0, 1.0):
        _draw_end(drawn, court, side, thick)
        lane_end = side * (half_l - court.lane_length)
        for y in (-court.lane_width / 2, court.lane_width / 2):
            line(side * half_l, y, lane_end, y)
            bend = side * (half_l - court.rim - np.sqrt(court.arc**2 - court.corner**2))
            line(side * half_l, np.sign(y) * court.corner, bend, np.sign(y) * court.corner)
        line(lane_end, -court.lane_width / 2, lane_end, court.lane_width / 2)


def _draw_end(drawn: Picture, court: CourtSize, side: float, thick: int) -> None:
    """Free throw circle, three-point arc and the arc under the rim, where no charge is called."""
    lane_end, rim = (side * (court.length / 2 - far) for far in (court.lane_length, court.rim))
    bend = float(np.degrees(np.arcsin(court.corner / court.arc)))
    middle = 180.0 if side > 0 else 0.0
    _draw_arc(drawn, (lane_end, 0.0), court.circle, (0.0, 360.0), thick)
    _draw_arc(drawn, (rim, 0.0), court.arc, (middle - bend, middle + bend), thick)
    _draw_arc(drawn, (rim, 0.0), NO_CHARGE, (middle - 90.0, middle + 90.0), thick)


def _draw_arc(
    drawn: Picture,
    centre: tuple[float, float],
    radius: float,
    ends: tuple[float, float],
    thick: int,
) -> None:
    """Part of a circle between two angles in degrees, clockwise from the right, seen from above."""
    at, wide = to_fine_pixels(drawn, *centre, SHARPER), in_fine_pixels(radius * SHARPER)
    cv2.ellipse(drawn, at, (wide, wide), 0.0, *ends, 255, thick, cv2.LINE_AA, FINE)
