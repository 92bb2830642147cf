"""Parts of tracks that show one person each, and what similar looks are worth in the video."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

from courtside.identity.evidence import find_changes
from courtside.identity.hidden import Behind
from courtside.identity.likeness import (
    SILENT,
    UNKNOWN,
    Likeness,
    Line,
    Spread,
    learn_line,
    learn_spread,
    similarity,
)
from courtside.identity.looks import in_common, mean_looks, upright_heights
from courtside.identity.meetings import meetings, stays, touching
from courtside.identity.pieces import Pieces, in_pieces
from courtside.identity.reading import Reading
from courtside.identity.rules import GOES_ON, Contradiction
from courtside.identity.splits import Cut, find_cuts, tracks_of
from courtside.identity.stretches import Part
from courtside.sightings import Sightings
from courtside.sport import Sport
from courtside.teams.sides import kit_sides
from courtside.teams.tracks import nth_of

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
# Rows in either half of a track from which the heights of its halves are compared.
LEAST_HALF = 5
# Looks of so many seconds are compared, where they are worth so many whole ones.
LOOK_WINDOW, LEAST_LOOKS = 1.5, 3.0
# How many pairs of people seen at once are compared.
MOST_PAIRS = 3000


def find_parts(
    rows: Sightings,
    reading: Reading,
    sport: Sport,
    hidden: Behind,
    asked: Collection[int] = (),
    likeness: Likeness | None = None,
) -> tuple[list[Part], list[Contradiction], Likeness]:
    """Return the parts of all tracks, where tracks were cut, and what likeness is worth.

    Args:
        rows: sightings of the whole video; without `track` there are no parts.
        reading: how the reader errs.
        sport: limit of speed.
        hidden: who is out of sight behind each row.
        asked: places of rows from which on a person said that it is another.
        likeness: what it is worth that two look alike, null to learn it here.
    """
    tracks = [*tracks_of(rows)]
    if not tracks:
        return [], [], likeness or UNKNOWN
    sides = kit_sides(rows, sport)
    likeness = likeness or _learn(rows, tracks, sides)
    touched = touching(rows, _kits(tracks, sides), hidden)
    parts: list[Part] = []
    found: list[Contradiction] = []
    for places, track, changes in _read(rows, tracks, reading):
        said = [Cut(row, "a person said so", "said to be two") for row in _asked(places, asked)]
        near, kits = touched.of(places), sides[places]
        cuts = find_cuts(track, near.overlap, kits, changes, likeness, sport, said)
        met = {row: stays(track, near.overlap, row) for row in meetings(track, near, kits)}
        parts += _parts(places, [cut.row for cut in cuts], met)
        found += [_contradiction(track, cut) for cut in cuts]
    return parts, found, likeness


def _read(
    rows: Sightings, tracks: Sequence[Places], reading: Reading
) -> Iterator[tuple[Places, Sightings, list[tuple[int, int]]]]:
    """Yield each track's places, its rows, and where its reads go over to another number."""
    left = iter(tracks)
    for pieces in in_pieces(rows, tracks):
        for track, changes in zip(pieces.each(), find_changes(pieces, reading), strict=True):
            yield next(left), track, changes


def _parts(places: Places, told_apart: Sequence[int], met: Mapping[int, float]) -> list[Part]:
    """Return a track's parts: cut where it is told apart and where it met others."""
    begins = sorted({*told_apart, *met})
    pieces = np.split(places, begins)
    apart = [False, *(begin in told_apart for begin in begins)]
    odds = [GOES_ON, *(met.get(begin, GOES_ON) for begin in begins)]
    return [Part(*told) for told in zip(pieces, count(), apart, odds, strict=False)]


def _kits(tracks: Sequence[Places], sides: Floats) -> Floats:
    """Return the kit, -1 or 1, that most of each row's track shows, 0 where it is not known."""
    kits = np.zeros(len(sides))
    for places in tracks:
        kits[places] = np.sign(sides[places].sum())
    return kits


def numbered(parts: Sequence[Part], count: int) -> NDArray[np.int32]:
    """Return the index of the part that each of `count` rows belongs to, -1 for none."""
    index = np.full(count, -1, np.int32)
    for number, part in enumerate(parts):
        index[part.places] = number
    return index


def _asked(places: Places, asked: Collection[int]) -> list[int]:
    """Return the rows of a track, but for its first, at which it was said to be another."""
    return (np.flatnonzero(np.isin(places[1:], [*asked])) + 1).tolist() if asked else []


def _contradiction(track: Sightings, cut: Cut) -> Contradiction:
    time = float(track["time"][cut.row])
    return Contradiction(cut.rule, (int(track["track"][0]),), time, cut.reason, "cut there")


