"""Kit colours of each person in one frame: evidence for teams and referees, no decision yet.

A kit vector has three parts of the body (jersey, shorts, lower legs) with 12 values each: the
median colour in CIE Lab (3 values, divided by 100) and the square roots of the shares of 9 coarse
colour bins (4 shades of grey from dark to bright, 5 sectors of hue). Lower legs are there because
referees wear long trousers. A part that is not visible is NaN; a person whose jersey is not
visible is NaN throughout.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.rle import decode_window
from courtside.sightings import Sightings, View

PEOPLE = ("player", "referee", "person")
# Top and bottom of each part as a share of the body's height, for an upright person; the jersey
# begins below the chin and the lower legs end above the shoes.
PARTS = np.array([[0.18, 0.50], [0.50, 0.70], [0.74, 0.90]])
PART_WIDTH = 12
KIT_WIDTH = PART_WIDTH * len(PARTS)

LEAST_VISIBILITY = 0.4
LEAST_PIXELS = 20
# Larger people are measured on a thinned grid: beyond this height more pixels tell nothing new.
GRID_HEIGHT = 64
# A standing body is at least this many times as high as wide; tells how much the picture cuts off.
SLENDERNESS = 2.2
GREY_CHROMA = 12.0
GREY_EDGES = (22.0, 45.0, 70.0)
# Hue sectors in degrees: red and skin, orange to yellow, green, cyan to blue, violet to magenta.
HUE_EDGES = (50.0, 105.0, 180.0, 285.0)
BINS = len(GREY_EDGES) + len(HUE_EDGES) + 2

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]
Group = NDArray[np.intp]


class _Pixels(NamedTuple):
    """Pixels BGR uint8 (n, 3) and the part of the body each belongs to (0 to 2)."""

    colours: Image
    part: Group


def look_teams(view: View, rows: Sightings) -> Sightings:
    """Return the rows with the column `kit`, shape (n, 36) float32.

    People without a mask, mostly hidden (visibility under 0.4) or too small get NaN.

    Args:
        view: the frame; only the picture is read.
        rows: sightings of this frame with `mask`.
    """
    boxes, kinds, masks = rows.boxes, rows["kind"], rows["mask"]
    visible = rows["visibility"] if "visibility" in rows else np.ones(len(rows), np.float32)
    # A visibility that is not known (NaN) does not hide anybody.
    seen = [
        index
        for index in range(len(rows))
        if kinds[index] in PEOPLE and masks[index] and not visible[index] < LEAST_VISIBILITY
    ]
    kits = np.full((len(rows), KIT_WIDTH), np.nan, np.float32)
    if seen:
        kits[seen] = measure_kits(view.image, boxes[seen], [masks[index] for index in seen])
    return rows.with_columns(kit=kits)


def measure_kits(image: Image, boxes: Floats, masks: list[bytes]) -> Floats:
    """Return one kit vector a person, shape (n, 36), NaN where the jersey is not seen.

    Args:
        image: picture, BGR uint8 (height, width, 3).
        boxes: (n, 4) x1 y1 x2 y2 in pixels, the extent of each body clipped to the picture.
        masks: COCO compressed counts of each visible part.
    """
    cuts = [_kit_pixels(image, box, mask) for box, mask in zip(boxes, masks, strict=True)]
    group = np.concatenate([len(PARTS) * i + cut.part for i, cut in enumerate(cuts)])
    colours = np.concatenate([cut.colours for cut in cuts])
    if not len(colours):
        return np.full((len(cuts), KIT_WIDTH), np.nan, np.float32)
    groups = len(cuts) * len(PARTS)
    counts = np.bincount(group, minlength=groups)
    values = np.full((groups, PART_WIDTH), np.nan, np.float32)
    enough = counts >= LEAST_PIXELS
    values[enough, :3] = _medians(colours, group, counts)[enough]
    values[enough, 3:] = np.sqrt(_colour_shares(colours, group, counts)[enough])
    kits = values.reshape(len(cuts), KIT_WIDTH)
    kits[np.isnan(kits[:, 0])] = np.nan
    return kits


def _kit_pixels(image: Image, box: Floats, mask: bytes) -> _Pixels:
    height, width = image.shape[:2]
    left, right = max(0, int(box[0])), min(width, int(box[2]) + 1)
    top, bottom = max(0, int(box[1])), min(height, int(box[3]) + 1)
    if right - left < 3 or bottom - top < 3:
        return _Pixels(np.zeros((0, 3), np.uint8), np.zeros(0, np.intp))
    step = max(1, (bottom - top) // GRID_HEIGHT)
    inside = decode_window(mask, (height, width), (left, top, right, bottom))[::step, ::step]
    share = (np.arange(top, bottom, step) - box[1]) / _body_height(box, height)
    # Odd places between the six borders are inside a part, even ones between parts.
    place = np.searchsorted(PARTS.ravel(), share, side="right")
    y, x = np.nonzero(_shrunk(inside) & (place % 2 == 1)[:, None])
    return _Pixels(image[top:bottom:step, left:right:step][y, x], place[y] // 2)


def _shrunk(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Drop the outline, whose pixels mix with the background."""
    eroded = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(eroded).astype(bool)


