"""One summary a track: what its frames say together about kit and kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courtside.sightings import Sightings
from courtside.teams.look import KIT_WIDTH, PEOPLE

Kits = NDArray[np.float64]
Weights = NDArray[np.float64]
Places = NDArray[np.intp]
# Rows of kits that are worked on at once.
CHUNK = 50_000
# The same where tracks are measured many at once: an hour has half a million rows, and what fits
# the cache is quick.
AT_ONCE = 2_000
# What is read here, so that nothing else is copied: the required columns, and these.
READ = ("frame", "time", "segment", "kind", "x1", "y1", "x2", "y2", "track", "score", "visibility",
        "kit")  # fmt: skip
# A row followed without a detection still says a little.
FOLLOWED_WEIGHT = 0.1
# Spread of a kit value about one person's own median in broadcast clips, worth so many frames
# beside the video's own; the floor keeps values that hardly vary (a colour nobody wears) from
# counting without bound.
USUAL_NOISE = 0.12
USUAL_FRAMES = 20
LEAST_NOISE = 0.05


@dataclass(frozen=True)
class TrackKits:
    """Tracks of people in the order of their numbers, n of them over m rows.

    Attributes:
        tracks: track numbers (n,).
        kits: weighted median kit of each (n, 36), NaN where never measured.
        frames: rows of each (n,).
        votes: share of player, referee and person among each track's kinds (n, 3).
        noise: typical spread of a person's kit values about the own median (36,).
        row_kits: measured kits (m, 36), as they were stored.
        row_index: for each measured kit its place in `tracks` (m,).
    """

    tracks: NDArray[np.int32]
    kits: Kits
    frames: NDArray[np.int64]
    votes: NDArray[np.float64]
    noise: Kits
    row_kits: NDArray[np.floating[Any]]
    row_index: NDArray[np.int64]


def summarise(rows: Sightings) -> TrackKits:
    """Return what each track of a person looks like; rows need `track`."""
    rows = rows.without(*(name for name in rows.names if name not in READ))
    people = rows.select((rows["track"] >= 0) & np.isin(rows["kind"], PEOPLE))
    people = people.select(np.lexsort((people["x1"], people["frame"], people["track"])))
    tracks, index, frames = np.unique(people["track"], return_inverse=True, return_counts=True)
    score = _score(people)
    votes = np.zeros((len(tracks), len(PEOPLE)))
    for column, kind in enumerate(PEOPLE):
        of_kind = people["kind"] == kind
        votes[:, column] = np.bincount(index, score * of_kind, minlength=len(tracks))
    votes /= np.maximum(votes.sum(axis=1, keepdims=True), 1e-9)
    return _with_kits(people, tracks, index, frames, votes)


def _with_kits(
    people: Sightings,
    tracks: NDArray[np.int32],
    index: NDArray[np.int64],
    frames: NDArray[np.int64],
    votes: NDArray[np.float64],
) -> TrackKits:
    all_kits = people["kit"] if "kit" in people else np.full((len(people), KIT_WIDTH), np.nan)
    seen = ~np.isnan(all_kits[:, 0]) if all_kits.shape[1] else np.zeros(len(people), bool)
    measured = people.select(seen)
    row_kits, row_index = all_kits[seen].reshape(-1, KIT_WIDTH), index[seen]
    weights = _weights(measured)
    kits = np.full((len(tracks), KIT_WIDTH), np.nan)
    for _, own in as_many(np.unique(row_index, return_counts=True)[1]):
        medians = weighted_median(row_kits[own].astype(np.float64), weights[own])
        kits[row_index[own[:, 0]]] = medians
    noise = _noise(row_kits, kits, row_index)
    return TrackKits(tracks, kits, frames, votes, noise, row_kits, row_index)


def as_many(counts: NDArray[np.int64]) -> Iterator[tuple[Places, Places]]:
    """Yield groups of as many rows, some at a time: which groups (g,), and their rows (g, n).

    Args:
        counts: rows of each group, one group after the other (p,).
    """
    begins = np.cumsum(counts) - counts
    for count in np.unique(counts).tolist():
        groups = np.flatnonzero(counts == count)
        for some in np.array_split(groups, len(groups) * count // AT_ONCE + 1):
            yield some, begins[some][:, None] + np.arange(count)


def nth_of(counts: NDArray[np.int64]) -> Places:
    """Return 0 to n - 1 for each n of `counts`, one after the other."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def weighted_median(values: Kits, weights: Weights | None = None) -> Kits:
    """Return the weighted median of each column of (..., n, d), NaN left out; NaN for none."""
    if weights is None:
        return _median(values)
    order = np.argsort(values, axis=-2, kind="stable")  # NaN goes last
    ordered = np.take_along_axis(values, order, axis=-2)
    weight = np.take_along_axis(np.broadcast_to(weights[..., None], values.shape), order, axis=-2)
    passed = np.cumsum(np.where(np.isnan(ordered), 0.0, weight), axis=-2)
    middle = np.argmax(passed >= passed[..., -1:, :] / 2, axis=-2)
    result: Kits = np.take_along_axis(ordered, middle[..., None, :], axis=-2)[..., 0, :]
    return np.where(passed[..., -1, :] > 0, result, np.nan)


