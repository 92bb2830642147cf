"""Reading a video: every frame in order, with its exact time, its segment, and where to go on."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from courtside.errors import InputError
from courtside.video.decode import Damage, Decoded
from courtside.video.picture import thumbnail, upright_gray, upright_image
from courtside.video.planes import Planes, upright_planes
from courtside.video.probe import VideoFacts
from courtside.video.seek import Film, Landmark, checksum, forget, from_landmark, from_time
from courtside.video.segments import CutState, find_cuts, finish_cuts

EVERY = Fraction(1, 10)
# Later than any time stamp.
ALL = 2**63
# A read that goes on decodes at least this many frames before the one it is to give, so that
# what looks at neighbouring frames (deinterlacing) sees the same ones.
FRAMES_BEFORE = 4
# A header may promise this much more than was there before the file counts as cut off, in
# seconds: sound is often a little longer than the pictures.
PROMISE_SLACK = Fraction(1, 2)


@dataclass(frozen=True)
class Position:
    """Where a read goes on; plain data.

    Attributes:
        index: of the frame that comes next.
        landmark: the frame before it; null when the read began with that frame, or when times
            had to be repaired and cannot be sought.
        settled: segments of the next frames that are decided already.
        cuts: memory of the cut detector.
        damage: what was broken before that frame.
    """

    index: int
    landmark: Landmark | None
    settled: tuple[int, ...]
    cuts: CutState
    damage: Damage


@dataclass(eq=False)
class Frame:
    """A decoded frame; drop it when done, it holds a whole picture.

    Attributes:
        index: number of the decoded frame, from 0 for the first of the video.
        pts: presentation time stamp in the stream's time base, made to grow where it did not.
        time: seconds since the first presented frame of the video.
        duration: seconds until the next frame.
        sampled: whether the frame is the first at or after a tick of the sampling clock, or the
            last of the read: what lies between samples is interpolated, to the very end.
        segment: number of the stretch between two cuts, from 0 where reading began.
    """

    index: int
    pts: int
    time: Fraction
    duration: Fraction
    sampled: bool
    segment: int
    _decoded: Decoded = field(repr=False)
    _facts: VideoFacts = field(repr=False)
    _mark: _Mark = field(repr=False)

    @cached_property
    def image(self) -> NDArray[np.uint8]:
        """Upright picture with square pixels: blue, green, red uint8 (height, width, 3)."""
        return upright_image(self._decoded.picture, self._facts)

    def planes(self) -> Planes:
        """A new copy of the upright picture, for drawing on and encoding."""
        return upright_planes(self._decoded.picture, self._facts)

    def gray(self, width: int) -> NDArray[np.uint8]:
        """Upright luma, reduced to a width if wider: uint8 (height, width)."""
        return upright_gray(self._decoded.picture, self._facts, width)

    @cached_property
    def position(self) -> Position:
        """Where a later read begins to get this frame first, and all that follow it."""
        return self._mark.position(self.index)


@dataclass(frozen=True)
class _Mark:
    """What is needed to make a `Position`, should anybody ask."""

    previous: Decoded | None
    recent: tuple[int, ...]
    settled: tuple[int, ...]
    cuts: CutState
    damage: Damage

    def position(self, index: int) -> Position:
        landmark = None
        if self.previous is not None and not self.damage.times:
            landmark = Landmark(self.recent, checksum(self.previous))
        return Position(index, landmark, self.settled, self.cuts, self.damage)


def read(
    path: Path,
    facts: VideoFacts,
    *,
    every: Fraction | None = EVERY,
    start: Fraction | None = None,
    end: Fraction | None = None,
    resume: Position | None = None,
    cuts: bool = True,
) -> Reader:
    """Read a video: iterate the result for every decoded frame in presentation order.

    Sampling goes by time: a frame is sampled when it is the first at or after one of the ticks
    0, every, 2 every, ... seconds of the video, so `start` and `resume` change nothing in it. The
    last frame is sampled too.

    Args:
        path: the video file.
        facts: what `probe` found out about it.
        every: seconds between samples; null samples every frame.
        start: seconds; frames before are left out.
        end: seconds; this frame and those after it are left out.
        resume: taken from a frame of an earlier read with the same other arguments.
        cuts: whether to look for cuts; else all frames are of segment 0.

    Raises:
        InputError: the range is empty, or the file cannot be opened any more.
    """
    if every is not None and every <= 0:
        raise InputError(f"samples must be more than 0 seconds apart, not {float(every):g}")
    if end is not None and end <= (start or 0):
        raise InputError(f"the end ({float(end):g} s) must lie after the start")
    return Reader(path, facts, every, start or Fraction(0), end, resume, cuts)


class Reader:
    """A read under way; iterate it once.

    Attributes:
        damage: what was broken so far, up to the frame handed out last.
    """

    def __init__(
        self,
        path: Path,
        facts: VideoFacts,
        every: Fraction | None,
        start: Fraction,
        end: Fraction | None,
        resume: Position | None,
        cuts: bool,
    ) -> None:
        self.damage = resume.damage if resume else Damage()
        self._film, self._facts = Film(path, facts, []), facts
        self._every, self._start, self._end = every, start, end
        self._resume, self._find = resume, cuts
        self._cuts = resume.cuts if resume else CutState()
        self._settled = deque(resume.settled if resume else ())
        # Frames that the cut detector of the earlier read has taken in already.
        self._known = len(self._settled) + len(self._cuts.watched)
        self._waiting: deque[Decoded] = deque()
        self._previous: Decoded | None = None
        landmark = resume.landmark if resume else None
        self._recent = deque(landmark.recent[:-1] if landmark else (), FRAMES_BEFORE)
        self._index = 0
        self._scaler = VideoReformatter()

    def __iter__(self) -> Iterator[Frame]:
        following = None
        for decoded in self._enter():
            if self._is_past_end(decoded):
                following = decoded.pts
                break
            self._take_in(decoded)
            # The newest frame waits: its duration is the way to the next one.
            while self._settled and len(self._waiting) > 1:
                yield self._hand_out(self._waiting[1].pts)
        self._settle_rest()
        while self._waiting:
            last = len(self._waiting) == 1
            yield self._hand_out(following if last else self._waiting[1].pts, last=last)
        self._finish(whole=following is None)

    def _enter(self) -> Iterator[Decoded]:
        if (resume := self._resume) is not None:
            entry = from_landmark(self._film, self._start, resume.landmark, resume.index)
        else:
            entry = from_time(self._film, self._start)
        self._index = entry.index
        if entry.previous is not None:
            self._remember(entry.previous)
            forget(self._film.faults, entry.previous.pts)
        return entry.frames

    def _remember(self, decoded: Decoded) -> None:
        self._previous = decoded
        self._recent.append(decoded.pts)

    def _is_past_end(self, decoded: Decoded) -> bool:
        return self._end is not None and self._facts.time_of(decoded.pts) >= self._end

    def _take_in(self, decoded: Decoded) -> None:
        self._waiting.append(decoded)
        if self._known:
            self._known -= 1
            return
        if not self._find:
            self._settled.append(0)
            return
        self._cuts, settled = find_cuts(
            self._cuts,
            thumbnail(decoded.picture, self._scaler),
            self._facts.time_of(decoded.pts),
        )
        self._settled.extend(settled)

    def _settle_rest(self) -> None:
        self._settled.extend(finish_cuts(self._cuts))
        self._cuts = replace(self._cuts, watched=())

    def _hand_out(self, following: int | None, *, last: bool = False) -> Frame:
        decoded = self._waiting.popleft()
        mark = _Mark(self._previous, (*self._recent,), (*self._settled,), self._cuts, self.damage)
        frame = Frame(
            index=self._index,
            pts=decoded.pts,
            time=self._facts.time_of(decoded.pts),
            duration=self._duration(decoded, following),
            sampled=last or self._is_sampled(decoded.pts),
            segment=self._settled.popleft(),
            _decoded=decoded,
            _facts=self._facts,
            _mark=mark,
        )
        self._remember(decoded)
        self._index += 1
        self._count_faults(decoded.pts)
        return frame

    def _duration(self, decoded: Decoded, following: int | None) -> Fraction:
        if following is None:  # the last frame: as long as the one before, or as the file says
            ticks = decoded.picture.duration
            if self._previous is not None:
                ticks = decoded.pts - self._previous.pts
            return max(ticks, 1) * self._facts.time_base
        return (following - decoded.pts) * self._facts.time_base

    def _is_sampled(self, pts: int) -> bool:
        if self._every is None or self._previous is None:
            return True
        return self._tick(pts) > self._tick(self._previous.pts)

    def _tick(self, pts: int) -> int:
        assert self._every is not None
        return self._facts.time_of(pts) // self._every

    def _count_faults(self, until: int) -> None:
        """Move what was found broken up to a time stamp into `damage`."""
        kinds = Counter(fault.kind for fault in self._film.faults if fault.pts <= until)
        if kinds:
            forget(self._film.faults, until)
            self.damage = replace(
                self.damage,
                packets=self.damage.packets + kinds["packets"],
                frames=self.damage.frames + kinds["frames"],
                times=self.damage.times + kinds["times"],
            )

    def _finish(self, *, whole: bool) -> None:
        last = None if self._previous is None else self._facts.time_of(self._previous.pts)
        if last is None or last < self._start:
            raise InputError(
                f"{self._film.path}: the video ends before {float(self._start):g} s, where "
                f"reading was to begin"
            )
        self._count_faults(ALL)
        promised = self._facts.duration_from_header
        # Other containers do not count from the first frame, or tell how long the sound is.
        if whole and promised is not None and "mp4" in self._facts.container:
            missing = promised - last
            if missing > PROMISE_SLACK:
                self.damage = replace(self.damage, cut_off=missing)
