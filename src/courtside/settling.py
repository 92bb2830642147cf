"""Settle: who is who, decided from the saved tables of the whole video, without a pixel.

Masks stay on disk: only the columns that decisions read are held, so memory hardly grows with
the length of the video. A finished run is settled again from its own tables, so that a roster or
a correction takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from courtside.court.league import readings_of
from courtside.court.places import settle_places
from courtside.court.settle import settle_cameras
from courtside.court.sides import turned_by_people
from courtside.game import Court, Game, Segment
from courtside.identity.ball import with_ball
from courtside.identity.case import Given, Settled
from courtside.identity.edits import read_edits
from courtside.identity.report import kind_of_view, leave_out_of_game, report
from courtside.identity.roster import Roster, plain, roster_from
from courtside.identity.settle import settle_game
from courtside.memory import give_back
from courtside.settings import Settings
from courtside.sightings import SIGHTING_COLUMNS, Array, FrameTable, Sightings
from courtside.sport import SPORTS
from courtside.store import run as store
from courtside.store.opened import Run, open_run
from courtside.store.table import (
    iterate_sightings,
    read_frames,
    read_sightings,
    write_frames,
    write_sightings,
)
from courtside.video.probe import VideoFacts

# What decisions read of what was seen; masks are not among it.
EVIDENCE = (
    "score", "track", "visibility", "foot_x", "foot_y", "court_x", "court_y", "height",
    "readable", "tens", "ones", "kit", "embedding", "torso",
)  # fmt: skip
VECTORS = tuple(name for name in EVIDENCE if SIGHTING_COLUMNS[name].kind == "vector")
DECISIONS = (
    "track", "court_x", "court_y", "airborne", "height",
    "role", "on_court", "team", "team_score", "number", "number_score", "player", "player_score",
)  # fmt: skip


@dataclass(frozen=True)
class _Seen:
    """What was seen of a video, and where it is decided.

    Attributes:
        folder: the run folder.
        video: sha256 of the video.
        size: height and width of the picture in pixels.
        rows: the evidence.
        frames: the sampled frames.
        segments: stretches between cuts.
        court: what is played on.
    """

    folder: Path
    video: str
    size: tuple[int, int]
    rows: Sightings
    frames: FrameTable
    segments: tuple[Segment, ...]
    court: Court


def settle(
    folder: Path, source: Path, facts: VideoFacts, plan: store.Plan, looked: store.Checkpoint
) -> None:
    """Decide from the look results in the folder and write everything but video and manifest.

    Raises:
        InputError: when saved results are damaged.
        MachineError: when results cannot be written.
    """
    seen, settled = _decide(_looked_at(folder, facts, plan, looked), plan.settings)
    give_back()
    chunks = range(store.saved_chunks(folder))
    _write_tables(seen, (store.read_chunk(folder, chunk)[0] for chunk in chunks), settled)
    write_frames(seen.frames, folder / "frames.parquet", facts.time_base)
    store.write_json(folder / "video.json", _video(source, facts, looked, seen))
    _write_decisions(seen, settled, plan.settings)


def _looked_at(
    folder: Path, facts: VideoFacts, plan: store.Plan, looked: store.Checkpoint
) -> _Seen:
    """Return what looking saved, with the court settled."""
    chunks = range(store.saved_chunks(folder))
    rows = Sightings.concat([_evidence(folder, chunk) for chunk in chunks])
    frames = FrameTable.concat([_frames(folder, chunk) for chunk in chunks])
    give_back()
    size = (facts.height, facts.width)
    frames, reading = settle_cameras(frames, size, readings_of(plan.settings))
    if reading is not None:
        frames = turned_by_people(frames, rows, reading.court, size)
    rows = settle_places(rows, frames, size, SPORTS[plan.settings.sport].sprint)
    court = Court(reading.court.name if reading else None)
    return _Seen(folder, plan.video_hash, size, rows, frames, looked.segments, court)


def settle_again(folder: Path) -> Run:
    """Decide anew from a finished run's own tables, with its roster and corrections as they are.

    Raises:
        InputError: when the run is not complete or damaged.
        MachineError: when results cannot be written.
    """
    run, plan = open_run(folder), store.read_plan(folder)
    assert plan is not None, "a complete run has a plan"
    table, vectors = folder / "sightings.parquet", folder / "vectors.parquet"
    seen, settled = _decide(_seen_of(run, plan), plan.settings)
    _write_tables(seen, iterate_sightings(table, vectors), settled)
    _write_decisions(seen, settled, plan.settings)
    return open_run(folder)


def _seen_of(run: Run, plan: store.Plan) -> _Seen:
    """Return what was seen in a finished run."""
    game = run.game
    rows = read_sightings(run.path / "sightings.parquet", run.path / "vectors.parquet", EVIDENCE)
    return _Seen(run.path, plan.video_hash, run.size, rows, run.frames, game.segments, game.court)


def keep_roster(folder: Path, roster: Roster) -> bool:
    """Write the roster into the run folder; tell whether it is another than before.

    Raises:
        MachineError: when it cannot be written.
    """
    content, path = plain(roster), folder / store.ROSTER
    if path.is_file() and store.read_json(path) == content:
        return False
    store.write_json(path, content)
    return True


def _decide(seen: _Seen, settings: Settings) -> tuple[_Seen, Settled]:
    """Return what was seen with the kinds of view, and all decisions."""
    sport = SPORTS[settings.sport]
    segments = _viewed(seen)
    frames = seen.frames.with_columns(view=_views(seen.frames, segments))
    rows = with_ball(leave_out_of_game(seen.rows, segments), frames)
    seen = replace(seen, rows=rows, frames=frames, segments=segments)
    given = Given(
        frames=frames,
        roster=_roster(seen.folder, settings),
        edits=read_edits(seen.folder / store.EDITS, seen.video),
    )
    settled = settle_game(rows, sport, settings.identity, given)
    # What it was decided from is not needed any more; writing needs the memory.
    told = settled.rows.without(*VECTORS)
    return replace(seen, rows=told), replace(settled, rows=told, people=())


def _roster(folder: Path, settings: Settings) -> Roster | None:
    path = folder / store.ROSTER
    if not path.is_file():
        return None
    return roster_from(store.read_json(path), str(path), SPORTS[settings.sport])


def _write_tables(seen: _Seen, looked: Iterable[Sightings], settled: Settled) -> None:
    write_sightings(
        _joined(looked, settled.rows),
        seen.folder / "sightings.parquet",
        seen.size,
        seen.folder / "vectors.parquet",
    )


def _write_decisions(seen: _Seen, settled: Settled, settings: Settings) -> None:
    players, teams = settled.players, settled.teams
    store.write_json(
        seen.folder / "players.json",
        {"teams": [asdict(team) for team in teams], "players": [asdict(p) for p in players]},
    )
    game = Game(teams, players, seen.segments, seen.court)
    told = report(settled.rows, seen.frames, game, SPORTS[settings.sport], settled.contradictions)
    told["edits_without_place"] = [str(edit) for edit in settled.lost]
    store.write_json(seen.folder / "report.json", told)


def _evidence(folder: Path, chunk: int) -> Sightings:
    path = store.chunk_folder(folder, chunk)
    return read_sightings(path / "sightings.parquet", path / "vectors.parquet", EVIDENCE)


def _frames(folder: Path, chunk: int) -> FrameTable:
    return read_frames(store.chunk_folder(folder, chunk) / "frames.parquet")


def _viewed(seen: _Seen) -> tuple[Segment, ...]:
    """Return the segments with their kind of view: as it was seen, else by the people in it."""
    return tuple(
        replace(segment, view=segment.view or _seen_view(seen, segment))
        for segment in seen.segments
    )


def _seen_view(seen: _Seen, segment: Segment) -> str | None:
    if "view" in seen.frames:
        views = seen.frames["view"][seen.frames["segment"] == segment.index]
        told = [view for view in views.tolist() if view is not None]
        if told:
            return str(max(sorted(set(told)), key=told.count))
    rows = seen.rows.select(seen.rows["segment"] == segment.index)
    return kind_of_view(rows, seen.size)


def _views(frames: FrameTable, segments: tuple[Segment, ...]) -> Array:
    view = {segment.index: segment.view for segment in segments}
    return np.array([view[index] for index in frames["segment"].tolist()], object)


def _joined(looked: Iterable[Sightings], decided: Sightings) -> Iterator[Sightings]:
    """Yield what was seen, piece after piece, with the decisions beside it."""
    begin = 0
    for rows in looked:
        own = np.arange(begin, begin + len(rows))
        begin += len(rows)
        yield rows.with_columns(**{n: decided[n][own] for n in DECISIONS if n in decided})


def _video(
    source: Path, facts: VideoFacts, looked: store.Checkpoint, seen: _Seen
) -> dict[str, Any]:
    return {
        "name": facts.name,
        "path": str(source.resolve()),
        "from_header": asdict(facts),
        "measured": {
            "frames_decoded": looked.frames_decoded,
            "damage": asdict(looked.damage),
        },
        "segments": [asdict(segment) for segment in seen.segments],
        "court": asdict(seen.court),
    }
