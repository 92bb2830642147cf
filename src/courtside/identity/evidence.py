"""What the reads of a track say about its number: likelihoods over every allowed number.

Reads shortly after one another show nearly the same picture and count together as little more
than one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.identity.pieces import Pieces, sums
from courtside.identity.reading import Reading, reads_of

Floats = NDArray[np.float64]
# Seconds after which what two crops have in common has faded to a third (1/e): a wrong read lasts
# as long as somebody is seen from one side.
MEMORY = 1.0
# Probability that a track's reads are worth nothing, before any is seen.
WORTHLESS = 0.3
# Log odds by which two numbers in turn must explain a track better than one, to split it there:
# about two independent reads of each.
SPLIT_GAIN = 8.0


@dataclass(frozen=True)
class NumberEvidence:
    """Evidence of a number, additive over tracks.

    Attributes:
        log_likelihood: of the reads given each number, against reads worth nothing, shape
            (numbers,). The reads of each track may all be worthless, so that one track can
            speak against a number no louder than that.
        votes: independent views that read it, for each number, shape (numbers,).
    """

    log_likelihood: Floats
    votes: Floats

    def posterior(self, allowed: Floats | None = None) -> Floats:
        """Return the probability of each number, shape (numbers,); even where nothing was read.

        Args:
            allowed: 1 for numbers that may be worn, 0 for others; null for all.
        """
        return posteriors(self.log_likelihood, allowed)


def posteriors(log_likelihood: Floats, allowed: Floats | None = None) -> Floats:
    """Return the probability of each of m numbers or teams (..., m); `allowed` as above (m,)."""
    if not log_likelihood.shape[-1]:
        return log_likelihood
    weights = np.exp(log_likelihood - log_likelihood.max(axis=-1, keepdims=True))
    weights = weights if allowed is None else weights * allowed
    total = weights.sum(axis=-1, keepdims=True)
    return np.asarray(weights / np.maximum(total, 1e-300), np.float64)


def add(parts: Iterable[NumberEvidence], count: int) -> NumberEvidence:
    """Return the evidence of several tracks of one person together."""
    log_likelihood, votes = np.zeros(count), np.zeros(count)
    for part in parts:
        log_likelihood, votes = log_likelihood + part.log_likelihood, votes + part.votes
    return NumberEvidence(log_likelihood, votes)


def weigh(pieces: Pieces, reading: Reading) -> list[NumberEvidence]:
    """Return the evidence of each piece of a track, rows in the order of time.

    Rows without a read, and tables that lack `readable tens ones`, say nothing.
    """
    log_odds, votes, read = _row_evidence(pieces, reading)
    begins = np.searchsorted(read, pieces.begins)
    total = sums(log_odds, begins)
    worth = np.logaddexp(np.log(WORTHLESS), np.log(1 - WORTHLESS) + total)
    return [NumberEvidence(*told) for told in zip(worth, sums(votes, begins), strict=True)]


def find_changes(pieces: Pieces, reading: Reading) -> list[list[tuple[int, int]]]:
    """Return where each track went over to another number: last row read before, first after.

    Both stretches must be explained so much better by numbers of their own that a run of wrong
    reads is not enough.
    """
    log_odds, _, read = _row_evidence(pieces, reading)
    bounds = np.append(np.searchsorted(read, pieces.begins), len(read)).tolist()
    found = []
    for begin, first, last in zip(pieces.begins.tolist(), bounds, bounds[1:], strict=False):
        changes = change_points(log_odds[first:last], np.full(last - first, SPLIT_GAIN))
        own = (read[first:last] - begin).tolist()
        found.append([(own[at - 1], own[at]) for at in changes])
    return found


def change_points(log_odds: Floats, least: Floats) -> list[int]:
    """Return where one explanation gives way to another, by binary segmentation.

    Args:
        log_odds: of each explanation in each row, shape (rows, explanations).
        least: gain in log odds that a change must bring, for each row that may begin it (rows,).
    """
    if len(log_odds) < 2:
        return []
    before = np.cumsum(log_odds, axis=0)[:-1]
    total = log_odds.sum(axis=0)
    gain = before.max(axis=1) + (total - before).max(axis=1) - total.max()
    best = int(np.argmax(gain - least[1:])) + 1
    if gain[best - 1] < least[best]:
        return []
    later = [best + at for at in change_points(log_odds[best:], least[best:])]
    return [*change_points(log_odds[:best], least[:best]), best, *later]


def _row_evidence(pieces: Pieces, reading: Reading) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Return log odds and votes (reads, numbers), and which rows were read."""
    rows, read = pieces.rows, reads_of(pieces.rows)
    if not len(read):
        return np.zeros((0, len(reading.numbers))), np.zeros((0, len(reading.numbers))), read
    readable = rows["readable"][read].astype(np.float64)
    joint = reading.joint(rows["tens"][read], rows["ones"][read])
    begins = np.searchsorted(read, pieces.begins)
    weights = independence(rows["time"][read], readable, begins=begins)[:, None]
    likely = readable[:, None] * reading.ratio(joint)
    return (
        weights * np.log(likely + 1 - readable[:, None]),
        weights * readable[:, None] * joint,
        read,
    )


def independence(
    times: Floats,
    readable: Floats,
    memory: float = MEMORY,
    begins: NDArray[np.intp] | None = None,
) -> Floats:
    """Return how many independent views each read is worth, above 0 to 1.

    One over the readable views in its neighbourhood, which fade with the time between. Where
    another track `begins` nothing is in common.
    """
    gaps = np.diff(times)
    if begins is not None:
        gaps[begins[(begins > 0) & (begins < len(times))] - 1] = np.inf
    fade = np.exp(-gaps / memory).tolist()
    before = _faded(readable.tolist(), fade)
    after = _faded(readable.tolist()[::-1], fade[::-1])[::-1]
    views = np.array(before) + np.array(after) - readable
    return np.asarray(1 / np.maximum(views, 1.0), np.float64)


def _faded(readable: list[float], fade: list[float]) -> list[float]:
    """Return of each read how readable it and those before are, which fade.

    Lists: most tracks are short, and NumPy takes longer to reach one number.
    """
    total = readable[:1]
    for own, kept in zip(readable[1:], fade, strict=True):
        total.append(own + total[-1] * kept)
    return total
