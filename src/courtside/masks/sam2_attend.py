"""Softmax attention with wide keys and narrow values, by whatever is fastest on the device."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import pad, scaled_dot_product_attention

# Fused kernels of GPUs, of which the fastest is chosen; flex attention takes long to compile.
FUSED = ("triton", "cudnn", "efficient", "flash")
KINDS = ("chunked", *FUSED, "flex")

# Scores of this many queries are held at a time where attention is computed in pieces: a few
# megabytes, near the size of a core's cache.
_CHUNK = 256


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, kind: str = "auto"
) -> torch.Tensor:
    """Return the average of the values under softmax(query key / sqrt(width)).

    Args:
        query: (b, heads, n, width).
        key: (b, heads, m, width).
        value: shared by the heads, (b, m, narrow).
        kind: one of `KINDS`; `auto` is in pieces on a CPU, the fastest on a GPU.

    Returns:
        (b, heads, n, narrow).
    """
    if kind == "auto":
        kind = "chunked" if query.device.type == "cpu" else fastest(query, key, value)
    shared = value[:, None].expand(-1, key.shape[1], -1, -1)
    match kind:
        case "chunked":
            return _chunked(query, key, shared)
        case "efficient":
            return _sdpa(query, key, shared, SDPBackend.EFFICIENT_ATTENTION)
        case "cudnn":
            return _sdpa(query, key, shared, SDPBackend.CUDNN_ATTENTION)
        case "flash":
            return _flash(query, key, shared)
        case "flex":
            return _flex()(query, key, shared.contiguous())
        case "triton":
            from courtside.masks.sam2_kernel import narrow_attention

            return narrow_attention(query, key, value)
    raise ValueError(f"attention is one of {', '.join(KINDS)}; got {kind!r}")


_fastest: dict[tuple[object, ...], str] = {}


def fastest(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> str:
    """Return the kind that takes least time for tensors of these shapes; timed once, on a GPU."""
    # Memories fill one by one: the choice is made once per width, not per number of memories.
    case = (query.device, query.dtype, query.shape[1:], value.shape[-1])
    if case not in _fastest:
        times = {kind: _seconds(query, key, value, kind) for kind in FUSED}
        best = min(times, key=times.__getitem__)
        _fastest[case] = best if math.isfinite(times[best]) else "chunked"
    return _fastest[case]


def _seconds(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, kind: str) -> float:
    """Return the time of one call, infinite when the device or the driver cannot do it."""
    try:
        attend(query, key, value, kind)
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        for _ in range(3):
            attend(query, key, value, kind)
        end.record()
        torch.cuda.synchronize(query.device)
        return float(begin.elapsed_time(end))
    except Exception:
        return float("inf")


def _chunked(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    out = query.new_empty(*query.shape[:-1], value.shape[-1])
    across = (query.shape[-1] ** -0.5 * key).transpose(-1, -2)
    for one in range(len(query)):  # one object at a time: its keys stay near
        for begin in range(0, query.shape[2], _CHUNK):
            part = slice(begin, begin + _CHUNK)
            weights = torch.softmax(query[one, :, part] @ across[one], dim=-1)
            out[one, :, part] = weights @ value[one]
    return out


def _sdpa(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, backend: SDPBackend
) -> torch.Tensor:
    with sdpa_kernel(backend):
        return scaled_dot_product_attention(query, key, value)


def _flash(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Attend with values filled up by zeros: flash attention wants one width for all."""
    narrow = value.shape[-1]
    filled = pad(value, (0, query.shape[-1] - narrow))
    return _sdpa(query, key, filled, SDPBackend.FLASH_ATTENTION)[..., :narrow]


@functools.cache
def _flex() -> Callable[..., torch.Tensor]:
    from torch.nn.attention.flex_attention import flex_attention

    compiled: Callable[..., torch.Tensor] = torch.compile(flex_attention)
    return compiled
