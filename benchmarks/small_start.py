"""A good start for small transformers of vision: patches whitened, places as waves.

A linear look at raw pixels with random weights sees little but their mean, and random places tell
attention nothing. Not enough alone: see the log for what else it took.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

# Standard deviation of each number of a patch's embedding, and of a place's waves.
SPREAD, WAVES = 0.5, 0.25


def whiten(projection: Any, pixels: torch.Tensor) -> None:
    """Make a convolution over patches give their principal components, all equally strong.

    Args:
        projection: `Conv2d` whose stride is its kernel; numbers beyond the patch's stay random.
        pixels: as the model takes them, (n, 3, height, width).
    """
    weight = projection.weight
    patches = functional.unfold(pixels, weight.shape[2:], stride=weight.shape[2:])
    rows = patches.transpose(1, 2).flatten(0, 1)
    values, vectors = torch.linalg.eigh(torch.cov(rows.T))
    count = min(len(weight), len(values))
    # A floor: what hardly ever varies is noise.
    strength = values[-count:].clamp(values[-1] * 1e-4).sqrt()
    main = (vectors[:, -count:] / strength).T * SPREAD
    with torch.no_grad():
        weight[:count] = main.reshape(count, *weight.shape[1:])
        projection.bias[:count] = -main @ rows.mean(dim=0)


def waves(side: int, width: int) -> torch.Tensor:
    """Return sines and cosines of the places of a square grid, (side * side, width)."""
    speeds = 1 / 100 ** (torch.arange(width // 4) / (width / 4))
    along = torch.arange(side)[:, None] * speeds
    y, x = along[:, None].expand(-1, side, -1), along[None].expand(side, -1, -1)
    return WAVES * torch.cat([x.sin(), x.cos(), y.sin(), y.cos()], dim=2).flatten(0, 1)
