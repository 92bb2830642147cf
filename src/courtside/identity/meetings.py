"""Where tracks meet, and how surely each goes on with the person it showed before.

Two who stand in one another's way are found as one box, or their tracks go on with one another's
person. Nothing may tell that it happened, but how much of somebody was hidden tells how likely.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.geometry import iou
from courtside.identity.hidden import Behind
from courtside.identity.rules import GOES_ON
from courtside.sightings import Sightings
from courtside.teams.look import PEOPLE
from courtside.teams.tracks import as_many

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
# IoU of two people's boxes from which on their tracks may be swapped.
MEETING = 0.2
# Two kinds of evidence find one change a few rows apart: within these seconds one cut is enough.
ONE_CHANGE = 1.0
# Seconds of a meeting after which there may be another change: with 1 s the short pieces are joined
# wrongly more often (simulated benchmark: number precision .97 to .94), with none half of the
# changes lie more than a second from any cut.
LONG_MEETING = 2.0
# Seconds before and after such a meeting from which the kits are taken.
SWAP_SECONDS = 2.0
# Seconds about a meeting that tell how much was hidden, the share of somebody's visible pixels that
# counts as hidden, and the IoU that counts as close.
STAYS_SECONDS, LEAST_SEEN, CLOSELY = 1.0, 0.7, 0.5
# Log odds that a track goes on with its person, and what they lose when it was hidden all the time
# or somebody was close. Of 410 meetings of the simulated benchmark 3 % at an IoU to 0.4 and 33 %
# above 0.5 ended with another person, 10 % where nobody was hidden and 50 % where mostly; a
# logistic fit, left one clip out, gives 2.9, 2.0 and 1.6. Real clips show fewer changes: of the
# tries that kept theirs right, this keeps the most of the simulated ones.
ALONE, HIDDEN, CLOSE = 3.5, 1.0, 1.6


@dataclass(frozen=True)
class Touching:
    """Of each row the largest IoU of its box with anybody else's in the frame, and of what kit.

    Attributes:
        overlap: IoU (n,), 0 for none.
        same_kit: whether the other may be of the same kit (n,).
    """

    overlap: Floats
    same_kit: NDArray[np.bool_]

    def of(self, places: Places) -> Touching:
        """Return it for some rows."""
        return Touching(self.overlap[places], self.same_kit[places])


def touching(rows: Sightings, kits: Floats, hidden: Behind) -> Touching:
    """Return for each row who comes nearest, seen or hidden.

    Args:
        rows: sightings of the whole video.
        kits: -1 or 1 for the kit of each row's track, 0 where it is not known (n,).
        hidden: who is out of sight behind each.
    """
    most, same = np.zeros(len(rows)), np.zeros(len(rows), np.bool_)
    boxes = rows.boxes
    for together in _together(rows):
        overlap = iou(boxes[together], boxes[together])
        own = np.arange(together.shape[1])
        overlap[:, own, own] = 0.0
        other = np.take_along_axis(together, overlap.argmax(axis=2), axis=1)
        most[together] = overlap.max(axis=2)
        same[together] = kits[together] * kits[other] >= 0
    nearer = np.flatnonzero(hidden.overlap > most)
    kit_of = dict(zip(rows["track"].tolist(), kits.tolist(), strict=True))
    theirs = np.array([kit_of[track] for track in hidden.tracks[nearer].tolist()])
    most[nearer], same[nearer] = hidden.overlap[nearer], kits[nearer] * theirs >= 0
    return Touching(most, same)


def _together(rows: Sightings) -> Iterator[Places]:
    """Yield the places of people in one frame, frames of as many together: (frames, people)."""
    people = np.flatnonzero(np.isin(rows["kind"], PEOPLE))
    people = people[np.argsort(rows["frame"][people], kind="stable")]
    for _, own in as_many(np.unique(rows["frame"][people], return_counts=True)[1]):
        if own.shape[1] > 1:
            yield people[own]


def meetings(track: Sightings, touched: Touching, sides: Floats) -> list[int]:
    """Return the rows at which a track may have gone over to another person it touched.

    Two of one kit may have changed their tracks at any meeting without anything that tells it; two
    of different kits only where the kit seen before is not the one seen afterwards.

    Args:
        track: its rows in the order of time.
        touched: who came nearest in each row.
        sides: log odds of the second kit in each row.
    """
    times, rows = track["time"], []
    for alike in (True, False):
        close = np.flatnonzero((touched.overlap >= MEETING) & (touched.same_kit == alike))
        apart = np.flatnonzero(np.diff(times[close]) > ONE_CHANGE) + 1
        apart = _also_long(times[close], apart)
        for group in np.split(close, apart) if len(close) else []:
            row = _likeliest_change(touched.overlap, group)
            if row > 0 and (alike or _other_kit(sides, times, row)):
                rows.append(row)
    return sorted(rows)


def stays(track: Sightings, overlap: Floats, row: int) -> float:
    """Return log odds that a track shows the same person before and after a meeting at a row.

    Where masks do not tell who was hidden, those of any meeting.
    """
    if "visibility" not in track:
        return GOES_ON
    times = track["time"]
    first = np.searchsorted(times, times[row] - STAYS_SECONDS)
    last = np.searchsorted(times, times[row] + STAYS_SECONDS, side="right")
    hidden = float(np.mean(track["visibility"][first:last] < LEAST_SEEN))
    return ALONE - HIDDEN * hidden - (CLOSE if overlap[first:last].max() > CLOSELY else 0.0)


def _also_long(times: Floats, apart: Places) -> Places:
    """Return the same places and those by which what lasts longer than LONG_MEETING falls apart."""
    found = []
    for begin, end in zip([0, *apart.tolist()], [*apart.tolist(), len(times)], strict=True):
        if end > begin:
            pieces = ((times[begin:end] - times[begin]) // LONG_MEETING).astype(int)
            found += (begin + np.flatnonzero(np.diff(pieces)) + 1).tolist()
    return np.array(sorted({*found, *apart.tolist()}), np.intp)


def _likeliest_change(overlap: Floats, group: Places) -> int:
    """Return the row of a meeting where they touched most, 0 if it is over in the track's first."""
    later = group[group > 0]
    return int(later[np.argmax(overlap[later])]) if len(later) else 0


def _other_kit(sides: Floats, times: Floats, row: int) -> bool:
    """Tell whether the seconds before and after a row speak for different kits."""
    first = np.searchsorted(times, times[row] - SWAP_SECONDS)
    last = np.searchsorted(times, times[row] + SWAP_SECONDS, side="right")
    return bool(sides[first:row].sum() * sides[row:last].sum() < 0)
