"""`courtside train`: the embedded nets from an empty folder, or the preset sam2 tuned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from courtside.commands.options import PATH, quiet_option
from courtside.errors import missing_extra

if TYPE_CHECKING:
    from courtside.train.plan import Plan

F = TypeVar("F", bound=Callable[..., Any])

out_option = click.option("--out", type=PATH, required=True, help="Folder for nets and checkpoint.")
minutes_option = click.option("--minutes", type=float, required=True, help="Time of learning.")
seed_option = click.option("--seed", type=int, default=0, show_default=True)
device_option = click.option(
    "--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True
)
start_option = click.option(
    "--start", type=PATH, help="Weights of an earlier training to start from."
)


@click.group()
def train() -> None:
    """Train the embedded nets on simulated games, or tune the preset sam2 to your league."""


def picture_options(command: F) -> F:
    """Add the options of a training on whole pictures."""
    options = (
        click.option("--data", type=PATH, required=True, help="Folder for rendered pictures."),
        out_option,
        minutes_option,
        seed_option,
        device_option,
        click.option("--pictures", type=int, default=40_000, show_default=True, help="To render."),
        click.option(
            "--renderers", type=int, default=1, show_default=True, help="Rendering processes."
        ),
        click.option("--motion", type=PATH, help="Folder of BVH takes, for their poses."),
        start_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@train.command("detector")
@picture_options
def train_detector(device: str, **given: Any) -> None:
    """Train the detector and the follower, who learns from the detector's votes."""
    try:
        from courtside.train.detector import train_detector as run
    except ImportError as error:
        raise missing_extra("torch", "train", "training") from error
    for path in run(_plan(device, **given)):
        print(path)


@train.command("masks")
@picture_options
def train_masks(device: str, **given: Any) -> None:
    """Train the follower alone, behind the detector of --start, which stays as it is."""
    try:
        from courtside.train.masks import train_masks as run
    except ImportError as error:
        raise missing_extra("torch", "train", "training") from error
    print(run(_plan(device, **given)))


def _plan(device: str, **given: Any) -> Plan:
    from courtside.train.plan import Plan, on_graphics_card

    plan = Plan(**given)
    return on_graphics_card(plan) if device == "cuda" else plan


@train.command("numbers")
@click.option("--data", type=PATH, required=True, help="Folder for rendered crops.")
@out_option
@minutes_option
@seed_option
@device_option
@click.option("--workers", type=int, default=1, show_default=True, help="Rendering processes.")
@start_option
def train_numbers(
    data: Path, out: Path, minutes: float, seed: int, device: str, workers: int, start: Path | None
) -> None:
    """Train the number reader on rendered digits."""
    from courtside.train.numbers import train_numbers as run

    print(run(data, out, minutes, seed, workers, device, start).card.read_text(encoding="utf-8"))


def tuning_options(rate: float) -> Callable[[F], F]:
    """Return a decorator that adds the options of a tuning; rate: the default learning rate."""
    options = (
        click.option("--data", type=PATH, required=True, help="What to learn from."),
        click.option("--models", "folder", type=PATH, help="Folder with the models."),
        click.option("--out", type=PATH, required=True, help="Gets the model and its card."),
        click.option("--steps", default=1000, help="Batches to learn from."),
        click.option("--batch", default=8, help="Examples in a batch."),
        click.option("--rate", default=rate, help="Learning rate."),
        click.option("--device", default="auto", help="auto, cpu or cuda."),
        quiet_option,
    )

    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@train.command("rfdetr")
@tuning_options(rate=1e-4)
def train_rfdetr(**given: Any) -> None:
    """Tune RF-DETR on DATA/train and DATA/valid (COCO annotations); goes on after a stop."""
    _tune("rfdetr", "AP50", **given)


@train.command("smolvlm")
@tuning_options(rate=2e-4)
def train_smolvlm(**given: Any) -> None:
    """Tune SmolVLM2 on crops in folders by number; every fifth crop measures."""
    _tune("smolvlm", "right", **given)


def _tune(
    kind: Literal["rfdetr", "smolvlm"],
    figure: str,
    *,
    data: Path,
    folder: Path | None,
    out: Path,
    steps: int,
    batch: int,
    rate: float,
    device: str,
    quiet: bool,
) -> None:
    from courtside.sam2_preset import tune

    done = tune(kind, data, folder, out, (steps, batch, rate), device, quiet)
    if not quiet:
        print(f"{figure} {done.before:.3f} before, {done.after:.3f} after: {out}")
