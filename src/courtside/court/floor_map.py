"""Whether a camera agrees with the floor that the net sees.

The net's points are few and may all be taken for others that lie alike; where the floor inside the
court's lines begins and ends it sees apart from them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.court.certainty import floor_at, is_inside
from courtside.court.model import Floats, Size
from courtside.court.shapes import Court

# Cells of the picture, across and down, for which is kept whether they show the court.
COLUMNS, ROWS = 24, 16
# Overlap (intersection over union) with the net's floor: of right cameras 0.87 and more in
# simulated clips and 0.84 in real ones; of another place 0.6 to 0.85; of the right place turned
# aside by 30 pixels and more at most 0.86.
AGREES, AGREES_CARRIED = 0.8, 0.87
# Where fewer cells show floor it tells nothing.
FEWEST = 12


def coarse_floor(floor: NDArray[np.floating]) -> Floats:
    """Return which cells of a coarse picture show the court, (`ROWS` * `COLUMNS`,) 0 or 1.

    Args:
        floor: (h, w) how surely a cell of the net's map lies within the court's lines.
    """
    wide = np.asarray(floor, np.float32)
    coarse = cv2.resize(wide, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    return np.asarray(coarse > 0.5, np.float64).ravel()


def agreement(cameras: Floats, floors: Floats, court: Court, size: Size) -> Floats:
    """Return the overlap (n,) of the court's floor with what the net sees; NaN where neither tells.

    Args:
        cameras: (n, 8), NaN where not known.
        floors: (n, `ROWS` * `COLUMNS`) as `coarse_floor` tells them, NaN where not known.
        court: whose floor.
        size: height and width of the picture in pixels.
    """
    points = floor_at(cameras, (COLUMNS, ROWS), size)
    inside = is_inside(points, court, 0.0)
    shown = floors > 0
    both, either = (inside & shown).sum(axis=1), (inside | shown).sum(axis=1)
    told = (either >= FEWEST) & np.isfinite(floors).all(axis=1) & np.isfinite(cameras[:, 0])
    return np.where(told, both / np.maximum(either, 1), np.nan)
