"""The command line: parse, call, print. What it does lives in the rooms it calls."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import click

from courtside import __version__
from courtside.errors import CourtsideError, InterruptedRunError

# Existence is checked where the path is used: one clear line, exit code 3.
PATH = click.Path(path_type=Path)

run_argument = click.argument("run", type=PATH)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
settings_option = click.option("--settings", type=PATH, help="Settings file (TOML).")
encoder_option = click.option("--encoder", help="libx264, or hardware such as h264_nvenc.")


class _RunByDefault(click.Group):
    """`evaluate RUN TRUTH` means `evaluate run RUN TRUTH`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = args[0] in self.commands or args[0].startswith("-")
        return super().resolve_command(ctx, args if known else ["run", *args])


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def app() -> None:
    """Follow every player in a game video: outlined, numbered, drawn, and as data."""


@app.command()
@click.argument("video", type=PATH)
@click.option("--out", type=PATH, help="Run folder; default: VIDEO.run in this folder.")
@click.option("--preset", help="embedded or sam2.")
@click.option("--models", type=PATH, help="Folder with the models of the preset sam2.")
@click.option("--device", help="auto, cpu or cuda, for the preset sam2.")
@click.option("--every", help="Seconds between sampled frames, or 'frame'.")
@click.option("--start", type=float, help="Begin at this second.")
@click.option("--end", type=float, help="Stop at this second.")
@click.option("--video/--no-video", "draw", default=None, help="Make the annotated video.")
@encoder_option
@settings_option
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
    force: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Find, follow and identify everybody in VIDEO; write data and an annotated video.

    A run that was stopped goes on when the same command is given again.
    """
    from courtside import pipeline
    from courtside.settings import load_settings
    from courtside.show import print_summary, shown

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
    with shown(quiet or as_json) as report:
        run = pipeline.track(video, folder, chosen, force, report)
    if as_json:
        _print_json(run.manifest)
    elif not quiet:
        print_summary(run)


@app.command()
@run_argument
@click.option("--source", type=PATH, help="The video, where it lies elsewhere by now.")
@encoder_option
@click.option("--trail", type=float, help="Seconds of path drawn behind players.")
@settings_option
@quiet_option
@json_option
def render(
    run: Path,
    source: Path | None,
    encoder: str | None,
    trail: float | None,
    settings: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Draw the annotated video of RUN again, without looking again."""
    from courtside import pipeline
    from courtside.settings import load_settings
    from courtside.show import shown

    chosen = load_settings(settings, {"render.encoder": encoder, "render.trail": trail})
    with shown(quiet or as_json) as report:
        path = pipeline.render(run, source, chosen.render, report)
    if as_json:
        _print_json({"video": str(path)})
    elif not quiet:
        print(path)


@app.command()
@run_argument
@click.option("--format", "kind", required=True, help="mot, coco, gsr or csv.")
@click.option("--out", type=PATH, help="File to write; default: in the run folder.")
@quiet_option
def export(run: Path, kind: str, out: Path | None, quiet: bool) -> None:
    """Write the results of RUN in a format that other tools read."""
    from courtside.store.export import export_run

    path = export_run(run, kind, out)
    if not quiet:
        print(path)


@app.command()
@run_argument
@json_option
def show(run: Path, as_json: bool) -> None:
    """Show who was found in RUN: number, team, time seen, confidence."""
    from courtside.show import print_players
    from courtside.store.opened import open_run

    opened = open_run(run)
    if as_json:
        _print_json(opened.game)
    else:
        print_players(opened)


@app.command()
@json_option
def doctor(as_json: bool) -> None:
    """Tell what is installed, what is missing, and the line that installs it."""
    from courtside.doctor import examine
    from courtside.show import print_findings

    findings = examine()
    if as_json:
        _print_json(findings)
    else:
        print_findings(findings)
    if any(finding.state == "broken" for finding in findings):
        sys.exit(4)


@app.group(cls=_RunByDefault)
def evaluate() -> None:
    """Score results against truth: `evaluate RUN TRUTH`, `evaluate numbers FOLDER`."""


@evaluate.command("run")
@run_argument
@click.argument("truth", type=PATH)
@json_option
def evaluate_run(run: Path, truth: Path, as_json: bool) -> None:
    """Score RUN against TRUTH (a truth.json, or a run folder that is right)."""
    from courtside.evaluate import score_run

    _show_scores(score_run(run, truth), as_json)


