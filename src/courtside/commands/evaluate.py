"""`courtside evaluate`: scores against truth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from courtside.commands.options import PATH, json_option, print_json, run_argument


class _RunByDefault(click.Group):
    """`evaluate RUN TRUTH` means `evaluate run RUN TRUTH`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = args[0] in self.commands or args[0].startswith("-")
        return super().resolve_command(ctx, args if known else ["run", *args])


@click.group(cls=_RunByDefault, short_help="Score a run, or the number reader, against truth.")
def evaluate() -> None:
    """Score results against truth: `evaluate RUN TRUTH`, `evaluate numbers FOLDER`."""


@evaluate.command("run")
@run_argument
@click.argument("truth", type=PATH)
@click.option("--pictures", type=PATH, help="Folder for pictures of what was found and missed.")
@click.option("--source", type=PATH, help="The video for them, where it lies elsewhere by now.")
@json_option
def evaluate_run(
    run: Path, truth: Path, pictures: Path | None, source: Path | None, as_json: bool
) -> None:
    """Score RUN against TRUTH (a truth.json, or a run folder that is right)."""
    from courtside.evaluate import picture_run, score_run
    from courtside.evaluate.tracking import missing_scorer

    scores = score_run(run, truth)
    paths = picture_run(run, truth, pictures, source) if pictures else []
    _show(scores, as_json)
    if paths and not as_json:
        print(f"{len(paths)} pictures in {pictures}")
    if missing := missing_scorer():
        print(f"courtside: {missing}", file=sys.stderr)


@evaluate.command("numbers")
@click.argument("folder", type=PATH)
@json_option
def evaluate_numbers(folder: Path, as_json: bool) -> None:
    """Score the number reader on crops, in folders named by their number."""
    from courtside.evaluate.numbers import evaluate_numbers as score

    _show(score(folder), as_json)


def _show(scores: dict[str, Any], as_json: bool) -> None:
    from courtside.evaluate.report import print_scores

    if as_json:
        print_json(scores)
    else:
        print_scores(scores)
