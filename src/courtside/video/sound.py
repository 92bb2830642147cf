"""The sound of a source, carried over beside new pictures: copied, or encoded as AAC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Discard, Stream

from courtside.video.decode import open_container, packets

# Codecs that an MP4 file holds and common players play.
COPIED = frozenset({"aac", "ac3", "alac", "eac3", "flac", "mp3", "mp3float", "opus"})
# AAC knows no higher rate; sound beyond is resampled to the usual one.
HIGHEST_RATE, USUAL_RATE = 96_000, 48_000
# Channels are often only counted in a file; these are the layouts meant, others become stereo.
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
# Sound this long before the first picture is kept, so that a decoder is in step by then; the
# container marks it as not to be played.
LEAD_IN = Fraction(1, 10)
# Seeking aims this many seconds early, for it is not exact.
SEEK_MARGIN = 1


@dataclass(frozen=True)
class Track:
    """One sound stream, where it comes from and where it goes."""

    source: AudioStream
    target: AudioStream
    copied: bool


class Sound:
    """The sound streams of a source, given to an output in step with its pictures.

    Args:
        source: the file whose sound is taken.
        output: open for writing, its header not yet written; gets a stream for each of them.
    """

    def __init__(self, source: Path, output: OutputContainer) -> None:
        self._input = open_container(source)
        self._output = output
        self._tracks = {s.index: _track(s, output) for s in _decodable(self._input)}
        self._packets: Iterator[Packet[Stream]] = iter(())
        self._held: Packet[Stream] | None = None
        self._origin = Fraction(0)

    def begin(self, origin: Fraction) -> None:
        """Put time 0 of the output at a time of the source's clock, in seconds."""
        self._origin = origin
        for stream in self._input.streams:
            if stream.index not in self._tracks:
                stream.discard = Discard.all
        if self._tracks:
            _seek(self._input, origin - SEEK_MARGIN)
            self._packets = packets(self._input, [t.source for t in self._tracks.values()], [])

    def give_until(self, time: Fraction | None) -> None:
        """Write the sound that begins before a time of the output, all that is left when null."""
        while (packet := self._next()) is not None:
            begins = _seconds(packet.pts, packet) - self._origin
            if time is not None and begins >= time:
                self._held = packet
                return
            if begins + _seconds(packet.duration, packet) > -LEAD_IN:
                self._write(packet)

    def finish(self) -> None:
        """Write what decoders and encoders still hold."""
        for track in self._tracks.values():
            if not track.copied:
                self._encode(track, _decoded(track, None))
                self._output.mux(track.target.encode(None))

    def close(self) -> None:
        """Close the source."""
        self._input.close()

    def _next(self) -> Packet[Stream] | None:
        packet, self._held = self._held, None
        while packet is None or packet.pts is None:
            packet = next(self._packets, None)
            if packet is None:
                return None
        return packet

    def _write(self, packet: Packet[Stream]) -> None:
        track = self._tracks[packet.stream_index]
        if not track.copied:
            self._encode(track, _decoded(track, packet))
            return
        shift = round(self._origin / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts - shift
        packet.dts = None if packet.dts is None else packet.dts - shift
        packet.stream = track.target
        self._output.mux(packet)

    def _encode(self, track: Track, frames: list[AudioFrame]) -> None:
        for frame in frames:
            if frame.pts is not None and frame.time_base is not None:
                frame.pts -= round(self._origin / frame.time_base)
            self._output.mux(track.target.encode(frame))


def _decodable(container: InputContainer) -> list[AudioStream]:
    return [s for s in container.streams.audio if getattr(s, "codec_context", None) is not None]


def _track(source: AudioStream, output: OutputContainer) -> Track:
    if source.codec_context.name in COPIED:
        return Track(source, output.add_stream_from_template(source), copied=True)
    rate = source.rate if 0 < source.rate <= HIGHEST_RATE else USUAL_RATE
    target = output.add_stream("aac", rate=rate)
    target.layout = LAYOUTS.get(source.layout.nb_channels, "stereo")
    return Track(source, target, copied=False)


def _decoded(track: Track, packet: Packet[Stream] | None) -> list[AudioFrame]:
    try:
        return track.source.decode(packet)
    except av.FFmpegError:  # a damaged piece of sound is left out
        return []


def _seek(container: InputContainer, time: Fraction) -> None:
    if time <= 0:
        return
    try:
        container.seek(int(time * av.time_base))
    except av.FFmpegError:  # a container that cannot seek is read from its beginning
        return


def _seconds(ticks: int | None, packet: Packet[Stream]) -> Fraction:
    return (ticks or 0) * packet.time_base
