"""Where tags float: above the head, steady, apart from each other, off other people's faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.render.figures import Figure
from courtside.render.style import Style
from courtside.render.text import Sprite, tag_sprite
from courtside.rle import Size

Offsets = Mapping[int, NDArray[np.float64]]

# Height of digits: a share of the person's height within limits in units.
LETTERS, SMALLEST, LARGEST = 0.1, 12.0, 24.0
# Least height of digits in pixels.
READABLE = 8.0
# Sprites are made at sizes this factor apart and scaled in between.
LADDER = 1.25
# A head: middle below the upper edge of the body, half width and half height, in body heights.
HEAD_MIDDLE, HEAD_HALF = 0.07, np.array([0.065, 0.08])
# Seconds in which a tag that was pushed aside goes most of the way home.
HOMEWARDS = 0.35
# Fastest move of a tag against its head, units a second.
FASTEST = 160.0
ROUNDS = 8


@dataclass(frozen=True, eq=False)
class Tag:
    """A tag and where it floats.

    Attributes:
        key: of the figure.
        sprite: the picture of the tag.
        centre: of the plate, x y in pixels.
        scale: of the sprite.
        opacity: 0 to 1.
        offset: x y from its home above the head, in pixels; the memory for the next frame.
    """

    key: int
    sprite: Sprite
    centre: NDArray[np.float64]
    scale: float
    opacity: float
    offset: NDArray[np.float64]


def place_tags(
    figures: Sequence[Figure],
    style: Style,
    size: Size,
    previous: Offsets | None = None,
    seconds: float = 0.0,
) -> list[Tag]:
    """Return a tag for each figure with a decided number.

    Pushing starts from where tags were, so that they slide and never change sides at a whim.

    Args:
        figures: of this frame.
        style: of the drawing.
        size: height and width of the picture in pixels.
        previous: offsets of the tags in the frame before, by key; null at the beginning.
        seconds: time since that frame.
    """
    people = [figure for figure in figures if figure.kind != "ball"]
    named = [figure for figure in people if figure.number is not None]
    if not named:
        return []
    sprites = [_sprite(figure, style) for figure in named]
    halves = np.array([[s.width * scale / 2, s.height * scale / 2] for s, scale in sprites])
    homes = np.array([figure.head for figure in named], np.float64)
    homes[:, 1] -= 1.5 * halves[:, 1]
    offsets = _homewards(named, previous or {}, seconds)
    heads = np.array(
        [figure.head + np.array([0, HEAD_MIDDLE * figure.height]) for figure in people]
    )
    reach = np.array([HEAD_HALF * figure.height for figure in people])
    centres = _apart(homes + offsets, halves, heads, reach, size)
    moved = _limited(centres - homes, named, previous or {}, FASTEST * style.unit * seconds)
    centres = _inside(homes + moved, halves, size)
    return [
        Tag(figure.key, sprite, centre, scale, figure.opacity, centre - home)
        for figure, (sprite, scale), centre, home in zip(
            named, sprites, centres, homes, strict=True
        )
    ]


def _sprite(figure: Figure, style: Style) -> tuple[Sprite, float]:
    limits = max(SMALLEST * style.unit, READABLE), max(LARGEST * style.unit, READABLE)
    wanted = float(np.clip(LETTERS * figure.height, *limits))
    step = int(np.ceil(np.log(wanted / limits[0]) / np.log(LADDER) - 0.1))
    letters = round(limits[0] * LADDER**step)
    look = style.look(figure.kind, figure.team)
    return tag_sprite(figure.number or "", figure.name, look, letters), wanted / letters


def _homewards(named: Sequence[Figure], previous: Offsets, seconds: float) -> NDArray[np.float64]:
    share = np.exp(-seconds / HOMEWARDS)
    return np.array([share * previous.get(figure.key, np.zeros(2)) for figure in named])


def _limited(
    offsets: NDArray[np.float64], named: Sequence[Figure], previous: Offsets, most: float
) -> NDArray[np.float64]:
    result = offsets.copy()
    for i, figure in enumerate(named):
        if figure.key in previous:
            step = offsets[i] - previous[figure.key]
            length = float(np.hypot(*step))
            result[i] = previous[figure.key] + step * min(1.0, most / max(length, 1e-9))
    return result


def _apart(
    centres: NDArray[np.float64],
    halves: NDArray[np.float64],
    heads: NDArray[np.float64],
    reach: NDArray[np.float64],
    size: Size,
) -> NDArray[np.float64]:
    """Push plates apart and off heads along the shorter way, a few rounds."""
    centres = _inside(centres, halves, size)
    count = len(centres)
    order = np.arange(count)
    earlier = np.where(order[:, None] < order[None], -1.0, 1.0)
    room = halves[:, None] + np.concatenate([halves, reach])[None]
    # Nothing is pushed by itself.
    room[order, order] = -1.0
    tie = np.concatenate([earlier, -np.ones((count, len(heads)))], axis=1)
    for _ in range(ROUNDS):
        pushes = _pushes(centres, np.concatenate([centres, heads]), room, tie)
        if pushes is None:
            break
        pairs, faces = pushes[:, :count], pushes[:, count:]
        centres = _inside(centres + (pairs / 2).sum(axis=1) + faces.sum(axis=1), halves, size)
    return centres


def _pushes(
    centres: NDArray[np.float64],
    others: NDArray[np.float64],
    room: NDArray[np.float64],
    tie: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    """Return for each pair how far the first must move to clear the second, (n, m, 2).

    Null where all are clear of each other.
    """
    away = centres[:, None] - others[None]
    overlap = room - np.abs(away)
    touching = (overlap > 0).all(axis=2)
    if not touching.any():
        return None
    sideways = overlap[..., 0] < overlap[..., 1]
    signs = np.where(away == 0, tie[..., None], np.sign(away))
    way = np.stack([touching & sideways, touching & ~sideways], axis=2)
    return np.where(way, overlap * signs, 0.0)


def _inside(
    centres: NDArray[np.float64], halves: NDArray[np.float64], size: Size
) -> NDArray[np.float64]:
    limits = np.array([size[1], size[0]])
    return np.clip(centres, np.minimum(halves, limits / 2), np.maximum(limits - halves, limits / 2))
