"""Folds of loose cloth: jersey and shorts lie in waves that deepen towards their hems."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Waves about the body or the leg, radians a metre upwards (they run askew), metres deep at the hem.
JERSEY_WAVES = ((4, 24.0, 0.007), (3, -31.0, 0.005))
SHORTS_WAVES = ((4, 9.0, 0.009), (3, -16.0, 0.006))


def folds(
    rest: NDArray[np.float32],
    jersey: NDArray[np.bool_],
    shorts: NDArray[np.bool_],
    heights: tuple[float, float, float],
    shape: int,
) -> Floats:
    """How far (V,) metres cloth lies out (or, negative, in) of a smooth one.

    Args:
        rest: vertices (V, 3) in the rest pose, z up, the body looks along -y.
        jersey, shorts: (V,) which vertices are of them.
        heights: of chest, hip and knee.
        shape: number of the body; each has folds of its own.
    """
    chest, hip, knee = heights
    x, y, z = rest.T.astype(np.float64)
    out = np.zeros(len(rest))
    down = np.clip((chest - z) / (chest - hip), 0, 1)
    out[jersey] = (down * _waves(np.arctan2(x, -y), z, JERSEY_WAVES, shape))[jersey]
    middle = np.sign(x) * np.abs(x[shorts]).mean()  # of either leg
    down = np.clip((hip - z) / (hip - knee), 0, 1)
    out[shorts] = (down * _waves(np.arctan2(x - middle, -y), z, SHORTS_WAVES, shape))[shorts]
    return out


def _waves(
    angle: Floats, z: Floats, waves: tuple[tuple[int, float, float], ...], shape: int
) -> Floats:
    phase = 2.4 * shape
    return np.asarray(sum(deep * np.sin(k * angle + up * z + phase * k) for k, up, deep in waves))
