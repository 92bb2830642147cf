"""Softmax attention with wide keys and narrow values, by whatever is fastest on the device."""

from __future__ import annotations

import functools
import importlib.util
import itertools
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import pad, scaled_dot_product_attention

# Fused kernels of GPUs, of which the fastest is chosen; flex attention takes long to compile.
FUSED = ("triton", "cudnn", "efficient", "flash")
KINDS = ("chunked", *FUSED, "flex")

# Queries and keys of one block where attention is computed in blocks: a core's 1 MB of scores
# stays in its cache.
_QUERIES, _KEYS = 512, 512


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, kind: str = "auto"
) -> torch.Tensor:
    """Return the average of the values under softmax(query key / sqrt(width)).

    Args:
        query: (b, heads, n, width).
        key: (b, heads, m, width).
        value: shared by the heads, (b, m, narrow).
        kind: one of `KINDS`; `auto` takes the fastest.

    Returns:
        (b, heads, n, narrow).
    """
    if kind == "auto":
        kind = fastest(query, key, value)
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
    """Return the kind that takes least time for tensors of these shapes; timed once on a GPU."""
    if query.device.type == "cpu":
        # In half precision the library's kernel keeps scores in float32, and is a little faster.
        return "chunked" if query.dtype == torch.float32 else "flash"
    # Memories fill one by one: the choice is made once per width, not per number of memories.
    case = (query.device, query.dtype, query.shape[1:], value.shape[-1])
    if case not in _fastest:
        # The others would round float32 to TF32.
        kinds = ("efficient",) if query.dtype == torch.float32 else FUSED
        times = {kind: _seconds(query, key, value, kind) for kind in kinds}
        best = min(times, key=times.__getitem__)
        _fastest[case] = best if math.isfinite(times[best]) else "chunked"
    return _fastest[case]


def has_kernels(tensor: torch.Tensor) -> bool:
    """Say whether our Triton kernels run where this tensor lies: on GPUs from Ampere on."""
    return tensor.device.type == "cuda" and _kernels_on(tensor.device)


@functools.cache
def _kernels_on(device: torch.device) -> bool:
    installed = importlib.util.find_spec("triton") is not None
    return installed and torch.cuda.get_device_capability(device) >= (8, 0)


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
    """Attend block by block, each core at its own; scores are held for these blocks only."""
    out = query.new_empty(*query.shape[:-1], value.shape[-1])
    scaled = query * query.shape[-1] ** -0.5

    def fill(block: tuple[int, int, int]) -> None:
        one, head, begin = block
        rows = slice(begin, begin + _QUERIES)
        with torch.inference_mode():  # which holds for one thread only
            out[one, head, rows] = _average(
                scaled[one, head, rows], key[one, head], value[one, head]
            )

    begins = range(0, query.shape[2], _QUERIES)
    blocks = itertools.product(range(len(query)), range(query.shape[1]), begins)
    for _ in _workers(torch.get_num_threads()).map(fill, blocks):
        pass
    return out


@functools.cache
def _workers(count: int) -> ThreadPoolExecutor:
    """Return threads that compute on one core each: cores that share a product wait for each other,
    for long where other programs run."""
    return ThreadPoolExecutor(count, "attention", torch.set_num_threads, (1,))


def _average(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Return the average (n, narrow) for scaled queries, block of keys by block."""
    keys, values = key.split(_KEYS), value.split(_KEYS)
    mean = _weighted(query, keys, values, _highest(query, keys[:1]))
    # On the meta device, where work is only counted, nothing overflows.
    if mean.is_meta or bool(torch.isfinite(mean).all()):
        return mean
    # Some score lies so far above those of the first block that its exponential overflows.
    return _weighted(query, keys, values, _highest(query, keys))


_Blocks = tuple[torch.Tensor, ...]


def _highest(query: torch.Tensor, keys: _Blocks) -> torch.Tensor:
    return torch.stack([(query @ block.t()).amax(-1, keepdim=True) for block in keys]).amax(0)


def _weighted(
    query: torch.Tensor, keys: _Blocks, values: _Blocks, base: torch.Tensor
) -> torch.Tensor:
    """Average with weights exp(score - base): any base gives the same as long as none overflows."""
    total = torch.zeros_like(base)
    mean = query.new_zeros(len(query), values[0].shape[-1])
    for some_keys, some_values in zip(keys, values, strict=True):
        weights = (query @ some_keys.t()).sub_(base).exp_()
        total += weights.sum(-1, keepdim=True)
        mean.addmm_(weights, some_values)
    return mean / total


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
