"""`courtside train`: the embedded nets from an empty folder, or the preset sam2 tuned."""

from __future__ import annotations

from pathlib import Path

import click

from courtside.commands.options import PATH, quiet_option
from courtside.errors import missing_extra

out_option = click.option("--out", type=PATH, required=True, help="Folder for nets and checkpoint.")
minutes_option = click.option("--minutes", type=float, required=True, help="Time of learning.")
seed_option = click.option("--seed", type=int, default=0, show_default=True)
device_option = click.option(
    "--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True
)


@click.group()
def train() -> None:
    """Train the embedded nets on simulated games, or tune the preset sam2 to your league."""


@train.command("detector")
@click.option("--data", type=PATH, required=True, help="Folder for rendered pictures.")
@out_option
@minutes_option
@seed_option
@device_option
@click.option("--pictures", type=int, default=40_000, show_default=True, help="To render.")
@click.option("--renderers", type=int, default=1, show_default=True, help="Rendering processes.")
@click.option("--motion", type=PATH, help="Folder of BVH takes, for their poses.")
@click.option("--start", type=PATH, help="Weights of an earlier training to start from.")
def train_detector(
    data: Path,
    out: Path,
    minutes: float,
    seed: int,
    device: str,
    pictures: int,
    renderers: int,
    motion: Path | None,
    start: Path | None,
) -> None:
    """Train the detector and the follower, who learns from the detector's votes."""
    from courtside.train.plan import Plan, on_graphics_card

    try:
        from courtside.train.detector import train_detector as run
    except ImportError as error:
        raise missing_extra("torch", "train", "training") from error
    plan = Plan(data, out, minutes, seed, pictures, renderers, motion, start)
    for path in run(on_graphics_card(plan) if device == "cuda" else plan):
        print(path)


@train.command("numbers")
@click.option("--data", type=PATH, required=True, help="Folder for rendered crops.")
@out_option
@minutes_option
@seed_option
@device_option
@click.option("--workers", type=int, default=1, show_default=True, help="Rendering processes.")
def train_numbers(
    data: Path, out: Path, minutes: float, seed: int, device: str, workers: int
) -> None:
    """Train the number reader on rendered digits."""
    from courtside.train.numbers import train_numbers as run

    print(run(data, out, minutes, seed, workers, device).card.read_text(encoding="utf-8"))


examples_option = click.option("--data", type=PATH, required=True, help="What to learn from.")
models_option = click.option("--models", "folder", type=PATH, help="Folder with the models.")
tuned_option = click.option("--out", type=PATH, required=True, help="Gets the model and its card.")
steps_option = click.option("--steps", default=1000, help="Batches to learn from.")
batch_option = click.option("--batch", default=8, help="Examples in a batch.")
where_option = click.option("--device", default="auto", help="auto, cpu or cuda.")


@train.command("rfdetr")
@examples_option
@models_option
@tuned_option
@steps_option
@batch_option
@click.option("--rate", default=1e-4, help="Learning rate.")
@where_option
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
@examples_option
@models_option
@tuned_option
@steps_option
@batch_option
@click.option("--rate", default=2e-4, help="Learning rate.")
@where_option
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
