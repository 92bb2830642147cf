"""The canvas of a rendered kit: its size, its colours and how masks are painted on it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = 112
"""Side in pixels of the square canvas."""
NUMBER = 40
"""Height in pixels of the number in its middle."""
Picture = NDArray[np.float32]
Colour = NDArray[np.float32]
_SKIN = np.array([[60, 80, 120], [95, 125, 175], [130, 160, 215], [35, 48, 75]], np.float32)


def random_colour(rng: np.random.Generator) -> Colour:
    """Draw a kit colour: white, black, grey or a saturated one; BGR 0 to 255."""
    choice = rng.random()
    if choice < 0.25:
        level, spread = rng.uniform(195, 255), 12
    elif choice < 0.40:
        level, spread = rng.uniform(10, 55), 12
    elif choice < 0.48:
        level, spread = rng.uniform(55, 195), 10
    else:
        hue = np.array([[[rng.integers(180), rng.uniform(130, 255), rng.uniform(90, 250)]]])
        return np.asarray(cv2.cvtColor(hue.astype(np.uint8), cv2.COLOR_HSV2BGR)[0, 0], np.float32)
    return np.asarray(np.clip(level + rng.normal(0, spread, 3), 0, 255), np.float32)


def skin_colour(rng: np.random.Generator) -> Colour:
    """Draw a colour of skin; BGR 0 to 255."""
    tone = _SKIN[rng.integers(len(_SKIN))] * rng.uniform(0.8, 1.15)
    return np.asarray(np.clip(tone + rng.normal(0, 8, 3), 0, 255), np.float32)


def contrasting(rng: np.random.Generator, other: Colour, least: float) -> Colour:
    """Draw a kit colour at least `least` away from another in one channel, if ten tries find it."""
    for _ in range(10):
        colour = random_colour(rng)
        if np.abs(colour - other).max() >= least:
            break
    return colour


def paint(canvas: Picture, mask: Picture, colour: Colour) -> None:
    """Paint a colour through a mask (h, w), 0 to 1, in place."""
    weight = mask[..., None]
    canvas *= 1 - weight
    canvas += weight * colour
