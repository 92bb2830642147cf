"""Team colours for drawing: vivid, clearly different, and near to the kit.

A kit's measured colour is dull (shade, compression) and two kits can be close. So each team gets
the entry of a fixed palette that is nearest to its kit, and no two teams get the same entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtside.game import Team
from courtside.matching import assign

Bgr = tuple[int, int, int]

WHITE: Bgr = (252, 250, 248)
INK: Bgr = (26, 18, 14)
# Red, green, blue. Every pair is at least 35 apart in CIELAB (held by a test), and all stand out
# from a wooden floor and from a dark crowd. That is why there is no black: an outline in the
# colour of a black kit cannot be seen.
PALETTE: dict[str, tuple[int, int, int]] = {
    "white": (246, 248, 252),
    "red": (232, 32, 48),
    "orange": (255, 128, 16),
    "yellow": (255, 224, 0),
    "green": (24, 176, 64),
    "turquoise": (0, 214, 200),
    "sky": (72, 176, 255),
    "blue": (16, 96, 255),
    "purple": (176, 56, 224),
    "pink": (255, 96, 184),
}
FOR_BLACK = "purple"
# In CIELAB, chroma below which a kit counts as white, grey or black, and its share of a light kit's
# lightness: white takes on the colours of light and trim (real white kits had up to 0.26).
_COLOURLESS, _FAINT = 9.0, 0.28
# Lightness from which such a kit is white; also by so much lighter than the others, in a dim hall.
_WHITE, _LIGHTER = 55.0, 10.0


@dataclass(frozen=True)
class Look:
    """Colours of one team's figures, each blue, green, red, 0 to 255.

    Attributes:
        main: of the mask, outline and tag.
        rim: thin line round outline and tag that parts them from any background.
        text: readable on `main`.
    """

    main: Bgr
    rim: Bgr
    text: Bgr


def look_of(colour: Bgr) -> Look:
    """Return the look for a drawing colour (BGR): dark rim and text on light, white on dark."""
    lightness = float(_lab([colour[::-1]])[0, 0])
    return Look(colour, rim=INK if lightness > 30 else WHITE, text=INK if lightness > 62 else WHITE)


def team_looks(teams: Sequence[Team]) -> dict[str, Look]:
    """Return a look for each team by name, from one assignment over all kits.

    The choice depends on the kits alone, so that it is the same in every frame and every run.
    """
    if not teams:
        return {}
    names = [*PALETTE] * -(-len(teams) // len(PALETTE))
    kits = _lab([team.colour for team in teams])
    wanted = np.array([_vivid(kit, np.delete(kits, i, axis=0)) for i, kit in enumerate(kits)])
    offered = _lab([PALETTE[name] for name in names])
    costs = np.linalg.norm(wanted[:, None] - offered[None], axis=2)
    rows, columns = assign(costs)
    chosen = {int(row): PALETTE[names[column]] for row, column in zip(rows, columns, strict=True)}
    return {
        team.name: look_of((chosen[i][2], chosen[i][1], chosen[i][0]))
        for i, team in enumerate(teams)
    }


def difference(first: Bgr, second: Bgr) -> float:
    """Return the CIELAB distance (CIE76) of two BGR colours; 2 is just visible, 35 is plain."""
    lab = _lab([first[::-1], second[::-1]])
    return float(np.linalg.norm(lab[0] - lab[1]))


def _vivid(kit: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the CIELAB colour a kit is meant to be: full chroma where it has a hue.

    Args:
        kit: as measured, CIELAB (3,).
        others: what the other teams wear, (n, 3).
    """
    lightness, a, b = (float(value) for value in kit)
    chroma = float(np.hypot(a, b))
    if chroma < max(_COLOURLESS, _FAINT * lightness):
        lighter = len(others) > 0 and lightness > others[:, 0].max() + _LIGHTER
        white = lightness > _WHITE or lighter
        return _lab([PALETTE["white" if white else FOR_BLACK]]).reshape(3)
    gain = max(1.0, 75.0 / chroma)
    return np.array([np.clip(lightness * 1.2, 35, 90), a * gain, b * gain])


def _lab(rgb: ArrayLike) -> NDArray[np.float64]:
    pixels = np.asarray(rgb, np.float32).reshape(1, -1, 3) / np.float32(255)
    converted: NDArray[np.float64] = cv2.cvtColor(pixels, cv2.COLOR_RGB2Lab)[0].astype(np.float64)
    return converted
