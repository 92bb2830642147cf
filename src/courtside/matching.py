"""The assignment of rows to columns. SciPy's optimisers take 0.3 s to load: when first needed."""

import numpy as np
from numpy.typing import NDArray


def assign(
    costs: NDArray[np.floating] | NDArray[np.integer], maximize: bool = False
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of the pairs with the least total cost (or the largest).

    Args:
        costs: (n, m); min(n, m) pairs are made.
        maximize: take costs for gains.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(costs, maximize=maximize)
    return rows, columns
