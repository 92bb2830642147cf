"""IDF1: the share of sightings under the right identity, one identity each for the whole clip."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.evaluate.matching import PERSON_IOU, Matches, overlaps
from courtside.matching import assign
from courtside.sightings import Sightings
from courtside.store.people import identities


def idf1(matches: Matches) -> float | None:
    """Return IDF1 at IoU 0.5, null when there is nobody in truth and run.

    Ristani et al., Performance measures and a data set for multi-target, multi-camera tracking,
    2016: identities are assigned one to one over all frames so that most sightings agree.
    """
    total = len(matches.truth) + len(matches.found)
    if total == 0:
        return None
    agreed = agreements(matches)
    rows, columns = assign(agreed, maximize=True)
    return 2 * float(agreed[rows, columns].sum()) / total


def agreements(matches: Matches) -> NDArray[np.int64]:
    """Return in how many frames each true identity overlaps each of the run's."""
    _, truth = np.unique(names(matches.truth), return_inverse=True)
    _, found = np.unique(names(matches.found), return_inverse=True)
    agreed = np.zeros((truth.max(initial=-1) + 1, found.max(initial=-1) + 1), np.int64)
    for first, second, overlap in overlaps(matches.truth, matches.found):
        i, j = np.nonzero(overlap >= PERSON_IOU)
        # A run that shows one person twice in a frame is right once: NumPy adds 1 a place here.
        agreed[truth[first[i]], found[second[j]]] += 1
    return agreed


def names(rows: Sightings) -> NDArray[np.int64]:
    """Return who each row shows; a row that says nothing is somebody of its own."""
    players = 1 + int(rows["player"].max(initial=-1)) if "player" in rows else 0
    said = identities(rows, players)
    return np.where(said >= 0, said, -1 - np.arange(len(rows)))