def _learn(rows: Sightings, tracks: Sequence[Places], sides: Floats) -> Likeness:
    """Learn from the halves of tracks, and from people of one kit seen at once."""
    kits = np.array([np.sign(sides[places].sum()) for places in tracks])
    referees = np.array([np.mean(rows["kind"][places] == "referee") >= 0.5 for places in tracks])
    first, second = _at_once(rows, tracks)
    # Two of different kits are told apart by those; what is wanted is to tell team mates apart.
    alike = (kits[first] == kits[second]) & (referees[first] == referees[second])
    pairs = first[alike][:MOST_PAIRS], second[alike][:MOST_PAIRS]
    line = _look_line(rows, tracks, kits + 3 * referees)
    return Likeness(line, _height_spread(_halves(rows, tracks), pairs))


def _look_line(rows: Sightings, tracks: Sequence[Places], kinds: Floats) -> Line:
    """Learn from neighbouring windows of tracks, and from two of one kind in the same window.

    Windows: a whole track shows too many people where it is swapped now and then.
    """
    if "embedding" not in rows:
        return SILENT
    looks, window, track = _windows(rows, tracks)
    early = np.flatnonzero((np.diff(track) == 0) & (np.diff(window) == 1))
    one, two = _in_one_window(window, kinds[track])
    same = similarity(looks[early], looks[early + 1])
    return learn_line(same, similarity(looks[one], looks[two]))


def _windows(rows: Sightings, tracks: Sequence[Places]) -> tuple[Floats, Places, Places]:
    """Return looks of windows worth comparing (w, d), which window each is, and of which track."""
    slots = [np.floor(rows["time"][places] / LOOK_WINDOW).astype(np.intp) for places in tracks]
    begins = [np.flatnonzero(np.diff(slot, prepend=slot[0] - 1)) for slot in slots]
    pieces = [
        piece
        for places, begin in zip(tracks, begins, strict=True)
        for piece in np.split(places, begin[1:])
    ]
    means, counts = zip(*(mean_looks(some) for some in in_pieces(rows, pieces)), strict=True)
    worth = np.concatenate(counts)
    looks = in_common(np.concatenate(means), worth)
    window = np.concatenate([slot[begin] for slot, begin in zip(slots, begins, strict=True)])
    track = np.repeat(np.arange(len(tracks)), [len(begin) for begin in begins])
    enough = worth >= LEAST_LOOKS
    return looks[enough], window[enough], track[enough]


def _in_one_window(window: Places, kinds: Floats) -> tuple[Places, Places]:
    """Return pairs by place that share window and kind."""
    order = np.lexsort((kinds, window))
    begins = np.flatnonzero(np.diff(window[order]) | (np.diff(kinds[order]) != 0)) + 1
    last = np.repeat(np.r_[begins, len(order)], np.diff(np.r_[0, begins, len(order)]))
    return _with_next(order, last, MOST_PAIRS)


def _height_spread(halves: Floats, pairs: tuple[Places, Places]) -> Spread:
    one, two = halves[pairs[0]], halves[pairs[1]]
    # Half against half, as in one track; whole tracks are measured better.
    different = np.concatenate([one[:, 0] - two[:, 1], one[:, 1] - two[:, 0]])
    return learn_spread(halves[:, 0] - halves[:, 1], different)


def _halves(rows: Sightings, tracks: Sequence[Places]) -> Floats:
    """Return the heights (n, 2) of both halves of each track, NaN if short."""
    heights = np.full((len(tracks), 2), np.nan)
    long = np.array([len(places) // 2 >= LEAST_HALF for places in tracks])
    pieces = [
        half
        for places in tracks
        if len(places) // 2 >= LEAST_HALF
        for half in np.split(places, [len(places) // 2])
    ]
    if pieces:
        found = [_sure_heights(some) for some in in_pieces(rows, pieces)]
        heights[long] = np.concatenate(found).reshape(-1, 2)
    return heights


def _sure_heights(pieces: Pieces) -> Floats:
    heights, counts = upright_heights(pieces)
    return np.where(counts >= LEAST_HALF, heights, np.nan)


def _at_once(rows: Sightings, tracks: Sequence[Places]) -> tuple[Places, Places]:
    """Return pairs of tracks, by place, that are seen in a common frame."""
    ends = np.array([rows["frame"][places[[0, -1]]] for places in tracks])
    order = np.argsort(ends[:, 0], kind="stable")
    last = np.searchsorted(ends[order, 0], ends[order, 1], side="right")
    return _with_next(order, last, 4 * MOST_PAIRS)


def _with_next(order: Places, last: Places, most: int) -> tuple[Places, Places]:
    """Return pairs of each of an order (n,) with the next ones up to before `last` (n,).

    Of many, evenly, between `most` and twice as many.
    """
    count = last - np.arange(len(order)) - 1
    first = np.repeat(np.arange(len(order)), count)
    offset = nth_of(count) + 1
    step = max(1, len(first) // most)
    return order[first[::step]], order[(first + offset)[::step]]