def _body_height(box: Floats, picture_height: int) -> float:
    """Return the height in pixels, guessed from the width where the picture cuts off the feet."""
    height = float(box[3] - box[1])
    cut_off = box[3] >= picture_height - 2
    return max(height, SLENDERNESS * float(box[2] - box[0])) if cut_off else max(height, 1.0)


def _medians(image: Image, group: Group, counts: Group) -> Floats:
    """Return the median of the BGR pixels of each group, in Lab units / 100, shape (groups, 3)."""
    lab = cv2.cvtColor(image[None], cv2.COLOR_BGR2Lab)[0]
    # One sort a channel instead of one median a group: the group sits above the 8 bits of colour.
    keys = np.sort(group.astype(np.int32) * 256 + lab.T.astype(np.int32), axis=1)
    middle = np.minimum(np.cumsum(counts) - (counts + 1) // 2, len(group) - 1)
    return _lab_units(keys[:, middle].T % 256) / np.float32(100)


def _colour_shares(image: Image, group: Group, counts: Group) -> Floats:
    """Return the share of each colour bin among the BGR pixels (n, 3) of each group."""
    blue, green, red = (image >> 3).astype(np.intp).T
    bins = _bin_of_colour()[blue, green, red]
    table = np.bincount(group * BINS + bins, minlength=len(counts) * BINS)
    return (table.reshape(-1, BINS) / np.maximum(counts, 1)[:, None]).astype(np.float32)


@cache
def _bin_of_colour() -> NDArray[np.intp]:
    """Return the bin of every colour in steps of 8, shape (32, 32, 32) by blue, green, red."""
    steps = np.arange(4, 256, 8, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    lightness, a, b = _lab_units(cv2.cvtColor(cube.reshape(1, -1, 3), cv2.COLOR_BGR2Lab)[0]).T
    hue = np.degrees(np.arctan2(b, a)) % 360
    sector = len(GREY_EDGES) + 1 + np.searchsorted(HUE_EDGES, hue)
    grey = np.hypot(a, b) < GREY_CHROMA
    bins = np.where(grey, np.searchsorted(GREY_EDGES, lightness), sector)
    return np.asarray(bins, np.intp).reshape(cube.shape[:3])


def _lab_units(lab: NDArray[Any]) -> Floats:
    """Return CIE Lab (L 0 to 100, a and b about 0) from OpenCV's 8-bit values."""
    scale = np.array([100 / 255, 1, 1], np.float32)
    return (lab.astype(np.float32) - np.array([0, 128, 128], np.float32)) * scale