@evaluate.command("numbers")
@click.argument("folder", type=PATH)
@json_option
def evaluate_numbers(folder: Path, as_json: bool) -> None:
    """Score the number reader on crops, in folders named by their number."""
    from courtside.evaluate.numbers import evaluate_numbers as score

    _show_scores(score(folder), as_json)


folder_option = click.option("--models", "folder", type=PATH, help="Folder with the models.")


@app.group()
def models() -> None:
    """Fetch and check the published models that the preset sam2 uses."""


@models.command("fetch")
@click.argument("names", nargs=-1)
@folder_option
@json_option
def models_fetch(names: tuple[str, ...], folder: Path | None, as_json: bool) -> None:
    """Download NAMES, or all models, from the Hugging Face hub; safetensors only."""
    from courtside.models.catalogue import default_folder
    from courtside.models.store import fetch

    _show_models(fetch(names, folder or default_folder()), as_json)


@models.command("list")
@folder_option
@json_option
def models_list(folder: Path | None, as_json: bool) -> None:
    """Tell which models there are and which lie in the folder."""
    from courtside.models.catalogue import default_folder
    from courtside.models.store import listed

    _show_models(listed(folder or default_folder()), as_json)


@models.command("verify")
@folder_option
@json_option
def models_verify(folder: Path | None, as_json: bool) -> None:
    """Hash every file and compare it with what was fetched."""
    from courtside.models.catalogue import default_folder
    from courtside.models.store import verify

    _show_models(verify(folder or default_folder()), as_json)


@app.group()
def train() -> None:
    """Tune the models of the preset sam2 to your own league."""


data_option = click.option("--data", type=PATH, required=True, help="What to learn from.")
out_option = click.option("--out", type=PATH, required=True, help="Gets the model and its card.")
steps_option = click.option("--steps", default=1000, help="Batches to learn from.")
batch_option = click.option("--batch", default=8, help="Examples in a batch.")
device_option = click.option("--device", default="auto", help="auto, cpu or cuda.")


@train.command("rfdetr")
@data_option
@folder_option
@out_option
@steps_option
@batch_option
@click.option("--rate", default=1e-4, help="Learning rate.")
@device_option
@quiet_option
def train_rfdetr(
    data: Path,
    folder: Path | None,
    out: Path,
    steps: int,
    batch: int,
    rate: float,
    device: str,
    quiet: bool,
) -> None:
    """Tune RF-DETR on DATA/train and DATA/valid (COCO annotations); goes on after a stop."""
    from courtside.sam2_preset import tune

    done = tune("rfdetr", data, folder, out, (steps, batch, rate), device, quiet)
    if not quiet:
        print(f"AP50 {done.before:.3f} before, {done.after:.3f} after: {out}")


@train.command("smolvlm")
@data_option
@folder_option
@out_option
@steps_option
@batch_option
@click.option("--rate", default=2e-4, help="Learning rate.")
@device_option
@quiet_option
def train_smolvlm(
    data: Path,
    folder: Path | None,
    out: Path,
    steps: int,
    batch: int,
    rate: float,
    device: str,
    quiet: bool,
) -> None:
    """Tune SmolVLM2 on crops in folders by number; every fifth crop measures."""
    from courtside.sam2_preset import tune

    done = tune("smolvlm", data, folder, out, (steps, batch, rate), device, quiet)
    if not quiet:
        print(f"right {done.before:.3f} before, {done.after:.3f} after: {out}")


def _show_models(found: list[Any], as_json: bool) -> None:
    if as_json:
        _print_json(found)
    else:
        for one in found:
            print(f"{one.name:8} {one.state:8} {one.hub}  {one.detail}")
    if any(one.state == "broken" for one in found):
        sys.exit(3)


def main() -> None:
    """Run the command line; an error of courtside's own is one line and its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app(standalone_mode=False)
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


def _show_scores(scores: dict[str, Any], as_json: bool) -> None:
    from courtside.show import print_scores

    if as_json:
        _print_json(scores)
    else:
        print_scores(scores)


def _print_json(content: Any) -> None:
    import msgspec

    print(json.dumps(msgspec.to_builtins(content), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
