"""An approximation: each object sees and remembers only a window of the picture around itself.

With 24 x 16 of 64 x 64 tokens memory attention costs a fortieth. Outside its window an object
sees the picture as if it had no memory. Losses are in docs/performance.md.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from courtside.masks.sam2_attention import Memories, MemoryAttention
from courtside.masks.sam2_model import Picture


def window_tokens(
    centres: torch.Tensor, grid: tuple[int, int], window: tuple[int, int]
) -> torch.Tensor:
    """Return the numbers of the tokens in a window around each object, (b, k).

    Args:
        centres: column and row of each object, (b, 2), in tokens.
        grid: rows and columns of the picture.
        window: rows and columns of the window.
    """
    height, width = (min(side, whole) for side, whole in zip(window, grid, strict=True))
    left = (centres[:, 0] - width / 2).round().long().clamp(0, grid[1] - width)
    top = (centres[:, 1] - height / 2).round().long().clamp(0, grid[0] - height)
    rows = top[:, None] + torch.arange(height, device=centres.device)
    columns = left[:, None] + torch.arange(width, device=centres.device)
    return (rows[:, :, None] * grid[1] + columns[:, None]).flatten(1)


def centres_of(masks: torch.Tensor, before: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    """Return the centre of each mask in tokens, (b, 2); where a mask is empty, the one before.

    Args:
        masks: logits, (b, h, w).
        before: earlier centres, (b, 2).
        grid: rows and columns of the picture in tokens.
    """
    inside = (masks > 0).float()
    area = inside.sum((1, 2)).clamp(min=1)
    columns = torch.arange(masks.shape[2], device=masks.device) + 0.5
    rows = torch.arange(masks.shape[1], device=masks.device) + 0.5
    x = (inside.sum(1) @ columns) / area * (grid[1] / masks.shape[2])
    y = (inside.sum(2) @ rows) / area * (grid[0] / masks.shape[1])
    seen = inside.amax((1, 2)) > 0
    return torch.where(seen[:, None], torch.stack([x, y], dim=1), before)


def attend_in_windows(
    attention: MemoryAttention,
    picture: Picture,
    plain: torch.Tensor,
    memories: Memories,
    tokens: torch.Tensor,
) -> torch.Tensor:
    """Return the picture as each object sees it, (b, n, channels), remembered in windows only.

    Args:
        attention: the memory attention.
        picture: the frame.
        plain: the picture as seen without memory, (1, n, channels).
        memories: of b objects, whole pictures.
        tokens: of `window_tokens`, (b, k).
    """
    turns = attention.turns[tokens]
    coarse, positions = picture.coarse[0][tokens], picture.positions[0][tokens]
    local = _cut(memories, tokens, picture.coarse.shape[1])
    seen = attention(coarse, positions, local, turns=turns)
    whole = plain.repeat(len(tokens), 1, 1)
    return whole.scatter(1, tokens[..., None].expand_as(seen), seen.to(whole.dtype))


def _cut(memories: Memories, tokens: torch.Tensor, whole: int) -> Memories:
    """Keep of each memory the tokens of the window, and all pointers."""
    count = memories.spatial // whole
    starts = torch.arange(count, device=tokens.device) * whole
    kept = (starts[None, :, None] + tokens[:, None]).flatten(1)
    pointers = torch.arange(memories.spatial, memories.values.shape[1], device=tokens.device)
    kept = torch.cat([kept, pointers.expand(len(kept), -1)], dim=1)
    every = torch.arange(len(kept), device=kept.device)[:, None]
    cut = {name: getattr(memories, name)[every, kept] for name in ("values", "positions")}
    return replace(memories, spatial=count * tokens.shape[1], **cut)
