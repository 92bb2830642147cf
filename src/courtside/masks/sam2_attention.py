"""Memory attention of SAM 2.1 for all objects at once, with savings that change nothing.

The weights are those of transformers' `Sam2VideoModel.memory_attention`. Saved are:
- the values: attention averages them, and the weights sum to one, so averaging the 64 numbers of
  each memory first and applying W_v afterwards gives the same at a quarter of the work;
- the first self-attention: it sees only the picture, so it is the same for every object;
- on a CPU, half of each key (`sam2_rows`), and the way of large products through memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import torch
from torch.nn.functional import scaled_dot_product_attention

from courtside.masks.sam2_attend import attend, blocks_of, has_kernels, on_cores
from courtside.masks.sam2_edge import feed_forward, memory_grid
from courtside.masks.sam2_rows import attend_by_rows, rows_of


@dataclass(frozen=True)
class Memories:
    """What b objects remember, m tokens each.

    Attributes:
        values: (b, m, 64).
        positions: encodings added to the keys, (b, m, 64).
        spatial: how many of the tokens, from the first on, lie on a grid, grid after grid; the
            others, object pointers among them, lie nowhere.
    """

    values: torch.Tensor
    positions: torch.Tensor
    spatial: int


class MemoryAttention:
    """The memory attention of a model, for any number of objects.

    Attributes:
        turns: rotary angles of the whole picture, as of `rotations`.
    """

    def __init__(self, model: torch.nn.Module, kind: str = "auto", compiled: bool = False) -> None:
        """Take the weights of a model.

        Args:
            model: `Sam2VideoModel` or `EdgeTamVideoModel`.
            kind: how attention to memories is computed, one of `sam2_attend.KINDS`, or `auto`.
            compiled: whether torch compiles what lies between the attentions; costs a minute at
                the start. While memories fill, shapes change and the plain code runs.
        """
        self.module = model.memory_attention
        self.kind = kind
        config, device = model.config, model.no_memory_embedding.device
        self.turns = rotations(config, config.memory_attention_rope_feat_sizes).to(device)
        self._key_turns = rotations(config, memory_grid(config)).to(device)
        self._columns = memory_grid(config)[0]
        self._compiled = (torch.compile(_before), torch.compile(_after)) if compiled else None

    def __call__(
        self,
        picture: torch.Tensor,
        positions: torch.Tensor,
        memories: Memories,
        steady: bool = False,
        turns: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return the picture as each object sees it, (b, n, channels).

        Args:
            picture: coarsest features, (1, n, channels), or a part of them for each object.
            positions: their encoding, shaped alike.
            memories: of b objects.
            steady: whether memories are full, so that shapes stay.
            turns: rotary angles of each object's tokens, (b, n, channels / 2, 2); null when the
                tokens are the whole picture.
        """
        seen = picture + 0.1 * positions
        if turns is None and self.kind == "auto" and self._has_rows(seen):
            return self._row_by_row(seen, memories)
        turns, key_turns = (self.turns, self._key_turns) if turns is None else (turns, turns)
        before, after = self._compiled if self._compiled and steady else (_before, _after)
        for layer in self.module.layers:
            seen, query, key = before(layer, seen, memories, turns, key_turns)
            mean = attend(query.expand(len(key), -1, -1, -1), key, memories.values, self.kind)
            seen = after(layer, seen, mean)
        return self.module.layer_norm(seen)

    def _has_rows(self, seen: torch.Tensor) -> bool:
        one_head = self.module.layers[0].cross_attn_image.num_attention_heads == 1
        return bool(one_head and seen.device.type == "cpu" and seen.dtype == torch.float32)

    def _row_by_row(self, seen: torch.Tensor, memories: Memories) -> torch.Tensor:
        keyed = memories.values + memories.positions
        for layer in self.module.layers:
            seen, query = _look(layer, seen, self.turns)
            rows = rows_of(layer.cross_attn_image, self._key_turns, self._columns)
            mean = attend_by_rows(rows, query, keyed, memories.values, memories.spatial)
            seen = _after_in_blocks(layer, seen.expand(len(mean), -1, -1), mean)
        return self.module.layer_norm(seen)


