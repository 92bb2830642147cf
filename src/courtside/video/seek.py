"""Where a read begins: at the first frame, at a given time, or where an earlier read stopped.

Seeking in film is not exact: containers land on a key frame somewhere before the wish, and a
decoder may need several frames until its pictures are whole. So a read that begins in the middle
checks that it came in where it should, and otherwise decodes from the beginning.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from math import ceil
from pathlib import Path

import av

from courtside.video.decode import Decoded, Fault, decode, open_video, packets
from courtside.video.picture import deinterlaced, whole_gray
from courtside.video.probe import VideoFacts

# Cameras and broadcasters let a frame refer ahead to one up to about this many frames later.
FARTHEST_REFERENCE = 6
# Containers that store presentation times; others, like AVI, leave them to be guessed.
TIMED_CONTAINERS = ("mov", "matroska", "mpegts", "flv")
# Seconds by which a seek aims too early, one try after the other.
SEEK_MARGINS = (Fraction(0), Fraction(2), Fraction(10))


@dataclass(frozen=True)
class Landmark:
    """A frame by which a later read finds its place again; plain data.

    Attributes:
        recent: time stamps of the last few frames up to this one, its own last; decoding begins
            no later than at the first of them.
        check: CRC-32 of its luma.
    """

    recent: tuple[int, ...]
    check: int


@dataclass(frozen=True)
class Entry:
    """Where a read came in.

    Attributes:
        previous: the frame before the first of `frames`; null at the beginning of the video.
        index: of the first of `frames`, counted from the beginning of the video.
        frames: the decoded frames from there on.
    """

    previous: Decoded | None
    index: int
    frames: Iterator[Decoded]


@dataclass(frozen=True)
class Film:
    """What is needed to open a film and to report what is broken in it."""

    path: Path
    facts: VideoFacts
    faults: list[Fault]


def from_time(film: Film, start: Fraction) -> Entry:
    """Come in at the first frame at or after a time, in seconds since the first frame."""
    if start <= 0:
        return Entry(None, 0, _decoded(film))
    first_pts = film.facts.start_pts + ceil(start / film.facts.time_base)
    before = _presented_before(film, first_pts)
    if before is not None and before.count:
        for frames in _sought(film, before.last):
            if previous := _found(frames, before.last):
                return Entry(previous, before.count, frames)
    return _skipped(_decoded(film), first_pts)


def from_landmark(film: Film, start: Fraction, mark: Landmark | None, index: int) -> Entry:
    """Come in at the frame `index`, right after a landmark, in a read that began at `start`.

    Args:
        film: what to read.
        start: where the earlier read began, in seconds.
        mark: the frame before; null when it cannot be sought, then all is decoded from `start`.
        index: of the first frame wanted.
    """
    if mark is None:
        return _from_index(film, start, index)
    for frames in _sought(film, mark.recent[0]):
        previous = _found(frames, mark.recent[-1])
        if previous is not None and checksum(previous) == mark.check:
            forget(film.faults, previous.pts)
            return Entry(previous, index, _anew_at_damage(film, frames, start, index))
    return _from_index(film, start, index)


def forget(faults: list[Fault], until: int) -> None:
    """Drop the faults up to a time stamp, which were counted before."""
    faults[:] = [fault for fault in faults if fault.pts > until]


def _from_index(film: Film, start: Fraction, index: int) -> Entry:
    """Come in at a frame by decoding all that is before it, from `start`."""
    entry = from_time(film, start)
    previous = entry.previous
    for previous in islice(entry.frames, index - entry.index):  # noqa: B007  # keeps the last
        pass
    return Entry(previous, index, entry.frames)


def _anew_at_damage(
    film: Film, frames: Iterator[Decoded], start: Fraction, index: int
) -> Iterator[Decoded]:
    """Yield the frames; at the first damage decode the film again, as the unbroken read did.

    How a decoder hides damage depends on all it decoded before. Frames are held back a little,
    for the damage of a frame spreads to earlier ones that refer to it.
    """
    held: deque[Decoded] = deque()
    for frame in frames:
        if film.faults:
            film.faults.clear()
            entry = _from_index(film, start, index)
            if entry.previous is not None:
                forget(film.faults, entry.previous.pts)
            yield from entry.frames
            return
        held.append(frame)
        if len(held) > FARTHEST_REFERENCE:
            yield held.popleft()
            index += 1
    yield from held


def _sought(film: Film, pts: int) -> Iterator[Iterator[Decoded]]:
    """Decoded frames from before a time stamp on, begun earlier with each try."""
    for margin in SEEK_MARGINS:
        film.faults.clear()
        yield _decoded(film, pts - ceil(margin / film.facts.time_base))
    film.faults.clear()


def checksum(frame: Decoded) -> int:
    """CRC-32 of a frame's luma, the same on every run."""
    return zlib.crc32(whole_gray(frame.picture).data)


@dataclass(frozen=True)
class _Before:
    """How many frames are presented before a time, and the time stamp of the last of them."""

    count: int
    last: int


def _presented_before(film: Film, pts: int) -> _Before | None:
    """Count packets, without decoding them; null where packets do not tell frames.

    One packet is one frame in progressive film whose packets carry presentation times.
    """
    if film.facts.interlaced or not film.facts.container.startswith(TIMED_CONTAINERS):
        return None
    count, last = 0, -(2**63)
    container, stream = open_video(film.path)
    with container:
        for packet in packets(container, [stream], []):
            if packet.size == 0 or packet.is_discard:
                continue
            if packet.pts is None or packet.dts is None or packet.is_corrupt:
                return None
            if packet.dts >= pts:
                break
            if packet.pts < pts:
                count, last = count + 1, max(last, packet.pts)
    return _Before(count, last)


def _decoded(film: Film, seek_pts: int | None = None) -> Iterator[Decoded]:
    container, stream = open_video(film.path)
    with container:
        if seek_pts is not None:
            try:
                container.seek(seek_pts, stream=stream)
            except av.FFmpegError:  # this container cannot seek: the caller sees no frame
                return
        frames = decode(container, stream, film.faults)
        interlaced, time_base = film.facts.interlaced, film.facts.time_base
        yield from deinterlaced(frames, time_base) if interlaced else frames


def _found(frames: Iterator[Decoded], pts: int) -> Decoded | None:
    """Draw frames up to the one with this time stamp; null when it does not come."""
    frame = next((frame for frame in frames if frame.pts >= pts), None)
    return frame if frame and frame.pts == pts else None


def _skipped(frames: Iterator[Decoded], first_pts: int) -> Entry:
    previous = None
    for index, frame in enumerate(frames):
        if frame.pts >= first_pts:
            return Entry(previous, index, chain([frame], frames))
        previous = frame
    return Entry(previous, 0, iter(()))
