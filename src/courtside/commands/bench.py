"""`courtside bench`: fixed benchmarks."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from courtside.commands.options import PATH, json_option, print_json, quiet_option


@click.group()
def bench() -> None:
    """Play a fixed benchmark and score it: `bench sim`."""


@bench.command("sim")
@click.option("--cache", type=PATH, help="Folder for rendered clips; default: the user's cache.")
@click.option("--clip", "clips", multiple=True, help="Only this clip; may be given again.")
@click.option("--every", help="Seconds between sampled frames, or 'frame'.")
@click.option("--preset", help="embedded or sam2.")
@quiet_option
@json_option
def bench_sim(
    cache: Path | None,
    clips: tuple[str, ...],
    every: str | None,
    preset: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Render seven simulated clips (once), follow everybody in them, and score it."""
    from courtside import bench as room
    from courtside.bench.report import bench_table
    from courtside.settings import load_settings

    settings = load_settings(None, {"video.every": every, "preset": preset})
    tell = _silent if quiet or as_json else _tell
    results = list(room.bench_sim(cache or default_cache(), settings, clips, tell))
    if as_json:
        print_json({"clips": results, "mean": room.mean_scores(results)})
    else:
        from rich.console import Console

        Console().print(bench_table(results))


def default_cache() -> Path:
    """Return where rendered clips are kept: below XDG_CACHE_HOME, or ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "courtside" / "bench"


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _silent(_: str) -> None:
    pass
