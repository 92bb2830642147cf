"""Settle: who is who, decided from the saved tables of the whole video, without a pixel.

Masks stay on disk: only the columns that decisions read are held, so memory hardly grows with
the length of the video.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from courtside.court.league import readings_of
from courtside.court.presence import leave_out_bystanders
from courtside.court.settle import settle_cameras, settle_places
from courtside.game import Court, Game, Segment
from courtside.identity.report import kind_of_view, leave_out_close_ups, report
from courtside.identity.settle import settle_identity
from courtside.settings import Settings
from courtside.sightings import Array, FrameTable, Sightings
from courtside.sport import SPORTS
from courtside.store import run as store
from courtside.store.table import read_frames, read_sightings, write_frames, write_sightings
from courtside.teams.settle import settle_teams
from courtside.video.probe import VideoFacts

# What decisions read of what was seen; masks are not among it.
EVIDENCE = (
    "score", "track", "visibility", "foot_x", "foot_y", "court_x", "court_y",
    "readable", "tens", "ones", "kit",
)  # fmt: skip
DECISIONS = (
    "court_x", "court_y", "airborne",
    "role", "on_court", "team", "team_score", "number", "number_score", "player", "player_score",
)  # fmt: skip


def settle(
    folder: Path, source: Path, facts: VideoFacts, settings: Settings, looked: store.Checkpoint
) -> None:
    """Decide from the look results in the folder and write everything but video and manifest.

    Raises:
        InputError: when saved results are damaged.
        MachineError: when results cannot be written.
    """
    sport = SPORTS[settings.sport]
    chunks = range(store.saved_chunks(folder))
    rows = Sightings.concat([_evidence(folder, chunk) for chunk in chunks])
    frames = FrameTable.concat([_frames(folder, chunk) for chunk in chunks])
    size = (facts.height, facts.width)
    segments = _viewed(looked.segments, rows, size)
    frames, court = settle_cameras(frames, size, readings_of(settings))
    rows = settle_places(rows, frames, size, sport.sprint)
    rows, teams = settle_teams(rows, sport)
    rows = leave_out_close_ups(rows, segments)
    rows = leave_out_bystanders(rows, court.court) if court else rows
    rows, players, contradictions = settle_identity(rows, None, sport, settings.identity)
    game = Game(teams, players, segments, Court(court.court.name if court else None))
    frames = frames.with_columns(view=_views(frames, segments))
    write_sightings(
        _joined(folder, chunks, rows),
        folder / "sightings.parquet",
        size,
        folder / "vectors.parquet",
    )
    write_frames(frames, folder / "frames.parquet", facts.time_base)
    store.write_json(folder / "video.json", _video(source, facts, looked, game))
    store.write_json(
        folder / "players.json",
        {"teams": [asdict(team) for team in teams], "players": [asdict(p) for p in players]},
    )
    store.write_json(folder / "report.json", report(rows, frames, game, sport, contradictions))


def _evidence(folder: Path, chunk: int) -> Sightings:
    path = store.chunk_folder(folder, chunk)
    return read_sightings(path / "sightings.parquet", path / "vectors.parquet", EVIDENCE)


def _frames(folder: Path, chunk: int) -> FrameTable:
    return read_frames(store.chunk_folder(folder, chunk) / "frames.parquet")


def _viewed(
    segments: tuple[Segment, ...], rows: Sightings, size: tuple[int, int]
) -> tuple[Segment, ...]:
    of_segment = {s.index: rows.select(rows["segment"] == s.index) for s in segments}
    return tuple(replace(s, view=kind_of_view(of_segment[s.index], size)) for s in segments)


def _views(frames: FrameTable, segments: tuple[Segment, ...]) -> Array:
    view = {segment.index: segment.view for segment in segments}
    return np.array([view[index] for index in frames["segment"].tolist()], object)


def _joined(folder: Path, chunks: range, decided: Sightings) -> Iterator[Sightings]:
    """Yield what was seen, chunk after chunk, with the decisions beside it."""
    begin = 0
    for chunk in chunks:
        rows, _ = store.read_chunk(folder, chunk)
        own = np.arange(begin, begin + len(rows))
        begin += len(rows)
        yield rows.with_columns(**{n: decided[n][own] for n in DECISIONS if n in decided})


def _video(source: Path, facts: VideoFacts, looked: store.Checkpoint, game: Game) -> dict[str, Any]:
    return {
        "name": facts.name,
        "path": str(source.resolve()),
        "from_header": asdict(facts),
        "measured": {
            "frames_decoded": looked.frames_decoded,
            "damage": asdict(looked.damage),
        },
        "segments": [asdict(segment) for segment in game.segments],
        "court": asdict(game.court),
    }
