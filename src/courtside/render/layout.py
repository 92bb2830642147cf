"""Where the minimap lies: in a corner of the picture, beside it, or in a video of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from courtside.court.shapes import Court
from courtside.render.canvas import canvas_of
from courtside.render.figures import Figure
from courtside.render.radar import FLOOR, MARGIN, Map, minimap, placed
from courtside.render.stamp import stamp_sprite
from courtside.render.style import Style
from courtside.rle import Size
from courtside.settings import Minimap
from courtside.video.planes import Matrix, Planes, enlarged, planes_of

# Of the picture, in its corner: widest and highest; pixels of the style between it and the edge.
WIDEST, HIGHEST, GAP = 0.30, 0.30, 14
# Pixels a video of the map alone is wide.
ALONE = 1280


@dataclass(frozen=True)
class Layout:
    """Where the minimap is drawn.

    Attributes:
        size: height and width of what is written, even.
        plan: how the court is drawn.
        middle: of the map, x y in pixels.
        over: it covers a part of the picture, and is left out where nobody's place is known.
        alone: there is nothing but the map.
    """

    size: Size
    plan: Map
    middle: tuple[float, float]
    over: bool = False
    alone: bool = False


def layout_of(how: Minimap, court: Court, size: Size, unit: float) -> Layout | None:
    """Return where the minimap lies, null for none.

    Beside a wide picture lies the court upright, as high as the picture; below a high one it lies
    as in the picture, and as wide.

    Args:
        how: as the settings tell.
        court: what is played on.
        size: height and width of the picture, even.
        unit: of the style, pixels.
    """
    length, width = court.length + 2 * MARGIN, court.width + 2 * MARGIN
    match how:
        case "none":
            return None
        case "corner":
            plan = Map(court, min(WIDEST * size[1] / length, HIGHEST * size[0] / width))
            away = GAP * unit + np.array(plan.size) / 2
            return Layout(size, plan, (size[1] - away[1], size[0] - away[0]), over=True)
        case "beside" if size[1] >= size[0]:
            plan = Map(court, size[0] / length, upright=True)
            more = _even(plan.size[1])
            return Layout((size[0], size[1] + more), plan, (size[1] + more / 2, size[0] / 2))
        case "beside":
            plan = Map(court, size[1] / length)
            more = _even(plan.size[0])
            return Layout((size[0] + more, size[1]), plan, (size[1] / 2, size[0] + more / 2))
        case "alone":
            plan = Map(court, ALONE / length)
            height = _even(plan.size[0])
            return Layout((height, ALONE), plan, (ALONE / 2, height / 2), alone=True)


def with_minimap(
    picture: Planes, figures: Sequence[Figure], layout: Layout, style: Style
) -> Planes:
    """Return a drawn picture with its minimap, or the minimap alone.

    Args:
        picture: may be drawn on.
        figures: people and ball of the frame.
        layout: where the map lies.
        style: colours of the teams.
    """
    if layout.over and not placed(figures):
        return picture
    if not layout.over:
        ground = _ground(layout.size, picture.matrix)
        picture = enlarged(None if layout.alone else picture, ground)
    stamp_sprite(canvas_of(picture), minimap(figures, layout.plan, style), layout.middle)
    return picture


@lru_cache(maxsize=2)
def _ground(size: Size, matrix: Matrix) -> Planes:
    """Planes of the map's floor colour."""
    return planes_of(np.full((*size, 3), FLOOR, np.uint8), matrix)


def _even(pixels: int) -> int:
    return pixels + pixels % 2
