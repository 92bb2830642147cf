"""Small test films, made with PyAV: every frame tells its number and which way is up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

Image = NDArray[np.uint8]

# Blue, green, red of the corners: top left, top right, bottom left, bottom right.
CORNERS = ((40, 40, 220), (40, 200, 40), (220, 60, 40), (230, 230, 230))
BITS = 10
THIRTY = Fraction(1, 30)


def picture(number: int, width: int = 160, height: int = 96) -> Image:
    """Draw a frame that shows its number as black and white cells, and coloured corners."""
    rows, columns = np.mgrid[0:height, 0:width]
    ramp = 90 + 50 * np.sin(columns * 14 / width) + 30 * np.cos(rows * 9 / height)
    image = np.repeat(ramp.astype(np.uint8)[:, :, None], 3, axis=2)
    high, wide = height // 4, width // 6
    image[:high, :wide], image[:high, -wide:] = CORNERS[0], CORNERS[1]
    image[-high:, :wide], image[-high:, -wide:] = CORNERS[2], CORNERS[3]
    stamp(image, number)
    return image


def shot(seed: int, width: int = 160, height: int = 96) -> Image:
    """Draw a scene of coloured patches, another one for each seed."""
    patches = np.random.default_rng(seed).integers(30, 220, (6, 10, 3), np.uint8)
    rows, columns = np.arange(height) * 6 // height, np.arange(width) * 10 // width
    return patches[rows[:, None], columns]


def stamp(image: Image, number: int) -> None:
    """Write a number into a picture, in place, as `number_in` reads it."""
    for bit in range(BITS):
        cell = _cell(bit, image.shape[1], image.shape[0])
        image[cell] = 235 if number >> bit & 1 else 20


def number_in(image: Image) -> int:
    """Read the number of a frame drawn by `picture`, whatever its size."""
    height, width = image.shape[:2]
    bright = [image[_cell(bit, width, height)].mean() > 128 for bit in range(BITS)]
    return sum(1 << bit for bit, on in enumerate(bright) if on)


def corners_in(image: Image) -> list[tuple[int, ...]]:
    """The colours in the middle of the corner patches, in the order of `CORNERS`."""
    height, width = image.shape[:2]
    y, x = height // 8, width // 12
    points = ((y, x), (y, width - 1 - x), (height - 1 - y, x), (height - 1 - y, width - 1 - x))
    return [tuple(int(v) for v in image[point]) for point in points]


def is_upright(image: Image, tolerance: int = 24) -> bool:
    """Whether the corners have the colours and places in which they were drawn."""
    found = np.array(corners_in(image))
    return bool(np.abs(found - np.array(CORNERS)).max() <= tolerance)


def write_film(
    path: Path,
    images: Sequence[Image],
    *,
    times: Sequence[int] | None = None,
    time_base: Fraction = THIRTY,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    turned: int = 0,
    mirrored: bool = False,
    sound: str | None = None,
    sound_seconds: float = 1.0,
    container_options: dict[str, str] | None = None,
    repeat: Sequence[int] = (),
) -> Path:
    """Write a film and return its path.

    Args:
        path: the container is told by its suffix.
        images: uint8 (height, width, 3), blue, green, red, all of one size.
        times: time stamps of the frames, 0, 1, 2, ... if null.
        time_base: seconds of one tick.
        codec: encoder of the pictures.
        pixel_format: of the stored frames.
        options: of the encoder.
        turned: degrees counter-clockwise that a player is told to turn the picture.
        mirrored: whether a player is told to mirror it left to right as well.
        sound: encoder of a tone, null for silence.
        sound_seconds: length of the tone.
        container_options: of the container.
        repeat: numbers of the frames that are stored with the time of the frame before.
    """
    with av.open(str(path), "w", options=container_options or {}) as output:
        stream = output.add_stream(codec, rate=30, options=options or {})
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pixel_format
        stream.time_base = stream.codec_context.time_base = time_base
        if turned or mirrored:
            stream.set_display_rotation(turned, hflip=mirrored)
        tone = _tone(output, sound, sound_seconds) if sound else []
        for packet in tone:
            output.mux(packet)
        _encode(output, stream, zip(times or range(len(images)), images, strict=True), repeat)
    return path


def numbered_film(path: Path, count: int = 12, **how: object) -> Path:
    """Write a film of the numbers 0 to count - 1; see `write_film`."""
    return write_film(path, [picture(n) for n in range(count)], **how)  # type: ignore[arg-type]


def sound_only(path: Path) -> Path:
    """Write a file with a tone and no pictures."""
    with av.open(str(path), "w") as output:
        for packet in _tone(output, "aac", 0.5):
            output.mux(packet)
    return path


def damage_packet(path: Path, index: int) -> None:
    """Overwrite the middle of one picture packet of a film with noise, in place."""
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
    packet = packets[index]
    assert packet.pos is not None
    data = bytearray(path.read_bytes())
    begin, end = packet.pos + packet.size // 4, packet.pos + packet.size
    data[begin:end] = np.random.default_rng(index).bytes(end - begin)
    path.write_bytes(bytes(data))


def packets_of(path: Path, kind: str) -> list[tuple[Fraction, bytes]]:
    """Time in seconds and content of all packets of the first stream of a kind."""
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        packets = [p for p in container.demux(stream) if p.pts is not None]
        return [(p.pts * p.time_base, bytes(p)) for p in packets if p.pts is not None]


def _encode(
    output: OutputContainer,
    stream: VideoStream,
    images: Iterable[tuple[int, Image]],
    repeat: Sequence[int],
) -> None:
    """Encode images with their time stamps; those in `repeat` get the one before."""
    last: int | None = None
    for pts, image in images:
        frame = VideoFrame.from_ndarray(image, format="bgr24")
        frame.pts, frame.time_base = pts, stream.codec_context.time_base
        for packet in stream.encode(frame):
            if packet.pts in repeat:
                packet.pts = packet.dts = last
            last = packet.pts
            output.mux(packet)
    output.mux(stream.encode(None))


def _cell(bit: int, width: int, height: int) -> tuple[slice, slice]:
    left = width * (3 + bit) // (BITS + 6)
    right = width * (4 + bit) // (BITS + 6)
    return slice(height * 2 // 5, height * 3 // 5), slice(left + 1, right - 1)


def _tone(output: OutputContainer, codec: str, seconds: float) -> list[Packet[AudioStream]]:
    """Add a sound stream and return the packets of a rising tone."""
    stream = output.add_stream(codec, rate=48_000)
    assert isinstance(stream, AudioStream)
    stream.layout = "mono"
    samples = np.arange(int(48_000 * seconds))
    wave = (8000 * np.sin(samples * (0.03 + samples * 1e-7))).astype(np.int16)
    packets: list[Packet[AudioStream]] = []
    for begin in range(0, len(wave), 1024):
        piece = np.ascontiguousarray(wave[None, begin : begin + 1024])
        frame = AudioFrame.from_ndarray(piece, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, begin, Fraction(1, 48_000)
        packets += stream.encode(frame)
    return packets + stream.encode(None)
