"""The door to the main job. It starts the process that decodes, and loads the rest beside it."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from courtside.beside import Work, beside
from courtside.engine import available_cores
from courtside.progress import Report, silent
from courtside.settings import Settings

if TYPE_CHECKING:
    from courtside.identity.roster import Roster
    from courtside.store.opened import Run


def track(
    video: Path | str,
    out: Path | str,
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
    with _first_half(settings) as apart:
        # Half a second of loading, while the other process loads what it needs.
        from courtside.pipeline import make_run

        return make_run(Path(video), Path(out), settings, force, report, roster, apart)


def _first_half(settings: Settings) -> AbstractContextManager[Work | None]:
    """Start what does the first half of looking in a process of its own, where that is quicker."""
    several = available_cores() > 1 and bool(sys.executable)
    if settings.preset == "embedded" and several:
        return beside("courtside.first_half")
    return nullcontext()
