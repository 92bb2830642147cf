"""How the number reader errs: what it reads of half-hidden numbers, and where there is none.

A read is modelled as the right number, a part of it (a half-hidden "12" looks like "1" or "2"),
or anything at all; so a wrong read costs, but never rules out. "Anything" is not even: what a
reader says when in doubt (a "1" in every fold) is learned from its own doubtful reads, so that it
takes more of those to be believed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from courtside.sightings import Sightings

Floats = NDArray[np.float64]
# Share of readable crops that are read as something else altogether. Above what the reader errs
# on single crops, because its errors come in runs.
WRONG = 0.3
# Share of reads of a two-digit number that show one digit only.
PARTIAL = 0.12
# Share of one-digit numbers among doubtful reads, and how many reads that is worth beside those
# of the video itself.
SINGLE = 0.3
USUAL_READS = 30.0
# A read whose likeliest number is less probable than this is doubtful.
DOUBTFUL = 0.3
# Reads that are worked on at once: an hour has half a million.
CHUNK = 20_000


@dataclass(frozen=True)
class Reading:
    """Every number that may be worn, and how often each is read by chance.

    Attributes:
        numbers: in a fixed order.
        chance: share of each among doubtful reads (numbers,), sums to 1.
    """

    numbers: tuple[str, ...]
    chance: Floats

    def joint(self, tens: Floats, ones: Floats) -> Floats:
        """Return the probability of each number (n, numbers) from digits, blank tens first."""
        first, last = self._digits
        return np.asarray(tens[:, first] * ones[:, last], np.float64)

    def ratio(self, joint: Floats) -> Floats:
        """Return how much likelier reads (n, numbers) are of each number than by chance."""
        lift = joint / self.chance
        part = np.where(self._two, PARTIAL, 0.0)  # of a single digit no part can be hidden
        single = np.concatenate([lift, np.zeros((len(lift), 1))], axis=1)
        alone = (single.take(self._singles[0], axis=1) + single.take(self._singles[1], axis=1)) / 2
        return np.asarray((1 - WRONG - part) * lift + part * alone + WRONG, np.float64)

    @cached_property
    def _two(self) -> NDArray[np.bool_]:
        return np.array([len(number) == 2 for number in self.numbers])

    @cached_property
    def _digits(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return each number's place among tens, blank first, and among ones."""
        tens = [0 if len(number) == 1 else 1 + int(number[0]) for number in self.numbers]
        return np.array(tens, np.intp), np.array([int(n[-1]) for n in self.numbers], np.intp)

    @cached_property
    def _singles(self) -> list[NDArray[np.intp]]:
        """Return where each number's first and last digit stands alone; past all: nowhere."""
        place = {number: index for index, number in enumerate(self.numbers)}
        nowhere = len(self.numbers)
        return [
            np.array([place.get(n[digit], nowhere) if len(n) == 2 else nowhere for n in place])
            for digit in (0, -1)
        ]


def allowed_numbers(numbers: Iterable[str]) -> tuple[str, ...]:
    """Return numbers in a fixed order: by value, "0" before "00"."""
    return tuple(sorted(numbers, key=lambda number: (int(number), len(number))))


def learn_reading(rows: Sightings, numbers: tuple[str, ...]) -> Reading:
    """Return how a reader errs in this video, from its doubtful reads."""
    single = np.array([len(number) == 1 for number in numbers])
    usual = np.where(single, SINGLE / max(single.sum(), 1), (1 - SINGLE) / max((~single).sum(), 1))
    read, seen = reads_of(rows), np.zeros(len(numbers))
    for some in np.array_split(read, len(read) // CHUNK + 1) if len(read) else []:
        seen += _doubts(rows, some, Reading(numbers, usual))
    return Reading(numbers, _mixed(USUAL_READS * usual + seen))


def _doubts(rows: Sightings, read: NDArray[np.intp], reading: Reading) -> Floats:
    """Return how often each number is read by the doubtful among reads (numbers,)."""
    joint = reading.joint(rows["tens"][read], rows["ones"][read])
    doubtful = joint.max(axis=1) < DOUBTFUL
    return np.asarray(rows["readable"][read][doubtful] @ joint[doubtful], np.float64)


def _mixed(counts: Floats) -> Floats:
    """Return shares, half of them even: what looks clear is misread more evenly than the rest."""
    return np.asarray((counts / counts.sum() + 1 / len(counts)) / 2, np.float64)


def reads_of(rows: Sightings) -> NDArray[np.intp]:
    """Return the rows in which a number was read, however doubtfully."""
    if not {"readable", "tens", "ones"} <= set(rows.names):
        return np.zeros(0, np.intp)
    known = np.isfinite(rows["readable"]) & np.isfinite(rows["tens"][:, 0])
    return np.flatnonzero(known & (rows["readable"] > 0))
