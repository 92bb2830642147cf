"""Changes of rendered crops while learning, so that each can be shown many times."""

from __future__ import annotations

import torch
from torch.nn import functional


def varied(crops: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Vary normalised crops, so that a crop can be shown again: place, colours, focus, noise."""
    crops = _recoloured(_moved(crops, generator), generator)
    count, device = len(crops), crops.device

    def share(chance: float, size: torch.Tensor) -> torch.Tensor:
        chosen = torch.rand(count, 1, 1, 1, generator=generator, device=device) < chance
        return torch.where(chosen, size, torch.zeros_like(size))

    # The mean of four neighbours: three times as fast on a CPU as pooling.
    soft = sum(crops.roll(by, axis) for by in (-1, 1) for axis in (2, 3)) / 4
    focus = torch.rand(count, 1, 1, 1, generator=generator, device=device) * 2 - 1
    crops = torch.lerp(crops, soft, share(0.4, focus))
    grain = torch.rand(count, 1, 1, 1, generator=generator, device=device) * 0.25
    noise = torch.randn(crops.shape, generator=generator, device=device)
    return crops + share(0.3, grain) * noise


def _moved(crops: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Turn, stretch, shear and shift a little, the border repeated outside."""
    count, device = len(crops), crops.device
    spread = torch.tensor([[0.06, 0.09, 0.04], [0.06, 0.06, 0.04]], device=device)
    matrix = torch.randn(count, 2, 3, generator=generator, device=device) * spread
    matrix = matrix + torch.eye(2, 3, device=device)
    grid = functional.affine_grid(matrix, list(crops.shape), align_corners=False)
    return functional.grid_sample(crops, grid, padding_mode="border", align_corners=False)


def _recoloured(crops: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Mix and swap channels, change gain and offset, now and then a negative."""
    count, device = len(crops), crops.device
    order = torch.rand(count, 3, generator=generator, device=device).argsort(dim=1)
    keep = torch.rand(count, 1, generator=generator, device=device) < 0.6
    order = torch.where(keep, torch.arange(3, device=device), order)
    mix = torch.eye(3, device=device)[order]
    mix = mix + 0.08 * torch.randn(count, 3, 3, generator=generator, device=device)
    gain = torch.exp(0.2 * torch.randn(count, 1, 1, generator=generator, device=device))
    negative = torch.rand(count, 1, 1, generator=generator, device=device) < 0.1
    gain = torch.where(negative, -gain, gain)
    shift = 0.2 * torch.randn(count, 3, 1, 1, generator=generator, device=device)
    return torch.einsum("nij,njhw->nihw", mix * gain, crops) + shift
