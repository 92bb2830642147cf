"""Two teams from SigLIP embeddings: UMAP to three dimensions and K-means, the same in every run."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from courtside.errors import missing_extra
from courtside.sightings import Sightings
from courtside.teams.clusters import two_means

SEED, DIMENSIONS = 0, 3
# UMAP's graph needs neighbours; below so many looks a linear projection does.
LEAST_FOR_UMAP = 12
LEAST_LOOKS = 4


class Sides(NamedTuple):
    """Of n tracks: whether each is of the second team, and how certain that is, 0.5 to 1."""

    second: NDArray[np.bool_]
    certainty: NDArray[np.float64]


def sides_by_look(
    rows: Sightings, tracks: NDArray[np.int32], players: NDArray[np.bool_]
) -> Sides | None:
    """Return the side of each track, null where too little was looked at.

    Args:
        rows: sightings of the whole video with `track` and, where looked at, `torso`.
        tracks: numbers, (n,).
        players: which of them are players, (n,); the others teach nothing and are uncertain.

    Raises:
        MachineError: when umap-learn is not installed.
    """
    if "torso" not in rows or rows["torso"].shape[1] == 0:
        return None
    looked = ~np.isnan(rows["torso"][:, 0]) & np.isin(rows["track"], tracks[players])
    seen = rows.select(looked)
    # By time and place, so that the result does not hang on the numbering of tracks.
    seen = seen.select(np.lexsort((seen["x1"], seen["frame"])))
    if len(seen) < LEAST_LOOKS or len(np.unique(seen["track"])) < 2:
        return None
    flat = project(seen["torso"].astype(np.float64))
    centres = two_means(flat, np.ones(len(flat)))
    cluster = np.linalg.norm(flat[:, None] - centres, axis=2).argmin(axis=1)
    first = cluster == cluster[0]
    place = np.searchsorted(tracks, seen["track"])
    counts = np.bincount(place, minlength=len(tracks))
    firsts = np.bincount(place, first, minlength=len(tracks))
    # One look more of either kind, so that a single look cannot be certain.
    share = (firsts + 1) / (counts + 2)
    certainty = np.where(counts > 0, np.maximum(share, 1 - share), 0.5)
    return Sides(share < 0.5, certainty)


def project(embeddings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return embeddings (n, d) in three dimensions, near ones near, by UMAP with a fixed seed.

    Raises:
        MachineError: when umap-learn is not installed.
    """
    if len(embeddings) < LEAST_FOR_UMAP:
        centred = embeddings - embeddings.mean(axis=0)
        axes = np.linalg.svd(centred, full_matrices=False)[2]
        return np.asarray(centred @ axes[:DIMENSIONS].T, np.float64)
    try:
        from umap import UMAP
    except ImportError:
        raise missing_extra("umap-learn", "sam2", "telling teams by SigLIP") from None
    neighbours = min(15, len(embeddings) - 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a fixed seed forbids threads
        umap = UMAP(
            n_components=DIMENSIONS, n_neighbors=neighbours, metric="cosine", random_state=SEED
        )
        return np.asarray(umap.fit_transform(embeddings), np.float64)
