"""Which league's court it is by its painted lines: those of the right one are all there.

Leagues differ by decimetres. A camera of eight numbers bends so that a wrong court's few points
fit almost as well, but not so that its lines do, which are seen to a pixel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtside.court.league import Reading
from courtside.court.lines import line_share, pulled_onto_lines
from courtside.court.model import Floats, Size, half_turned
from courtside.court.solve import ANYWHERE, NARROW, Belief, fitted, refine

# Votes that should tell, and before a reading may be left out.
MANY_VOTES, FIRST_VOTES = 12, 3
# The right court's share of lines in their place is 0.2 to 0.7, a wrong one's less by 0.1 and
# more. Where no court has that many the camera is wrong or motion blurs the lines: such votes do
# not count.
LEAST, MARGIN = 0.15, 0.1
# Readings that leave so much more of the points' loss need not be tried.
FAR_SHARE, FAR_LEAST = 2.0, 20.0


def shares_of(
    image: NDArray[np.uint8],
    camera: Floats,
    reading: int,
    readings: tuple[Reading, ...],
    left: NDArray[np.intp],
    found: ArrayLike,
    covered: NDArray[np.bool_] | None,
) -> Floats:
    """Return the share of each reading's lines that are seen in place (r,); NaN: left out.

    Args:
        image: BGR uint8 (height, width, 3).
        camera: (8,) found for a reading.
        reading: index of that.
        readings: to compare.
        left: indices of those that are not left out yet.
        found: the net's points (k, 4).
        covered: coarse map of what stands before the floor, null for nothing.
    """
    size, shares = (image.shape[0], image.shape[1]), np.full(len(readings), np.nan)
    beliefs, costs = {}, np.full(len(readings), np.inf)
    for i in left:
        start = half_turned(camera) if readings[i].turn != readings[reading].turn else camera
        beliefs[i], costs[i] = _fit(start, readings[i], found, size)
    for i in np.flatnonzero(costs <= FAR_SHARE * costs.min() + FAR_LEAST):
        shares[i] = _share(image, beliefs[i], readings[i], covered)
    shares[np.isfinite(costs) & np.isnan(shares)] = 0.0
    return shares


def _fit(start: Floats, reading: Reading, found: ArrayLike, size: Size) -> tuple[Belief, float]:
    """Return the camera near `start` that fits the points, and the loss it leaves."""
    marks = reading.marks(found, size)
    cameras, costs = refine(start[None], marks, ANYWHERE, size, (6.0, NARROW), 4)
    fit = fitted(cameras[0], marks, ANYWHERE, size)
    # Points that this court does not have were found for nothing.
    total = float(np.asarray(found, np.float64)[:, 3].sum())
    missing = NARROW**2 * (total - float(marks.score.sum()))
    return Belief(fit.camera, fit.information), float(costs[0]) + missing


def _share(
    image: NDArray[np.uint8],
    belief: Belief,
    reading: Reading,
    covered: NDArray[np.bool_] | None,
) -> float:
    for _ in range(2):
        pulled = pulled_onto_lines(image, belief, reading.court, covered)
        if pulled is None:
            break
        belief = pulled
    return line_share(image, belief.mean, reading.court, covered)


def likely(votes: Floats) -> NDArray[np.intp]:
    """Return the readings that may be right after votes (k, r), the likeliest first."""
    clear = votes[np.nan_to_num(votes).max(axis=1, initial=0.0) >= LEAST]
    if len(clear) < FIRST_VOTES:
        return np.arange(votes.shape[1])
    told = np.isfinite(clear)
    means = np.nansum(clear, axis=0) / np.maximum(told.sum(axis=0), 1)
    order = np.argsort(-means, kind="stable")
    return np.asarray(order[means[order] > means[order[0]] - MARGIN], np.intp)


def told_by_lines(votes: Floats) -> int | None:
    """Return the reading that votes (k, r) are for; null where they do not tell."""
    left = likely(votes)
    return int(left[0]) if len(left) == 1 else None
