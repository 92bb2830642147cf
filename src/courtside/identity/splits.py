"""Cuts tracks where they contradict themselves: by a jump, by kit, by look, by number.

A track that went over from one person to another would give both the wrong name. A cut that was
not needed costs little: both parts follow closely on one another and can be joined again, but
for those that the cut itself tells apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.identity.evidence import change_points, independence
from courtside.identity.likeness import Likeness, Line, similarity
from courtside.identity.looks import LEAST_WEIGHT, in_common, told_by, weighted_looks
from courtside.identity.meetings import MEETING, ONE_CHANGE
from courtside.identity.rules import jumps
from courtside.sightings import Sightings
from courtside.sport import Sport
from courtside.teams.look import PEOPLE

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
# Log odds by which two kits in turn must explain a track better than one: about two seconds of
# clear sight of each.
KIT_GAIN = 6.0
# The same within half a second of touching somebody, where tracks are swapped far more often.
KIT_GAIN_TOUCHING, TOUCHED_SECONDS = 2.0, 0.5
# Seconds after which light and pose have changed enough for another independent look at a kit.
KIT_MEMORY = 0.5
# Log odds of two people that the looks on either side of a cut must reach, the seconds they are
# taken from, and those there must be: a piece cut off wrongly is joined again like everything else.
LOOK_ODDS = 3.0
LOOK_SECONDS = 1.5
LEAST_SECONDS = 0.25


@dataclass(frozen=True)
class Cut:
    """Where a track was cut: the row in it that begins the later part, and why."""

    row: int
    rule: str
    reason: str


def tracks_of(rows: Sightings) -> Iterator[Places]:
    """Yield the places of each followed person's rows, track by track in the order of time."""
    if "track" not in rows:
        return
    order = np.lexsort((rows["x1"], rows["frame"], rows["track"]))
    order = order[(rows["track"][order] >= 0) & np.isin(rows["kind"][order], PEOPLE)]
    starts = np.flatnonzero(np.diff(rows["track"][order])) + 1
    yield from (np.split(order, starts) if len(order) else [])


def find_cuts(
    track: Sightings,
    overlap: Floats,
    sides: Floats,
    changes: Sequence[tuple[int, int]],
    likeness: Likeness,
    sport: Sport,
    said: Sequence[Cut] = (),
) -> list[Cut]:
    """Return where one track must be cut, in the order of time.

    Args:
        track: its rows in the order of time.
        overlap: largest IoU with anybody else in each row's frame.
        sides: log odds of the second kit in each row.
        changes: where the reads go over to another number: last row before, first after.
        likeness: what it is worth that two look alike.
        sport: limit of speed.
        said: where a person said that it goes over to another.
    """
    jumped = [Cut(row, "nobody flies", reason) for row, reason in jumps(track, sport)]
    found = [*said, *(cut for cut in jumped if cut.row not in {other.row for other in said})]
    for cut in [*_by_kit(track, overlap, sides), *_by_look(track, likeness.look)]:
        if not _has_cut(found, track, cut.row, cut.row):
            found.append(cut)
    for last, first in changes:
        if not _has_cut(found, track, last + 1, first):
            found.append(_by_number(track, overlap, last, first))
    return sorted(found, key=lambda cut: cut.row)


def _has_cut(cuts: Sequence[Cut], track: Sightings, first: int, last: int) -> bool:
    times = track["time"]
    early, late = times[first] - ONE_CHANGE, times[last] + ONE_CHANGE
    return any(early <= times[cut.row] <= late for cut in cuts)


def _by_number(track: Sightings, overlap: Floats, last: int, first: int) -> Cut:
    """Cut where people touched most between the reads: tracks are swapped where people meet."""
    row = last + 1 + int(np.argmax(overlap[last + 1 : first + 1]))
    row = row if overlap[row] > 0 else first
    reason = f"the reads before and after {track['time'][row]:.2f} s are of two numbers"
    return Cut(row, "one number a track", reason)


def _by_kit(track: Sightings, overlap: Floats, sides: Floats) -> list[Cut]:
    known = np.flatnonzero(sides)
    if not len(known):
        return []
    times = track["time"]
    views = independence(times[known], np.ones(len(known)), KIT_MEMORY)
    odds = sides[known] * views / 2
    near = _to_nearest(times[known], times[overlap >= MEETING]) <= TOUCHED_SECONDS
    least = np.where(near, KIT_GAIN_TOUCHING, KIT_GAIN)
    changes = change_points(np.stack([-odds, odds], axis=1), least)
    return [
        Cut(row, "one kit a track", f"another team's kit from {track['time'][row]:.2f} s on")
        for row in known[changes].tolist()
    ]


def _to_nearest(times: Floats, others: Floats) -> Floats:
    """Return how far each time (n,) is from the nearest of others in order (m,); infinite: none."""
    bounded = np.concatenate([[-np.inf], others, [np.inf]])
    after = np.searchsorted(others, times) + 1
    return np.asarray(np.minimum(times - bounded[after - 1], bounded[after] - times), np.float64)


def _by_look(track: Sightings, likeness: Line) -> list[Cut]:
    """Cut where the looks of the seconds before and after are least alike, if enough so."""
    if not likeness.slope or "embedding" not in track:
        return []
    looks, weights = weighted_looks(track)
    known = np.flatnonzero(weights)
    times = track["time"][known]
    inside = (times - LEAST_SECONDS >= times[:1]) & (times + LEAST_SECONDS <= times[-1:])
    middles = np.flatnonzero(inside)
    if not len(middles):
        return []
    odds = _odds_of_two(looks[known], weights[known], times, middles, likeness)
    cuts: list[Cut] = []
    for best in np.argsort(-odds, kind="stable").tolist():
        if odds[best] < LOOK_ODDS:
            break
        row = int(known[middles[best]])
        if not _has_cut(cuts, track, row, row):
            reason = f"looks another from {track['time'][row]:.2f} s on"
            cuts.append(Cut(row, "one look a track", reason))
    return cuts


def _odds_of_two(
    looks: Floats, weights: Floats, times: Floats, middles: Places, likeness: Line
) -> Floats:
    """Return log odds, not limited, that two people are seen before and after each middle."""
    begins = np.searchsorted(times, times[middles] - LOOK_SECONDS)
    ends = np.searchsorted(times, times[middles] + LOOK_SECONDS, side="right")
    sums = np.cumsum(np.concatenate([np.zeros((1, looks.shape[1])), looks]), axis=0)
    count = np.cumsum(np.concatenate([[0.0], weights]))
    seen = [count[middles] - count[begins], count[ends] - count[middles]]
    total = [sums[middles] - sums[begins], sums[ends] - sums[middles]]
    before, after = (
        in_common(look / np.maximum(worth, LEAST_WEIGHT)[:, None], worth)
        for look, worth in zip(total, seen, strict=True)
    )
    odds = likeness.slope * (likeness.middle - similarity(before, after))
    return np.asarray(odds * told_by(np.minimum(*seen)), np.float64)
