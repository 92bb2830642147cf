"""The facts of a video file: what its header claims, and what its first frames show."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from courtside.errors import InputError
from courtside.video.decode import Decoded, Fault, decode, open_video
from courtside.video.picture import Orientation, orientation

# Frames looked at to tell interlaced from progressive film.
FIRST_FRAMES = 6
# Pixel aspect ratios beyond these are header mistakes, taken for square.
WIDEST_PIXEL = Fraction(4)


@dataclass(frozen=True)
class VideoFacts:
    """What is known about a video before it is read.

    Facts named `..._from_header` are claims of the container; `start_pts`, sizes, pixel format,
    orientation and `interlaced` were measured on the first decoded frames.

    Attributes:
        name: file name without its folder.
        size_bytes: size of the file.
        container: container format as libavformat names it.
        codec: video codec.
        width: pixels of the upright picture with square pixels.
        height: pixels of the upright picture with square pixels.
        coded_width: pixels of the decoded frames as they are stored.
        coded_height: pixels of the decoded frames as they are stored.
        orientation: how a stored frame is turned to stand upright.
        pixel_aspect: width of a stored pixel over its height.
        time_base: seconds of one tick of `pts`.
        start_pts: time stamp of the first frame that is presented; time 0 of courtside.
        frame_rate_from_header: average frames a second, null when not told.
        duration_from_header: seconds, null when not told.
        frames_from_header: number of stored frames, null when not told.
        pixel_format: as libavutil names it.
        bit_depth: bits of one sample of the first component.
        interlaced: whether frames hold two fields taken at different times.
        audio: codecs of the sound streams.
    """

    name: str
    size_bytes: int
    container: str
    codec: str
    width: int
    height: int
    coded_width: int
    coded_height: int
    orientation: Orientation
    pixel_aspect: Fraction
    time_base: Fraction
    start_pts: int
    frame_rate_from_header: Fraction | None
    duration_from_header: Fraction | None
    frames_from_header: int | None
    pixel_format: str
    bit_depth: int
    interlaced: bool
    audio: tuple[str, ...]

    @property
    def even_size(self) -> tuple[int, int]:
        """Height and width of upright pictures as H.264 keeps them."""
        return self.height + self.height % 2, self.width + self.width % 2

    @property
    def seconds(self) -> float | None:
        """The duration that the header tells, in seconds, null when it does not."""
        return None if self.duration_from_header is None else float(self.duration_from_header)

    def time_of(self, pts: int) -> Fraction:
        """Seconds since the first presented frame, of a time stamp of this video."""
        return (pts - self.start_pts) * self.time_base


def probe(path: Path) -> VideoFacts:
    """Read the header of a video file and decode its first frames.

    Raises:
        InputError: the file is missing, a folder, empty, no video, sound only, cut off before its
            index, of an unknown codec, or has no frame that can be decoded.
    """
    container, stream = open_video(path)
    with container:
        first = _first_frames(container, stream)
        if not first:
            raise InputError(f"{path}: none of its frames can be decoded")
        return _facts(path, container, stream, first)


def hash_file(path: Path) -> str:
    """SHA-256 of a file in hexadecimal, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_frames(container: InputContainer, stream: VideoStream) -> list[Decoded]:
    faults: list[Fault] = []
    return list(islice(decode(container, stream, faults), FIRST_FRAMES))


def _facts(
    path: Path, container: InputContainer, stream: VideoStream, first: list[Decoded]
) -> VideoFacts:
    picture = first[0].picture
    turn = orientation(picture)
    pixel_aspect = _pixel_aspect(stream)
    stretched = round(picture.width * pixel_aspect)
    sideways = turn.quarter_turns % 2 == 1
    return VideoFacts(
        name=path.name,
        size_bytes=path.stat().st_size,
        container=container.format.name,
        codec=stream.codec_context.name,
        width=picture.height if sideways else stretched,
        height=stretched if sideways else picture.height,
        coded_width=picture.width,
        coded_height=picture.height,
        orientation=turn,
        pixel_aspect=pixel_aspect,
        time_base=_time_base(stream),
        start_pts=first[0].pts,
        frame_rate_from_header=stream.average_rate or None,
        duration_from_header=_duration(container, stream),
        frames_from_header=stream.frames or None,
        pixel_format=picture.format.name,
        bit_depth=picture.format.components[0].bits,
        interlaced=_interlaced(first),
        audio=tuple(_codec_name(s) for s in container.streams.audio),
    )


def _pixel_aspect(stream: VideoStream) -> Fraction:
    aspect = stream.sample_aspect_ratio
    if not aspect or not 1 / WIDEST_PIXEL <= aspect <= WIDEST_PIXEL:
        return Fraction(1)
    return aspect


def _time_base(stream: VideoStream) -> Fraction:
    if stream.time_base is None:
        raise InputError(f"{stream.container.name}: its video stream has no time base")
    return stream.time_base


def _duration(container: InputContainer, stream: VideoStream) -> Fraction | None:
    if stream.duration is not None and stream.time_base is not None:
        return stream.duration * stream.time_base
    return Fraction(container.duration, av.time_base) if container.duration else None


def _interlaced(first: list[Decoded]) -> bool:
    return any(_is_interlaced(frame.picture) for frame in first)


def _is_interlaced(picture: VideoFrame) -> bool:
    return bool(picture.interlaced_frame)


def _codec_name(stream: av.AudioStream) -> str:
    return getattr(stream.codec_context, "name", "unknown")
