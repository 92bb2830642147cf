"""A small scene to draw: rows of players and balls, a wall behind them, and how to look at it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside import rle
from courtside.game import Team
from courtside.render import (
    Figure,
    Playback,
    draw,
    figures_in,
    moments,
    style_for,
)
from courtside.sightings import FrameTable, Sightings

SIZE = (360, 640)
TEAMS = (Team("light", (235, 235, 235)), Team("dark", (30, 40, 90)))
STYLE = style_for(SIZE, TEAMS)
EVERY = 0.1

Image = NDArray[np.uint8]
COLUMNS = (
    *("frame", "time", "segment", "kind", "score", "x1", "y1", "x2", "y2"),
    *("track", "mask", "role", "on_court", "team", "number", "player"),
)


def body_mask(x: float, y: float, width: float, height: float, size: rle.Size = SIZE) -> bytes:
    canvas = np.zeros(size, np.uint8)
    axes = (max(1, int(width / 2)), max(1, int(height / 2)))
    cv2.ellipse(canvas, (int(x + width / 2), int(y + height / 2)), axes, 0, 0, 360, (1,), -1)
    return rle.encode(canvas.astype(bool))


def row(frame: int = 0, **given: Any) -> dict[str, Any]:
    """Return one sighting of a player of the light team at x y of 40 x 110 pixels."""
    x, y = given.pop("x", 300.0), given.pop("y", 150.0)
    width, height = given.pop("width", 40.0), given.pop("height", 110.0)
    usual = {
        "frame": frame,
        "time": frame * EVERY / 3,
        "segment": 0,
        "kind": "player",
        "score": 0.9,
        "x1": x,
        "y1": y,
        "x2": x + width,
        "y2": y + height,
        "track": 7,
        "mask": body_mask(x, y, width, height),
        "role": "player",
        "on_court": True,
        "team": "light",
        "number": "23",
        "player": 1,
    }
    return {**usual, **given}


def ball(frame: int = 0, **given: Any) -> dict[str, Any]:
    rest = {"kind": "ball", "track": 7, "mask": None, "role": None, "team": None, "number": None}
    return row(frame, width=12.0, height=12.0, **{**rest, **given})


def table(*rows: dict[str, Any], without: tuple[str, ...] = ()) -> Sightings:
    names = [name for name in COLUMNS if name not in without]
    return Sightings({name: [one[name] for one in rows] for name in names})


def frame_table(numbers: range, segments: list[int] | None = None, **more: Any) -> FrameTable:
    return FrameTable(
        {
            "frame": list(numbers),
            "pts": list(numbers),
            "time": [n * EVERY / 3 for n in numbers],
            "segment": segments or [0] * len(numbers),
            **more,
        }
    )


def playback(rows: Sightings, frames: FrameTable, trail: float = 0.0) -> Playback:
    return Playback(moments([rows], frames, {}), SIZE, STYLE.unit, trail)


def wall(seed: int = 0, size: rle.Size = SIZE) -> Image:
    noise = np.random.default_rng(seed).integers(60, 160, (*size, 3), np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 3), np.uint8)


def changed(*rows: dict[str, Any], without: tuple[str, ...] = ()) -> NDArray[np.bool_]:
    """Return which pixels drawing one frame's rows changes."""
    image = wall()
    figures = figures_in(table(*rows, without=without), SIZE, STYLE.unit)
    return np.asarray((draw(image.copy(), figures, STYLE) != image).any(axis=2), np.bool_)


def middle(figure: Figure) -> NDArray[np.float64]:
    return np.asarray((figure.box[:2] + figure.box[2:]) / 2, np.float64)


def covered(figure: Figure) -> NDArray[np.bool_]:
    """Return the picture's pixels inside a figure's outline."""
    assert figure.shape is not None
    canvas = np.zeros(SIZE, np.uint8)
    height, width = figure.shape.levels.shape
    assert figure.shape.scale == 1
    x, y = int(figure.shape.x), int(figure.shape.y)
    canvas[y : y + height, x : x + width] = figure.shape.levels
    return np.asarray(canvas >= 128, np.bool_)
