"""A person's corrections of a finished run: kept, and settled again without looking again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from courtside.errors import InputError
from courtside.identity.edits import Edit, append_edit, find_row
from courtside.identity.rules import Point
from courtside.settling import EVIDENCE, settle_again
from courtside.sightings import Sightings
from courtside.sport import SPORTS
from courtside.store import run as store
from courtside.store.opened import Run, open_run
from courtside.store.table import read_sightings


def correct(folder: Path, edit: Edit) -> Run:
    """Add a correction to a run and return the run as it is settled with it.

    Args:
        folder: the run folder.
        edit: its `video` is filled in here.

    Raises:
        InputError: when the run is not complete, the correction says nothing or something that
            cannot be, or nobody is where it points.
        MachineError: when it cannot be written.
    """
    run = open_run(folder)
    edit = replace(edit, video=str(run.manifest["video_hash"]))
    _check(run, edit)
    with store.locked(folder):
        append_edit(folder / store.EDITS, edit)
        return settle_again(folder)


def _check(run: Run, edit: Edit) -> None:
    sport = SPORTS[run.manifest["settings"]["sport"]]
    if edit.says_nothing():
        raise InputError(
            "say what is right: --number, --team, --name, --same-as, --split or --not-a-player"
        )
    if edit.number is not None and edit.number not in sport.numbers:
        raise InputError(f"{edit.number!r} is no number of {sport.name}: '0', '00' or 1 to 99")
    teams = [team.name for team in run.game.teams]
    if edit.team is not None and edit.team not in teams:
        raise InputError(f"no team {edit.team!r} in this run; there are: {', '.join(teams)}")
    rows = read_sightings(run.path / "sightings.parquet", None, EVIDENCE)
    _check_place(rows, edit.time, edit.point)
    if edit.same_as is not None:
        _check_place(rows, edit.same_as[0], edit.same_as[1:])


def _check_place(rows: Sightings, time: float, point: Point) -> None:
    if find_row(rows, time, point) is None:
        raise InputError(
            f"nobody is followed at {time:g} s at {point[0]:g},{point[1]:g}: give the time in "
            "seconds and a point on the person, in pixels of the video"
        )
