"""Who follows whom: the assignment of the largest total weight, and how sure each link is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.identity.motion import Judge
from courtside.identity.person import Person
from courtside.identity.score import EXCLUDES, Evidence, excluded, odds_by_kind
from courtside.teams.tracks import nth_of

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
# Weight of "followed by nobody": above nothing, because sparse matrices drop zeros.
NOBODY = 1e-6
# Rivals whose log odds are so much lower are left out.
FAR_BEHIND = -4.0


@dataclass(frozen=True)
class Links:
    """Pairs of people, by place, who may be one.

    Attributes:
        first: of each pair (n,).
        second: likewise.
        weights: log odds of one person (n,).
        rules: what speaks most for it (n,), by place among the rules.
    """

    first: Indices
    second: Indices
    weights: Floats
    rules: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.first)

    def of(self, places: Indices) -> Links:
        """Return some of them."""
        first, second = self.first[places], self.second[places]
        return Links(first, second, self.weights[places], self.rules[places])


@dataclass(frozen=True)
class _Rivals:
    """What may stand against chosen links: of which, two people by place, and the log odds."""

    link: Indices
    first: Indices
    second: Indices
    weights: Floats


def confidences(
    people: Sequence[Person], evidence: Evidence, links: Links, judge: Judge
) -> tuple[Links, Floats]:
    """Return the links of the best assignment, and the probability of each beside its rivals."""
    chosen = _assign(links, len(people))
    rivals = _rivals(chosen, links, len(people))
    pairs = np.stack([rivals.first, rivals.second], axis=1)
    apart = _exclude(people, evidence, pairs, judge)
    # The odds of all that would exclude a link, against it.
    against = np.exp(-chosen.weights)
    np.add.at(against, rivals.link[apart], np.exp(rivals.weights[apart]))
    return chosen, np.asarray(1 / (1 + against), np.float64)


def _rivals(chosen: Links, links: Links, count: int) -> _Rivals:
    """Return all that may stand against each chosen link, link after link."""
    kept = np.zeros((2, count))
    kept[0, chosen.first] = kept[1, chosen.second] = chosen.weights
    ends = np.concatenate([links.first, links.second])
    order = np.lexsort((np.tile(np.arange(len(links)), 2), ends))
    begins = np.searchsorted(ends[order], np.arange(count + 1))
    shared = np.stack([chosen.first, chosen.second], axis=1).ravel()
    end = np.stack([chosen.second, chosen.first], axis=1).ravel()
    times = np.diff(begins)[shared]
    asked = np.repeat(np.arange(len(shared)), times)
    nth = nth_of(times)
    rival = order[begins[shared[asked]] + nth] % max(len(links), 1)
    is_first = links.first[rival] == shared[asked]
    other = np.where(is_first, links.second[rival], links.first[rival])
    # The rival is worth less by what its other end would have to give up for it.
    given_up = kept[is_first.astype(int), other]
    worth = links.weights[rival] - given_up - chosen.weights[asked // 2]
    some = np.flatnonzero((other != end[asked]) & (worth > FAR_BEHIND))
    return _Rivals(asked[some] // 2, other[some], end[asked[some]], worth[some])


def _exclude(
    people: Sequence[Person], evidence: Evidence, pairs: Indices, judge: Judge
) -> NDArray[np.bool_]:
    """Return which pairs of places (p, 2) cannot both hold: the two are hardly one person."""
    kinds = odds_by_kind(evidence, pairs[:, 0], pairs[:, 1], judge)
    apart = np.asarray(np.sum([*kinds.values()], axis=0) < EXCLUDES)
    for place in np.flatnonzero(~apart).tolist():
        first, second = pairs[place].tolist()
        apart[place] = excluded(people[first], people[second], judge) is not None
    return apart


def _assign(links: Links, count: int) -> Links:
    """Return the links of the largest total weight, each person at most once at either end."""
    if not len(links):
        return links
    # Imported here: looking begins sooner without.
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    own = np.arange(count)
    rows, columns = np.append(links.first, own), np.append(links.second, count + own)
    weights = np.append(np.maximum(links.weights, NOBODY), np.full(count, NOBODY))
    graph = csr_array((weights, (rows, columns)), shape=(count, 2 * count))
    early, late = min_weight_full_bipartite_matching(graph, maximize=True)
    followed = late < count
    keys = early[followed].astype(np.intp) * count + late[followed]
    # Links are in the order of their pairs.
    return links.of(np.searchsorted(links.first * count + links.second, keys))
