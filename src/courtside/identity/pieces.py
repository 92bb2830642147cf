"""Rows of many tracks, or parts of tracks, put one after the other and measured at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.sightings import Sightings
from courtside.teams.tracks import AT_ONCE

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Pieces:
    """Pieces of a table, none of them empty.

    Attributes:
        rows: of all pieces, one piece after the other.
        begins: place of each piece's first row (p,).
    """

    rows: Sightings
    begins: Places

    @property
    def counts(self) -> Places:
        """How many rows each has (p,)."""
        return np.diff(self.begins, append=len(self.rows))

    @property
    def lasts(self) -> Places:
        """Place of each piece's last row (p,)."""
        return self.begins + self.counts - 1

    def each(self) -> Iterator[Sightings]:
        """Yield the rows of each piece."""
        for begin, last in zip(self.begins.tolist(), self.lasts.tolist(), strict=True):
            yield self.rows.between(begin, last + 1)


def in_pieces(rows: Sightings, places: Sequence[Places]) -> Iterator[Pieces]:
    """Yield the pieces of a table, some at a time in their order.

    Args:
        rows: the table.
        places: of the rows of each piece, none of them empty.
    """
    ends = np.cumsum([len(own) for own in places])
    groups = np.flatnonzero(np.diff((ends - 1) // AT_ONCE)) + 1
    for some in np.split(np.arange(len(places)), groups) if len(places) else []:
        own = [places[index] for index in some.tolist()]
        begins = ends[some] - ends[some[0]] + len(own[0]) - [len(part) for part in own]
        yield Pieces(rows.select(np.concatenate(own)), begins)


def sums(values: Floats, begins: Places) -> Floats:
    """Return the sum of the rows (n, d) of each piece (p, d); pieces may be empty here."""
    found = np.zeros((len(begins), *values.shape[1:]))
    some = np.diff(begins, append=len(values)) > 0
    if some.any():
        found[some] = np.add.reduceat(values, begins[some], axis=0)
    return found
