"""How figures look: sizes that follow the picture, and colour ramps over signed distances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from courtside.game import Team
from courtside.render.colours import INK, Bgr, Look, team_looks
from courtside.render.shapes import LEVELS, ZERO, Image
from courtside.rle import Size

# Referees and people whose team is not known: no kit has these greys, and both are drawn thinner.
REFEREE = Look((158, 158, 158), rim=INK, text=INK)
UNKNOWN = Look((200, 192, 184), rim=INK, text=INK)
BALL = Look((0, 196, 255), rim=INK, text=INK)


@dataclass(frozen=True)
class Style:
    """Everything `draw` needs to know beside the figures.

    Attributes:
        unit: pixels of the picture per unit of drawing; 1 at 1280x720.
        looks: colours of each team by name.
    """

    unit: float
    looks: dict[str, Look] = field(default_factory=dict)

    def look(self, kind: str, team: str | None) -> Look:
        """Return the colours of a figure."""
        match kind:
            case "referee":
                return REFEREE
            case "ball":
                return BALL
            case _:
                return self.looks.get(team or "", UNKNOWN)


def style_for(size: Size, teams: Sequence[Team] = ()) -> Style:
    """Return the style for pictures of a size (height, width) and the teams in them."""
    return Style(float(np.sqrt(size[0] * size[1] / (720 * 1280))), team_looks(teams))


@dataclass(frozen=True, eq=False)
class Ramp:
    """What to do with a pixel by its signed distance: new = old * keep / 255 + add.

    Attributes:
        keep: (256,) uint8, share of the old picture that stays, by level.
        add: (256, 3) float64, blue, green, red times opacity, by level.
        cover: (256,) uint8, 255 inside the outline, antialiased.
    """

    keep: Image
    add: NDArray[np.float64]
    cover: Image


@dataclass(frozen=True)
class Pen:
    """A line round a shape; widths in units, opacities 0 to 1.

    Attributes:
        line: width of the line; a third of it lies outside the outline.
        rim: width of the thin contrasting line outside of it.
        fill: opacity of the colour inside.
        glow: opacity that the fill has more at the line, fading inwards.
    """

    line: float
    rim: float
    fill: float
    glow: float


PLAYER_PEN = Pen(line=1.9, rim=0.9, fill=0.24, glow=0.22)
REFEREE_PEN = Pen(line=1.2, rim=0.7, fill=0.0, glow=0.12)
FEET_PEN = Pen(line=2.4, rim=0.9, fill=0.22, glow=0.1)
REFEREE_FEET_PEN = Pen(line=1.2, rim=0.6, fill=0.0, glow=0.0)
BALL_PEN = Pen(line=2.0, rim=0.9, fill=0.0, glow=0.0)
# Opacities are rounded to this many steps, so that ramps can be kept.
STEPS = 32
# Least width of a line in pixels.
SLIMMEST = 1.4


def ramp_of(pen: Pen, look: Look, unit: float, opacity: float = 1.0) -> Ramp:
    """Return the ramp of a pen in a team's colours, at an opacity from 0 to 1."""
    return _ramp(pen, look.main, look.rim, round(unit, 3), round(opacity * STEPS))


@lru_cache(maxsize=256)
def fading_ramp(colour: Bgr) -> Ramp:
    """Return the ramp of a plain colour whose levels are opacities."""
    opacity = np.arange(256, dtype=np.float64)
    add = opacity[:, None] / 255 * np.array(colour)
    return Ramp(_bytes(255 - opacity), add, _bytes(opacity))


@lru_cache(maxsize=1024)
def _ramp(pen: Pen, main: Bgr, rim: Bgr, unit: float, steps: int) -> Ramp:
    distance = (np.arange(256) - ZERO) / LEVELS
    # In small pictures a line keeps a width that can be seen.
    line_width = max(pen.line, SLIMMEST / unit)
    outer = -line_width / 3
    inner = outer + line_width
    inside = _step(distance - outer, unit)
    # White over skin looks like chalk long before blue does.
    thin = 0.55 if min(main) > 200 else 1.0
    fill = inside * thin * (pen.fill + pen.glow * np.clip(1 - (distance - inner) / 5, 0, 1))
    line = inside * _step(inner - distance, unit)
    edge = 0.75 * _step(distance - outer + pen.rim, unit) * (1 - inside)
    opacity = steps / STEPS
    of_main = np.maximum(fill, 0.96 * line) * opacity
    of_rim = edge * opacity
    add = of_main[:, None] * np.array(main) + of_rim[:, None] * np.array(rim)
    # Level 0 is beyond the reach of distances and must leave the picture untouched.
    keep = 1 - of_main - of_rim
    keep[0], add[0] = 1, 0
    cover = np.round(255 * _step(distance, unit)).astype(np.uint8)
    return Ramp(_bytes(255 * keep), add, cover)


def _step(distance: NDArray[np.float64], unit: float) -> NDArray[np.float64]:
    """Return the share of a pixel inside an edge at a distance in units."""
    clipped: NDArray[np.float64] = np.clip(distance * unit + 0.5, 0, 1)
    return clipped


def _bytes(values: NDArray[np.float64]) -> Image:
    return np.asarray(np.round(np.clip(values, 0, 255)), np.uint8)
