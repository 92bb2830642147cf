"""The painted floor: wood or asphalt, painted areas, court lines, logos and apron."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.simulate.textures import board, surface

PIXELS_PER_METRE = 50
MARGIN = 6.0  # metres of floor beyond the lines on every side
FOOT = 0.3048

Picture = NDArray[np.uint8]
Ink = tuple[int, int, int]


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
NCAA = CourtSize(
    *(v * FOOT for v in (94.0, 50.0, 5.25, 22.1458, 21.6563, 12.0, 19.0, 6.0)),
)
SCHOOL = CourtSize(
    *(v * FOOT for v in (84.0, 50.0, 5.25, 19.75, 19.75, 12.0, 19.0, 6.0)),
)


def random_court(rng: np.random.Generator) -> CourtSize:
    """One of the courts people play on; the professional ones are filmed most."""
    choices = (NBA, FIBA, NCAA, SCHOOL)
    return choices[int(rng.choice(4, p=[0.5, 0.3, 0.1, 0.1]))]


def floor_size(court: CourtSize) -> tuple[float, float]:
    """Length and width in metres of the whole painted floor."""
    return court.length + 2 * MARGIN, court.width + 2 * MARGIN


def paint_floor(court: CourtSize, outdoor: bool, rng: np.random.Generator) -> Picture:
    """The floor seen from above, uint8 RGB; row 0 is the far side, column 0 the left end."""
    length, width = floor_size(court)
    shape = (int(width * PIXELS_PER_METRE), int(length * PIXELS_PER_METRE))
    picture = _ground(shape, outdoor, rng)
    _paint_areas(picture, court, outdoor, rng)
    if not outdoor:
        _paint_logos(picture, court, rng)
    _paint_lines(picture, court, _line_ink(picture, rng), max(2, int(rng.integers(2, 4))))
    if rng.uniform() < (0.5 if outdoor else 0.15):  # school gyms carry other sports' lines
        _paint_other_sports(picture, rng)
    return picture


def _to_pixels(picture: Picture, x: float, y: float) -> tuple[int, int]:
    rows, columns = picture.shape[:2]
    return (
        round(columns / 2 + x * PIXELS_PER_METRE),
        round(rows / 2 - y * PIXELS_PER_METRE),
    )


def _ground(shape: tuple[int, int], outdoor: bool, rng: np.random.Generator) -> Picture:
    if outdoor:
        base = np.array(rng.choice([[95, 95, 98], [60, 110, 120], [150, 80, 65], [60, 100, 70]]))
        base = base * rng.uniform(0.7, 1.3)
        rough = cv2.resize(
            rng.normal(1, 0.12, (40, 60)), shape[::-1], interpolation=cv2.INTER_CUBIC
        )
        grain = rng.normal(0, 6, (*shape, 1)).astype(np.float32)
        return np.clip(base * rough[:, :, None] + grain, 0, 255).astype(np.uint8)
    wood = np.array(rng.choice([[205, 165, 115], [222, 186, 135], [185, 140, 90], [226, 200, 160]]))
    plank = 4
    tones = rng.normal(1, rng.uniform(0.01, 0.06), (shape[0] // plank + 1, shape[1] // 90 + 1))
    boards = np.repeat(np.repeat(tones, plank, axis=0), 90, axis=1)[: shape[0], : shape[1]]
    shade = wood * rng.uniform(0.75, 1.12) * rng.uniform(0.95, 1.05, 3)
    return np.clip(boards[:, :, None] * shade, 0, 255).astype(np.uint8)


def _ink(rng: np.random.Generator) -> Ink:
    r, g, b = (int(v) for v in rng.integers(0, 256, 3))
    return (r, g, b)


def _paint_areas(
    picture: Picture, court: CourtSize, outdoor: bool, rng: np.random.Generator
) -> None:
    half_l, half_w = court.length / 2, court.width / 2
    apron, lane = _ink(rng), _ink(rng)
    if rng.uniform() < 0.4:
        lane = apron
    if rng.uniform() < 0.75:
        wood = picture.copy()
        picture[:] = apron
        near = _to_pixels(picture, -half_l, half_w), _to_pixels(picture, half_l, -half_w)
        (x1, y1), (x2, y2) = near
        picture[y1:y2, x1:x2] = wood[y1:y2, x1:x2]
    if rng.uniform() < 0.12:
        _fill_arc_area(picture, court, _ink(rng))
    if rng.uniform() < (0.6 if outdoor else 0.75):
        for side in (-1, 1):
            corner = _to_pixels(picture, side * half_l, court.lane_width / 2)
            edge = side * (half_l - court.lane_length)
            cv2.rectangle(
                picture, corner, _to_pixels(picture, edge, -court.lane_width / 2), lane, -1
            )
    if rng.uniform() < 0.3:
        cv2.circle(picture, _to_pixels(picture, 0, 0), _length(court.circle), lane, -1)


def _length(metres: float) -> int:
    return round(metres * PIXELS_PER_METRE)


def _fill_arc_area(picture: Picture, court: CourtSize, ink: Ink) -> None:
    for side in (-1, 1):
        rim = side * (court.length / 2 - court.rim)
        cv2.circle(picture, _to_pixels(picture, rim, 0), _length(court.arc), ink, -1)


def _line_ink(picture: Picture, rng: np.random.Generator) -> Ink:
    middle = picture[picture.shape[0] // 2, picture.shape[1] // 3].mean()
    if rng.uniform() < 0.45:
        return (245, 245, 245)
    return (20, 20, 25) if middle > 110 and rng.uniform() < 0.6 else _ink(rng)


def _paint_lines(picture: Picture, court: CourtSize, ink: Ink, thick: int) -> None:
    half_l, half_w = court.length / 2, court.width / 2

    def line(x1: float, y1: float, x2: float, y2: float) -> None:
        first, second = _to_pixels(picture, x1, y1), _to_pixels(picture, x2, y2)
        cv2.line(picture, first, second, ink, thick, cv2.LINE_AA)

    for y in (-half_w, half_w):
        line(-half_l, y, half_l, y)
    for x in (-half_l, 0.0, half_l):
        line(x, -half_w, x, half_w)
    centre = _to_pixels(picture, 0, 0)
    cv2.circle(picture, centre, _length(court.circle), ink, thick, cv2.LINE_AA)
    for side in (-1.0, 1.0):
        _paint_end(picture, court, side, ink, thick)
        lane_end = side * (half_l - court.lane_length)
        for y in (-court.lane_width / 2, court.lane_width / 2):
            line(side * half_l, y, lane_end, y)
            bend = side * (half_l - court.rim - np.sqrt(court.arc**2 - court.corner**2))
            line(side * half_l, np.sign(y) * court.corner, bend, np.sign(y) * court.corner)
        line(lane_end, -court.lane_width / 2, lane_end, court.lane_width / 2)


def _paint_end(picture: Picture, court: CourtSize, side: float, ink: Ink, thick: int) -> None:
    half_l = court.length / 2
    lane_end = side * (half_l - court.lane_length)
    at = _to_pixels(picture, lane_end, 0)
    cv2.circle(picture, at, _length(court.circle), ink, thick, cv2.LINE_AA)
    rim = _to_pixels(picture, side * (half_l - court.rim), 0)
    bend = np.degrees(np.arcsin(court.corner / court.arc))
    middle = 180.0 if side > 0 else 0.0
    size = (_length(court.arc),) * 2
    cv2.ellipse(picture, rim, size, middle, -bend, bend, ink, thick, cv2.LINE_AA)
    small = (_length(1.25),) * 2
    cv2.ellipse(picture, rim, small, middle, -90, 90, ink, thick, cv2.LINE_AA)


def _paint_logos(picture: Picture, court: CourtSize, rng: np.random.Generator) -> None:
    """A mark in the centre circle, words on the apron and on the wood."""
    rows, columns = picture.shape[:2]
    if rng.uniform() < 0.7:
        size = int(_length(court.circle) * rng.uniform(0.8, 2.0)) // 2 * 2
        emblem = cv2.resize(surface(rng), (size, size))
        y, x = (rows - size) // 2, (columns - size) // 2
        round_mark = np.zeros((size, size), np.uint8)
        cv2.circle(round_mark, (size // 2, size // 2), size // 2, 255, -1)
        picture[y : y + size, x : x + size][round_mark > 0] = emblem[round_mark > 0]
    for _ in range(int(rng.integers(0, 9))):
        _paint_word(picture, rng)


def _paint_word(picture: Picture, rng: np.random.Generator) -> None:
    text = board(rng)
    long, tall = int(rng.integers(100, 500)), int(rng.integers(25, 80))
    word = cv2.resize(text, (long, tall))
    if rng.uniform() < 0.5:
        word = np.ascontiguousarray(np.rot90(word))
    h, w = word.shape[:2]
    y, x = int(rng.integers(0, picture.shape[0] - h)), int(rng.integers(0, picture.shape[1] - w))
    ground = word[0, 0].astype(int)
    ink = np.abs(word.astype(int) - ground).sum(axis=2) > 60
    if rng.uniform() < 0.2:
        ink[:] = True
    picture[y : y + h, x : x + w][ink] = word[ink]


def _paint_other_sports(picture: Picture, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(2, 7))):
        ink, x = _ink(rng), int(rng.integers(0, picture.shape[1]))
        y, w = int(rng.integers(0, picture.shape[0])), int(rng.integers(200, 900))
        cv2.rectangle(picture, (x, y), (x + w, y + w // 2), ink, 2, cv2.LINE_AA)
