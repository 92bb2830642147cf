"""`courtside simulate`: games with complete truth, and training pictures."""

from __future__ import annotations

from pathlib import Path

import click

from courtside.errors import InputError

_PATH = click.Path(path_type=Path)


@click.command(short_help="Render a game that never was, with its truth.")
@click.option("--out", type=_PATH, required=True, help="Folder to write.")
@click.option("--seed", type=int, default=7, show_default=True, help="Of the game.")
@click.option("--seconds", type=float, default=20.0, show_default=True, help="Of film.")
@click.option(
    "--view",
    default="broadcast",
    show_default=True,
    help="broadcast, tripod, phone, phone-portrait, baseline, outdoor or two-cameras.",
)
@click.option(
    "--resolution",
    type=click.IntRange(144, 2160),
    default=720,
    show_default=True,
    help="Pixels of the pictures' shorter side.",
)
@click.option("--game", "description", type=_PATH, help="Description of the game (TOML).")
@click.option("--motion", type=_PATH, help="Folder of BVH takes, blended into the motion.")
@click.option("--frames", type=int, help="Make so many training pictures instead of a film.")
@click.option("--processes", type=int, default=1, show_default=True, help="For --frames.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
def simulate(
    out: Path,
    seed: int,
    seconds: float,
    view: str,
    resolution: int,
    description: Path | None,
    motion: Path | None,
    frames: int | None,
    processes: int,
    quiet: bool,
) -> None:
    """Render a game that never was: a video, and beside it the truth as a run folder.

    With --frames, single pictures of many games to train nets on; what is there already stays.
    """
    if frames is not None:
        _pictures(out, seed, frames, processes, motion)
        return
    from courtside.simulate.game import simulate_game

    def tell(done: int, of: int) -> None:
        if not quiet and (done == of or done % 30 == 0):
            click.echo(f"{done} of {of} frames", err=True)

    simulate_game(out, seed, seconds, view, description, motion, tell, resolution)


def _pictures(out: Path, seed: int, frames: int, processes: int, motion: Path | None) -> None:
    from courtside.simulate.dataset import render_training_set

    if frames < 1 or processes < 1:
        raise InputError("--frames and --processes must be 1 or more")
    render_training_set(out, frames, seed, processes, motion)