def _median(values: Kits) -> Kits:
    """Return the lower median of each column, NaN values left out; NaN for none."""
    ordered = np.sort(values, axis=-2)  # NaN goes last
    middle = np.maximum((~np.isnan(values)).sum(axis=-2) - 1, 0) // 2
    found: Kits = np.take_along_axis(ordered, middle[..., None, :], axis=-2)[..., 0, :]
    return found


def _score(people: Sightings) -> Weights:
    score = people["score"] if "score" in people else np.ones(len(people))
    return np.where(np.isnan(score), FOLLOWED_WEIGHT, score).astype(np.float64)


def _weights(people: Sightings) -> Weights:
    """Weigh by score, visibility and size: large, free people show their kit best."""
    seen = people["visibility"] if "visibility" in people else np.ones(len(people))
    height = np.maximum(people["y2"] - people["y1"], 1.0)
    visible = np.where(np.isnan(seen), 1.0, seen)
    return np.asarray(_score(people) * visible * np.sqrt(height) + 1e-6, np.float64)


def _noise(row_kits: NDArray[np.floating[Any]], kits: Kits, row_index: NDArray[np.int64]) -> Kits:
    """Return the spread of each kit value within tracks.

    It starts from a usual spread, so that few or one-frame tracks do not pretend to be exact.
    """
    tracks, noise = np.unique(row_index).size, np.empty(kits.shape[1])
    for column in range(len(noise)):  # one at a time: an hour has half a million rows
        difference = row_kits[:, column] - kits[row_index, column]
        free = max(int((~np.isnan(difference)).sum()) - tracks, 0)
        squares = np.nansum(difference**2) + USUAL_FRAMES * USUAL_NOISE**2
        noise[column] = np.sqrt(squares / (free + USUAL_FRAMES))
    return np.asarray(np.maximum(noise, LEAST_NOISE), np.float64)


def by_chunks(measure: Callable[[Kits], Kits], kits: NDArray[np.floating[Any]]) -> Kits:
    """Return what a function says of each row of kits (m, 36), some at a time to save memory."""
    parts = np.array_split(kits, len(kits) // CHUNK + 1)
    return np.concatenate([measure(part.astype(np.float64)) for part in parts])


def root_mean_square(values: Kits) -> Kits:
    """Return the root of the mean square over the last axis, NaN values left out, 0 for none."""
    known = np.maximum((~np.isnan(values)).sum(axis=-1), 1)
    return np.asarray(np.sqrt(np.nansum(values**2, axis=-1) / known), np.float64)
