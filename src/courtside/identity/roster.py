"""Who may play: teams with colours, numbers and names, from a TOML or CSV file.

A roster bounds the numbers that a team's players may wear, gives names to numbers, and names the
teams.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from courtside.errors import InputError
from courtside.sport import Sport

Colour = tuple[int, int, int]
COLOURS: dict[str, Colour] = {
    "white": (255, 255, 255), "black": (20, 20, 20), "grey": (128, 128, 128),
    "red": (200, 30, 40), "maroon": (110, 20, 40), "orange": (240, 120, 30),
    "yellow": (250, 210, 40), "gold": (240, 180, 40), "green": (20, 130, 60),
    "teal": (0, 128, 128), "sky": (110, 180, 230), "blue": (30, 80, 180),
    "navy": (20, 30, 80), "purple": (90, 40, 140), "pink": (240, 120, 170),
    "brown": (110, 70, 40),
}  # fmt: skip
HEADER = ("team", "colour", "number", "name")


@dataclass(frozen=True)
class RosterTeam:
    """A team as its roster has it.

    Attributes:
        name: of the team.
        colour: of the jersey, red, green, blue, 0 to 255; null where it was not told.
        players: name of each number's player, empty where only the number is known.
    """

    name: str
    colour: Colour | None = None
    players: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Roster:
    """One or two teams."""

    teams: tuple[RosterTeam, ...]

    def team(self, name: str | None) -> RosterTeam | None:
        """Return a team by its name, null where it is not in the roster."""
        return next((team for team in self.teams if team.name == name), None)


def load_roster(path: Path, sport: Sport) -> Roster:
    """Return the roster in a file.

    Args:
        path: `.csv` with the columns team, colour, number, name, otherwise TOML with a table
            `[[teams]]` each: `name`, `colour` and `players`, a table of names by number.
        sport: which numbers there may be.

    Raises:
        InputError: when it cannot be read, or something in it cannot be; one line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"no roster {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the roster {path}: {error}") from None
    tree = _from_csv(text, path) if path.suffix.lower() == ".csv" else _from_toml(text, path)
    return roster_from(tree, str(path), sport)


def roster_from(tree: Any, origin: str, sport: Sport) -> Roster:
    """Return a roster from nested tables; `origin` names their source in messages.

    Raises:
        InputError: as `load_roster`.
    """
    teams = tree.get("teams") if isinstance(tree, dict) else None
    if not isinstance(teams, list) or not 1 <= len(teams) <= 2:
        raise InputError(f"{origin}: a roster has one or two tables [[teams]]")
    found = tuple(_team(team, origin, sport) for team in teams)
    if len({team.name for team in found}) < len(found):
        raise InputError(f"{origin}: both teams are called {found[0].name!r}")
    return Roster(found)


def plain(roster: Roster) -> dict[str, Any]:
    """Return a roster as `roster_from` reads it, for JSON."""
    content: dict[str, Any] = msgspec.to_builtins(roster)
    return content


def _team(content: Any, origin: str, sport: Sport) -> RosterTeam:
    if not isinstance(content, dict) or not str(content.get("name") or "").strip():
        raise InputError(f"{origin}: every team needs a name")
    name = str(content["name"]).strip()
    unknown = sorted(set(content) - {"name", "colour", "players"})
    if unknown:
        raise InputError(
            f"{origin}: team {name!r}: unknown key {unknown[0]!r}; known are: colour, name, players"
        )
    players = content.get("players") or {}
    if not isinstance(players, dict):
        raise InputError(f"{origin}: team {name!r}: players must be a table of names by number")
    for number in players:
        if number not in sport.numbers:
            raise InputError(f"{origin}: team {name!r}: {number!r} is no number of {sport.name}")
    colour = content.get("colour")
    return RosterTeam(
        name,
        None if colour in (None, "") else _colour(colour, f"{origin}: team {name!r}"),
        {str(number): str(player).strip() for number, player in players.items()},
    )


def _colour(value: Any, origin: str) -> Colour:
    if isinstance(value, list) and len(value) == 3 and all(_is_byte(part) for part in value):
        return value[0], value[1], value[2]
    text = str(value).strip().lower()
    if re.fullmatch("#[0-9a-f]{6}", text):
        red, green, blue = bytes.fromhex(text[1:])
        return red, green, blue
    if text in COLOURS:
        return COLOURS[text]
    raise InputError(
        f"{origin}: colour {value!r} must be like '#1d428a' or one of {', '.join(COLOURS)}"
    )


def _is_byte(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value <= 255


def _from_toml(text: str, path: Path) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is no TOML: {error}") from None


def _from_csv(text: str, path: Path) -> dict[str, Any]:
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    missing = [name for name in ("team", "number") if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{path}: the first line must name the columns {', '.join(HEADER)}")
    teams: dict[str, dict[str, Any]] = {}
    for line, row in enumerate(reader, 2):
        name, number = (row["team"] or "").strip(), (row["number"] or "").strip()
        team = teams.setdefault(name, {"name": name, "colour": None, "players": {}})
        team["colour"] = (row.get("colour") or "").strip() or team["colour"]
        if number in team["players"]:
            raise InputError(f"{path}, line {line}: number {number} of {name} is there twice")
        team["players"][number] = (row.get("name") or "").strip()
    return {"teams": [*teams.values()]}
