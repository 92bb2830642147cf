"""Scores of a run against truth; the rules are told at the head of `scores`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from courtside.errors import InputError
from courtside.evaluate.scores import evaluate_run
from courtside.evaluate.truth import Truth, load_truth, truth_from_run
from courtside.sightings import Sightings
from courtside.store.opened import open_run

__all__ = ["Truth", "evaluate_run", "load_truth", "score_run", "truth_from_run"]


def score_run(run: Path, truth: Path) -> dict[str, Any]:
    """Return the scores of a complete run folder against a `truth.json` or a run folder.

    Raises:
        InputError: when one of them cannot be read, or they show pictures of different size.
    """
    opened, right = open_run(run), load_truth(truth)
    if opened.size != right.size:
        raise InputError(
            f"{truth} is for pictures of {right.size[1]}x{right.size[0]} pixels, "
            f"the run has {opened.size[1]}x{opened.size[0]}: not the same video"
        )
    # Without the long vectors, which no score reads.
    return evaluate_run(Sightings.concat(opened.iterate()), opened.frames, right)
