"""Which cuts the game goes on across: a replay or another play begins at another moment.

Where the camera alone changed, people stand after the cut where they stood before it; so places on
court are compared across it. Elsewhere who stands where somebody stood before does so by chance.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from courtside.identity.motion import LONGEST_GAP, near_odds
from courtside.matching import assign
from courtside.sightings import Sightings
from courtside.sport import Sport
from courtside.teams.look import PEOPLE

Places = NDArray[np.intp]


def scenes_of(rows: Sightings, sport: Sport) -> dict[int, int]:
    """Return for each segment the one that its scene began with.

    Args:
        rows: sightings of the whole video; without places on court each segment is a scene.
        sport: how tall a body is.
    """
    found = {index: index for index in np.unique(rows["segment"]).tolist()}
    if not {"track", "court_x", "court_y"} <= set(rows.names):
        return found
    known = (rows["track"] >= 0) & np.isin(rows["kind"], PEOPLE) & np.isfinite(rows["court_x"])
    placed = rows.select(known & np.isfinite(rows["court_y"]))
    for before, after in pairwise(found):
        early = _at_end(placed, before, last=True)
        late = _at_end(placed, after, last=False)
        if _goes_on(early, late, sport):
            found[after] = found[before]
    return found


def _at_end(placed: Sightings, segment: int, last: bool) -> Sightings:
    """Return who was seen in the last frame of a segment, or in the first."""
    own = placed.select(placed["segment"] == segment)
    frames = own["frame"]
    return own.select(frames == (frames.max() if last else frames.min())) if len(own) else own


def _goes_on(early: Sightings, late: Sightings, sport: Sport) -> bool:
    """Tell whether more of the people after a cut are where somebody was before than are not."""
    if not len(early) or not len(late):
        return False
    gap = float(late["time"][0] - early["time"][0])
    if not 0 < gap <= LONGEST_GAP:
        return False
    before, after = (np.stack([seen["court_x"], seen["court_y"]], axis=1) for seen in (early, late))
    heights = np.hypot(*np.moveaxis(before[:, None] - after[None], -1, 0)) / sport.body_height
    odds = np.array([[near_odds(gap, away) for away in row] for row in heights.tolist()])
    return float(odds[assign(odds, maximize=True)].sum()) > 0
