"""`courtside court`: how well a run's court is known, and points of it set by hand."""

from __future__ import annotations

from pathlib import Path

import click

from courtside.commands.options import PATH, json_option, print_json, run_argument


@click.command()
@run_argument
@click.option("--set", "shown", multiple=True, help="X,Y=LANDMARK: where a point of the court is.")
@click.option("--time", type=float, default=0.0, help="Seconds at which the points were set.")
@click.option("--league", help="nba, wnba, ncaa, fiba, 3x3 or nfhs.")
@click.option("--plots", is_flag=True, help="Write heat maps and paths of the players.")
@click.option("--source", type=PATH, help="The video, where it lies elsewhere by now.")
@json_option
def court(
    run: Path,
    shown: tuple[str, ...],
    time: float,
    league: str | None,
    plots: bool,
    source: Path | None,
    as_json: bool,
) -> None:
    """Show how well the court of RUN is known, and set points of it on a hard video."""
    from courtside.placing import place_court, plot_court
    from courtside.show import print_court

    known = place_court(run, shown, time, league, source)
    if plots:
        known["plots"] = [str(path) for path in plot_court(run)]
    if as_json:
        print_json(known)
    else:
        print_court(known)
