"""Pictures as H.264 keeps them: luma at full size, two colour differences at half of it.

What is drawn is drawn on these planes. That spares two conversions a frame, and what nothing is
drawn on comes out as it was filmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from courtside.video.picture import is_high_definition, stored_size, turned

if TYPE_CHECKING:
    from courtside.video.probe import VideoFacts

Matrix = Literal["bt601", "bt709"]
"""Which weights turn red, green, blue into luma and colour differences (ITU-R BT.601, BT.709)."""

# AVCOL_SPC_* of libavutil/pixfmt.h that mean each matrix, the one that is written first, and
# AVCOL_SPC_UNSPECIFIED: untagged film is what its size is taken for.
MATRIX_CODES: dict[Matrix, tuple[int, ...]] = {"bt601": (6, 5, 2), "bt709": (1, 2)}
_COLOURSPACES = {"bt601": Colorspace.ITU601, "bt709": Colorspace.ITU709}
LIMITED_RANGE, FULL_RANGE = 1, 2


@dataclass(frozen=True, eq=False)
class Planes:
    """An upright picture of even width and height, in limited range; its planes may be changed.

    Attributes:
        luma: uint8 (height, width), 16 black to 235 white.
        blue: blue minus luma, uint8 (height / 2, width / 2), 128 where there is no colour.
        red: red minus luma, likewise.
        matrix: how colours are told.
        frame: the same memory as the encoder takes it.
    """

    luma: NDArray[np.uint8]
    blue: NDArray[np.uint8]
    red: NDArray[np.uint8]
    matrix: Matrix
    frame: VideoFrame


def matrix_of(facts: VideoFacts) -> Matrix:
    """Return the matrix for pictures of a video: by size, as players take untagged film."""
    return "bt709" if is_high_definition(facts) else "bt601"


def upright_planes(picture: VideoFrame, facts: VideoFacts) -> Planes:
    """Return a copy of a decoded frame, upright, with square pixels and 8 bits.

    An odd width or height gains a pixel, for colour is kept for two by two pixels.
    """
    matrix = matrix_of(facts)
    stored = picture if _is_ready(picture, facts, matrix) else _reformatted(picture, facts, matrix)
    upright = VideoFrame(*facts.even_size[::-1], "yuv420p")
    for source, target in zip(_views(stored), _views(upright), strict=True):
        part = turned(source, facts.orientation)
        height, width = part.shape
        target[:height, :width] = part
        target[height:], target[:, width:] = target[height - 1], target[:, width - 1 : width]
    return _planes(upright, matrix)


def planes_of(image: NDArray[np.uint8], matrix: Matrix = "bt709") -> Planes:
    """Return the planes of a BGR picture (height, width, 3), both even."""
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
    planes = frame.reformat(format="yuv420p", dst_colorspace=_COLOURSPACES[matrix])
    return _planes(planes, matrix)


def enlarged(picture: Planes | None, ground: Planes) -> Planes:
    """Return a copy of planes with a picture of the same matrix, if any, at their upper left."""
    frame = VideoFrame(ground.frame.width, ground.frame.height, "yuv420p")
    for k, target in enumerate(_views(frame)):
        target[:] = _views(ground.frame)[k]
        if picture is not None:
            part = _views(picture.frame)[k]
            target[: part.shape[0], : part.shape[1]] = part
    return _planes(frame, ground.matrix)


def image_of(planes: Planes) -> NDArray[np.uint8]:
    """Return the BGR picture of planes: uint8 (height, width, 3)."""
    space = _COLOURSPACES[planes.matrix]
    frame = planes.frame.reformat(format="bgr24", src_colorspace=space)
    return np.asarray(frame.to_ndarray(), np.uint8)


def _is_ready(picture: VideoFrame, facts: VideoFacts, matrix: Matrix) -> bool:
    return (
        picture.format.name == "yuv420p"
        and (picture.width, picture.height) == stored_size(facts)
        and picture.colorspace in MATRIX_CODES[matrix]
        and picture.color_range != FULL_RANGE
    )


def _reformatted(picture: VideoFrame, facts: VideoFacts, matrix: Matrix) -> VideoFrame:
    untagged = picture.colorspace in MATRIX_CODES[matrix]
    width, height = stored_size(facts)
    return VideoReformatter().reformat(
        picture,
        width=width,
        height=height,
        format="yuv420p",
        src_colorspace=_COLOURSPACES[matrix] if untagged else None,
        dst_colorspace=_COLOURSPACES[matrix],
        dst_color_range=ColorRange.MPEG,
        threads=1,
    )


def _planes(frame: VideoFrame, matrix: Matrix) -> Planes:
    frame.colorspace, frame.color_range = MATRIX_CODES[matrix][0], LIMITED_RANGE
    luma, blue, red = _views(frame)
    return Planes(luma, blue, red, matrix, frame)


def _views(frame: VideoFrame) -> list[NDArray[np.uint8]]:
    """The three planes as arrays of the frame's own memory."""
    views = []
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        views.append(rows[: plane.height, : plane.width])
    return views
