"""Run every real clip at hand and score the annotated ones, at both samplings.

    python benchmarks/scorecard.py [FOLDER] [RUNS_FOLDER]

FOLDER holds a folder for each clip with clip.mp4 and, where annotated, truth.json. The runs stay
in RUNS_FOLDER if one is given. HOTA needs the extra `evaluate`. The table is for
docs/performance.md.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from common import REAL, courtside, seconds_of

from courtside.evaluate.report import cell, title

COLUMNS = (
    "recall", "precision", "hota", "assa", "idf1", "switches", "role", "team", "mask_iou",
    "mask_iou_overlapped", "number_precision", "number_coverage", "ball_recall", "ball_precision",
)  # fmt: skip


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else REAL
    if not folder.is_dir():
        raise SystemExit(f"no clips at {folder}")
    with tempfile.TemporaryDirectory() as name:
        runs = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(name)
        print(f"| clip | every | × real time | {' | '.join(map(title, COLUMNS))} |")
        print("|---|---|---|" + "---|" * len(COLUMNS))
        for every in ("0.1", "frame"):
            for clip in sorted(folder.glob("*/clip.mp4")):
                _row(clip, every, runs / f"{clip.parent.name}-{every}.run")


def _row(clip: Path, every: str, out: Path) -> None:
    run = courtside("track", clip, "--out", out, "--every", every, "--force")
    speed = seconds_of(clip) / run.seconds
    truth = clip.parent / "truth.json"
    scores: dict[str, Any] = courtside("evaluate", out, truth).output if truth.exists() else {}
    cells = " | ".join(_short(scores.get(column)) for column in COLUMNS)
    print(f"| {clip.parent.name} | {every} | {speed:.2f} | {cells} |", flush=True)


def _short(value: float | int | None) -> str:
    return f"{value:.2f}" if isinstance(value, float) else cell(value)


if __name__ == "__main__":
    main()
