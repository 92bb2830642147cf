"""The command line: parse, call, print. What it does lives in the rooms it calls."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from courtside import __version__
from courtside.beside import ONE_THREAD
from courtside.commands.bench import bench
from courtside.commands.court import court
from courtside.commands.evaluate import evaluate
from courtside.commands.models import models
from courtside.commands.options import PATH, json_option, print_json, quiet_option, run_argument
from courtside.commands.people import correct, roster
from courtside.commands.simulate import simulate
from courtside.commands.train import train
from courtside.errors import CourtsideError, InterruptedRunError

if TYPE_CHECKING:
    from courtside.identity.roster import Roster

settings_option = click.option("--settings", type=PATH, help="Settings file (TOML).")
encoder_option = click.option(
    "--encoder", help="libx264 (default), or hardware such as h264_nvenc; see courtside doctor."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def app() -> None:
    """Follow every player in a game video: outlined, numbered, drawn, and as data."""


@app.command(short_help="Find, follow and identify everybody in a video.")
@click.argument("video", type=PATH)
@click.option("--out", type=PATH, help="Run folder; default: VIDEO.run in this folder.")
@click.option("--preset", help="embedded (default) or sam2.")
@click.option("--models", type=PATH, help="Folder with the models of the preset sam2.")
@click.option("--device", help="auto, cpu or cuda, for the preset sam2.")
@click.option("--every", help="Seconds between sampled frames, or 'frame'; default: 0.1.")
@click.option("--start", type=float, help="Begin at this second.")
@click.option("--end", type=float, help="Stop at this second.")
@click.option("--video/--no-video", "draw", default=None, help="Make the annotated video, or not.")
@encoder_option
@settings_option
@click.option("--roster", "listed", type=PATH, help="Teams, numbers and names (TOML or CSV).")
@click.option("--force", is_flag=True, help="Make an existing run anew; edits stay.")
@quiet_option
@json_option
def track(
    video: Path,
    out: Path | None,
    preset: str | None,
    models: Path | None,
    device: str | None,
    every: str | None,
    start: float | None,
    end: float | None,
    draw: bool | None,
    encoder: str | None,
    settings: Path | None,
    listed: Path | None,
    force: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Find, follow and identify everybody in VIDEO; write data and an annotated video.

    A run that was stopped goes on when the same command is given again.
    """
    os.environ.update(ONE_THREAD)  # before NumPy is loaded
    from courtside.settings import load_settings
    from courtside.show import print_summary, shown
    from courtside.tracking import track as track_video

    flags = {
        "preset": preset,
        "sam2.models": str(models) if models else None,
        "sam2.device": device,
        "video.every": every,
        "video.start": start,
        "video.end": end,
        "render.video": draw,
        "render.encoder": encoder,
    }
    chosen = load_settings(settings, flags)
    folder = out or Path(f"{video.stem}.run")
    players = _roster(listed, chosen.sport) if listed else None
    with shown(quiet or as_json) as report:
        run = track_video(video, folder, chosen, force, report, players)
    if as_json:
        print_json(run.manifest)
    elif not quiet:
        print_summary(run)


def _roster(path: Path, sport: str) -> Roster:
    from courtside.identity.roster import load_roster
    from courtside.sport import SPORTS

    return load_roster(path, SPORTS[sport])


@app.command(short_help="Draw the annotated video of a run again.")
@run_argument
@click.option("--source", type=PATH, help="The video, where it lies elsewhere by now.")
@encoder_option
@click.option("--trail", type=float, help="Seconds of path drawn behind players; default: 0.")
@click.option(
    "--minimap",
    is_flag=False,
    flag_value="corner",
    help="The court from above: corner (if nothing is said), beside, or alone (minimap.mp4).",
)
@settings_option
@quiet_option
@json_option
def render(
    run: Path,
    source: Path | None,
    encoder: str | None,
    trail: float | None,
    minimap: str | None,
    settings: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Draw the annotated video of RUN again, without looking again."""
    from courtside import pipeline
    from courtside.settings import load_settings
    from courtside.show import shown

    flags = {"render.encoder": encoder, "render.trail": trail, "render.minimap": minimap}
    chosen = load_settings(settings, flags)
    with shown(quiet or as_json) as report:
        path = pipeline.render_run(run, source, chosen.render, report)
    if as_json:
        print_json({"video": str(path)})
    elif not quiet:
        print(path)


@app.command(short_help="Write a run in a format that other tools read.")
@run_argument
@click.option(
    "--format",
    "kind",
    required=True,
    help="mot (trackers), coco (annotation), gsr (SoccerNet), csv (table).",
)
@click.option("--out", type=PATH, help="File to write; default: in the run folder.")
@quiet_option
def export(run: Path, kind: str, out: Path | None, quiet: bool) -> None:
    """Write the results of RUN in a format that other tools read."""
    from courtside.store.export import export_run

    path = export_run(run, kind, out)
    if not quiet:
        print(path)


@app.command(short_help="Show who was found in a run.")
@run_argument
@json_option
def show(run: Path, as_json: bool) -> None:
    """Show who was found in RUN: number, team, time seen, confidence."""
    from courtside.show import print_players
    from courtside.store.opened import open_run

    opened = open_run(run)
    if as_json:
        print_json(opened.game)
    else:
        print_players(opened)


@app.command(short_help="Tell what is installed and what is missing.")
@json_option
def doctor(as_json: bool) -> None:
    """Tell what is installed, what is missing, and the line that installs it."""
    from courtside.doctor import examine
    from courtside.show import print_findings

    findings = examine()
    if as_json:
        print_json(findings)
    else:
        print_findings(findings)
    if any(finding.state == "broken" for finding in findings):
        sys.exit(4)


for command in (evaluate, bench, simulate, court, correct, roster, models, train):
    app.add_command(command)


def main() -> None:
    """Run the command line; an error of courtside's own is one line and its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app(prog_name="courtside", standalone_mode=False)
    except CourtsideError as error:
        _fail(error)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail(InterruptedRunError("stopped; give the same command again to go on"))


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fail(error: CourtsideError) -> None:
    print(f"courtside: {error}", file=sys.stderr)
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
