"""What is no kit: court, crowd, heads, arms and balls, at times taken for numbers."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.train.numbers_colours import SIZE, Colour, Picture, random_colour, skin_colour


def background(rng: np.random.Generator) -> Picture:
    """Court, crowd and other kits out of focus: a few blurred colour patches."""
    cells = int(rng.integers(2, 7))
    palette = np.stack([random_colour(rng) for _ in range(4)])
    patches = palette[rng.integers(4, size=(cells, cells))]
    how = cv2.INTER_NEAREST if rng.random() < 0.3 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(patches, (SIZE, SIZE), interpolation=how), np.float32)


def draw_scenery(rng: np.random.Generator) -> Picture:
    """Draw heads, arms, balls and lines in front of a blurred background.

    Returns:
        (SIZE, SIZE, 3) float32, BGR 0 to 255.
    """
    picture = background(rng)
    for _ in range(rng.integers(1, 5)):
        match rng.choice(["head", "limb", "ball", "line"], p=[0.3, 0.35, 0.1, 0.25]):
            case "head":
                _head(rng, picture)
            case "ball":
                _ball(rng, picture)
            case "limb":
                _stroke(rng, picture, skin_colour(rng), int(rng.integers(8, 40)))
            case _:
                _stroke(rng, picture, random_colour(rng), int(rng.integers(2, 12)))
    shade = 1 + 0.3 * np.linspace(-1, 1, SIZE, dtype=np.float32) * np.float32(rng.normal())
    return np.asarray(np.clip(picture * shade[:, None], 0, 255), np.float32)


def _head(rng: np.random.Generator, picture: Picture) -> None:
    middle, size = rng.uniform(20, SIZE - 20, 2), rng.uniform(14, 34)
    skin, hair = skin_colour(rng), np.full(3, rng.uniform(10, 70))
    _ellipse(picture, middle, (size * 0.8, size), skin if rng.random() < 0.2 else hair)
    side = np.array([rng.normal(0, 0.3), rng.uniform(0.1, 0.5)]) * size
    _ellipse(picture, middle + side, (size * 0.62, size * 0.75), skin)


def _ball(rng: np.random.Generator, picture: Picture) -> None:
    middle, radius = rng.uniform(25, SIZE - 25, 2), rng.uniform(14, 32)
    _ellipse(picture, middle, (radius, radius), np.array([50, 95, 190]) * rng.uniform(0.6, 1.2))
    for turn in rng.uniform(0, 180, 2):
        centre, axes = _whole(middle), _whole(np.array([radius, radius * rng.uniform(0, 0.6)]))
        cv2.ellipse(picture, centre, axes, turn, 0, 360, (30.0, 35.0, 50.0), 1, cv2.LINE_AA)


def _stroke(rng: np.random.Generator, picture: Picture, colour: Colour, width: int) -> None:
    ends = rng.uniform(-30, SIZE + 30, (3, 2)).astype(np.int32)
    cv2.polylines(picture, [ends], False, colour.tolist(), width, cv2.LINE_AA)


def _ellipse(
    picture: Picture,
    middle: NDArray[np.float64],
    axes: tuple[float, float],
    colour: Colour | NDArray[np.float64],
) -> None:
    centre = _whole(middle)
    cv2.ellipse(
        picture, centre, _whole(np.array(axes)), 0, 0, 360, colour.tolist(), -1, cv2.LINE_AA
    )


def _whole(pair: NDArray[np.float64]) -> tuple[int, int]:
    return int(pair[0]), int(pair[1])
