"""Attention to memories on a CPU, row by row of the grid: the same scores from shorter keys.

A key is R_x (W_x m + b_x) beside R_y (W_y m + b_y), where m is a memory of 64 numbers, both halves
have 128, and R_x and R_y turn by the memory's column and row (axial rotary encoding). All memories
of one row turn alike there, so the second half of their scores,

    q_y . R_y (W_y m + b_y) = (W_y^T R_y^T q_y) . m + q_y . R_y b_y,

needs each query projected to 64 numbers once a row, and m itself instead of a key: products of 192
numbers instead of 256, and half of the keys need not be made.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import linear

from courtside.masks.sam2_attend import Scores, average, blocks_of, on_cores, scores_of


@dataclass(frozen=True)
class Rows:
    """How the memories of a layer are compared with queries, row by row.

    Attributes:
        part: the attention with its `k_proj`.
        columns: turns of the first halves of keys in a row, (columns, half / 2) complex.
        folds: what projects second halves of queries, (rows, half, 64).
        shifts: second halves of the keys of empty memories, (half, rows).
    """

    part: torch.nn.Module
    columns: torch.Tensor
    folds: torch.Tensor
    shifts: torch.Tensor


def rows_of(part: torch.nn.Module, turns: torch.Tensor, columns: int) -> Rows:
    """Return the rows of a layer.

    Args:
        part: an attention of one head.
        turns: rotary angles of the grid, (n, channels / 2, 2).
        columns: of the grid.
    """
    grid = torch.view_as_complex(turns).unflatten(0, (-1, columns))
    along, down = grid[0].chunk(2, dim=1)[0], grid[:, 0].chunk(2, dim=1)[1]
    second = torch.cat([part.k_proj.weight, part.k_proj.bias[:, None]], dim=1).chunk(2)[1]
    pairs = torch.view_as_complex(second.t().unflatten(1, (-1, 2)).contiguous())
    turned = torch.view_as_real(pairs * down[:, None]).flatten(2).transpose(1, 2)
    return Rows(part, along, turned[..., :-1].contiguous(), turned[..., -1].t().contiguous())


def attend_by_rows(
    rows: Rows, query: torch.Tensor, memories: torch.Tensor, values: torch.Tensor, spatial: int
) -> torch.Tensor:
    """Return the averages of the values under softmax(query key / sqrt(width)), (b, n, narrow).

    Args:
        rows: of `rows_of`.
        query: turned, (1, n, width) or one set for each object, (b, n, width).
        memories: with the encodings of their places, (b, m, 64).
        values: (b, m, narrow).
        spatial: how many of the memories, from the first on, lie on the grid, grid after grid.
    """
    out = query.new_empty(len(memories), query.shape[1], values.shape[2])
    scaled = (query * query.shape[2] ** -0.5).expand(len(memories), -1, -1)
    for tensors in zip(scaled, memories, values, out, strict=True):
        _attend_one(rows, *tensors, spatial)
    return out


def _attend_one(
    rows: Rows,
    query: torch.Tensor,
    memories: torch.Tensor,
    values: torch.Tensor,
    out: torch.Tensor,
    spatial: int,
) -> None:
    """Do it for one object."""
    keys = _keys(rows, _by_rows(rows, memories[:spatial]))
    flat = linear(memories[spatial:], rows.part.k_proj.weight, rows.part.k_proj.bias)
    averaged = [*_by_rows(rows, values[:spatial]), values[spatial:]]

    def fill(block: slice) -> None:
        scores = [*_scores(rows, query[block], keys), scores_of(query[block], flat)]
        out[block] = average(query[block], scores, averaged)

    on_cores(fill, blocks_of(len(query)))


def _by_rows(rows: Rows, tokens: torch.Tensor) -> torch.Tensor:
    """Return the tokens of grids, (grids * n, 64), by row, (rows, grids * columns, 64)."""
    grid = tokens.unflatten(0, (-1, len(rows.folds), len(rows.columns)))
    return grid.transpose(0, 1).flatten(1, 2)


def _keys(rows: Rows, memories: torch.Tensor) -> torch.Tensor:
    """Return first halves of keys, and memories for their second, (rows, k, half + 64)."""
    half = rows.folds.shape[1]
    weight, bias = rows.part.k_proj.weight[:half], rows.part.k_proj.bias[:half]
    keys = memories.new_empty(*memories.shape[:2], half + memories.shape[2])
    keys[..., half:] = memories
    for row, found in zip(memories, keys, strict=True):  # one at a time stays in the cache
        pairs = torch.view_as_complex(linear(row, weight, bias).unflatten(1, (-1, 2)))
        turned = pairs.unflatten(0, (-1, len(rows.columns))) * rows.columns
        found[:, :half] = torch.view_as_real(turned.flatten(0, 1)).flatten(1)
    return keys


def _scores(rows: Rows, query: torch.Tensor, keys: torch.Tensor) -> list[Scores]:
    """Return how scaled queries (n, width) are compared with each row of keys."""
    first, second = query.chunk(2, dim=1)
    longer = query.new_empty(len(query), keys.shape[2])
    longer[:, : first.shape[1]] = first
    shifts = second @ rows.shifts

    def of(row: int) -> Scores:
        def scores(base: torch.Tensor) -> torch.Tensor:
            torch.mm(second, rows.folds[row], out=longer[:, first.shape[1] :])
            return torch.addmm(shifts[:, row : row + 1] - base, longer, keys[row].t())

        return scores

    return [of(row) for row in range(len(keys))]
