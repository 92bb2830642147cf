"""From a decoded frame to arrays: upright, square pixels, 8 bits, no field combs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
import av.filter
import cv2
import numpy as np
from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from courtside.video.decode import Decoded

if TYPE_CHECKING:
    from courtside.video.probe import VideoFacts

# Small enough to cost a third of a millisecond, large enough to tell camera positions apart.
THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT = 64, 36
# Untagged film this tall is BT.709, smaller is BT.601: what players and browsers assume.
HIGH_DEFINITION_HEIGHT = 720
# AVCOL_SPC_UNSPECIFIED of libavutil/pixfmt.h.
UNSPECIFIED_COLOURS = 2


@dataclass(frozen=True)
class Orientation:
    """How a stored frame is turned to stand upright.

    Attributes:
        quarter_turns: turns of 90 degrees clockwise, 0 to 3, after mirroring.
        mirrored: whether the frame is first mirrored left to right.
    """

    quarter_turns: int = 0
    mirrored: bool = False

    @property
    def degrees(self) -> int:
        """Clockwise rotation in degrees."""
        return 90 * self.quarter_turns


def orientation(picture: VideoFrame) -> Orientation:
    """Read the display matrix of a frame, rounded to the nearest quarter turn.

    The matrix maps a stored point (x, y) to the displayed point (a x + c y, b x + d y), stored
    row by row as 16.16 fixed point with a third column (libavutil/display.h).
    """
    # The stub calls it a dictionary with one key; it is looked up by kind, and holds bytes.
    side_data = cast(Mapping[SideDataType, bytes], picture.side_data).get(
        SideDataType.DISPLAYMATRIX
    )
    if side_data is None:
        return Orientation()
    a, b, _, c, d = (int(v) for v in np.frombuffer(bytes(side_data), np.int32)[:5])
    mirrored = a * d - b * c < 0
    if mirrored:  # undo the mirror, which comes first: it negates the x that goes in
        a, b = -a, -b
    return Orientation(round(float(np.degrees(np.arctan2(b, a))) / 90) % 4, mirrored)


def upright_image(picture: VideoFrame, facts: VideoFacts) -> NDArray[np.uint8]:
    """The upright picture as blue, green, red: uint8 (height, width, 3), square pixels."""
    stored = _converted(picture, facts, "bgr24", stored_size(facts))
    return turned(_array(stored), facts.orientation)


def upright_gray(picture: VideoFrame, facts: VideoFacts, width: int) -> NDArray[np.uint8]:
    """The upright luma reduced to a width, or as it is when narrower: uint8 (height, width)."""
    scale = min(1.0, width / facts.width)
    stored_width, stored_height = stored_size(facts)
    size = (max(1, round(stored_width * scale)), max(1, round(stored_height * scale)))
    return turned(_array(_converted(picture, facts, "gray", size)), facts.orientation)


def whole_gray(picture: VideoFrame) -> NDArray[np.uint8]:
    """The luma of a stored frame as it is: uint8 (coded height, coded width)."""
    return _array(VideoReformatter().reformat(picture, format="gray", threads=1))


def thumbnail(picture: VideoFrame, scaler: VideoReformatter | None = None) -> NDArray[np.uint8]:
    """The whole stored frame as a tiny picture of luma and colour: uint8 (3, 36, 64).

    A scaler that is kept for frames of one size saves a quarter of the time.
    """
    small = (scaler or VideoReformatter()).reformat(
        picture,
        width=THUMBNAIL_WIDTH,
        height=THUMBNAIL_HEIGHT,
        format="yuv444p",
        interpolation=Interpolation.BILINEAR,
        threads=1,
    )
    return _array(small)


def deinterlaced(frames: Iterable[Decoded], time_base: Fraction) -> Iterator[Decoded]:
    """Replace interlaced frames by whole ones, one for one; progressive frames pass as they are.

    Uses libavfilter's `bwdif`, which looks one frame back and one ahead.
    """
    graph: av.filter.Graph | None = None
    waiting: list[int] = []
    for frame in frames:
        if graph is None:
            graph = _bwdif(frame.picture, time_base)
        waiting.append(frame.pts)
        graph.vpush(frame.picture)
        yield from _pulled(graph, waiting)
    if graph is not None:
        graph.vpush(None)
        yield from _pulled(graph, waiting)


def _bwdif(picture: VideoFrame, time_base: Fraction) -> av.filter.Graph:
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=picture.width, height=picture.height, format=picture.format, time_base=time_base
    )
    deinterlace = graph.add("bwdif", "mode=send_frame:deint=interlaced")
    graph.link_nodes(source, deinterlace, graph.add("buffersink")).configure()
    return graph


def _pulled(graph: av.filter.Graph, waiting: list[int]) -> Iterator[Decoded]:
    """Whole frames that are ready; they come in order, so their times are those that waited."""
    while waiting:
        try:
            picture = graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        yield Decoded(waiting.pop(0), picture)


def is_high_definition(facts: VideoFacts) -> bool:
    """Whether untagged film of this size is taken for BT.709."""
    return min(facts.coded_width, facts.coded_height) >= HIGH_DEFINITION_HEIGHT


def stored_size(facts: VideoFacts) -> tuple[int, int]:
    """Width and height of the square-pixel picture before it is turned."""
    sideways = facts.orientation.quarter_turns % 2 == 1
    return (facts.height, facts.width) if sideways else (facts.width, facts.height)


def _converted(
    picture: VideoFrame, facts: VideoFacts, pixel_format: str, size: tuple[int, int]
) -> VideoFrame:
    untagged = picture.colorspace == UNSPECIFIED_COLOURS
    return VideoReformatter().reformat(
        picture,
        width=size[0],
        height=size[1],
        format=pixel_format,
        src_colorspace=Colorspace.ITU709 if untagged and is_high_definition(facts) else None,
        threads=1,
    )


def _array(picture: VideoFrame) -> NDArray[np.uint8]:
    return np.ascontiguousarray(picture.to_ndarray(), np.uint8)


def turned(image: NDArray[np.uint8], turn: Orientation) -> NDArray[np.uint8]:
    """A picture or one of its planes made upright."""
    if turn.mirrored:
        image = cv2.flip(image, 1).astype(np.uint8, copy=False)
    match turn.quarter_turns:
        case 1:
            image = cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE).astype(np.uint8, copy=False)
        case 2:
            image = cv2.rotate(image, cv2.ROTATE_180).astype(np.uint8, copy=False)
        case 3:
            image = cv2.rotate(image, cv2.ROTATE_90_COUNTERCLOCKWISE).astype(np.uint8, copy=False)
    return image
