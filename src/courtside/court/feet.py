"""Where a person stands: the level of the mask's lowest pixels, below the mask's middle.

Below the middle between the lowest points of both feet would be worse, because strides do not lie
below the body (`docs/court.md`). What is seen is the sole's near edge; the body stands behind it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.court.model import Floats, to_floor
from courtside.rle import Size, decode_crop
from courtside.sightings import Sightings, View
from courtside.stage import LookStage, stateless

PEOPLE = ("player", "referee", "person")

# A sole is seen from its near edge, this many metres before where the body stands. (A share of the
# body's height in the picture would be twice as many metres for a camera half as high.)
SOLE = 0.06
# A mask that ends more than this share of the body's height above its lower edge hides the feet.
HIDDEN = 0.12
# Pixels from the lower edge of the picture at which a body is cut off by it.
EDGE = 2


def build_feet() -> LookStage:
    """Return the stage that adds `foot_x foot_y court_x court_y` from the masks."""
    adds = ["foot_x", "foot_y", "court_x", "court_y"]
    return stateless("feet", ["court", "mask"], adds, look_feet)


def look_feet(view: View, rows: Sightings) -> Sightings:
    """Return the rows with `foot_x foot_y` in pixels and `court_x court_y` in metres."""
    feet = ground_contacts(rows, view.size)
    places = np.full((len(rows), 2), np.nan)
    camera = np.asarray(view.columns.get("camera", np.full(8, np.nan)), np.float64)
    if np.isfinite(camera).all():
        places = standing(camera, feet.astype(np.float64), view.size)
    return rows.with_columns(
        foot_x=feet[:, 0], foot_y=feet[:, 1], court_x=places[:, 0], court_y=places[:, 1]
    )


def standing(cameras: Floats, feet: Floats, size: Size) -> Floats:
    """Return where people stand on the court whose feet are seen there, (..., n, 2) metres.

    Args:
        cameras: (..., 8).
        feet: (..., n, 2) pixels.
        size: height and width of the picture in pixels.
    """
    edges = to_floor(cameras, feet, size)
    away = edges - cameras[..., None, :2]
    return np.asarray(
        edges + SOLE * away / np.linalg.norm(away, axis=-1, keepdims=True), np.float64
    )


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
    seen = lowest_point(mask, size) if mask else None
    if seen is None or seen[1] < y2 - HIDDEN * height:
        # Somebody stands before the feet: the box tells where they should be.
        return (x1 + x2) / 2, y2
    return seen


def lowest_point(mask: bytes, size: Size) -> tuple[float, float] | None:
    """Return x of a mask's middle and y of its lower edge in pixels; null for an empty mask.

    Args:
        mask: COCO compressed counts.
        size: height and width of the picture in pixels.
    """
    crop = decode_crop(mask, size)
    if crop is None:
        return None
    pixels, left, top = crop
    columns = cv2.reduce(pixels, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0]
    middle = float(columns @ (np.arange(len(columns)) + 0.5) / columns.sum())
    return left + middle, float(top + len(pixels))
