"""The minimap: the court from above, with everybody who is on it, at the same moment.

It is made from the very figures that are drawn into the frame, so it cannot run ahead or behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Map:
    """How a court is drawn from above.

    Attributes:
        court: what is played on.
        scale: pixels per metre.
        upright: the court's length runs up the map, its far side lies to the left; else its length
            runs to the right, its far side is up.
    """

    court: Court
    scale: float
    upright: bool = False

    @property
    def size(self) -> Size:
        """Height and width in pixels."""
        height, width = (
            round((side + 2 * MARGIN) * self.scale)
            for side in (self.court.width, self.court.length)
        )
        return (width, height) if self.upright else (height, width)

    def at(self, place: Place) -> Place:
        """Return where a court place (2,) in metres is drawn, x y in pixels."""
        # A disc beyond the margin is drawn at the edge, whole.
        reach = np.array([self.court.length / 2, self.court.width / 2]) + MARGIN
        x, y = np.clip(place, PLAYER - reach, reach - PLAYER)
        corner = np.array(
            [reach[1] - y, reach[0] - x] if self.upright else [reach[0] + x, reach[1] - y]
        )
        return np.asarray(corner * self.scale, np.float64)


def minimap(figures: Sequence[Figure], plan: Map, style: Style) -> Sprite:
    """Return the minimap of a frame; where nobody's place is known, the empty court.

    Args:
        figures: people and ball of the frame.
        plan: how the court is drawn.
        style: colours of the teams.
    """
    pixels = _floor(plan).copy()
    for figure in sorted(
        placed(figures), key=lambda f: (f.kind != "referee", bool(f.number), f.key)
    ):
        _draw_person(pixels, figure, plan, style)
    ball = ball_place(figures)
    if ball is not None:
        # Beside the number of who holds it.
        beside = plan.at(ball) + np.array([0.8, -0.8]) * PLAYER * plan.scale
        _disc(pixels, beside, BALL * plan.scale, style.look("ball", None), 1.0)
    return Sprite(pixels, pixels.shape[1], pixels.shape[0])


def placed(figures: Sequence[Figure]) -> list[Figure]:
    """Return the people whose place on the court is known."""
    return [f for f in figures if f.court is not None and f.kind != "ball"]


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
def _floor(plan: Map) -> Image:
    """Return the empty court as blue, green, red times opacity, and opacity: (h, w, 4) uint8."""
    pixels = np.zeros((*plan.size, 4), np.uint8)
    pixels[..., :3] = np.array(FLOOR) * FLOOR_OPACITY
    pixels[..., 3] = round(255 * FLOOR_OPACITY)
    thick = max(1, round(0.12 * plan.scale))
    for path in court_lines(plan.court):
        line = np.array([_fixed(plan.at(point)) for point in path], np.int32)[None]
        cv2.polylines(pixels, [*line], False, (*LINES, 255), thick, cv2.LINE_AA, 4)
    return pixels


def _fixed(point: Place) -> tuple[int, int]:
    # Coordinates of OpenCV's drawing carry 4 binary places here.
    return round(float(point[0]) * 16), round(float(point[1]) * 16)


def _draw_person(pixels: Image, figure: Figure, plan: Map, style: Style) -> None:
    assert figure.court is not None
    centre, radius = plan.at(figure.court), PLAYER * plan.scale
    look = style.look(figure.kind, figure.team)
    small = 0.7 if figure.kind == "referee" else 1.0
    _disc(pixels, centre, small * radius, look, figure.opacity)
    if figure.number:
        _write(pixels, figure.number, centre, radius, look.text, figure.opacity)


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
