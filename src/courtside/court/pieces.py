"""Where a track goes over from one person to another: no path leads on from there.

Trackers swap people who meet. One path through both would lie between them for a second and
more; two paths that end where people were swapped lie where each of them was.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from courtside.court.jumps import airborne_rows, stretches
from courtside.court.smooth import OUTLIER, Fit, Floats, Seen, fit, joined, squares

# A path is doubted where its rows count for less than this share over so many seconds, and looked
# at for a break that far to both sides.
DOUBTED, AROUND = 0.6, 1.0
# A break must explain two outliers: less may be feet that were taken for another's for a moment.
BREAK = 2 * OUTLIER**2
# Rows of which nothing is told.
FEWEST = 6
# Gaps of a doubted stretch that are tried, those with the longest step.
TRIED = 2


def pieces(seen: Seen, eyes: Floats) -> list[tuple[int, int]]:
    """Return first row and the one after the last of each piece that one person can have gone.

    Args:
        seen: one track.
        eyes: (n, 3) where the camera stood, metres.
    """
    if len(seen.times) < FEWEST or not _doubted(seen, found := fit(seen)).any():
        return [(0, len(seen.times))]
    rows = _standing(seen, found, eyes)
    ends = [0, *rows[_breaks(seen.rows(rows), 0, len(rows))], len(seen.times)]
    return list(pairwise(int(end) for end in ends))


def _standing(seen: Seen, found: Fit, eyes: Floats) -> NDArray[np.intp]:
    """Return the rows in which feet were on the floor, as far as one path tells.

    Feet in the air are off the path as well, but no reason for a break.
    """
    up = np.zeros(len(seen.times), np.bool_)
    for begin, end in stretches(airborne_rows(seen, found.places, eyes)):
        around = _around(seen)
        before = seen.rows(slice(max(0, begin - around), begin))
        up[begin:end] = _apart(before, seen.rows(slice(end, end + around))) < BREAK
    return np.flatnonzero(~up)


def _breaks(seen: Seen, begin: int, end: int) -> list[int]:
    """Return the rows of a stretch from which on it is somebody else."""
    found = _break(seen.rows(slice(begin, end)))
    if found is None:
        return []
    at = begin + found
    return [*_breaks(seen, begin, at), at, *_breaks(seen, at, end)]


def _break(seen: Seen) -> int | None:
    """Return the row from which on it is somebody else, null where nothing tells so."""
    count = len(seen.times)
    if count < FEWEST:
        return None
    doubted = _doubted(seen, fit(seen))
    if not doubted.any():
        return None
    tried = [gap for gap in _gaps(seen, doubted) if 2 <= gap <= count - 2]
    gains = [_gain(seen, gap) for gap in tried]
    best = int(np.argmax(gains)) if gains else -1
    return tried[best] if best >= 0 and gains[best] > BREAK else None


def _doubted(seen: Seen, found: Fit) -> NDArray[np.bool_]:
    """Tell in which rows the way found explains too little of what was seen around."""
    return np.asarray(
        uniform_filter1d(found.weights, _around(seen), mode="nearest") < DOUBTED, np.bool_
    )


def _gaps(seen: Seen, doubted: NDArray[np.bool_]) -> list[int]:
    """Return the rows before which doubted stretches make their longest steps."""
    places = seen.places
    middles = np.median(np.stack([places[:-2], places[1:-1], places[2:]]), axis=0)
    # Three rows before a gap against three rows after it; less at both ends.
    middles = np.concatenate([places[:1], middles, places[-1:]])
    rows = np.arange(1, len(places))
    steps = middles[np.minimum(rows + 1, len(places) - 1)] - middles[np.maximum(rows - 2, 0)]
    lengths = squares(steps, seen.sureness[1:])
    found: list[int] = []
    for begin, end in stretches(doubted[1:] | doubted[:-1]):
        found += (begin + 1 + np.argsort(-lengths[begin:end])[:TRIED]).tolist()
    return found


def _gain(seen: Seen, gap: int) -> float:
    """Return by how much a break explains the rows around it better."""
    around = _around(seen)
    before, after = seen.rows(slice(max(0, gap - around), gap)), seen.rows(slice(gap, gap + around))
    return _apart(before, after)


def _apart(before: Seen, after: Seen) -> float:
    """Return by how much more one way misses what was seen than two ways do."""
    return fit(joined(before, after)).loss - fit(before).loss - fit(after).loss


def _around(seen: Seen) -> int:
    step = max(float(np.median(np.diff(seen.times))), 1e-3)
    return max(3, round(AROUND / step))
