"""The smoothest way through places seen, each as sure as it is: robust least squares.

Accelerations are held down (Whittaker 1923, Eilers 2003), outliers weighed down step by step
(Geman and McClure). A low camera tells far worse how far away somebody stands than how far to
the side, so each place has a spread of its own in both directions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

Floats = NDArray[np.float64]

# Standard deviation of accelerations of players, m/s², and for how long one lasts, s.
ACCELERATION, LASTS = 4.0, 0.3
# A place farther off than this many of its standard deviations hardly counts.
OUTLIER = 3.0
ROUNDS, SETTLED = 6, 0.01
# Feet err alike for about so many seconds, a good part of a stride: rows closer to one another
# do not tell more together.
ALIKE = 0.1


@dataclass(frozen=True)
class Seen:
    """Where one person was seen.

    Attributes:
        times: (n,) seconds, increasing.
        places: (n, 2) metres, all known.
        sureness: (n, 2, 2) inverse of their covariance.
    """

    times: Floats
    places: Floats
    sureness: Floats

    def rows(self, some: slice | NDArray[np.intp]) -> Seen:
        return Seen(self.times[some], self.places[some], self.sureness[some])


def joined(before: Seen, after: Seen) -> Seen:
    both = before, after
    return Seen(
        np.concatenate([part.times for part in both]),
        np.concatenate([part.places for part in both]),
        np.concatenate([part.sureness for part in both]),
    )


@dataclass(frozen=True)
class Fit:
    """The smoothest way through what was seen.

    Attributes:
        places: (n, 2) metres.
        weights: (n,) how much each row counts, 0 to 1; small for outliers.
        loss: what does not fit, about 1 for a row like others and `OUTLIER`² at most.
    """

    places: Floats
    weights: Floats
    loss: float


def fit(seen: Seen) -> Fit:
    """Return the smoothest way that most rows bear out; two rows are where they were seen."""
    count = len(seen.times)
    if count < 3:
        return Fit(seen.places, np.ones(count), 0.0)
    share, stiff, limit = _share(seen.times), _stiffness(seen.times), OUTLIER**2
    weights = np.ones(count)
    for _ in range(ROUNDS):
        places = _solved(stiff, share * weights, seen)
        off = squares(seen.places - places, seen.sureness)
        before, weights = weights, (limit / (limit + off)) ** 2
        if np.abs(weights - before).max() < SETTLED:
            break
    loss = share * float((limit * off / (limit + off)).sum())
    return Fit(places, weights, loss + _roughness(seen.times, places))


def smooth(seen: Seen, weights: Floats) -> Floats:
    """Return places (n, 2) that weigh distance to places seen against acceleration.

    Args:
        seen: at least three rows.
        weights: (n,) by how much each row counts.
    """
    return _solved(_stiffness(seen.times), _share(seen.times) * weights, seen)


def _stiffness(times: Floats) -> Floats:
    """Return the band (5, n, 2) of what accelerations cost.

    x and y of one row follow one another: a row's neighbour is two places down the band.
    """
    count, rows = len(times), _accelerations(times)
    band = np.zeros((5, count, 2))
    for i in range(3):
        for j in range(i, 3):
            band[2 * (j - i), i : count - 2 + i] += (rows[i] * rows[j])[:, None]
    band[0] += 1e-9
    return band


def _solved(stiff: Floats, weights: Floats, seen: Seen) -> Floats:
    sure, band = weights[:, None, None] * seen.sureness, stiff.copy()
    band[0, :, 0] += sure[:, 0, 0]
    band[0, :, 1] += sure[:, 1, 1]
    band[1, :, 0] += sure[:, 0, 1]
    right = (sure @ seen.places[..., None]).ravel()
    solved = solveh_banded(band.reshape(5, -1), right, lower=True, check_finite=False)
    return np.asarray(solved, np.float64).reshape(-1, 2)


def squares(steps: Floats, sureness: Floats) -> Floats:
    """Return squared lengths (n,) of steps (n, 2) in standard deviations."""
    return np.asarray(((sureness @ steps[..., None])[..., 0] * steps).sum(axis=1), np.float64)


def _share(times: Floats) -> float:
    return float(min(np.median(np.diff(times)) / ALIKE, 1.0))


def _accelerations(times: Floats) -> Floats:
    """Return what makes accelerations of three places, in standard deviations, (3, n - 2)."""
    before, after = np.diff(times)[:-1], np.diff(times)[1:]
    both = before + after
    rows = np.stack([2 / (before * both), -2 / (before * after), 2 / (after * both)])
    return np.asarray(rows * np.sqrt(both / 2 / LASTS) / ACCELERATION, np.float64)


def _roughness(times: Floats, places: Floats) -> float:
    rows = _accelerations(times)[..., None]
    felt = rows[0] * places[:-2] + rows[1] * places[1:-1] + rows[2] * places[2:]
    return float((felt**2).sum())
