"""The simulated benchmark: seven fixed clips, rendered once, followed and scored."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from courtside.bench.clips import CLIPS, BenchClip, Tell, render_clip
from courtside.errors import InputError
from courtside.evaluate import score_run
from courtside.settings import Settings
from courtside.store.run import is_complete, locked, writing
from courtside.tracking import track

Renderer = Callable[[BenchClip, Path, Tell], None]
VIDEO = "video.mp4"


@dataclass(frozen=True)
class ClipResult:
    """How one clip went.

    Attributes:
        name: of the clip.
        real_time: seconds of video per second of work, without drawing.
        scores: as `evaluate` tells them.
    """

    name: str
    real_time: float
    scores: dict[str, Any]


def bench_sim(
    cache: Path,
    settings: Settings | None = None,
    names: Sequence[str] = (),
    tell: Tell = lambda _: None,
    renderer: Renderer = render_clip,
) -> Iterator[ClipResult]:
    """Yield the result of each clip; what is rendered already is not rendered again.

    The pipeline runs anew each time, so figures are those of the code as it is.

    Args:
        cache: folder that keeps the rendered clips and the last run of each.
        settings: of the runs; null for the defaults. Nothing is drawn.
        names: the clips to play; none for all.
        tell: told in a line what goes on.
        renderer: makes a clip's `video.mp4` and truth in a folder.

    Raises:
        InputError: for an unknown clip.
        MachineError: when the extra `simulate` is missing, or the cache cannot be written.
    """
    settings = settings or Settings()
    undrawn = replace(settings, render=replace(settings.render, video=False))
    for clip in chosen(names):
        folder = rendered(clip, cache, tell, renderer)
        yield _played(clip, folder, cache / f"{clip.name}.run", undrawn, tell)


def chosen(names: Sequence[str]) -> list[BenchClip]:
    """Return the clips of these names, all where there are none, in the order of the code.

    Raises:
        InputError: for an unknown name.
    """
    known = [clip.name for clip in CLIPS]
    for name in names:
        if name not in known:
            raise InputError(f"unknown clip {name!r}; known are: {', '.join(known)}")
    return [clip for clip in CLIPS if not names or clip.name in names]


def rendered(clip: BenchClip, cache: Path, tell: Tell, renderer: Renderer) -> Path:
    """Return the folder of a clip with `video.mp4` and truth, rendered if it is not there.

    It is rendered under another name, which it loses when whole; a renderer that keeps what it
    has done goes on there.
    """
    folder = cache / clip.folder
    with locked(cache):
        if not is_complete(folder):
            part = folder.with_name(f"{folder.name}.part")
            tell(f"{clip.name}: rendering {clip.seconds:g} s")
            renderer(clip, part, tell)
            with writing(folder):
                shutil.rmtree(folder, ignore_errors=True)
                part.rename(folder)
    return folder


def mean_scores(results: Sequence[ClipResult]) -> dict[str, float | None]:
    """Return the mean of each score over the clips that have it."""
    scores = [_figures(result.scores) for result in results]
    return {name: _mean([each[name] for each in scores]) for name in (scores or [{}])[0]}


def _played(clip: BenchClip, folder: Path, out: Path, settings: Settings, tell: Tell) -> ClipResult:
    tell(f"{clip.name}: following")
    begun = perf_counter()
    track(folder / VIDEO, out, settings, force=True)
    spent = perf_counter() - begun
    tell(f"{clip.name}: scoring")
    return ClipResult(clip.name, clip.seconds / spent, score_run(out, folder))


def _figures(scores: Mapping[str, Any]) -> dict[str, float | None]:
    return {name: value for name, value in scores.items() if not isinstance(value, dict | list)}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
