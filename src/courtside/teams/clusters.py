"""Two kits from the tracks of players: which there are, and on which side a kit lies.

Kit values are measured in units of how much one person's own values vary (`noise`), so what is
steady counts and what flickers does not: dark blue against black differ by one steady value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.teams.look import PART_WIDTH
from courtside.teams.tracks import Kits, root_mean_square, weighted_median

# Jersey and shorts; socks and sleeves below are a person's own choice.
TEAM_WIDTH = 2 * PART_WIDTH
# Distance of two kits, in noise a value: of four broadcast clips, two teams were 2.0 to 2.7
# apart, the best split of one team 0.7 to 1.2.
LEAST_DISTANCE = 1.4
# The same when more players are in the picture than a side has, so that there must be two teams.
LEAST_DISTANCE_OF_TWO = 0.8
# A kit farther from both teams than this share of their distance is neither's.
OUTLIER = 0.6
LEAST_SHARE = 0.1
ROUNDS = 3
# Random starts of the clustering, and most steps from each.
STARTS, MOST_STEPS = 20, 100
# Spread of single players about their team on the axis from -1 to 1; broadcast clips: 0.1 to 0.2.
LEAST_SPREAD = 0.35


@dataclass(frozen=True)
class TwoKits:
    """Centres of two kits (2, 24) in units of noise, and the noise (24,)."""

    centres: Kits
    noise: Kits
    spread: float

    @property
    def distance(self) -> float:
        """Distance of the two, in noise a value."""
        return float(root_mean_square(self.centres[1] - self.centres[0]))

    def side(self, kits: Kits) -> NDArray[np.float64]:
        """Return where kits (n, 36) lie between the centres, -1 the first and 1 the second."""
        axis = self.centres[1] - self.centres[0]
        offset = kits[:, :TEAM_WIDTH] / self.noise - self.centres.mean(axis=0)
        known = ~np.isnan(offset)
        along = np.where(known, offset, 0.0) @ axis
        return np.asarray(2 * along / np.maximum(known @ axis**2, 1e-9), np.float64)

    def remoteness(self, kits: Kits) -> NDArray[np.float64]:
        """Return the distance of kits (n, 36) to the nearer centre, 1 = distance of the two."""
        scaled = kits[:, :TEAM_WIDTH] / self.noise
        to_each = [root_mean_square(scaled - centre) for centre in self.centres]
        return np.asarray(np.minimum(*to_each) / max(self.distance, 1e-9), np.float64)

    def certainty(self, kits: Kits) -> NDArray[np.float64]:
        """Return the probability, 0.5 to 1, that kits (n, 36) belong to the nearer team.

        Two normal distributions along the axis, flattened for kits that resemble neither.
        """
        odds = 2 * np.abs(self.side(kits)) / self.spread**2
        doubt = np.maximum(self.remoteness(kits) / OUTLIER, 1.0) ** 2
        return np.asarray(1 / (1 + np.exp(-odds / doubt)), np.float64)


def find_two_kits(kits: Kits, frames: NDArray[np.int64], noise: Kits, sure: bool) -> TwoKits | None:
    """Return the two kits among players' tracks, null when all seem to wear one.

    Args:
        kits: (n, 36), no row all NaN.
        frames: in how many frames each track was seen (n,).
        noise: spread of one person's values (36,).
        sure: that there are two teams, so that a smaller difference is enough.
    """
    noise = noise[:TEAM_WIDTH]
    scaled = kits[:, :TEAM_WIDTH] / noise
    weights = np.sqrt(frames.astype(np.float64))
    used = np.ones(len(kits), np.bool_)
    for _ in range(ROUNDS):
        if used.sum() < 2:
            return None
        found = _split(scaled[used], weights[used], noise)
        keep = found.remoteness(kits) <= OUTLIER
        keep &= ~_stray(found.side(kits), weights, used)
        if (keep == used).all():
            break
        used = keep
    least = LEAST_DISTANCE_OF_TWO if sure else LEAST_DISTANCE
    return found if found.distance >= least else None


def _split(scaled: Kits, weights: NDArray[np.float64], noise: Kits) -> TwoKits:
    filled = np.nan_to_num(np.where(np.isnan(scaled), weighted_median(scaled), scaled))
    # Sorted, so that the result does not hang on the numbering of tracks.
    order = np.lexsort(filled.T)
    centres = two_means(filled[order], weights[order])
    rough = TwoKits(centres, noise, LEAST_SPREAD)
    deviation = np.abs(rough.side(scaled * noise)) - 1
    spread = float(np.sqrt(np.average(deviation**2, weights=weights)))
    return TwoKits(centres, noise, max(spread, LEAST_SPREAD))


def two_means(points: Kits, weights: NDArray[np.float64]) -> Kits:
    """Return the centres (2, d) of the two clusters of weighted points (n, d), n at least 1.

    Lloyd's algorithm from `STARTS` random pairs, each chosen by k-means++ (Arthur and
    Vassilvitskii, 2007), all at the same time; the tightest result is returned.
    """
    centres = _starts(points, weights)
    for _ in range(MOST_STEPS):
        nearer = _squares(points, centres).argmin(axis=2)
        share = weights * np.stack([nearer == 0, nearer == 1], axis=1)
        total = share.sum(axis=2, keepdims=True)
        # A cluster that lost all its points stays where it was.
        moved = np.where(total > 0, share @ points / np.maximum(total, 1e-9), centres)
        if np.allclose(moved, centres):
            break
        centres = moved
    spread = _squares(points, centres).min(axis=2) @ weights
    best: Kits = centres[spread.argmin()]
    return best


def _starts(points: Kits, weights: NDArray[np.float64]) -> Kits:
    """Return random pairs of points (starts, 2, d), the second far from the first."""
    random = np.random.default_rng(0)
    first = points[random.choice(len(points), STARTS, p=weights / weights.sum())]
    chance = np.cumsum(_squares(points, first[:, None])[..., 0] * weights, axis=1)
    drawn = random.random((STARTS, 1)) * chance[:, -1:]
    second = points[np.argmax(chance >= drawn, axis=1)]
    return np.stack([first, second], axis=1)


def _squares(points: Kits, centres: Kits) -> Kits:
    """Return squared distances of points (n, d) to centres (s, k, d), as (s, n, k)."""
    both = points @ centres.reshape(-1, points.shape[1]).T
    squares = (points**2).sum(axis=1)[:, None] - 2 * both
    found = squares.reshape(len(points), *centres.shape[:2]).swapaxes(0, 1)
    return np.asarray(np.maximum(found + (centres**2).sum(axis=2)[:, None], 0), np.float64)


def _stray(
    side: NDArray[np.float64], weights: NDArray[np.float64], used: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return the tracks of a cluster too small to be a team, where there are others to split."""
    share = np.average(side[used] > 0, weights=weights[used])
    if used.sum() < 5 or LEAST_SHARE <= share <= 1 - LEAST_SHARE:
        return np.zeros(len(side), np.bool_)
    return np.asarray(side > 0 if share < LEAST_SHARE else side <= 0, np.bool_)
