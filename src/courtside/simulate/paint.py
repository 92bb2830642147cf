"""Paint on a floor seen from above: colours, and metres to pixels of its picture."""

import cv2
import numpy as np
from numpy.typing import NDArray

PIXELS_PER_METRE = 50
FINE = 6  # bits of a part of a pixel

Picture = NDArray[np.uint8]
Ink = tuple[int, int, int]

GARISH = 0.06  # share of painted areas in any colour at all
# Paint of club floors and of public courts, RGB; moderate saturation, as filmed.
TEAM_PAINT: tuple[Ink, ...] = (
    *((16, 36, 68), (20, 78, 160), (178, 24, 44), (22, 22, 25), (12, 82, 52), (104, 108, 112)),
    *((104, 24, 42), (74, 44, 120), (10, 104, 126), (206, 150, 44), (202, 92, 36)),
    *((92, 146, 190), (44, 110, 190), (24, 24, 52), (140, 22, 36), (58, 62, 68)),
)


def to_pixels(picture: Picture, x: float, y: float) -> tuple[int, int]:
    """Court metres to (column, row) of a floor picture."""
    rows, columns = picture.shape[:2]
    return (
        round(columns / 2 + x * PIXELS_PER_METRE),
        round(rows / 2 - y * PIXELS_PER_METRE),
    )


def to_fine_pixels(picture: Picture, x: float, y: float, times: int) -> tuple[int, int]:
    """Court metres to (column, row) in parts of a pixel, as OpenCV draws with a shift of FINE.

    `picture` is `times` as fine as the floor.

    Whole pixels would lay lines up to two centimetres beside where the truth has them.
    """
    rows, columns = picture.shape[:2]
    fine = PIXELS_PER_METRE * times
    across, down = columns / 2 + x * fine, rows / 2 - y * fine
    return round((across - 0.5) * (1 << FINE)), round((down - 0.5) * (1 << FINE))


def to_bytes(values: NDArray[np.floating]) -> Picture:
    """Rounded and clipped to bytes."""
    return np.asarray(cv2.convertScaleAbs(np.maximum(values, 0.0)), np.uint8)


def random_ink(rng: np.random.Generator) -> Ink:
    """A colour courts are painted in: mostly a club's, now and then any."""
    if rng.uniform() < GARISH:
        r, g, b = (int(v) for v in rng.integers(0, 256, 3))
        return (r, g, b)
    return _jittered(TEAM_PAINT[int(rng.integers(len(TEAM_PAINT)))], rng)


def _jittered(ink: Ink, rng: np.random.Generator) -> Ink:
    shaken = np.clip(np.array(ink) * rng.uniform(0.8, 1.2) + rng.normal(0, 8, 3), 0, 255)
    r, g, b = (int(v) for v in shaken)
    return (r, g, b)


def in_pixels(metres: float) -> int:
    """Metres in pixels of a floor picture."""
    return round(metres * PIXELS_PER_METRE)


def in_fine_pixels(metres: float) -> int:
    """Metres in parts of a pixel of a floor picture."""
    return round(metres * (PIXELS_PER_METRE << FINE))
