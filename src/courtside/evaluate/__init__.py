"""Scores of a run against truth; the rules are told at the head of `scores`."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import Any

from courtside.errors import InputError
from courtside.evaluate.court import court_scores, load_court_points
from courtside.evaluate.pictures import write_pictures
from courtside.evaluate.scores import evaluate_run
from courtside.evaluate.truth import Truth, load_truth, truth_from_run
from courtside.sightings import Sightings
from courtside.store.opened import Run, open_run, source_of

__all__ = ["Truth", "evaluate_run", "load_truth", "picture_run", "score_run", "truth_from_run"]


def score_run(run: Path | str, truth: Path | str) -> dict[str, Any]:
    """Return the scores of a complete run folder against a `truth.json` or a run folder.

    Raises:
        InputError: when one of them cannot be read, or they show pictures of different size.
    """
    opened, right = _opened(run, truth)
    # Without the long vectors, which no score reads.
    rows = Sightings.concat(opened.iterate())
    scores = evaluate_run(rows, opened.frames, right)
    court = court_scores(rows, opened.frames, right, load_court_points(Path(truth)))
    known = {name: None if isnan(value) else value for name, value in court.items()}
    return {**scores, **known, "counts": scores["counts"]}


def picture_run(run: Path, truth: Path, folder: Path, source: Path | None = None) -> list[Path]:
    """Write pictures of a run beside the truth, as `pictures` tells, and return their paths.

    Args:
        run: a complete run folder.
        truth: a `truth.json` or a run folder that is right.
        folder: where the pictures go; made if need be.
        source: the video; null looks where it lay when the run was made, then beside the run.

    Raises:
        InputError: when run, truth or video cannot be read.
        MachineError: when a picture cannot be written.
    """
    opened, right = _opened(run, truth)
    rows = Sightings.concat(opened.iterate())
    source = source or source_of(opened)
    return write_pictures(rows, opened.frames, opened.game.teams, right, source, folder)


def _opened(run: Path | str, truth: Path | str) -> tuple[Run, Truth]:
    opened, right = open_run(run), load_truth(Path(truth))
    if opened.size != right.size:
        raise InputError(
            f"{truth} is for pictures of {right.size[1]}x{right.size[0]} pixels, "
            f"the run has {opened.size[1]}x{opened.size[0]}: not the same video"
        )
    return opened, right
