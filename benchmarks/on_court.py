"""What the court adds to telling people of the game from others: real clips with it and without.

    python benchmarks/scorecard.py CLIPS RUNS
    python benchmarks/on_court.py RUNS [CLIPS]

Finished runs are settled again from their tables, once as they are and once with everybody's
place hidden, so that roles are told by looks alone. Recall and precision of players and referees
over all annotated frames together; "outside" are those of them who stand beyond the lines (throw
in, or referee from the apron), by the run's own camera. The table is for docs/performance.md.
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from common import REAL
from numpy.typing import NDArray

from courtside.court.certainty import is_inside
from courtside.court.model import sound, to_floor
from courtside.court.settle import cameras_of
from courtside.evaluate import load_truth
from courtside.evaluate.between import rows_at
from courtside.evaluate.matching import match_people
from courtside.settling import settle_again
from courtside.sightings import Sightings
from courtside.store.opened import Run, open_run
from courtside.store.people import roles
from courtside.store.table import write_sightings

COLUMNS = ("player", "referee", "outside")


def settled(run: Path, folder: Path, court: bool) -> Run:
    """Return a copy of a run settled again; without the court nobody's place is known."""
    shutil.copytree(run, folder)
    if not court:
        opened, vectors = open_run(folder), folder / "vectors.parquet"
        nowhere = np.full(len(opened.sightings), np.nan)
        rows = opened.sightings.with_columns(court_x=nowhere, court_y=nowhere)
        kept = vectors if vectors.is_file() else None
        write_sightings(rows, folder / "sightings.parquet", opened.size, kept)
    return settle_again(folder)


def outside(run: Run, people: Sightings) -> NDArray[np.bool_]:
    """Tell who stands beyond the lines by the run's camera; false where it is not known."""
    if run.court is None:
        return np.zeros(len(people), np.bool_)
    sampled = run.frames["frame"].astype(np.int64)
    nearest = np.abs(people["frame"].astype(np.int64)[:, None] - sampled).argmin(axis=1)
    feet = np.stack([(people["x1"] + people["x2"]) / 2, people["y2"]], axis=1).astype(np.float64)
    places = to_floor(cameras_of(run.frames)[nearest], feet[:, None], run.size)[:, 0]
    return np.asarray(sound(places) & ~is_inside(places, run.court, 0.0), np.bool_)


def counts(run: Run, truth_path: Path) -> Counter[str]:
    """Return how many were asked for, found and right, and how many were counted at all."""
    truth = load_truth(truth_path)
    people = match_people(truth, rows_at(run.sightings, run.frames, truth.frames, truth.size))
    right = np.zeros(len(people.truth), np.bool_)
    right[people.pairs[:, 0]] = True
    of_role = roles(people.truth).astype(str)
    groups = [of_role == "player", of_role == "referee", outside(run, people.truth)]
    told = Counter(found=len(people.found), right=len(people.pairs), asked=len(people.truth))
    for name, group in zip(COLUMNS, groups, strict=True):
        told.update({f"{name} asked": int(group.sum()), f"{name} right": int(right[group].sum())})
    return told


def row(name: str, told: Counter[str]) -> str:
    cells = [f"{told['right'] / told['asked']:.3f}", f"{told['right'] / max(told['found'], 1):.3f}"]
    cells += [f"{told[f'{name} right']} of {told[f'{name} asked']}" for name in COLUMNS]
    return f"| {name} | {' | '.join(cells)} | {told['found'] - told['right']} |"


def main() -> None:
    runs, clips = Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else REAL
    print(f"| clip | recall | precision | {' | '.join(COLUMNS)} | wrong |")
    print("|---|---|---|" + "---|" * (len(COLUMNS) + 1))
    pooled = {False: Counter[str](), True: Counter[str]()}
    for run in sorted(runs.glob("*.run")):
        truth = clips / run.stem.rpartition("-")[0] / "truth.json"
        if not truth.exists():
            continue
        for court in (False, True):
            with TemporaryDirectory() as name:
                told = counts(settled(run, Path(name) / run.name, court), truth)
            pooled[court] += told
            print(row(f"{run.stem}, {'with' if court else 'without'} the court", told), flush=True)
    for court, told in pooled.items():
        print(row(f"together, {'with' if court else 'without'}", told))


if __name__ == "__main__":
    main()
