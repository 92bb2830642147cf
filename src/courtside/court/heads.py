"""Heads tell where people stand, too: as far above the floor as the person is tall.

A camera from above tells that about as well as the feet do, and better where they are hidden; one
as high as the heads sees all of them at its own level, and learns nothing.
"""

from __future__ import annotations

import numpy as np

from courtside.court.model import Floats, Size, project_with_slopes
from courtside.court.smooth import OUTLIER, Seen
from courtside.court.stature import Stature

# The box's upper edge is found to this share of its height, but to no less than a pixel.
HEAD_NOISE, LEAST_NOISE = 0.025, 1.0


def with_heads(seen: Seen, stature: Stature, cameras: Floats, boxes: Floats, size: Size) -> Seen:
    """Return the places of one track, told by its feet, as its heads correct them.

    Args:
        seen: where the feet stand, n rows.
        stature: how tall the person is.
        cameras: (n, 8).
        boxes: (n, 4) x1 y1 x2 y2, pixels.
        size: height and width of the picture in pixels.
    """
    if not np.isfinite(stature.tall):
        return seen
    heads = np.column_stack([seen.places, np.full(len(boxes), stature.tall)])[:, None]
    pixels, slopes = project_with_slopes(cameras, heads, size)
    # A head moves in the picture as its person walks, and the other way as the camera does.
    climbs = -slopes[:, 0, 1, :2]
    higher = boxes[:, 1] - pixels[:, 0, 1]
    height = boxes[:, 3] - boxes[:, 1]
    noise = np.hypot(LEAST_NOISE, np.hypot(HEAD_NOISE, stature.bends) * height)
    # Raised hands are no heads.
    limit = (OUTLIER * noise) ** 2
    told = (limit / (limit + higher**2)) ** 2 / noise**2
    sureness = seen.sureness + told[:, None, None] * climbs[:, :, None] * climbs[:, None, :]
    pull = (told * higher)[:, None] * climbs
    steps = np.linalg.solve(sureness, pull[..., None])[..., 0]
    return Seen(seen.times, np.asarray(seen.places + steps, np.float64), sureness)
