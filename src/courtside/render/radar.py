"""The minimap: the court from above, with everybody who is on it, at the same moment.

It is made from the very figures that are drawn into the frame, so it cannot run ahead or behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.court.drawing import court_lines
from courtside.court.shapes import Court
from courtside.render.colours import Bgr, Look
from courtside.render.figures import Figure
from courtside.render.shapes import Image
from courtside.render.style import Style
from courtside.render.text import Sprite, letters_of
from courtside.rle import Size

# Of the picture: widest and highest.
WIDEST, HIGHEST = 0.30, 0.30
# Metres of floor shown beyond the lines.
MARGIN = 1.5
# Radius of a player and of the ball, metres on the map: larger than life, to be seen.
PLAYER, BALL = 0.80, 0.40
FLOOR: Bgr = (40, 34, 28)
LINES: Bgr = (225, 225, 225)
FLOOR_OPACITY = 0.82
# The ball is with a player whose box, this much larger, holds it.
HELD = 0.15

Place = NDArray[np.float64]


def minimap(figures: Sequence[Figure], court: Court, style: Style, size: Size) -> Sprite | None:
    """Return the minimap of a frame, null where nobody's place is known.

    Args:
        figures: people and ball of the frame.
        court: what is played on.
        style: colours of the teams.
        size: height and width of the picture in pixels.
    """
    placed = [f for f in figures if f.court is not None and f.kind != "ball"]
    if not placed:
        return None
    scale = pixels_per_metre(court, size)
    pixels = _floor(court, round(scale, 3)).copy()
    for figure in sorted(placed, key=lambda f: (f.kind != "referee", f.key)):
        _draw_person(pixels, figure, court, style, scale)
    ball = ball_place(figures)
    if ball is not None:
        # Beside the number of who holds it.
        beside = _at(ball, court, scale) + np.array([0.8, -0.8]) * PLAYER * scale
        _disc(pixels, beside, BALL * scale, style.look("ball", None), 1.0)
    return Sprite(pixels, pixels.shape[1], pixels.shape[0])


def pixels_per_metre(court: Court, size: Size) -> float:
    """Return the scale of the minimap in a picture of height and width `size`."""
    across, down = court.length + 2 * MARGIN, court.width + 2 * MARGIN
    return min(WIDEST * size[1] / across, HIGHEST * size[0] / down)


def corner_place(sprite: Sprite, style: Style, size: Size) -> tuple[float, float]:
    """Return the middle of a minimap in the lower right corner, x y in pixels."""
    gap = 14 * style.unit
    return size[1] - gap - sprite.width / 2, size[0] - gap - sprite.height / 2


def ball_place(figures: Sequence[Figure]) -> Place | None:
    """Return where the ball is on the court, metres, while a player holds it; null otherwise.

    A ball in the air has no place that one camera could tell.
    """
    ball = next((f for f in figures if f.kind == "ball"), None)
    if ball is None:
        return None
    middle = (ball.box[:2] + ball.box[2:]) / 2
    near = [f for f in figures if f.kind == "player" and f.court is not None and _holds(f, middle)]
    if not near:
        return None
    nearest = min(near, key=lambda f: float(np.linalg.norm((f.box[:2] + f.box[2:]) / 2 - middle)))
    return nearest.court


def _holds(figure: Figure, point: Place) -> bool:
    reach = HELD * figure.height
    return bool((point >= figure.box[:2] - reach).all() and (point <= figure.box[2:] + reach).all())


@lru_cache(maxsize=8)
def _floor(court: Court, scale: float) -> Image:
    """Return the empty court as blue, green, red times opacity, and opacity: (h, w, 4) uint8."""
    height = round((court.width + 2 * MARGIN) * scale)
    width = round((court.length + 2 * MARGIN) * scale)
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., :3] = np.array(FLOOR) * FLOOR_OPACITY
    pixels[..., 3] = round(255 * FLOOR_OPACITY)
    thick = max(1, round(0.12 * scale))
    for path in court_lines(court):
        points = [_fixed(_at(point, court, scale)) for point in path]
        line = np.array(points, np.int32)[None]
        cv2.polylines(pixels, [*line], False, (*LINES, 255), thick, cv2.LINE_AA, 4)
    return pixels


def _at(place: Place, court: Court, scale: float) -> Place:
    """Return where a court place is drawn, x y in pixels; the far side is up."""
    inside = np.clip(place, *_limits(court))
    corner = np.array([court.length / 2 + MARGIN, court.width / 2 + MARGIN])
    return np.asarray((inside * [1, -1] + corner) * scale, np.float64)


def _limits(court: Court) -> tuple[Place, Place]:
    """Return the lowest and highest places whose disc is whole; others are drawn at the edge."""
    reach = np.array([court.length / 2, court.width / 2]) + MARGIN - PLAYER
    return -reach, reach


def _fixed(point: Place) -> tuple[int, int]:
    # Coordinates of OpenCV's drawing carry 4 binary places here.
    return round(float(point[0]) * 16), round(float(point[1]) * 16)


def _draw_person(pixels: Image, figure: Figure, court: Court, style: Style, scale: float) -> None:
    assert figure.court is not None
    centre = _at(figure.court, court, scale)
    look = style.look(figure.kind, figure.team)
    small = 0.7 if figure.kind == "referee" else 1.0
    _disc(pixels, centre, small * PLAYER * scale, look, figure.opacity)
    if figure.number:
        _write(pixels, figure.number, centre, PLAYER * scale, look.text, figure.opacity)


def _disc(pixels: Image, centre: Place, radius: float, look: Look, opacity: float) -> None:
    reach = int(np.ceil(radius)) + 3
    x, y = (int(v) for v in centre)
    top, left = max(y - reach, 0), max(x - reach, 0)
    part = pixels[top : y + reach, left : x + reach]
    layer, at = part.copy(), _fixed(centre - [left, top])
    rim = radius + max(1.0, 0.16 * radius)
    cv2.circle(layer, at, round(rim * 16), (*look.rim, 255), -1, cv2.LINE_AA, 4)
    cv2.circle(layer, at, round(radius * 16), (*look.main, 255), -1, cv2.LINE_AA, 4)
    part[:] = cv2.addWeighted(layer, opacity, part, 1 - opacity, 0)


def _write(
    pixels: Image, number: str, centre: Place, radius: float, colour: Bgr, opacity: float
) -> None:
    ink = _ink(number, max(6, round(1.05 * radius)))
    top = max(round(centre[1] - ink.shape[0] / 2), 0)
    left = max(round(centre[0] - ink.shape[1] / 2), 0)
    part = pixels[top : top + ink.shape[0], left : left + ink.shape[1], :3]
    share = ink[: part.shape[0], : part.shape[1], None] * (opacity / 255)
    part[:] = np.round(part + (np.array(colour) - part.astype(np.float64)) * share)


@lru_cache(maxsize=256)
def _ink(number: str, height: int) -> Image:
    return letters_of(number, height)


def opaque(sprite: Sprite) -> Image:
    """Return a minimap as a picture of its own, BGR uint8 (h, w, 3), on its floor's colour."""
    keep = 1 - sprite.pixels[..., 3:].astype(np.float64) / 255
    return np.asarray(np.round(sprite.pixels[..., :3] + keep * np.array(FLOOR)), np.uint8)
