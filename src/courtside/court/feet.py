"""Where a person touches the floor: the lowest pixels of the mask, not the bottom of the box."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.rle import Size, decode_crop
from courtside.sightings import Sightings

PEOPLE = ("player", "referee", "person")

# In body heights. Feet reach down to within BAND of the lowest pixel; a sole is seen from its
# near edge, SOLE in front of where the body stands; a mask that ends more than HIDDEN above the
# body's lower edge does not show the feet.
BAND, SOLE, HIDDEN = 0.08, 0.02, 0.12
# A foot is at least this wide; narrower runs of columns are shreds of the mask.
NARROWEST = 0.02
# Pixels from the lower edge of the picture at which a body is cut off by it.
EDGE = 2


def ground_contacts(rows: Sightings, size: Size) -> NDArray[np.float32]:
    """Return where each row's person touches the floor, (n, 2) pixels; NaN where unknown.

    Args:
        rows: sightings of one frame, with `mask` where masks were made.
        size: height and width of the picture in pixels.
    """
    found = np.full((len(rows), 2), np.nan, np.float32)
    masks = rows["mask"] if "mask" in rows else np.full(len(rows), None, object)
    boxes = rows.boxes
    for i in np.flatnonzero(np.isin(rows["kind"].astype(str), PEOPLE)):
        found[i] = ground_contact(masks[i], boxes[i], size)
    return found


def ground_contact(mask: bytes | None, box: NDArray[np.float32], size: Size) -> tuple[float, float]:
    """Return where a person touches the floor, x y in pixels; NaN when the picture cuts it off.

    Args:
        mask: COCO compressed counts of the visible part, null when there is none.
        box: (4,) x1 y1 x2 y2, full extent of the body.
        size: height and width of the picture in pixels.
    """
    x1, y1, x2, y2 = (float(v) for v in box)
    height = y2 - y1
    if y2 >= size[0] - EDGE or height <= 0:
        return np.nan, np.nan
    seen = feet_of(mask, height, size) if mask else None
    if seen is None or seen[1] < y2 - HIDDEN * height:
        # Somebody stands before the feet: the box tells where they should be.
        return (x1 + x2) / 2, y2 - SOLE * height
    return seen[0], seen[1] - SOLE * height


def feet_of(mask: bytes, height: float, size: Size) -> tuple[float, float] | None:
    """Return the middle between the lowest points of the feet, x y in pixels.

    Args:
        mask: COCO compressed counts.
        height: of the body in pixels.
        size: height and width of the picture in pixels.
    """
    crop = decode_crop(mask, size)
    if crop is None:
        return None
    pixels, left, top = crop
    # Row after the last pixel of each column; columns without one are far up.
    filled = pixels.any(axis=0)
    ends = np.where(filled, pixels.shape[0] - pixels[::-1].argmax(axis=0), -height)
    low = ends >= ends.max() - BAND * height
    edges = np.flatnonzero(np.diff(low.astype(np.int8), prepend=0, append=0))
    runs = edges.reshape(-1, 2)
    wide = runs[runs[:, 1] - runs[:, 0] >= NARROWEST * height]
    feet = wide if len(wide) else runs
    x = float(feet.mean()) + left
    y = float(np.mean([ends[begin:end].max() for begin, end in feet])) + top
    return x, y
