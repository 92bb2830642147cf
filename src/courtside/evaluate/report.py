"""Scores as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

# What belongs together, in the order it is told; scores named nowhere come last.
GROUPS = {
    "found": ("recall", "precision"),
    "followed": ("hota", "deta", "assa", "mota", "switches", "idf1"),
    "who": ("role", "team", "number_precision", "number_coverage", "gs_hota"),
    "masks": ("mask_iou", "mask_iou_overlapped", "j_and_f", "j_and_f_overlapped"),
    "court": (
        "court_solved", "court_pixels", "court_pixels_worst", "court_metres", "court_off",
        "place_known", "place_median", "place_p95", "error_covers", "error_ratio",
    ),
    "things": ("ball_recall", "ball_precision", "rim_recall", "rim_precision"),
}  # fmt: skip
_SHORT = {
    "hota": "HOTA",
    "deta": "DetA",
    "assa": "AssA",
    "mota": "MOTA",
    "idf1": "IDF1",
    "gs_hota": "GS-HOTA",
    "mask_iou": "mask IoU",
    "mask_iou_overlapped": "mask IoU, overlapped people",
    "j_and_f": "J&F",
    "j_and_f_overlapped": "J&F, overlapped people",
    "court_pixels": "court error, pixels",
    "court_pixels_worst": "court error, worst frame, pixels",
    "court_metres": "court error, metres",
    "court_off": "court off by a metre",
    "place_median": "place error, median, metres",
    "place_p95": "place error, 95 %, metres",
}


def print_scores(scores: Mapping[str, Any]) -> None:
    """Print scores as a table in groups, a curve as one of its own, counts below."""
    console = Console()
    console.print(score_table(scores))
    if scores.get("curve"):
        console.print(curve_table(scores["curve"]))
    for name, value in scores.get("counts", {}).items():
        print(f"{name.replace('_', ' ')}: {value}")


def score_table(scores: Mapping[str, Any]) -> Table:
    """Return a table with a row for each score, a line between groups."""
    table = Table()
    table.add_column("score")
    table.add_column("value", justify="right")
    for group in _grouped(scores):
        for name in group:
            table.add_row(title(name), cell(scores[name]))
        table.add_section()
    return table


def curve_table(points: Sequence[Mapping[str, float | None]]) -> Table:
    """Return a table with a row for each point of a curve."""
    table = Table()
    for name in points[0]:
        table.add_column(title(name), justify="right")
    for point in points:
        table.add_row(*(cell(value) for value in point.values()))
    return table


def title(name: str) -> str:
    """Return how a score is called in print."""
    return _SHORT.get(name, name.replace("_", " "))


def cell(value: float | int | None) -> str:
    """Return a value as printed: a count as it is, a share with three places, a dash for none."""
    match value:
        case None:
            return "–"
        case int():
            return str(value)
        case _:
            return f"{value:.3f}"


def _grouped(scores: Mapping[str, Any]) -> list[list[str]]:
    plain = [name for name, value in scores.items() if not isinstance(value, dict | list)]
    named = [[name for name in group if name in plain] for group in GROUPS.values()]
    rest = [name for name in plain if not any(name in group for group in named)]
    return [group for group in (*named, rest) if group]