def _before(
    layer: torch.nn.Module,
    seen: torch.Tensor,
    memories: Memories,
    turns: torch.Tensor,
    key_turns: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Let the picture attend to itself; return it, and queries and keys of its memories."""
    part = layer.cross_attn_image
    seen, query = _look(layer, seen, turns)
    return seen, heads(part, query), heads(part, _keys(part, memories, key_turns))


def _look(
    layer: torch.nn.Module, seen: torch.Tensor, turns: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Let the picture attend to itself; return it, and queries of its memories."""
    seen = seen + _to_itself(layer.self_attn, layer.layer_norm1(seen), turns)
    return seen, rotate(layer.cross_attn_image.q_proj(layer.layer_norm2(seen)), turns)


def _after(layer: torch.nn.Module, seen: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
    """Add what was remembered and run the feed-forward network."""
    part = layer.cross_attn_image
    seen = seen + part.o_proj(project_values(part, mean))
    return seen + feed_forward(layer, layer.layer_norm3(seen))


def _after_in_blocks(
    layer: torch.nn.Module, seen: torch.Tensor, mean: torch.Tensor
) -> torch.Tensor:
    """Do what `_after` does for averages (b, n, 64), a core's blocks small enough for its cache."""
    out = torch.empty_like(seen, memory_format=torch.contiguous_format)

    def fill(block: tuple[int, slice]) -> None:
        one, rows = slice(block[0], block[0] + 1), block[1]
        out[one, rows] = _after(layer, seen[one, rows], mean[one, None, rows])

    on_cores(fill, product(range(len(seen)), blocks_of(seen.shape[1])))
    return out


def _to_itself(part: torch.nn.Module, seen: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    query = heads(part, rotate(part.q_proj(seen), turns))
    key = heads(part, rotate(part.k_proj(seen), turns))
    mixed = scaled_dot_product_attention(query, key, heads(part, part.v_proj(seen)))
    return part.o_proj(mixed.transpose(1, 2).flatten(2))


def _keys(part: torch.nn.Module, memories: Memories, turns: torch.Tensor) -> torch.Tensor:
    keys = part.k_proj(memories.values + memories.positions)
    return rotate(keys, turns, memories.spatial)


def heads(part: torch.nn.Module, tokens: torch.Tensor) -> torch.Tensor:
    """Return (b, n, channels) as (b, heads, n, channels / heads)."""
    return tokens.unflatten(-1, (part.num_attention_heads, part.head_dim)).transpose(1, 2)


def project_values(part: torch.nn.Module, mean: torch.Tensor) -> torch.Tensor:
    """Apply W_v to averaged values.

    Args:
        part: the attention with its `v_proj`.
        mean: averages of the values, (b, heads, n, 64).

    Returns:
        (b, n, channels): each head's share of the channels from that head's averages.
    """
    weights = part.v_proj.weight.unflatten(0, (part.num_attention_heads, part.head_dim))
    projected = mean @ weights.transpose(1, 2)
    return projected.transpose(1, 2).flatten(2) + part.v_proj.bias


def rotations(config: object, grid: Sequence[int]) -> torch.Tensor:
    """Return the rotary angles of a grid as (n, channels / 2, 2) cosines and sines, float32.

    The first half of the channels turns with the column, the second with the row (axial rotary
    encoding, Heo et al. 2024, https://arxiv.org/abs/2403.13298).

    Args:
        config: `Sam2VideoConfig` or `EdgeTamVideoConfig`.
        grid: columns and rows.
    """
    columns, rows = grid
    half = head_width(config) // 2
    rates = _theta(config) ** -(torch.arange(0, half, 2).float() / half)
    row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    angles = torch.cat([place.flatten()[:, None].float() * rates for place in (column, row)], dim=1)
    return torch.stack([angles.cos(), angles.sin()], dim=-1)


def head_width(config: object) -> int:
    """Return the width of one head of the memory attention."""
    return int(
        config.memory_attention_hidden_size  # type: ignore[attr-defined]
        // config.memory_attention_downsample_rate  # type: ignore[attr-defined]
        // config.memory_attention_num_attention_heads  # type: ignore[attr-defined]
    )


def _theta(config: object) -> float:
    # Its place in the configuration moved between versions of transformers.
    parameters = getattr(config, "rope_parameters", None) or {}
    if "rope_theta" in parameters:
        return float(parameters["rope_theta"])
    return float(getattr(config, "memory_attention_rope_theta", 10_000))


def rotate(tokens: torch.Tensor, turns: torch.Tensor, count: int | None = None) -> torch.Tensor:
    """Turn pairs of neighbouring channels by angles, in float32; the tokens may be overwritten.

    Args:
        tokens: (b, m, channels); channels may hold several heads.
        turns: of `rotations`, (n, channels / 2, 2), or one set for each of b; tokens beyond n
            turn as the first n do.
        count: how many tokens turn, from the first on, a multiple of n; null for all.
    """
    count = tokens.shape[1] if count is None else count
    fused = not torch.compiler.is_compiling() and has_kernels(tokens)
    if fused and turns.ndim == 3 and tokens.shape[2] == turns[0].numel():
        from courtside.masks.sam2_kernel import turn_in_place

        return turn_in_place(tokens.contiguous(), turns, count)
    grid = tokens[:, :count].unflatten(1, (-1, turns.shape[-3]))
    turned = _turn(grid, turns.unsqueeze(-4)).flatten(1, 2)
    return torch.cat([turned, tokens[:, count:]], dim=1)


def _turn(tokens: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    pairs = tokens.float().unflatten(-1, (-1, turns.shape[-2], 2))
    turns = turns.unsqueeze(-3)
    if not torch.compiler.is_compiling():  # complex numbers turn in one pass
        turned = torch.view_as_complex(pairs.contiguous()) * torch.view_as_complex(turns)
        return torch.view_as_real(turned).flatten(-3).type_as(tokens)
    even, odd = pairs.unbind(-1)
    cos, sin = turns.unbind(-1)
    turned = torch.stack([even * cos - odd * sin, odd * cos + even * sin], dim=-1)
    return turned.flatten(-3).type_as(tokens)
