"""The whole way, in order: look at the video, settle who is who, tell it.

A preset is a choice of builders for the same stages. The video is decoded once to look and once
to draw; settling needs the saved tables alone. What settles and draws is imported beside the first
pictures, so that looking begins half a second sooner.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import TypeVar

import courtside
from courtside.background import opencv_in_one_thread
from courtside.beside import Work
from courtside.embedded_preset import first_stages, second_stages
from courtside.errors import InputError
from courtside.identity.roster import Roster
from courtside.looking import look
from courtside.memory import give_back
from courtside.progress import Report, Tick, silent
from courtside.sam2_preset import sam2_hashes, sam2_stages
from courtside.settings import RenderSettings, Settings
from courtside.stage import Halves, check_order
from courtside.store import run as store
from courtside.store.opened import Run, open_run, source_of
from courtside.video.encoder import check_encoder
from courtside.video.probe import VideoFacts, hash_file, probe
from courtside.weights import weight_hashes

T = TypeVar("T")


def look_stages(settings: Settings) -> Halves:
    """Return the stages that look at each sampled frame, in order, as the two halves of the loop.

    Raises:
        MachineError: when the preset needs what this machine lacks.
        SettingsError: when stages do not fit together.
    """
    match settings.preset:
        case "embedded":
            first, second = first_stages(settings), second_stages(settings)
        case "sam2":
            first, second = sam2_stages(settings)
    check_order([*first, *second])
    return first, second


def make_run(
    video: Path,
    out: Path,
    settings: Settings,
    force: bool,
    report: Report,
    roster: Roster | None,
    apart: Work | None,
) -> Run:
    """Turn a game video into a run folder, as `courtside.tracking.track` tells.

    Args:
        apart: does the first half of looking in a process of its own; null does it here.
    """
    from courtside.identity.edits import read_edits

    facts = probe(video)
    if settings.render.video:
        check_encoder(settings.render.encoder)
    plan = store.Plan(
        courtside.__version__, video.name, hash_file(video), _hashes(settings), settings
    )
    whole = store.is_complete(out) and not force  # a whole run needs no nets
    # Before the folder is touched: what cannot work leaves nothing.
    stages = None if whole else look_stages(settings)
    with store.locked(out), opencv_in_one_thread():
        read_edits(out / store.EDITS, plan.video_hash)  # a broken line is told before looking
        store.prepare(out, plan, force)
        other_roster = roster is not None and _keep_roster(out, roster)
        if store.is_complete(out) and other_roster:
            _settle_again(video, out, settings, report)
        elif not store.is_complete(out):
            Thread(target=_import_rest, daemon=True).start()
            stages = stages or look_stages(settings)
            looked = look(video, facts, out, stages, settings, report, apart)
            stages = None  # the memory of the nets is for what follows
            _make(video, facts, out, plan, looked, report)
    return open_run(out)


def _hashes(settings: Settings) -> dict[str, str]:
    own = sam2_hashes(settings) if settings.preset == "sam2" else {}
    return {**weight_hashes(), **own}


def _import_rest() -> None:
    for name in ("scipy.optimize", "courtside.settling", "courtside.render.video"):
        import_module(name)


def _make(
    video: Path,
    facts: VideoFacts,
    out: Path,
    plan: store.Plan,
    looked: store.Checkpoint,
    report: Report,
) -> None:
    from courtside.settling import settle

    settings = plan.settings
    report(Tick("settle", 0, 0.0, None))
    gc.collect()
    give_back()
    _, settling = _timed(lambda: settle(out, video, facts, plan, looked))
    seconds = {**looked.seconds, "settle": settling}
    gc.collect()
    give_back()
    if settings.render.video:
        _, seconds["draw"] = _timed(lambda: _draw_all(video, out, settings, report))
    store.complete(out, plan, seconds)


def _keep_roster(out: Path, roster: Roster) -> bool:
    from courtside.settling import keep_roster

    return keep_roster(out, roster)


def _settle_again(video: Path, out: Path, settings: Settings, report: Report) -> None:
    from courtside.settling import settle_again

    settle_again(out)
    if settings.render.video:
        _draw_all(video, out, settings, report)


def _draw_all(video: Path, out: Path, settings: Settings, report: Report) -> None:
    """Draw the annotated video of a run, and its minimap alone where that is asked for."""
    chosen, end = settings.render, settings.video.end
    if chosen.minimap == "alone":
        _draw(video, out, replace(chosen, minimap="none"), end, report)
    if chosen.minimap != "alone" or Run(out).court is not None:
        _draw(video, out, chosen, end, report)


def render_run(
    run: Path | str,
    source: Path | str | None = None,
    settings: RenderSettings | None = None,
    report: Report = silent,
) -> Path:
    """Draw the annotated video of a complete run again, or its minimap alone; return its path.

    Args:
        run: the run folder.
        source: the video; null looks where it lay when the run was made, then beside the run.
        settings: how to draw; null for the defaults.
        report: told how far the job is.

    Raises:
        InputError: when the run is not complete, or the video is missing or another one.
        MachineError: when the video cannot be written or the encoder is not there.
    """
    opened, settings = open_run(run), settings or RenderSettings()
    check_encoder(settings.encoder)
    if settings.minimap != "none" and opened.court is None:
        raise InputError(f"no minimap: the court of {run} is not known; see courtside court")
    source = Path(source) if source else source_of(opened)
    if hash_file(source) != opened.manifest["video_hash"]:
        raise InputError(f"{source} is not the video of {run}: give the right one with --source")
    with store.locked(opened.path), opencv_in_one_thread():
        end = opened.manifest["settings"]["video"]["end"]
        return _draw(source, opened.path, settings, end, report)


def _draw(
    source: Path, out: Path, settings: RenderSettings, end: float | None, report: Report
) -> Path:
    from courtside.render.video import render_video

    alone = settings.minimap == "alone"
    run, facts, path = Run(out), probe(source), out / (store.MINIMAP if alone else store.VIDEO)
    length = facts.duration_from_header
    total = None if length is None else float(length)

    def tell(frames: int, time: float) -> None:
        report(Tick("draw", frames, time, total))

    rows, court = run.iterate(), run.court if settings.minimap != "none" else None
    render_video(
        source, facts, rows, run.frames, run.game, path, settings, tell, end=end, court=court
    )
    return path


def _timed(job: Callable[[], T]) -> tuple[T, float]:
    begun = perf_counter()
    result = job()
    return result, perf_counter() - begun
