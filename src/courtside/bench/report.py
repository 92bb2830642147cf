"""The benchmark as a table: a column for each clip would be too wide, so a row for each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from courtside.bench.sim import ClipResult, mean_scores
from courtside.evaluate.report import cell, title

# The scores that tell most; all are in the JSON.
COLUMNS = (
    "recall", "precision", "hota", "assa", "idf1", "team", "number_precision", "number_coverage",
    "mask_iou", "mask_iou_overlapped", "ball_recall",
)  # fmt: skip


def bench_table(results: Sequence[ClipResult]) -> Table:
    """Return a table with a row for each clip and one for the mean."""
    table = Table()
    table.add_column("clip")
    for name in ("× real time", *map(title, COLUMNS)):
        table.add_column(name, justify="right")
    for result in results:
        row = [cell(result.scores.get(name)) for name in COLUMNS]
        table.add_row(result.name, f"{result.real_time:.2f}", *row)
    table.add_section()
    mean = mean_scores(results)
    speed = sum(result.real_time for result in results) / max(len(results), 1)
    table.add_row("mean", f"{speed:.2f}", *(cell(mean.get(name)) for name in COLUMNS))
    return table
