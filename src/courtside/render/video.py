"""The annotated video and the annotated still: reading, drawing and writing at the same time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from courtside.background import ahead
from courtside.court.shapes import Court
from courtside.errors import InputError, cannot_write
from courtside.game import Game
from courtside.render.between import Playback
from courtside.render.draw import draw
from courtside.render.figures import names_of
from courtside.render.layout import Layout, layout_of, with_minimap
from courtside.render.style import style_for
from courtside.render.tags import Offsets, place_tags
from courtside.render.window import moments
from courtside.settings import RenderSettings
from courtside.sightings import FrameTable, Sightings
from courtside.video.encoder import check_encoder
from courtside.video.planes import Planes, image_of
from courtside.video.probe import VideoFacts
from courtside.video.read import Frame, read
from courtside.video.write import VideoWriter

__all__ = ["check_encoder", "render_still", "render_video"]

Rows = Sightings | Iterable[Sightings]

# Pictures wait between reading, drawing and writing by this many bytes each, and no more.
BYTES_AHEAD = 24_000_000
# Times of segments are saved as floats: a little earlier is still the same frame.
SLACK = Fraction(1, 100_000)


@dataclass(frozen=True, eq=False)
class _Drawn:
    picture: Planes
    pts: int
    time: float
    duration: Fraction


def render_video(
    source: Path,
    facts: VideoFacts,
    rows: Rows,
    frames: FrameTable,
    game: Game,
    out: Path,
    settings: RenderSettings,
    progress: Callable[[int, float], None],
    *,
    end: float | None = None,
    court: Court | None = None,
) -> None:
    """Write the annotated video of a run: the source's frames, times and sound.

    Args:
        source: the game video.
        facts: what `probe` found out about it.
        rows: settled sightings, all or in pieces of whole frames in the order of the frames.
        frames: the table of sampled frames; its range is the range that is written.
        game: teams with colours, players with names, segments.
        out: the MP4 file to be.
        settings: encoder, quality, trail and minimap.
        progress: called with the number of frames written and the time in seconds of the last.
        end: seconds where the run stopped looking; null takes it from the last sampled frame.
        court: whose minimap is drawn where `settings` tell; null for none.

    Raises:
        InputError: when the source cannot be read any more.
        MachineError: when the video cannot be written.
    """
    stop = _end(frames, facts) if end is None else Fraction(str(end))
    reader = read(source, facts, every=None, start=_start(game), end=stop, cuts=False)
    depth = int(np.clip(BYTES_AHEAD // (facts.width * facts.height * 3), 1, 8))
    style = style_for((facts.height, facts.width), game.teams)
    layout = layout_of(settings.minimap, court, facts.even_size, style.unit) if court else None
    alone = layout is not None and layout.alone
    writer = VideoWriter(
        out,
        facts,
        encoder=settings.encoder,
        quality=settings.quality,
        sound_from=source if facts.audio and not alone else None,
        end=stop,
        size=layout.size if layout else None,
    )
    # Closed from the last to the first, so that no thread outlives an error or an interruption.
    with (
        writer,
        closing(ahead(_decoded(reader), depth)) as decoded,
        closing(_drawn(decoded, facts, rows, frames, game, settings.trail, layout)) as drawn,
        closing(ahead(drawn, depth)) as ready,
    ):
        for count, item in enumerate(ready, 1):
            writer.write(item.picture, item.pts, item.duration)
            progress(count, item.time)


def render_still(
    source: Path,
    facts: VideoFacts,
    rows: Rows,
    frames: FrameTable,
    game: Game,
    time: float,
    out: Path,
) -> None:
    """Save one annotated frame as PNG: the first at or after a time in seconds.

    Args are those of `render_video`.

    Raises:
        InputError: when the source has no frame there, or cannot be read.
        MachineError: when the picture cannot be written.
    """
    reader = read(source, facts, every=None, start=Fraction(str(time)) - SLACK)
    first = next(iter(_decoded(reader)), None)
    if first is None:
        raise InputError(f"{source} has no frame at {time:g} s")
    drawn = next(_drawn(iter([first]), facts, rows, frames, game, 0.0))
    _, encoded = cv2.imencode(".png", image_of(drawn.picture))
    try:
        out.write_bytes(encoded.tobytes())
    except OSError as error:
        raise cannot_write(out, error) from error


def _drawn(
    decoded: Iterable[tuple[Frame, Planes]],
    facts: VideoFacts,
    rows: Rows,
    frames: FrameTable,
    game: Game,
    trail: float,
    layout: Layout | None = None,
) -> Generator[_Drawn, None, None]:
    size = facts.height, facts.width
    style = style_for(size, game.teams)
    pieces = (rows,) if isinstance(rows, Sightings) else rows
    playback = Playback(moments(pieces, frames, names_of(game)), size, style.unit, trail)
    offsets: Offsets = {}
    last: tuple[float, int] = (0.0, -1)
    for frame, picture in decoded:
        time, segment = float(frame.time), _segment(game, frame)
        figures = playback.at(time, segment)
        # After a cut tags start afresh.
        offsets = offsets if segment == last[1] else {}
        tags = place_tags(figures, style, size, offsets, time - last[0])
        offsets, last = {tag.key: tag.offset for tag in tags}, (time, segment)
        drawn = picture if layout and layout.alone else draw(picture, figures, style, tags)
        if layout is not None:
            drawn = with_minimap(drawn, figures, layout, style)
        yield _Drawn(drawn, frame.pts, time, frame.duration)


def _decoded(frames: Iterable[Frame]) -> Iterator[tuple[Frame, Planes]]:
    """Yield frames with a picture to draw on, made beside the drawing."""
    for frame in frames:
        yield frame, frame.planes()


def _start(game: Game) -> Fraction | None:
    start = Fraction(game.segments[0].start) - SLACK if game.segments else Fraction(0)
    return start if start > 0 else None


def _end(frames: FrameTable, facts: VideoFacts) -> Fraction | None:
    """Return where the samples end, in seconds; null when that is the end of the video."""
    times = frames["time"]
    if not len(times):
        return None
    period = Fraction(float(np.median(np.diff(times)))) if len(times) > 1 else Fraction(0)
    end = Fraction(float(times[-1])) + max(period - SLACK, SLACK)
    length = facts.duration_from_header
    return None if length is not None and end >= length - period else end


def _segment(game: Game, frame: Frame) -> int:
    """Return the segment as the run counts it, also where reading began in the middle."""
    if not game.segments:
        return 0
    firsts = [segment.first_frame for segment in game.segments]
    return game.segments[max(bisect_right(firsts, frame.index) - 1, 0)].index
