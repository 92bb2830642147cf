"""The painted floor: wood or asphalt, painted areas, court lines, logos and apron."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.simulate.textures import board

PIXELS_PER_METRE = 50
MARGIN = 6.0  # metres of floor beyond the lines on every side
FOOT = 0.3048

Picture = NDArray[np.uint8]
Ink = tuple[int, int, int]

GARISH = 0.06  # share of painted areas in any colour at all
# Paint of club floors and of public courts, RGB; moderate saturation, as filmed.
TEAM_PAINT: tuple[Ink, ...] = (
    *((16, 36, 68), (20, 78, 160), (178, 24, 44), (22, 22, 25), (12, 82, 52), (104, 108, 112)),
    *((104, 24, 42), (74, 44, 120), (10, 104, 126), (206, 150, 44), (202, 92, 36)),
    *((92, 146, 190), (44, 110, 190), (24, 24, 52), (140, 22, 36), (58, 62, 68)),
)
_WOOD: tuple[Ink, ...] = (
    *((226, 194, 146), (216, 174, 116), (222, 182, 110), (232, 206, 170)),
    *((206, 160, 104), (172, 124, 78), (150, 148, 144), (238, 214, 184)),
)
_WOOD_SHARE = (0.2, 0.18, 0.16, 0.14, 0.14, 0.09, 0.04, 0.05)
_ASPHALT: tuple[Ink, ...] = (
    *((92, 94, 98), (120, 120, 118), (60, 100, 112), (128, 74, 62)),
    *((62, 96, 72), (52, 82, 124), (150, 142, 130)),
)


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
    club = _paint_areas(picture, court, outdoor, rng)
    if not outdoor:
        _paint_logos(picture, court, club, rng)
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
        base = np.array(_ASPHALT[int(rng.integers(len(_ASPHALT)))]) * rng.uniform(0.75, 1.2)
        rough = cv2.resize(
            rng.normal(1, 0.09, (40, 60)), shape[::-1], interpolation=cv2.INTER_CUBIC
        )
        grain = np.empty(shape, np.float32)
        cv2.setRNGSeed(int(rng.integers(2**31)))
        cv2.randn(grain, np.zeros(1), np.full(1, rng.uniform(2, 7)))
        return _to_bytes((rough.astype(np.float32)[:, :, None] * base) + grain[:, :, None])
    wood = np.array(_WOOD[int(rng.choice(len(_WOOD), p=_WOOD_SHARE))], np.float32)
    plank, long = 4, int(rng.integers(40, 120))
    tones = rng.normal(1, rng.uniform(0.01, 0.05), (shape[0] // plank + 1, shape[1] // long + 1))
    shade = wood * rng.uniform(0.88, 1.08) * rng.uniform(0.97, 1.03, 3)
    boards = _to_bytes(tones[:, :, None] * shade)
    large = cv2.resize(boards, None, fx=long, fy=plank, interpolation=cv2.INTER_NEAREST)
    return np.ascontiguousarray(large[: shape[0], : shape[1]], np.uint8)


def _to_bytes(values: NDArray[np.floating]) -> Picture:
    return np.asarray(cv2.convertScaleAbs(np.maximum(values, 0.0)), np.uint8)


def _ink(rng: np.random.Generator) -> Ink:
    """A colour courts are painted in: mostly a club's, now and then any."""
    if rng.uniform() < GARISH:
        r, g, b = (int(v) for v in rng.integers(0, 256, 3))
        return (r, g, b)
    return _jittered(TEAM_PAINT[int(rng.integers(len(TEAM_PAINT)))], rng)


def _jittered(ink: Ink, rng: np.random.Generator) -> Ink:
    shaken = np.clip(np.array(ink) * rng.uniform(0.8, 1.2) + rng.normal(0, 8, 3), 0, 255)
    r, g, b = (int(v) for v in shaken)
    return (r, g, b)


def _stained(picture: Picture, rng: np.random.Generator) -> Ink:
    """The wood's own colour, stained darker or bleached."""
    wood = picture[::97, ::97].reshape(-1, 3).mean(axis=0) * rng.choice([0.62, 0.75, 0.85, 1.1])
    r, g, b = (int(v) for v in np.clip(wood, 0, 250))
    return (r, g, b)


def _paint_areas(
    picture: Picture, court: CourtSize, outdoor: bool, rng: np.random.Generator
) -> Ink:
    """Apron, lanes, now and then the area inside the arc; returns the club's colour."""
    club = _ink(rng)
    stain = _stained(picture, rng)
    apron = (club, stain, None)[int(rng.choice(3, p=[0.62, 0.16, 0.22]))]
    lane = (club, _ink(rng), stain, None)[int(rng.choice(4, p=[0.5, 0.14, 0.16, 0.2]))]
    inside = (stain, _ink(rng) if outdoor else stain, None)[int(rng.choice(3, p=[0.1, 0.1, 0.8]))]
    if apron is not None:
        _paint_apron(picture, court, apron)
    if inside is not None:
        _fill_arc_area(picture, court, inside)
    if lane is not None:
        for side in (-1, 1):
            corner = _to_pixels(picture, side * court.length / 2, court.lane_width / 2)
            edge = side * (court.length / 2 - court.lane_length)
            other = _to_pixels(picture, edge, -court.lane_width / 2)
            cv2.rectangle(picture, corner, other, lane, -1)
    if rng.uniform() < 0.15:
        cv2.circle(picture, _to_pixels(picture, 0, 0), _length(court.circle), club, -1)
    return club


