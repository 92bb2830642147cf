"""Where EdgeTAM differs from SAM 2.1: how a memory is kept, and where its tokens lie.

EdgeTAM (Zhou et al. 2025, https://arxiv.org/abs/2501.07256) squeezes each memory through a
perceiver into tokens of two kinds. The 2-D ones lie on a grid of their own and turn with it; the
1-D ones lie nowhere. Of SAM 2.1's memories all tokens lie on the grid of the picture.
"""

from __future__ import annotations

import torch

from courtside.errors import InputError


def is_edge(config: object) -> bool:
    """Say whether a configuration is of EdgeTAM."""
    return getattr(config, "model_type", None) == "edgetam_video"


def memory_grid(config: object) -> tuple[int, int]:
    """Return the columns and rows on which the first tokens of a memory lie."""
    name = (
        "memory_attention_rope_k_sizes" if is_edge(config) else "memory_attention_rope_feat_sizes"
    )
    columns, rows = getattr(config, name)
    return int(columns), int(rows)


def memory_tokens(config: object) -> int:
    """Return the tokens of one memory; the first lie on `memory_grid`."""
    columns, rows = memory_grid(config)
    return columns * rows + (_flat(config) if is_edge(config) else 0)


def memory_dtype(model: torch.nn.Module) -> torch.dtype:
    """Return what memories are kept in, as transformers does."""
    kept: torch.dtype = model.no_memory_embedding.dtype
    return kept if is_edge(model.config) else torch.bfloat16


def one_prompt_cuts_all(config: object) -> bool:
    """Say whether one prompt cuts the masks of all at zero, a quirk of transformers' SAM 2.1."""
    return not is_edge(config)


def size_step(config: object) -> int:
    """Return the number of which the side of a picture must be a multiple."""
    return 16 * memory_grid(config)[0] if is_edge(config) else 64


def check_window(config: object, window: tuple[int, int] | None) -> None:
    """Refuse a window where memories are no part of the picture.

    Raises:
        InputError: a window for EdgeTAM.
    """
    if window and is_edge(config):
        raise InputError("EdgeTAM takes no window: its memories are squeezed, whole pictures")


def squeezed(model: torch.nn.Module, maps: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Return memories of b objects as they are kept, (b, tokens, 64).

    Args:
        model: `Sam2VideoModel` or `EdgeTamVideoModel`.
        maps: of the memory encoder, (b, 64, h, w).
        positions: their encoding, shaped alike.
    """
    if not is_edge(model.config):
        return as_tokens(maps)
    perceiver = model.spatial_perceiver
    flat = perceiver.latents_1d.expand(len(maps), -1, -1)
    flat = _asked(perceiver, flat, as_tokens(maps), as_tokens(positions))
    # transformers' own code takes one object at a time here. Its order, the tokens without a place
    # first, is of no matter to attention.
    placed = perceiver.latents_2d.repeat(len(maps), 1)[:, None]
    placed = _asked(perceiver, placed, _windows(maps, memory_grid(model.config)))
    return torch.cat([placed.unflatten(0, (len(maps), -1))[:, :, 0], flat], dim=1)


def place_encodings(model: torch.nn.Module, grid: tuple[int, int]) -> torch.Tensor:
    """Return encodings of where the tokens of a memory lie, (1, tokens, 64).

    Args:
        model: `Sam2VideoModel` or `EdgeTamVideoModel`.
        grid: rows and columns of the picture.
    """
    like = model.memory_temporal_positional_encoding
    if not is_edge(model.config):
        encode = model.memory_encoder.position_encoding
        return as_tokens(encode((1, like.shape[-1], *grid), like.device, like.dtype))
    columns, rows = memory_grid(model.config)
    encode = model.spatial_perceiver.positional_encoding
    placed = as_tokens(encode((1, like.shape[-1], rows, columns), like.device, like.dtype))
    return torch.cat([placed, placed.new_zeros(1, _flat(model.config), like.shape[-1])], dim=1)


def feed_forward(layer: torch.nn.Module, seen: torch.Tensor) -> torch.Tensor:
    """Run the feed-forward network of a layer of the memory attention."""
    if hasattr(layer, "mlp"):
        return layer.mlp(seen)
    return layer.linear2(layer.activation(layer.linear1(seen)))


def as_tokens(maps: torch.Tensor) -> torch.Tensor:
    """Return (b, channels, h, w) as (b, h * w, channels)."""
    return maps.flatten(2).transpose(1, 2)


def _asked(
    perceiver: torch.nn.Module,
    latents: torch.Tensor,
    tokens: torch.Tensor,
    positions: torch.Tensor | None = None,
) -> torch.Tensor:
    """Let latents, (b, k, 64), ask tokens, (b, n, 64)."""
    for layer in perceiver.layers:
        latents = layer(latents, tokens, positions)
    answers: torch.Tensor = perceiver.layer_norm(latents)
    return answers


def _windows(maps: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    """Return (b, channels, h, w) cut into a grid, (b * rows * columns, tokens, channels)."""
    columns, rows = grid
    cut = maps.unflatten(3, (columns, -1)).unflatten(2, (rows, -1))
    return cut.permute(0, 2, 4, 3, 5, 1).flatten(3, 4).flatten(0, 2)


def _flat(config: object) -> int:
    """Return the tokens of a memory that lie nowhere."""
    return int(config.perceiver_resampler_num_latents)  # type: ignore[attr-defined]
