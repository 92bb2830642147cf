"""Drawing one frame: paths, ellipses at the feet, outlined people, the ball, tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from courtside.render.canvas import Canvas, canvas_of, size_of
from courtside.render.figures import Figure
from courtside.render.shapes import Image, Shape, ellipse, finished
from courtside.render.stamp import cover, stamp_path, stamp_shape, stamp_sprite
from courtside.render.style import (
    BALL,
    BALL_PEN,
    FEET_PEN,
    PLAYER_PEN,
    REFEREE,
    REFEREE_FEET_PEN,
    REFEREE_PEN,
    Ramp,
    Style,
    ramp_of,
)
from courtside.render.tags import Tag, place_tags
from courtside.render.text import tag_sprite
from courtside.video.planes import Planes

Drawable = TypeVar("Drawable", Image, Planes)

# Half axes of the ellipse at the feet, in body heights: a circle on the floor as a camera in the
# stands sees it.
FEET_ACROSS, FEET_DEEP = 0.2, 0.062
# The ring is wider than the ball, and never too small to be found.
BALL_RING, SMALLEST_RING = 1.45, 7.0
REFEREE_LETTERS = 7.0


def draw(
    picture: Drawable, figures: Sequence[Figure], style: Style, tags: Sequence[Tag] | None = None
) -> Drawable:
    """Draw figures into a picture, in place, and return it.

    Args:
        picture: BGR uint8 (height, width, 3), writable, or the planes of a video frame.
        figures: people and the ball of this frame.
        style: see `style_for`.
        tags: placed tags; null places them as for a single picture.

    Raises:
        InputError: when an array is not BGR uint8.
    """
    canvas = canvas_of(picture)
    far_first = sorted(figures, key=lambda figure: (float(figure.feet[1]), figure.key))
    people = [figure for figure in far_first if figure.kind != "ball"]
    outlines = [(finished(f.shape), _body_ramp(f, style)) for f in people if f.shape is not None]
    for person in people:
        _draw_floor(canvas, person, style, outlines)
    for shape, ramp in outlines:
        stamp_shape(canvas, shape, ramp)
    for figure in far_first:
        if figure.kind == "ball":
            _draw_ball(canvas, figure, style)
    placed = place_tags(far_first, style, size_of(canvas)) if tags is None else tags
    for tag in placed:
        stamp_sprite(canvas, tag.sprite, (tag.centre[0], tag.centre[1]), tag.scale, tag.opacity)
    return picture


def _body_ramp(figure: Figure, style: Style) -> Ramp:
    pen = REFEREE_PEN if figure.kind == "referee" else PLAYER_PEN
    return ramp_of(pen, style.look(figure.kind, figure.team), style.unit, figure.opacity)


def _draw_floor(
    canvas: Canvas, person: Figure, style: Style, outlines: list[tuple[Shape, Ramp]]
) -> None:
    look = style.look(person.kind, person.team)
    stamp_path(canvas, person.trail, look.main, 3 * style.unit, 0.75 * person.opacity)
    # Feet beyond the picture's lower edge are somewhere else.
    if person.box[3] >= size_of(canvas)[0] - 1 or person.height <= 0:
        return
    across, deep = FEET_ACROSS * person.height, FEET_DEEP * person.height
    x, y = person.feet[0], person.feet[1] - deep / 2
    ring = ellipse((x, y), (across, deep), style.unit)
    pen = REFEREE_FEET_PEN if person.kind == "referee" else FEET_PEN
    hidden = cover((int(ring.x), int(ring.y)), ring.levels.shape, outlines)
    stamp_shape(canvas, ring, ramp_of(pen, look, style.unit, person.opacity), hidden)
    if person.kind == "referee":
        label = tag_sprite("REF", "", REFEREE, max(6, round(REFEREE_LETTERS * style.unit)))
        place = (x, y + deep + label.height / 2)
        stamp_sprite(canvas, label, place, opacity=0.9 * person.opacity, before=outlines)


def _draw_ball(canvas: Canvas, ball: Figure, style: Style) -> None:
    stamp_path(canvas, ball.trail, BALL.main, 3 * style.unit, 0.8 * ball.opacity)
    x1, y1, x2, y2 = ball.box
    radius = max(BALL_RING * (x2 - x1 + y2 - y1) / 4, SMALLEST_RING * style.unit)
    ring = ellipse(((x1 + x2) / 2, (y1 + y2) / 2), (radius, radius), style.unit)
    stamp_shape(canvas, ring, ramp_of(BALL_PEN, BALL, style.unit, ball.opacity))
