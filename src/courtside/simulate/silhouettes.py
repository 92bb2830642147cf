"""How much of people could be seen: each drawn alone and in full in a tile of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.simulate.buffers import set_value

if TYPE_CHECKING:
    from courtside.simulate.raster import Renderer

TILE = 96  # pixels a side in which one person is drawn
TILES_ACROSS = 8
SHEET = TILE * TILES_ACROSS  # pixels a side of all tiles


def silhouettes(
    renderer: Renderer, boxes: NDArray[np.float64], who: list[int]
) -> NDArray[np.float64]:
    """Pixels that near people of the last draw would cover alone and in full, (n,).

    boxes: (n, 4) pixels, the people's projections, not clipped; who: their rows.
    """
    if len(boxes) == 0:
        return np.zeros(0)
    width, height = renderer.size
    renderer.tiles.use()
    renderer.gl.enable_only(renderer.gl.NOTHING)
    renderer.tiles.clear()
    spans = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
    rows = _tile_rows(boxes, spans, np.array(who), np.array([width, height]))
    table = renderer.gl.texture((2 * len(rows), 1), 4, rows.tobytes(), dtype="f4")
    table.use(7)
    set_value(renderer.tile_program, "tiles", 7)
    renderer.near.render(renderer.near.tile_array, len(rows))
    table.release()
    seen = np.frombuffer(renderer.tiles.read(components=1, alignment=1), np.uint8)
    tiles = cv2.resize(
        seen.reshape(SHEET, -1).astype(np.float32),
        (TILES_ACROSS, TILES_ACROSS),
        interpolation=cv2.INTER_AREA,
    )
    return np.asarray(tiles.reshape(-1)[: len(boxes)] / 255 * spans.prod(axis=1))


def _tile_rows(
    boxes: NDArray[np.float64],
    spans: NDArray[np.float64],
    who: NDArray[np.int64],
    size: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Rows (n, 8) that put each box of a picture of `size` into its tile: scale and offset of clip
    coordinates, person, nothing."""
    scales = size / spans / TILES_ACROSS
    centres = (boxes[:, 2:] + boxes[:, :2]) / size - 1
    row, column = np.divmod(np.arange(len(boxes)), TILES_ACROSS)
    at = (2 * np.column_stack([column, row]) + 1) / TILES_ACROSS - 1
    offsets = at - centres * [1, -1] * scales
    rows = np.column_stack([scales, offsets, who, np.zeros((len(boxes), 3))])
    return np.ascontiguousarray(rows, np.float32)
