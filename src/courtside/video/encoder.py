"""The H.264 encoders: which can be asked for, and how each is set up."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, get_args

import av
from av.codec.hwaccel import HWAccel
from av.container import OutputContainer
from av.video.stream import VideoStream

from courtside.errors import MachineError
from courtside.video.planes import LIMITED_RANGE, MATRIX_CODES, Matrix

Encoder = Literal["libx264", "h264_nvenc", "h264_qsv", "h264_vaapi", "h264_videotoolbox"]
ENCODERS: tuple[str, ...] = get_args(Encoder)

# Two cores must keep up with real time. Measured at 1280x720 with drawn outlines, at equal
# quality: `ultrafast` costs 7 ms of one core a frame, `superfast` 17 for a file half as large,
# `veryfast` 27 for one 8 % smaller still. Within `ultrafast`, on a real and a simulated film: rate
# factor 25 spares 0.5 of 5.8 ms and a fifth of the file for 1.6 dB of PSNR; `subme=1` at 24 makes
# the file 19 and 46 % smaller at -0.1 and +0.4 dB, for 0.7 to 1.3 ms more; one thread or slices
# spare nothing that can be measured.
PRESET, QUALITY = "ultrafast", 23
# A viewer can jump to any second of the film.
SECONDS_BETWEEN_KEYFRAMES = 2
USUAL_RATE = Fraction(25)
# Of all current film: BT.709 (AVCOL_PRI_BT709 and AVCOL_TRC_BT709 of libavutil/pixfmt.h).
PRIMARIES, TRANSFER = 1, 1


def check_encoder(name: str) -> None:
    """Open an encoder on a tiny picture and close it again.

    Raises:
        MachineError: this machine does not have it.
    """
    with av.open("pipe:check", "w", format="null") as output:
        add_pictures(output, name, (256, 256), Fraction(1, 25), None, QUALITY)


def add_pictures(
    output: OutputContainer,
    name: str,
    size: tuple[int, int],
    time_base: Fraction,
    frame_rate: Fraction | None,
    quality: int,
    matrix: Matrix = "bt709",
) -> VideoStream:
    """Add an open H.264 stream to an output.

    Args:
        output: its header is not yet written.
        name: one of `ENCODERS`.
        size: width and height in pixels, both even.
        time_base: unit of the time stamps in seconds, kept as it is.
        frame_rate: about how many frames a second come, for the rate control.
        quality: constant rate factor or its like, lower is better and larger.
        matrix: of the colours of the pictures.

    Raises:
        MachineError: the encoder is not there.
    """
    rate = frame_rate or USUAL_RATE
    try:
        stream = output.add_stream(
            name,
            rate=rate.limit_denominator(1001),
            options=_options(name, quality),
            hwaccel=HWAccel("vaapi") if name == "h264_vaapi" else None,
        )
        assert isinstance(stream, VideoStream)
        _set_up(stream, name, size, time_base, rate, matrix)
        stream.codec_context.open()
    except (av.FFmpegError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise MachineError(
            f"the encoder {name} does not work on this machine ({_reason(error)}): use libx264"
        ) from error
    return stream


def _set_up(
    stream: VideoStream,
    name: str,
    size: tuple[int, int],
    time_base: Fraction,
    rate: Fraction,
    matrix: Matrix,
) -> None:
    context = stream.codec_context
    stream.time_base = time_base
    context.time_base = time_base
    context.width, context.height = size
    context.pix_fmt = "nv12" if name == "h264_qsv" else "yuv420p"
    context.gop_size = max(1, round(rate * SECONDS_BETWEEN_KEYFRAMES))
    context.colorspace, context.color_range = MATRIX_CODES[matrix][0], LIMITED_RANGE
    context.color_primaries, context.color_trc = PRIMARIES, TRANSFER
    context.flags |= av.codec.context.Flags.frame_duration


def _options(name: str, quality: int) -> dict[str, str]:
    match name:
        case "libx264":
            return {"preset": PRESET, "crf": str(quality)}
        case "h264_nvenc":
            return {"preset": "p4", "rc": "vbr", "cq": str(quality), "b": "0"}
        case "h264_qsv":
            return {"preset": "veryfast", "global_quality": str(quality)}
        case "h264_vaapi":
            return {"rc_mode": "CQP", "qp": str(quality)}
        case "h264_videotoolbox":  # its scale runs from 1 to 100, higher is better
            return {"flags": "+qscale", "global_quality": str(118 * (100 - 2 * quality))}
        case _:
            raise ValueError(f"not one of {', '.join(ENCODERS)}")


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__
