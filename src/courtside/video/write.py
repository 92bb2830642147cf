"""Writing a video: H.264 at the source's own frame times, with the source's sound."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import av
from av.container import OutputContainer
from av.video.frame import VideoFrame

from courtside.errors import cannot_write
from courtside.video.encoder import QUALITY, add_pictures
from courtside.video.planes import Planes, matrix_of
from courtside.video.probe import VideoFacts
from courtside.video.sound import Sound

# Of the fields in which an MP4 file tells units.
LARGEST_UNIT = 2**31 - 1

T = TypeVar("T")


class VideoWriter:
    """Writes frames to an MP4 file, under its final name only when it is whole.

    Use it as a context manager; leaving it by an error removes what was begun. Time 0 of the
    file is the first frame that is written, sound keeps its place beside the pictures.

    Args:
        path: the MP4 file to be.
        facts: of the source, for the size of the pictures and the unit of their times.
        encoder: `libx264`, or a hardware encoder of H.264.
        quality: constant rate factor of the encoder, lower is better and larger.
        sound_from: the source whose sound is carried over; null for a silent film.
        end: seconds of the source at which sound ends; null for all of it.
        size: height and width of the pictures, even; null for those of the source.

    Raises:
        MachineError: the encoder is not there, or the file cannot be written.
        InputError: the source of the sound cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        facts: VideoFacts,
        *,
        encoder: str = "libx264",
        quality: int = QUALITY,
        sound_from: Path | None = None,
        end: Fraction | None = None,
        size: tuple[int, int] | None = None,
    ) -> None:
        self._path, self._part = path, path.with_name(path.name + ".part")
        self._facts, self._end = facts, end
        self._first_pts: int | None = None
        self._sound: Sound | None = None
        self._output = self._guarded(self._open)
        height, width = size or facts.even_size
        try:
            self._stream = add_pictures(
                self._output,
                encoder,
                (width, height),
                facts.time_base,
                facts.frame_rate_from_header,
                quality,
                matrix_of(facts),
            )
            if sound_from is not None:
                self._sound = Sound(sound_from, self._output)
        except BaseException:
            self._give_up()
            raise

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._give_up()
        else:
            self._guarded(self._finish)

    def write(self, picture: Planes, pts: int, duration: Fraction) -> None:
        """Append a frame.

        Args:
            picture: of the matrix that `matrix_of` tells for the source; see `planes_of`.
            pts: its time stamp in the source's time base, later than the one before.
            duration: seconds until the next frame.

        Raises:
            MachineError: the file cannot be written.
        """
        self._guarded(lambda: self._write(picture.frame, pts, duration))

    def _open(self) -> OutputContainer:
        self._part.touch()  # a folder that cannot be written is found before anything is encoded
        # Players cut a film where its header says that it ends; in milliseconds, the usual unit,
        # that may be before the last frame.
        unit = min(self._facts.time_base.denominator, LARGEST_UNIT)
        options = {"movflags": "+faststart", "movie_timescale": str(unit)}
        return av.open(f"file:{self._part}", "w", format="mp4", options=options)

    def _write(self, frame: VideoFrame, pts: int, duration: Fraction) -> None:
        if self._first_pts is None:
            self._first_pts = pts
            if self._sound is not None:
                self._sound.begin(pts * self._facts.time_base)
        since_first = pts - self._first_pts
        if self._sound is not None:
            self._sound.give_until(since_first * self._facts.time_base)
        frame.pts, frame.time_base = since_first, self._facts.time_base
        frame.duration = max(1, round(duration / self._facts.time_base))
        self._output.mux(self._stream.encode(frame))

    def _finish(self) -> None:
        if self._first_pts is not None:
            self._output.mux(self._stream.encode(None))
            if self._sound is not None:
                self._sound.give_until(self._sound_end(self._first_pts))
                self._sound.finish()
        if self._sound is not None:
            self._sound.close()
        self._output.close()
        os.replace(self._part, self._path)

    def _sound_end(self, first_pts: int) -> Fraction | None:
        return None if self._end is None else self._end - self._facts.time_of(first_pts)

    def _give_up(self) -> None:
        """Close what is open and remove what was begun, whatever state it is in."""
        if self._sound is not None:
            self._sound.close()
        with suppress(av.FFmpegError, OSError, AttributeError):
            self._output.close()
        with suppress(OSError):
            self._part.unlink(missing_ok=True)

    def _guarded(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except (av.FFmpegError, OSError) as error:
            self._give_up()
            raise cannot_write(self._path, error) from error
