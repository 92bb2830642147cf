"""From a file to decoded frames: open, decode, go on after damage, seek.

Everything that knows the quirks of containers and decoders lies here, so that the rest of the
room sees frames in presentation order with times that grow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from courtside.errors import InputError

# Threads of the decoder for pictures beyond full HD. Below, one thread is fast enough beside all
# else, and it is exact: with several, whether a frame is marked as damaged is a race. The number
# is fixed, so that a film decodes alike on machines with more or fewer cores.
LARGE_PICTURE_THREADS = 4
LARGE_PICTURE_PIXELS = 1920 * 1088
# Decoders that draw text as pictures: a page of text is no video.
TEXT_DECODERS = frozenset({"ansi", "bintext", "idf", "xbin"})
# A demuxer that fails this often without giving one packet has nothing more to give.
MAX_FAILED_READS = 50


@dataclass(frozen=True)
class Damage:
    """What was broken in a video, counted while it is read.

    Attributes:
        packets: packets that could not be read or decoded, or came cut short.
        frames: frames that were decoded with errors and handed out as they were.
        times: frames whose time was missing or did not grow, and was repaired.
        cut_off: seconds that the header promises and the file does not hold.
    """

    packets: int = 0
    frames: int = 0
    times: int = 0
    cut_off: Fraction = Fraction(0)

    def __bool__(self) -> bool:
        return bool(self.packets or self.frames or self.times or self.cut_off)


@dataclass(frozen=True)
class Fault:
    """One thing found broken, at a time stamp in the stream's time base."""

    pts: int
    kind: Literal["packets", "frames", "times"]


@dataclass(frozen=True)
class Decoded:
    """A decoded frame and its presentation time stamp, in the stream's time base."""

    pts: int
    picture: VideoFrame


def open_video(path: Path) -> tuple[InputContainer, VideoStream]:
    """Open a video file and its picture stream for decoding.

    Raises:
        InputError: the file cannot be opened, or has no picture stream that can be decoded.
    """
    container = open_container(path)
    try:
        return container, _picture_stream(container, path)
    except InputError:
        container.close()
        raise


def open_container(path: Path) -> InputContainer:
    """Open a media file.

    Raises:
        InputError: the file is missing, a folder, empty, unreadable or of no known format.
    """
    _refuse_what_is_no_file(path)
    try:
        # `file:` keeps names like `concat:a` from being taken for a protocol; the whitelist
        # keeps a playlist in disguise from reaching the network.
        return av.open(f"file:{path}", options={"protocol_whitelist": "file"})
    except PermissionError as error:
        raise InputError(f"{path}: no permission to read this file") from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise InputError(f"{path}: {_why_unreadable(path)}") from error


def packets(
    container: InputContainer, streams: Sequence[Stream], faults: list[Fault]
) -> Iterator[Packet[Stream]]:
    """Yield all packets that can be read, and at the end an empty one for each stream."""
    failures, last = 0, 0
    while failures < MAX_FAILED_READS:
        try:
            for packet in container.demux(*streams):
                failures = 0
                last = packet.pts if packet.pts is not None else last
                yield packet
            return
        except av.FFmpegError:
            faults.append(Fault(last, "packets"))
            failures += 1


def decode(
    container: InputContainer, stream: VideoStream, faults: list[Fault]
) -> Iterator[Decoded]:
    """Yield the frames that are presented, in order, with time stamps that grow.

    Args:
        container: opened by `open_video`, possibly after a seek.
        stream: the picture stream of the container.
        faults: what is found broken is appended; it may lie ahead of the frame handed out.
    """
    last: int | None = None
    for picture in _pictures(container, stream, faults):
        pts = _growing(picture, last)
        if pts != picture.pts:
            faults.append(Fault(pts, "times"))
        if picture.is_corrupt:
            faults.append(Fault(pts, "frames"))
        last = pts
        yield Decoded(pts, picture)


def _refuse_what_is_no_file(path: Path) -> None:
    if path.is_dir():
        raise InputError(f"{path}: a folder, expected a video file")
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if not path.is_file():
        raise InputError(f"{path}: not a regular file, expected a video file")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty")


def _picture_stream(container: InputContainer, path: Path) -> VideoStream:
    streams = [s for s in container.streams.video if not _is_cover(s)]
    if not streams:
        what = "only sound" if container.streams.audio else "no pictures"
        raise InputError(f"{path}: the file holds {what}, expected a video")
    stream = streams[0]
    # The stub calls it always there; it is None where the decoder is unknown.
    if getattr(stream, "codec_context", None) is None:
        raise InputError(
            f"{path}: no decoder for its video codec; convert it to H.264 first, "
            f"for example with: ffmpeg -i {path.name} -c:v libx264 converted.mp4"
        )
    if stream.codec_context.name in TEXT_DECODERS:
        raise InputError(f"{path}: not a video but a text")
    for other in container.streams:
        if other.index != stream.index:
            other.discard = Discard.all
    large = stream.codec_context.width * stream.codec_context.height > LARGE_PICTURE_PIXELS
    stream.thread_type = "AUTO"
    stream.thread_count = LARGE_PICTURE_THREADS if large else 1
    return stream


def _is_cover(stream: VideoStream) -> bool:
    """A picture attached to sound (album art) is no video."""
    return bool(stream.disposition & Disposition.attached_pic)


def _why_unreadable(path: Path) -> str:
    boxes = _mp4_boxes(path)
    if b"ftyp" in boxes and b"moov" not in boxes:
        return (
            "the recording was cut off before its index (moov) was written; "
            "restore it with the camera or a repair tool"
        )
    return "not a video in a known format, or damaged beyond reading"


def _mp4_boxes(path: Path) -> list[bytes]:
    """The kinds of the outermost boxes of an MP4 or MOV file (ISO/IEC 14496-12, 4.2)."""
    kinds: list[bytes] = []
    with path.open("rb") as file:
        while len(header := file.read(8)) == 8 and len(kinds) < 64:
            size, kind = int.from_bytes(header[:4], "big"), header[4:]
            kinds.append(kind)
            if size == 1:
                size = int.from_bytes(file.read(8), "big") - 8
            if size < 8:
                break
            file.seek(size - 8, 1)
    return kinds


def _pictures(
    container: InputContainer, stream: VideoStream, faults: list[Fault]
) -> Iterator[VideoFrame]:
    last = 0
    for packet in packets(container, [stream], faults):
        last = packet.pts if packet.pts is not None else last
        broken = packet.is_corrupt
        try:
            yield from stream.decode(packet)
        except av.FFmpegError:
            broken = True
        if broken:
            faults.append(Fault(last, "packets"))


def _growing(picture: VideoFrame, last: int | None) -> int:
    """The frame's own time stamp, or the nearest sensible one where it is missing or repeated."""
    pts = picture.pts if picture.pts is not None else picture.dts
    if last is None:
        return 0 if pts is None else pts
    if pts is None:
        pts = last + max(picture.duration, 1)
    return max(pts, last + 1)
