"""`courtside correct` and `courtside roster`: what a person knows of the players."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from courtside.commands.options import PATH, json_option, print_json, quiet_option, run_argument


def _numbers(form: str) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    """Return what reads numbers with commas between, as many as `form` has."""

    def read(_: click.Context, param: click.Parameter, value: str | None) -> Any:
        if value is None:
            return None
        try:
            numbers = tuple(float(part) for part in value.split(","))
        except ValueError:
            numbers = ()
        if len(numbers) != len(form.split(",")):
            raise click.BadParameter(f"must be {form} in numbers, not {value!r}", param=param)
        return numbers

    return read


@click.command()
@run_argument
@click.option("--at", "time", type=float, required=True, metavar="TIME", help="Seconds.")
@click.option(
    "--point", metavar="X,Y", callback=_numbers("X,Y"), required=True, help="On the person, pixels."
)
@click.option("--number", help="The player wears this number.")
@click.option("--team", help="The player is of this team.")
@click.option("--name", help="The player is called so.")
@click.option(
    "--same-as", metavar="TIME,X,Y", callback=_numbers("TIME,X,Y"), help="The same person is there."
)
@click.option("--split", is_flag=True, help="From here on the track shows another person.")
@click.option("--not-a-player", is_flag=True, help="The person takes no part in the game.")
@quiet_option
@json_option
def correct(
    run: Path,
    time: float,
    point: tuple[float, float],
    number: str | None,
    team: str | None,
    name: str | None,
    same_as: tuple[float, float, float] | None,
    split: bool,
    not_a_player: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Tell what is right about a person in RUN; the rest of the video follows.

    Corrections are kept in the run folder (edits.jsonl), also when the run is made anew.
    """
    from courtside.correcting import correct as corrected
    from courtside.identity.edits import Edit
    from courtside.show import print_players

    said = Edit("", time, point, number, team, name, same_as, split, not_a_player)
    opened = corrected(run, said)
    if as_json:
        print_json(opened.game)
    elif not quiet:
        print_players(opened)
        print(f"to draw the video again: courtside render {run}")
    for lost in opened.report["edits_without_place"]:
        click.echo(f"without place: {lost}", err=True)


@click.group()
def roster() -> None:
    """Teams, numbers and names from a file: `roster check FILE`."""


@roster.command("check")
@click.argument("file", type=PATH)
@click.option("--sport", default="basketball", show_default=True, help="Whose numbers hold.")
@json_option
def roster_check(file: Path, sport: str, as_json: bool) -> None:
    """Read FILE (TOML or CSV) and tell what it says, or what is wrong with it."""
    from courtside.errors import SettingsError
    from courtside.identity.roster import load_roster, plain
    from courtside.sport import SPORTS

    if sport not in SPORTS:
        raise SettingsError(f"sport must be one of {', '.join(SPORTS)}")
    found = load_roster(file, SPORTS[sport])
    if as_json:
        print_json(plain(found))
        return
    for team in found.teams:
        colour = "#{:02x}{:02x}{:02x}".format(*team.colour) if team.colour else "no colour"
        print(f"{team.name} ({colour}): {len(team.players)} players")
        for number, name in team.players.items():
            print(f"  {number:>2}  {name or '–'}")
