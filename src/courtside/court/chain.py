"""Least squares over a chain: each camera is tied to the next one, number by number.

The normal equations are block-tridiagonal. A band Cholesky solves them; a forward and a backward
elimination give each frame's own covariance (the smoother of Rauch, Tung and Striebel, in
information form).
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solveh_banded

from courtside.court.model import Floats, inverse


def step_together(
    gradient: Floats, curves: Floats, weights: Floats, gaps: Floats, damping: float
) -> Floats:
    """Return the step (n, 8) of all cameras together."""
    count = len(gradient)
    pull = weights * gaps
    right = gradient.copy()
    right[1:] -= pull
    right[:-1] += pull
    blocks = curves.copy()
    diagonal = np.einsum("nii->ni", blocks)
    diagonal[1:] += weights
    diagonal[:-1] += weights
    diagonal *= 1 + damping
    band = np.zeros((9, count * 8))
    for lower in range(8):
        rows = np.einsum("nii->ni", blocks[:, lower:, : 8 - lower])
        band[lower].reshape(count, 8)[:, : 8 - lower] = rows
    # A camera is tied to the next one number by number: eight places further down the band.
    band[8].reshape(count, 8)[:-1] = -weights
    solved = solveh_banded(band, right.ravel(), lower=True, check_finite=False)
    return np.asarray(solved, np.float64).reshape(count, 8)


def own_covariances(curves: Floats, weights: Floats) -> Floats:
    """Return each frame's own covariance (n, 8, 8) from blocks and ties."""
    forward, backward = curves.copy(), curves.copy()
    for i in range(1, len(curves)):
        forward[i] += _through(forward[i - 1], weights[i - 1])
    for i in range(len(curves) - 2, -1, -1):
        backward[i] += _through(backward[i + 1], weights[i])
    return inverse(forward + backward - curves)


def _through(information: Floats, weight: Floats) -> Floats:
    """Return what a neighbour's information (8, 8) is worth through a tie of inverse variance."""
    tied = information + np.diag(weight)
    return np.diag(weight) - weight[:, None] * np.linalg.solve(tied, np.diag(weight))
