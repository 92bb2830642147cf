"""Attention with wide keys and narrow values as one Triton kernel, for GPUs that run Triton.

Flash attention (Dao 2023, https://arxiv.org/abs/2307.08691) with values narrower than keys: the
libraries' kernels want one width, so they would average four times as many numbers as SAM 2.1's
memories hold.
"""

# Triton writes compile-time constants in capitals.
# ruff: noqa: N803

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl

# Queries and keys per block, warps, stages of the pipeline; the fastest is found on the GPU.
_SHAPES = ((128, 64, 8, 3), (128, 64, 8, 2), (128, 128, 8, 2), (128, 64, 4, 2), (64, 64, 4, 2))
# Tokens per block of the rotation.
_ROWS = 16
_CONFIGS = [
    triton.Config({"QUERIES": queries, "KEYS": keys}, num_warps=warps, num_stages=stages)
    for queries, keys, warps, stages in _SHAPES
]


def narrow_attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Return the average of the values under softmax(query key / sqrt(width)).

    Args:
        query: (b, heads, n, width), b may be expanded; width a power of two.
        key: (b, heads, m, width).
        value: shared by the heads, (b, m, narrow); narrow a power of two.

    Returns:
        (b, heads, n, narrow).
    """
    batch, heads, count, width = query.shape
    out = query.new_empty(batch, heads, count, value.shape[-1])
    scale = math.log2(math.e) / math.sqrt(width)
    value = value.contiguous()

    def grid(shape: dict[str, int]) -> tuple[int, int]:
        return triton.cdiv(count, shape["QUERIES"]), batch * heads

    _tuned[grid](
        query, key, value, out, scale, heads, count, key.shape[2],
        *query.stride()[:3], *key.stride()[:3], *value.stride()[:2], *out.stride()[:3],
        WIDTH=width, NARROW=value.shape[-1],
    )  # fmt: skip
    return out


@triton.jit
def _attention(
    query, key, value, out, scale, heads, count, length,
    query_batch, query_head, query_row, key_batch, key_head, key_row,
    value_batch, value_row, out_batch, out_head, out_row,
    WIDTH: tl.constexpr, NARROW: tl.constexpr, QUERIES: tl.constexpr, KEYS: tl.constexpr,
):  # fmt: skip
    batch = (tl.program_id(1) // heads).to(tl.int64)
    head = (tl.program_id(1) % heads).to(tl.int64)
    rows = tl.program_id(0) * QUERIES + tl.arange(0, QUERIES)
    wide, narrow, step = tl.arange(0, WIDTH), tl.arange(0, NARROW), tl.arange(0, KEYS)
    query += batch * query_batch + head * query_head
    asked = tl.load(
        query + rows[:, None] * query_row + wide[None], mask=rows[:, None] < count, other=0.0
    )
    keys = key + batch * key_batch + head * key_head + step[None] * key_row + wide[:, None]
    values = value + batch * value_batch + step[:, None] * value_row + narrow[None]
    highest = tl.full([QUERIES], -float("inf"), tl.float32)
    total = tl.zeros([QUERIES], tl.float32)
    mean = tl.zeros([QUERIES, NARROW], tl.float32)
    whole = length // KEYS * KEYS
    for _ in range(0, whole, KEYS):
        scores = tl.dot(asked, tl.load(keys)) * scale
        highest, total, mean = _fold(scores, tl.load(values), highest, total, mean)
        keys += KEYS * key_row
        values += KEYS * value_row
    if whole < length:
        left = length - whole
        scores = tl.dot(asked, tl.load(keys, mask=step[None] < left, other=0.0)) * scale
        scores = tl.where(step[None] < left, scores, -float("inf"))
        last = tl.load(values, mask=step[:, None] < left, other=0.0)
        highest, total, mean = _fold(scores, last, highest, total, mean)
    out += batch * out_batch + head * out_head
    shares = (mean / total[:, None]).to(out.dtype.element_ty)
    tl.store(out + rows[:, None] * out_row + narrow[None], shares, mask=rows[:, None] < count)


@triton.jit
def _fold(scores, values, highest, total, mean):
    """Add one block of keys to a running softmax average."""
    now = tl.maximum(highest, tl.max(scores, 1))
    weights = tl.exp2(scores - now[:, None])
    shrink = tl.exp2(highest - now)
    total = total * shrink + tl.sum(weights, 1)
    mean = tl.dot(weights.to(values.dtype), values, mean * shrink[:, None])
    return now, total, mean


def turn_in_place(tokens: torch.Tensor, turns: torch.Tensor, count: int) -> torch.Tensor:
    """Turn pairs of neighbouring channels by angles, in float32; return the same tensor.

    Args:
        tokens: (b, m, channels), contiguous; channels a power of two.
        turns: cosines and sines, (n, channels / 2, 2), float32; token i turns as row i mod n.
        count: how many tokens turn, from the first on.
    """
    batch, length, channels = tokens.shape
    _turn[(triton.cdiv(count, _ROWS), batch)](
        tokens, turns.contiguous(), len(turns), count, length, CHANNELS=channels, ROWS=_ROWS
    )
    return tokens


@triton.jit
def _turn(tokens, turns, period, count, length, CHANNELS: tl.constexpr, ROWS: tl.constexpr):
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    channels = tl.arange(0, CHANNELS)
    inside = rows[:, None] < count
    places = tokens + (tl.program_id(1).to(tl.int64) * length + rows[:, None]) * CHANNELS
    places += channels[None]
    pairs = tl.load(places, mask=inside, other=0.0).to(tl.float32)
    even, odd = tl.split(tl.reshape(pairs, (ROWS, CHANNELS // 2, 2)))
    angles = tl.load(turns + (rows[:, None] % period) * CHANNELS + channels[None])
    cos, sin = tl.split(tl.reshape(angles, (ROWS, CHANNELS // 2, 2)))
    turned = tl.join(even * cos - odd * sin, odd * cos + even * sin)
    turned = tl.reshape(turned, (ROWS, CHANNELS)).to(tokens.dtype.element_ty)
    tl.store(places, turned, mask=inside)


_tuned = triton.autotune(configs=_CONFIGS, key=["WIDTH", "NARROW"])(_attention)
