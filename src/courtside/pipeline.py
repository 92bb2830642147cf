"""The whole way, in order: look at the video, settle who is who, tell it.

A preset is a choice of builders for the same stages. The video is decoded once to look and once
to draw; settling needs the saved tables alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TypeVar

import courtside
from courtside.detect.stage import build_detector
from courtside.engine import available_cores, load_net
from courtside.errors import InputError, MachineError
from courtside.identity.edits import read_edits
from courtside.identity.roster import Roster
from courtside.looking import look
from courtside.masks.stage import build_follower
from courtside.numbers.look import build_reader
from courtside.progress import Report, Tick, silent
from courtside.render.video import check_encoder, render_video
from courtside.settings import RenderSettings, Settings
from courtside.settling import keep_roster, settle, settle_again
from courtside.sport import SPORTS
from courtside.stage import LookStage, check_order, stateless
from courtside.store import run as store
from courtside.store.opened import Run, open_run
from courtside.teams.look import look_teams
from courtside.video.motion import build_camera
from courtside.video.probe import VideoFacts, hash_file, probe
from courtside.weights import weight_hashes, weights_path

T = TypeVar("T")


def look_stages(settings: Settings) -> list[LookStage]:
    """Return the stages that look at each sampled frame, in order.

    Raises:
        MachineError: when the preset needs what this machine lacks.
        SettingsError: when stages do not fit together.
    """
    match settings.preset:
        case "embedded":
            stages = _embedded(settings)
        case "sam2":
            raise MachineError("the preset sam2 is not part of this version: use embedded")
    check_order(stages)
    return stages


def _embedded(settings: Settings) -> list[LookStage]:
    # The detector runs beside the stages that follow people, so it leaves them half of the cores:
    # on two cores one thread takes 37 ms a picture, two take 33.
    threads = max(1, available_cores() // 2)
    detector = load_net(weights_path("detector"), threads=threads)
    return [
        build_camera(),
        build_detector(detector, settings.detect),
        build_follower(SPORTS[settings.sport]),
        stateless("teams", ["mask", "visibility"], ["kit"], look_teams),
        build_reader(load_net(weights_path("numbers")), settings.detect.number),
    ]


def track(
    video: Path,
    out: Path,
    settings: Settings | None = None,
    force: bool = False,
    report: Report = silent,
    roster: Roster | None = None,
) -> Run:
    """Turn a game video into a run folder; goes on where an earlier try stopped.

    Args:
        video: the game video.
        out: the run folder; made if need be.
        settings: null for the defaults.
        force: make an existing run anew; a person's edits stay.
        report: told how far the job is.
        roster: who may play; kept in the run folder. A finished run is settled with it again.

    Raises:
        InputError: the video or a setting cannot be used.
        MachineError: the machine cannot do it (disk, rights, missing extra).
        RunConflictError: the folder holds another run.
    """
    settings = settings or Settings()
    facts = probe(video)
    if settings.render.video:
        check_encoder(settings.render.encoder)
    plan = store.Plan(
        courtside.__version__, video.name, hash_file(video), weight_hashes(), settings
    )
    stages = look_stages(settings)  # before the folder is touched: what cannot work leaves nothing
    with store.locked(out):
        read_edits(out / store.EDITS, plan.video_hash)  # a broken line is told before looking
        store.prepare(out, plan, force)
        other_roster = roster is not None and keep_roster(out, roster)
        if store.is_complete(out) and other_roster:
            settle_again(out)
            _draw_again(video, out, settings, report)
        elif not store.is_complete(out):
            _make(video, facts, out, plan, stages, report)
    return open_run(out)


def _make(
    video: Path,
    facts: VideoFacts,
    out: Path,
    plan: store.Plan,
    stages: list[LookStage],
    report: Report,
) -> None:
    settings = plan.settings
    looked = look(video, facts, out, stages, settings, report)
    report(Tick("settle", 0, 0.0, None))
    _, settling = _timed(lambda: settle(out, video, facts, plan, looked))
    seconds = {**looked.seconds, "settle": settling}
    if settings.render.video:
        _, seconds["draw"] = _timed(
            lambda: _draw(video, out, settings.render, settings.video.end, report)
        )
    store.complete(out, plan, seconds)


def _draw_again(video: Path, out: Path, settings: Settings, report: Report) -> None:
    if settings.render.video:
        _draw(video, out, settings.render, settings.video.end, report)


def render(
    run: Path, source: Path | None, settings: RenderSettings, report: Report = silent
) -> Path:
    """Draw the annotated video of a complete run again and return its path.

    Args:
        run: the run folder.
        source: the video; null looks where it lay when the run was made, then beside the run.
        settings: how to draw.
        report: told how far the job is.

    Raises:
        InputError: when the run is not complete, or the video is missing or another one.
        MachineError: when the video cannot be written or the encoder is not there.
    """
    opened = open_run(run)
    check_encoder(settings.encoder)
    source = source or _source_of(opened)
    if hash_file(source) != opened.manifest["video_hash"]:
        raise InputError(f"{source} is not the video of {run}: give the right one with --source")
    with store.locked(run):
        end = opened.manifest["settings"]["video"]["end"]
        return _draw(source, run, settings, end, report)


def _source_of(run: Run) -> Path:
    recorded = Path(run.video["path"])
    for candidate in (recorded, run.path.parent / recorded.name):
        if candidate.is_file():
            return candidate
    raise InputError(f"{recorded} is not there any more: tell where it is with --source")


def _draw(
    source: Path, out: Path, settings: RenderSettings, end: float | None, report: Report
) -> Path:
    run, facts, path = Run(out), probe(source), out / store.VIDEO
    length = facts.duration_from_header
    total = None if length is None else float(length)

    def tell(frames: int, time: float) -> None:
        report(Tick("draw", frames, time, total))

    rows = run.iterate()
    render_video(source, facts, rows, run.frames, run.game, path, settings, tell, end=end)
    return path


def _timed(job: Callable[[], T]) -> tuple[T, float]:
    begun = perf_counter()
    result = job()
    return result, perf_counter() - begun
