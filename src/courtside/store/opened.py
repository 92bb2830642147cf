"""A settled run folder, opened for reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from courtside.court.league import court_named
from courtside.court.shapes import Court as CourtShape
from courtside.errors import InputError
from courtside.game import Court, Game, Player, Segment, Team
from courtside.sightings import FrameTable, Sightings
from courtside.store import run as store
from courtside.store.table import iterate_sightings, read_frames, read_sightings, read_size


@dataclass(frozen=True)
class Run:
    """What a run found, read when asked for.

    Attributes:
        path: the run folder.
    """

    path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Version, settings, hashes and timings; only a complete run has it."""
        content: dict[str, Any] = store.read_json(self.path / store.MANIFEST)
        return content

    @cached_property
    def video(self) -> dict[str, Any]:
        """Facts of the source: from its header, and measured."""
        content: dict[str, Any] = store.read_json(self.path / "video.json")
        return content

    @cached_property
    def report(self) -> dict[str, Any]:
        """Quality without truth."""
        content: dict[str, Any] = store.read_json(self.path / "report.json")
        return content

    @cached_property
    def frames(self) -> FrameTable:
        """One row per sampled frame."""
        return read_frames(self.path / "frames.parquet")

    @cached_property
    def sightings(self) -> Sightings:
        """All sightings in memory, with vectors; for long videos see `iterate`."""
        return read_sightings(self.path / "sightings.parquet", self.path / "vectors.parquet")

    def iterate(self, columns: Sequence[str] | None = None) -> Iterator[Sightings]:
        """Yield the sightings in pieces of whole frames, without the long vectors."""
        return iterate_sightings(self.path / "sightings.parquet", None, columns)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the upright picture in pixels."""
        return read_size(self.path / "sightings.parquet")

    @cached_property
    def players(self) -> tuple[Player, ...]:
        """Everybody seen, over the whole video."""
        return self.game.players

    @cached_property
    def court(self) -> CourtShape | None:
        """The court with its measures; null where it is not known."""
        league = self.game.court.league
        if league is None:
            return None
        plan = store.read_plan(self.path) if league == "custom" else None
        return court_named(league, plan.settings.court.measures if plan else {})

    @cached_property
    def game(self) -> Game:
        """Teams, players, segments and court.

        Raises:
            InputError: when players.json or video.json is missing or damaged.
        """
        content = store.read_json(self.path / "players.json")
        try:
            return Game(
                teams=msgspec.convert(content["teams"], tuple[Team, ...]),
                players=msgspec.convert(content["players"], tuple[Player, ...]),
                segments=msgspec.convert(self.video["segments"], tuple[Segment, ...]),
                court=Court(self.video["court"]["league"]),
            )
        except (KeyError, TypeError, msgspec.ValidationError) as error:
            raise InputError(
                f"{self.path / 'players.json'} is damaged ({error}): make the run anew with --force"
            ) from None


def open_run(path: Path | str) -> Run:
    """Open a complete run folder.

    Raises:
        InputError: when it is no run folder, or the run is not complete.
    """
    path = Path(path)
    if store.is_complete(path):
        return Run(path)
    if store.read_plan(path) is not None:
        raise InputError(f"the run in {path} is not complete: give the same track command again")
    raise InputError(f"{path} is no run folder: expected one made by 'courtside track'")


def source_of(run: Run) -> Path:
    """Return the video of a run, where it lay when the run was made or beside the run.

    Raises:
        InputError: when it is at neither place.
    """
    recorded = Path(run.video["path"])
    for candidate in (recorded, run.path.parent / recorded.name):
        if candidate.is_file():
            return candidate
    raise InputError(f"{recorded} is not there any more: tell where it is with --source")
