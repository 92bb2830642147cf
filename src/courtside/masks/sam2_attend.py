"""Softmax attention with wide keys and narrow values, by whatever is fastest on the device."""

from __future__ import annotations

import functools
import importlib.util
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import pad, scaled_dot_product_attention

# Fused kernels of GPUs, of which the fastest is chosen; flex attention takes long to compile.
FUSED = ("triton", "cudnn", "efficient", "flash")
KINDS = ("whole", "chunked", *FUSED, "flex")

# Queries and keys of one block where attention is computed in blocks: a core's 1 MB of scores
# stays in its cache.
_QUERIES, _KEYS = 512, 512

# Given a number for each of n queries, (n, 1), returns their scores with some keys less that
# number, (n, k).
Scores = Callable[[torch.Tensor], torch.Tensor]
_Part = TypeVar("_Part")


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
        case "whole":  # what the others are measured by, and counted by
            scores = query @ key.transpose(-1, -2)
            return torch.softmax(scores * query.shape[-1] ** -0.5, dim=-1) @ shared
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

    def fill(block: tuple[int, int, slice]) -> None:
        one, head, rows = block
        some = scaled[one, head, rows]
        keys, values = key[one, head].split(_KEYS), value[one, head].split(_KEYS)
        out[one, head, rows] = average(some, [scores_of(some, part) for part in keys], values)

    heads = range(query.shape[1])
    on_cores(fill, itertools.product(range(len(query)), heads, blocks_of(query.shape[2])))
    return out


def blocks_of(count: int) -> list[slice]:
    """Return the blocks of so many queries that one core takes at a time."""
    return [slice(begin, min(begin + _QUERIES, count)) for begin in range(0, count, _QUERIES)]


def on_cores(work: Callable[[_Part], None], parts: Iterable[_Part]) -> None:
    """Do work without gradients on parts, each on a core of its own.

    Cores that share a product wait for each other, for long where other programs run.
    """

    def one(part: _Part) -> None:
        with torch.inference_mode():  # which holds for one thread only
            work(part)

    for _ in _workers(torch.get_num_threads()).map(one, parts):
        pass


@functools.cache
def _workers(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, "attention", torch.set_num_threads, (1,))


def scores_of(query: torch.Tensor, keys: torch.Tensor) -> Scores:
    """Return how scaled queries (n, width) are compared with keys (k, width)."""
    return lambda base: torch.addmm(-base, query, keys.t())


def average(
    query: torch.Tensor, scores: Sequence[Scores], values: Sequence[torch.Tensor]
) -> torch.Tensor:
    """Return the averages of values (k, narrow) for n queries, (n, narrow).

    Args:
        query: (n, any), of the dtype and on the device of the result.
        scores: of each block of keys.
        values: of each block of keys, (k, narrow).
    """
    mean = _weighted(query, scores, values, _highest(query, scores[:1]))
    if bool(torch.isfinite(mean).all()):
        return mean
    # Some score lies so far above those of the first block that its exponential overflows.
    return _weighted(query, scores, values, _highest(query, scores))


def _highest(query: torch.Tensor, scores: Sequence[Scores]) -> torch.Tensor:
    none = query.new_zeros(len(query), 1)
    return torch.stack([score(none).amax(-1, keepdim=True) for score in scores]).amax(0)


def _weighted(
    query: torch.Tensor,
    scores: Sequence[Scores],
    values: Sequence[torch.Tensor],
    base: torch.Tensor,
) -> torch.Tensor:
    """Average with weights exp(score - base): any base gives the same as long as none overflows."""
    total = torch.zeros_like(base)
    mean = query.new_zeros(len(query), values[0].shape[-1])
    for score, some_values in zip(scores, values, strict=True):
        weights = score(base).exp_()
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
