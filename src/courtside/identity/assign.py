"""Who follows whom: the assignment of the largest total weight, and how sure each link is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.identity.motion import Judge
from courtside.identity.person import Person
from courtside.identity.score import EXCLUDES, Evidence, excluded, odds_by_kind

# Weight of "followed by nobody": above nothing, because sparse matrices drop zeros.
NOBODY = 1e-6
# Rivals whose log odds are so much lower are left out.
FAR_BEHIND = -4.0


@dataclass(frozen=True, slots=True)
class Link:
    """Two people, by place, who may be one: log odds, and the rule that speaks most for it."""

    first: int
    second: int
    weight: float
    rule: str


@dataclass(frozen=True, slots=True)
class _Rival:
    """What may stand against a chosen link, by place: two people, and the log odds of it."""

    link: int
    first: int
    second: int
    weight: float


def confidences(
    people: Sequence[Person], evidence: Evidence, links: Sequence[Link], judge: Judge
) -> list[tuple[Link, float]]:
    """Return the links of the best assignment, each with its probability beside its rivals."""
    chosen = _assign(links, len(people))
    rivals = _rivals(chosen, links)
    pairs = np.array([(rival.first, rival.second) for rival in rivals], np.intp).reshape(-1, 2)
    # The odds of all that would exclude a link, against it.
    against = [float(np.exp(-link.weight)) for link in chosen]
    for rival, apart in zip(rivals, _exclude(people, evidence, pairs, judge), strict=True):
        if apart:
            against[rival.link] += float(np.exp(rival.weight))
    return [(link, 1 / (1 + odds)) for link, odds in zip(chosen, against, strict=True)]


def _rivals(chosen: Sequence[Link], links: Sequence[Link]) -> list[_Rival]:
    """Return all that may stand against each chosen link, link after link."""
    kept = {(link.first, True): link.weight for link in chosen}
    kept |= {(link.second, False): link.weight for link in chosen}
    of_end: dict[int, list[Link]] = {}
    for link in links:
        of_end.setdefault(link.first, []).append(link)
        of_end.setdefault(link.second, []).append(link)
    found = []
    for place, link in enumerate(chosen):
        for shared, end in ((link.first, link.second), (link.second, link.first)):
            for rival in of_end[shared]:
                other = rival.second if rival.first == shared else rival.first
                # The rival is worth less by what its other end would have to give up for it.
                worth = rival.weight - kept.get((other, rival.first == other), 0.0) - link.weight
                if other != end and worth > FAR_BEHIND:
                    found.append(_Rival(place, other, end, worth))
    return found


def _exclude(
    people: Sequence[Person], evidence: Evidence, pairs: NDArray[np.intp], judge: Judge
) -> list[bool]:
    """Return which pairs of places (p, 2) cannot both hold: the two are hardly one person."""
    kinds = odds_by_kind(evidence, pairs[:, 0], pairs[:, 1], judge)
    differ = np.sum([*kinds.values()], axis=0) < EXCLUDES
    return [
        apart or excluded(people[first], people[second], judge) is not None
        for (first, second), apart in zip(pairs.tolist(), differ.tolist(), strict=True)
    ]


def _assign(links: Sequence[Link], count: int) -> list[Link]:
    """Return the links of the largest total weight, each person at most once at either end."""
    if not links:
        return []
    # Imported here: looking begins sooner without.
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    of_pair = {(link.first, link.second): link for link in links}
    own = np.arange(count)
    rows = np.concatenate([[link.first for link in links], own])
    columns = np.concatenate([[link.second for link in links], count + own])
    weights = np.concatenate([[max(link.weight, NOBODY) for link in links], np.full(count, NOBODY)])
    graph = csr_array((weights, (rows, columns)), shape=(count, 2 * count))
    early, late = min_weight_full_bipartite_matching(graph, maximize=True)
    pairs = zip(early.tolist(), late.tolist(), strict=True)
    return [of_pair[pair] for pair in pairs if pair in of_pair]
