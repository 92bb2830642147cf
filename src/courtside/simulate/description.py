"""What a simulated game is to be, from the command line and a TOML description."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args

from courtside.errors import InputError
from courtside.simulate.court_size import FIBA, NBA, NCAA, SCHOOL, WNBA, CourtSize
from courtside.simulate.filming import FilmView
from courtside.simulate.kit import Colour
from courtside.simulate.venue import VenueKind

LEAGUES: dict[str, CourtSize] = {
    "NBA": NBA,
    "WNBA": WNBA,
    "FIBA": FIBA,
    "NCAA": NCAA,
    "NFHS": SCHOOL,
}
RATE = 30  # frames a second


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """A side: its name, its kit's main colour (null: any) and eight numbers (null: any)."""

    name: str
    colour: Colour | None = None
    numbers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class GamePlan:
    """Everything a game is made from; equal plans give equal games.

    seconds: of film; crowded: 0 to 1, how close to the rim attackers stay; pace: 1 is usual;
    cuts: close-ups and replays; graphics: a score bar.
    """

    seed: int
    seconds: float
    view: FilmView = "broadcast"
    league: str = "NBA"
    hall: VenueKind | None = None
    teams: tuple[TeamPlan, TeamPlan] = (TeamPlan("home"), TeamPlan("away"))
    crowded: float = 0.0
    pace: float = 1.0
    cuts: bool | None = None
    graphics: bool | None = None

    @property
    def court(self) -> CourtSize:
        """The lines of the league."""
        return LEAGUES[self.league]

    @property
    def frames(self) -> int:
        """Frames of film."""
        return max(2, round(self.seconds * RATE))


def plan_game(seed: int, seconds: float, view: str, description: Path | None) -> GamePlan:
    """The plan of a game; a description in TOML says what is not left to chance.

    Raises:
        InputError: for an unknown view or key, a value of the wrong kind, a broken file.
    """
    if view not in get_args(FilmView):
        raise InputError(f"unknown view {view!r}; known are: {', '.join(get_args(FilmView))}")
    if not 0 < seconds <= 3600:
        raise InputError(f"expected between 0 and 3600 seconds of game, got {seconds:g}")
    plan = GamePlan(seed, seconds, view)  # type: ignore[arg-type]
    if view in ("tripod", "phone", "phone-portrait"):
        plan = replace(plan, hall="gym", league="NFHS")
    if view == "outdoor":
        plan = replace(plan, hall="outdoor", league="FIBA")
    return plan if description is None else _described(plan, description)


def _described(plan: GamePlan, path: Path) -> GamePlan:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read as TOML: {error}") from None
    known = {f.name for f in fields(GamePlan)} - {"seed", "seconds", "view"}
    for key in content:
        if key not in known:
            raise InputError(f"{path}: unknown key {key!r}; known are: {', '.join(sorted(known))}")
    if content.get("league", plan.league) not in LEAGUES:
        raise InputError(f"{path}: unknown league; known are: {', '.join(LEAGUES)}")
    if content.get("hall", plan.hall) not in (None, "arena", "gym", "outdoor"):
        raise InputError(f"{path}: hall must be arena, gym or outdoor")
    for key, kinds in (("crowded", (int, float)), ("pace", (int, float)), ("cuts", bool)):
        if key in content and not isinstance(content[key], kinds):
            raise InputError(f"{path}: {key} has a value of the wrong kind")
    if "teams" in content:
        content["teams"] = _teams(content["teams"], path)
    return replace(plan, **content)


def _teams(entries: Any, path: Path) -> tuple[TeamPlan, TeamPlan]:
    if not isinstance(entries, list) or len(entries) != 2:
        raise InputError(f"{path}: expected two [[teams]]")
    first, second = (_team(entry, path) for entry in entries)
    return first, second


def _team(entry: dict[str, Any], path: Path) -> TeamPlan:
    if unknown := set(entry) - {"name", "colour", "numbers"}:
        raise InputError(f"{path}: unknown key {sorted(unknown)[0]!r} of a team")
    numbers = entry.get("numbers")
    if numbers is not None and (len(set(numbers)) != len(numbers) or not 5 <= len(numbers) <= 8):
        raise InputError(f"{path}: numbers of a team must be 5 to 8 different ones")
    return TeamPlan(
        str(entry.get("name", "team")),
        _colour(entry["colour"], path) if "colour" in entry else None,
        tuple(str(n) for n in numbers) if numbers is not None else None,
    )


def _colour(text: Any, path: Path) -> Colour:
    try:
        red, green, blue = (int(str(text).lstrip("#")[i : i + 2], 16) / 255 for i in (0, 2, 4))
    except ValueError:
        raise InputError(f"{path}: colour must be like '#1d428a', got {text!r}") from None
    return red, green, blue
