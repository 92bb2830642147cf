"""Everybody of one group paired with everybody of another: the probability of each pair.

The sum over all ways to pair them is taken row by row over the sets of columns already taken, from
the front and from the back (forward-backward).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def pair_probabilities(worth: Floats, lone_row: float, lone_column: float) -> Floats:
    """Return the probability of each pair among all ways to pair rows with columns, (n, m).

    A way weighs the product of its pairs' worths and of what is left without a partner.

    Args:
        worth: of each pair (n, m), 0 where it cannot be; n and m are a few.
        lone_row: worth of a row without a partner.
        lone_column: worth of a column without a partner.
    """
    count, width = worth.shape
    front, back = _from_front(worth, lone_row), _from_back(worth, lone_row, lone_column)
    share = np.zeros_like(worth)
    for row, column in np.ndindex(count, width):
        free = np.array([taken for taken in range(1 << width) if not taken >> column & 1])
        ways = front[row][free] @ back[row + 1][free | 1 << column]
        share[row, column] = worth[row, column] * ways
    return np.asarray(share / back[0][0], np.float64)


def _from_front(worth: Floats, lone: float) -> list[Floats]:
    """Return for each row what all ways to pair the rows before it weigh, by columns taken."""
    sums = [np.zeros(1 << worth.shape[1])]
    sums[0][0] = 1.0
    for row in worth:
        after = sums[-1] * lone
        for column, pair in enumerate(row.tolist()):
            for taken in range(len(after)):
                if taken >> column & 1:
                    after[taken] += pair * sums[-1][taken ^ 1 << column]
        sums.append(after)
    return sums


def _from_back(worth: Floats, lone_row: float, lone_column: float) -> list[Floats]:
    """Return for each row what all ways to pair it and those after it weigh, by columns taken."""
    width = worth.shape[1]
    left = [width - taken.bit_count() for taken in range(1 << width)]
    sums = [np.power(lone_column, left, dtype=np.float64)]
    for row in worth[::-1]:
        before = sums[0] * lone_row
        for column, pair in enumerate(row.tolist()):
            for taken in range(len(before)):
                if not taken >> column & 1:
                    before[taken] += pair * sums[0][taken | 1 << column]
        sums.insert(0, before)
    return sums