def _paint_apron(picture: Picture, court: CourtSize, apron: Ink) -> None:
    half_l, half_w = court.length / 2, court.width / 2
    (x1, y1) = _to_pixels(picture, -half_l, half_w)
    (x2, y2) = _to_pixels(picture, half_l, -half_w)
    picture[:y1], picture[y2:] = apron, apron
    picture[:, :x1], picture[:, x2:] = apron, apron


def _length(metres: float) -> int:
    return round(metres * PIXELS_PER_METRE)


def _fill_arc_area(picture: Picture, court: CourtSize, ink: Ink) -> None:
    for side in (-1, 1):
        rim = side * (court.length / 2 - court.rim)
        cv2.circle(picture, _to_pixels(picture, rim, 0), _length(court.arc), ink, -1)


def _line_ink(picture: Picture, rng: np.random.Generator) -> Ink:
    middle = picture[picture.shape[0] // 2, picture.shape[1] // 3].mean()
    if rng.uniform() < (0.5 if middle > 140 else 0.85):
        return (236, 236, 232)
    return (24, 24, 28) if middle > 110 and rng.uniform() < 0.6 else _ink(rng)


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


def _paint_logos(picture: Picture, court: CourtSize, club: Ink, rng: np.random.Generator) -> None:
    """A mark in the centre circle, the club's name behind the baselines, sponsors' words."""
    rows, columns = picture.shape[:2]
    if rng.uniform() < 0.7:
        size = int(_length(court.circle) * rng.uniform(0.8, 2.0)) // 2 * 2
        _paint_emblem(picture, rows // 2, columns // 2, size, club, rng)
    if rng.uniform() < 0.7:
        for side in (-1.0, 1.0):
            x = _to_pixels(picture, side * (court.length / 2 + 1.0), 0)[0]
            _paint_name(picture, x, side > 0, rng)
    for _ in range(int(rng.choice([0, 1, 2, 3, 4, 6], p=[0.2, 0.2, 0.2, 0.2, 0.1, 0.1]))):
        _paint_word(picture, rng)


def _paint_emblem(
    picture: Picture, y: int, x: int, size: int, club: Ink, rng: np.random.Generator
) -> None:
    """A round mark of two or three colours with a letter in it."""
    inks = (club, _ink(rng), (238, 238, 236))
    for share, ink in zip((0.5, 0.44, 0.3), inks, strict=True):
        cv2.circle(picture, (x, y), int(size * share), ink, -1, cv2.LINE_AA)
    letter = str(rng.choice(list("ABCDGHJKMNPRSTUW")))
    at = (x - size // 5, y + size // 5)
    cv2.putText(picture, letter, at, 2, size / 52, club, max(2, size // 14), cv2.LINE_AA)


def _paint_name(picture: Picture, x: int, right: bool, rng: np.random.Generator) -> None:
    """Letters a metre tall along a baseline, readable from the court."""
    text = "".join(rng.choice(list("ABCDEFGHIKLMNOPRSTUVZ"), int(rng.integers(5, 14))))
    ground = picture[picture.shape[0] // 2, x].astype(int)
    ink = (236, 236, 234) if ground.mean() < 140 else (28, 28, 34)
    long, tall = int(len(text) * rng.uniform(34, 60)), int(rng.integers(30, 62))
    canvas = np.zeros((64, 44 * len(text), 1), np.uint8)
    cv2.putText(canvas, text, (4, 54), 2, 2.0, 255, int(rng.integers(5, 10)), cv2.LINE_AA)
    word = cv2.resize(canvas, (long, tall), interpolation=cv2.INTER_AREA)
    word = np.ascontiguousarray(np.rot90(word, 1 if right else 3))
    h, w = word.shape[:2]
    y, left = (picture.shape[0] - h) // 2, x - w // 2
    if left < 0 or left + w > picture.shape[1] or y < 0:
        return
    share = word[..., None].astype(np.float32) / 255
    part = picture[y : y + h, left : left + w]
    part[:] = _to_bytes(part * (1 - share) + np.array(ink, np.float32) * share)


def _paint_word(picture: Picture, rng: np.random.Generator) -> None:
    text = board(rng)
    long, tall = int(rng.integers(100, 360)), int(rng.integers(25, 70))
    word = cv2.resize(text, (long, tall))
    if rng.uniform() < 0.5:
        word = np.ascontiguousarray(np.rot90(word))
    h, w = word.shape[:2]
    y, x = int(rng.integers(0, picture.shape[0] - h)), int(rng.integers(0, picture.shape[1] - w))
    ink = np.abs(word.astype(int) - word[0, 0].astype(int)).sum(axis=2) > 60
    if rng.uniform() < 0.2:
        ink[:] = True
    picture[y : y + h, x : x + w][ink] = word[ink] if rng.uniform() < 0.2 else _ink(rng)


def _paint_other_sports(picture: Picture, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(2, 7))):
        ink, x = _ink(rng), int(rng.integers(0, picture.shape[1]))
        y, w = int(rng.integers(0, picture.shape[0])), int(rng.integers(200, 900))
        cv2.rectangle(picture, (x, y), (x + w, y + w // 2), ink, 2, cv2.LINE_AA)
