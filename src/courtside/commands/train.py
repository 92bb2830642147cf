"""`courtside train`: from an empty folder to the nets of the embedded preset."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from courtside.commands.options import PATH
from courtside.errors import missing_extra

out_option = click.option("--out", type=PATH, required=True, help="Folder for nets and checkpoint.")
minutes_option = click.option("--minutes", type=float, required=True, help="Time of learning.")
seed_option = click.option("--seed", type=int, default=0, show_default=True)
device_option = click.option(
    "--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True
)


@click.group()
def train() -> None:
    """Train the embedded nets on simulated games; a stopped training goes on."""


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
    plan = Plan(data, out, minutes, seed, pictures, renderers, motion, start, device)
    if device == "cuda":
        plan = replace(plan, **on_graphics_card(pictures))
    for path in run(plan):
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
